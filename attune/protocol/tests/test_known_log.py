"""The room of contract/vectors/room.json, as everyone can check it."""

from hashlib import sha256

import pytest

from attune.protocol.encoding import digest
from attune.protocol.end import judge_whole_end
from attune.protocol.memory import MemoryLog
from attune.protocol.records import read_invitation_record, read_key_record
from attune.protocol.refusals import Refused
from attune.protocol.signals import judge_signal
from attune.protocol.tests import vectors

ROOM = vectors.read("room")
SID = bytes.fromhex(ROOM["sid"])
LOG = vectors.unhex(ROOM["log"])
END = vectors.unhex(ROOM["closed_and_deleted"])


def listed(frames: list[bytes]) -> MemoryLog:
    log = MemoryLog(SID)
    log.take_listing(frames, count=len(frames))
    return log


def test_the_log_is_taken_with_its_ids_and_runs():
    log = listed(LOG)
    assert [entry.id.hex() for entry in log.entries] == ROOM["ids"]
    assert [log.run_at(seq).hex() for seq in range(9)] == ROOM["run"]


def test_an_erased_place_has_the_same_id():
    served = vectors.unhex(ROOM["log_as_served"])
    place = ROOM["erased_place"]
    log = listed(served)
    assert log.run == listed(LOG).run
    assert log.entries[1].id.hex() == place["id"]
    assert listed(LOG).entries[1].frame.bare().hex() == place["erased"]


def test_bodies_are_fetched_into_a_bare_listing():
    bare = ROOM["bare_listing"]
    log = MemoryLog(SID)
    log.take_listing(vectors.unhex(bare["frames"]), count=bare["count"], held=bare["held"])
    assert log.held == {3, 6}
    with pytest.raises(Refused, match="altered"):
        log.fill(3, bytes.fromhex(bare["bodies"]["6"]))
    for seq, body in bare["bodies"].items():
        assert log.fill(int(seq), bytes.fromhex(body)).data == LOG[int(seq) - 1]
    assert log.held == set()


@pytest.mark.parametrize("before", [[], LOG[:3], LOG, [*LOG, END[-1]]])
def test_the_end_of_a_closed_space_is_taken_by_whoever_was_away(before):
    end = judge_whole_end(listed(before), END)
    assert end.epoch is not None
    assert end.epoch.is_closing


def test_an_end_is_refused_if_it_is_not_ours():
    with pytest.raises(Refused, match="rollback"):
        judge_whole_end(listed(LOG), END[:-1])
    with pytest.raises(Refused, match="rollback"):
        judge_whole_end(listed(LOG), [])
    with pytest.raises(Refused, match="old-epoch"):
        judge_whole_end(listed(LOG), END[:1] + END[2:])
    with pytest.raises(Refused, match="rights"):
        judge_whole_end(listed(LOG), [END[0], END[1], *END[3:]])
    with pytest.raises(Refused, match="malformed"):
        judge_whole_end(listed(LOG), [END[0], LOG[1], *END[1:]])


def test_a_signal_of_the_room():
    log = listed(LOG)
    signal = judge_signal(log, bytes.fromhex(ROOM["signal"]))
    assert [signal.author.hex(), signal.head.writer.hex(), signal.head.stream.hex(), signal.head.n] == ROOM["heard_by_c"][:4]


def test_records_as_they_are_stored():
    read = read_invitation_record(bytes.fromhex(ROOM["invitation"]["record"]))
    assert len(read.iid) == 16
    for kind, name in enumerate(["passkey", "passphrase", "code", "room_link"]):
        record = bytes.fromhex(vectors.read("unlocking")[name]["record"])
        assert read_key_record(record).kind == kind
        with pytest.raises(Refused, match="malformed"):
            read_key_record(record[:-1])
        with pytest.raises(Refused, match="newer"):
            read_key_record(record.replace(b"\x85\x01", b"\x85\x02", 1))


def test_the_chunks_of_the_file_have_the_root_that_the_item_names():
    file = ROOM["file"]
    assert digest("blob root", b"\5" * 16, bytes.fromhex("".join(file["chunk_sha256"]))).hex() == file["root"]
    assert sha256(bytes(range(256)) * 300).hexdigest() == file["sha256"]
