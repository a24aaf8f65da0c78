import secrets
from typing import Any

import pytest

from attune.appointments import actions, api, waiting
from attune.appointments.models import Appointment
from attune.core import ids
from attune.core.clock import DAY, HOUR, now
from attune.spaces.tests.cast import Cast, Player


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    waiting.empty()
    api.planned_by.empty()


def code(response: Any) -> Any:
    return response.json()["code"]


def body(cast: Cast, **changed: Any) -> dict[str, Any]:
    plan = {"space": ids.encode(cast.room.sid), "starts_at": now() + HOUR, "minutes": 50, "way": "video", "label": "Session"}
    return {"id": ids.encode(secrets.token_bytes(16)), **plan, **changed}


def plan(cast: Cast, **changed: Any) -> Any:
    response = cast.owner.browser.post("/api/appointments", body(cast, **changed))
    assert response.status_code == 201, response.content
    return response.json()["id"]


def say(player: Player, aid: str, what: str) -> Any:
    path = f"/api/appointments/{aid}/{what}"
    return player.browser.put(path) if what == "here" else player.browser.post(path)


def seen(player: Player) -> Any:
    (appointment,) = player.browser.get("/api/appointments").json()
    return appointment


class TestPlanning:
    def test_it_works(self, cast: Cast) -> None:
        planned = body(cast)
        response = cast.owner.browser.post("/api/appointments", planned)
        assert response.status_code == 201
        expected = {**planned, "state": "planned", "began_at": None, "ended_at": None, "waiting": [], "knocks": []}
        assert response.json() == seen(cast.owner) == {**expected, "link": response.json()["link"]}
        assert seen(cast.member) == {**expected, "link": None}
        assert cast.told(cast.member) == cast.told(cast.owner) == [{"what": "appointments"}]
        assert {pid for pid, _ in cast.pushed} == {cast.owner.hand.pid, cast.member.hand.pid}

    def test_the_same_again_changes_nothing(self, cast: Cast) -> None:
        planned = body(cast)
        answers = [cast.owner.browser.post("/api/appointments", planned) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json() == answers[1].json()
        assert len(cast.told(cast.member)) == 1

    def test_another_under_the_same_id_is_refused(self, cast: Cast) -> None:
        planned = body(cast)
        cast.owner.browser.post("/api/appointments", planned)
        refused = cast.owner.browser.post("/api/appointments", {**planned, "minutes": 20})
        assert (refused.status_code, code(refused)) == (409, "known")

    @pytest.mark.parametrize(
        ("changed", "what"),
        [
            ({"minutes": 0}, "minutes"),
            ({"minutes": 481}, "minutes"),
            ({"starts_at": 1}, "starts-at"),
            ({"starts_at": 2**52}, "starts-at"),
            ({"way": "seance"}, "malformed"),
            ({"label": "x" * 81}, "malformed"),
            ({"id": "x"}, "malformed"),
        ],
    )
    def test_odd_times_are_refused(self, cast: Cast, changed: dict[str, Any], what: str) -> None:
        refused = cast.owner.browser.post("/api/appointments", body(cast, **changed))
        assert (refused.status_code, code(refused)) == (422, what)

    def test_what_is_long_past_is_not_listed(self, cast: Cast) -> None:
        plan(cast)
        Appointment.objects.update(starts_at=now() - 31 * DAY)
        assert cast.member.browser.get("/api/appointments").json() == []

    def test_a_member_plans_nothing(self, cast: Cast) -> None:
        refused = cast.member.browser.post("/api/appointments", body(cast))
        assert (refused.status_code, code(refused)) == (403, "keepers-only")

    def test_a_client_has_no_relay_of_her_own(self, cast: Cast) -> None:
        """She is the keeper of her own space, also after her therapist let her go."""
        for player in (cast.member, cast.former):
            assert player.own is not None
            refused = player.browser.post("/api/appointments", body(cast, space=ids.encode(player.own.sid)))
            assert (refused.status_code, code(refused)) == (403, "therapists-only")

    def test_a_stranger_is_told_that_there_is_nothing(self, cast: Cast) -> None:
        aid = plan(cast)
        for player in (cast.stranger, cast.former):
            assert player.browser.get("/api/appointments").json() == []
            assert say(player, aid, "cancel").status_code == 404
            assert player.browser.post("/api/appointments", body(cast)).status_code == 404


class TestItsCourse:
    def test_it_works(self, cast: Cast) -> None:
        aid = plan(cast)
        began = say(cast.owner, aid, "began").json()["began_at"]
        assert began <= now()
        assert say(cast.owner, aid, "began").json()["began_at"] == began
        ended = say(cast.owner, aid, "ended").json()
        assert (ended["state"], ended["began_at"]) == ("ended", began)
        assert say(cast.owner, aid, "ended").json() == ended

    def test_ended_by_mistake_it_opens_again(self, cast: Cast) -> None:
        aid = plan(cast)
        began = say(cast.owner, aid, "began").json()["began_at"]
        say(cast.owner, aid, "ended")
        assert say(cast.member, aid, "here").status_code == 409
        assert say(cast.member, aid, "began").status_code == 403
        cast.pushed.clear()
        again = say(cast.owner, aid, "began").json()
        assert (again["state"], again["began_at"], again["ended_at"]) == ("planned", began, None)
        assert cast.told(cast.member) == [{"what": "appointments"}]
        assert say(cast.member, aid, "here").status_code == 204

    def test_past_its_time_ended_is_over(self, cast: Cast) -> None:
        aid = plan(cast, starts_at=now() - 3 * HOUR)
        say(cast.owner, aid, "ended")
        refused = say(cast.owner, aid, "began")
        assert (refused.status_code, code(refused)) == (409, "ended")

    def test_cancelled_is_over(self, cast: Cast) -> None:
        aid = plan(cast)
        cast.pushed.clear()
        assert say(cast.owner, aid, "cancel").json()["state"] == "cancelled"
        assert cast.told(cast.member) == [{"what": "appointments"}]
        for what in ("began", "ended"):
            refused = say(cast.owner, aid, what)
            assert (refused.status_code, code(refused)) == (409, "cancelled")
        assert say(cast.member, aid, "here").status_code == 409

    def test_a_member_moves_nothing(self, cast: Cast) -> None:
        aid = plan(cast)
        for what in ("cancel", "began", "ended"):
            assert (say(cast.member, aid, what).status_code, seen(cast.member)["state"]) == (403, "planned")


class TestWaiting:
    def test_it_works(self, cast: Cast) -> None:
        aid = plan(cast)
        cast.pushed.clear()
        assert say(cast.member, aid, "here").status_code == 204
        (here,) = seen(cast.owner)["waiting"]
        assert here["pid"] == ids.encode(cast.member.hand.pid)
        message = {"what": "waiting", "appointment": aid, "space": ids.encode(cast.room.sid), "pid": here["pid"], "since": here["since"]}
        assert cast.told(cast.owner) == [message]
        assert cast.member.browser.delete(f"/api/appointments/{aid}/here").status_code == 204
        assert seen(cast.owner)["waiting"] == []
        assert cast.told(cast.owner)[-1] == {**message, "since": None}

    def test_saying_it_again_is_no_news(self, cast: Cast) -> None:
        aid = plan(cast)
        say(cast.member, aid, "here")
        cast.pushed.clear()
        say(cast.member, aid, "here")
        assert cast.pushed == []

    def test_who_says_nothing_for_25_seconds_is_gone(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        aid = plan(cast)
        say(cast.member, aid, "here")
        cast.pushed.clear()
        at = now() + 25_001
        monkeypatch.setattr("attune.appointments.actions.now", lambda: at)
        monkeypatch.setattr("attune.appointments.access.now", lambda: at)
        assert seen(cast.owner)["waiting"] == []
        actions.say_who_is_gone()
        actions.say_who_is_gone()
        assert [message["since"] for message in cast.told(cast.owner)] == [None]

    def test_no_client_learns_of_another(self, cast: Cast) -> None:
        aid = plan(cast)
        cast.pushed.clear()
        say(cast.member, aid, "here")
        assert cast.told(cast.stranger) == cast.told(cast.former) == []


def test_the_list_does_not_slow_down_with_its_rows(cast: Cast, django_assert_num_queries: Any) -> None:
    for rows in (1, 10):
        while len(cast.owner.browser.get("/api/appointments").json()) < rows:
            plan(cast)
        with django_assert_num_queries(5):
            cast.owner.browser.get("/api/appointments")
