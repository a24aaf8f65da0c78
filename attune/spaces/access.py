"""Every fetch of rooms, each for a named person: strangers are told that there is nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from attune.core.errors import Refusal, unknown
from attune.people.access import Person
from attune.protocol.epochs import Role
from attune.protocol.frames import Drawer, strip
from attune.spaces.models import Entry, Invitation, Member, Space
from attune.spaces.view import SpaceView

MAY_LIST = Q(until=None) | Q(looks_back=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a space stands for one person: `count` entries that she may list, and the run there."""

    sid: bytes
    count: int
    run: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """`held`: places that are listed bare although their text is here."""

    count: int
    frames: list[bytes]
    held: list[int]


def membership(person: Person, sid: bytes) -> Member:
    """The place of a present member, with her space. Strangers, former members and those who left: 404."""
    member = Member.objects.select_related("space").filter(space__sid=sid, pid=person.pid, until=None).first()
    if member is None:
        raise unknown()
    return member


def view(person: Person, sid: bytes) -> SpaceView:
    """The space as the rules of its log ask about it, for a present member; in one query."""
    members = list(Member.objects.select_related("space").filter(space__sid=sid))
    if not any(member.pid == person.pid and member.until is None for member in members):
        raise unknown()
    return SpaceView(members[0].space, members)


def kept_by(person: Person, sid: bytes) -> Member:
    """The same for a keeper. A member who is none: 403."""
    member = membership(person, sid)
    if member.role != Role.KEEPER:
        raise Refusal("keepers-only", "Only a keeper of this space may do this.", status=403)
    return member


def standings(person: Person) -> list[Standing]:
    """All spaces that this person may list, her own among them."""
    mine = Member.objects.filter(MAY_LIST, pid=person.pid).order_by("pk")
    found = []
    for sid, count, run, until in mine.values_list("space__sid", "space__count", "space__run", "until"):
        found.append(Standing(sid, count, run) if until is None else _standing_at(sid, until))
    return found


def _standing_at(sid: bytes, seq: int) -> Standing:
    return Standing(sid, seq, Entry.objects.values_list("run", flat=True).get(space__sid=sid, seq=seq))


def listing(person: Person, sid: bytes, *, after: int, most: int | None = None, texts_from: int = 1) -> Listing:
    """What stands after a place, as one snapshot: count and frames come from one query, so that no erasure slips in between.

    At most so many frames; what was said in the talk before `texts_from` is listed bare.
    """
    member = Member.objects.select_related("space").filter(MAY_LIST, space__sid=sid, pid=person.pid).first()
    if member is None:
        raise unknown()
    entries = Entry.objects.filter(space_id=member.space_id, seq__gt=after)
    if member.until is not None:
        entries = entries.filter(seq__lte=member.until)
    rows = list(entries.order_by("seq").values_list("frame", "space__count", "seq", "drawer", "erased")[:most])
    count = rows[0][1] if rows else member.space.count
    held = [seq for _, _, seq, drawer, erased in rows if drawer == Drawer.TALK and not erased and seq < texts_from]
    bare = set(held)
    return Listing(member.until or count, [strip(frame) if seq in bare else frame for frame, _, seq, _, _ in rows], held)


def sids(person: Person) -> tuple[dict[int, bytes], set[int]]:
    """The spaces that this person is in now, by their row; and which of them she keeps."""
    rows = list(Member.objects.filter(pid=person.pid, until=None).values_list("space_id", "space__sid", "role"))
    return {row: sid for row, sid, _ in rows}, {row for row, _, role in rows if role == Role.KEEPER}


def keepers_in(space_id: int) -> list[bytes]:
    return list(Member.objects.filter(space_id=space_id, until=None, role=Role.KEEPER).order_by("pk").values_list("pid", flat=True))


def present_in(sid: bytes) -> list[bytes]:
    return list(Member.objects.filter(space__sid=sid, until=None).values_list("pid", flat=True))


def invitations(person: Person) -> list[Invitation]:
    return list(Invitation.objects.filter(keeper=person).order_by("-made_at", "-pk"))


def invitation_of(person: Person, iid: bytes) -> Invitation:
    """An invitation that this person made; another's is unknown to her."""
    invitation = Invitation.objects.filter(keeper=person, iid=iid).first()
    if invitation is None:
        raise unknown()
    return invitation


def invitation(iid: bytes) -> Invitation:
    """For whoever holds the link, which alone gives the iid."""
    found = Invitation.objects.select_related("keeper").filter(iid=iid).first()
    if found is None:
        raise unknown()
    return found


def first_ids(space: Space, *, count: int) -> list[bytes]:
    """The ids of the first entries: whether a start that is sent again is the same."""
    return list(Entry.objects.filter(space=space, seq__lte=count).order_by("seq").values_list("eid", flat=True))


def space(sid: bytes) -> Space | None:
    return Space.objects.filter(sid=sid).first()


def by_row(pk: int) -> Space:
    return Space.objects.get(pk=pk)


def has_rooms(person: Person) -> bool:
    """Whether this person is in any room but her own space."""
    return Member.objects.filter(pid=person.pid, until=None).exclude(space__sid=person.own_space).exists()


def entries_in(space: Space, seqs: Iterable[int]) -> list[Entry]:
    return list(Entry.objects.filter(space=space, seq__in=list(seqs)))


def newest_arrival() -> int | None:
    """When the newest entry of all came, Unix ms."""
    return Entry.objects.order_by("-pk").values_list("arrived", flat=True).first()


def spaces_with_periods() -> list[Space]:
    """Those in which something is not kept for good."""
    return list(Space.objects.exclude(policy=[]))
