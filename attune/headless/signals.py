"""Signals, sealed and opened: hi, ack, typing, and what sets up a call (protocol, Calls and signals)."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from attune.headless.rooms import Room, open_text
from attune.headless.sealing import pad, seal, unseal
from attune.protocol import shapes
from attune.protocol.encoding import decode, encode
from attune.protocol.epochs import Role
from attune.protocol.signals import SignalHead, judge_signal, write_signal_head

UNACKNOWLEDGED: Final = frozenset({"ack", "typing"})
OF_A_CALL: Final = frozenset({"offer", "answer", "candidate", "admit", "frame-key", "state", "end", "leave", "words", "differ", "swapped"})


@dataclass(frozen=True, slots=True)
class Heard:
    """An opened signal; `author` is the pid."""

    author: bytes
    writer: bytes
    stream: bytes
    n: int
    kind: str
    content: bytes


def seal_signal(room: Room, kind: str, content: bytes, *, stream: bytes, n: int) -> bytes:
    place, identity = room.place
    head = write_signal_head(SignalHead(room.epoch.id, place, room.writer, stream, n, room.log.count, room.log.run))
    body = seal(room.key, "signal", [head], pad(encode([kind, 1, content])))
    return encode([1, head, body, identity.sign("signal", head, sha256(body).digest())])


def open_signal(room: Room, data: bytes) -> Heard:
    """Raises Refused with the codes of judge_signal, and "does-not-open"."""
    signal = judge_signal(room.log, data)
    kind, _, content = open_text(unseal(room.key, "signal", [signal.head_bytes], signal.body))
    return Heard(signal.author, signal.head.writer, signal.head.stream, signal.head.n, kind, content)


@dataclass
class _Sent:
    kind: str
    content: bytes
    frame: bytes


@dataclass
class Page:
    """One page load: its own stream, one stream for each call, what was not acknowledged, what was heard already."""

    room: Room
    stream: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    calls: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)  # stream → (pid, writer) of the other page
    waiting: dict[tuple[bytes, int], _Sent] = field(default_factory=dict)
    _counts: dict[bytes, int] = field(default_factory=dict)
    _heard: dict[tuple[bytes, bytes, bytes], set[int]] = field(default_factory=dict)

    def send(self, kind: str, content: bytes, *, stream: bytes | None = None) -> bytes:
        """The next signal of a stream, kept until it is acknowledged, except for `ack` and `typing`."""
        stream = stream or self.stream
        n = self._counts[stream] = self._counts.get(stream, 0) + 1
        frame = seal_signal(self.room, kind, content, stream=stream, n=n)
        if kind not in UNACKNOWLEDGED:
            self.waiting[stream, n] = _Sent(kind, content, frame)
        return frame

    def seal_again(self) -> list[bytes]:
        """What was not acknowledged when a new epoch came: the same n, under the new key."""
        for (stream, n), sent in self.waiting.items():
            sent.frame = seal_signal(self.room, sent.kind, sent.content, stream=stream, n=n)
        return [sent.frame for sent in self.waiting.values()]

    def hear(self, data: bytes) -> tuple[Heard | None, bytes | None]:
        """(what is new in it, the acknowledgement to send). A repeated one is acknowledged again, and heard once."""
        heard = open_signal(self.room, data)
        if heard.kind == "ack":
            self._acknowledge(heard)
            return None, None
        if not self._is_in_place(heard):
            return None, None
        ack = None if heard.kind in UNACKNOWLEDGED else self.send("ack", encode([heard.writer, heard.stream, heard.n]))
        taken = self._heard.setdefault((heard.author, heard.writer, heard.stream), set())
        if heard.n in taken:
            return None, ack
        taken.add(heard.n)
        return (heard if self._counts_here(heard) else None), ack

    def _is_in_place(self, heard: Heard) -> bool:
        """Signals of a call count only in that call's stream, from its page, in order and without a gap."""
        if heard.stream in self.calls:
            taken = self._heard.get((heard.author, heard.writer, heard.stream), set())
            return self.calls[heard.stream] == (heard.author, heard.writer) and heard.n <= len(taken) + 1
        return heard.kind not in OF_A_CALL

    def _counts_here(self, heard: Heard) -> bool:
        """`admit` counts only from a keeper, for the page that it names."""
        if heard.kind != "admit":
            return True
        (writer,) = shapes.array(decode(heard.content), 1)
        author = self.room.epoch.body.member(heard.author)
        return writer == self.room.writer and author is not None and author.role is Role.KEEPER

    def _acknowledge(self, heard: Heard) -> None:
        writer, stream, n = shapes.array(decode(heard.content), 3)
        if writer == self.room.writer:
            self.waiting.pop((shapes.octets(stream, 16), shapes.whole(n, least=1)), None)
