"""Letting run out what the policy in force keeps for a time only (protocol, Items). Places stay, bare, as after an erasure."""

from attune.core.clock import DAY, now
from attune.core.db import writing
from attune.protocol.frames import Type
from attune.spaces import access
from attune.spaces.actions.log import make_bare
from attune.spaces.models import Entry, Space


def let_run_out() -> None:
    """Drop the bodies whose time is over, space by space, so that nobody waits long for the writers' lock."""
    for space in access.spaces_with_periods():
        for drawer, days in space.policy:
            if days:
                _let_run_out(space, drawer=drawer, before=now() - (days + 1) * DAY)


def _let_run_out(space: Space, *, drawer: int, before: int) -> None:
    """A period counts from an author's own time if that is later than the arrival, but at most a day later: hence the day more."""
    with writing():
        old = Entry.objects.filter(space=space, type=Type.ITEM, drawer=drawer, erased=False, arrived__lt=before)
        make_bare(space, list(old.values_list("seq", flat=True)))
