"""A log held in memory: what the headless client checks what it lists against."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from attune.protocol.encoding import encode
from attune.protocol.epochs import Epoch
from attune.protocol.frames import Drawer, Frame, Ranges, Type
from attune.protocol.log import Entry, judge
from attune.protocol.refusals import Refused
from attune.protocol.view import Last


class MemoryLog:
    """Answers the questions of View, and takes entries one by one. `pins` are (seq, run) that this device holds to."""

    def __init__(self, sid: bytes, *, pins: Mapping[int, bytes] | None = None) -> None:
        self.sid = sid
        self.entries: list[Entry] = []
        self.epochs: list[Epoch] = []
        self.left: dict[bytes, int] = {}
        self.placed: Mapping[bytes, int] = {}
        self.held: set[int] = set()
        self._pins = dict(pins or {})
        self._last: dict[tuple[bytes, bytes], Last] = {}
        self._iids: dict[tuple[bytes, bytes], tuple[int, bytes]] = {}
        self._blobs: set[bytes] = set()
        self._was: dict[bytes, bytes | None] = {}

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def epoch(self) -> Epoch | None:
        return self.epochs[-1] if self.epochs else None

    @property
    def run(self) -> bytes:
        return self.run_at(self.count)

    def run_at(self, seq: int) -> bytes:
        return self.entries[seq - 1].run if seq else self.sid

    def last_of(self, pid: bytes, writer: bytes) -> Last | None:
        return self._last.get((pid, writer))

    def place_of(self, pid: bytes, iid: bytes) -> tuple[int, bytes] | None:
        return self._iids.get((pid, iid))

    def knows_blob(self, blob: bytes) -> bool:
        return blob in self._blobs

    def was_member(self, pid: bytes) -> bool:
        return pid in self._was

    def predecessor(self, pid: bytes) -> bytes | None:
        return self._was.get(pid)

    def has_item(self, ranges: Ranges, *, except_by: frozenset[bytes] = frozenset()) -> bool:
        entries = (entry for first, last in ranges for entry in self.entries[first - 1 : last] if entry.type is Type.ITEM)
        return any(entry.author not in except_by or entry.frame.head.drawer is Drawer.CARE for entry in entries)

    def epoch_named(self, ctl: bytes) -> Epoch | None:
        return next((epoch for epoch in self.epochs if epoch.id == ctl), None)

    def pinned(self, seq: int) -> bytes | None:
        return self._pins.get(seq)

    def take(self, data: bytes, *, whole: bool = False) -> Entry:
        """Judges one more entry and appends it. Raises Refused, and then nothing is changed."""
        entry = judge(self, data, whole=whole)
        self.append(entry)
        return entry

    def append(self, entry: Entry) -> None:
        """Appends an entry that was judged against this log."""
        head = entry.frame.head
        self.entries.append(entry)
        self._last[entry.author, head.writer] = Last(entry.id, head.seen_seq)
        self._iids[entry.author, head.iid] = (entry.seq, entry.id)
        self._blobs.update(head.blobs)
        self._drop_bodies(head.ranges)
        if head.type is Type.LEAVE:
            self.left[entry.author] = entry.seq
        if entry.epoch is not None:
            self.epochs.append(entry.epoch)
            self.left, self.placed = {}, entry.placed
            for member in entry.epoch.members:
                self._was[member.pid] = member.was or self._was.get(member.pid)

    def _drop_bodies(self, ranges: Ranges) -> None:
        """What was erased is not kept here either; the place stays, and its id."""
        for seq in (seq for first, last in ranges for seq in range(first, last + 1)):
            entry = self.entries[seq - 1]
            self.held.discard(seq)
            if entry.type is Type.ITEM and entry.frame.body is not None:
                bare = replace(entry.frame, data=entry.frame.bare(), body=None)
                self.entries[seq - 1] = replace(entry, frame=bare)

    def take_listing(self, frames: Iterable[bytes], *, count: int, held: Sequence[int] = ()) -> list[Entry]:
        """Takes what one listing has after our last place, then checks its end; `held` are the bare places whose body the server holds.

        Raises Refused with what stands before kept: any code of a rule, "rollback" (fewer than we or our pins have seen), or
        "gap" (fewer than the server counts; list once more before it is said).
        """
        taken = [self.take(data) for data in frames]
        self.held |= set(held)
        if count < max(self.count, *self._pins, 0):
            raise Refused("rollback", "the server shows less than this device has seen")
        if self.count != count:
            raise Refused("gap", "the listing ends before the server's count")
        return taken

    def fill(self, seq: int, body: bytes) -> Frame:
        """Puts the body of an item that was listed bare in its place. Raises Refused("altered") for any other body."""
        entry = self.entries[seq - 1]
        frame = entry.frame
        if sha256(body).digest() != frame.body_hash:
            raise Refused("altered", f"the body at {seq} is not the one that was signed")
        data = encode([1, frame.head_bytes, body, frame.sig])
        whole = Frame(data, frame.head_bytes, frame.head, body, frame.body_hash, frame.sig, frame.id)
        self.entries[seq - 1] = Entry(entry.seq, entry.run, entry.author, whole, entry.epoch, entry.placed)
        self.held.discard(seq)
        return whole
