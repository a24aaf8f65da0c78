"""Keys from keys, sealing, wrapping and padding (protocol, Bytes and Items)."""

import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHAKE256, Hash
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from attune.protocol.encoding import Value, encode, label
from attune.protocol.keys import RECV_PK
from attune.protocol.refusals import Refused

_X_WING: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_ZERO_NONCE: Final = bytes(12)
_SALT: Final = 32
_LARGEST_PAD: Final = 65_536
_SMALLEST_PAD: Final = 256


def kdf(key: bytes, name: str, *fields: Value, salt: bytes = b"", size: int = 32) -> bytes:
    """HKDF-SHA256 of the key for one named purpose."""
    return HKDF(SHA256(), size, salt, encode([label(name), *fields])).derive(key)


def seal(key: bytes, name: str, context: Sequence[Value], plain: bytes) -> bytes:
    """s ‖ AES-256-GCM under a key that is fresh for each sealing, so the nonce may be zero; 48 bytes longer than plain."""
    salt = secrets.token_bytes(_SALT)
    return salt + AESGCM(kdf(key, name, salt=salt)).encrypt(_ZERO_NONCE, plain, encode([label(name), *context]))


def unseal(key: bytes, name: str, context: Sequence[Value], sealed: bytes) -> bytes:
    """Raises Refused("does-not-open") for another key, purpose, context or altered bytes."""
    try:
        cipher = AESGCM(kdf(key, name, salt=sealed[:_SALT]))
        return cipher.decrypt(_ZERO_NONCE, sealed[_SALT:], encode([label(name), *context]))
    except (InvalidTag, ValueError) as error:
        raise Refused("does-not-open", f"sealed for another purpose or altered: {name}") from error


def receiving_key(seed: bytes) -> MLKEM768X25519PrivateKey:
    """The X-Wing private key of a 32-byte seed: SHAKE256(seed, 96) = ML-KEM seed (64) ‖ X25519 (32)."""
    ml_kem, x25519 = _receiving_parts(seed)
    return MLKEM768X25519PrivateKey(ml_kem, x25519)


def receiving_pk(seed: bytes) -> bytes:
    """The 1,216 public bytes that belong to a seed."""
    ml_kem, x25519 = _receiving_parts(seed)
    return ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def wrap(recv_pk: bytes, context: Sequence[Value], plain: bytes) -> bytes:
    """HPKE to a person's receiving key: enc (1,120) ‖ ct; 1,168 bytes for a key."""
    ml_kem, x25519 = recv_pk[: RECV_PK - 32], recv_pk[RECV_PK - 32 :]
    public = MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(ml_kem), X25519PublicKey.from_public_bytes(x25519))
    return _X_WING.encrypt(plain, public, info=encode([label("wrap"), *context]))


def unwrap(key: MLKEM768X25519PrivateKey, context: Sequence[Value], wrapped: bytes) -> bytes:
    """Raises Refused("does-not-open") for another key, context or altered bytes."""
    try:
        return _X_WING.decrypt(wrapped, key, info=encode([label("wrap"), *context]))
    except (InvalidTag, ValueError) as error:
        raise Refused("does-not-open", "wrapped for another or altered") from error


def pad(data: bytes) -> bytes:
    """Length (4 bytes), data, zeros up to a power of two from 256 to 65,536. Raises Refused("too-big")."""
    size = max(_SMALLEST_PAD, 1 << (len(data) + 3).bit_length())
    if size > _LARGEST_PAD:
        raise Refused("too-big", f"a text has at most {_LARGEST_PAD - 4} bytes")
    return (len(data).to_bytes(4) + data).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """Raises Refused("does-not-open") for anything that pad would not have made."""
    data = padded[4 : 4 + int.from_bytes(padded[:4])]
    if len(data) > _LARGEST_PAD - 4 or pad(data) != padded:
        raise Refused("does-not-open", "not padded as it should be")
    return data


def _receiving_parts(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    shake = Hash(SHAKE256(96))
    shake.update(seed)
    expanded = shake.finalize()
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
