from functools import partial
from time import monotonic
from typing import Any

import pytest
from django.conf import settings

from attune.core import ids
from attune.core.tests.browser import Browser
from attune.live import push
from attune.people import adapter, api
from attune.people.backend import KeyRecordBackend
from attune.people.models import KeyRecord
from attune.people.tests.hands import Hand
from attune.protocol.encoding import encode

LOGIN = "/_allauth/browser/v1/auth/login"
SESSION = "/_allauth/browser/v1/auth/session"


def code(response: Any) -> Any:
    return response.json()["code"]


@pytest.fixture(autouse=True)
def rested(db: None) -> None:
    for bucket in (api.by_address, api.records_of, api.others_of, adapter.by_address, adapter.by_login):
        bucket.empty()


@pytest.fixture
def mary() -> Hand:
    hand = Hand("mary")
    hand.registered()
    return hand


def sign_in(hand: Hand, browser: Browser, *, origin: str | None = None) -> Any:
    nonce = ids.decode(browser.get("/api/sign-in").json()["nonce"])
    signature = hand.sign("sign-in", [origin or settings.ORIGIN, nonce, hand.pid])
    return browser.post("/api/sign-in", {"pid": ids.encode(hand.pid), "signature": ids.encode(signature)})


def keep(hand: Hand, browser: Browser, **changed: Any) -> Any:
    browser.get("/api/me")
    method = {**hand.method(), **changed}
    return browser.put(f"/api/records/{method.pop('mid')}", method)


def log_in(browser: Browser, login: str, secret: str) -> Any:
    browser.get("/api/me")
    return browser.post(LOGIN, {"username": login, "password": secret})


class TestSignInByKey:
    def test_it_works(self, mary: Hand) -> None:
        browser = Browser()
        assert sign_in(mary, browser).status_code == 200
        assert browser.get("/api/me").json()["person"]["pid"] == ids.encode(mary.pid)
        assert browser.client.session.get_expiry_age() > 89 * 24 * 3600

    def test_a_nonce_is_good_once(self, mary: Hand) -> None:
        browser = Browser()
        nonce = ids.decode(browser.get("/api/sign-in").json()["nonce"])
        signature = ids.encode(mary.sign("sign-in", [settings.ORIGIN, nonce, mary.pid]))
        bad = {"pid": ids.encode(mary.pid), "signature": ids.encode(bytes(64))}
        assert code(browser.post("/api/sign-in", bad)) == "bad-signature"
        assert code(browser.post("/api/sign-in", {**bad, "signature": signature})) == "nonce"

    def test_a_nonce_ends(self, mary: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attune.people.actions.NONCE_LASTS", -1)
        assert code(sign_in(mary, Browser())) == "nonce"

    def test_another_origin_is_refused(self, mary: Hand) -> None:
        assert code(sign_in(mary, Browser(), origin="https://elsewhere.example")) == "bad-signature"

    def test_a_stranger_is_refused_like_a_wrong_signature(self, mary: Hand) -> None:
        refused = sign_in(Hand("nemo"), Browser())
        assert (refused.status_code, code(refused)) == (422, "bad-signature")

    def test_one_browser_holds_one_person(self, mary: Hand) -> None:
        eve = Hand("eve")
        eve.registered()
        browser = Browser()
        sign_in(mary, browser)
        refused = sign_in(eve, browser)
        assert (refused.status_code, code(refused)) == (409, "somebody-else")

    def test_it_ends_when_the_room_is_kept(self, mary: Hand) -> None:
        browser = Browser()
        sign_in(mary, browser)
        keep(mary, browser)
        refused = sign_in(mary, Browser())
        assert (refused.status_code, code(refused)) == (409, "has-record")


class TestKeyRecords:
    @pytest.fixture
    def browser(self, mary: Hand) -> Browser:
        browser = Browser()
        sign_in(mary, browser)
        return browser

    def test_it_works(self, mary: Hand, browser: Browser) -> None:
        assert keep(mary, browser).status_code == 200
        listed = browser.get("/api/records").json()
        assert listed == [{"mid": ids.encode(mary.mid), "kind": 1, "login": "mary", "record": ids.encode(mary.record())}]
        assert mary.login_secret not in str(KeyRecord.objects.values())
        other = Browser()
        assert log_in(other, "mary", mary.login_secret).status_code == 200
        assert other.get("/api/me").json()["person"]["login"] == "mary"

    def test_a_new_passphrase_takes_the_place_of_the_old(self, mary: Hand, browser: Browser) -> None:
        keep(mary, browser)
        keep(mary, browser, login_secret="b" * 43)
        assert log_in(Browser(), "mary", mary.login_secret).status_code == 400
        assert log_in(Browser(), "mary", "b" * 43).status_code == 200

    def test_a_name_is_taken_once(self, mary: Hand, browser: Browser) -> None:
        keep(mary, browser)
        eve = Hand("eve")
        eve.registered()
        hers = Browser()
        sign_in(eve, hers)
        refused = keep(eve, hers, login="mary")
        assert (refused.status_code, code(refused)) == (409, "login-taken")

    @pytest.mark.parametrize("login", ["ab", "Mary", "mary ann", "m" * 65, "märy"])
    def test_odd_names_are_refused(self, mary: Hand, browser: Browser, login: str) -> None:
        refused = keep(mary, browser, login=login)
        assert (refused.status_code, code(refused)) == (422, "login")

    def test_a_record_of_somebody_else_is_refused(self, mary: Hand, browser: Browser) -> None:
        refused = keep(mary, browser, record=ids.encode(Hand("eve").record()))
        assert (refused.status_code, code(refused)) == (422, "malformed")

    def test_names_cannot_be_tried_out_fast(self, mary: Hand, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api.records_of, "burst", 2)
        assert [keep(mary, browser, login=login).status_code for login in ("one", "two", "three")] == [200, 200, 429]

    def test_removed_it_opens_nothing(self, mary: Hand, browser: Browser) -> None:
        keep(mary, browser)
        assert browser.delete(f"/api/records/{ids.encode(mary.mid)}").status_code == 204
        assert log_in(Browser(), "mary", mary.login_secret).status_code == 400
        assert browser.delete(f"/api/records/{ids.encode(mary.mid)}").status_code == 404

    def test_a_therapist_keeps_one(self, mary: Hand, browser: Browser) -> None:
        keep(mary, browser)
        KeyRecord.objects.get().person.__class__.objects.update(therapist=True)
        refused = browser.delete(f"/api/records/{ids.encode(mary.mid)}")
        assert (refused.status_code, code(refused)) == (409, "last-record")


class TestLogin:
    @pytest.fixture
    def kept(self, mary: Hand) -> Hand:
        browser = Browser()
        sign_in(mary, browser)
        keep(mary, browser)
        return mary

    def test_an_unknown_name_answers_like_a_wrong_secret(self, kept: Hand) -> None:
        wrong, unknown = log_in(Browser(), "mary", "x"), log_in(Browser(), "nemo", "x")
        assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)

    def test_guessing_is_held_back_and_told_when_to_come_again(self, kept: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attune.core.throttle.monotonic", partial(float, monotonic()))
        answers = [log_in(Browser(), "mary", "x") for _ in range(9)]
        assert [answer.status_code for answer in answers] == [400] * 8 + [429]
        assert answers[-1].json()["retry_at"] > 0

    def test_a_stranger_who_guesses_locks_nobody_out(self, kept: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("attune.core.throttle.monotonic", partial(float, monotonic()))
        for _ in range(9):
            stranger = Browser(address="203.0.113.7")
            last = log_in(stranger, "mary", "x")
        assert last.status_code == 429
        assert log_in(Browser(address="198.51.100.1"), "mary", kept.login_secret).status_code == 200

    def test_what_can_be_nobodys_name_is_not_kept_in_memory(self, kept: Hand) -> None:
        for n in range(8):
            assert log_in(Browser(), f"{'x' * 10_000}{n}", "x").status_code == 400
        assert log_in(Browser(), f"{'x' * 10_000}9", "x").status_code == 429
        assert all(len(str(key)) < 200 for key in adapter.by_login._left)

    def test_getting_in_often_is_no_guessing(self, kept: Hand) -> None:
        assert [log_in(Browser(), "mary", kept.login_secret).status_code for _ in range(12)] == [200] * 12

    def test_the_session_answers_nothing_about_the_person(self, kept: Hand) -> None:
        assert log_in(Browser(), "mary", kept.login_secret).json()["data"]["user"] == {}

    def test_signing_out_closes_the_sockets_of_the_session(self, kept: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
        closed: list[str] = []
        monkeypatch.setattr(push, "close_session", closed.append)
        browser = Browser()
        log_in(browser, "mary", kept.login_secret)
        key = browser.client.session.session_key
        assert browser.delete(SESSION).status_code == 401
        assert closed == [key]
        assert browser.get("/api/me").json()["person"] is None


class TestOtherBrowsers:
    @pytest.fixture
    def two(self, mary: Hand) -> tuple[Browser, Browser]:
        """Hers, and another that stays open over a reload."""
        browser, other = Browser(), Browser()
        sign_in(mary, browser)
        keep(mary, browser)
        log_in(other, "mary", mary.login_secret)
        other.get("/api/me")
        other.put("/api/resume", {"share": ids.encode(bytes(32))})
        return browser, other

    def test_it_works(self, mary: Hand, two: tuple[Browser, Browser], monkeypatch: pytest.MonkeyPatch) -> None:
        closed: list[str] = []
        monkeypatch.setattr(push, "close_session", closed.append)
        browser, other = two
        key = other.client.session.session_key
        assert browser.get("/api/other-sessions").json() == {"count": 1}
        assert browser.delete("/api/other-sessions").status_code == 204
        assert closed == [key]
        assert browser.get("/api/other-sessions").json() == {"count": 0}
        assert browser.get("/api/records").status_code == 200
        assert other.get("/api/records").status_code == 401
        said = other.get("/api/me").json()
        assert (said["person"], said["signed_out"]) == (None, True)

    def test_no_share_is_left_and_a_new_sign_in_forgets_it(self, mary: Hand, two: tuple[Browser, Browser]) -> None:
        browser, other = two
        browser.delete("/api/other-sessions")
        assert other.get("/api/resume").status_code == 401
        assert log_in(other, "mary", mary.login_secret).status_code == 200
        assert other.get("/api/me").json()["signed_out"] is False
        assert other.get("/api/resume").json() == {"share": None}

    def test_a_request_under_way_brings_nothing_back(self, mary: Hand, two: tuple[Browser, Browser]) -> None:
        browser, other = two
        slow = other.client.session  # as it had read it before
        browser.delete("/api/other-sessions")
        slow["resume"] = "late"
        slow.save()
        assert other.get("/api/records").status_code == 401

    def test_nobody_else_is_signed_out(self, two: tuple[Browser, Browser]) -> None:
        eve = Hand("eve")
        eve.registered()
        hers = Browser()
        sign_in(eve, hers)
        two[0].delete("/api/other-sessions")
        assert hers.get("/api/records").status_code == 200
        assert hers.get("/api/other-sessions").json() == {"count": 0}

    def test_a_way_in_put_in_place_of_another_signs_the_others_out(self, mary: Hand, two: tuple[Browser, Browser]) -> None:
        browser, other = two
        first = {
            "login_secret": "c" * 43,
            "mid": ids.encode(bytes(16)),
            "record": ids.encode(encode([1, bytes(16), 1, mary.pid, bytes(117)])),
        }
        assert code(keep(mary, browser, **first)) == "login-taken"
        assert other.get("/api/records").status_code == 200
        assert keep(mary, browser, **first, replaces=[ids.encode(mary.mid)]).status_code == 200
        assert [each["mid"] for each in browser.get("/api/records").json()] == [first["mid"]]
        assert other.get("/api/records").status_code == 401
        assert log_in(Browser(), "mary", mary.login_secret).status_code == 400
        assert log_in(Browser(), "mary", "c" * 43).status_code == 200
        assert keep(mary, browser, **first, replaces=[ids.encode(mary.mid)]).status_code == 200  # a retry

    def test_a_sign_in_under_way_by_what_is_just_replaced_is_none(
        self, mary: Hand, two: tuple[Browser, Browser], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser, late = two[0], Browser()
        mid = bytes(16)
        fresh = {"login_secret": "c" * 43, "mid": ids.encode(mid), "record": ids.encode(encode([1, mid, 1, mary.pid, bytes(117)]))}
        real = KeyRecordBackend.authenticate

        def slow(self: KeyRecordBackend, *args: Any, **given: Any) -> Any:
            person = real(self, *args, **given)
            monkeypatch.setattr(KeyRecordBackend, "authenticate", real)
            assert keep(mary, browser, **fresh, replaces=[ids.encode(mary.mid)]).status_code == 200
            return person

        monkeypatch.setattr(KeyRecordBackend, "authenticate", slow)
        log_in(late, "mary", mary.login_secret)
        assert late.get("/api/records").status_code == 401
        assert browser.get("/api/records").status_code == 200
        assert log_in(Browser(), "mary", "c" * 43).status_code == 200

    def test_what_is_somebody_elses_is_not_replaced(self, mary: Hand, two: tuple[Browser, Browser]) -> None:
        eve = Hand("eve")
        eve.registered()
        hers = Browser()
        sign_in(eve, hers)
        keep(eve, hers, replaces=[ids.encode(mary.mid)])
        assert len(two[0].get("/api/records").json()) == 1

    def test_a_kept_room_has_an_ordinary_session(self, mary: Hand) -> None:
        browser = Browser()
        sign_in(mary, browser)
        keep(mary, browser)
        assert browser.client.session.get_expiry_age() <= settings.SESSION_COOKIE_AGE


class TestMe:
    def test_language_and_time_zone_are_changed(self, mary: Hand) -> None:
        browser = Browser()
        sign_in(mary, browser)
        browser.get("/api/me")
        assert browser.patch("/api/me", {"language": "ar"}).json()["language"] == "ar"
        assert browser.patch("/api/me", {"time_zone": "Africa/Tunis"}).json()["time_zone"] == "Africa/Tunis"
        assert code(browser.patch("/api/me", {"language": "<b>"})) == "language"
        assert code(browser.patch("/api/me", {"time_zone": "../../etc"})) == "time-zone"

    def test_the_share_lies_with_the_session(self, mary: Hand) -> None:
        browser = Browser()
        sign_in(mary, browser)
        browser.get("/api/me")
        share = ids.encode(bytes(range(32)))
        assert browser.put("/api/resume", {"share": share}).status_code == 204
        assert browser.get("/api/resume").json() == {"share": share}
        other = Browser()
        sign_in(mary, other)
        assert other.get("/api/resume").json() == {"share": None}
        assert browser.delete("/api/resume").status_code == 204
        assert browser.get("/api/resume").json() == {"share": None}


class TestOtherSites:
    def test_another_origin_is_refused_also_where_nobody_is_signed_in(self, mary: Hand) -> None:
        refused = Browser().post("/api/sign-in", {"pid": "", "signature": ""}, Origin="https://evil.example")
        assert (refused.status_code, code(refused)) == (403, "other-origin")

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
    def test_what_the_browser_says_of_the_site_counts(self, site: str) -> None:
        refused = Browser().post("/api/sign-in", {"pid": "", "signature": ""}, **{"Sec-Fetch-Site": site})
        assert (refused.status_code, code(refused)) == (403, "other-origin")

    def test_the_token_is_sent_again(self, mary: Hand) -> None:
        browser = Browser()
        sign_in(mary, browser)
        browser.get("/api/me")
        refused = browser.send("PUT", "/api/resume", {"share": ids.encode(bytes(32))}, **{"X-CSRFToken": ""})
        assert (refused.status_code, code(refused)) == (403, "csrf")
        refused = browser.post(LOGIN, {"username": "mary", "password": "x"}, **{"X-CSRFToken": ""})
        assert (refused.status_code, code(refused)) == (403, "csrf")
