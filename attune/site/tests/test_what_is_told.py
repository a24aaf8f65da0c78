"""What the doors let out: outsiders learn nothing of a room, whether they ask or listen."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from attune.core import ids
from attune.core.clock import MINUTE, now
from attune.protocol.epochs import Role
from attune.site.tests.test_doors import ROWS
from attune.spaces.tests.cast import Cast, Player, invite

OUTSIDERS = ("former", "stranger", "signed_out", "nobody")
INSIDERS = ("owner", "member")


class House:
    """A room with an appointment at which its member waits, and an open invitation."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.sid = ids.encode(cast.room.sid)
        body = {"starts_at": now() + 5 * MINUTE, "minutes": 50, "way": "video", "label": "Session"}
        self.aid = ids.encode(bytes(range(16)))
        answer = cast.owner.browser.post("/api/appointments", {"id": self.aid, "space": self.sid, **body})
        assert answer.status_code == 201
        self.iid = ids.encode(invite(cast.owner))
        for player in cast.all().values():
            player.browser.get("/api/me")
        assert cast.member.browser.put(f"/api/appointments/{self.aid}/here").status_code == 204
        cast.pushed.clear()

    def answers(self, player: Player) -> dict[str, str]:
        """What every door that may be asked says to somebody."""
        ways = {"sid": self.sid, "id": self.aid, "iid": self.iid}
        paths = [name.removeprefix("GET ").format(**ways) for name in ROWS if name.startswith("GET ")]
        return {path: player.browser.get(path).content.decode() for path in paths}

    @property
    def secrets(self) -> list[str]:
        room = self.cast.room
        frames = [ids.encode(entry.frame.data)[:40] for entry in room.log.entries[1:]]
        return [self.sid, self.aid, self.iid, ids.encode(self.cast.member.hand.pid), ids.encode(room.log.run), *frames]


@pytest.fixture
def house(cast: Cast) -> House:
    return House(cast)


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nothing_of_a_room_is_in_any_answer_to_an_outsider(house: House, who: str) -> None:
    said = house.answers(getattr(house.cast, who))
    assert {path: [secret for secret in house.secrets if secret in answer] for path, answer in said.items()} == {path: [] for path in said}


@pytest.mark.parametrize("who", INSIDERS)
def test_who_is_in_it_is_told_all_of_it(house: House, who: str) -> None:
    said = house.answers(getattr(house.cast, who))
    room = house.cast.room
    assert house.sid in said["/api/spaces"]
    assert house.aid in said["/api/appointments"]
    assert ids.encode(house.cast.member.hand.pid) in said["/api/appointments"]  # who waits
    assert all(ids.encode(entry.frame.data) in said[f"/api/spaces/{house.sid}/entries"] for entry in room.log.entries)


def test_invitations_are_their_makers(house: House) -> None:
    assert house.iid in house.answers(house.cast.owner)["/api/invitations"]
    assert house.iid not in house.answers(house.cast.member)["/api/invitations"]


@pytest.mark.parametrize("who", ["former", "stranger"])
def test_what_exists_answers_like_what_does_not(house: House, who: str) -> None:
    """The same status and the same words, so that nobody can find out by asking."""
    browser = getattr(house.cast, who).browser
    nothing = {"sid": ids.encode(bytes(32)), "id": "A" * 22, "iid": "A" * 22, "mid": "A" * 22}
    there = {**nothing, "sid": house.sid, "id": house.aid}
    for name in ROWS:
        method, _, path = name.partition(" ")
        if "{sid}" in path or "{id}" in path:
            body = {"frame": "AAAA"} if method == "POST" else None
            real, made_up = (browser.send(method, path.format(**ways), body) for ways in (there, nothing))
            assert (real.status_code, real.content) == (made_up.status_code, made_up.content), name
    real, made_up = (browser.post("/api/appointments", {**plan_in(sid), "id": house.aid}) for sid in (house.sid, nothing["sid"]))
    assert (real.status_code, real.content) == (made_up.status_code, made_up.content)


def plan_in(sid: str) -> dict[str, Any]:
    return {"space": sid, "starts_at": now() + MINUTE, "minutes": 50, "way": "video", "label": ""}


class TestAfterTheEnd:
    """A member is taken out of her room, and the room goes on."""

    @pytest.fixture
    def ended(self, house: House) -> House:
        cast = house.cast
        assert cast.owner.append(cast.room.epoch(cast.owner.hand, [cast.owner.hand.row(Role.KEEPER)])).status_code == 201
        cast.pushed.clear()
        return house

    def test_she_fetches_nothing_more(self, ended: House) -> None:
        said = ended.answers(ended.cast.member)
        assert not any(secret in answer for answer in said.values() for secret in (ended.sid, ended.aid))

    def test_she_does_nothing_more(self, ended: House) -> None:
        browser = ended.cast.member.browser
        doors = [name.partition(" ") for name in ROWS if "{id}" in name or "{sid}" in name]
        for method, _, path in doors:
            body = {"frame": "AAAA", "frames": ["AAAA"]} if path.endswith(("entries", "signals")) else None
            assert browser.send(method, path.format(sid=ended.sid, id=ended.aid), body).status_code == 404, (method, path)

    def test_nothing_is_pushed_to_her(self, ended: House) -> None:
        cast, keeper = ended.cast, ended.cast.owner
        assert keeper.append(cast.room.item(keeper.hand)).status_code == 201
        signal = {"frames": [ids.encode(cast.room.signal(keeper.hand))]}
        assert keeper.browser.post(f"/api/spaces/{ended.sid}/signals", signal).status_code == 202
        for method, what in (("PUT", "here"), ("DELETE", "here"), ("POST", "began"), ("POST", "ended")):
            assert keeper.browser.send(method, f"/api/appointments/{ended.aid}/{what}").status_code in (200, 204)
        assert {pid for pid, _ in cast.pushed} == {keeper.hand.pid}
        assert {message["what"] for _, message in cast.pushed} == {"entry", "signals", "appointments", "waiting"}

    def test_a_closed_room_is_looked_back_at_and_no_more(self, house: House) -> None:
        cast = house.cast
        assert cast.owner.append(cast.room.epoch(cast.owner.hand, [])).status_code == 201
        for player in (cast.owner, cast.member):
            assert len(player.entries(cast.room).json()["frames"]) == cast.room.log.count
            assert player.browser.get("/api/appointments").json() == []
            assert player.browser.get(f"/api/appointments/{house.aid}/relay").status_code == 404
            assert player.browser.put(f"/api/appointments/{house.aid}/here").status_code == 404
        assert cast.former.entries(cast.room).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whose_sockets_an_entry_reaches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real sockets: all four listen, a member writes, and the owner signs out."""
    monkeypatch.undo()  # pushes go where they should again
    from attune.site.asgi import application

    async def story() -> dict[str, Any]:
        life = ApplicationCommunicator(application, {"type": "lifespan"})
        await life.send_input({"type": "lifespan.startup"})
        await life.receive_output(5)
        lines = {who: await listen(application, getattr(cast, who)) for who in ("owner", "member", "former", "stranger")}
        assert (await sync_to_async(cast.member.append)(cast.room.item(cast.member.hand))).status_code == 201
        assert (await sync_to_async(cast.owner.browser.delete)("/_allauth/browser/v1/auth/session")).status_code == 401
        expected = {"owner": 2, "member": 1, "former": 0, "stranger": 0}
        heard = {who: await hear(lines[who], count) for who, count in expected.items()}
        await life.send_input({"type": "lifespan.shutdown"})
        await life.wait()
        return heard

    heard = async_to_sync(story)()
    entry = heard["member"][0]
    assert '"what":"entry"' in entry
    assert heard == {"owner": [entry, 4403], "member": [entry], "former": [], "stranger": []}


async def listen(application: Any, player: Player) -> ApplicationCommunicator:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in player.browser.client.cookies.items())
    headers = [(b"host", b"localhost"), (b"cookie", cookies.encode()), (b"origin", settings.ORIGIN.encode())]
    line = ApplicationCommunicator(application, {"type": "websocket", "path": "/live", "headers": headers, "query_string": b""})
    await line.send_input({"type": "websocket.connect"})
    assert (await line.receive_output(5))["type"] == "websocket.accept"
    assert "pulse" in (await line.receive_output(5))["text"]
    return line


async def hear(line: ApplicationCommunicator, count: int) -> list[Any]:
    """So many messages and nothing after them; then it hangs up. A text, or the code of a close."""
    said = [await line.receive_output(5) for _ in range(count)]
    assert await line.receive_nothing()
    await line.send_input({"type": "websocket.disconnect", "code": 1000})
    await line.wait()
    return [each["code"] if each["type"] == "websocket.close" else each["text"] for each in said]
