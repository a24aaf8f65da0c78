"""Rules 1 to 5 and 7 of a reader, each code once at least. The rights (rule 6) have a file of their own."""

from dataclasses import replace

import pytest

from attune.headless.rooms import Room
from attune.headless.tests.cast import DAY, KEEPER, MEMBER, NOW, SALT, C, T, X, fields_of, forge, sign_head, two
from attune.headless.writing import found, write_epoch, write_erasure, write_item, write_leave
from attune.protocol.encoding import encode
from attune.protocol.epochs import read_epoch_body, write_epoch_body
from attune.protocol.frames import Drawer, read_frame, read_head
from attune.protocol.log import find_retry, judge
from attune.protocol.memory import MemoryLog
from attune.protocol.refusals import Refused


def refused(code: str):
    return pytest.raises(Refused, match=f"^{code}(:|$)")


def say(table, identity=C, text=b"", **options):
    return write_item(table.of(identity), "message", text, drawer=Drawer.TALK, now=NOW, **options)


@pytest.fixture
def table():
    return two()


def test_it_works(table):
    table.post(say(table))
    table.post(say(table, T))
    table.post(write_erasure(table.of(T), [(2, 2)]))
    table.post(write_epoch(table.of(T), table.of(T).epoch.members))
    table.post(write_leave(table.of(C)))
    assert table.of(T).log.run == table.of(C).log.run


class TestShape:
    """Rule 1."""

    @pytest.mark.parametrize(
        ("at", "value"),
        [(0, 4), (1, b"short"), (2, None), (3, bytes(7)), (4, bytes(15)), (5, b""), (6, "1"), (7, None), (8, b""), (9, None)],
    )
    def test_a_head_has_its_exact_fields(self, table, at, value):
        head = fields_of(read_frame(say(table)).head_bytes)
        with refused("malformed"):
            table.post(sign_head(C, [*head[:at], value, *head[at + 1 :]]))

    @pytest.mark.parametrize(
        "extra",
        [[3, []], [0], [0, [bytes(15)]], [0, [bytes(16), bytes(16)]], [0, None], []],
    )
    def test_an_item_names_a_drawer_and_blobs(self, table, extra):
        head = fields_of(read_frame(say(table)).head_bytes)
        with refused("malformed"):
            table.post(sign_head(C, [*head[:9], extra]))

    @pytest.mark.parametrize("ranges", [[], [[0, 1]], [[2, 1]], [[1, 2], [2, 3]], [[3, 4], [1, 2]], [[1]], None])
    def test_ranges_rise_and_stand_apart(self, table, ranges):
        head = fields_of(read_frame(write_erasure(table.of(T), [(1, 1)])).head_bytes)
        with refused("malformed"):
            table.post(sign_head(T, [*head[:9], ranges]))

    def test_touching_ranges_are_apart(self, table):
        table.post(say(table))
        table.post(say(table))
        table.post(write_erasure(table.of(C), [(2, 2), (3, 3)]))

    def test_leave_and_erasure_have_an_empty_body(self, table):
        for frame in (write_leave(table.of(C)), write_erasure(table.of(C), [(1, 1)])):
            with refused("malformed"):
                table.post(forge(C, frame, body=b"x"))

    def test_another_suite_is_newer(self, table):
        _, *rest = fields_of(say(table))
        for suite in (0, 2):
            with refused("newer"):
                table.post(encode([suite, *rest]))
            with refused("newer"):
                table.post(encode([suite, "a shape of its own"]))

    @pytest.mark.parametrize("values", [[], [1], [1, b"", b"", b""], [1, b"", b"", b"", b"", b""], ["1"], [None]])
    def test_a_frame_has_its_exact_fields(self, table, values):
        with refused("malformed"):
            table.post(encode(values))

    def test_only_an_item_is_bare(self, table):
        read_frame(read_frame(say(table)).bare())
        for frame in (write_leave(table.of(C)), write_erasure(table.of(C), [(1, 1)]), table.frames[0]):
            with refused("dropped"):
                read_frame(read_frame(frame).bare())

    def test_the_server_takes_no_bare_item(self, table):
        bare = read_frame(say(table)).bare()
        judge(table.of(T).log, bare)
        with refused("dropped"):
            judge(table.of(T).log, bare, whole=True)

    def test_sizes(self, table):
        with refused("too-big"):
            table.post(say(table, text=bytes(65_530)))
        with refused("too-big"):
            table.post(say(table, blobs=tuple(at.to_bytes(16) for at in range(5000))))
        with refused("too-big"):
            table.post(bytes(1_000_001))

    def test_nothing_follows_a_closing(self, table):
        late = say(table)
        table.post(write_epoch(table.of(T), []))
        with refused("closed"):
            table.post(late)

    def test_a_space_begins_with_an_epoch(self, table):
        with refused("gap"):
            MemoryLog(table.sid).take(say(table))

    def test_an_epoch_has_its_shape(self, table):
        room = table.of(T)
        frame = write_epoch(room, room.epoch.members)
        values = fields_of(read_frame(frame).whole_body())
        wrong = {1: 0, 3: values[3] * 9, 4: [[1, 0], [0, 0]], 5: bytes(31), 6: values[6][:1], 7: [[0, b"", b""]], 8: [[0, b""]], 9: []}
        for at, value in wrong.items():
            with refused("malformed"):
                table.post(forge(T, frame, body=encode([*values[:at], value, *values[at + 1 :]])))
        row = [2, *values[3][0][1:]]
        for rows in ([row, values[3][1]], [values[3][0]] * 2):
            with refused("malformed"):
                table.post(forge(T, frame, body=encode([*values[:3], rows, *values[4:]])))
        for days in ([[0, 36_501]], [[3, 1]], [[0, 1], [0, 1]]):
            with refused("malformed"):
                table.post(forge(T, frame, body=encode([*values[:4], days, *values[5:]])))
        with refused("malformed"):
            table.post(forge(T, frame, body=encode([*values[:8], [[0, bytes(64)]] * 257, None])))

    def test_an_epoch_has_safe_keys(self, table):
        room = table.of(T)
        frame = write_epoch(room, room.epoch.members)
        body = read_epoch_body(read_frame(frame).whole_body())
        for weak in (replace(body.members[0], sign_pk=bytes(32)), replace(body.members[0], recv_pk=bytes(1184) + bytes(32))):
            changed = write_epoch_body(replace(body, members=(weak, body.members[1])))
            with refused("weak-key"):
                table.post(forge(T, frame, body=changed))


class TestAuthor:
    """Rule 2."""

    def test_the_epoch_in_force_is_named(self, table):
        late = say(table)
        table.post(write_epoch(table.of(T), table.of(T).epoch.members))
        with refused("old-epoch"):
            table.post(late)
        with refused("old-epoch"):
            table.post(forge(C, say(table), ctl=None))

    def test_the_author_is_in_it(self, table):
        with refused("not-a-member"):
            table.post(forge(C, say(table), who=2))

    def test_the_signature_is_the_author_s(self, table):
        with refused("bad-signature"):
            table.post(forge(T, say(table)))
        with refused("bad-signature"):
            table.post(forge(C, say(table), who=1))

    def test_who_left_writes_nothing_more(self, table):
        late = say(table)
        table.post(write_leave(table.of(C)))
        with refused("not-a-member"):
            table.post(late)
        with refused("not-a-member"):
            table.post(write_leave(table.of(C)))

    def test_an_item_under_the_old_key_counts_only_before_its_author_saw_the_leave(self, table):
        crossing = say(table, T)
        table.post(write_leave(table.of(C)))
        after = say(table, T)
        table.post(crossing)
        with refused("old-epoch"):
            table.post(after)


class TestNew:
    """Rule 3."""

    def test_an_iid_counts_once(self, table):
        frame = say(table, iid=bytes(16))
        table.post(frame)
        with refused("replay"):
            table.post(frame)
        with refused("replay"):
            table.post(say(table, iid=bytes(16)))
        table.post(say(table, T, iid=bytes(16)))

    def test_a_blob_is_named_once(self, table):
        table.post(say(table, blobs=(bytes(16),)))
        with refused("replay"):
            table.post(say(table, T, blobs=(bytes(16),)))

    def test_a_retry_finds_the_first_place(self, table):
        first = say(table, iid=bytes(16))
        log = table.of(T).log
        assert find_retry(log, first) is None
        seq = table.post(first)
        table.post(write_epoch(table.of(T), table.of(T).epoch.members))
        entry_id = read_frame(first).id
        assert find_retry(log, first) == (seq, entry_id)
        assert find_retry(log, say(table, text=b"other bytes", iid=bytes(16))) == (seq, entry_id)
        assert find_retry(log, table.frames[0]) == (1, read_frame(table.frames[0]).id)
        with refused("bad-signature"):
            find_retry(log, forge(T, first))
        assert find_retry(log, forge(C, first, ctl=bytes(32))) is None
        assert find_retry(log, forge(C, first, ctl=None)) is None


class TestOrder:
    """Rules 4 and 5."""

    def test_prev_is_the_writer_s_last(self, table):
        first, second = say(table), say(table)
        table.post(first)
        with refused("order"):
            table.post(second)
        with refused("order"):
            table.post(forge(C, say(table), prev=bytes(32)))

    def test_what_was_seen_only_rises(self, table):
        table.post(say(table, T))
        table.post(say(table))
        with refused("order"):
            table.post(forge(C, say(table), seen_seq=1, seen_run=table.of(C).log.run_at(1)))

    def test_what_was_seen_is_there(self, table):
        with refused("order"):
            table.post(forge(C, say(table), seen_seq=2))

    def test_what_was_seen_is_our_history(self, table):
        with refused("fork"):
            table.post(forge(C, say(table), seen_run=bytes(32)))

    def test_two_tabs_have_a_chain_each(self, table):
        tab = table.room(C, writer=b"tab two ")
        frames = [say(table), write_item(tab, "message", b"", drawer=Drawer.TALK, now=NOW)]
        for frame in frames:
            table.post(frame)


class TestPins:
    """Rule 7, and the end of a listing."""

    def test_a_pinned_place_has_the_pinned_run(self, table):
        table.post(say(table))
        run = table.of(C).log.run
        Room(table.sid, [C], pins={2: run}).take_listing(table.frames, count=2)
        with refused("fork"):
            Room(table.sid, [C], pins={2: bytes(32)}).take_listing(table.frames, count=2)

    def test_fewer_than_were_seen_is_a_rollback(self, table):
        seq = table.post(say(table))
        with refused("rollback"):
            Room(table.sid, [C], pins={seq: table.of(C).log.run}).take_listing(table.frames[:1], count=1)
        with refused("rollback"):
            table.of(T).take_listing([], count=1)

    def test_fewer_than_the_count_is_a_gap(self, table):
        table.post(say(table))
        room = Room(table.sid, [C])
        with refused("gap"):
            room.take_listing(table.frames[:1], count=2)
        room.take_listing(table.frames[1:], count=2)

    def test_what_stands_before_a_refusal_stays(self, table):
        table.post(say(table))
        table.post(say(table))
        room = Room(table.sid, [C])
        with refused("order"):
            room.take_listing([table.frames[0], table.frames[2]], count=3)
        assert room.log.count == 1


class TestFounding:
    def found(self, **options):
        founding = found(C, members=[C.member(MEMBER), T.member(KEEPER)], salt=SALT, writer=bytes(8), now=NOW, **options)
        return founding.sid, founding.frame

    def test_it_works(self):
        sid, frame = self.found(proof=(bytes(16), bytes(32)), policy=((0, 30),))
        assert judge(MemoryLog(sid), frame).epoch is not None

    def test_another_space_s_founding_is_not_ours(self):
        _, frame = self.found()
        with refused("fork"):
            judge(MemoryLog(bytes(32)), frame)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"sid": bytes(32)}, "malformed"),
            ({"n": 2}, "malformed"),
            ({"salt": None}, "malformed"),
            ({"salt": bytes([1]) * 16}, "fork"),
            ({"assents": ((0, bytes(64)),)}, "rights"),
        ],
    )
    def test_what_is_out_of_place(self, change, code):
        sid, frame = self.found()
        body = replace(read_epoch_body(read_frame(frame).whole_body()), **change)
        with refused(code):
            judge(MemoryLog(sid), forge(C, frame, body=write_epoch_body(body)))

    def test_it_has_a_keeper_and_no_successors(self):
        sid, frame = self.found()
        body = read_epoch_body(read_frame(frame).whole_body())
        for members in ((C.member(MEMBER), T.member(MEMBER)), (C.member(MEMBER, was=X.pid), T.member(KEEPER))):
            with refused("rights"):
                judge(MemoryLog(sid), forge(C, frame, body=write_epoch_body(replace(body, members=members))))

    def test_its_head_stands_at_the_beginning(self):
        sid, frame = self.found()
        for change, code in (({"ctl": bytes(32)}, "old-epoch"), ({"prev": bytes(32)}, "order"), ({"seen_seq": 1}, "order")):
            with refused(code):
                judge(MemoryLog(sid), forge(C, frame, **change))
        with refused("not-a-member"):
            judge(MemoryLog(sid), forge(C, frame, who=2))


def test_clocks_do_not_order(table):
    for time in (NOW - 40 * 365 * DAY, 32_503_680_000_000, 0):
        table.post(forge(C, say(table), time=time))
    assert [read_head(read_frame(frame).head_bytes).time for frame in table.frames[1:]] == [NOW - 40 * 365 * DAY, 32_503_680_000_000, 0]
