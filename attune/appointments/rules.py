"""What an appointment may be, and when its door is open."""

from attune.core.clock import DAY, HOUR, MINUTE
from attune.core.errors import unfit

WAYS = ("video",)
LONGEST = 8 * 60  # minutes
FURTHEST = 2 * 366 * DAY
LISTED_BACK = 30 * DAY
RELAY_BEFORE = 15 * MINUTE
RELAY_AFTER = 2 * HOUR
GONE_AFTER = 25_000  # ms without a word


def check_time(*, starts_at: int, minutes: int, at: int) -> None:
    """Raises a 422 refusal."""
    if not 1 <= minutes <= LONGEST:
        raise unfit("minutes", f"An appointment lasts 1 to {LONGEST} minutes.")
    if not at - DAY <= starts_at <= at + FURTHEST:
        raise unfit("starts-at", "An appointment starts within the next two years.")


def relay_times(*, starts_at: int, minutes: int) -> tuple[int, int]:
    """From when until when the relay may be used: 15 minutes before the start, two hours after the end."""
    return starts_at - RELAY_BEFORE, starts_at + minutes * MINUTE + RELAY_AFTER


def may_reopen(state: str, starts_at: int, minutes: int, *, at: int) -> bool:
    """Whether an appointment that was ended may go on: as long as its relay may be used."""
    _, closes = relay_times(starts_at=starts_at, minutes=minutes)
    return state == "ended" and at < closes
