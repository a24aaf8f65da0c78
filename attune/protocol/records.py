"""Sealed records as they are stored: E(1, mid, kind, pid, sealed) of a way to unlock, E(1, iid, sealed) of an invitation."""

from dataclasses import dataclass
from typing import Final

from attune.protocol import shapes
from attune.protocol.refusals import Refused

PASSKEY, PASSPHRASE, CODE, ROOM_LINK = 0, 1, 2, 3
KEY_RECORD_SEALED: Final = 117  # seal adds 48 bytes to E(root, own sid)
INVITATION_LIMIT: Final = 70_000


@dataclass(frozen=True, slots=True)
class KeyRecord:
    mid: bytes
    kind: int
    pid: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    iid: bytes
    sealed: bytes


def read_key_record(data: bytes) -> KeyRecord:
    """Raises Refused("malformed") or ("newer") for any other shape."""
    _, mid, kind, pid, sealed = shapes.array(shapes.record(data), 5)
    return KeyRecord(
        mid=shapes.octets(mid, 16),
        kind=shapes.whole(kind, most=ROOM_LINK),
        pid=shapes.octets(pid, 32),
        sealed=shapes.octets(sealed, KEY_RECORD_SEALED),
    )


def read_invitation_record(data: bytes) -> InvitationRecord:
    """Raises Refused("too-big"), ("malformed") or ("newer") for any other shape."""
    if len(data) > INVITATION_LIMIT:
        raise Refused("too-big", f"an invitation has at most {INVITATION_LIMIT} bytes")
    _, iid, sealed = shapes.array(shapes.record(data), 3)
    return InvitationRecord(shapes.octets(iid, 16), shapes.octets(sealed))
