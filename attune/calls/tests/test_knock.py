"""The appointment's link: what it shows, whom it lets stand at the door, and what she sees from there."""

import secrets
from typing import Any

import pytest

from attune.appointments import actions, rules, waiting
from attune.appointments.models import Appointment, Knock
from attune.calls import api
from attune.core import ids
from attune.core.clock import DAY, HOUR, MINUTE, now
from attune.people.models import Person
from attune.people.tests.hands import Hand
from attune.protocol.epochs import Role
from attune.spaces.models import Entry, Space
from attune.spaces.tests.cast import Cast, Player, knock_body
from attune.spaces.tests.rooms import KNOCK_POLICY, Room, knock_room, own_room, shared_room


@pytest.fixture(autouse=True)
def at_rest() -> None:
    waiting.empty()
    for bucket in (api.strangers, api.knocks_at):
        bucket.empty()


def plan(cast: Cast, *, starts_in: int = 5 * MINUTE) -> dict[str, Any]:
    when = {"starts_at": now() + starts_in, "minutes": 50, "way": "video", "label": "Session"}
    answer = cast.owner.browser.post(
        "/api/appointments", {"id": ids.encode(secrets.token_bytes(16)), "space": ids.encode(cast.room.sid), **when}
    )
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def newcomer(cast: Cast, *, name: str = "knocker") -> Player:
    hand = Hand(name)
    return Player(hand, own=own_room(hand), room=knock_room(hand, cast.owner.hand))


def knock(player: Player, link: str) -> Any:
    player.browser.get("/api/me")
    return player.browser.post("/api/knocks", knock_body(player, link=link))


@pytest.fixture
def planned(cast: Cast) -> dict[str, Any]:
    return plan(cast)


@pytest.fixture
def knocker(cast: Cast, planned: dict[str, Any]) -> Player:
    player = newcomer(cast)
    answer = knock(player, planned["link"])
    assert answer.status_code == 201, answer.content
    cast.pushed.clear()
    return player


def at(player: Player, aid: str, what: str, method: str = "put") -> Any:
    return getattr(player.browser, method)(f"/api/appointments/{aid}/{what}")


def seen(player: Player) -> Any:
    (appointment,) = player.browser.get("/api/appointments").json()
    return appointment


def change(planned: dict[str, Any], **fields: Any) -> None:
    Appointment.objects.filter(aid=ids.decode(planned["id"])).update(**fields)


class TestTheLink:
    def test_it_shows_when_and_the_public_card_and_nothing_else(self, cast: Cast, planned: dict[str, Any]) -> None:
        answer = cast.nobody.browser.post("/api/knocks/door", {"link": planned["link"]})
        assert answer.json() == {
            "starts_at": planned["starts_at"],
            "minutes": 50,
            "name": "Dr. Ada",
            "card": cast.owner.hand.card,
        }

    def test_only_the_keeper_is_told_it(self, cast: Cast, planned: dict[str, Any]) -> None:
        assert len(ids.decode(planned["link"])) == 16
        assert seen(cast.owner)["link"] == planned["link"]
        assert seen(cast.member)["link"] is None

    @pytest.mark.parametrize("over", ["unknown", "cancelled", "ended", "late"])
    def test_unknown_and_over_are_one_answer(self, cast: Cast, planned: dict[str, Any], over: str) -> None:
        long_ago = now() - 50 * MINUTE - rules.RELAY_AFTER
        change(planned, **({"starts_at": long_ago} if over == "late" else {} if over == "unknown" else {"state": over}))
        link = ids.encode(secrets.token_bytes(16)) if over == "unknown" else planned["link"]
        answers = [cast.nobody.browser.post("/api/knocks/door", {"link": link}), knock(newcomer(cast), link)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json() == answers[1].json() == {"code": "unknown", "message": "There is nothing here, or it is not yours."}
        assert not Knock.objects.exists()

    def test_two_hours_after_the_end_it_still_leads_there(self, cast: Cast, planned: dict[str, Any]) -> None:
        change(planned, starts_at=now() - 50 * MINUTE - rules.RELAY_AFTER + MINUTE)
        assert knock(newcomer(cast), planned["link"]).status_code == 201

    def test_nobody_knocks_long_before(self, cast: Cast) -> None:
        answer = knock(newcomer(cast), plan(cast, starts_in=HOUR)["link"])
        assert (answer.status_code, answer.json()["code"]) == (409, "too-early")

    def test_the_appointments_id_opens_nothing(self, cast: Cast, planned: dict[str, Any]) -> None:
        assert cast.nobody.browser.post("/api/knocks/door", {"link": planned["id"]}).status_code == 404

    def test_guessing_is_throttled(self, cast: Cast) -> None:
        answers = [cast.nobody.browser.post("/api/knocks/door", {"link": ids.encode(secrets.token_bytes(16))}) for _ in range(70)]
        assert {answers[0].status_code, answers[-1].status_code} == {404, 429}

    def test_nobody_fills_a_waiting_room(self, cast: Cast, planned: dict[str, Any]) -> None:
        answers = [knock(newcomer(cast, name=f"k{n}"), planned["link"]).status_code for n in range(22)]
        assert answers == [201] * 20 + [429] * 2


class TestKnocking:
    def test_she_is_a_person_in_a_space_of_two(self, cast: Cast, knocker: Player) -> None:
        assert knocker.room is not None
        me = knocker.browser.get("/api/me").json()["person"]
        assert (me["pid"], me["therapist"], me["record_kinds"]) == (ids.encode(knocker.hand.pid), False, [])
        assert {row["sid"] for row in knocker.browser.get("/api/spaces").json()} == {me["own_space"], ids.encode(knocker.room.sid)}
        assert cast.owner.entries(knocker.room).status_code == 200

    def test_the_same_bytes_again_get_the_same_answer(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        assert knock(knocker, planned["link"]).status_code == 200
        assert Knock.objects.count() == 1

    def test_her_card_with_another_founding_gets_nothing(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        thief = Player(knocker.hand, own=own_room(knocker.hand), room=knocker.room)
        assert knock(thief, planned["link"]).status_code == 404

    @pytest.mark.parametrize("odd", ["proof", "policy", "third", "keeper", "other-keeper"])
    def test_another_shape_is_refused(self, cast: Cast, planned: dict[str, Any], odd: str) -> None:
        player = newcomer(cast)
        hand, owner = player.hand, cast.owner.hand
        member, keeper = hand.row(Role.MEMBER), owner.row(Role.KEEPER)
        player.room = {
            "proof": lambda: shared_room(hand, owner, iid=bytes(16)),
            "policy": lambda: Room(hand, [member, keeper]),
            "third": lambda: Room(hand, [member, keeper, cast.member.hand.row(Role.MEMBER)], policy=KNOCK_POLICY),
            "keeper": lambda: Room(hand, [hand.row(Role.KEEPER), keeper], policy=KNOCK_POLICY),
            "other-keeper": lambda: knock_room(hand, cast.stranger.hand),
        }[odd]()
        answer = knock(player, planned["link"])
        assert (answer.status_code, answer.json()["code"]) == (422, "unusual-room")
        assert not Person.objects.filter(pid=hand.pid).exists()
        assert not Space.objects.filter(sid=player.room.sid).exists()

    def test_somebody_who_is_here_does_not_become_another(self, cast: Cast, planned: dict[str, Any]) -> None:
        body = knock_body(newcomer(cast), link=planned["link"])
        answer = cast.stranger.browser.post("/api/knocks", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "somebody-else")


class TestAtTheDoor:
    def test_she_sees_the_time_and_herself_and_nothing_of_the_room(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        assert knocker.room is not None
        for player in (knocker, cast.member):
            assert at(player, planned["id"], "here").status_code == 204
        shown = seen(knocker)
        assert shown["space"] == ids.encode(knocker.room.sid)
        assert [row["pid"] for row in shown["waiting"]] == [ids.encode(knocker.hand.pid)]
        assert [shown[name] for name in ("label", "link", "knocks", "began_at", "ended_at")] == ["", None, [], None, None]
        assert knocker.entries(cast.room).status_code == 404

    def test_the_keeper_sees_who_waits_where_and_the_client_only_herself(
        self, cast: Cast, planned: dict[str, Any], knocker: Player
    ) -> None:
        assert knocker.room is not None
        for player in (knocker, cast.member):
            at(player, planned["id"], "here")
        rooms = {row["pid"]: row["space"] for row in seen(cast.owner)["waiting"]}
        assert rooms == {
            ids.encode(knocker.hand.pid): ids.encode(knocker.room.sid),
            ids.encode(cast.member.hand.pid): ids.encode(cast.room.sid),
        }
        assert seen(cast.owner)["knocks"] == [ids.encode(knocker.room.sid)]
        assert [row["pid"] for row in seen(cast.member)["waiting"]] == [ids.encode(cast.member.hand.pid)]
        assert seen(cast.member)["knocks"] == []

    def test_the_client_is_pushed_nothing_of_it(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        at(knocker, planned["id"], "here")
        at(knocker, planned["id"], "here", "delete")
        assert {pid for pid, _ in cast.pushed} == {cast.owner.hand.pid, knocker.hand.pid}

    def test_the_relay_is_hers_like_the_clients_and_the_rest_is_not(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        assert at(knocker, planned["id"], "relay", "get").status_code == 200
        assert [at(knocker, planned["id"], act, "post").status_code for act in ("began", "ended", "cancel")] == [403, 403, 403]

    def test_other_people_are_told_nothing_is_there(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        assert knocker.room is not None
        for player in (cast.member, cast.former, cast.stranger):
            assert player.entries(knocker.room).status_code == 404
        for player in (cast.former, cast.stranger):
            assert at(player, planned["id"], "here").status_code == 404

    def test_closed_by_the_keeper_it_ends_here_too(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        assert knocker.room is not None
        assert cast.owner.append(knocker.room.epoch(cast.owner.hand, []), room=knocker.room).status_code == 201
        assert at(knocker, planned["id"], "here").status_code == 404
        assert (knocker.browser.get("/api/appointments").json(), seen(cast.owner)["knocks"]) == ([], [])

    def test_given_the_room_back_she_goes_there_once_the_knock_is_closed(
        self, cast: Cast, planned: dict[str, Any], knocker: Player
    ) -> None:
        assert knocker.room is not None
        successor = knocker.hand.row(Role.MEMBER, was=cast.member.hand.pid)
        assert (
            cast.owner.append(cast.room.epoch(cast.owner.hand, [successor, cast.owner.hand.row(Role.KEEPER)]), room=cast.room).status_code
            == 201
        )
        assert seen(knocker)["space"] == ids.encode(knocker.room.sid)
        cast.owner.append(knocker.room.epoch(cast.owner.hand, []), room=knocker.room)
        assert seen(knocker)["space"] == ids.encode(cast.room.sid)


class TestThePeriod:
    def over(self, planned: dict[str, Any]) -> None:
        change(planned, starts_at=now() - 50 * MINUTE - rules.RELAY_AFTER - DAY - MINUTE)

    def test_what_nobody_closed_ends_by_itself_with_who_came_by_it(self, planned: dict[str, Any], knocker: Player) -> None:
        assert knocker.room is not None
        actions.end_old_knocks()
        assert Knock.objects.count() == 1
        self.over(planned)
        actions.end_old_knocks()
        assert not Space.objects.filter(sid=knocker.room.sid).exists()
        assert not Person.objects.filter(pid=knocker.hand.pid).exists()
        assert not Entry.objects.filter(author=knocker.hand.pid).exists()
        assert knocker.browser.get("/api/me").json()["person"] is None

    def test_who_got_her_room_back_stays(self, cast: Cast, planned: dict[str, Any], knocker: Player) -> None:
        successor = knocker.hand.row(Role.MEMBER, was=cast.member.hand.pid)
        cast.owner.append(cast.room.epoch(cast.owner.hand, [successor, cast.owner.hand.row(Role.KEEPER)]), room=cast.room)
        self.over(planned)
        actions.end_old_knocks()
        assert not Knock.objects.exists()
        assert knocker.entries(cast.room).status_code == 200
