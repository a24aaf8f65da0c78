"""What two people compare: digits, words and the QR code of their pids (protocol, Identity: Safety number)."""

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from attune.protocol import shapes
from attune.protocol.encoding import decode, encode, label
from attune.protocol.refusals import Refused

_SALT: Final = sha256(encode([label("fingerprint")])).digest()[:16]


def fingerprint(pid: bytes) -> bytes:
    """Eight bytes of a pid, slow on purpose (about 0.3 s): 53 bits cost 2^53 times 64 MiB."""
    return Argon2id(salt=_SALT, length=8, iterations=3, lanes=1, memory_cost=64 * 1024).derive(pid)


def digits(eight: bytes) -> str:
    """Four groups of four decimal digits."""
    number = f"{int.from_bytes(eight) % 10**16:016d}"
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


def word_indices(eight: bytes) -> list[int]:
    """Places in the BIP-39 English list of the five words: the top 55 bits, eleven at a time."""
    top = int.from_bytes(eight) >> 9
    return [(top >> shift) & 2047 for shift in (44, 33, 22, 11, 0)]


def safety_number(one: bytes, other: bytes) -> str:
    """The digits of a pair, the smaller pid first: the same on both sides."""
    return " | ".join(digits(fingerprint(pid)) for pid in sorted((one, other)))


def write_qr(own: bytes, other: bytes) -> bytes:
    return encode([label("qr"), own, other])


def scan_fits(data: bytes, *, own: bytes, other: bytes) -> bool:
    """Whether the code that the other shows is of these two pids. Raises Refused("malformed") for what is no such code."""
    name, theirs, ours = shapes.array(decode(data), 3)
    if name != label("qr"):
        raise Refused("malformed", "not a code of this protocol")
    return (shapes.octets(theirs, 32), shapes.octets(ours, 32)) == (other, own)
