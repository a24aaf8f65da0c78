"""The questions that the rules ask about a log. The server answers them from its tables, each in constant time; MemoryLog from memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from attune.protocol.epochs import Epoch
from attune.protocol.frames import Ranges


@dataclass(frozen=True, slots=True)
class Last:
    """A writer's newest entry."""

    id: bytes
    seen_seq: int


class View(Protocol):
    """One space as far as it is checked. pids, sids, ids and runs are 32 bytes, writers 8, iids and blob ids 16."""

    @property
    def sid(self) -> bytes: ...

    @property
    def count(self) -> int:
        """How many entries there are; 0 for a space that is being founded."""

    @property
    def epoch(self) -> Epoch | None:
        """The epoch in force: the last one of the log."""

    @property
    def left(self) -> Mapping[bytes, int]:
        """pid → seq of the leave entry, of those members of the epoch in force who have left since it was made."""

    @property
    def placed(self) -> Mapping[bytes, int]:
        """pid → seq since which she is placed, of the epoch in force: `Entry.placed` of the entry that made it."""

    def run_at(self, seq: int) -> bytes:
        """The run at a place from 0 (the sid) to count."""

    def last_of(self, pid: bytes, writer: bytes) -> Last | None:
        """The newest entry of this person by this writer."""

    def place_of(self, pid: bytes, iid: bytes) -> tuple[int, bytes] | None:
        """(seq, id) of this person's entry with this iid."""

    def knows_blob(self, blob: bytes) -> bool:
        """Whether an item of this space has named this blob."""

    def was_member(self, pid: bytes) -> bool:
        """Whether any epoch of this space, old or in force, has this pid."""

    def predecessor(self, pid: bytes) -> bytes | None:
        """The pid whose place this one took in this space: the `was` that any epoch has in her row."""

    def has_item(self, ranges: Ranges, *, except_by: frozenset[bytes] = frozenset()) -> bool:
        """Whether an item, erased or not, stands in the ranges, not counting these people's items in the drawers talk and own."""

    def epoch_named(self, ctl: bytes) -> Epoch | None:
        """The epoch with this entry id, old or in force. Asked for retries and late signals only."""

    def pinned(self, seq: int) -> bytes | None:
        """The run that this device has pinned at a place; None where nothing is pinned, and always on the server."""
