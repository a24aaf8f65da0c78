"""Set-up, rooms and invitations over HTTP."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from attune.core import ids
from attune.core.clock import now
from attune.core.ids import Bytes, Bytes16, Bytes32
from attune.core.throttle import Bucket, network_of
from attune.people import access as people
from attune.people import actions as people_actions
from attune.people.access import About
from attune.spaces import access, rules
from attune.spaces.actions import arriving, founding, inviting, log
from attune.spaces.models import Invitation as Kept

router = Router(tags=["spaces"])
strangers = Bucket(burst=120, per_second=1)  # requests of an address that come with a link
entries_of = Bucket(burst=12_000, per_second=20)  # entries of a person
bytes_of = Bucket(burst=64_000_000, per_second=10_000)  # nobody fills the disk in a day
listings_of = Bucket(burst=3_000, per_second=30)
listed_bytes_of = Bucket(burst=200_000_000, per_second=2_000_000)  # what one person can make the server hold at once
signals_of = Bucket(burst=1_000, per_second=50)
invitations_of = Bucket(burst=200, per_second=0.1)
spaces_of = Bucket(burst=200, per_second=0.1)


class Method(Schema):
    """A first way in, as in PUT /api/records/{mid}."""

    mid: Bytes16
    kind: Annotated[int, Field(ge=0, le=3)]
    login: str
    login_secret: Annotated[str, Field(min_length=43, max_length=43)]
    record: Bytes


class Card(Schema):
    sign_pk: Bytes
    recv_pk: Bytes


class OwnSpace(Schema):
    """The founding first, then items, such as the one that holds the whole key record."""

    sid: Bytes32
    frames: list[Bytes]


class SharedSpace(Schema):
    sid: Bytes32
    frame: Bytes


class SetUp(Schema):
    token: Annotated[str, Field(max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    language: str
    time_zone: str
    card: Card
    own: OwnSpace
    method: Method


class Join(Schema):
    card: Card
    own: OwnSpace
    shared: SharedSpace
    language: str
    time_zone: str


class Standing(Schema):
    sid: Bytes32
    count: int
    run: Bytes32


class Page(Schema):
    """What is asked of a log: what stands after a place, at most so many entries.

    What was said in the talk before `texts_from` is listed bare: its text is fetched by another listing, when somebody looks at it.
    """

    after: Annotated[int, Field(ge=0, le=2**53)] = 0
    most: Annotated[int, Field(ge=1, le=2000)] | None = None
    texts_from: Annotated[int, Field(ge=0, le=2**53)] = 0


class Listing(Schema):
    """`held`: places that are listed bare although their body is kept here."""

    count: int
    frames: list[Bytes]
    held: list[int]


class Frame(Schema):
    frame: Bytes


class Frames(Schema):
    """What one page says in one breath, in its order. All of it is passed on, or nothing."""

    frames: Annotated[list[Bytes], Field(min_length=1, max_length=32)]


class Place(Schema):
    seq: int
    id: Bytes32


class Invite(Schema):
    iid: Bytes16
    record: Bytes
    expires: int


class Invitation(Schema):
    """`state`: open, used, revoked or expired."""

    iid: Bytes16
    expires: int
    state: str
    used_at: int | None
    space: Bytes32 | None


class Door(Schema):
    """What the holder of a link learns before she steps in; `record` only while the invitation is open."""

    state: str
    expires: int
    used_at: int | None
    record: Bytes | None


@router.post("/set-up", auth=None, response={201: About})
def set_up(request: HttpRequest, given: SetUp) -> Status[About]:
    strangers.take(network_of(request))
    card = _card(given.card, language=given.language, time_zone=given.time_zone)
    people_actions.refuse_other_person(request, pid=card.pid)
    method = given.method
    way_in = arriving.WayIn(mid=method.mid, kind=method.kind, login=method.login, login_secret=method.login_secret, record=method.record)
    person = arriving.set_up(token=given.token, name=given.name, card=card, own=_own(given.own), way_in=way_in)
    people_actions.sign_in(request, person)
    return Status(201, people.about(person))


@router.get("/spaces", response=list[Standing])
def spaces(request: HttpRequest) -> list[Standing]:
    return [Standing(sid=each.sid, count=each.count, run=each.run) for each in access.standings(people.signed_in(request))]


@router.post("/spaces", response={201: Standing, 200: Standing})
def found(request: HttpRequest, given: SharedSpace) -> Status[Standing]:
    """One more space of a therapist's own, for what she writes for herself. What it is about stands inside."""
    person = people.therapist(request)
    spaces_of.take(person.pid)
    bytes_of.take(person.pid, cost=len(given.frame))
    space, is_new = founding.found_alone(person, given.sid, given.frame)
    return Status(201 if is_new else 200, Standing(sid=space.sid, count=space.count, run=space.run))


@router.get("/spaces/{sid}/entries", response=Listing)
def entries(request: HttpRequest, sid: Bytes32, page: Query[Page]) -> HttpResponse:
    person = people.signed_in(request)
    listings_of.take(person.pid)
    listed = access.listing(person, sid, after=page.after, most=page.most, texts_from=page.texts_from)
    listed_bytes_of.take(person.pid, cost=min(sum(map(len, listed.frames)), listed_bytes_of.burst))
    return _listing(listed)


@router.post("/spaces/{sid}/entries", response={201: Place, 200: Place})
def append(request: HttpRequest, sid: Bytes32, given: Frame) -> Status[Place]:
    person = people.signed_in(request)
    entries_of.take(person.pid)
    bytes_of.take(person.pid, cost=len(given.frame))
    place = log.append(person, sid, given.frame)
    return Status(200 if place.is_retry else 201, Place(seq=place.seq, id=place.eid))


@router.post("/spaces/{sid}/signals", response={202: None})
def signal(request: HttpRequest, sid: Bytes32, given: Frames) -> Status[None]:
    person = people.signed_in(request)
    signals_of.take(person.pid, cost=len(given.frames))
    log.relay(person, sid, given.frames)
    return Status(202, None)


@router.get("/invitations", response=list[Invitation])
def invitations(request: HttpRequest) -> list[Invitation]:
    return [_invitation(each) for each in access.invitations(people.signed_in(request))]


@router.post("/invitations", response={201: Invitation})
def invite(request: HttpRequest, given: Invite) -> Status[Invitation]:
    person = people.therapist(request)
    invitations_of.take(person.pid)
    return Status(201, _invitation(inviting.invite(person, iid=given.iid, record=given.record, expires=given.expires)))


@router.post("/invitations/{iid}/revoke", response=Invitation)
def revoke(request: HttpRequest, iid: Bytes16) -> Invitation:
    return _invitation(inviting.revoke(people.signed_in(request), iid=iid))


@router.get("/invitations/{iid}/door", auth=None, response=Door)
def door(request: HttpRequest, iid: Bytes16) -> Door:
    strangers.take(network_of(request))
    kept = access.invitation(iid)
    state = _state(kept)
    return Door(state=state, expires=kept.expires, used_at=kept.used_at, record=kept.record if state == "open" else None)


@router.post("/invitations/{iid}/join", auth=None, response={201: About, 200: About})
def join(request: HttpRequest, iid: Bytes16, given: Join) -> Status[About]:
    strangers.take(network_of(request))
    card = _card(given.card, language=given.language, time_zone=given.time_zone)
    people_actions.refuse_other_person(request, pid=card.pid)
    shared = arriving.Start(given.shared.sid, [given.shared.frame])
    person, is_new = arriving.join(iid, card=card, own=_own(given.own), shared=shared)
    people_actions.sign_in(request, person)
    return Status(201 if is_new else 200, people.about(person))


def _listing(listed: access.Listing) -> HttpResponse:
    """A Listing, written at once: thousands of frames one by one through the schema take three times as long and as much memory."""
    frames = ",".join(f'"{ids.encode(frame)}"' for frame in listed.frames)
    return HttpResponse(f'{{"count":{listed.count},"frames":[{frames}],"held":{listed.held}}}', content_type="application/json")


def _card(card: Card, *, language: str, time_zone: str) -> arriving.Card:
    return arriving.Card(sign_pk=card.sign_pk, recv_pk=card.recv_pk, language=language, time_zone=time_zone)


def _own(own: OwnSpace) -> arriving.Start:
    return arriving.Start(own.sid, own.frames)


def _state(kept: Kept) -> str:
    return rules.invitation_state(expires=kept.expires, used_at=kept.used_at, revoked_at=kept.revoked_at, at=now())


def _invitation(kept: Kept) -> Invitation:
    return Invitation(iid=kept.iid, expires=kept.expires, state=_state(kept), used_at=kept.used_at, space=kept.space)
