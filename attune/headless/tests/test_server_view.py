"""The server's tables and a log in memory give the rules the same answers, for random logs and for what is refused after them."""

import pytest
from hypothesis import HealthCheck, given, settings

from attune.headless.tests.cast import KEEPER, MEMBER, NOW, C, T, Table, X, Y, forge, rows_of
from attune.headless.tests.test_random_logs import STEPS, play
from attune.headless.writing import write_epoch, write_erasure, write_item, write_leave
from attune.protocol.frames import Drawer
from attune.protocol.log import find_retry, judge
from attune.protocol.refusals import Refused
from attune.spaces.actions import log as server
from attune.spaces.models import Member, Space
from attune.spaces.view import SpaceView


def view_of(space: Space) -> SpaceView:
    return SpaceView(space, Member.objects.filter(space=space))


def kept(table: Table) -> SpaceView:
    """The same log as the server holds it."""
    Space.objects.filter(sid=table.sid).delete()
    space = Space.objects.create(sid=table.sid, run=table.sid)
    for frame in table.frames:
        view = view_of(space)
        server.keep(view, judge(view, frame, whole=True))
    return view_of(space)


def verdict(view, frame: bytes):
    try:
        entry = judge(view, frame, whole=True)
    except Refused as error:
        return error.code
    return entry.id, entry.run, dict(entry.placed)


def same_answers(table: Table) -> None:
    log, view = table.of(T).log, kept(table)
    assert (view.count, view.epoch, dict(view.left), dict(view.placed)) == (log.count, log.epoch, log.left, dict(log.placed))
    assert [view.run_at(seq) for seq in range(log.count + 1)] == [log.run_at(seq) for seq in range(log.count + 1)]
    for identity in (C, T, X, Y):
        pid = identity.pid
        assert view.was_member(pid) == log.was_member(pid)
        assert view.predecessor(pid) == log.predecessor(pid)
        assert [view.last_of(pid, writer) for writer in (pid[:8], b"tab two ")] == [
            log.last_of(pid, writer) for writer in (pid[:8], b"tab two ")
        ]
    for frame in table.frames:
        assert find_retry(view_of(view.space), frame) == find_retry(log, frame)


def what_may_follow(table: Table) -> list[bytes]:
    """Right and wrong next entries by whoever is there."""
    frames = [*table.frames]
    for identity in (C, T, X):
        room = table.of(identity)
        if room.epoch.body.place_of(identity.pid) is None:
            continue
        rows = list(rows_of(room).values())
        item = write_item(room, "message", b"", drawer=Drawer.TALK, blobs=(bytes(16),), now=NOW)
        frames += [item, forge(identity, item, prev=bytes(32)), forge(identity, item, seen_run=bytes(32)), write_leave(room, now=NOW)]
        frames += [write_epoch(room, rows, now=NOW), write_epoch(room, [], now=NOW), write_epoch(room, rows[:1], now=NOW)]
        frames += [write_erasure(room, [(seq, seq)], now=NOW) for seq in range(1, room.log.count + 1)]
    return frames


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_random_logs(steps):
    table = play(steps)
    same_answers(table)
    view = kept(table)
    for frame in what_may_follow(table):
        assert verdict(view_of(view.space), frame) == verdict(table.of(T).log, frame)


@pytest.mark.django_db
@pytest.mark.parametrize("with_past", [True, False])
def test_a_keeper_who_was_placed(with_past):
    table = Table((C, MEMBER), (T, KEEPER))
    table.post(write_item(table.of(C), "message", b"", drawer=Drawer.TALK, blobs=(bytes(16),), now=NOW))
    rows = [rows_of(table.of(C))[C.pid], Y.member(KEEPER, was=T.pid)]
    table.post(write_epoch(table.of(C), rows, past_for=[Y.pid] if with_past else [], now=NOW))
    table.post(write_item(table.of(C), "message", b"", drawer=Drawer.TALK, now=NOW))
    same_answers(table)
    room = table.room(Y)
    view = kept(table)
    for frame in (
        write_erasure(room, [(2, 2)], now=NOW),
        write_erasure(room, [(4, 4)], now=NOW),
        write_epoch(room, [], now=NOW),
        write_epoch(room, list(rows_of(room).values()), policy=((0, 1),), now=NOW),
        write_item(room, "message", b"", drawer=Drawer.TALK, blobs=(bytes(16),), now=NOW),
    ):
        assert verdict(view_of(view.space), frame) == verdict(table.of(C).log, frame)
