"""attune run: bind, migrate, start the relay, say where it is, serve until told to stop, leave nothing behind."""

import errno
import resource
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from types import FrameType

import uvicorn
from django.conf import settings
from django.core.management import call_command

from attune.people import access as people
from attune.people import set_up_link
from attune.site import relay

TRUSTED_PROXIES = ["127.0.0.1", "::1"]  # who may say for whom it asks (X-Forwarded-For): throttles count by that


def run() -> None:
    signal.signal(signal.SIGTERM, _stop)
    _allow_many_connections()
    sockets = bind(settings.CONFIGURATION.host, settings.CONFIGURATION.port)
    call_command("migrate", verbosity=0, interactive=False)
    coturn, about_relay = _start_relay()
    try:
        with suppress(KeyboardInterrupt):  # which does not come where a shell has us ignore Ctrl-C: then serving just ends
            _say(f"Attune is at {settings.ORIGIN}")
            _say(about_relay)
            if not people.is_set_up():
                _say(f"Set up the first therapist by this link, once: {set_up_link.address(set_up_link.current() or set_up_link.make())}")
            _serve(sockets)
        _say("Stopped.")
    finally:
        if coturn:
            relay.stop(coturn)


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets for every address of this name; localhost is two. Exits with one sentence if the port is taken."""
    sockets: list[socket.socket] = []
    problem: OSError | None = None
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer waits 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            listener.bind(address)
            sockets.append(listener)
        except OSError as error:
            listener.close()
            problem = error
    if not sockets or (problem and problem.errno == errno.EADDRINUSE):
        sys.exit(f"attune: cannot listen on {host}, port {port}: {problem}. Set ATTUNE_PORT to a free one.")
    return sockets


def _serve(sockets: list[socket.socket]) -> None:
    from attune.site.asgi import application  # builds the whole chain: only when it is to be served

    config = uvicorn.Config(
        application,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        ws_per_message_deflate=False,  # sealed bytes do not shrink, and compression leaks lengths
        timeout_graceful_shutdown=3,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=TRUSTED_PROXIES,
    )
    uvicorn.Server(config).run(sockets=sockets)


def _start_relay() -> tuple["subprocess.Popen[bytes] | None", str]:
    if settings.CONFIGURATION.turn == "external":
        return None, f"Calls use the relay at {settings.RELAY[0]}, port {settings.RELAY[1]}."
    if settings.CONFIGURATION.turn == "off":
        return None, "No relay (ATTUNE_TURN=off): in calls the two see each other's addresses."
    try:
        return relay.start(), f"The relay for calls is on port {settings.RELAY[1]}."
    except relay.NoRelay as reason:
        return None, f"No relay: {reason}. In calls the two see each other's addresses."


def _allow_many_connections() -> None:
    """Each open page holds one; the usual 1,024 files of a process would be few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _say(line: str) -> None:
    print(line, flush=True)


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
