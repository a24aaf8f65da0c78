"""The end of a closed space: its epochs, leaves and closing, all that a server may keep of it (protocol, Closed)."""

from collections.abc import Sequence

from attune.protocol.frames import Type
from attune.protocol.log import Entry, judge_end
from attune.protocol.memory import MemoryLog
from attune.protocol.refusals import Refused


def judge_whole_end(log: MemoryLog, frames: Sequence[bytes]) -> MemoryLog:
    """Checks the end that the server lists against what this device holds (an empty log on a fresh device); gives the end as a log.

    In it, places and runs are those of the end alone. Raises Refused: a rule's code, "rollback" if it is not closed,
    "fork" if it is not the end of the space that this device holds.
    """
    end = MemoryLog(log.sid)
    for data in frames:
        entry = judge_end(end, data)
        if entry.type not in (Type.EPOCH, Type.LEAVE):
            raise Refused("malformed", "an end holds epochs and leaves only")
        end.append(entry)
    if end.epoch is None or not end.epoch.is_closing:
        raise Refused("rollback", "the server deleted a space that nobody closed")
    _check_fits(log, end.entries)
    return end


def _check_fits(log: MemoryLog, end: Sequence[Entry]) -> None:
    own = [entry.id for entry in log.entries if entry.type in (Type.EPOCH, Type.LEAVE)]
    if [entry.id for entry in end[: len(own)]] != own:
        raise Refused("fork", "this end has another beginning than ours")
    head = end[-1].frame.head
    if head.seen_seq <= log.count and log.run_at(head.seen_seq) != head.seen_run:
        raise Refused("fork", "the closing saw another history than ours")
