import base64
import hmac
import secrets
from pathlib import Path
from typing import Any

import pytest

from attune.calls.rules import OpensLoopback, Relay, coturn, credentials
from attune.core import ids
from attune.core.clock import HOUR, MINUTE, now
from attune.spaces.tests.cast import Cast

PUBLIC = Relay("turn.example.org", 3478, (49160, 49359))
LOCAL = Relay("localhost", 3478, (49160, 49359))


@pytest.fixture
def with_relay(settings: Any) -> None:
    settings.RELAY_IS_ON = True
    settings.RELAY = ("turn.example.org", 3478, (49160, 49359))
    settings.RELAY_SECRET = "s3cret"


def plan(cast: Cast, *, starts_at: int) -> str:
    aid = ids.encode(secrets.token_bytes(16))
    sid = ids.encode(cast.room.sid)
    body = {"id": aid, "space": sid, "starts_at": starts_at, "minutes": 50, "way": "video", "label": "Session"}
    assert cast.owner.browser.post("/api/appointments", body).status_code == 201
    return aid


class TestLending:
    def test_it_works(self, cast: Cast, with_relay: None) -> None:
        starts_at = now() + 5 * MINUTE
        lent = cast.member.browser.get(f"/api/appointments/{plan(cast, starts_at=starts_at)}/relay").json()
        assert lent["relay"] is True
        (server,) = lent["ice_servers"]
        assert server["urls"] == ["turn:turn.example.org:3478?transport=udp", "turn:turn.example.org:3478?transport=tcp"]
        expires, tag = server["username"].split(":")
        assert int(expires) == (starts_at + 50 * MINUTE + 2 * HOUR) // 1000
        assert tag not in str(cast.member.hand.pid.hex())
        digest = hmac.new(b"s3cret", server["username"].encode(), "sha1").digest()
        assert server["credential"] == base64.b64encode(digest).decode()

    def test_the_relay_can_count_one_persons_calls(self, cast: Cast, with_relay: None) -> None:
        """Else each request would come with a quota of its own."""
        one, other = plan(cast, starts_at=now()), plan(cast, starts_at=now())
        asked = [(cast.member, one), (cast.member, one), (cast.owner, one), (cast.member, other)]
        lent = [player.browser.get(f"/api/appointments/{aid}/relay").json()["ice_servers"][0]["username"] for player, aid in asked]
        tags = [username.partition(":")[2] for username in lent]
        assert tags[0] == tags[1]
        assert len(set(tags)) == 3

    def test_without_a_relay_there_is_none(self, cast: Cast, settings: Any) -> None:
        settings.RELAY_IS_ON = False
        lent = cast.member.browser.get(f"/api/appointments/{plan(cast, starts_at=now())}/relay").json()
        assert lent == {"ice_servers": [], "relay": False}

    @pytest.mark.parametrize(("starts_at", "what"), [(16 * MINUTE, "too-early"), (-3 * HOUR, "too-late")])
    def test_it_is_lent_around_the_time_only(self, cast: Cast, with_relay: None, starts_at: int, what: str) -> None:
        refused = cast.member.browser.get(f"/api/appointments/{plan(cast, starts_at=now() + starts_at)}/relay")
        assert (refused.status_code, refused.json()["code"]) == (409, what)

    def test_strangers_get_nothing(self, cast: Cast, with_relay: None) -> None:
        aid = plan(cast, starts_at=now())
        for player in (cast.stranger, cast.former):
            assert player.browser.get(f"/api/appointments/{aid}/relay").status_code == 404


class TestConfiguration:
    def test_a_public_relay_is_led_nowhere_inside(self, tmp_path: Path) -> None:
        lines = coturn(PUBLIC, secret="s3cret", folder=tmp_path, loopback_peers=False).splitlines()
        assert "allow-loopback-peers" not in lines
        for denied in ("127.0.0.0-127.255.255.255", "10.0.0.0-10.255.255.255", "169.254.0.0-169.254.255.255", "::1-::ffff:ffff:ffff"):
            assert f"denied-peer-ip={denied}" in lines
        assert {
            "no-cli",
            "use-auth-secret",
            "static-auth-secret=s3cret",
            "no-multicast-peers",
            "no-tcp-relay",
            "log-file=/dev/null",
        } <= set(lines)

    def test_it_refuses_loopback_peers_for_a_relay_that_others_reach(self, tmp_path: Path) -> None:
        with pytest.raises(OpensLoopback):
            coturn(PUBLIC, secret="s3cret", folder=tmp_path, loopback_peers=True)

    def test_on_this_machine_alone_it_may(self, tmp_path: Path) -> None:
        lines = coturn(LOCAL, secret="s3cret", folder=tmp_path, loopback_peers=True).splitlines()
        assert {"allow-loopback-peers", "listening-ip=127.0.0.1", "relay-ip=127.0.0.1"} <= set(lines)
        assert "denied-peer-ip=10.0.0.0-10.255.255.255" in lines

    @pytest.mark.parametrize(
        ("host", "is_local"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("192.0.2.1", False), ("a.b", False)]
    )
    def test_what_loopback_is(self, host: str, is_local: bool) -> None:
        assert Relay(host, 1, (2, 3)).is_on_loopback is is_local

    def test_credentials_end(self) -> None:
        assert credentials("s", expires=1_700_000_000_999, tag="ab")[0] == "1700000000:ab"
