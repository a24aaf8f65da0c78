"""Making, moving on and ending appointments; knocking at one; saying who is there."""

import secrets
from functools import partial

from django.db import transaction

from attune.appointments import access, rules, waiting
from attune.appointments.access import Appointment as Shown
from attune.appointments.access import Eye, shown
from attune.appointments.models import Appointment, Knock
from attune.core import ids
from attune.core.clock import now
from attune.core.db import writing
from attune.core.errors import conflict, unfit
from attune.live import push
from attune.people import access as people
from attune.people.access import Person
from attune.spaces import access as spaces
from attune.spaces.actions import arriving
from attune.spaces.actions.arriving import Card, Start


def plan(person: Person, *, aid: bytes, sid: bytes, starts_at: int, minutes: int, way: str, label: str) -> tuple[Shown, bool]:
    """Make an appointment; False if the same one was made before. Raises refusals: 404, 403, 409 known, 422.

    A client keeps her own space, and could keep others: she plans nothing there, or the relay would be hers whenever she likes.
    """
    content = {"starts_at": starts_at, "minutes": minutes, "way": way, "label": label}
    with writing():
        space = spaces.kept_by(person, sid).space
        people.check_therapist(person)
        known = access.by_aid(aid)
        if known:
            return shown(_same(known, space_id=space.pk, content=content), Eye.of(person)), False
        rules.check_time(starts_at=starts_at, minutes=minutes, at=now())
        if way not in rules.WAYS:
            raise unfit("way", f"A way is one of: {', '.join(rules.WAYS)}.")
        appointment = Appointment.objects.create(aid=aid, space_id=space.pk, link=secrets.token_bytes(16), **content)
        _tell(sid)
    return shown(appointment, Eye.of(person)), True


def cancel(person: Person, aid: bytes) -> Shown:
    return _move(person, aid, to=Appointment.CANCELLED)


def begin(person: Person, aid: bytes) -> Shown:
    """The keeper let somebody in. Only the first time counts.

    One that was ended is open again, as long as its relay would be lent: an end pressed by mistake must not keep a client out.
    """
    with writing():
        appointment, sid = access.kept_by(person, aid)
        if not rules.may_reopen(appointment.state, appointment.starts_at, appointment.minutes, at=now()):
            _check_planned(appointment)
        if appointment.began_at is None or appointment.state != Appointment.PLANNED:
            appointment.began_at = appointment.began_at or now()
            appointment.state, appointment.ended_at = Appointment.PLANNED, None
            appointment.save()
            _tell(sid)
    return shown(appointment, Eye.of(person))


def end(person: Person, aid: bytes) -> Shown:
    return _move(person, aid, to=Appointment.ENDED)


def knock(link: bytes, *, card: Card, own: Start, shared: Start) -> tuple[Person, bool]:
    """Let somebody stand at the door of an appointment, with keys that nobody knows; False if the same bytes had come before.

    Raises refusals: 404 for a link that leads nowhere, 409 too-early, 422 for what is not founded as a knock is.
    """
    with writing():
        appointment = access.by_link(link)
        opens, _ = rules.relay_times(starts_at=appointment.starts_at, minutes=appointment.minutes)
        if now() < opens:
            raise conflict("too-early", "The door opens 15 minutes before the start.")
        known = access.knock_of(appointment, pid=card.pid)
        if known is not None:
            return arriving.knocked_before(card=card, own=own, shared=shared), False
        person, space = arriving.knock(keeper=access.keeper_of(appointment), card=card, own=own, shared=shared)
        Knock.objects.create(appointment=appointment, space_id=space.pk, pid=person.pid)
        _tell(shared.sid)
    return person, True


def end_old_knocks() -> None:
    """A knock's space is closed by the keeper's device; where that could not, this ends it, and who came by it and stayed nowhere."""
    for old in access.old_knocks(at=now()):
        with writing():
            arriving.forget_knock(space_id=old.space_id, pid=old.pid)


def say_here(person: Person, aid: bytes) -> None:
    """Said every ten seconds by whoever shows the waiting room."""
    appointment, sid = access.seen_by(person, aid)
    _check_planned(appointment)
    since = waiting.note(aid, sid, person.pid, at=now())
    if since is not None:
        _tell_waiting(sid, aid, person.pid, since=since)


def say_gone(person: Person, aid: bytes) -> None:
    _, sid = access.seen_by(person, aid)
    if waiting.forget(aid, sid, person.pid):
        _tell_waiting(sid, aid, person.pid, since=None)


def say_who_is_gone() -> None:
    """Tell of those who stopped saying that they are here."""
    for aid, sid, pid in waiting.pop_gone(at=now()):
        _tell_waiting(sid, aid, pid, since=None)


def _move(person: Person, aid: bytes, *, to: str) -> Shown:
    with writing():
        appointment, sid = access.kept_by(person, aid)
        if appointment.state != to:
            _check_planned(appointment)
            appointment.state = to
            appointment.ended_at = now() if to == Appointment.ENDED else None
            appointment.save()
            _tell(sid)
            for knock in appointment.knocks.all():
                _tell(knock.space.sid)
    return shown(appointment, Eye.of(person))


def _check_planned(appointment: Appointment) -> None:
    if appointment.state != Appointment.PLANNED:
        raise conflict(appointment.state, f"This appointment is {appointment.state}.")


def _same(known: Appointment, *, space_id: int, content: dict[str, object]) -> Appointment:
    if known.space_id != space_id or any(getattr(known, name) != value for name, value in content.items()):
        raise conflict("known", "There is another appointment with this id.")
    return known


def _tell(sid: bytes) -> None:
    transaction.on_commit(partial(push.tell, spaces.present_in(sid), {"what": "appointments"}))


def _tell_waiting(sid: bytes, aid: bytes, pid: bytes, *, since: int | None) -> None:
    where = {"appointment": ids.encode(aid), "space": ids.encode(sid)}
    message: dict[str, object] = {"what": "waiting", **where, "pid": ids.encode(pid), "since": since}
    push.tell(spaces.present_in(sid), message)
