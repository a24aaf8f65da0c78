"""Every path that answers, walked by everybody: a path without a row here fails."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.headless.urls import urlpatterns as everything_of_allauth
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.urls import URLPattern, URLResolver

from attune.appointments import waiting
from attune.core import ids
from attune.core.clock import MINUTE, now
from attune.people import set_up_link
from attune.people.tests.hands import Hand
from attune.site import urls
from attune.site.api import api
from attune.spaces.tests.cast import Cast, Player, invitation_body, invite, join_body, knock_body, set_up_body
from attune.spaces.tests.rooms import knock_room, own_room, shared_room

PLAYERS = ("owner", "member", "former", "stranger", "signed_out", "nobody")
METHODS = ("get", "post", "put", "patch", "delete")
AUTH = "/_allauth/browser/v1/auth"


@dataclass
class Stage:
    """What the rows ask about: the room, an appointment in it, an open invitation of its owner, a set-up link."""

    cast: Cast
    aid: str
    iid: str
    token: str
    link: str

    @property
    def sid(self) -> str:
        return ids.encode(self.cast.room.sid)


Body = Callable[[Stage, Player], Any]


@dataclass
class Row:
    """What each of the six is answered, in the order of PLAYERS, and what they send."""

    owner: int
    member: int
    former: int
    stranger: int
    signed_out: int
    nobody: int
    body: Body = lambda *_: None


def everyone(status: int) -> Row:
    return Row(status, status, status, status, status, status)


def those_signed_in(status: int, body: Body = lambda *_: None) -> Row:
    return Row(status, status, status, status, 401, 401, body)


def frame(stage: Stage, player: Player) -> Any:
    """An honest next frame; who is not in the room sends a member's."""
    by = player if player in (stage.cast.owner, stage.cast.member) else stage.cast.member
    data = stage.cast.room.item(by.hand)
    if by is player:
        stage.cast.room.take(data)
    return {"frame": ids.encode(data)}


def signal(stage: Stage, player: Player) -> Any:
    by = player if player in (stage.cast.owner, stage.cast.member) else stage.cast.member
    return {"frames": [ids.encode(stage.cast.room.signal(by.hand))]}


def plan(stage: Stage, player: Player) -> Any:
    when = {"starts_at": now() + 5 * MINUTE, "minutes": 50}
    return {"id": ids.encode(secrets.token_bytes(16)), "space": stage.sid, **when, "way": "video", "label": "Session"}


def key(stage: Stage, player: Player) -> Any:
    nonce = ids.decode(player.browser.get("/api/sign-in").json()["nonce"])
    signature = player.hand.sign("sign-in", [settings.ORIGIN, nonce, player.hand.pid])
    return {"pid": ids.encode(player.hand.pid), "signature": ids.encode(signature)}


def record(stage: Stage, player: Player) -> Any:
    return {name: value for name, value in player.hand.method().items() if name != "mid"}


def newcomer(stage: Stage, player: Player) -> Player:
    """Somebody who is not here yet, at this player's browser."""
    hand = Hand(f"new-{player.hand.name}")
    return Player(hand, own=own_room(hand), room=shared_room(hand, stage.cast.owner.hand, iid=ids.decode(stage.iid)))


def start(stage: Stage, player: Player) -> Any:
    return set_up_body(newcomer(stage, player), token=stage.token)


def alone(_stage: Stage, player: Player) -> Any:
    room = own_room(player.hand)
    return {"sid": ids.encode(room.sid), "frame": ids.encode(room.founding)}


def step_in(stage: Stage, player: Player) -> Any:
    return join_body(newcomer(stage, player))


def step_to_the_door(stage: Stage, player: Player) -> Any:
    hand = Hand(f"knock-{player.hand.name}")
    return knock_body(Player(hand, own=own_room(hand), room=knock_room(hand, stage.cast.owner.hand)), link=stage.link)


def login(stage: Stage, player: Player) -> Any:
    return {"username": player.hand.login, "password": player.hand.login_secret}


# owner, member, former, stranger, signed out, nobody
ROWS: dict[str, Row] = {
    "GET /api/me": everyone(200),
    "PATCH /api/me": those_signed_in(200, lambda *_: {"language": "fr"}),
    "POST /api/set-up": Row(409, 409, 409, 409, 201, 404, start),
    "GET /api/sign-in": everyone(200),
    "POST /api/sign-in": Row(409, 200, 200, 200, 200, 422, key),
    "GET /api/records": those_signed_in(200),
    "PUT /api/records/{mid}": those_signed_in(200, record),
    "DELETE /api/records/{mid}": Row(409, 404, 404, 404, 401, 401),
    "GET /api/other-sessions": those_signed_in(200),
    "DELETE /api/other-sessions": those_signed_in(204),
    "GET /api/resume": those_signed_in(200),
    "PUT /api/resume": those_signed_in(204, lambda *_: {"share": ids.encode(bytes(32))}),
    "DELETE /api/resume": those_signed_in(204),
    "GET /api/spaces": those_signed_in(200),
    "POST /api/spaces": Row(201, 403, 403, 403, 401, 401, alone),
    "GET /api/spaces/{sid}/entries": Row(200, 200, 404, 404, 401, 401),
    "POST /api/spaces/{sid}/entries": Row(201, 201, 404, 404, 401, 401, frame),
    "POST /api/spaces/{sid}/signals": Row(202, 202, 404, 404, 401, 401, signal),
    "GET /api/invitations": those_signed_in(200),
    "POST /api/invitations": Row(201, 403, 403, 403, 401, 401, lambda *_: invitation_body(secrets.token_bytes(16))),
    "POST /api/invitations/{iid}/revoke": Row(200, 404, 404, 404, 401, 401),
    "GET /api/invitations/{iid}/door": everyone(200),
    "POST /api/invitations/{iid}/join": Row(409, 409, 409, 409, 201, 409, step_in),
    "POST /api/knocks/door": Row(200, 200, 200, 200, 200, 200, lambda stage, _: {"link": stage.link}),
    "POST /api/knocks": Row(409, 409, 409, 409, 201, 201, step_to_the_door),
    "GET /api/appointments": those_signed_in(200),
    "POST /api/appointments": Row(201, 403, 404, 404, 401, 401, plan),
    "POST /api/appointments/{id}/cancel": Row(200, 403, 404, 404, 401, 401),
    "PUT /api/appointments/{id}/here": Row(204, 204, 404, 404, 401, 401),
    "DELETE /api/appointments/{id}/here": Row(204, 204, 404, 404, 401, 401),
    "POST /api/appointments/{id}/began": Row(200, 403, 404, 404, 401, 401),
    "POST /api/appointments/{id}/ended": Row(200, 403, 404, 404, 401, 401),
    "GET /api/appointments/{id}/relay": Row(200, 200, 404, 404, 401, 401),
    f"POST {AUTH}/login": Row(409, 400, 400, 400, 400, 400, login),
    f"GET {AUTH}/session": Row(200, 200, 200, 200, 401, 401),
    f"DELETE {AUTH}/session": everyone(401),
    "GET /healthz": everyone(200),
    "GET /": everyone(302),
    "GET /i": everyone(302),
    "GET /r": everyone(302),
    "GET /s": everyone(302),
    "GET /set-up": everyone(302),
}


def flatten(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from flatten(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


def described() -> set[str]:
    """Method and path of everything in the interface's description."""
    paths = api.get_openapi_schema()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method in METHODS}


def mounted() -> set[str]:
    return {path for path in flatten(list(urls.urlpatterns)) if not path.startswith("/api/")}


def test_every_path_has_a_row() -> None:
    rows = {name: name.partition(" ")[2] for name in ROWS}
    assert described() == {name for name, path in rows.items() if path.startswith("/api/")}
    assert mounted() == {path for path in rows.values() if not path.startswith("/api/")}


@pytest.fixture
def stage(cast: Cast) -> Stage:
    waiting.empty()
    response = cast.owner.browser.post("/api/appointments", plan(Stage(cast, "", "", "", ""), cast.owner))
    iid = invite(cast.owner)
    for player in cast.all().values():
        player.browser.get("/api/me")
    cast.pushed.clear()
    return Stage(cast, response.json()["id"], ids.encode(iid), set_up_link.make(), response.json()["link"])


@pytest.mark.parametrize("name", ROWS)
def test_a_door(name: str, stage: Stage) -> None:
    row, (method, _, path) = ROWS[name], name.partition(" ")
    order = ("signed_out", "nobody", "stranger", "former", "member", "owner")  # those who change most come last
    answers = {who: knock(stage, who, method, path, row.body) for who in order}
    assert answers == {who: getattr(row, who) for who in PLAYERS}
    outsiders = {stage.cast.former.hand.pid, stage.cast.stranger.hand.pid}
    assert [message for pid, message in stage.cast.pushed if pid in outsiders] == []


def knock(stage: Stage, who: str, method: str, path: str, body: Body) -> int:
    player: Player = getattr(stage.cast, who)
    path = path.format(sid=stage.sid, iid=stage.iid, id=stage.aid, mid=ids.encode(player.hand.mid))
    answer = player.browser.get(path) if method == "GET" else player.browser.send(method, path, body(stage, player))
    return int(answer.status_code)


def test_what_is_not_used_of_allauth_is_not_there(cast: Cast) -> None:
    paths = {f"/_allauth{path}" for path in flatten(everything_of_allauth)} - {f"{AUTH}/login", f"{AUTH}/session"}
    assert len(paths) > 10
    for path in paths | {"/_allauth/", "/_allauth/openapi.json", "/_allauth/app/v1/auth/session", "/accounts/login/", "/admin/"}:
        for player in cast.all().values():
            assert [player.browser.get(path).status_code, player.browser.post(path, {}).status_code] == [404, 404], path


@pytest.mark.parametrize("unknown", ["unknown", "x", "AAAA", "%00"])
def test_guessed_ids_are_unknown_or_malformed(cast: Cast, unknown: str) -> None:
    for path in (f"/api/spaces/{unknown}/entries", f"/api/invitations/{unknown}/door", f"/api/appointments/{unknown}/relay"):
        assert cast.stranger.browser.get(path).status_code in (404, 422)


@pytest.mark.django_db(transaction=True)
class TestTheSocket:
    @pytest.mark.parametrize(("who", "answer"), [(who, "open") for who in PLAYERS[:4]] + [("signed_out", 4401), ("nobody", 4401)])
    def test_who_may_listen(self, cast: Cast, who: str, answer: str | int) -> None:
        assert connect(getattr(cast, who), path="/live", origin=settings.ORIGIN) == answer

    @pytest.mark.parametrize(("path", "origin"), [("/live", "https://evil.example"), ("/live", None), ("/other", "http://localhost:8000")])
    def test_other_sites_and_other_paths_are_closed(self, cast: Cast, path: str, origin: str | None) -> None:
        assert connect(cast.owner, path=path, origin=origin) == "refused"


def connect(player: Player, *, path: str, origin: str | None) -> str | int:
    """ "open", the code that an accepted socket is closed with, or "refused" before it was accepted."""
    from attune.site.asgi import application

    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in player.browser.client.cookies.items())
    headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())] + ([(b"origin", origin.encode())] if origin else [])

    async def dial() -> str | int:
        line = ApplicationCommunicator(application, {"type": "websocket", "path": path, "headers": headers, "query_string": b""})
        await line.send_input({"type": "websocket.connect"})
        if (await line.receive_output(5))["type"] != "websocket.accept":
            return "refused"
        said = await line.receive_output(5)
        await line.send_input({"type": "websocket.disconnect", "code": 1000})
        await line.wait()
        return int(said["code"]) if said["type"] == "websocket.close" else "open"

    return async_to_sync(dial)()
