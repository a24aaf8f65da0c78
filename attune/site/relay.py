"""coturn as a child of ours: configured anew at each start, gone when we are, however we go."""

import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from attune.calls.rules import Relay, coturn
from attune.site import folder
from attune.site.children import die_with_parent

STARTS_WITHIN = 10  # seconds
ENDS_WITHIN = 3

log = logging.getLogger("attune.relay")


class NoRelay(Exception):
    """The relay could not be started; the text says why and how to mend it."""


def program() -> str | None:
    """Where coturn is. Debian puts it where an ordinary person's PATH does not look."""
    return shutil.which("turnserver") or shutil.which("turnserver", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin")


def write_configuration(relay: Relay) -> Path:
    path: Path = settings.DATA / "turnserver.conf"
    text = coturn(
        relay,
        secret=settings.RELAY_SECRET,
        folder=settings.DATA,
        loopback_peers=relay.is_on_loopback,
        external_ip=_address_outside(relay),
    )
    folder.write(path, text)
    return path


def start() -> "subprocess.Popen[bytes]":
    """Start coturn and wait until its port answers. Raises NoRelay."""
    relay, turnserver = Relay(*settings.RELAY), program()
    if turnserver is None:
        raise NoRelay("coturn is not installed. On Debian: apt-get install coturn")
    if not _wait(lambda: not answers(relay), seconds=ENDS_WITHIN):  # one that a killed attune left is on its way out
        raise NoRelay(f"port {relay.port} is taken. Set ATTUNE_RELAY_PORT to a free one")
    child = subprocess.Popen(
        [turnserver, "-c", str(write_configuration(relay))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us; we end it ourselves
        preexec_fn=die_with_parent,  # noqa: PLW1509 there are no threads yet
    )
    if not _wait(lambda: answers(relay) or child.poll() is not None, seconds=STARTS_WITHIN) or child.poll() is not None:
        stop(child)
        raise NoRelay("coturn did not start. Run attune doctor")
    settings.RELAY_IS_ON = True
    threading.Thread(target=_notice_end, args=(child,), daemon=True).start()
    return child


def stop(child: "subprocess.Popen[bytes]") -> None:
    settings.RELAY_IS_ON = False
    child.terminate()
    try:
        child.wait(3)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def answers(relay: Relay) -> bool:
    """Whether something listens on the relay's TCP port."""
    host = "127.0.0.1" if relay.is_on_loopback else relay.host
    try:
        with socket.create_connection((host, relay.port), timeout=1):
            return True
    except OSError:
        return False


def _wait(happened: Callable[[], bool], *, seconds: int) -> bool:
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _notice_end(child: "subprocess.Popen[bytes]") -> None:
    child.wait()
    if settings.RELAY_IS_ON:
        settings.RELAY_IS_ON = False
        log.error("coturn has ended; calls go without a relay until attune is started again")


def _address_outside(relay: Relay) -> str | None:
    """The relay's public address, if this machine stands behind address translation and does not have it itself."""
    try:
        address = socket.gethostbyname(relay.host)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except socket.gaierror:
        return None
    except OSError:
        return address
    return None
