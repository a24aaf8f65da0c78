from attune.core.clock import DAY, now
from attune.protocol.frames import Drawer, read_frame
from attune.spaces.actions import retention
from attune.spaces.models import Entry, Space
from attune.spaces.tests.cast import Cast


def keep_talk_for(cast: Cast, days: int) -> None:
    assert cast.room.log.epoch is not None
    response = cast.owner.append(cast.room.epoch(cast.owner.hand, list(cast.room.log.epoch.members), policy=((0, days),)))
    assert response.status_code == 201, response.content


def say(cast: Cast, *, days_ago: int, drawer: Drawer = Drawer.TALK) -> int:
    cast.member.append(cast.room.item(cast.member.hand, b"what was said", drawer=drawer))
    Entry.objects.filter(space__sid=cast.room.sid, seq=cast.room.log.count).update(arrived=now() - days_ago * DAY - 1)
    return cast.room.log.count


def bodies(cast: Cast) -> dict[int, bytes | None]:
    kept = Entry.objects.filter(space__sid=cast.room.sid).values_list("seq", "frame")
    return {seq: read_frame(frame).body for seq, frame in kept}


def test_it_works(cast: Cast) -> None:
    keep_talk_for(cast, 30)
    old, young, care = say(cast, days_ago=31), say(cast, days_ago=30), say(cast, days_ago=400, drawer=Drawer.CARE)
    retention.let_run_out()
    kept = bodies(cast)
    assert (kept[old], kept[young], kept[care]) == (None, b"what was said", b"what was said")
    assert cast.owner.entries(cast.room).json()["count"] == cast.room.log.count


def test_without_a_period_everything_is_kept(cast: Cast) -> None:
    place = say(cast, days_ago=4000)
    retention.let_run_out()
    assert bodies(cast)[place] == b"what was said"


def test_the_policy_in_force_counts(cast: Cast) -> None:
    keep_talk_for(cast, 30)
    place = say(cast, days_ago=100)
    keep_talk_for(cast, 0)
    retention.let_run_out()
    assert bodies(cast)[place] == b"what was said"
    assert Space.objects.get(sid=cast.room.sid).policy == [[0, 0]]
