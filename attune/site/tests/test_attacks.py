"""What somebody tries who means no good: bodies that nobody sends by accident, races, old cookies, words that must not be written down."""

import dataclasses
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest

from attune.appointments import actions as appointments
from attune.core import ids
from attune.core.clock import MINUTE, now
from attune.core.errors import Refusal
from attune.core.tests.browser import Browser
from attune.people import actions, set_up_link
from attune.people.models import Person
from attune.people.tests.hands import Hand
from attune.site.headers import security
from attune.site.logs import WithoutContent
from attune.site.tests.test_doors import AUTH, ROWS
from attune.site.tidying import tidy
from attune.spaces.actions import arriving, founding
from attune.spaces.models import Space
from attune.spaces.tests.cast import HERE, Cast, Player, forget_floods, invite, join, join_body, set_up_body
from attune.spaces.tests.rooms import knock_room, own_room, shared_room

CANARY = "canary-4711"
UNREADABLE = {
    "too deep": b"[" * 50_000,
    "deep inside": b'{"username":' + b"[" * 50_000 + b"]" * 50_000 + b',"password":"x"}',
    "a number without end": b'{"username":' + b"9" * 5000 + b',"password":"x","after":1}',
    "half a character": b'{"username":"\\ud800abc","password":"\\ud800","token":"\\ud800"}',
    "half a secret": b'{"username":"mary","password":"\\ud800"}',
    "NUL": b'{"username":"a\\u0000b","password":"x\\u0000"}',
    "bad UTF-8": b'{"username":"\xff","password":"x"}',
    "a list": b"[]",
    "null": b"null",
    "no number": b'{"username":NaN,"password":1e999}',
    "other types": b'{"username":{"a":1},"password":["x"]}',
    "a byte order mark": b"\xef\xbb\xbf{}",
}
ODD: tuple[Any, ...] = ("\ud800", "\x00", "a" * 100_000, -1, 2**63, 2**64, 10**400, 1.5, None, {}, [], "", "=", "A", "A\n", float("inf"))


class TestBodies:
    @pytest.mark.parametrize("name", [name for name in ROWS if not name.startswith("GET")])
    def test_what_cannot_be_read_breaks_nothing(self, name: str, cast: Cast) -> None:
        method, _, path = name.partition(" ")
        path = path.format(sid=ids.encode(cast.room.sid), iid=ids.encode(invite(cast.owner)), id=ids.encode(bytes(16)), mid="A" * 22)
        for player in (cast.owner, cast.nobody):
            player.browser.get("/api/me")
            for body in UNREADABLE.values():
                forget_floods()
                answer = player.browser.send(method, path, body)
                assert answer.status_code < 500, body[:30]

    def test_odd_values_break_nothing(self, cast: Cast) -> None:
        guest = Player(Hand("new"), own=own_room(Hand("new")))
        iid = invite(cast.owner)
        guest.room = shared_room(guest.hand, cast.owner.hand, iid=iid)
        method = cast.owner.hand.method()
        room = ids.encode(cast.room.sid)
        time = {"starts_at": 1, "minutes": 50, "way": "video", "label": ""}
        for player, verb, path, body in (
            (cast.nobody, "POST", "/api/set-up", set_up_body(guest, token=set_up_link.make())),
            (cast.nobody, "POST", f"/api/invitations/{ids.encode(iid)}/join", join_body(guest)),
            (cast.nobody, "POST", "/api/sign-in", {"pid": "A" * 43, "signature": "A" * 86}),
            (cast.nobody, "POST", f"{AUTH}/login", {"username": "ada", "password": "x"}),
            (cast.owner, "PATCH", "/api/me", HERE),
            (cast.owner, "PUT", f"/api/records/{method.pop('mid')}", method),
            (cast.owner, "POST", "/api/invitations", {"iid": "A" * 22, "record": "", "expires": 1}),
            (cast.owner, "POST", "/api/appointments", {"id": "A" * 22, "space": room, **time}),
            (cast.owner, "POST", f"/api/spaces/{room}/entries", {"frame": ""}),
            (cast.owner, "POST", f"/api/spaces/{room}/signals", {"frames": [""]}),
        ):
            for name in body:
                for odd in ODD:
                    forget_floods()
                    answer = player.browser.send(verb, path, json.dumps({**body, name: odd}).encode())
                    assert answer.status_code < 500, (path, name, odd)


class TestRaces:
    @pytest.fixture
    def real(self, transactional_db: None) -> None:
        """Threads see only what was committed."""

    def test_two_who_step_in_at_once(self, real: None, owner: Player) -> None:
        iid = invite(owner)

        def step_in(name: str) -> None:
            hand = Hand(name)
            own, shared = own_room(hand), shared_room(hand, owner.hand, iid=iid)
            arriving.join(iid, card=card(hand), own=start(own.sid, own.founding), shared=start(shared.sid, shared.founding))

        assert sorted(at_once([partial(step_in, name) for name in ("mary", "eve", "kim")])) == ["done", "used", "used"]
        assert (Person.objects.count(), Space.objects.count()) == (2, 3)

    def test_two_who_set_up_at_once(self, real: None, rested: None, settings: Any, tmp_path: Path) -> None:
        settings.SET_UP_TOKEN = tmp_path / "set-up-token"
        token = set_up_link.make()

        def set_up(name: str) -> None:
            hand = Hand(name)
            own = own_room(hand)
            way_in = arriving.WayIn(hand.mid, 1, hand.login, hand.login_secret, hand.record())
            arriving.set_up(token=token, name=name, card=card(hand), own=start(own.sid, own.founding), way_in=way_in)

        assert sorted(at_once([partial(set_up, name) for name in ("ada", "eve", "kim")])) == ["done", "unknown", "unknown"]
        assert Person.objects.count() == 1

    def test_the_same_space_of_ones_own_founded_at_once(self, real: None, owner: Player) -> None:
        room, person = own_room(owner.hand), Person.objects.get()
        before = Space.objects.count()
        made: list[bool] = []
        assert at_once([lambda: made.append(founding.found_alone(person, room.sid, room.founding)[1])] * 3) == ["done"] * 3
        assert (sorted(made), Space.objects.count()) == ([False, False, True], before + 1)

    def test_two_who_take_one_name_at_once(self, real: None, rested: None) -> None:
        hands = [Hand("mary"), Hand("eve")]
        for hand in hands:
            hand.registered()

        def keep(hand: Hand) -> None:
            person = Person.objects.get(pid=hand.pid)
            actions.keep_record(person, mid=hand.mid, kind=1, login="kim", login_secret=hand.login_secret, record=hand.record())

        assert sorted(at_once([partial(keep, hand) for hand in hands])) == ["done", "login-taken"]

    def test_the_same_knock_at_once(self, real: None, owner: Player) -> None:
        guest = join("mary", owner=owner)
        when = {"starts_at": now() + MINUTE, "minutes": 50, "way": "video", "label": ""}
        assert guest.room
        plan = {"id": ids.encode(bytes(16)), "space": ids.encode(guest.room.sid), **when}
        link = ids.decode(owner.browser.post("/api/appointments", plan).json()["link"])
        hand = Hand("knocker")
        own, shared = own_room(hand), knock_room(hand, owner.hand)
        new: list[bool] = []

        def knock() -> None:
            came = appointments.knock(link, card=card(hand), own=start(own.sid, own.founding), shared=start(shared.sid, shared.founding))
            new.append(came[1])

        assert at_once([knock] * 3) == ["done"] * 3
        assert (sorted(new), Person.objects.filter(pid=hand.pid).count()) == ([False, False, True], 1)


def card(hand: Hand) -> arriving.Card:
    return arriving.Card(hand.sign_pk, hand.recv_pk, "en", "UTC")


def start(sid: bytes, founding: bytes) -> arriving.Start:
    return arriving.Start(sid, [founding])


def at_once(deeds: list[Callable[[], None]]) -> list[str]:
    """The code of the refusal of each, or "done"."""
    said: list[str] = []
    gate = threading.Barrier(len(deeds))

    def do(deed: Callable[[], None]) -> None:
        try:
            gate.wait()
            deed()
            said.append("done")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


class TestSessions:
    def test_a_stolen_cookie_is_worth_nothing_after_signing_out(self, cast: Cast) -> None:
        thief = Browser()
        thief.client.cookies.load({name: morsel.value for name, morsel in cast.member.browser.client.cookies.items()})
        assert thief.get("/api/spaces").status_code == 200
        cast.member.browser.delete(f"{AUTH}/session")
        for path in ("/api/spaces", "/api/resume", "/api/records", f"/api/spaces/{ids.encode(cast.room.sid)}/entries"):
            assert thief.get(path).status_code == 401
        assert thief.get("/api/me").json()["person"] is None

    def test_the_share_dies_with_the_session(self, cast: Cast) -> None:
        share = ids.encode(b"share" + bytes(27))
        cast.member.browser.get("/api/me")
        cast.member.browser.put("/api/resume", {"share": share})
        cast.member.browser.delete(f"{AUTH}/session")
        sign_in(cast.member.hand, cast.member.browser)
        assert cast.member.browser.get("/api/resume").json() == {"share": None}

    def test_a_request_that_was_under_way_brings_no_share_back(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        member, other_tab = cast.member.browser, Browser()
        member.get("/api/me")
        member.put("/api/resume", {"share": ids.encode(b"share" + bytes(27))})
        other_tab.client.cookies.load({name: morsel.value for name, morsel in member.client.cookies.items()})
        offer = actions.offer_nonce

        def offer_and_lock(request: HttpRequest) -> bytes:
            nonce = offer(request)
            assert member.delete("/api/resume").status_code == 204
            return nonce

        monkeypatch.setattr(actions, "offer_nonce", offer_and_lock)
        nonce = other_tab.get("/api/sign-in").json()["nonce"]
        assert member.get("/api/resume").json() == {"share": None}
        assert member.client.session["nonce"][0] == nonce

    def test_what_two_requests_put_at_once_is_all_kept(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        member = cast.member.browser
        member.get("/api/me")
        share = ids.encode(b"share" + bytes(27))
        offer = actions.offer_nonce

        def offer_and_keep(request: HttpRequest) -> bytes:
            nonce = offer(request)
            assert member.put("/api/resume", {"share": share}).status_code == 204
            return nonce

        monkeypatch.setattr(actions, "offer_nonce", offer_and_keep)
        member.get("/api/sign-in")
        assert member.get("/api/resume").json() == {"share": share}

    def test_a_session_that_was_planted_is_not_the_one_that_signs_in(self, owner: Player) -> None:
        iid = invite(owner)
        hand = Hand("mary")
        guest = Player(hand, own=own_room(hand), room=shared_room(hand, owner.hand, iid=iid))
        for enter in (
            lambda browser: browser.post(f"/api/invitations/{ids.encode(iid)}/join", join_body(guest)),
            lambda browser: sign_in(hand, browser),
            lambda browser: browser.post(f"{AUTH}/login", {"username": "ada", "password": owner.hand.login_secret}),
        ):
            browser = Browser()
            browser.get("/api/sign-in")
            browser.get("/api/me")
            planted = browser.client.cookies["sessionid"].value
            assert enter(browser).status_code in (200, 201)
            assert browser.client.cookies["sessionid"].value != planted
            other = Browser()
            other.client.cookies["sessionid"] = planted
            assert other.get("/api/me").json()["person"] is None


def sign_in(hand: Hand, browser: Browser) -> Any:
    nonce = ids.decode(browser.get("/api/sign-in").json()["nonce"])
    signature = hand.sign("sign-in", [settings.ORIGIN, nonce, hand.pid])
    return browser.post("/api/sign-in", {"pid": ids.encode(hand.pid), "signature": ids.encode(signature)})


class TestHttps:
    def test_it_is_https_for_good(self, settings: Any) -> None:
        settings.CONFIGURATION = dataclasses.replace(settings.CONFIGURATION, origin="https://praxis.example")
        assert security()["Strict-Transport-Security"] == "max-age=31536000"

    def test_a_house_without_https_says_nothing_of_it(self) -> None:
        assert "Strict-Transport-Security" not in security()


class TestWhatIsWrittenDown:
    @pytest.fixture
    def log(self) -> Iterator[io.StringIO]:
        said, root = io.StringIO(), logging.getLogger()
        handler = logging.StreamHandler(said)
        handler.setFormatter(WithoutContent())
        root.addHandler(handler)
        yield said
        root.removeHandler(handler)

    def test_what_broke_is_said_without_a_word_of_what_was_sent(
        self, cast: Cast, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError(CANARY)

        monkeypatch.setattr("attune.spaces.access.listing", broken)
        monkeypatch.setattr("attune.spaces.actions.log.append", broken)
        browser = cast.member.browser
        browser.client.raise_request_exception = False
        path = f"/api/spaces/{ids.encode(cast.room.sid)}/entries"
        answers = [browser.get(f"{path}?after=0&q={CANARY}"), browser.post(path, {"frame": "AAAA", "more": CANARY})]
        answers += [browser.get(f"/{CANARY}?{CANARY}"), browser.post(f"{AUTH}/login", {"username": CANARY, "password": CANARY})]
        assert [answer.status_code for answer in answers] == [500, 500, 404, 400]
        assert "RuntimeError" in log.getvalue()
        assert not any(CANARY in text for text in [log.getvalue(), *(answer.content.decode() for answer in answers)])
        assert ids.encode(cast.room.sid) not in log.getvalue()

    def test_what_was_erased_is_nowhere_on_the_disk(self, transactional_db: None, cast: Cast) -> None:
        cast.member.append(cast.room.item(cast.member.hand, CANARY.encode() * 50))
        assert CANARY.encode() in on_disk()
        cast.member.append(cast.room.erasure(cast.member.hand, ((cast.room.log.count, cast.room.log.count),)))
        tidy()
        assert CANARY.encode() not in on_disk()

    def test_who_waits_and_from_where_is_not_on_the_disk(self, transactional_db: None, cast: Cast) -> None:
        visitor = join("vera", owner=cast.owner)
        visitor.browser.client.defaults["REMOTE_ADDR"] = "203.0.113.77"
        sign_in(visitor.hand, visitor.browser)
        visitor.browser.post(f"{AUTH}/login", {"username": CANARY, "password": CANARY})
        assert not any(word in on_disk() for word in (b"203.0.113.77", CANARY.encode()))


def on_disk() -> bytes:
    database = Path(connection.settings_dict["NAME"])
    return b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
