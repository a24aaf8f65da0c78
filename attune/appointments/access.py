"""Every fetch of appointments, each for a named person: seen by who is in its space now, and by who knocked at it, as far as she has to."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from ninja import Schema

from attune.appointments import models, rules, waiting
from attune.core.clock import now
from attune.core.errors import conflict, unknown
from attune.core.ids import Bytes16, Bytes32
from attune.people import access as people
from attune.people.access import Person
from attune.spaces import access as spaces


class Waiting(Schema):
    """`space`: where this person waits, the appointment's own or that of a knock."""

    pid: Bytes32
    since: int
    space: Bytes32


class Appointment(Schema):
    """What the people of its space are told. `state`: planned, cancelled or ended. `space`: where the asking person goes for it.
    `link` and `knocks`, the spaces of those who came by it, are for its keepers."""

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
    link: Bytes16 | None
    knocks: list[Bytes32]


@dataclass(frozen=True, slots=True)
class Eye:
    """Whose rooms these are: what somebody sees of an appointment follows from them. By the spaces' rows."""

    sids: dict[int, bytes]
    kept: set[int]

    @classmethod
    def of(cls, person: Person) -> "Eye":
        return cls(*spaces.sids(person))

    def place(self, appointment: models.Appointment) -> bytes | None:
        """Where this person goes for it. Who knocked meets the keeper in the knock's space, until that is closed."""
        if appointment.space_id not in self.kept:
            for knock in appointment.knocks.all():
                if knock.space_id in self.sids:
                    return self.sids[knock.space_id]
        return self.sids.get(appointment.space_id)


def all_of(person: Person) -> list[Appointment]:
    """From 30 days ago on, earliest first."""
    eye = Eye.of(person)
    mine = Q(space_id__in=eye.sids) | Q(knocks__space_id__in=eye.sids)
    recent = models.Appointment.objects.filter(mine, starts_at__gte=now() - rules.LISTED_BACK).distinct()
    return [shown(each, eye) for each in recent.order_by("starts_at", "pk").prefetch_related("knocks")]


def seen_by(person: Person, aid: bytes) -> tuple[models.Appointment, bytes]:
    """An appointment and the space where this person goes for it. Strangers and former members: 404."""
    appointment = by_aid(aid)
    sid = Eye.of(person).place(appointment) if appointment else None
    if appointment is None or sid is None:
        raise unknown()
    return appointment, sid


def kept_by(person: Person, aid: bytes) -> tuple[models.Appointment, bytes]:
    """The same for a keeper of the space. A member who is none, and who knocked: 403."""
    appointment, sid = seen_by(person, aid)
    spaces.kept_by(person, sid)
    return appointment, sid


def by_aid(aid: bytes) -> models.Appointment | None:
    return models.Appointment.objects.filter(aid=aid).first()


def by_link(link: bytes) -> models.Appointment:
    """For whoever holds the link. Unknown, cancelled, ended and long over are one answer: 404."""
    found = models.Appointment.objects.filter(link=link).first()
    if found is None or not rules.is_link_open(found.state, found.starts_at, found.minutes, at=now()):
        raise unknown()
    return found


def keeper_of(appointment: models.Appointment) -> Person:
    """The therapist who opens the door of this appointment."""
    for pid in spaces.keepers_in(appointment.space_id):
        person = people.by_pid(pid)
        if person is not None and person.therapist:
            return person
    raise unknown()


def knock_of(appointment: models.Appointment, *, pid: bytes) -> models.Knock | None:
    return appointment.knocks.filter(pid=pid).first()


def old_knocks(*, at: int) -> list[models.Knock]:
    """Those whose appointment has been over for longer than a knock is kept."""
    recent = at - rules.KNOCK_KEPT - rules.RELAY_AFTER
    found = models.Knock.objects.select_related("appointment").filter(appointment__starts_at__lt=recent)
    return [knock for knock in found if rules.ends(knock.appointment.starts_at, knock.appointment.minutes) < recent]


def shown(appointment: models.Appointment, eye: Eye) -> Appointment:
    """As much of it as this person may see: who knocked sees neither the room nor who else waits."""
    sid, is_kept = eye.place(appointment), appointment.space_id in eye.kept
    if sid is None:
        raise unknown()
    is_knocker = sid != eye.sids.get(appointment.space_id)
    mine = {sid} if not is_kept else set(eye.sids.values())
    return Appointment(
        id=appointment.aid,
        space=sid,
        starts_at=appointment.starts_at,
        minutes=appointment.minutes,
        way=appointment.way,
        label="" if is_knocker else appointment.label,
        state=appointment.state,
        began_at=None if is_knocker else appointment.began_at,
        ended_at=None if is_knocker else appointment.ended_at,
        waiting=_waiting(appointment.aid, mine),
        link=appointment.link if is_kept else None,
        knocks=[eye.sids[knock.space_id] for knock in appointment.knocks.all() if is_kept and knock.space_id in eye.sids],
    )


def _waiting(aid: bytes, sids: Iterable[bytes]) -> list[Waiting]:
    return [Waiting(pid=pid, since=since, space=sid) for sid, pid, since in waiting.at_appointment(aid, at=now()) if sid in sids]


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
