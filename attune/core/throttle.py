"""Token buckets in memory: so much at once, then so much a second, for each key (an address, a person)."""

import time
from threading import Lock

from attune.core.clock import now
from attune.core.errors import Refusal

KEYS_KEPT = 10_000


class Bucket:
    """`take` raises a 429 refusal with `retry_at` once `burst` is used up faster than `per_second` refills it."""

    def __init__(self, *, burst: float, per_second: float) -> None:
        self.burst = burst
        self.per_second = per_second
        self._left: dict[object, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, key: object, *, cost: float = 1) -> None:
        with self._lock:
            at = time.monotonic()
            left = self._filled(key, at=at)
            if left < cost:
                missing = (min(cost, self.burst) - left) / self.per_second
                raise Refusal("too-often", "Too many requests. Wait until retry_at.", status=429, retry_at=now() + int(missing * 1000) + 1)
            self._left[key] = (left - cost, at)
            self._forget_the_rested(at)

    def give_back(self, key: object, *, cost: float = 1) -> None:
        with self._lock:
            at = time.monotonic()
            self._left[key] = (min(self.burst, self._filled(key, at=at) + cost), at)

    def empty(self) -> None:
        """Forget every key."""
        with self._lock:
            self._left.clear()

    def _filled(self, key: object, *, at: float) -> float:
        left, since = self._left.get(key, (self.burst, at))
        return min(self.burst, left + (at - since) * self.per_second)

    def _forget_the_rested(self, at: float) -> None:
        if len(self._left) > KEYS_KEPT:
            self._left = {key: kept for key, kept in self._left.items() if self._filled(key, at=at) < self.burst}
