"""Signals: sealed and signed like items, relayed and never kept (protocol, Calls and signals)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from attune.protocol import shapes
from attune.protocol.encoding import decode, encode
from attune.protocol.frames import ITEM_LIMIT
from attune.protocol.keys import verify
from attune.protocol.refusals import Refused
from attune.protocol.view import View

TYPE: Final = 4


@dataclass(frozen=True, slots=True)
class SignalHead:
    ctl: bytes
    who: int
    writer: bytes
    stream: bytes
    n: int
    seen_seq: int
    seen_run: bytes


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal that may be relayed, or opened; `author` is the pid."""

    author: bytes
    head: SignalHead
    head_bytes: bytes
    body: bytes


def judge_signal(view: View, data: bytes) -> Signal:
    """The check before relaying, and before opening. Raises Refused: "too-big", "malformed", "newer", "old-epoch" (drop it),
    "not-a-member", "bad-signature", "fork", and "withheld" (it names what our log does not have: list first)."""
    if len(data) > ITEM_LIMIT:
        raise Refused("too-big", f"a signal has at most {ITEM_LIMIT} bytes")
    values = shapes.array(shapes.record(data), 4)
    head_bytes, body, sig = shapes.octets(values[1]), shapes.octets(values[2]), shapes.octets(values[3], 64)
    head = read_signal_head(head_bytes)
    author = _check_epoch(view, head)
    verify("signal", [head_bytes, sha256(body).digest()], sig, author[1])
    if author[0] in view.left:
        raise Refused("not-a-member", "the author has left")
    if head.seen_seq > view.count:
        raise Refused("withheld", "the author has seen more than we have")
    if view.run_at(head.seen_seq) != head.seen_run:
        raise Refused("fork", "the author saw another history")
    return Signal(author[0], head, head_bytes, body)


def read_signal_head(data: bytes) -> SignalHead:
    values = shapes.array(decode(data), 8)
    shapes.whole(values[0], least=TYPE, most=TYPE)
    return SignalHead(
        ctl=shapes.octets(values[1], 32),
        who=shapes.whole(values[2]),
        writer=shapes.octets(values[3], 8),
        stream=shapes.octets(values[4], 16),
        n=shapes.whole(values[5], least=1),
        seen_seq=shapes.whole(values[6]),
        seen_run=shapes.octets(values[7], 32),
    )


def write_signal_head(head: SignalHead) -> bytes:
    return encode([TYPE, head.ctl, head.who, head.writer, head.stream, head.n, head.seen_seq, head.seen_run])


def _check_epoch(view: View, head: SignalHead) -> tuple[bytes, bytes]:
    """(pid, signing key) of who is at the place that the head names in the epoch in force."""
    epoch = view.epoch
    if epoch is None or head.ctl != epoch.id:
        known = view.epoch_named(head.ctl) is not None
        raise Refused("old-epoch" if known else "withheld", "sent under another epoch")
    if head.who >= len(epoch.members):
        raise Refused("not-a-member", "the epoch has no such place")
    return epoch.members[head.who].pid, epoch.members[head.who].sign_pk
