"""Files: padded, cut into chunks, each sealed in its place, one root over all (protocol, Files)."""

from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attune.protocol.encoding import digest, encode, label
from attune.protocol.refusals import Refused

CHUNK: Final = 65_536


def padme(size: int) -> int:
    """The padded size of a file: at least 1,024, and at most 12 % longer."""
    size = max(size, 1024)
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def seal_file(data: bytes, *, blob: bytes, key: bytes) -> list[bytes]:
    """The sealed chunks. `blob` (16) and `key` (32) are random, for this one file only."""
    padded = data.ljust(padme(len(data)), b"\0")
    chunks = [padded[at : at + CHUNK] for at in range(0, len(padded), CHUNK)]
    cipher, context = AESGCM(key), encode([label("blob"), blob])
    return [cipher.encrypt(_nonce(at, len(chunks)), chunk, context) for at, chunk in enumerate(chunks)]


def open_file(chunks: list[bytes], *, blob: bytes, key: bytes, size: int, root: bytes) -> bytes:
    """The file, of its true size. Raises Refused("does-not-open") if a chunk or the root differs."""
    if root_of(chunks, blob=blob) != root:
        raise Refused("does-not-open", "not the file that was named")
    cipher, context = AESGCM(key), encode([label("blob"), blob])
    try:
        parts = [cipher.decrypt(_nonce(at, len(chunks)), chunk, context) for at, chunk in enumerate(chunks)]
    except InvalidTag as error:
        raise Refused("does-not-open", "a part of the file is damaged") from error
    return b"".join(parts)[:size]


def root_of(chunks: list[bytes], *, blob: bytes) -> bytes:
    return digest("blob root", blob, b"".join(sha256(chunk).digest() for chunk in chunks))


def _nonce(at: int, count: int) -> bytes:
    return bytes(7) + at.to_bytes(4) + (b"\1" if at == count - 1 else b"\0")
