import pytest
from django.test import RequestFactory

from attune.core import throttle
from attune.core.errors import Refusal
from attune.core.throttle import Bucket, network_of


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(throttle, "monotonic", clock)
    return clock


def test_it_works(clock: Clock) -> None:
    bucket = Bucket(burst=2, per_second=0.5)
    bucket.take("a")
    bucket.take("a")
    with pytest.raises(Refusal) as refused:
        bucket.take("a")
    assert (refused.value.status, refused.value.code) == (429, "too-often")
    bucket.take("b")
    clock.at += 2
    bucket.take("a")


def test_what_was_given_back_can_be_taken_again(clock: Clock) -> None:
    bucket = Bucket(burst=1, per_second=0.1)
    for _ in range(3):
        bucket.take("a")
        bucket.give_back("a")


def test_whoever_invents_keys_fills_no_memory(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "KEYS_KEPT", 10)
    bucket = Bucket(burst=1, per_second=0.001)
    for key in range(1000):
        bucket.take(key)
    assert len(bucket._left) == 10
    with pytest.raises(Refusal):
        bucket.take(999)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:aaaa::7", "20010db800000001::/64"),
        ("2001:db8:0:1:bbbb::8", "20010db800000001::/64"),
        ("2001:db8:0:2::7", "20010db800000002::/64"),
        ("unix:", "unknown"),
        ("x" * 10_000, "unknown"),
        ("", "unknown"),
    ],
)
def test_where_somebody_asks_from(address: str, network: str) -> None:
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network
