"""Appointments over HTTP."""

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from attune.appointments import access, actions
from attune.appointments.access import Appointment
from attune.core.ids import Bytes16, Bytes32
from attune.core.throttle import Bucket
from attune.people import access as people

router = Router(tags=["appointments"])
planned_by = Bucket(burst=300, per_second=0.2)


class Plan(Schema):
    """`id` is made by the client, so that a retry is one; `label` is what a calendar may show."""

    id: Bytes16
    space: Bytes32
    starts_at: int
    minutes: int
    way: Literal["video"]
    label: Annotated[str, Field(max_length=80)]


@router.get("/appointments", response=list[Appointment])
def appointments(request: HttpRequest) -> list[Appointment]:
    return access.all_of(people.signed_in(request))


@router.post("/appointments", response={201: Appointment, 200: Appointment})
def plan(request: HttpRequest, given: Plan) -> Status[Appointment]:
    person = people.signed_in(request)
    planned_by.take(person.pid)
    appointment, is_new = actions.plan(
        person,
        aid=given.id,
        sid=given.space,
        starts_at=given.starts_at,
        minutes=given.minutes,
        way=given.way,
        label=given.label,
    )
    return Status(201 if is_new else 200, appointment)


@router.post("/appointments/{id}/cancel", response=Appointment)
def cancel(request: HttpRequest, id: Bytes16) -> Appointment:
    return actions.cancel(people.signed_in(request), id)
