"""Judging one more entry of a space's log: the rules in their order, the same for the server and for every reader (protocol, The space)."""

from collections.abc import Mapping
from dataclasses import dataclass

from attune.protocol import rights
from attune.protocol.epochs import Epoch, EpochBody, Member, check_members, read_epoch_body
from attune.protocol.frames import Frame, Type, next_run, read_frame
from attune.protocol.refusals import Refused
from attune.protocol.view import Last, View

__all__ = ["Entry", "Last", "View", "find_retry", "judge", "judge_end"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that the rules let in. `epoch` and `placed` are what an epoch entry puts in force; else None and unchanged."""

    seq: int
    run: bytes
    author: bytes  # pid
    frame: Frame
    epoch: Epoch | None
    placed: Mapping[bytes, int]

    @property
    def id(self) -> bytes:
        return self.frame.id

    @property
    def type(self) -> Type:
        return self.frame.head.type


def judge(view: View, data: bytes, *, whole: bool = False) -> Entry:
    """The entry that these bytes are at the next place of the log. The first rule that does not hold raises Refused with its code.

    With `whole`, as on the server, an item without its body is refused ("dropped"). Nothing is changed: the caller appends.
    """
    frame = read_frame(data)
    if whole and frame.body is None:
        raise Refused("dropped", "an entry is sent with its body")
    body = _read_in_place(view, frame)
    author = _find_author(view, frame, body)
    _check_new(view, frame, author)
    _check_order(view, frame, author)
    entry = _check_rights(view, frame, author=author, body=body)
    if view.pinned(entry.seq) not in (None, entry.run):
        raise Refused("fork", "not the run that was pinned here")
    return entry


def judge_end(view: View, data: bytes) -> Entry:
    """Like judge, for the end of a closed space: the places between are gone, so order and runs (rules 4, 5 and 7) are not asked."""
    frame = read_frame(data)
    body = _read_in_place(view, frame)
    author = _find_author(view, frame, body)
    _check_new(view, frame, author)
    return _check_rights(view, frame, author=author, body=body)


def find_retry(view: View, data: bytes) -> tuple[int, bytes] | None:
    """(seq, id) of the entry that this author already has under this iid, whatever the bytes; None if it is new.

    The signature is checked in the epoch that the frame names. Raises Refused for what is no frame, or not signed by who it says.
    """
    frame = read_frame(data)
    members = _members_named(view, frame)
    if members is None:
        return None
    author = _signer(frame, members)
    return view.place_of(author.pid, frame.head.iid)


def _members_named(view: View, frame: Frame) -> tuple[Member, ...] | None:
    if frame.head.ctl is not None:
        epoch = view.epoch_named(frame.head.ctl)
        return None if epoch is None else epoch.members
    if frame.head.type is not Type.EPOCH or frame.body is None:
        return None
    members = read_epoch_body(frame.body).members
    check_members(members)
    return members


def _read_in_place(view: View, frame: Frame) -> EpochBody | None:
    """The rest of rule 1: nothing follows a closing, an epoch comes first, and its body has its shape and good keys."""
    if view.epoch is not None and view.epoch.is_closing:
        raise Refused("closed", "nothing follows the entry that closed the space")
    if frame.head.type is not Type.EPOCH:
        if view.count == 0:
            raise Refused("gap", "a space begins with an epoch")
        return None
    body = read_epoch_body(frame.whole_body())
    check_members(body.members)
    return body


def _find_author(view: View, frame: Frame, body: EpochBody | None) -> Member:
    """Rule 2: under the epoch in force, in it, signed, and not left."""
    head, epoch = frame.head, view.epoch
    if head.ctl != (epoch.id if epoch else None):
        raise Refused("old-epoch", "another epoch is in force")
    members = epoch.members if epoch else body.members if body else ()
    author = _signer(frame, members)
    if author.pid in view.left:
        raise Refused("not-a-member", "the author has left")
    if head.type is Type.ITEM and any(seq <= head.seen_seq for seq in view.left.values()):
        raise Refused("old-epoch", "somebody has left: a new epoch comes first")
    return author


def _signer(frame: Frame, members: tuple[Member, ...]) -> Member:
    if frame.head.who >= len(members):
        raise Refused("not-a-member", "the epoch has no such place")
    author = members[frame.head.who]
    frame.check_signature(author.sign_pk)
    return author


def _check_new(view: View, frame: Frame, author: Member) -> None:
    """Rule 3: nothing twice."""
    if view.place_of(author.pid, frame.head.iid) is not None:
        raise Refused("replay", "this author has an entry with this iid")
    if any(view.knows_blob(blob) for blob in frame.head.blobs):
        raise Refused("replay", "another item has named this blob")


def _check_order(view: View, frame: Frame, author: Member) -> None:
    """Rules 4 and 5: the author's own chain, and what she had seen."""
    head = frame.head
    last = view.last_of(author.pid, head.writer)
    if head.prev != (last.id if last else None):
        raise Refused("order", "not after this writer's last entry")
    if not (last.seen_seq if last else 0) <= head.seen_seq <= view.count:
        raise Refused("order", "the last place seen went back, or is not there yet")
    if view.run_at(head.seen_seq) != head.seen_run:
        raise Refused("fork", "the author saw another history")


def _check_rights(view: View, frame: Frame, *, author: Member, body: EpochBody | None) -> Entry:
    """Rule 6, and what follows from the entry."""
    seq = view.count + 1
    epoch, placed = None, view.placed
    if body is not None:
        rights.check_epoch(view, frame, author=author, body=body)
        placed = rights.find_placed(view, author=author, body=body, seq=seq)
        epoch = Epoch(frame.id, seq, frame.head.time, body)
    elif frame.head.type is Type.ERASE:
        rights.check_erasure(view, frame, author)
    elif frame.head.type is Type.LEAVE:
        rights.check_leave(view, author)
    return Entry(seq, next_run(view.run_at(view.count), frame.id), author.pid, frame, epoch, placed)
