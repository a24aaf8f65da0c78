"""A space with the keys to it: what was checked, opened (protocol, The space and Items)."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attune.headless import kinds
from attune.headless.identity import Identity
from attune.headless.sealing import unpad, unseal
from attune.protocol import shapes
from attune.protocol.encoding import Value, decode, digest
from attune.protocol.epochs import Epoch, Past
from attune.protocol.frames import Drawer, Ranges
from attune.protocol.log import Entry
from attune.protocol.memory import MemoryLog
from attune.protocol.refusals import Refused


@dataclass(frozen=True, slots=True)
class Item:
    """What an item says, opened. `author` is the pid, `content` the bytes that mean something to its kind, `time` Unix ms."""

    seq: int
    id: bytes
    author: bytes
    drawer: Drawer
    time: int
    kind: str
    version: int
    content: bytes


class Room:
    """One space as one person holds it. `identities` are hers, the newest first; older ones open what was before a change of keys."""

    def __init__(
        self, sid: bytes, identities: Sequence[Identity], *, pins: Mapping[int, bytes] | None = None, writer: bytes | None = None
    ) -> None:
        self.sid = sid
        self.identities = identities
        self.writer = writer or secrets.token_bytes(8)
        self.log = MemoryLog(sid, pins=pins)
        self.keys: dict[int, bytes] = {}
        self.unfit: dict[int, bytes] = {}  # epoch n → pid of who gave a key that does not fit

    @property
    def epoch(self) -> Epoch:
        if self.log.epoch is None:
            raise Refused("gap", "this space has not been listed")
        return self.log.epoch

    @property
    def place(self) -> tuple[int, Identity]:
        """Our place in the epoch in force, and which of our identities has it."""
        for identity in self.identities:
            place = self.epoch.body.place_of(identity.pid)
            if place is not None:
                return place, identity
        raise Refused("not-a-member", "none of our keys is in the epoch in force")

    @property
    def key(self) -> bytes:
        """The key of the epoch in force."""
        return self.key_of(self.epoch.n)

    def key_of(self, n: int) -> bytes:
        if n not in self.keys:
            raise Refused("wrong-key" if n in self.unfit else "does-not-open", f"no key of epoch {n} was given to us")
        return self.keys[n]

    def take_listing(self, frames: Iterable[bytes], *, count: int, held: Sequence[int] = ()) -> list[Entry]:
        """Checks a listing of what comes after our last place, and takes the keys in it. Raises Refused like MemoryLog.take_listing."""
        before = self.log.count
        try:
            return self.log.take_listing(frames, count=count, held=held)
        finally:
            for entry in self.log.entries[before:]:
                self._take_keys(entry)

    def take(self, frame: bytes) -> Entry:
        """Checks one more entry, pushed or our own."""
        entry = self.log.take(frame)
        self._take_keys(entry)
        return entry

    def open(self, seq: int) -> Item | None:
        """The item at a place; None for what is no item, or has no body. Raises Refused("does-not-open"), which stops nothing else."""
        entry = self.log.entries[seq - 1]
        frame = entry.frame
        if frame.head.drawer is None or frame.body is None or frame.head.ctl is None:
            return None
        epoch = self.log.epoch_named(frame.head.ctl)
        key = self.key_of(epoch.n if epoch else 0)
        kind, version, content = open_text(unseal(key, "item", [frame.head_bytes], frame.body))
        return Item(seq, entry.id, entry.author, frame.head.drawer, frame.head.time, kind, version, content)

    def items(self, *kinds: str) -> list[Item]:
        """All that opens, of these kinds or of any, in the order of the log."""
        opened = (self.open_or_none(entry.seq) for entry in self.log.entries)
        return [item for item in opened if item is not None and (not kinds or item.kind in kinds)]

    def with_edits(self, ranges: Ranges) -> Ranges:
        """These places, and those of the edits of what stands there: who erases an entry erases its edits along."""
        seqs = {seq for first, last in ranges for seq in range(first, last + 1)}
        erased = {self.log.entries[seq - 1].id: self.log.entries[seq - 1] for seq in seqs}
        for item in self.items("edit"):
            target = erased.get(kinds.read_edited(item.content))
            if target is not None and (target.author, target.frame.head.drawer) == (item.author, item.drawer):
                seqs.add(item.seq)
        return ranges_of(seqs)

    def open_or_none(self, seq: int) -> Item | None:
        try:
            return self.open(seq)
        except Refused:
            return None

    def _take_keys(self, entry: Entry) -> None:
        if entry.epoch is None:
            return
        for identity in self.identities:
            place = entry.epoch.body.place_of(identity.pid)
            if place is None:
                continue
            self._take_key(entry.epoch, place, identity=identity, author=entry.author)
            for past in entry.epoch.body.past:
                if past.place == place:
                    self._take_past(entry.epoch, past, identity=identity, author=entry.author)

    def _take_key(self, epoch: Epoch, place: int, *, identity: Identity, author: bytes) -> None:
        try:
            key = identity.unwrap([self.sid, epoch.n, identity.pid], epoch.body.wraps[place])
            self._keep(epoch.n, key)
        except Refused:
            self.unfit[epoch.n] = author

    def _take_past(self, epoch: Epoch, past: Past, *, identity: Identity, author: bytes) -> None:
        try:
            for n, key in open_past(identity, past, sid=self.sid, epoch_n=epoch.n):
                self._keep(n, key)
        except Refused:
            self.unfit[epoch.n] = author

    def _keep(self, n: int, key: bytes) -> None:
        commit = self.log.epochs[n - 1].body.commit if n <= len(self.log.epochs) else None
        if commit != digest("epoch key", self.sid, n, key):
            raise Refused("wrong-key", f"the key of epoch {n} does not fit what everyone was promised")
        self.keys[n] = key


def ranges_of(seqs: Iterable[int]) -> Ranges:
    """Places as rising ranges (first, last), both counted, that stand apart."""
    ranges: list[tuple[int, int]] = []
    for seq in sorted(seqs):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return tuple(ranges)


def open_text(padded: bytes) -> tuple[str, int, bytes]:
    """(kind, version, content) of an opened item or signal. Raises Refused("does-not-open")."""
    try:
        kind, version, content = shapes.array(decode(unpad(padded)), 3)
        return shapes.text(kind), shapes.whole(version), shapes.octets(content)
    except Refused as error:
        raise Refused("does-not-open", error.why) from error


def open_past(identity: Identity, past: Past, *, sid: bytes, epoch_n: int) -> list[tuple[int, bytes]]:
    """(n, key) of the older epochs that were given along, n rising and below this epoch's."""
    context: list[Value] = [sid, epoch_n, identity.pid]
    opener = identity.unwrap([*context, "past"], past.wrap)
    rows = [shapes.array(row, 2) for row in decode(unseal(opener, "past", context, past.sealed))]
    given = [(shapes.whole(n, least=1, most=epoch_n - 1), shapes.octets(key, 32)) for n, key in rows]
    if [n for n, _ in given] != sorted({n for n, _ in given}):
        raise Refused("malformed", "older keys rise, each once")
    return given
