"""Long logs and many writers: the cost of a request does not grow with what is there, and nobody's entry is lost."""

import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from attune.core import ids
from attune.people import access as people
from attune.people.tests.hands import Hand
from attune.protocol.frames import read_frame
from attune.protocol.memory import MemoryLog
from attune.spaces.actions import log
from attune.spaces.models import Entry
from attune.spaces.tests.cast import Cast, Player, invite, join


def queries_of(ask: Any) -> int:
    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)


def fill(cast: Cast, count: int) -> None:
    """Append until the log is this long."""
    person = people.by_pid(cast.member.hand.pid)
    assert person is not None
    while cast.room.log.count < count:
        log.append(person, cast.room.sid, cast.room.take(cast.room.item(cast.member.hand)))


def test_an_append_costs_the_same_however_long_the_log(cast: Cast) -> None:
    fill(cast, 5)
    short = queries_of(lambda: cast.member.append(cast.room.item(cast.member.hand)))
    fill(cast, 60)
    assert queries_of(lambda: cast.member.append(cast.room.item(cast.member.hand))) == short


def test_no_question_of_an_append_scans_the_log(cast: Cast) -> None:
    fill(cast, 20)
    with CaptureQueriesContext(connection) as seen:
        cast.member.append(cast.room.item(cast.member.hand))
    for query in (query["sql"] for query in seen.captured_queries if query["sql"].startswith("SELECT")):
        with connection.cursor() as cursor:
            plan = [str(row[-1]) for row in cursor.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()]
        assert not any(step.startswith("SCAN spaces_entry") for step in plan), (query, plan)
        assert "newest_of_a_writer" not in str(plan) or "TEMP B-TREE" not in str(plan), (query, plan)


def test_listing_asks_as_much_for_many_as_for_one(cast: Cast) -> None:
    one = queries_of(lambda: cast.member.entries(cast.room, after=2))
    fill(cast, 60)
    assert queries_of(lambda: cast.member.entries(cast.room)) == one


def test_spaces_and_invitations_do_not_slow_down_with_their_rows(cast: Cast) -> None:
    few = [queries_of(lambda path=path: cast.owner.browser.get(path)) for path in ("/api/spaces", "/api/invitations")]
    for n in range(5):
        join(f"client-{n}", owner=cast.owner)
        invite(cast.owner)
    assert [queries_of(lambda path=path: cast.owner.browser.get(path)) for path in ("/api/spaces", "/api/invitations")] == few


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_no_gap(cast: Cast) -> None:
    """Each writer lists and tries again at a conflict, as an honest page does, with a writer of its own."""
    appended: list[tuple[int, bytes]] = []

    def write(player: Player) -> None:
        person = people.by_pid(player.hand.pid)
        assert person is not None
        try:
            for n in range(10):
                room = picture_of(cast)
                place = log.append(person, cast.room.sid, room.item(player.hand, f"{player.hand.name} {n}".encode()))
                appended.append((place.seq, place.eid))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(Player(page_of(cast.member.hand)),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seq for seq, _ in appended) == list(range(4, 44))
    entries = dict(Entry.objects.filter(space__sid=cast.room.sid).values_list("seq", "eid"))
    assert all(entries[seq] == eid for seq, eid in appended)
    whole = MemoryLog(cast.room.sid)
    for frame in Entry.objects.filter(space__sid=cast.room.sid).order_by("seq").values_list("frame", flat=True):
        whole.take(frame)
    assert whole.count == 43


def page_of(hand: Hand) -> Hand:
    """Another page of the same person."""
    return Hand(hand.name)


def picture_of(cast: Cast) -> Any:
    """The room as somebody sees it who lists it now."""
    room = object.__new__(type(cast.room))
    room.sid, room.log = cast.room.sid, MemoryLog(cast.room.sid)
    for frame in Entry.objects.filter(space__sid=cast.room.sid).order_by("seq").values_list("frame", flat=True):
        room.log.take(frame)
    return room


def test_frames_are_kept_as_they_came(cast: Cast) -> None:
    frame = cast.room.item(cast.member.hand)
    cast.member.append(frame)
    (kept,) = cast.owner.entries(cast.room, after=3).json()["frames"]
    assert ids.decode(kept) == frame
    assert read_frame(frame).data == frame
