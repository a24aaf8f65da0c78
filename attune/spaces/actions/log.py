"""One more entry of a log: asked of the rules, kept, told."""

from dataclasses import dataclass
from functools import partial

from django.db import transaction

from attune.core import ids
from attune.core.clock import now
from attune.core.db import writing
from attune.core.errors import unfit
from attune.live import push
from attune.people.access import Person
from attune.protocol.epochs import Epoch, Role
from attune.protocol.frames import Frame, Ranges, Type, read_frame
from attune.protocol.log import Entry as Judged
from attune.protocol.log import find_retry, judge
from attune.protocol.refusals import Refused
from attune.protocol.signals import judge_signal
from attune.spaces import access, rules, statements
from attune.spaces.models import Entry, Member, NamedBlob, Space
from attune.spaces.view import SpaceView, within

ERASED_AT_ONCE = 500  # rows read and written together


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands, and whether it stood there before this request."""

    seq: int
    eid: bytes
    is_retry: bool


def append(person: Person, sid: bytes, data: bytes) -> Place:
    """Append a frame. Raises refusals: 404 to strangers, 409 old-epoch or order, 413 too-big, 422 for what no retry mends."""
    with writing():
        view = access.view(person, sid)
        try:
            frame = read_frame(data)
            first = find_retry(view, data) if view.place_of(person.pid, frame.head.iid) else None
            if first:
                return Place(*first, is_retry=True)
            entry = judge(view, data, whole=True)
        except Refused as refused:
            raise rules.refusal(refused) from refused
        _check_author(entry, person)
        keep(view, entry)
        return Place(entry.seq, entry.id, is_retry=False)


def relay(person: Person, sid: bytes, frames: list[bytes]) -> None:
    """Pass signals on to every open page of the members, the sender's own among them: all, or none if one is refused. Nothing is kept."""
    view = access.view(person, sid)
    try:
        authors = {judge_signal(view, data).author for data in frames}
    except Refused as refused:
        raise rules.refusal(refused) from refused
    if authors != {person.pid}:
        raise unfit("not-a-member", "This is signed by somebody else.")
    push.tell(view.present, {"what": "signals", "space": ids.encode(sid), "frames": [ids.encode(data) for data in frames]})


def found(person: Person, sid: bytes, frames: list[bytes]) -> tuple[Space, Epoch]:
    """Make a space from its founding and what follows at once, inside the caller's transaction."""
    if access.space(sid):
        raise unfit("known", "This space is here already.")
    if not 1 <= len(frames) <= rules.MOST_FRAMES_OF_A_START:
        raise unfit("malformed", f"A space starts with 1 to {rules.MOST_FRAMES_OF_A_START} frames.")
    space = Space.objects.create(sid=sid, run=sid)
    view = SpaceView(space)
    try:
        for frame in frames:
            entry = judge(view, frame, whole=True)
            _check_author(entry, person)
            keep(view, entry)
            view = access.view(person, sid)
    except Refused as refused:
        raise rules.refusal(refused) from refused
    return space, view.epoch_in_force()


def keep(view: SpaceView, entry: Judged) -> None:
    """Write what the rules let in, and tell those who are there after it, and those whom it ends."""
    space, before = view.space, set(view.present)
    _write(space, entry)
    if entry.epoch is not None:
        _put_in_force(view, entry, entry.epoch)
    elif entry.type is Type.LEAVE:
        _let_go(view, entry)
    elif entry.type is Type.ERASE:
        erase(space, entry.frame.head.ranges)
    statements.move(space)
    after = set(view.present)
    transaction.on_commit(partial(_tell, sid=space.sid, entry=entry, to=before | after, changed=before ^ after))


def erase(space: Space, ranges: Ranges) -> None:
    """Drop the bodies of the items in these ranges. Their places stay, bare, so that the chain stays checkable."""
    items = Entry.objects.filter(space=space, type=Type.ITEM, erased=False, seq__gte=ranges[0][0], seq__lte=ranges[-1][1])
    make_bare(space, list(within(items.order_by("seq").values_list("seq", flat=True), ranges)))


def make_bare(space: Space, seqs: list[int]) -> None:
    for start in range(0, len(seqs), ERASED_AT_ONCE):
        entries = access.entries_in(space, seqs[start : start + ERASED_AT_ONCE])
        for entry in entries:
            entry.frame, entry.erased = read_frame(entry.frame).bare(), True
        Entry.objects.bulk_update(entries, ["frame", "erased"])


def _check_author(entry: Judged, person: Person) -> None:
    if entry.author != person.pid:
        raise unfit("not-a-member", "This is signed by somebody else.")


def _write(space: Space, entry: Judged) -> None:
    frame: Frame = entry.frame
    head = frame.head
    row = Entry(
        space=space,
        seq=entry.seq,
        frame=frame.data,
        eid=entry.id,
        run=entry.run,
        arrived=now(),
        type=head.type,
        author=entry.author,
        writer=head.writer,
        iid=head.iid,
        ctl=head.ctl,
        drawer=head.drawer,
        size=len(frame.data),
        seen_seq=head.seen_seq,
    )
    statements.insert(row)
    NamedBlob.objects.bulk_create([NamedBlob(space=space, blob=blob) for blob in head.blobs])
    space.count, space.run = entry.seq, entry.run


def _put_in_force(view: SpaceView, entry: Judged, epoch: Epoch) -> None:
    """The membership as this epoch states it: nobody in it has left, and who is not in it ends here.

    A keeper who is removed may look back at what was until then, and so may everybody at a space that is closed.
    """
    view.space.epoch, view.space.epoch_seq, view.space.closed = epoch.id, entry.seq, epoch.is_closing
    view.space.policy = [list(period) for period in epoch.body.policy]
    view.space.save(update_fields=["epoch", "epoch_seq", "policy", "closed"])
    for pid, row in view.members.items():
        if epoch.body.place_of(pid) is None:
            if row.until is None:
                row.until, row.looks_back = entry.seq, epoch.is_closing or row.role == Role.KEEPER
            row.left = row.placed = None
            row.save()
    for member in epoch.members:
        row = view.members.setdefault(member.pid, Member(space=view.space, pid=member.pid))
        row.role, row.was, row.placed = member.role, member.was or row.was, entry.placed.get(member.pid)
        row.until, row.left, row.looks_back = None, None, False
        row.save()


def _let_go(view: SpaceView, entry: Judged) -> None:
    """Access ends at once; the epoch without her comes with whoever writes next."""
    row = view.members[entry.author]
    row.left = row.until = entry.seq
    row.save()


def _tell(*, sid: bytes, entry: Judged, to: set[bytes], changed: set[bytes]) -> None:
    data = entry.frame.data
    frame = ids.encode(data) if len(data) <= rules.PUSHED_WHOLE else None
    push.tell(to, {"what": "entry", "space": ids.encode(sid), "seq": entry.seq, "frame": frame})
    push.tell(changed, {"what": "spaces"})
