"""What an appointment may be, and when its door is open."""

from attune.core.clock import DAY, HOUR, MINUTE
from attune.core.errors import unfit

WAYS = ("video",)
LONGEST = 8 * 60  # minutes
FURTHEST = 2 * 366 * DAY
LISTED_BACK = 30 * DAY
RELAY_BEFORE = 15 * MINUTE
RELAY_AFTER = 2 * HOUR
KNOCK_KEPT = DAY  # after the relay closed
GONE_AFTER = 25_000  # ms without a word


def check_time(*, starts_at: int, minutes: int, at: int) -> None:
    """Raises a 422 refusal."""
    if not 1 <= minutes <= LONGEST:
        raise unfit("minutes", f"An appointment lasts 1 to {LONGEST} minutes.")
    if not at - DAY <= starts_at <= at + FURTHEST:
        raise unfit("starts-at", "An appointment starts within the next two years.")


def ends(starts_at: int, minutes: int) -> int:
    return starts_at + minutes * MINUTE


def relay_times(*, starts_at: int, minutes: int) -> tuple[int, int]:
    """From when until when the relay may be used: 15 minutes before the start, two hours after the end."""
    return starts_at - RELAY_BEFORE, ends(starts_at, minutes) + RELAY_AFTER


def is_link_open(state: str, starts_at: int, minutes: int, *, at: int) -> bool:
    """Whether an appointment's link leads anywhere: from its making until two hours after its end."""
    return state == "planned" and at < relay_times(starts_at=starts_at, minutes=minutes)[1]


def may_reopen(state: str, starts_at: int, minutes: int, *, at: int) -> bool:
    """Whether an appointment that was ended may go on: as long as its relay may be used."""
    _, closes = relay_times(starts_at=starts_at, minutes=minutes)
    return state == "ended" and at < closes
