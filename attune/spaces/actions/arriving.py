"""Becoming a person, by the set-up link, an invitation or a knock: one transaction each; the same bytes again get the same answer."""

from dataclasses import dataclass
from functools import partial

from django.db import transaction

from attune.core.clock import now
from attune.core.db import writing
from attune.core.errors import Refusal, conflict, unknown
from attune.people import access as people
from attune.people import actions, set_up_link
from attune.people.access import Person
from attune.protocol.frames import read_frame
from attune.protocol.keys import pid_of
from attune.protocol.refusals import Refused
from attune.spaces import access, rules
from attune.spaces.actions import inviting, log
from attune.spaces.models import Invitation, Space


@dataclass(frozen=True, slots=True)
class Card:
    sign_pk: bytes
    recv_pk: bytes
    language: str
    time_zone: str

    @property
    def pid(self) -> bytes:
        return pid_of(self.sign_pk, self.recv_pk)


@dataclass(frozen=True, slots=True)
class Start:
    """A space and the frames that it starts with."""

    sid: bytes
    frames: list[bytes]


@dataclass(frozen=True, slots=True)
class WayIn:
    mid: bytes
    kind: int
    login: str
    login_secret: str
    record: bytes


def set_up(*, token: str, name: str, card: Card, own: Start, way_in: WayIn) -> Person:
    """Make a therapist. Raises refusals: 404 for a link that is unknown or was used by somebody else."""
    digest = set_up_link.digest(token)
    with writing():
        used_by = people.user_of_set_up_token(digest)
        if used_by is not None:
            if (
                used_by.pid != card.pid
                or not _is_same(own)
                or not actions.is_kept(used_by, mid=way_in.mid, login_secret=way_in.login_secret)
            ):
                raise unknown()
            return used_by
        if not set_up_link.fits(token):
            raise unknown()
        person = _register(card, own, therapist_name=name)
        actions.keep_record(
            person, mid=way_in.mid, kind=way_in.kind, login=way_in.login, login_secret=way_in.login_secret, record=way_in.record
        )
        actions.note_set_up(digest=digest, person=person)
        transaction.on_commit(partial(set_up_link.use_up, token))
    return person


def join(iid: bytes, *, card: Card, own: Start, shared: Start) -> tuple[Person, bool]:
    """Let the invited in and use the invitation up; False if she had been let in by the same bytes before.

    Raises refusals: 404 unknown, 409 used, 410 expired or revoked, 422 for what is not as an invited person founds it.
    """
    with writing():
        invitation = access.invitation(iid)
        if invitation.used_at is not None:
            return _let_in_before(invitation, card=card, own=own, shared=shared), False
        _check_open(invitation)
        person = _register(card, own)
        _, epoch = log.found(person, shared.sid, shared.frames)
        rules.check_invited_space(epoch, pid=person.pid, keeper=invitation.keeper.pid, iid=iid)
        inviting.use_up(invitation, by=person, space=shared.sid)
    return person, True


def knock(*, keeper: Person, card: Card, own: Start, shared: Start) -> tuple[Person, Space]:
    """Somebody with keys that nobody knows, and a space of the two; inside the caller's transaction. 422 for what is founded otherwise."""
    person = _register(card, own)
    space, epoch = log.found(person, shared.sid, shared.frames)
    rules.check_knock_space(epoch, pid=person.pid, keeper=keeper.pid)
    return person, space


def knocked_before(*, card: Card, own: Start, shared: Start) -> Person:
    """A retry proves itself by the founding of the own space, like that of a join."""
    person = people.by_pid(card.pid)
    if person is None or not (_is_same(own) and _is_same(shared)):
        raise unknown()
    if people.has_record(person):
        raise conflict("has-record", "This person has a way in of her own. Use it.")
    return person


def forget_knock(*, space_id: int, pid: bytes) -> None:
    """Inside the caller's transaction: the space goes, and so does who came by it, unless she is in a room by now or kept her key."""
    access.by_row(space_id).delete()
    person = people.by_pid(pid)
    if person is None or people.has_record(person) or access.has_rooms(person):
        return
    own = access.space(person.own_space)
    if own is not None:
        own.delete()
    actions.forget(person)


def _register(card: Card, own: Start, *, therapist_name: str | None = None) -> Person:
    person = actions.register(
        sign_pk=card.sign_pk,
        recv_pk=card.recv_pk,
        own_space=own.sid,
        language=card.language,
        time_zone=card.time_zone,
        therapist_name=therapist_name,
    )
    _, epoch = log.found(person, own.sid, own.frames)
    rules.check_own_space(epoch, pid=person.pid)
    return person


def _check_open(invitation: Invitation) -> None:
    state = rules.invitation_state(expires=invitation.expires, used_at=None, revoked_at=invitation.revoked_at, at=now())
    if state != "open":
        raise Refusal(state, f"This invitation is {state}.", status=410)


def _let_in_before(invitation: Invitation, *, card: Card, own: Start, shared: Start) -> Person:
    """A retry proves itself by the founding of the own space, which nobody else has ever seen, and only until she keeps her room."""
    person = people.by_pid(card.pid)
    if person is None or invitation.used_by != person.pid or not (_is_same(own) and _is_same(shared)):
        raise conflict("used", "This invitation was used already.")
    if people.has_record(person):
        raise conflict("has-record", "This person has a way in of her own. Use it.")
    return person


def _is_same(start: Start) -> bool:
    """Whether a space began with just these frames."""
    space = access.space(start.sid)
    try:
        ids = [read_frame(frame).id for frame in start.frames]
    except Refused:
        return False
    return space is not None and bool(ids) and access.first_ids(space, count=len(ids)) == ids
