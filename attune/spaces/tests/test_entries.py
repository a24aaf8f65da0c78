import secrets
from functools import partial
from time import monotonic
from typing import Any

import pytest

from attune.core import ids
from attune.people.tests.hands import Hand
from attune.protocol.encoding import encode
from attune.protocol.epochs import Past, Role
from attune.protocol.frames import Drawer, Type, read_frame
from attune.spaces import api
from attune.spaces.models import Entry
from attune.spaces.tests.cast import Cast
from attune.spaces.tests.rooms import WRAP, sign_frame


def code(response: Any) -> Any:
    return response.json()["code"]


def test_it_works(cast: Cast) -> None:
    room = cast.room
    frame = room.item(cast.member.hand)
    response = cast.member.append(frame)
    assert response.status_code == 201
    assert response.json() == {"seq": room.log.count, "id": ids.encode(read_frame(frame).id)}
    listed = cast.owner.entries(room, after=room.log.count - 1).json()
    assert listed == {"count": room.log.count, "frames": [ids.encode(frame)], "held": []}


def test_a_listing_is_the_whole_log(cast: Cast) -> None:
    frames = [ids.decode(frame) for frame in cast.member.entries(cast.room).json()["frames"]]
    assert [read_frame(frame).id for frame in frames] == [entry.id for entry in cast.room.log.entries]


def test_after_the_end_there_is_nothing(cast: Cast) -> None:
    assert cast.member.entries(cast.room, after=99).json() == {"count": 3, "frames": [], "held": []}


def test_spaces_stand_where_their_logs_stand(cast: Cast) -> None:
    listed = {each["sid"]: each for each in cast.member.browser.get("/api/spaces").json()}
    assert listed[ids.encode(cast.room.sid)] == {"sid": ids.encode(cast.room.sid), "count": 3, "run": ids.encode(cast.room.log.run)}
    assert cast.member.own is not None
    assert listed.keys() == {ids.encode(cast.room.sid), ids.encode(cast.member.own.sid)}


def test_an_entry_is_pushed_to_everybody_in_the_room(cast: Cast) -> None:
    frame = cast.room.item(cast.member.hand)
    cast.member.append(frame)
    message = {"what": "entry", "space": ids.encode(cast.room.sid), "seq": 4, "frame": ids.encode(frame)}
    assert cast.told(cast.owner) == [message]
    assert cast.told(cast.member) == [message]
    assert {pid for pid, _ in cast.pushed} == {cast.owner.hand.pid, cast.member.hand.pid}


def test_a_long_frame_is_announced_only(cast: Cast) -> None:
    assert cast.room.log.epoch is not None
    three = [*cast.room.log.epoch.members, Hand("another").row(Role.MEMBER)]
    much = (Past(2, WRAP, bytes(80_000)),)
    response = cast.owner.append(cast.room.epoch(cast.owner.hand, three, assents=[cast.member.hand], past=much))
    assert response.status_code == 201, response.content
    assert cast.told(cast.member)[0]["frame"] is None


def test_a_retry_gives_the_first_place_whatever_its_bytes(cast: Cast) -> None:
    iid = secrets.token_bytes(16)
    first = cast.member.append(cast.room.item(cast.member.hand, iid=iid))
    cast.pushed.clear()
    again = cast.member.append(cast.room.item(cast.member.hand, b"sealed anew", iid=iid))
    assert again.status_code == 200
    assert again.json() == first.json()
    assert cast.pushed == []
    assert Entry.objects.filter(iid=iid).count() == 1


def test_a_retry_is_signed(cast: Cast) -> None:
    iid = secrets.token_bytes(16)
    frame = cast.room.item(cast.member.hand, iid=iid)
    cast.member.append(frame)
    forged = sign_frame(cast.owner.hand, read_frame(frame).head_bytes, b"other")
    refused = cast.member.append(forged)
    assert (refused.status_code, code(refused)) == (422, "bad-signature")


def test_an_iid_is_each_authors_own(cast: Cast) -> None:
    iid = secrets.token_bytes(16)
    assert cast.member.append(cast.room.item(cast.member.hand, iid=iid)).status_code == 201
    assert cast.owner.append(cast.room.item(cast.owner.hand, iid=iid)).status_code == 201


def test_of_two_at_once_the_second_lists_first(cast: Cast) -> None:
    late = cast.room.item(cast.member.hand)
    cast.member.append(cast.room.item(cast.member.hand))
    refused = cast.member.append(late)
    assert (refused.status_code, code(refused)) == (409, "order")


def test_an_older_epoch_is_a_conflict(cast: Cast) -> None:
    late = cast.room.item(cast.member.hand)
    assert cast.room.log.epoch is not None
    cast.owner.append(cast.room.epoch(cast.owner.hand, list(cast.room.log.epoch.members)))
    refused = cast.member.append(late)
    assert (refused.status_code, code(refused)) == (409, "old-epoch")


@pytest.mark.parametrize(("frame", "what"), [(b"", "malformed"), (b"rubbish", "malformed"), (encode([2, b"", b"", b""]), "newer")])
def test_odd_bytes_are_refused(cast: Cast, frame: bytes, what: str) -> None:
    refused = cast.member.append(frame)
    assert (refused.status_code, code(refused)) == (422, what)


def test_what_is_no_base64url_is_refused_without_quoting_it(cast: Cast) -> None:
    sid = ids.encode(cast.room.sid)
    refused = cast.member.browser.post(f"/api/spaces/{sid}/entries", {"frame": "secret words!"})
    assert (refused.status_code, code(refused)) == (422, "malformed")
    assert b"secret" not in refused.content


def test_an_item_comes_with_its_body(cast: Cast) -> None:
    refused = cast.member.append(read_frame(cast.room.item(cast.member.hand)).bare())
    assert (refused.status_code, code(refused)) == (422, "dropped")


def test_too_big_is_said(cast: Cast) -> None:
    refused = cast.member.append(cast.room.item(cast.member.hand, bytes(70_000)))
    assert (refused.status_code, code(refused)) == (413, "too-big")


def test_nobody_writes_as_another(cast: Cast) -> None:
    refused = cast.owner.append(cast.room.item(cast.member.hand))
    assert (refused.status_code, code(refused)) == (422, "not-a-member")
    forged = sign_frame(cast.owner.hand, read_frame(cast.room.item(cast.member.hand)).head_bytes, b"sealed")
    refused = cast.owner.append(forged)
    assert (refused.status_code, code(refused)) == (422, "bad-signature")


def test_a_blob_is_named_once(cast: Cast) -> None:
    blob = secrets.token_bytes(16)
    cast.member.append(cast.room.item(cast.member.hand, blobs=(blob,)))
    refused = cast.owner.append(cast.room.item(cast.owner.hand, blobs=(blob,)))
    assert (refused.status_code, code(refused)) == (422, "replay")


def test_a_member_closes_nothing(cast: Cast) -> None:
    refused = cast.member.append(cast.room.epoch(cast.member.hand, []))
    assert (refused.status_code, code(refused)) == (422, "rights")


def test_nothing_follows_the_closing_and_its_people_may_look_back(cast: Cast) -> None:
    assert cast.owner.append(cast.room.epoch(cast.owner.hand, [])).status_code == 201
    assert cast.member.entries(cast.room).json()["count"] == 4
    refused = cast.owner.browser.post(f"/api/spaces/{ids.encode(cast.room.sid)}/entries", {"frame": ids.encode(b"x")})
    assert refused.status_code == 404


class TestPages:
    @pytest.fixture
    def said(self, cast: Cast) -> Cast:
        for text in (b"one", b"two", b"three"):
            cast.member.append(cast.room.item(cast.member.hand, text))
        cast.member.append(cast.room.item(cast.member.hand, b"a name", drawer=Drawer.CARE))
        return cast

    def test_so_many_and_no_more(self, said: Cast) -> None:
        listed = said.owner.page(said.room, after=3, most=2)
        assert (listed["count"], len(listed["frames"]), listed["held"]) == (7, 2, [])

    def test_older_words_come_bare_and_are_said_to_be_held(self, said: Cast) -> None:
        listed = said.owner.page(said.room, after=3, texts_from=6)
        frames = [read_frame(ids.decode(frame)) for frame in listed["frames"]]
        assert [frame.body for frame in frames] == [None, None, b"three", b"a name"]
        assert [frame.id for frame in frames] == [entry.id for entry in said.room.log.entries[3:]]
        assert listed["held"] == [4, 5]

    def test_what_was_erased_is_not_held(self, said: Cast) -> None:
        said.member.append(said.room.erasure(said.member.hand, ((4, 4),)))
        assert said.owner.page(said.room, after=3, texts_from=99)["held"] == [5, 6]

    def test_texts_of_a_stretch_are_a_listing_of_it(self, said: Cast) -> None:
        listed = said.owner.page(said.room, after=4, most=1)
        assert [read_frame(ids.decode(frame)).body for frame in listed["frames"]] == [b"two"]

    @pytest.mark.parametrize("page", [{"most": 0}, {"most": 2001}, {"after": -1}, {"texts_from": -1}])
    def test_sizes_have_bounds(self, cast: Cast, page: dict[str, int]) -> None:
        query = "&".join(f"{name}={value}" for name, value in page.items())
        assert cast.owner.browser.get(f"/api/spaces/{ids.encode(cast.room.sid)}/entries?{query}").status_code == 422


class TestErasing:
    def test_it_works(self, cast: Cast) -> None:
        for text in (b"one", b"two", b"three"):
            cast.member.append(cast.room.item(cast.member.hand, text))
        assert cast.member.append(cast.room.erasure(cast.member.hand, ((4, 4), (6, 6)))).status_code == 201
        frames = [read_frame(ids.decode(frame)) for frame in cast.owner.entries(cast.room, after=3).json()["frames"]]
        assert [frame.body for frame in frames] == [None, b"two", None, b""]
        assert [frame.id for frame in frames] == [entry.id for entry in cast.room.log.entries[3:]]

    def test_no_byte_of_the_body_stays(self, cast: Cast) -> None:
        cast.member.append(cast.room.item(cast.member.hand, b"what was said"))
        cast.member.append(cast.room.erasure(cast.member.hand, ((4, 4),)))
        assert not any(b"what was said" in frame for frame in Entry.objects.values_list("frame", flat=True))

    def test_a_member_erases_her_own_only(self, cast: Cast) -> None:
        cast.owner.append(cast.room.item(cast.owner.hand))
        refused = cast.member.append(cast.room.erasure(cast.member.hand, ((4, 4),)))
        assert (refused.status_code, code(refused)) == (422, "rights")

    def test_a_member_erases_nothing_in_care(self, cast: Cast) -> None:
        cast.member.append(cast.room.item(cast.member.hand, drawer=Drawer.CARE))
        refused = cast.member.append(cast.room.erasure(cast.member.hand, ((4, 4),)))
        assert (refused.status_code, code(refused)) == (422, "rights")

    def test_a_keeper_erases_anything(self, cast: Cast) -> None:
        cast.member.append(cast.room.item(cast.member.hand))
        assert cast.owner.append(cast.room.erasure(cast.owner.hand, ((1, 4),))).status_code == 201
        assert Entry.objects.filter(space__sid=cast.room.sid, erased=True).count() == 1

    def test_what_is_no_item_is_untouched(self, cast: Cast) -> None:
        cast.owner.append(cast.room.erasure(cast.owner.hand, ((1, 3),)))
        epochs = Entry.objects.filter(space__sid=cast.room.sid, type=Type.EPOCH)
        assert all(read_frame(frame).body for frame in epochs.values_list("frame", flat=True))


class TestComingAndGoing:
    def test_a_removed_member_gets_the_entry_that_removed_her_then_nothing(self, cast: Cast) -> None:
        assert cast.room.log.epoch is not None
        keeper_alone = [cast.owner.hand.row(Role.KEEPER)]
        frame = cast.room.epoch(cast.owner.hand, keeper_alone)
        assert cast.owner.append(frame).status_code == 201
        assert [message["what"] for message in cast.told(cast.member)] == ["entry", "spaces"]
        assert cast.member.entries(cast.room).status_code == 404
        cast.pushed.clear()
        cast.owner.append(cast.room.item(cast.owner.hand))
        assert cast.told(cast.member) == []

    def test_who_left_gets_nothing_and_the_next_epoch_comes_first(self, cast: Cast) -> None:
        assert cast.member.append(cast.room.leaving(cast.member.hand)).status_code == 201
        assert cast.member.entries(cast.room).status_code == 404
        refused = cast.owner.append(cast.room.item(cast.owner.hand))
        assert (refused.status_code, code(refused)) == (409, "old-epoch")
        assert cast.owner.append(cast.room.epoch(cast.owner.hand, [cast.owner.hand.row(Role.KEEPER)])).status_code == 201
        assert cast.owner.append(cast.room.item(cast.owner.hand)).status_code == 201
        assert cast.member.entries(cast.room).status_code == 404

    def test_the_last_keeper_stays(self, cast: Cast) -> None:
        refused = cast.owner.append(cast.room.leaving(cast.owner.hand))
        assert (refused.status_code, code(refused)) == (422, "rights")

    def test_a_removed_keeper_lists_up_to_her_end(self, cast: Cast) -> None:
        new_keys = Hand("ada anew")
        rows = [cast.member.hand.row(Role.MEMBER), new_keys.row(Role.KEEPER, was=cast.owner.hand.pid)]
        assert cast.owner.append(cast.room.epoch(cast.owner.hand, rows)).status_code == 201
        cast.member.append(cast.room.item(cast.member.hand))
        listed = cast.owner.entries(cast.room).json()
        assert (listed["count"], len(listed["frames"])) == (4, 4)
        standing = next(each for each in cast.owner.browser.get("/api/spaces").json() if each["sid"] == ids.encode(cast.room.sid))
        assert (standing["count"], standing["run"]) == (4, ids.encode(cast.room.log.run_at(4)))
        refused = cast.owner.append(cast.room.founding)
        assert refused.status_code == 404

    def test_a_newcomer_is_told_that_there_is_a_space(self, cast: Cast) -> None:
        assert cast.room.log.epoch is not None
        three = [*cast.room.log.epoch.members, cast.stranger.hand.row(Role.MEMBER)]
        assert cast.owner.append(cast.room.epoch(cast.owner.hand, three, assents=[cast.member.hand])).status_code == 201
        assert {"what": "spaces"} in cast.told(cast.stranger)
        assert cast.stranger.entries(cast.room).json()["count"] == 4

    def test_nobody_comes_without_assent(self, cast: Cast) -> None:
        assert cast.room.log.epoch is not None
        three = [*cast.room.log.epoch.members, cast.stranger.hand.row(Role.MEMBER)]
        refused = cast.owner.append(cast.room.epoch(cast.owner.hand, three))
        assert (refused.status_code, code(refused)) == (422, "rights")


class TestSignals:
    def test_it_works(self, cast: Cast) -> None:
        frame = cast.room.signal(cast.member.hand)
        response = cast.member.browser.post(f"/api/spaces/{ids.encode(cast.room.sid)}/signals", {"frames": [ids.encode(frame)]})
        assert response.status_code == 202
        message = {"what": "signals", "space": ids.encode(cast.room.sid), "frames": [ids.encode(frame)]}
        assert cast.pushed == [(pid, message) for pid, _ in cast.pushed]
        assert {pid for pid, _ in cast.pushed} == {cast.owner.hand.pid, cast.member.hand.pid}
        assert Entry.objects.filter(space__sid=cast.room.sid).count() == 3

    def test_a_member_cannot_have_the_server_accused(self, cast: Cast) -> None:
        honest = cast.room.log.entries[-1]
        lied = cast.room.log.entries[-1] = type(honest)(honest.seq, bytes(32), honest.author, honest.frame, honest.epoch, honest.placed)
        assert lied.run == bytes(32)
        frame = cast.room.signal(cast.member.hand)
        refused = cast.member.browser.post(f"/api/spaces/{ids.encode(cast.room.sid)}/signals", {"frames": [ids.encode(frame)]})
        assert (refused.status_code, code(refused)) == (422, "fork")

    def test_nobody_signals_as_another(self, cast: Cast) -> None:
        frame = cast.room.signal(cast.member.hand)
        refused = cast.owner.browser.post(f"/api/spaces/{ids.encode(cast.room.sid)}/signals", {"frames": [ids.encode(frame)]})
        assert (refused.status_code, code(refused)) == (422, "not-a-member")


def test_nobody_makes_the_server_hold_long_listings_without_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.core.throttle.monotonic", partial(float, monotonic()))
    size = sum(len(entry.frame.data) for entry in cast.room.log.entries)
    monkeypatch.setattr(api.listed_bytes_of, "burst", 2 * size)
    api.listed_bytes_of.empty()
    assert [cast.member.entries(cast.room).status_code for _ in range(3)] == [200, 200, 429]
    assert cast.owner.entries(cast.room).status_code == 200


def test_a_flood_is_held_back_and_told_when_to_come_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.core.throttle.monotonic", partial(float, monotonic()))
    monkeypatch.setattr(api.entries_of, "burst", 2)
    api.entries_of.empty()
    answers = [cast.member.append(cast.room.item(cast.member.hand)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[-1].json()["retry_at"] > 0
    assert cast.owner.append(cast.room.item(cast.owner.hand)).status_code == 201
