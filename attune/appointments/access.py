"""Every fetch of appointments, each for a named person: an appointment is seen by who is in its space now."""

from ninja import Schema

from attune.appointments import models, rules, waiting
from attune.core.clock import now
from attune.core.errors import conflict, unknown
from attune.core.ids import Bytes16, Bytes32
from attune.people.access import Person
from attune.spaces import access as spaces


class Waiting(Schema):
    pid: Bytes32
    since: int


class Appointment(Schema):
    """What the people of its space are told. `state`: planned, cancelled or ended."""

    id: Bytes16
    space: Bytes32
    starts_at: int
    minutes: int
    way: str
    label: str
    state: str
    began_at: int | None
    ended_at: int | None
    waiting: list[Waiting]


def all_of(person: Person) -> list[Appointment]:
    """From 30 days ago on, earliest first."""
    sids = spaces.sids(person)
    found = models.Appointment.objects.filter(space_id__in=sids, starts_at__gte=now() - rules.LISTED_BACK).order_by("starts_at", "pk")
    return [shown(each, sids[each.space_id]) for each in found]


def seen_by(person: Person, aid: bytes) -> tuple[models.Appointment, bytes]:
    """An appointment and the sid of its space. Strangers and former members: 404."""
    appointment = by_aid(aid)
    sid = spaces.sids(person).get(appointment.space_id) if appointment else None
    if appointment is None or sid is None:
        raise unknown()
    return appointment, sid


def kept_by(person: Person, aid: bytes) -> tuple[models.Appointment, bytes]:
    """The same for a keeper of the space. A member who is none: 403."""
    appointment, sid = seen_by(person, aid)
    spaces.kept_by(person, sid)
    return appointment, sid


def by_aid(aid: bytes) -> models.Appointment | None:
    return models.Appointment.objects.filter(aid=aid).first()


def sid_of(aid: bytes) -> bytes | None:
    return models.Appointment.objects.filter(aid=aid).values_list("space__sid", flat=True).first()


def shown(appointment: models.Appointment, sid: bytes) -> Appointment:
    here = waiting.at_appointment(appointment.aid, at=now())
    return Appointment(
        id=appointment.aid,
        space=sid,
        starts_at=appointment.starts_at,
        minutes=appointment.minutes,
        way=appointment.way,
        label=appointment.label,
        state=appointment.state,
        began_at=appointment.began_at,
        ended_at=appointment.ended_at,
        waiting=[Waiting(pid=pid, since=since) for pid, since in here.items()],
    )


def relay_until(person: Person, aid: bytes) -> int:
    """Until when (Unix ms) the people of this appointment may use the relay. Raises refusals: 404, 409 cancelled, too-early or too-late."""
    appointment, _ = seen_by(person, aid)
    if appointment.state == models.Appointment.CANCELLED:
        raise conflict("cancelled", "This appointment is cancelled.")
    opens, closes = rules.relay_times(starts_at=appointment.starts_at, minutes=appointment.minutes)
    if now() < opens:
        raise conflict("too-early", "The relay opens 15 minutes before the start.")
    if now() >= closes:
        raise conflict("too-late", "The relay closes two hours after the end.")
    return closes
