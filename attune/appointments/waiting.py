"""Who waits at which appointment, and in which of its rooms.

In memory: it is over 25 seconds after the last word anyway, and a new server hears it again.
"""

from dataclasses import dataclass
from threading import Lock

from attune.appointments.rules import GONE_AFTER


@dataclass(slots=True)
class _Here:
    since: int
    heard: int


_here: dict[tuple[bytes, bytes, bytes], _Here] = {}  # by appointment, space and pid
_lock = Lock()


def note(aid: bytes, sid: bytes, pid: bytes, *, at: int) -> int | None:
    """Somebody says that she is here. Answers since when if that is news, else None."""
    with _lock:
        known = _here.get((aid, sid, pid))
        if known and at - known.heard <= GONE_AFTER:
            known.heard = at
            return None
        _here[aid, sid, pid] = _Here(since=at, heard=at)
        return at


def forget(aid: bytes, sid: bytes, pid: bytes) -> bool:
    """Whether she was here until now."""
    with _lock:
        return _here.pop((aid, sid, pid), None) is not None


def at_appointment(aid: bytes, *, at: int) -> list[tuple[bytes, bytes, int]]:
    """(space, pid, since), of who is here now."""
    with _lock:
        return [(sid, pid, here.since) for (where, sid, pid), here in _here.items() if where == aid and at - here.heard <= GONE_AFTER]


def pop_gone(*, at: int) -> list[tuple[bytes, bytes, bytes]]:
    """(appointment, space, pid) of those who stopped saying that they are here, each once."""
    with _lock:
        gone = [key for key, here in _here.items() if at - here.heard > GONE_AFTER]
        for key in gone:
            del _here[key]
        return gone


def empty() -> None:
    with _lock:
        _here.clear()
