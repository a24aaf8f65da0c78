"""From what a person knows or holds to the root: passphrase, recovery code, room link, passkey (protocol, Unlocking)."""

import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from attune.headless.identity import Identity
from attune.headless.sealing import kdf, seal, unseal
from attune.protocol import shapes
from attune.protocol.encoding import Value, decode, digest, encode, label
from attune.protocol.records import read_key_record
from attune.protocol.refusals import Refused

PRF_INPUT: Final = sha256(encode([label("prf")])).digest()
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLDED: Final = str.maketrans("OIL٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01101234567890123456789", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a record held."""

    identity: Identity
    own_sid: bytes


def tidy_passphrase(typed: str) -> str:
    """NFKC, each run of spaces, tabs and line ends one space, none at the ends."""
    return re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFKC", typed)).strip(" ")


def stretch(passphrase: str, login: str) -> bytes:
    """The 32-byte secret of a passphrase; 64 MiB and three rounds, never fewer, whatever a server says."""
    salt = sha256(encode([label("salt"), login])).digest()[:16]
    return Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024).derive(tidy_passphrase(passphrase).encode())


def login_secret(secret: bytes, *, origin: str, login: str) -> str:
    """All that the server sees of a secret: worth nothing at another installation."""
    return to_base64url(kdf(secret, "login", origin, login))


def write_code(sixteen: bytes) -> str:
    """A recovery code as it is printed: 28 Crockford characters in groups of four."""
    bits = int.from_bytes(sixteen + digest("code", sixteen)[:1]) << 4
    text = "".join(_CROCKFORD[(bits >> shift) & 31] for shift in range(135, -1, -5))
    return "-".join(text[at : at + 4] for at in range(0, 28, 4))


def read_code(typed: str) -> bytes:
    """The 16 bytes of a typed code, folded first. Raises Refused("mistyped")."""
    folded = "".join(typed.upper().translate(_FOLDED).split())
    if len(folded) != 28 or any(letter not in _CROCKFORD for letter in folded):
        raise Refused("mistyped", "a recovery code has 28 characters")
    bits = 0
    for letter in folded:
        bits = bits << 5 | _CROCKFORD.index(letter)
    data = (bits >> 4).to_bytes(17)
    if bits & 15 or data[16] != digest("code", data[:16])[0]:
        raise Refused("mistyped", "a character of the recovery code is wrong")
    return data[:16]


def write_record(secret: bytes, *, kind: int, identity: Identity, own_sid: bytes, mid: bytes | None = None) -> bytes:
    """E(1, mid, kind, pid, sealed root and own space id), under a key that only the secret gives."""
    mid = mid or secrets.token_bytes(16)
    context: list[Value] = [mid, kind, identity.pid]
    sealed = seal(kdf(secret, "unlock", kind), "unlock", context, encode([identity.root, own_sid]))
    return encode([1, *context, sealed])


def open_record(secret: bytes, record: bytes) -> Opened:
    """Raises Refused: "does-not-open" for another secret, "altered" if the root in it is another person's."""
    read = read_key_record(record)
    context: list[Value] = [read.mid, read.kind, read.pid]
    root, own_sid = shapes.array(decode(unseal(kdf(secret, "unlock", read.kind), "unlock", context, read.sealed)), 2)
    identity = Identity(shapes.octets(root, 32))
    if identity.pid != read.pid:
        raise Refused("altered", "the root in this record is another person's")
    return Opened(identity, shapes.octets(own_sid, 32))


def room_link_login(sixteen: bytes) -> str:
    """The name under which the server finds a room link's record."""
    return kdf(sixteen, "lookup", size=16).hex()


def write_room_link(sixteen: bytes, *, keeper: bytes) -> str:
    """The fragment behind /r#: 16 secret bytes and the first 16 of the keeper's pid."""
    return to_base64url(sixteen + keeper[:16])


def read_room_link(fragment: str) -> tuple[bytes, bytes]:
    """(the 16 secret bytes, the first 16 of the keeper's pid), of an invitation's link too. Raises Refused("torn")."""
    try:
        data = from_base64url(fragment)
    except Refused as error:
        raise Refused("torn", error.why) from error
    if len(data) != 32:
        raise Refused("torn", "the link is not whole")
    return data[:16], data[16:]


def to_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises Refused("mistyped") for anything but the one way of writing these bytes."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused("mistyped", "not base64url") from error
    if to_base64url(data) != text:
        raise Refused("mistyped", "not base64url")
    return data
