"""How people meet: what an appointment's link shows, who may use the relay, and until when."""

from dataclasses import dataclass

from django.conf import settings

from attune.appointments import access as appointments
from attune.calls import rules
from attune.people.access import Person


@dataclass(frozen=True, slots=True)
class IceServer:
    urls: list[str]
    username: str
    credential: str


@dataclass(frozen=True, slots=True)
class Looked:
    starts_at: int
    minutes: int
    keeper: Person


def look(link: bytes) -> Looked:
    """What stands behind an appointment's link. Raises a 404 refusal for one that leads nowhere."""
    appointment = appointments.by_link(link)
    return Looked(appointment.starts_at, appointment.minutes, appointments.keeper_of(appointment))


def lend_relay(person: Person, aid: bytes) -> list[IceServer]:
    """Credentials for the time of an appointment; none where there is no relay. Raises refusals: 404, 409 too-early or too-late."""
    until = appointments.relay_until(person, aid)
    if not settings.RELAY_IS_ON:
        return []
    relay = rules.Relay(*settings.RELAY)
    tag = rules.tag(settings.RELAY_SECRET, person.pid, aid)
    username, credential = rules.credentials(settings.RELAY_SECRET, expires=until, tag=tag)
    return [IceServer(relay.urls, username, credential)]
