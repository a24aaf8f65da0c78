"""The waiting room and the relay over HTTP."""

from django.http import HttpRequest
from ninja import Router, Schema, Status

from attune.appointments import actions as appointments
from attune.appointments.access import Appointment
from attune.calls import actions
from attune.core.ids import Bytes16
from attune.people import access as people

router = Router(tags=["calls"])


class IceServer(Schema):
    urls: list[str]
    username: str
    credential: str


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
