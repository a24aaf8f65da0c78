"""Waiting for something to become true, with a deadline instead of a guess."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NeverHappened(AssertionError):
    """What a journey waited for did not come about in time; the message names it and what was seen last."""


def until(probe: Callable[[], T], *, what: str, seconds: float = 15, every: float = 0.05) -> T:
    """Asks `probe` again and again and gives back its first true answer. Raises NeverHappened after `seconds`."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while True:
        seen = probe()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise NeverHappened(f"after {seconds} s still not: {what} (seen last: {seen!r})")
        pause.wait(every)
