"""The own space as a witness: which ways in one has made oneself, and how far it had come (protocol, Unlocking)."""

from collections.abc import Iterable
from dataclasses import dataclass

from attune.headless import kinds
from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.headless.sealing import kdf, seal, unseal
from attune.protocol import shapes
from attune.protocol.encoding import decode, encode
from attune.protocol.records import read_key_record
from attune.protocol.refusals import Refused


@dataclass(frozen=True, slots=True)
class WaysIn:
    """Key records compared with one's own `unlock` items, all by mid."""

    foreign: frozenset[bytes]  # served, but no item ever held it: not made by us
    lost: dict[bytes, bytes]  # mid → record to put back
    removed: frozenset[bytes]  # served again after we removed it


def compare_records(own: Room, served: Iterable[bytes]) -> WaysIn:
    """What to say, to put back and to remove again at an unlock."""
    written = [kinds.read_unlock(item.content) for item in own.items("unlock")]
    newest = dict(written)
    known = {record for _, record in written}
    by_mid = {read_key_record(record).mid: record for record in served}
    foreign = frozenset(mid for mid, record in by_mid.items() if record not in known)
    lost = {mid: record for mid, record in newest.items() if record is not None and by_mid.get(mid) != record}
    removed = frozenset(mid for mid in by_mid if mid in newest and newest[mid] is None)
    return WaysIn(foreign, lost, removed)


def write_own_at(identity: Identity, room: Room, own: Room) -> bytes:
    """The content of `own-at`, for a shared space: how far one's own space has come, for one's own eyes."""
    key = kdf(identity.root, "own at")
    return seal(key, "own at", [room.sid, identity.pid], encode([own.log.count, own.log.run]))


def check_own_at(identity: Identity, room: Room, own: Room) -> None:
    """Compares the own space with what was written of it in a shared one. Raises Refused: "rollback" or "fork"."""
    for item in room.items("own-at"):
        if item.author != identity.pid:
            continue
        opened = unseal(kdf(identity.root, "own at"), "own at", [room.sid, identity.pid], item.content)
        seq, run = shapes.array(decode(opened), 2)
        if shapes.whole(seq) > own.log.count:
            raise Refused("rollback", "our own records are older than our devices have seen")
        if own.log.run_at(shapes.whole(seq)) != run:
            raise Refused("fork", "our own records are others than our devices have seen")
