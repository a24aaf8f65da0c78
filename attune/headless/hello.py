"""How two pages meet before a call: commitments first, then nonces; from both comes the call's stream (protocol, Hi)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from attune.protocol import shapes
from attune.protocol.encoding import Value, decode, digest, encode
from attune.protocol.refusals import Refused

MOST_PAGES: Final = 16  # of one person


def new_nonce() -> bytes:
    return secrets.token_bytes(16)


@dataclass
class _Met:
    """Another page: our nonce for it, its commitment and nonce once they came."""

    nonce: bytes
    commit: bytes | None = None
    theirs: bytes | None = None
    broken: bool = False


@dataclass
class Hello:
    """One page's side of all meetings in one space."""

    sid: bytes
    pid: bytes
    writer: bytes
    nonce: Callable[[], bytes] = new_nonce
    met: dict[tuple[bytes, bytes], _Met] = field(default_factory=dict)

    def announce(self) -> bytes:
        """The content of the `hi` that a page sends when it shows the waiting room, or "Let in"."""
        return encode([None, None, None])

    def hear(self, pid: bytes, writer: bytes, content: bytes) -> list[bytes]:
        """Takes a `hi` of another page, gives the contents to send. Raises Refused: "hi-changed", "too-many", "malformed"."""
        to, commit, nonce = shapes.array(decode(content), 3)
        sent = []
        if (pid, writer) not in self.met:
            sent.append(self._meet(pid, writer))
        met = self.met[pid, writer]
        if shapes.octets_or_null(to, 8) == self.writer and not met.broken:
            theirs = shapes.octets_or_null(nonce, 16)
            sent += self._hear_commit(met, pid, writer, shapes.octets(commit, 32), theirs)
        return sent

    def call_with(self, pid: bytes, writer: bytes) -> bytes | None:
        """The 16-byte stream of the call with that page, once both nonces are there."""
        fields = self._fields(pid, writer)
        return None if fields is None else digest("call", *fields)[:16]

    def words_with(self, pid: bytes, writer: bytes) -> bytes | None:
        """The eight bytes that both read out when a room is given back."""
        fields = self._fields(pid, writer)
        return None if fields is None else digest("knock words", *fields)[:8]

    def _meet(self, pid: bytes, writer: bytes) -> bytes:
        if sum(other == pid for other, _ in self.met) >= MOST_PAGES:
            raise Refused("too-many", "too many pages of one person: reload")
        met = self.met[pid, writer] = _Met(self.nonce())
        return encode([writer, self._commit(self.pid, self.writer, to=writer, nonce=met.nonce), None])

    def _hear_commit(self, met: _Met, pid: bytes, writer: bytes, commit: bytes, nonce: bytes | None) -> list[bytes]:
        if met.commit not in (None, commit):
            met.broken = True
            raise Refused("hi-changed", "that page gave another commitment before")
        sent = []
        if met.commit is None:
            met.commit = commit
            sent.append(encode([writer, self._commit(self.pid, self.writer, to=writer, nonce=met.nonce), met.nonce]))
        if nonce is not None:
            if self._commit(pid, writer, to=self.writer, nonce=nonce) != commit:
                met.broken = True
                raise Refused("hi-changed", "the nonce does not fit what that page promised")
            met.theirs = nonce
        return sent

    def _commit(self, pid: bytes, writer: bytes, *, to: bytes, nonce: bytes) -> bytes:
        return digest("hi", self.sid, pid, writer, to, nonce)

    def _fields(self, pid: bytes, writer: bytes) -> list[Value] | None:
        met = self.met.get((pid, writer))
        if met is None or met.theirs is None or met.broken:
            return None
        (first, one), (second, two) = sorted([(self.pid, met.nonce), (pid, met.theirs)])
        return [self.sid, first, one, second, two]
