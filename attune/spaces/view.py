"""The tables of one space, as the rules of its log ask about it (attune.protocol.view.View), at a cost that does not grow with the log."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from threading import Lock

from django.db.models import Q

from attune.protocol.epochs import Epoch, read_epoch
from attune.protocol.frames import Drawer, Ranges, Type, read_frame
from attune.protocol.view import Last
from attune.spaces import statements
from attune.spaces.models import Entry, Member, NamedBlob, Space

EPOCHS_KEPT = 256


class EpochCache:
    """Epochs by entry id. An id is the hash of what it names, so nothing in here can be out of date."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Epoch] = OrderedDict()
        self._lock = Lock()

    def get(self, eid: bytes) -> Epoch | None:
        with self._lock:
            epoch = self._kept.get(eid)
            if epoch:
                self._kept.move_to_end(eid)
            return epoch

    def put(self, epoch: Epoch) -> None:
        with self._lock:
            self._kept[epoch.id] = epoch
            if len(self._kept) > EPOCHS_KEPT:
                self._kept.popitem(last=False)


_epochs = EpochCache()


class SpaceView:
    """What the rules may ask. Make it inside the transaction that appends; it does not change with later entries."""

    def __init__(self, space: Space, members: Iterable[Member] = ()) -> None:
        """`members`: everybody who is or was in it."""
        self.space = space
        self.sid: bytes = space.sid
        self.count: int = space.count
        self.members = {member.pid: member for member in members}
        self._places: dict[tuple[bytes, bytes], tuple[int, bytes] | None] = {}

    @property
    def present(self) -> list[bytes]:
        """The pids of those who are in it now."""
        return [pid for pid, member in self.members.items() if member.until is None]

    @property
    def epoch(self) -> Epoch | None:
        return self.epoch_named(self.space.epoch) if self.space.epoch else None

    def epoch_in_force(self) -> Epoch:
        """For a space that was founded."""
        if self.epoch is None:
            raise LookupError("no epoch: the space was never founded")
        return self.epoch

    @property
    def left(self) -> dict[bytes, int]:
        return {pid: member.left for pid, member in self.members.items() if member.left is not None}

    @property
    def placed(self) -> dict[bytes, int]:
        return {pid: member.placed for pid, member in self.members.items() if member.placed is not None}

    def run_at(self, seq: int) -> bytes:
        if seq == 0:
            return self.sid
        if seq == self.count:
            return bytes(self.space.run)
        return bytes(Entry.objects.values_list("run", flat=True).get(space=self.space, seq=seq))

    def last_of(self, pid: bytes, writer: bytes) -> Last | None:
        return statements.last_of(self.space, author=pid, writer=writer)

    def place_of(self, pid: bytes, iid: bytes) -> tuple[int, bytes] | None:
        if (pid, iid) not in self._places:
            self._places[pid, iid] = statements.place_of(self.space, author=pid, iid=iid)
        return self._places[pid, iid]

    def knows_blob(self, blob: bytes) -> bool:
        return NamedBlob.objects.filter(space=self.space, blob=blob).exists()

    def was_member(self, pid: bytes) -> bool:
        return pid in self.members

    def predecessor(self, pid: bytes) -> bytes | None:
        member = self.members.get(pid)
        return member.was if member else None

    def has_item(self, ranges: Ranges, *, except_by: frozenset[bytes] = frozenset()) -> bool:
        items = Entry.objects.filter(space=self.space, type=Type.ITEM, seq__gte=ranges[0][0], seq__lte=ranges[-1][1])
        others = items.exclude(~Q(drawer=Drawer.CARE), author__in=except_by).order_by("seq").values_list("seq", flat=True)
        return any(True for _ in within(others.iterator(), ranges))  # ends at the first, however long the log

    def epoch_named(self, ctl: bytes) -> Epoch | None:
        epoch = _epochs.get(ctl)
        if epoch is not None and epoch.body.sid == self.sid:
            return epoch
        found = Entry.objects.filter(space=self.space, eid=ctl, type=Type.EPOCH).values_list("frame", "seq").first()
        if found is None:
            return None
        epoch = read_epoch(read_frame(found[0]), seq=found[1])
        _epochs.put(epoch)
        return epoch

    def pinned(self, seq: int) -> bytes | None:  # noqa: ARG002 a server pins nothing
        return None


def within(seqs: Iterable[int], ranges: Ranges) -> Iterator[int]:
    """Those of the rising places that stand in the rising ranges."""
    at = 0
    for seq in seqs:
        while at < len(ranges) and ranges[at][1] < seq:
            at += 1
        if at < len(ranges) and ranges[at][0] <= seq:
            yield seq
