"""One entry of a space's log as it travels: E(1, head, body, sig), or bare, with the hash of the body in its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final

import cbor2

from attune.protocol import shapes
from attune.protocol.encoding import Value, decode, digest, encode
from attune.protocol.keys import verify
from attune.protocol.refusals import Refused

ITEM_LIMIT: Final = 70_000  # bytes of a whole frame
EPOCH_LIMIT: Final = 1_000_000


class Type(IntEnum):
    EPOCH = 0
    ITEM = 1
    ERASE = 2
    LEAVE = 3


class Drawer(IntEnum):
    TALK = 0
    CARE = 1
    OWN = 2


Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What an entry says of itself. `drawer` and `blobs` are an item's, `ranges` (first, last: both counted) an erasure's."""

    type: Type
    ctl: bytes | None
    who: int
    writer: bytes
    iid: bytes
    prev: bytes | None
    seen_seq: int
    seen_run: bytes
    time: int
    drawer: Drawer | None = None
    blobs: tuple[bytes, ...] = ()
    ranges: Ranges = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of exact shape, not yet judged. `body` is None where it is bare; `id` is the same whole or bare."""

    data: bytes
    head_bytes: bytes
    head: Head
    body: bytes | None
    body_hash: bytes
    sig: bytes
    id: bytes

    def whole_body(self) -> bytes:
        if self.body is None:
            raise Refused("dropped", "the body of this entry is missing")
        return self.body

    def check_signature(self, sign_pk: bytes) -> None:
        verify("entry", [self.head_bytes, self.body_hash], self.sig, sign_pk)

    def bare(self) -> bytes:
        """The same place without its text, as the server keeps it after an erasure."""
        return encode([1, self.head_bytes, None, self.sig, self.body_hash])


def strip(data: bytes) -> bytes:
    """The bare form of a whole frame that was taken before: unchecked, since a listing does it ten thousand times."""
    _, head_bytes, body, sig = cbor2.loads(data)
    return cbor2.dumps([1, head_bytes, None, sig, sha256(body).digest()])


def read_frame(data: bytes) -> Frame:
    """The frame that these bytes are. Raises Refused: "too-big", "malformed", "newer", and "dropped" for what may not be bare."""
    if len(data) > EPOCH_LIMIT:
        raise Refused("too-big", f"a frame has at most {EPOCH_LIMIT} bytes")
    values = shapes.record(data)
    if len(values) not in (4, 5):
        raise Refused("malformed", "a frame has four fields, a bare one five")
    head_bytes, sig = shapes.octets(values[1]), shapes.octets(values[3], 64)
    head = read_head(head_bytes)
    if head.type is not Type.EPOCH and len(data) > ITEM_LIMIT:
        raise Refused("too-big", f"this frame may have at most {ITEM_LIMIT} bytes")
    body, body_hash = _body(values)
    if body is None and head.type is not Type.ITEM:
        raise Refused("dropped", "only an item may be without its body")
    if body and head.type in (Type.ERASE, Type.LEAVE):
        raise Refused("malformed", "the body of an erasure or a leave is empty")
    return Frame(data, head_bytes, head, body, body_hash, sig, digest("entry id", 1, head_bytes, body_hash, sig))


def read_head(data: bytes) -> Head:
    values = shapes.array(decode(data), 10)
    kind = Type(shapes.whole(values[0], most=3))
    drawer, blobs = _item_extra(values[9]) if kind is Type.ITEM else (None, ())
    ranges = _ranges(values[9]) if kind is Type.ERASE else ()
    if kind in (Type.EPOCH, Type.LEAVE) and values[9] is not None:
        raise Refused("malformed", "an epoch or a leave has no extra")
    return Head(
        type=kind,
        ctl=shapes.octets_or_null(values[1], 32),
        who=shapes.whole(values[2]),
        writer=shapes.octets(values[3], 8),
        iid=shapes.octets(values[4], 16),
        prev=shapes.octets_or_null(values[5], 32),
        seen_seq=shapes.whole(values[6]),
        seen_run=shapes.octets(values[7], 32),
        time=shapes.whole(values[8]),
        drawer=drawer,
        blobs=blobs,
        ranges=ranges,
    )


def write_head(head: Head) -> bytes:
    """The bytes of a head, as its author signs and seals under them."""
    extra: Value = None
    if head.type is Type.ITEM:
        extra = [int(head.drawer or 0), head.blobs]
    elif head.type is Type.ERASE:
        extra = head.ranges
    return encode([int(head.type), head.ctl, head.who, head.writer, head.iid, head.prev, head.seen_seq, head.seen_run, head.time, extra])


def next_run(run: bytes, entry_id: bytes) -> bytes:
    """run_n = hash("log", run_(n-1), id_n); run_0 is the sid."""
    return digest("log", run, entry_id)


def _body(values: Sequence[Value]) -> tuple[bytes | None, bytes]:
    if len(values) == 4:
        body = shapes.octets(values[2])
        return body, sha256(body).digest()
    if values[2] is not None:
        raise Refused("malformed", "a bare frame has no body")
    return None, shapes.octets(values[4], 32)


def _item_extra(value: Value) -> tuple[Drawer, tuple[bytes, ...]]:
    drawer, listed = shapes.array(value, 2)
    blobs = tuple(shapes.octets(blob, 16) for blob in shapes.array(listed))
    if len(set(blobs)) != len(blobs):
        raise Refused("malformed", "an item names each blob once")
    return Drawer(shapes.whole(drawer, most=2)), blobs


def _ranges(value: Value) -> Ranges:
    ranges: list[tuple[int, int]] = []
    for pair in shapes.array(value):
        first, last = (shapes.whole(at, least=1) for at in shapes.array(pair, 2))
        if first > last or (ranges and first <= ranges[-1][1]):
            raise Refused("malformed", "ranges rise and stand apart")
        ranges.append((first, last))
    if not ranges:
        raise Refused("malformed", "an erasure names at least one range")
    return tuple(ranges)
