"""The cast of every test of a door: one owns, one may, one could once, one is a stranger, one signed out, one is nobody.

Made over the real interface: set-up, invitation, joining, appending.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest

from attune.core import ids
from attune.core.clock import DAY, now
from attune.core.tests.browser import Browser
from attune.live import push
from attune.people import adapter, set_up_link
from attune.people import api as people_api
from attune.people.tests.hands import Hand
from attune.protocol.encoding import encode
from attune.protocol.epochs import Role
from attune.spaces import api
from attune.spaces.tests.rooms import Room, own_room, shared_room

HERE = {"language": "en", "time_zone": "Europe/Paris"}


@dataclass
class Player:
    """Somebody at a browser."""

    hand: Hand
    browser: Browser = field(default_factory=Browser)
    own: Room | None = None
    room: Room | None = None

    def append(self, frame: bytes, *, room: Room | None = None) -> Any:
        """Send a frame to the log of a room, and keep it in our picture of that room if it was taken."""
        to = room or self.room
        assert to is not None
        response = self.browser.post(f"/api/spaces/{ids.encode(to.sid)}/entries", {"frame": ids.encode(frame)})
        if response.status_code == 201:
            to.take(frame)
        return response

    def entries(self, room: Room, *, after: int = 0) -> Any:
        return self.browser.get(f"/api/spaces/{ids.encode(room.sid)}/entries?after={after}")

    def page(self, room: Room, **page: int) -> Any:
        query = "&".join(f"{name}={value}" for name, value in page.items())
        return self.browser.get(f"/api/spaces/{ids.encode(room.sid)}/entries?{query}").json()


@dataclass
class Cast:
    owner: Player
    member: Player
    former: Player
    stranger: Player
    signed_out: Player
    nobody: Player
    room: Room
    pushed: list[tuple[bytes, dict[str, Any]]]

    def all(self) -> dict[str, Player]:
        return {name: getattr(self, name) for name in ("owner", "member", "former", "stranger", "signed_out", "nobody")}

    def told(self, player: Player) -> list[dict[str, Any]]:
        """What was pushed to somebody."""
        return [message for pid, message in self.pushed if pid == player.hand.pid]


def set_up(name: str, token: str | None = None) -> Player:
    """A therapist, by the set-up link."""
    player = Player(Hand(name))
    player.own = own_room(player.hand)
    response = player.browser.post("/api/set-up", set_up_body(player, token=token or set_up_link.make()))
    assert response.status_code == 201, response.content
    return player


def set_up_body(player: Player, *, token: str) -> dict[str, Any]:
    assert player.own is not None
    own = {"sid": ids.encode(player.own.sid), "frames": [ids.encode(player.own.founding)]}
    return {"token": token, "name": "Dr. Ada", "card": player.hand.card, "own": own, "method": player.hand.method(), **HERE}


def invite(owner: Player, *, expires: int | None = None) -> bytes:
    iid = secrets.token_bytes(16)
    response = owner.browser.post("/api/invitations", invitation_body(iid, expires=expires))
    assert response.status_code == 201, response.content
    return iid


def invitation_body(iid: bytes, *, expires: int | None = None) -> dict[str, Any]:
    return {"iid": ids.encode(iid), "record": ids.encode(encode([1, iid, bytes(100)])), "expires": expires or now() + DAY}


def join(name: str, *, owner: Player, iid: bytes | None = None) -> Player:
    """A client, by an invitation."""
    player = Player(Hand(name))
    iid = iid or invite(owner)
    player.own, player.room = own_room(player.hand), shared_room(player.hand, owner.hand, iid=iid)
    response = player.browser.post(f"/api/invitations/{ids.encode(iid)}/join", join_body(player))
    assert response.status_code == 201, response.content
    return player


def join_body(player: Player) -> dict[str, Any]:
    assert player.own is not None
    assert player.room is not None
    return {
        "card": player.hand.card,
        "own": {"sid": ids.encode(player.own.sid), "frames": [ids.encode(player.own.founding)]},
        "shared": {"sid": ids.encode(player.room.sid), "frame": ids.encode(player.room.founding)},
        **HERE,
    }


def knock_body(player: Player, *, link: str) -> dict[str, Any]:
    assert player.own is not None
    assert player.room is not None
    own, shared = ({"sid": ids.encode(room.sid), "frames": [ids.encode(room.founding)]} for room in (player.own, player.room))
    return {"link": link, "card": player.hand.card, "own": own, "shared": shared, **HERE}


def add_and_remove(owner: Player, member: Player, former: Player) -> None:
    """Somebody is brought into a room with everybody's assent, and taken out again."""
    room = member.room
    assert room is not None
    assert room.log.epoch is not None
    two = list(room.log.epoch.members)
    three = [*two, former.hand.row(Role.MEMBER)]
    for players, frame in (
        (owner, lambda: room.epoch(owner.hand, three, assents=[member.hand])),
        (owner, lambda: room.epoch(owner.hand, two)),
    ):
        response = players.append(frame(), room=room)
        assert response.status_code == 201, response.content


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, dict[str, Any]]]:
    """Every push, as (pid, message)."""
    seen: list[tuple[bytes, dict[str, Any]]] = []
    monkeypatch.setattr(push, "tell", lambda pids, message: seen.extend((pid, message) for pid in pids))
    return seen


@pytest.fixture
def rested() -> None:
    """No throttle remembers an earlier test."""
    forget_floods()


def forget_floods() -> None:
    for bucket in (
        api.strangers,
        api.entries_of,
        api.listings_of,
        api.listed_bytes_of,
        api.bytes_of,
        api.signals_of,
        api.invitations_of,
        api.spaces_of,
    ):
        bucket.empty()
    for bucket in (people_api.by_address, people_api.records_of, people_api.others_of, adapter.by_address, adapter.by_login):
        bucket.empty()


@pytest.fixture
def owner(db: None, rested: None, settings: Any, tmp_path: Any) -> Player:
    settings.SET_UP_TOKEN = tmp_path / "set-up-token"
    return set_up("ada")


@pytest.fixture
def cast(owner: Player, pushed: list[tuple[bytes, dict[str, Any]]]) -> Cast:
    member, former, stranger, signed_out = (join(name, owner=owner) for name in ("mary", "felix", "sam", "olga"))
    add_and_remove(owner, member, former)
    assert signed_out.browser.delete("/_allauth/browser/v1/auth/session").status_code == 401
    assert member.room is not None
    owner.room = member.room
    pushed.clear()
    return Cast(owner, member, former, stranger, signed_out, Player(Hand("nemo")), member.room, pushed)
