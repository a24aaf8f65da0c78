"""Rule 6: the table of who may change what."""

from dataclasses import replace

import pytest

from attune.headless.tests.cast import KEEPER, MEMBER, NOW, C, T, Table, X, Y, Z, forge, rows_of, two
from attune.headless.writing import write_assent, write_epoch, write_erasure, write_item, write_leave
from attune.protocol.epochs import read_epoch_body, write_epoch_body
from attune.protocol.frames import Drawer, read_frame
from attune.protocol.refusals import Refused


def rights():
    return pytest.raises(Refused, match=r"^rights:")


def say(table, identity, drawer=Drawer.TALK):
    return table.post(write_item(table.of(identity), "message", b"", drawer=drawer, now=NOW))


def members(table, *rows):
    """The rows of the next epoch: a pid of the epoch in force, or a new row."""
    now = rows_of(table.of(T))
    return [now[row.pid] if not hasattr(row, "role") else row for row in rows]


def renew(table, by, *rows, **options):
    return table.post(write_epoch(table.of(by), members(table, *rows), now=NOW, **options))


def assent(table, by, newcomer, past=False):
    return write_assent(table.of(by), newcomer, past=past)


@pytest.fixture
def table():
    """A client, a therapist, and a second member."""
    return Table((C, MEMBER), (T, KEEPER), (X, MEMBER))


class TestSamePeople:
    def test_a_keeper_makes_a_new_key_and_removes(self, table):
        renew(table, T, C, T, X)
        renew(table, T, T, C)

    def test_a_member_does_neither(self, table):
        with rights():
            renew(table, C, C, T, X)
        with rights():
            renew(table, C, C, T)
        with rights():
            renew(table, C, T, X)

    def test_any_member_drops_who_left(self, table):
        table.post(write_leave(table.of(X)))
        with rights():
            renew(table, C, C, T, X)
        with rights():
            renew(table, C, C)
        with rights():
            renew(table, T, C, T, X)
        renew(table, C, C, T)

    def test_rows_of_who_stays_never_change(self, table):
        with rights():
            renew(table, T, C.member(KEEPER), T, X)
        with rights():
            renew(table, T, C.member(MEMBER, was=X.pid), T)

    def test_a_keeper_stays(self, table):
        with rights():
            renew(table, T, C, X)

    def test_n_sid_salt_and_proof_have_their_place(self, table):
        frame = write_epoch(table.of(T), members(table, C, T, X))
        body = read_epoch_body(read_frame(frame).whole_body())
        for change in ({"n": 3}, {"sid": bytes(32)}, {"salt": bytes(16)}, {"proof": (bytes(16), bytes(32))}):
            with pytest.raises(Refused, match="malformed"):
                table.post(forge(T, frame, body=write_epoch_body(replace(body, **change))))


class TestPolicyAndClosing:
    def test_a_keeper_does_both(self, table):
        renew(table, T, C, T, X, policy=((0, 30),))
        renew(table, T)

    def test_a_member_does_neither(self, table):
        table.post(write_leave(table.of(X)))
        with rights():
            renew(table, C, C, T, policy=((0, 30),))
        with rights():
            renew(table, C)


class TestLeaving:
    def test_the_last_keeper_does_not_leave(self, table):
        with rights():
            table.post(write_leave(table.of(T)))

    def test_of_two_keepers_one_leaves(self):
        table = Table((T, KEEPER), (Y, KEEPER), (C, MEMBER))
        table.post(write_leave(table.of(T)))
        with rights():
            table.post(write_leave(table.of(Y)))
        table.post(write_epoch(table.of(Y), [rows_of(table.of(Y))[pid] for pid in (Y.pid, C.pid)]))


class TestAdding:
    def test_everyone_who_stays_agrees(self, table):
        newcomer = Y.member(MEMBER)
        with rights():
            renew(table, T, C, T, X, newcomer, assents=[assent(table, C, newcomer)])
        renew(table, T, C, T, X, newcomer, assents=[assent(table, C, newcomer), assent(table, X, newcomer)])

    def test_who_is_removed_is_not_asked(self, table):
        newcomer = Y.member(MEMBER)
        renew(table, T, C, T, newcomer, assents=[assent(table, C, newcomer)])

    def test_an_assent_is_for_one_person_one_role_one_moment(self, table):
        newcomer = Y.member(MEMBER)
        for other in (Z.member(MEMBER), Y.member(KEEPER), Y.member(MEMBER, was=X.pid)):
            with rights():
                renew(table, T, C, T, newcomer, assents=[assent(table, C, other)])
        with rights():
            renew(table, T, C, T, newcomer, assents=[assent(table, C, newcomer, past=True)])
        early = assent(table, C, newcomer)
        renew(table, T, C, T)
        with rights():
            renew(table, T, C, T, newcomer, assents=[early])

    def test_an_assent_that_fits_nothing_is_ignored(self, table):
        newcomer = Y.member(MEMBER)
        odd = [(99, bytes(64)), (0, bytes(64)), assent(table, C, newcomer), assent(table, T, newcomer)]
        renew(table, T, C, T, newcomer, assents=odd)

    def test_a_member_adds_nobody(self, table):
        newcomer = Y.member(MEMBER)
        table.post(write_leave(table.of(X)))
        with rights():
            renew(table, C, C, T, newcomer, assents=[assent(table, T, newcomer)])

    def test_oneself_alone_adds_new_keys(self):
        own = Table((T, KEEPER))
        renew(own, T, T, Y.member(KEEPER), past_for=[Y.pid])
        assert own.room(Y).keys.keys() == {1, 2}
        own.post(write_epoch(own.of(Y), [rows_of(own.of(Y))[Y.pid]]))


class TestSuccessor:
    def test_oneself_alone(self, table):
        renew(table, C, Y.member(MEMBER, was=C.pid), T, X)
        with rights():
            renew(table, X, Y, T, Z.member(KEEPER, was=X.pid))

    def test_by_a_keeper_with_assent(self, table):
        new = Y.member(MEMBER, was=C.pid)
        with rights():
            renew(table, T, new, T, X)
        renew(table, T, new, T, X, assents=[assent(table, X, new)])

    def test_by_a_member_only_for_the_only_keeper(self, table):
        new = Y.member(KEEPER, was=T.pid)
        other = Y.member(MEMBER, was=X.pid)
        with rights():
            renew(table, C, C, T, other, assents=[assent(table, T, other)])
        with rights():
            renew(table, C, C, new, X)
        renew(table, C, C, new, X, assents=[assent(table, X, new, past=True)], past_for=[Y.pid])
        assert table.room(Y).keys.keys() == {1, 2}

    def test_not_for_one_of_two_keepers(self):
        table = Table((C, MEMBER), (T, KEEPER), (X, KEEPER))
        new = Y.member(KEEPER, was=T.pid)
        with rights():
            renew(table, C, C, new, X, assents=[assent(table, X, new)])

    def test_a_pid_seen_before_is_no_successor(self, table):
        renew(table, T, C, T)
        with rights():
            renew(table, C, X.member(MEMBER, was=C.pid), T)

    def test_one_place_one_successor_who_drops_out(self, table):
        with rights():
            renew(table, C, C, Y.member(MEMBER, was=C.pid), T, X)
        with rights():
            renew(table, C, Y.member(MEMBER, was=C.pid), Z.member(MEMBER, was=C.pid), T, X)
        with rights():
            renew(table, C, Y.member(MEMBER, was=Z.pid), T, X)

    def test_who_left_has_none(self, table):
        table.post(write_leave(table.of(X)))
        new = Y.member(MEMBER, was=X.pid)
        with rights():
            renew(table, T, C, T, new, assents=[assent(table, C, new)])


class TestPast:
    def test_to_newcomers_and_later_to_successors(self, table):
        new = Y.member(MEMBER, was=C.pid)
        renew(table, T, new, T, X, assents=[assent(table, X, new)])
        assert table.room(Y).keys.keys() == {2}
        renew(table, T, Y, T, X, past_for=[Y.pid])
        assert table.room(Y).keys.keys() == {1, 2, 3}

    def test_not_to_others_nor_by_others(self, table):
        with rights():
            renew(table, T, C, T, X, past_for=[X.pid])
        renew(table, C, Y.member(MEMBER, was=C.pid), T, X)
        table.post(write_leave(table.of(X)))
        with rights():
            renew(table, Y, Y, T, past_for=[Y.pid])


class TestErasing:
    def test_a_member_erases_her_own(self, table):
        mine = say(table, C)
        table.post(write_erasure(table.of(C), [(1, mine)]))

    def test_but_no_other_s_and_nothing_in_care(self, table):
        theirs, care = say(table, T), say(table, C, Drawer.CARE)
        mine = say(table, C)
        for places in ((theirs, theirs), (care, care), (theirs, mine)):
            with rights():
                table.post(write_erasure(table.of(C), [places]))

    def test_a_keeper_erases_any(self, table):
        say(table, C)
        table.post(write_erasure(table.of(T), [(1, say(table, C, Drawer.CARE))]))

    def test_nothing_that_was_not_seen(self, table):
        with rights():
            table.post(write_erasure(table.of(T), [(1, 2)]))

    def test_a_successor_erases_her_predecessors_words(self, table):
        old = say(table, C)
        renew(table, C, Y.member(MEMBER, was=C.pid), T, X)
        renew(table, Y, Z.member(MEMBER, was=Y.pid), T, X)
        with rights():
            table.post(write_erasure(table.of(X), [(old, old)]))
        table.post(write_erasure(table.of(Z), [(old, old)]))


class TestPlaced:
    @pytest.fixture
    def table(self):
        table = two()
        say(table, T)
        renew(table, C, C, Y.member(KEEPER, was=T.pid), past_for=[Y.pid])
        return table

    def test_she_erases_only_what_came_later(self, table):
        with rights():
            table.post(write_erasure(table.of(Y), [(2, 2)]))
        later = say(table, C)
        with rights():
            table.post(write_erasure(table.of(Y), [(1, later)]))
        table.post(write_erasure(table.of(Y), [(1, 1), (3, later)]))

    def test_she_neither_closes_nor_changes_the_policy(self, table):
        rows = rows_of(table.of(Y))
        with rights():
            table.post(write_epoch(table.of(Y), list(rows.values()), policy=((0, 1),)))
        with rights():
            table.post(write_epoch(table.of(Y), []))
        table.post(write_epoch(table.of(Y), list(rows.values())))

    def test_so_is_whoever_follows_her_by_her_hand(self, table):
        rows = rows_of(table.of(Y))
        colleague = Z.member(KEEPER)
        table.post(write_epoch(table.of(Y), [*rows.values(), colleague], assents=[assent(table, C, colleague)]))
        table.post(write_epoch(table.of(Y), [rows[C.pid], X.member(KEEPER, was=Y.pid), colleague]))
        assert dict(table.of(C).log.placed) == {X.pid: 3, Z.pid: 3}
        for placed in (X, Z):
            with rights():
                table.post(write_erasure(table.of(placed), [(2, 2)]))
            with rights():
                table.post(write_epoch(table.of(placed), []))

    def test_a_keeper_s_own_successor_is_not_placed(self):
        table = two()
        say(table, C)
        renew(table, T, C, Y.member(KEEPER, was=T.pid))
        table.post(write_erasure(table.of(Y), [(2, 2)]))
        table.post(write_epoch(table.of(Y), []))
