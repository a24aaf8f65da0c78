from typing import Any

from attune.core import ids
from attune.spaces.models import Space
from attune.spaces.tests.cast import Cast, Player
from attune.spaces.tests.rooms import Room, own_room, shared_room


def found(player: Player, room: Room) -> Any:
    return player.browser.post("/api/spaces", {"sid": ids.encode(room.sid), "frame": ids.encode(room.founding)})


def test_it_works(cast: Cast) -> None:
    room = own_room(cast.owner.hand)
    response = found(cast.owner, room)
    assert (response.status_code, response.json()["count"]) == (201, 1)
    assert cast.owner.append(room.item(cast.owner.hand), room=room).status_code == 201
    assert cast.owner.entries(room).json()["count"] == 2


def test_the_same_founding_again_changes_nothing(cast: Cast) -> None:
    room = own_room(cast.owner.hand)
    found(cast.owner, room)
    cast.owner.append(room.item(cast.owner.hand), room=room)
    response = found(cast.owner, room)
    assert (response.status_code, response.json()["count"]) == (200, 2)


def test_it_is_hers_alone(cast: Cast) -> None:
    room = own_room(cast.owner.hand)
    found(cast.owner, room)
    for player in (cast.member, cast.stranger):
        assert player.entries(room).status_code == 404
    assert cast.told(cast.member) == []


def test_nobody_else_can_be_in_it(cast: Cast) -> None:
    room = shared_room(cast.owner.hand, cast.member.hand, iid=bytes(16))
    before = Space.objects.count()
    assert found(cast.owner, room).json()["code"] == "unusual-room"
    assert Space.objects.count() == before


def test_another_ones_founding_is_refused(cast: Cast) -> None:
    assert found(cast.owner, own_room(cast.stranger.hand)).status_code == 422


def test_a_room_that_is_there_is_not_founded_again(cast: Cast) -> None:
    taken = Room.__new__(Room)
    taken.sid, taken.founding = cast.room.sid, own_room(cast.owner.hand).founding
    assert found(cast.owner, taken).status_code == 409


def test_a_client_has_none(cast: Cast) -> None:
    assert found(cast.member, own_room(cast.member.hand)).status_code == 403
