"""Random logs that the rules allow: they are taken, and no single change of one passes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.headless.rooms import Room
from attune.headless.tests.cast import KEEPER, MEMBER, NOW, C, T, Table, X, forge
from attune.headless.writing import write_epoch, write_erasure, write_item, write_leave
from attune.protocol.encoding import decode, encode
from attune.protocol.frames import Drawer, Type, read_frame, write_head
from attune.protocol.memory import MemoryLog
from attune.protocol.refusals import Refused

SIGNERS = {identity.pid: identity for identity in (C, T, X)}
STEPS = st.lists(
    st.tuples(st.sampled_from(["say", "say", "tab", "erase", "renew", "drop", "leave"]), st.sampled_from([C, T, X])), min_size=3, max_size=9
)
FEW = settings(max_examples=25, deadline=None)


def play(steps) -> Table:
    """A log of three people; what one of them may not do just then is left out."""
    table = Table((C, MEMBER), (T, KEEPER), (X, MEMBER))
    for action, identity in steps:
        room = table.of(identity) if action != "tab" else table.room(identity, writer=b"tab two ")
        gone = room.log.left or room.epoch.body.place_of(identity.pid) is None
        if action == "drop":
            stay = [member for member in room.epoch.members if member.pid not in room.log.left]
            if room.log.left and identity.pid in [member.pid for member in stay]:
                table.post(write_epoch(room, stay, now=NOW))
        elif not gone:
            act(table, action, room, identity)
    return table


def act(table, action, room, identity):
    if action in ("say", "tab"):
        tab = table.room(identity, writer=room.writer)
        table.post(write_item(tab, "message", b"x", drawer=Drawer.TALK, now=NOW))
    elif action == "erase" and identity is T:
        table.post(write_erasure(room, [(1, room.log.count)], now=NOW))
    elif action == "renew" and identity is T:
        table.post(write_epoch(room, room.epoch.members, now=NOW))
    elif action == "leave" and identity is not T:
        table.post(write_leave(room, now=NOW))


def read(table, frames) -> MemoryLog:
    log = MemoryLog(table.sid)
    log.take_listing(frames, count=len(frames))
    return log


def code_of(table, frames) -> str | None:
    try:
        read(table, frames)
    except Refused as error:
        return error.code
    return None


def author_of(table, at):
    return SIGNERS[table.of(T).log.entries[at].author]


@FEW
@given(STEPS)
def test_what_the_rules_allow_raises_nothing(steps):
    table = play(steps)
    log = read(table, table.frames)
    assert log.run == table.of(T).log.run
    bare = [read_frame(frame).bare() if read_frame(frame).head.type is Type.ITEM else frame for frame in table.frames]
    assert read(table, bare).run == log.run


ALTERED = {"malformed", "newer", "weak-key", "old-epoch", "not-a-member", "bad-signature", "dropped", "gap", "too-big", "order", "fork"}


def alter(frame: bytes, at: int, bits: int) -> bytes:
    return frame[:at] + bytes([frame[at] ^ bits]) + frame[at + 1 :]


@FEW
@given(STEPS, st.data(), st.integers(1, 255))
def test_an_altered_byte(steps, data, bits):
    table = play(steps)
    at = data.draw(st.integers(0, len(table.frames) - 1))
    frame = alter(table.frames[at], data.draw(st.integers(0, len(table.frames[at]) - 1)), bits)
    assert code_of(table, [*table.frames[:at], frame, *table.frames[at + 1 :]]) in ALTERED


@FEW
@given(STEPS, st.data(), st.integers(1, 255))
def test_an_altered_signature_or_text(steps, data, bits):
    table = play([*steps, ("say", T)])
    at = data.draw(st.sampled_from([at for at, frame in enumerate(table.frames) if read_frame(frame).head.type is Type.ITEM] or [0]))
    frame = table.frames[at]
    begin = frame.index(read_frame(frame).whole_body())
    where = data.draw(st.integers(begin, begin + len(read_frame(frame).whole_body()) - 1) | st.integers(len(frame) - 64, len(frame) - 1))
    if at:
        assert code_of(table, [*table.frames[:at], alter(frame, where, bits), *table.frames[at + 1 :]]) == "bad-signature"


@FEW
@given(STEPS, st.data())
def test_a_dropped_entry(steps, data):
    table = play(steps)
    at = data.draw(st.integers(0, len(table.frames) - 1))
    frames = [*table.frames[:at], *table.frames[at + 1 :]]
    log = MemoryLog(table.sid)
    with pytest.raises(Refused) as error:
        log.take_listing(frames, count=len(table.frames))
    assert log.count == at
    if at == len(table.frames) - 1:
        assert error.value.code == "gap"
    elif at == 0:
        assert error.value.code in {"gap", "old-epoch"}
    else:
        assert error.value.code == ("old-epoch" if read_frame(table.frames[at]).head.type is Type.EPOCH else "order")


@FEW
@given(STEPS, st.data())
def test_two_swapped_entries(steps, data):
    table = play(steps)
    if len(table.frames) < 2:
        return
    at = data.draw(st.integers(0, len(table.frames) - 2))
    frames = list(table.frames)
    frames[at], frames[at + 1] = frames[at + 1], frames[at]
    first = read_frame(table.frames[at]).head.type
    expected = "order" if first is not Type.EPOCH else "old-epoch"
    if at == 0:
        expected = "gap" if read_frame(table.frames[1]).head.type is not Type.EPOCH else "old-epoch"
    assert code_of(table, frames) == expected


@FEW
@given(STEPS, st.data())
def test_a_copied_entry(steps, data):
    table = play(steps)
    at = data.draw(st.integers(0, len(table.frames) - 1))
    kind = read_frame(table.frames[at]).head.type
    code = code_of(table, [*table.frames[: at + 1], table.frames[at], *table.frames[at + 1 :]])
    assert code == {Type.EPOCH: "old-epoch", Type.LEAVE: "not-a-member"}.get(kind, "replay")


@FEW
@given(STEPS, st.data(), st.sampled_from(["ctl", "prev", "who", "seen_seq back", "seen_seq ahead", "seen_run", "iid", "another's hand"]))
def test_a_wrong_field_signed_anew(steps, data, field):
    table = play(steps)
    at = data.draw(st.integers(0, len(table.frames) - 1))
    author, frame = author_of(table, at), table.frames[at]
    other = T if author is C else C
    forged, expected = {
        "ctl": lambda: (forge(author, frame, ctl=bytes([7]) * 32), "old-epoch"),
        "prev": lambda: (forge(author, frame, prev=bytes([7]) * 32), "order"),
        "who": lambda: (forge(author, frame, who=16), "not-a-member"),
        "seen_seq back": lambda: (forge(author, frame, seen_seq=max(at - 1, 0), seen_run=bytes([7]) * 32), None),
        "seen_seq ahead": lambda: (forge(author, frame, seen_seq=at + 1), "order"),
        "seen_run": lambda: (forge(author, frame, seen_run=bytes([7]) * 32), "fork"),
        "iid": lambda: (forge(author, frame, iid=bytes([7]) * 16), None),
        "another's hand": lambda: (forge(other, frame), "bad-signature"),
    }[field]()
    code = code_of(table, [*table.frames[:at], forged, *table.frames[at + 1 :]])
    if expected is not None:
        assert code == expected
    elif field == "iid":  # another entry of the same author: what comes after it shows that it is not the one that was seen
        assert code in ({None} if at == len(table.frames) - 1 else {"old-epoch", "order", "fork"})
    else:
        assert code in {"order", "fork"}


@FEW
@given(STEPS, st.integers(0, 8))
def test_a_body_under_another_head_does_not_open(steps, at):
    table = play([*steps, ("say", T)])
    entry = next((entry for entry in table.of(T).log.entries[at:] if entry.type is Type.ITEM and entry.frame.body is not None), None)
    if entry is None:
        return
    room = Room(table.sid, [T])
    head = write_head(replace(entry.frame.head, time=NOW + 1))
    moved = author_of(table, entry.seq - 1)
    values = list(decode(entry.frame.data))
    forged = forge(moved, entry.frame.data, time=NOW + 1)
    assert read_frame(forged).head_bytes == head
    assert values[2] == read_frame(forged).body
    room.take_listing([*table.frames[: entry.seq - 1], forged], count=entry.seq)
    with pytest.raises(Refused, match="does-not-open"):
        room.open(entry.seq)
    assert encode(values) == entry.frame.data
