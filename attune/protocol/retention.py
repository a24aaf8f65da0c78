"""Why a text is not there: erased, run out, or removed without anybody having asked (protocol, Items: Retention)."""

from enum import StrEnum
from typing import Final

from attune.protocol.memory import MemoryLog

DAY: Final = 86_400_000  # ms


class Absence(StrEnum):
    """What can be said of a place without its body. Only REMOVED accuses the server."""

    ERASED = "erased"
    EXPIRED = "expired"
    DATE_WRONG = "its date is wrong"
    CLOCK_WRONG = "this device's clock, or that of whoever wrote last, is wrong"
    REMOVED = "removed without being asked"


def explain_absence(log: MemoryLog, seq: int, *, now: int, own: frozenset[bytes]) -> Absence:
    """Why the item at seq has no body. `now` is this device's clock (ms), `own` are the reader's own pids.

    A body that the server says it holds and does not give is asked about in the same way.
    """
    if is_erased(log, seq):
        return Absence.ERASED
    if _has_run_out(log, seq, now=now):
        return Absence.EXPIRED
    if log.entries[-1].frame.head.time > now + DAY:
        return Absence.CLOCK_WRONG
    if _is_date_wrong(log, seq, now=now, own=own):
        return Absence.DATE_WRONG
    return Absence.REMOVED


def is_erased(log: MemoryLog, seq: int) -> bool:
    """Whether an erase entry covers this place."""
    later = (entry.frame.head for entry in log.entries[seq:])
    return any(first <= seq <= last for head in later for first, last in head.ranges)


def expiry(time: int, *, arrived: int, days: int) -> int:
    """When the server deletes a body: its days are counted from max(arrival, min(time, arrival + 1 day)). All times in ms."""
    return max(arrived, min(time, arrived + DAY)) + days * DAY


def _has_run_out(log: MemoryLog, seq: int, *, now: int) -> bool:
    head = log.entries[seq - 1].frame.head
    for at, epoch in enumerate(log.epochs):
        days = dict(epoch.body.policy).get(int(head.drawer or 0), 0)
        until = min(log.epochs[at + 1].time, now) if at + 1 < len(log.epochs) else now
        if days and head.time + days * DAY <= until + DAY:
            return True
    return False


def _is_date_wrong(log: MemoryLog, seq: int, *, now: int, own: frozenset[bytes]) -> bool:
    entry = log.entries[seq - 1]
    witnesses = own | {entry.author}
    later = [other.frame.head.time for other in log.entries[seq:] if other.author in witnesses]
    return entry.frame.head.time > min([now, *later]) + DAY
