"""attune doctor: what is wrong with this installation, in plain words, and how to mend it."""

import shutil
import socket
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from attune.calls.rules import Relay
from attune.core.clock import MINUTE, now
from attune.site import folder, relay
from attune.spaces import access as spaces

LEAST_FREE = 500_000_000  # bytes
OLDEST_CLOCK = 1_760_000_000_000  # Unix ms, before this was written: a clock that says less is wrong
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_wrong` makes the doctor's answer a failure; otherwise the words are good news or something to know."""

    about: str
    is_wrong: bool
    words: str


def examine() -> int:
    """Prints every finding; 1 if something is wrong."""
    findings = [finding for part in PARTS for finding in part()]
    for finding in findings:
        print(f"{'WRONG' if finding.is_wrong else 'ok   '}  {finding.about}: {finding.words}")
    wrong = sum(finding.is_wrong for finding in findings)
    print(f"{wrong} to mend." if wrong else "Nothing is wrong.")
    return 1 if wrong else 0


def check_folder() -> Iterator[Finding]:
    data: Path = settings.DATA
    try:
        probe = data / ".doctor"
        folder.write(probe, "")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "folder", True, f"{data} cannot be written: {error.strerror}. Give it to the user who runs attune, or set ATTUNE_DATA."
        )
        return
    if stat.S_IMODE(data.stat().st_mode) & 0o077:
        yield Finding("folder", True, f"{data} can be read by other users of this machine. Run: chmod 700 {data}")
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE:
        yield Finding("folder", True, f"only {free // 1_000_000} MB are free where {data} lies. Make room before writing fails.")
        return
    yield Finding("folder", False, f"{data}, {free // 1_000_000} MB free. This one folder is what to back up.")


def check_secret() -> Iterator[Finding]:
    for name in ("secret-key", "relay-secret"):
        path: Path = settings.DATA / name
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("secret", True, f"{path} can be read by other users of this machine. Run: chmod 600 {path}")
        elif len(path.read_text()) < 32:
            yield Finding(
                "secret", True, f"{path} is too short. Remove it; a new one is made at the next start, and everybody signs in again."
            )
        else:
            yield Finding("secret", False, f"{name} is there, readable by its owner only.")


def check_database() -> Iterator[Finding]:
    path: Path = settings.DATABASE
    if not path.exists():
        yield Finding("database", False, "there is none yet; attune run makes it.")
        return
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        yield Finding("database", True, f"{path} is damaged ({said}). Stop attune and put back the newest backup of the folder.")
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield Finding("database", True, f"{len(missing)} migrations are missing. Start attune run once, which makes them.")
        return
    (mode,) = connection.cursor().execute("PRAGMA synchronous").fetchone()
    durable = mode == 2
    yield Finding(
        "database", not durable, "sound, up to date" + (", safe against a power cut." if durable else ", but not in synchronous=FULL.")
    )


def check_clock() -> Iterator[Finding]:
    at = now()
    newest = _newest_arrival()
    if at < OLDEST_CLOCK or (newest and newest > at + MINUTE):
        yield Finding("clock", True, f"this machine says {time.ctime(at / 1000)}, which is in the past. Set the clock and switch on NTP.")
    elif _ntp() == "no":
        yield Finding("clock", True, "this machine's clock is not kept right. Switch on NTP: timedatectl set-ntp true")
    else:
        yield Finding("clock", False, f"this machine says {time.ctime(at / 1000)}.")


def check_https() -> Iterator[Finding]:
    configuration = settings.CONFIGURATION
    if configuration.is_https:
        yield Finding(
            "HTTPS",
            False,
            f"people come to {configuration.origin}. A web server in front of port {configuration.port} must hold the certificate.",
        )
    elif configuration.origin_host in LOCAL:
        yield Finding("HTTPS", False, f"not needed at {configuration.origin}, which only this machine can reach.")
    else:
        yield Finding(
            "HTTPS",
            True,
            f"{configuration.origin} is not encrypted, so browsers give neither keys nor camera to it. "
            "Put a web server with a certificate in front and set ATTUNE_ORIGIN to its https:// address.",
        )


def check_relay() -> Iterator[Finding]:
    turn, where = settings.CONFIGURATION.turn, Relay(*settings.RELAY)
    if turn == "off":
        yield Finding("relay", False, "switched off (ATTUNE_TURN=off): in calls the two see each other's addresses.")
        return
    if where.is_on_loopback and settings.CONFIGURATION.origin_host not in LOCAL:
        yield Finding(
            "relay", True, f"{where.host} is this machine itself, which nobody else reaches. Set ATTUNE_RELAY_HOST to a public name."
        )
        return
    if turn == "on" and relay.program() is None:
        yield Finding("relay", True, "coturn is not installed. On Debian: apt-get install coturn. Or set ATTUNE_TURN=off.")
        return
    try:
        socket.gethostbyname(where.host)
    except OSError:
        yield Finding("relay", True, f"the name {where.host} is not known here. Mend ATTUNE_RELAY_HOST.")
        return
    yield from _check_running_relay(turn, where)


def _check_running_relay(turn: str, where: Relay) -> Iterator[Finding]:
    ports = f"port {where.port} (TCP, UDP) and UDP {where.ports[0]} to {where.ports[1]}"
    if turn == "on":
        path = relay.write_configuration(where)
        if where.is_on_loopback:
            yield Finding(
                "relay", False, f"{path} is for trying out on this machine: it may relay to loopback, and nobody else reaches it."
            )
        else:
            yield Finding("relay", False, f"{path} is written; private and loopback networks are denied. Open {ports} in the firewall.")
    if relay.answers(where):
        yield Finding("relay", False, f"answers on port {where.port}.")
    elif turn == "external":
        yield Finding("relay", True, f"nothing answers at {where.host}, port {where.port}. Start the relay there, or open {ports}.")
    else:
        yield Finding("relay", False, f"not running now; attune run starts it on port {where.port}.")


def _newest_arrival() -> int | None:
    """None also where there is no database, or no sound one, which is said elsewhere."""
    try:
        return spaces.newest_arrival() if settings.DATABASE.exists() else None
    except DatabaseError:
        return None


def _ntp() -> str | None:
    """yes, no, or None where it cannot be asked."""
    if not shutil.which("timedatectl"):
        return None
    asked = subprocess.run(["timedatectl", "show", "-p", "NTPSynchronized", "--value"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


PARTS: tuple[Callable[[], Iterator[Finding]], ...] = (
    check_folder,
    check_secret,
    check_database,
    check_clock,
    check_https,
    check_relay,
)
