"""Token buckets in memory: so much at once, then so much a second, for each key (a network, a person)."""

from collections import OrderedDict
from ipaddress import ip_address
from threading import Lock
from time import monotonic

from django.http import HttpRequest

from attune.core.clock import now
from attune.core.errors import Refusal

KEYS_KEPT = 20_000
NETWORK = 64  # bits of an IPv6 address that somebody is given: the rest is hers to choose


class Bucket:
    """`take` raises a 429 refusal with `retry_at` once `burst` is used up faster than `per_second` refills it.

    Keeps the keys that were used last, so that memory and time are bounded, however many keys somebody invents.
    """

    def __init__(self, *, burst: float, per_second: float) -> None:
        self.burst = burst
        self.per_second = per_second
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: object, *, cost: float = 1) -> None:
        with self._lock:
            at = monotonic()
            left = self._filled(key, at=at)
            if left < cost:
                missing = (min(cost, self.burst) - left) / self.per_second
                raise Refusal("too-often", "Too many requests. Wait until retry_at.", status=429, retry_at=now() + int(missing * 1000) + 1)
            self._keep(key, left - cost, at=at)

    def give_back(self, key: object, *, cost: float = 1) -> None:
        with self._lock:
            at = monotonic()
            self._keep(key, min(self.burst, self._filled(key, at=at) + cost), at=at)

    def empty(self) -> None:
        """Forget every key."""
        with self._lock:
            self._left.clear()

    def _filled(self, key: object, *, at: float) -> float:
        left, since = self._left.get(key, (self.burst, at))
        return min(self.burst, left + (at - since) * self.per_second)

    def _keep(self, key: object, left: float, *, at: float) -> None:
        self._left[key] = (left, at)
        self._left.move_to_end(key)
        if len(self._left) > KEYS_KEPT:
            self._left.popitem(last=False)


def network_of(request: HttpRequest) -> str:
    """Who asks, as far as a throttle can tell: an IPv4 address, or the /64 of an IPv6 one. Always short."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a proxy that says something else
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or f"{int(address) >> (128 - NETWORK):x}::/{NETWORK}")
