"""What a server can do to the log of a space that it holds: each lie takes the frames, and gives those that it will list instead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from attune.headless import writing
from attune.headless.client import Client
from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.protocol.encoding import encode
from attune.protocol.epochs import Member, Role, read_epoch_body, write_epoch_body
from attune.protocol.frames import read_frame

Frames = Sequence[bytes]


@dataclass(frozen=True)
class Ground:
    """What whoever runs the server has: the frames, the keys that it made itself, another space, and a client who helps it."""

    frames: Frames
    room: Room  # as the therapist holds it, for the public half of an epoch
    server: Identity
    elsewhere: Frames
    friend: Client

    @property
    def sid(self) -> bytes:
        return self.room.sid


def altered(ground: Ground) -> list[bytes]:
    """Another body under the same signature, two before the end."""
    frame = read_frame(ground.frames[-3])
    other = frame.whole_body()
    return [*ground.frames[:-3], signed_as(frame.head_bytes, other[:-1] + bytes([other[-1] ^ 1]), frame.sig), *ground.frames[-2:]]


def dropped(ground: Ground) -> list[bytes]:
    return [*ground.frames[:-3], *ground.frames[-2:]]


def emptied(ground: Ground) -> list[bytes]:
    """The place stays and its text is gone, though nobody erased it."""
    return [*ground.frames[:-3], read_frame(ground.frames[-3]).bare(), *ground.frames[-2:]]


def cut(ground: Ground) -> list[bytes]:
    return list(ground.frames[:-2])


def swapped(ground: Ground) -> list[bytes]:
    return [*ground.frames[:-3], ground.frames[-2], ground.frames[-3], ground.frames[-1]]


def doubled(ground: Ground) -> list[bytes]:
    return [*ground.frames[:-2], ground.frames[-3], *ground.frames[-2:]]


def copied(ground: Ground) -> list[bytes]:
    """An item of another space, put in here."""
    return [*ground.frames[:-2], ground.elsewhere[-1], *ground.frames[-2:]]


def rekeyed(ground: Ground) -> list[bytes]:
    """The client's keys replaced by the server's own, in an epoch that it made."""
    client, keeper = ground.room.epoch.members
    stranger = replace(ground.server.member(Role.MEMBER), was=client.pid)
    return [*ground.frames[:-2], forged(ground, [stranger, keeper])]


def added(ground: Ground) -> list[bytes]:
    return [*ground.frames[:-2], forged(ground, [*ground.room.epoch.members, ground.server.member(Role.MEMBER)])]


def rewrapped(ground: Ground) -> list[bytes]:
    """The newest epoch with the keys that were wrapped for the first one."""
    first, newest = (read_frame(ground.frames[epoch.seq - 1]) for epoch in ground.room.log.epochs)
    wraps = read_epoch_body(first.whole_body()).wraps
    body = write_epoch_body(replace(read_epoch_body(newest.whole_body()), wraps=wraps))
    at = ground.room.epoch.seq - 1
    return [*ground.frames[:at], signed_as(newest.head_bytes, body, newest.sig), *ground.frames[at + 1 :]]


def reepoched(ground: Ground) -> list[bytes]:
    """The newest epoch a second time, so that an old key would be in force again."""
    return [*ground.frames[:-2], ground.frames[ground.room.epoch.seq - 1]]


def befriended(ground: Ground) -> list[bytes]:
    """A client who helps the server lets it in: signed by her, and not hers to do."""
    room = ground.friend.room_of[ground.sid]
    return [*ground.frames, writing.write_epoch(room, [*room.epoch.members, ground.server.member(Role.MEMBER)])]


def forged(ground: Ground, members: Sequence[Member]) -> bytes:
    """An epoch as the keeper would make it, save that her signature cannot be had."""
    wished = read_frame(writing.write_epoch(ground.room, members))
    body = wished.whole_body()
    return signed_as(wished.head_bytes, body, ground.server.sign("entry", wished.head_bytes, sha256(body).digest()))


def signed_as(head: bytes, body: bytes, sig: bytes) -> bytes:
    return encode([1, head, body, sig])


Lie = Callable[[Ground], list[bytes]]
