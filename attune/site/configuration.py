"""What an operator may set: by the environment, or by lines `NAME=value` in the file that ATTUNE_SETTINGS names. The environment wins.

`NAMES` is the whole list; any other ATTUNE_ name is refused, so that a misspelt one is not silently without effect.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

NAMES = {
    "ATTUNE_PORT": "the port to listen on (8000)",
    "ATTUNE_HOST": "the name or address to listen on (localhost; 0.0.0.0 for every network of the machine)",
    "ATTUNE_ORIGIN": "the address people type, without a slash at the end (http://localhost:PORT)",
    "ATTUNE_DATA": "the one folder that holds everything to back up (./data)",
    "ATTUNE_TURN": "the relay: on starts coturn if it is installed, off goes without, external uses one that runs elsewhere (on)",
    "ATTUNE_RELAY_HOST": "the name or address under which browsers reach the relay (the host of the origin)",
    "ATTUNE_RELAY_PORT": "the relay's port, UDP and TCP (3478)",
    "ATTUNE_RELAY_PORTS": "the relay's UDP ports for media, first-last (49160-49359)",
    "ATTUNE_DEMO": "yes says on every page that the people here are invented (no)",
    "ATTUNE_SETTINGS": "a file with these settings, one NAME=value a line, # for remarks",
}


class WrongSetting(Exception):
    """A setting that cannot be used; the text says which, and what to write instead."""


@dataclass(frozen=True)
class Configuration:
    port: int
    host: str
    origin: str
    data: Path
    turn: str
    relay_host: str
    relay_port: int
    relay_ports: tuple[int, int]
    is_demo: bool

    @property
    def is_https(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def origin_host(self) -> str:
        return urlsplit(self.origin).hostname or "localhost"


def read(environment: Mapping[str, str] = os.environ) -> Configuration:
    """Raises WrongSetting."""
    given = {name: value for name, value in environment.items() if name.startswith("ATTUNE_")}
    if "ATTUNE_SETTINGS" in given:
        given = {**_file(Path(given["ATTUNE_SETTINGS"])), **given}
    for name in sorted(given.keys() - NAMES.keys()):
        raise WrongSetting(f"{name} is not a setting of Attune. The settings are: {', '.join(NAMES)}.")
    port = _port(given, "ATTUNE_PORT", 8000)
    origin = _origin(given.get("ATTUNE_ORIGIN", f"http://localhost:{port}"))
    return Configuration(
        port=port,
        host=given.get("ATTUNE_HOST", "localhost"),
        origin=origin,
        data=Path(given.get("ATTUNE_DATA", "data")).absolute(),
        turn=_one_of(given, "ATTUNE_TURN", ("on", "off", "external")),
        relay_host=given.get("ATTUNE_RELAY_HOST", urlsplit(origin).hostname or "localhost"),
        relay_port=_port(given, "ATTUNE_RELAY_PORT", 3478),
        relay_ports=_ports(given.get("ATTUNE_RELAY_PORTS", "49160-49359")),
        is_demo=_one_of(given, "ATTUNE_DEMO", ("no", "yes")) == "yes",
    )


def _file(path: Path) -> dict[str, str]:
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except OSError as error:
        raise WrongSetting(f"ATTUNE_SETTINGS names {path}, which cannot be read: {error.strerror}.") from error
    settings = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().startswith("ATTUNE_"):
            raise WrongSetting(f"{path}: the line {line!r} is not NAME=value with a name that begins with ATTUNE_.")
        settings[name.strip()] = value.strip()
    return settings


def _port(given: Mapping[str, str], name: str, otherwise: int) -> int:
    text = given.get(name, str(otherwise))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise WrongSetting(f"{name}={text} is not a port. Write a number from 1 to 65535.")
    return int(text)


def _ports(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal() and 1024 <= int(first) < int(last) < 65536):
        raise WrongSetting(f"ATTUNE_RELAY_PORTS={text} is not a range. Write two ports, as in 49160-49359.")
    return int(first), int(last)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    plain = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or not parts.hostname or plain != text or text != text.lower() or not text.isascii():
        raise WrongSetting(
            f"ATTUNE_ORIGIN={text} is not an origin. Write it as in https://example.org, lower-case, without a slash at the end."
        )
    return text


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = given.get(name, allowed[0])
    if text not in allowed:
        raise WrongSetting(f"{name}={text} is not known. Write {' or '.join(allowed)}.")
    return text
