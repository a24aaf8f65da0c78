"""Bytes in JSON: base64url without padding, one spelling only."""

import base64
import binascii
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


def encode(raw: bytes) -> str:
    """The base64url text of `raw`, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str, *, size: int | None = None) -> bytes:
    """The bytes that `text` spells. Raises ValueError for another size, odd characters or a second spelling of the same bytes."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if encode(raw) != text:
        raise ValueError("not base64url without padding")
    if size is not None and len(raw) != size:
        raise ValueError(f"must be {size} bytes")
    return raw


def _read(value: object, *, size: int | None = None) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError("must be base64url text")
    return decode(value, size=size)


def _schema(size: int | None) -> WithJsonSchema:
    described = "any number of bytes" if size is None else f"{size} bytes"
    return WithJsonSchema({"type": "string", "format": "base64url", "description": f"{described}, base64url without padding"})


_write = PlainSerializer(encode, return_type=str)
Bytes = Annotated[bytes, BeforeValidator(_read), _write, _schema(None)]
Bytes16 = Annotated[bytes, BeforeValidator(partial(_read, size=16)), _write, _schema(16)]
Bytes32 = Annotated[bytes, BeforeValidator(partial(_read, size=32)), _write, _schema(32)]
Bytes64 = Annotated[bytes, BeforeValidator(partial(_read, size=64)), _write, _schema(64)]
