import secrets
from typing import Any

import pytest

from attune.core import ids
from attune.core.clock import DAY, now
from attune.core.tests.browser import Browser
from attune.people import set_up_link
from attune.people.models import Person
from attune.people.tests.hands import Hand
from attune.protocol.epochs import Role
from attune.spaces.models import Invitation, Space
from attune.spaces.tests.cast import Player, invitation_body, invite, join, join_body, set_up, set_up_body
from attune.spaces.tests.rooms import Room, own_room, shared_room


def code(response: Any) -> Any:
    return response.json()["code"]


def guest(name: str, owner: Player, iid: bytes) -> Player:
    """Somebody with a link who has not stepped in yet."""
    hand = Hand(name)
    return Player(hand, own=own_room(hand), room=shared_room(hand, owner.hand, iid=iid))


def step_in(player: Player, iid: bytes, **changed: Any) -> Any:
    return player.browser.post(f"/api/invitations/{ids.encode(iid)}/join", {**join_body(player), **changed})


class TestSetUp:
    def test_it_works(self, owner: Player) -> None:
        me = owner.browser.get("/api/me").json()
        assert me["needs_set_up"] is False
        assert owner.own is not None
        assert me["person"] == {
            "pid": ids.encode(owner.hand.pid),
            **owner.hand.card,
            "therapist": True,
            "login": "ada",
            "language": "en",
            "time_zone": "Europe/Paris",
            "own_space": ids.encode(owner.own.sid),
            "record_kinds": [1],
        }
        assert owner.entries(owner.own).json()["count"] == 1

    def test_before_it_nobody_is_there(self, db: None, rested: None) -> None:
        me = Browser().get("/api/me").json()
        assert (me["person"], me["needs_set_up"]) == (None, True)

    def test_the_link_is_used_up(self, owner: Player) -> None:
        assert set_up_link.current() is None

    def test_the_same_bytes_again_get_the_same_answer(self, owner: Player) -> None:
        token = set_up_link.make()
        second = Player(Hand("berta"))
        second.own = own_room(second.hand)
        body = set_up_body(second, token=token)
        first = second.browser.post("/api/set-up", body)
        again = Browser().post("/api/set-up", body)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()

    def test_a_used_link_is_unknown_to_others(self, owner: Player) -> None:
        token = set_up_link.make()
        set_up("berta", token)
        third = Player(Hand("cleo"))
        third.own = own_room(third.hand)
        refused = third.browser.post("/api/set-up", set_up_body(third, token=token))
        assert (refused.status_code, code(refused)) == (404, "unknown")

    def test_a_new_link_ends_an_older_one(self, owner: Player) -> None:
        old = set_up_link.make()
        set_up_link.make()
        player = Player(Hand("berta"))
        player.own = own_room(player.hand)
        assert player.browser.post("/api/set-up", set_up_body(player, token=old)).status_code == 404

    def test_a_login_name_is_taken_once(self, owner: Player) -> None:
        player = Player(Hand("berta"))
        player.own = own_room(player.hand)
        player.hand.login = "ada"
        refused = player.browser.post("/api/set-up", set_up_body(player, token=set_up_link.make()))
        assert (refused.status_code, code(refused)) == (409, "login-taken")
        assert Person.objects.count() == 1
        assert Space.objects.count() == 1
        assert set_up_link.current() is not None

    def test_an_own_space_is_ones_own(self, owner: Player) -> None:
        player = Player(Hand("berta"))
        player.own = Room(player.hand, [player.hand.row(Role.KEEPER), owner.hand.row(Role.KEEPER)])
        refused = player.browser.post("/api/set-up", set_up_body(player, token=set_up_link.make()))
        assert (refused.status_code, code(refused)) == (422, "unusual-room")
        assert Person.objects.count() == 1


class TestJoining:
    def test_it_works(self, owner: Player) -> None:
        iid = invite(owner)
        client = guest("mary", owner, iid)
        response = step_in(client, iid)
        assert response.status_code == 201
        assert client.browser.get("/api/me").json()["person"] == response.json()
        assert client.room is not None
        assert owner.entries(client.room).json()["count"] == 1
        (invitation,) = owner.browser.get("/api/invitations").json()
        assert (invitation["state"], invitation["space"]) == ("used", ids.encode(client.room.sid))

    def test_the_therapist_is_told(self, owner: Player, pushed: list[Any]) -> None:
        client = join("mary", owner=owner)
        assert client.room is not None
        told = [message["what"] for pid, message in pushed if pid == owner.hand.pid]
        assert told == ["invitations", "entry", "spaces", "invitations"]

    def test_looking_through_the_door_uses_nothing_up(self, owner: Player) -> None:
        iid = invite(owner)
        for _ in range(3):
            door = Browser().get(f"/api/invitations/{ids.encode(iid)}/door").json()
            assert (door["state"], door["used_at"]) == ("open", None)
            assert door["record"]

    def test_the_same_bytes_again_get_the_same_answer(self, owner: Player) -> None:
        iid = invite(owner)
        client = guest("mary", owner, iid)
        first, again = step_in(client, iid), step_in(client, iid)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    def test_a_retry_from_a_browser_that_lost_its_cookie_signs_in(self, owner: Player) -> None:
        iid = invite(owner)
        client = guest("mary", owner, iid)
        step_in(client, iid)
        client.browser = Browser()
        assert step_in(client, iid).status_code == 200
        assert client.browser.get("/api/me").json()["person"]["pid"] == ids.encode(client.hand.pid)

    def test_the_keeper_cannot_play_the_join_again(self, owner: Player) -> None:
        """She knows the card and the shared founding, never the founding of the other's own space."""
        iid = invite(owner)
        client = guest("mary", owner, iid)
        step_in(client, iid)
        thief = Player(client.hand, own=own_room(client.hand), room=client.room)
        refused = step_in(thief, iid)
        assert (refused.status_code, code(refused)) == (409, "used")
        assert thief.browser.get("/api/me").json()["person"] is None

    def test_a_retry_ends_when_the_room_is_kept(self, owner: Player) -> None:
        iid = invite(owner)
        client = guest("mary", owner, iid)
        step_in(client, iid)
        client.browser.get("/api/me")
        method = client.hand.method()
        kept = client.browser.put(f"/api/records/{method.pop('mid')}", method)
        assert kept.status_code == 200, kept.content
        client.browser = Browser()
        refused = step_in(client, iid)
        assert (refused.status_code, code(refused)) == (409, "has-record")

    def test_a_link_lets_one_person_in(self, owner: Player) -> None:
        iid = invite(owner)
        step_in(guest("mary", owner, iid), iid)
        refused = step_in(guest("eve", owner, iid), iid)
        assert (refused.status_code, code(refused)) == (409, "used")
        door = Browser().get(f"/api/invitations/{ids.encode(iid)}/door").json()
        assert (door["state"], door["record"]) == ("used", None)
        assert Invitation.objects.get(iid=iid).record is None

    def test_a_revoked_link_lets_nobody_in(self, owner: Player) -> None:
        iid = invite(owner)
        assert owner.browser.post(f"/api/invitations/{ids.encode(iid)}/revoke").json()["state"] == "revoked"
        refused = step_in(guest("mary", owner, iid), iid)
        assert (refused.status_code, code(refused)) == (410, "revoked")

    def test_an_expired_link_lets_nobody_in(self, owner: Player) -> None:
        iid = invite(owner)
        Invitation.objects.update(expires=now() - 1)
        refused = step_in(guest("mary", owner, iid), iid)
        assert (refused.status_code, code(refused)) == (410, "expired")
        assert Browser().get(f"/api/invitations/{ids.encode(iid)}/door").json()["record"] is None

    def test_an_unknown_link_is_unknown(self, owner: Player) -> None:
        iid = secrets.token_bytes(16)
        assert step_in(guest("mary", owner, iid), iid).status_code == 404

    def test_nothing_stays_of_what_was_refused(self, owner: Player) -> None:
        iid = invite(owner)
        client = guest("mary", owner, secrets.token_bytes(16))
        refused = step_in(client, iid)
        assert (refused.status_code, code(refused)) == (422, "no-proof")
        assert Person.objects.count() == 1
        assert Space.objects.count() == 1
        assert client.browser.get("/api/me").json()["person"] is None

    def test_the_invited_founds_with_the_inviter(self, owner: Player) -> None:
        other = set_up("berta")
        iid = invite(owner)
        refused = step_in(guest("mary", other, iid), iid)
        assert (refused.status_code, code(refused)) == (422, "unusual-room")

    def test_keys_that_are_not_safe_are_refused(self, owner: Player) -> None:
        iid = invite(owner)
        client = guest("mary", owner, iid)
        refused = step_in(client, iid, card={**client.hand.card, "sign_pk": ids.encode(bytes(32))})
        assert (refused.status_code, code(refused)) == (422, "weak-key")

    def test_anothers_link_stays_unused(self, owner: Player) -> None:
        client = join("mary", owner=owner)
        iid = invite(owner)
        second = guest("eve", owner, iid)
        second.browser = client.browser
        refused = step_in(second, iid)
        assert (refused.status_code, code(refused)) == (409, "somebody-else")
        assert Invitation.objects.get(iid=iid).used_at is None


class TestInviting:
    def test_the_same_again_changes_nothing(self, owner: Player) -> None:
        body = invitation_body(secrets.token_bytes(16))
        assert [owner.browser.post("/api/invitations", body).status_code for _ in range(2)] == [201, 201]
        assert Invitation.objects.count() == 1

    def test_another_under_the_same_id_is_refused(self, owner: Player) -> None:
        iid = secrets.token_bytes(16)
        owner.browser.post("/api/invitations", invitation_body(iid))
        refused = owner.browser.post("/api/invitations", invitation_body(iid, expires=now() + 2 * DAY))
        assert (refused.status_code, code(refused)) == (409, "known")

    @pytest.mark.parametrize("expires", [1, 2**50])
    def test_an_invitation_ends_within_a_year(self, owner: Player, expires: int) -> None:
        refused = owner.browser.post("/api/invitations", invitation_body(secrets.token_bytes(16), expires=expires))
        assert (refused.status_code, code(refused)) == (422, "expires")

    def test_clients_invite_nobody(self, owner: Player) -> None:
        client = join("mary", owner=owner)
        refused = client.browser.post("/api/invitations", invitation_body(secrets.token_bytes(16)))
        assert (refused.status_code, code(refused)) == (403, "therapists-only")

    def test_another_therapists_invitation_is_unknown(self, owner: Player) -> None:
        iid = invite(owner)
        other = set_up("berta")
        assert other.browser.get("/api/invitations").json() == []
        assert other.browser.post(f"/api/invitations/{ids.encode(iid)}/revoke").status_code == 404

    def test_a_used_invitation_is_not_revoked(self, owner: Player) -> None:
        iid = invite(owner)
        join("mary", owner=owner, iid=iid)
        assert owner.browser.post(f"/api/invitations/{ids.encode(iid)}/revoke").json()["state"] == "used"
