"""Public keys: which are safe, the name that they give a person, and the check of a signature (protocol, Identity)."""

from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from attune.protocol.encoding import Value, digest, encode, label
from attune.protocol.refusals import Refused

SIGN_PK: Final = 32
RECV_PK: Final = 1216
_P: Final = 2**255 - 19
_ML_KEM_Q: Final = 3329
_ML_KEM_COEFFICIENTS: Final = 1152  # bytes, two 12-bit coefficients in three of them

_SMALL_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)
_SMALL_ORDER_X: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        int.from_bytes(bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), "little"),
        int.from_bytes(bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), "little"),
    }
)


def check_keys(sign_pk: bytes, recv_pk: bytes) -> None:
    """Raises Refused("weak-key") for keys under which anybody could sign, or for which libraries refuse to wrap."""
    if len(sign_pk) != SIGN_PK or _is_unsafe_point(sign_pk):
        raise Refused("weak-key", "the signing key is not safe")
    if len(recv_pk) != RECV_PK or not _is_ml_kem(recv_pk[:_ML_KEM_COEFFICIENTS]) or _is_unsafe_x25519(recv_pk[-32:]):
        raise Refused("weak-key", "the receiving key is not safe")


def pid_of(sign_pk: bytes, recv_pk: bytes) -> bytes:
    """The 32-byte name of a person: the hash of her keys, so that nobody can be given other keys under the same name."""
    return digest("person", sign_pk, recv_pk)


def verify(name: str, fields: Sequence[Value], signature: bytes, sign_pk: bytes) -> None:
    """Checks sign(name, fields...) by this key. Raises Refused("bad-signature"); the key itself must have been checked before."""
    if not fits(name, fields, signature, sign_pk):
        raise Refused("bad-signature", f"the signature over {name!r} does not fit")


def fits(name: str, fields: Sequence[Value], signature: bytes, sign_pk: bytes) -> bool:
    """Whether the 64-byte signature is by this key over these fields, with a safe R half."""
    if len(signature) != 64 or _is_unsafe_point(signature[:32]) or _is_unsafe_point(sign_pk):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(sign_pk).verify(signature, encode([label(name), *fields]))
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_unsafe_point(point: bytes) -> bool:
    y = int.from_bytes(point, "little") & (2**255 - 1)
    return y >= _P or y in _SMALL_ORDER_Y


def _is_unsafe_x25519(point: bytes) -> bool:
    u = int.from_bytes(point, "little")
    return u >= _P or u in _SMALL_ORDER_X


def _is_ml_kem(data: bytes) -> bool:
    for at in range(0, len(data), 3):
        three = int.from_bytes(data[at : at + 3], "little")
        if three & 0xFFF >= _ML_KEM_Q or three >> 12 >= _ML_KEM_Q:
            return False
    return True
