"""Exact shapes: each function gives the value back as what it must be, or raises Refused("malformed")."""

from collections.abc import Sequence

from attune.protocol.encoding import LARGEST, Value, decode
from attune.protocol.refusals import Refused


def array(value: Value, size: int | None = None) -> Sequence[Value]:
    if not isinstance(value, list | tuple) or size not in (None, len(value)):
        raise Refused("malformed", f"an array of {size if size is not None else 'some'} was expected")
    return value


def octets(value: Value, size: int | None = None) -> bytes:
    if not isinstance(value, bytes) or size not in (None, len(value)):
        raise Refused("malformed", f"{size if size is not None else 'some'} bytes were expected")
    return value


def octets_or_null(value: Value, size: int | None = None) -> bytes | None:
    return None if value is None else octets(value, size)


def whole(value: Value, *, least: int = 0, most: int = LARGEST) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Refused("malformed", f"a number from {least} to {most} was expected")
    return value


def text(value: Value) -> str:
    if not isinstance(value, str):
        raise Refused("malformed", "a text was expected")
    return value


def text_or_null(value: Value) -> str | None:
    return None if value is None else text(value)


def record(data: bytes) -> Sequence[Value]:
    """A kept record, which begins with its suite; another suite is Refused("newer"), never guessed at."""
    values = decode(data)
    if not values or whole(values[0]) != 1:
        raise Refused("newer" if values else "malformed", "written by another version")
    return values
