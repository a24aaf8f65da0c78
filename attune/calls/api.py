"""The waiting room, the knock and the relay over HTTP."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from attune.appointments import actions as appointments
from attune.appointments.access import Appointment
from attune.calls import actions
from attune.core.ids import Bytes, Bytes16, Bytes32
from attune.core.throttle import Bucket, network_of
from attune.people import access as people
from attune.people import actions as people_actions
from attune.people.access import About
from attune.spaces.actions import arriving

router = Router(tags=["calls"])
strangers = Bucket(burst=60, per_second=0.5)  # requests of an address that come with an appointment's link
knocks_at = Bucket(burst=20, per_second=1 / 60)  # knocks at one appointment: nobody fills a waiting room


class IceServer(Schema):
    urls: list[str]
    username: str
    credential: str


class Link(Schema):
    """In the body and not in the path, where servers on the way would write it down."""

    link: Bytes16


class Card(Schema):
    sign_pk: Bytes
    recv_pk: Bytes


class KnockDoor(Schema):
    """All that an appointment's link gives away: when, and the therapist's public card."""

    starts_at: int
    minutes: int
    name: str
    card: Card


class Founding(Schema):
    sid: Bytes32
    frames: Annotated[list[Bytes], Field(min_length=1, max_length=16)]


class Knock(Link):
    """`own` begins the own space, `shared` is the founding of the space of two."""

    card: Card
    own: Founding
    shared: Founding
    language: str
    time_zone: str


class Relay(Schema):
    """`relay` false: there is none, and the two see each other's addresses."""

    ice_servers: list[IceServer]
    relay: bool


@router.put("/appointments/{id}/here", response={204: None})
def here(request: HttpRequest, id: Bytes16) -> Status[None]:
    appointments.say_here(people.signed_in(request), id)
    return Status(204, None)


@router.delete("/appointments/{id}/here", response={204: None})
def gone(request: HttpRequest, id: Bytes16) -> Status[None]:
    appointments.say_gone(people.signed_in(request), id)
    return Status(204, None)


@router.post("/appointments/{id}/began", response=Appointment)
def began(request: HttpRequest, id: Bytes16) -> Appointment:
    return appointments.begin(people.signed_in(request), id)


@router.post("/appointments/{id}/ended", response=Appointment)
def ended(request: HttpRequest, id: Bytes16) -> Appointment:
    return appointments.end(people.signed_in(request), id)


@router.get("/appointments/{id}/relay", response=Relay)
def relay(request: HttpRequest, id: Bytes16) -> Relay:
    lent = actions.lend_relay(people.signed_in(request), id)
    servers = [IceServer(urls=each.urls, username=each.username, credential=each.credential) for each in lent]
    return Relay(ice_servers=servers, relay=bool(servers))


@router.post("/knocks/door", auth=None, response=KnockDoor)
def door(request: HttpRequest, given: Link) -> KnockDoor:
    strangers.take(network_of(request))
    looked = actions.look(given.link)
    card = Card(sign_pk=looked.keeper.sign_pk, recv_pk=looked.keeper.recv_pk)
    return KnockDoor(starts_at=looked.starts_at, minutes=looked.minutes, name=looked.keeper.public_name, card=card)


@router.post("/knocks", auth=None, response={201: About, 200: About})
def knock(request: HttpRequest, given: Knock) -> Status[About]:
    strangers.take(network_of(request))
    knocks_at.take(given.link)
    card = arriving.Card(given.card.sign_pk, given.card.recv_pk, given.language, given.time_zone)
    people_actions.refuse_other_person(request, pid=card.pid)
    own, shared = (arriving.Start(each.sid, each.frames) for each in (given.own, given.shared))
    person, is_new = appointments.knock(given.link, card=card, own=own, shared=shared)
    people_actions.sign_in(request, person)
    return Status(201 if is_new else 200, people.about(person))
