"""The known room with its keys; invitations; signals; how pages meet; the own space."""

from dataclasses import replace
from functools import partial

import pytest

from attune.headless import invitations, kinds, own, sealing
from attune.headless.hello import Hello
from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.headless.signals import Page, open_signal, seal_signal
from attune.headless.tests.cast import DAY, KEEPER, MEMBER, NOW, C, T, Table, X, fields_of, two
from attune.headless.unlocking import write_record
from attune.headless.writing import write_epoch, write_item, write_leave
from attune.protocol.encoding import decode, encode
from attune.protocol.fingerprint import digits, word_indices
from attune.protocol.frames import Drawer
from attune.protocol.log import judge
from attune.protocol.refusals import Refused
from attune.protocol.tests import vectors

ROOM = vectors.read("room")
KNOCK = vectors.read("knock")
ROOTS = {name: Identity(bytes.fromhex(root)) for name, root in ROOM["roots"].items()}


def refused(code):
    return pytest.raises(Refused, match=f"^{code}(:|$)")


class TestKnownRoom:
    def room(self, name, part="log_as_served"):
        room = Room(bytes.fromhex(ROOM["sid"]), [ROOTS[name]])
        room.take_listing(vectors.unhex(ROOM[part]), count=len(ROOM[part]))
        return room

    @pytest.mark.parametrize("name", ["t", "p"])
    def test_what_each_reads(self, name):
        room = self.room(name)
        opened = [room.open_or_none(seq) for seq in range(1, 9)]
        assert [item and [item.kind, item.version, item.content.hex()] for item in opened] == ROOM[f"read_by_{name}"]

    def test_every_key_fits_its_promise(self):
        assert {str(n): key.hex() for n, key in self.room("t").keys.items()} == ROOM["epoch_keys_of_t"]
        assert self.room("p").keys.keys() == {1, 2}
        assert not any(self.room(name).unfit for name in "tcp")

    def test_the_past_that_was_given(self):
        past = ROOM["past"]
        opener = ROOTS["p"].unwrap([*vectors.unhex(past["wrap_context"][:3]), "past"], bytes.fromhex(past["wrap"]))
        opened = sealing.unseal(opener, "past", vectors.unhex(past["context"]), bytes.fromhex(past["sealed"]))
        assert opened.hex() == past["opens_to"]
        (given,) = self.room("p").log.epochs[1].body.past
        assert (given.place, given.wrap.hex(), given.sealed.hex()) == (past["place"], past["wrap"], past["sealed"])

    def test_the_file_is_named_with_its_root(self):
        item = self.room("t").open(6)
        assert item is not None
        blob, key, size, root, *_ = fields_of(item.content)
        assert (blob, key, size, root.hex()) == (b"\5" * 16, b"\6" * 32, 76_800, ROOM["file"]["root"])

    def test_the_signal(self):
        heard = open_signal(self.room("c"), bytes.fromhex(ROOM["signal"]))
        values = [heard.author.hex(), heard.writer.hex(), heard.stream.hex(), heard.n, heard.kind, heard.content.hex()]
        assert values == ROOM["heard_by_c"]

    def test_the_invitation_and_its_judgement(self):
        fragment = ROOM["invitation"]["fragment"]
        terms = invitations.open_invitation(fragment, bytes.fromhex(ROOM["invitation"]["record"]), now=NOW)
        secret, begin = invitations.read_fragment(fragment)
        assert begin == ROOTS["t"].pid[:16]
        invite = invitations.Invite(secret, terms.others, terms.policy, terms.expires, invitations.OPEN, None)
        pid = invitations.judge_founding(self.room("t"), {invitations.iid_of(secret): invite}, now=NOW)
        assert (pid, ROOM["judged"]) == (ROOTS["c"].pid, "invited")


class TestInvitation:
    NOTE = kinds.Note("Dr. Test", "Welcome").content()

    def invite(self, **options):
        invitation = invitations.make_invitation(T, policy=((0, 30),), expires=NOW + DAY, note=self.NOTE, **options)
        return invitation, invitations.Invite(invitation.secret, (), ((0, 30),), NOW + DAY, invitations.OPEN, None)

    def accepted(self, invitation, *, terms=None, secret=None):
        terms = terms or invitations.open_invitation(invitation.fragment, invitation.record, now=NOW)
        founding = invitations.accept(C, secret or invitation.secret, terms, writer=bytes(8), now=NOW)
        room = Room(founding.sid, [T])
        room.take(founding.frame)
        return room

    def test_it_works(self):
        invitation, invite = self.invite()
        assert len(invitation.fragment) == 43
        assert invitations.read_invite(invite.content()) == invite
        room = self.accepted(invitation)
        for now, state in ((NOW, invite), (NOW + 9 * DAY, replace(invite, state=invitations.USED, sid=room.sid))):
            assert invitations.judge_founding(room, {invitation.iid: state}, now=now) == C.pid

    def test_a_torn_or_tampered_link(self):
        invitation, _ = self.invite()
        other, _ = self.invite()
        _, iid, sealed = fields_of(invitation.record)
        flipped = encode([1, iid, sealed[:-1] + bytes([sealed[-1] ^ 1])])
        with refused("torn"):
            invitations.open_invitation(invitation.fragment[:-1], invitation.record, now=NOW)
        for record in (other.record, flipped, b""):
            with refused("tampered"):
                invitations.open_invitation(invitation.fragment, record, now=NOW)
        with refused("expired"):
            invitations.open_invitation(invitation.fragment, invitation.record, now=NOW + 2 * DAY)

    def test_a_card_that_somebody_else_put_under_the_link(self):
        invitation, _ = self.invite()
        forged = invitations.make_invitation(X, policy=(), expires=NOW + DAY, note=self.NOTE, secret=invitation.secret)
        with refused("tampered"):
            invitations.open_invitation(invitation.fragment, forged.record, now=NOW)

    def test_how_a_founding_is_judged(self):
        invitation, invite = self.invite()
        terms = invitations.open_invitation(invitation.fragment, invitation.record, now=NOW)
        room = self.accepted(invitation)
        for known, now, code in [
            ({}, NOW, "foreign-link"),
            ({invitation.iid: replace(invite, state=invitations.REVOKED)}, NOW, "foreign-link"),
            ({invitation.iid: replace(invite, state=invitations.USED, sid=bytes(32))}, NOW, "used-twice"),
            ({invitation.iid: replace(invite, secret=bytes(16))}, NOW, "no-proof"),
            ({invitation.iid: replace(invite, policy=())}, NOW, "unusual-room"),
            ({invitation.iid: replace(invite, others=(X.member(MEMBER),))}, NOW, "unusual-room"),
            ({invitation.iid: invite}, NOW + 2 * DAY, "late"),
        ]:
            with refused(code):
                invitations.judge_founding(room, known, now=now)
        crowded = self.accepted(invitation, terms=replace(terms, others=(X.member(KEEPER),)))
        with refused("unusual-room"):
            invitations.judge_founding(crowded, {invitation.iid: invite}, now=NOW)
        plain = two()
        with refused("no-proof"):
            invitations.judge_founding(plain.of(T), {invitation.iid: invite}, now=NOW)


class TestSignals:
    def test_typing_is_heard(self):
        table = two()
        page = Page(table.of(C))
        heard, ack = Page(table.of(T)).hear(page.send("typing", encode([])))
        assert heard is not None
        assert (heard.author, heard.kind, ack) == (C.pid, "typing", None)
        assert page.waiting == {}

    def test_what_is_acknowledged_no_longer_waits_and_is_heard_once(self):
        table = two()
        one, other = Page(table.of(C)), Page(table.of(T))
        frame = one.send("hi", encode([None, None, None]))
        heard, ack = other.hear(frame)
        again, ack_again = other.hear(frame)
        assert heard is not None
        assert again is None
        assert ack is not None
        assert ack_again is not None
        assert one.waiting.keys() == {(one.stream, 1)}
        assert one.hear(ack) == (None, None)
        assert one.waiting == {}

    def test_a_new_epoch_comes_amid(self):
        table = two()
        one, other = Page(table.of(C)), Page(table.of(T))
        late = one.send("hi", encode([None, None, None]))
        table.post(write_epoch(table.of(T), table.of(T).epoch.members))
        with refused("old-epoch"):
            other.hear(late)
        (again,) = one.seal_again()
        heard, _ = other.hear(again)
        assert heard is not None
        assert heard.n == 1

    def test_calls_keep_to_their_stream_and_order(self):
        table = two()
        one, other = Page(table.of(C)), Page(table.of(T))
        call = bytes(16)
        assert other.hear(one.send("offer", b"")) == (None, None)
        first, second = one.send("offer", b"", stream=call), one.send("candidate", b"", stream=call)
        assert other.hear(first) == (None, None)
        other.calls[call] = (C.pid, one.room.writer)
        assert other.hear(second) == (None, None)
        for frame in (first, second):
            heard, _ = other.hear(frame)
            assert heard is not None

    def test_admit_counts_only_from_a_keeper_for_the_page_it_names(self):
        table = two()
        call, client, keeper = bytes(16), Page(table.of(C)), Page(table.of(T))
        client.calls[call], keeper.calls[call] = (T.pid, keeper.room.writer), (C.pid, client.room.writer)
        heard = [client.hear(keeper.send("admit", encode([page.room.writer]), stream=call))[0] for page in (client, keeper)]
        assert [one.kind if one else None for one in heard] == ["admit", None]
        assert keeper.hear(client.send("admit", encode([keeper.room.writer]), stream=call))[0] is None

    def test_refusals(self):
        table = two()
        signal = seal_signal(table.of(C), "typing", encode([]), stream=bytes(16), n=1)
        ahead = table.room(C)
        ahead.take(write_item(ahead, "message", b"", drawer=Drawer.TALK))
        for data, code in [
            (bytes(70_001), "too-big"),
            (signal[:-1], "malformed"),
            (encode([2]), "newer"),
            (signal[:-1] + bytes([signal[-1] ^ 1]), "bad-signature"),
            (seal_signal(ahead, "typing", encode([]), stream=bytes(16), n=1), "withheld"),
            (seal_signal(ahead, "typing", encode([]), stream=bytes(16), n=0), "malformed"),
        ]:
            with refused(code):
                open_signal(table.of(T), data)
        table.post(write_item(table.of(T), "message", b"", drawer=Drawer.TALK))
        with refused("fork"):
            open_signal(table.of(T), seal_signal(ahead, "typing", encode([]), stream=bytes(16), n=1))
        ahead.take(write_epoch(table_side(ahead, T), ahead.epoch.members))
        with refused("withheld"):
            open_signal(table.of(T), seal_signal(ahead, "typing", encode([]), stream=bytes(16), n=1))

    def test_who_left_or_was_removed_is_not_heard(self):
        table = Table((C, MEMBER), (T, KEEPER), (X, MEMBER))
        table.post(write_leave(table.of(X)))
        late = seal_signal(table.of(X), "typing", encode([]), stream=bytes(16), n=1)
        with refused("not-a-member"):
            open_signal(table.of(T), late)
        table.post(write_epoch(table.of(T), [member for member in table.of(T).epoch.members if member.pid != X.pid]))
        with refused("old-epoch"):
            open_signal(table.of(T), late)


def table_side(room: Room, identity: Identity) -> Room:
    """The same history as this room, seen by somebody else in it."""
    side = Room(room.sid, [identity])
    side.take_listing([entry.frame.data for entry in room.log.entries], count=room.log.count)
    return side


class TestHello:
    def pages(self):
        pids, nonces = ({name: bytes.fromhex(value) for name, value in KNOCK[part].items()} for part in ("pids", "nonces"))
        sid = bytes.fromhex(KNOCK["sid"])
        return {name: Hello(sid, pids[name], name.encode(), nonce=partial(nonces.__getitem__, name)) for name in pids}

    def meet(self, pages):
        """Everything said is delivered in turn; returns what was sent by whom."""
        waiting = [(name, page.announce()) for name, page in pages.items()]
        sent = []
        while waiting:
            name, content = waiting.pop(0)
            sent.append({"from": name, "content": content.hex()})
            (other,) = pages.keys() - {name}
            waiting += [(other, answer) for answer in pages[other].hear(pages[name].pid, name.encode(), content)]
        return sent

    def test_the_known_meeting(self):
        pages = self.pages()
        assert self.meet(pages) == KNOCK["sent"]
        for name, page in pages.items():
            (other,) = pages.keys() - {name}
            call, words = (ask(pages[other].pid, other.encode()) for ask in (page.call_with, page.words_with))
            assert (call or b"").hex() == KNOCK["call"]
            assert word_indices(words) == KNOCK["word_indices"]
            assert digits(words) == KNOCK["digits"]

    def test_a_second_commitment_or_another_nonce(self):
        pages = self.pages()
        self.meet(pages)
        t, c = pages["writer-t"], pages["writer-c"]
        with refused("hi-changed"):
            t.hear(c.pid, c.writer, encode([t.writer, bytes(32), None]))
        assert t.call_with(c.pid, c.writer) is None
        pages = self.pages()
        self.meet(pages)
        t, c = pages["writer-t"], pages["writer-c"]
        met = t.met[c.pid, c.writer]
        assert t.hear(c.pid, c.writer, encode([t.writer, met.commit, met.theirs])) == []
        with refused("hi-changed"):
            t.hear(c.pid, c.writer, encode([t.writer, met.commit, bytes(16)]))
        assert t.call_with(c.pid, c.writer) is None

    def test_no_nonce_before_the_other_s_commitment(self):
        t, c = self.pages().values()
        (commit,) = t.hear(c.pid, c.writer, c.announce())
        assert decode(commit)[2] is None
        assert t.call_with(c.pid, c.writer) is None
        assert t.hear(c.pid, c.writer, encode([b"other!!!", bytes(32), None])) == []

    def test_sixteen_pages_of_one_person(self):
        t, c = self.pages().values()
        for number in range(16):
            t.hear(c.pid, number.to_bytes(8), c.announce())
        with refused("too-many"):
            t.hear(c.pid, b"one more", c.announce())


def test_edits_go_with_what_is_erased():
    table = two()
    words, other, last = (table.post(write_item(table.of(C), "message", bytes([n]), drawer=Drawer.TALK, now=NOW)) for n in range(3))
    edits = kinds.write_edit(table.of(C).log.entries[words - 1].id, "message", b"better")
    edited = table.post(write_item(table.of(C), "edit", edits, drawer=Drawer.TALK, now=NOW))
    table.post(write_item(table.of(T), "edit", edits, drawer=Drawer.TALK, now=NOW))
    assert table.of(C).with_edits(((words, words),)) == ((words, words), (edited, edited))
    assert table.of(C).with_edits(((other, last),)) == ((other, last),)


class TestOwnSpace:
    def own(self, *records):
        table = Table((T, KEEPER))
        for mid, record in records:
            table.post(write_item(table.of(T), "unlock", kinds.write_unlock(mid, record), drawer=Drawer.OWN))
        return table

    def test_ways_in_are_compared_with_what_one_wrote(self):
        made, lost, gone, foreign = (write_record(bytes(32), kind=1, identity=T, own_sid=bytes(32), mid=bytes([n]) * 16) for n in range(4))
        mids = [bytes([n]) * 16 for n in range(4)]
        table = self.own((mids[0], made), (mids[1], lost), (mids[2], gone), (mids[2], None))
        ways = own.compare_records(table.of(T), [made, gone, foreign])
        assert ways == own.WaysIn(frozenset([mids[3]]), {mids[1]: lost}, frozenset([mids[2]]))
        swapped = write_record(bytes(32), kind=1, identity=T, own_sid=bytes(32), mid=mids[0])
        assert own.compare_records(table.of(T), [swapped, lost]).foreign == {mids[0]}

    def test_a_second_witness(self):
        mine, shared = self.own((bytes(16), None)), two()
        shared.post(write_item(shared.of(T), "own-at", own.write_own_at(T, shared.of(T), mine.of(T)), drawer=Drawer.OWN))
        own.check_own_at(T, shared.of(T), mine.of(T))
        own.check_own_at(C, shared.of(C), mine.of(T))
        back = Room(mine.sid, [T])
        back.take_listing(mine.frames[:1], count=1)
        with refused("rollback"):
            own.check_own_at(T, shared.of(T), back)
        back.take(write_item(back, "unlock", kinds.write_unlock(bytes(16), None), drawer=Drawer.OWN))
        with refused("fork"):
            own.check_own_at(T, shared.of(T), back)


def test_judging_changes_nothing():
    table = two()
    frame = write_item(table.of(C), "message", b"", drawer=Drawer.TALK)
    log = table.of(T).log
    assert judge(log, frame) == judge(log, frame)
    assert log.count == 1
