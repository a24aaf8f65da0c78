"""What happens every day and must raise no alarm; and what may be said of a text that is not there."""

from dataclasses import replace

import pytest

from attune.headless.rooms import Room
from attune.headless.sealing import wrap
from attune.headless.tests.cast import DAY, KEEPER, MEMBER, NOW, C, T, Table, X, Y, forge, rows_of, two
from attune.headless.writing import write_epoch, write_erasure, write_item, write_leave
from attune.protocol.end import judge_whole_end
from attune.protocol.epochs import read_epoch_body, write_epoch_body
from attune.protocol.frames import Drawer, Type, read_frame
from attune.protocol.log import find_retry
from attune.protocol.memory import MemoryLog
from attune.protocol.refusals import Refused
from attune.protocol.retention import Absence, expiry, explain_absence


def say(table, identity, *, now=NOW, drawer=Drawer.TALK):
    return write_item(table.of(identity), "message", b"hello", drawer=drawer, now=now)


def end_of(table):
    return [frame for frame in table.frames if read_frame(frame).head.type in (Type.EPOCH, Type.LEAVE)]


class TestNoAlarm:
    def test_entries_that_cross(self):
        table = two()
        crossing = [say(table, C), say(table, T)]
        for frame in crossing:
            table.post(frame)

    def test_a_conflict_is_sealed_again_with_the_same_iid(self):
        table = two()
        waiting = say(table, C)
        table.post(write_epoch(table.of(T), table.of(T).epoch.members, now=NOW))
        with pytest.raises(Refused, match="old-epoch"):
            table.post(waiting)
        iid = read_frame(waiting).head.iid
        assert table.of(C).log.place_of(C.pid, iid) is None
        seq = table.post(write_item(table.of(C), "message", b"hello", drawer=Drawer.TALK, iid=iid, now=NOW))
        assert find_retry(table.of(C).log, waiting) == (seq, table.of(C).log.entries[-1].id)

    def test_an_epoch_that_a_leave_crosses_is_made_again(self):
        table = Table((C, MEMBER), (T, KEEPER), (X, MEMBER))
        rows = rows_of(table.of(T))
        crossing = write_epoch(table.of(T), list(rows.values()), now=NOW)
        replacing = write_epoch(table.of(T), [rows[C.pid], rows[T.pid], Y.member(MEMBER, was=X.pid)], now=NOW)
        table.post(write_leave(table.of(X)))
        for frame in (crossing, replacing):
            with pytest.raises(Refused, match="old-epoch"):
                table.post(frame)
        table.post(write_epoch(table.of(T), [rows[C.pid], rows[T.pid]], now=NOW))

    def test_a_listing_that_an_entry_overtakes_is_fetched_once_more(self):
        table = two()
        table.post(say(table, C))
        room = Room(table.sid, [T])
        with pytest.raises(Refused, match="gap"):
            room.take_listing(table.frames[:1], count=2)
        room.take_listing(table.frames[room.log.count :], count=2)
        assert [item.content for item in room.items()] == [b"hello"]

    def test_a_server_restored_from_a_copy_is_seen(self):
        table = two()
        table.post(say(table, C))
        with pytest.raises(Refused, match="rollback"):
            table.of(C).take_listing([], count=1)

    def test_a_space_closed_and_deleted_while_a_device_was_away(self):
        table = Table((C, MEMBER), (T, KEEPER), (X, MEMBER))
        away = table.room(X)
        table.post(say(table, C))
        table.post(write_leave(table.of(X)))
        table.post(write_epoch(table.of(C), [rows_of(table.of(C))[pid] for pid in (C.pid, T.pid)], now=NOW))
        late = table.room(C)
        table.post(write_epoch(table.of(T), [], now=NOW))
        for log in (MemoryLog(table.sid), away.log, late.log, table.of(T).log):
            end = judge_whole_end(log, end_of(table)).epoch
            assert end is not None
            assert end.is_closing

    def test_but_not_a_closing_of_another_history(self):
        table, other = two(), two()
        split = table.room(C)
        split.take(say(table, T))
        table.post(say(table, T))
        table.post(write_epoch(table.of(T), [], now=NOW))
        for log in (split.log, other.of(C).log):
            with pytest.raises(Refused, match="fork"):
                judge_whole_end(log, end_of(table))

    def test_a_change_of_keys(self):
        table = two()
        table.post(say(table, C))
        table.post(write_epoch(table.of(C), [X.member(MEMBER, was=C.pid), rows_of(table.of(C))[T.pid]], now=NOW))
        both = Room(table.sid, [X, C])
        both.take_listing(table.frames, count=3)
        assert both.place == (0, X)
        assert [item.content for item in both.items()] == [b"hello"]
        alone = table.room(X)
        assert alone.items() == []
        table.post(write_item(alone, "message", b"with new keys", drawer=Drawer.TALK, now=NOW))

    @pytest.mark.parametrize("wrapped", [bytes(1168), wrap(C.recv_pk, [two().sid, 2, C.pid], bytes(32))], ids=["torn", "another key"])
    def test_a_key_that_does_not_fit_is_said_and_stops_only_reading(self, wrapped):
        table = two()
        frame = write_epoch(table.of(T), table.of(T).epoch.members, now=NOW)
        body = read_epoch_body(read_frame(frame).whole_body())
        table.post(forge(T, frame, body=write_epoch_body(replace(body, wraps=(wrapped, body.wraps[1])))))
        table.post(say(table, T))
        room = table.of(C)
        assert room.unfit == {2: T.pid}
        assert room.open_or_none(3) is None
        with pytest.raises(Refused, match="wrong-key"):
            room.open(3)
        table.post(write_epoch(table.of(T), table.of(T).epoch.members, now=NOW))
        assert 3 in room.keys

    def test_past_keys_that_do_not_fit_are_said(self):
        table = two()
        new = X.member(MEMBER, was=C.pid)
        table.of(C).keys[1] = bytes(32)
        table.post(write_epoch(table.of(C), [new, rows_of(table.of(C))[T.pid]], past_for=[X.pid], now=NOW))
        room = table.room(X)
        assert room.unfit == {2: C.pid}
        assert room.keys.keys() == {2}


class TestMissingBody:
    """`now` is NOW unless said; texts run out after 30 days in talk."""

    @pytest.fixture
    def table(self):
        return Table((C, MEMBER), (T, KEEPER), policy=((0, 30), (1, 0)))

    def ask(self, table, seq, *, now=NOW, reader=C):
        return explain_absence(table.of(T).log, seq, now=now, own=frozenset([reader.pid]))

    def test_nobody_asked(self, table):
        seq = table.post(say(table, C))
        assert self.ask(table, seq) is Absence.REMOVED
        assert self.ask(table, seq, now=NOW + 28 * DAY) is Absence.REMOVED

    def test_erased(self, table):
        seq = table.post(say(table, C))
        table.post(write_erasure(table.of(C), [(seq, seq)], now=NOW))
        assert self.ask(table, seq) is Absence.ERASED

    def test_what_others_erase_goes_from_here_too(self):
        table = two()
        said = table.post(say(table, C))
        assert table.of(T).open(said) is not None
        table.post(write_erasure(table.of(C), [(said, said)]))
        for identity in (T, C):
            assert table.of(identity).open(said) is None
            assert table.of(identity).log.entries[said - 1].frame.data == read_frame(table.frames[said - 1]).bare()

    def test_run_out(self, table):
        seq = table.post(say(table, C))
        assert self.ask(table, seq, now=NOW + 29 * DAY) is Absence.EXPIRED

    def test_kept_drawers_never_run_out(self, table):
        for drawer in (Drawer.CARE, Drawer.OWN):
            seq = table.post(say(table, C, drawer=drawer))
            assert self.ask(table, seq, now=NOW + 3000 * DAY) is Absence.REMOVED

    def test_a_policy_counts_while_it_is_in_force(self, table):
        seq = table.post(say(table, C))
        rows = list(rows_of(table.of(T)).values())
        table.post(write_epoch(table.of(T), rows, policy=(), now=NOW + 10 * DAY))
        assert self.ask(table, seq, now=NOW + 100 * DAY) is Absence.REMOVED
        table.post(write_epoch(table.of(T), rows, policy=((0, 5),), now=NOW + 100 * DAY))
        assert self.ask(table, seq, now=NOW + 100 * DAY) is Absence.EXPIRED

    def test_a_date_ahead_of_what_followed_accuses_nobody(self, table):
        seq = table.post(say(table, C, now=NOW + 3 * DAY))
        assert self.ask(table, seq, now=NOW + 10 * DAY) is Absence.REMOVED
        table.post(say(table, T, now=NOW))
        assert self.ask(table, seq, now=NOW + 10 * DAY) is Absence.REMOVED
        assert self.ask(table, seq, now=NOW + 10 * DAY, reader=T) is Absence.DATE_WRONG
        table.post(say(table, C, now=NOW))
        assert self.ask(table, seq, now=NOW + 10 * DAY) is Absence.DATE_WRONG
        assert self.ask(table, seq) is Absence.DATE_WRONG

    def test_while_the_newest_is_dated_ahead_a_clock_is_wrong(self, table):
        seq = table.post(say(table, C))
        table.post(say(table, T, now=NOW + 2 * DAY))
        assert self.ask(table, seq) is Absence.CLOCK_WRONG

    def test_the_server_counts_from_arrival(self):
        assert expiry(NOW, arrived=NOW + 5, days=1) == NOW + 5 + DAY
        assert expiry(NOW + 9 * DAY, arrived=NOW, days=1) == NOW + 2 * DAY
