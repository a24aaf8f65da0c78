"""The one form of bytes: a CBOR array in RFC 8949 core deterministic form, and what is computed over it (protocol, Bytes)."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import Final, TypeAlias

import cbor2

from attune.protocol.refusals import Refused

Value: TypeAlias = int | bytes | str | Sequence["Value"] | None

LARGEST: Final = 2**53 - 1
DEEPEST: Final = 8


def encode(values: Sequence[Value]) -> bytes:
    """E(x, ...): the values as one array. Raises Refused("malformed") for what the form cannot hold."""
    _check(values, depth=1)
    return cbor2.dumps(values)


def decode(data: bytes) -> Sequence[Value]:
    """The array that these bytes are; any other bytes than the one right form are Refused("malformed")."""
    try:
        stream = BytesIO(data)
        # cbor2 raises many kinds of exception for bad input; each of them means the same to us.
        value = cbor2.load(stream, allow_indefinite=False, max_depth=16)
    except Exception as error:
        raise Refused("malformed", "not a CBOR array of the allowed form") from error
    if not isinstance(value, list):
        raise Refused("malformed", "not an array")
    # The library reads leniently; only what it would write again byte for byte is the right form.
    if encode(value) != data:
        raise Refused("malformed", "not in deterministic form")
    return value


def label(name: str) -> str:
    """L(n): the suite and the purpose, so that nothing of one purpose or suite passes as another."""
    return "attune/1/" + name


def digest(name: str, *fields: Value) -> bytes:
    """hash(n, x...): 32 bytes."""
    return sha256(encode([label(name), *fields])).digest()


def _check(value: Value, *, depth: int) -> None:
    if isinstance(value, list | tuple) and depth <= DEEPEST:
        for part in value:
            _check(part, depth=depth + 1)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= LARGEST:
            raise Refused("malformed", "a number out of range")
    elif not (value is None or isinstance(value, bytes)):
        raise Refused("malformed", "a type that is not allowed, or arrays too deep")


def _check_text(value: str) -> None:
    if value.startswith("\ufeff"):
        raise Refused("malformed", "a text that begins with a byte order mark")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Refused("malformed", "a text that is not Unicode") from error
