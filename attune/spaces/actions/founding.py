"""A further space of somebody's own: she alone in it, as its keeper."""

from attune.core.db import writing
from attune.core.errors import conflict
from attune.people.access import Person
from attune.protocol.frames import read_frame
from attune.protocol.refusals import Refused
from attune.spaces import access, rules
from attune.spaces.actions import log
from attune.spaces.models import Space


def found_alone(person: Person, sid: bytes, frame: bytes) -> tuple[Space, bool]:
    """Make it from its founding; False if the same founding made it before.

    Raises refusals: 404 for another's, 409 known, 422 for what is not so founded.
    """
    with writing():
        if access.space(sid) is not None:
            return _found_before(person, sid, frame), False
        space, epoch = log.found(person, sid, [frame])
        rules.check_own_space(epoch, pid=person.pid)
    return space, True


def _found_before(person: Person, sid: bytes, frame: bytes) -> Space:
    space = access.membership(person, sid).space
    try:
        is_same = access.first_ids(space, count=1) == [read_frame(frame).id]
    except Refused as refused:
        raise rules.refusal(refused) from refused
    if not is_same:
        raise conflict("known", "This space is here already, with another beginning.")
    return space
