"""The cast of the tests: people with fixed roots who share one space, and a server that is a log."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.headless.writing import found
from attune.protocol.encoding import Value, decode, encode
from attune.protocol.epochs import Member, Policy, Role
from attune.protocol.frames import read_frame, write_head
from attune.protocol.log import judge

KEEPER, MEMBER = Role.KEEPER, Role.MEMBER
SALT = bytes(16)
NOW = 1_800_000_000_000
DAY = 86_400_000


@cache
def person(number: int) -> Identity:
    return Identity(bytes([number]) * 32)


T, C, X, Y, Z = map(person, range(1, 6))  # therapist, client, and others


class Table:
    """A space, with every person's room up to date after each entry, unless the test keeps one behind."""

    def __init__(self, *rows: tuple[Identity, Role], policy: Policy = (), founder: int = 0) -> None:
        identities = [identity for identity, _ in rows]
        members = [identity.member(role) for identity, role in rows]
        founding = found(identities[founder], members=members, policy=policy, salt=SALT, writer=b"founding", now=NOW)
        self.sid = founding.sid
        self.frames: list[bytes] = []
        self.rooms = {identity.pid: self.room(identity) for identity in identities}
        self.post(founding.frame)

    def room(self, identity: Identity, writer: bytes | None = None) -> Room:
        room = Room(self.sid, [identity], writer=writer or identity.pid[:8])
        room.take_listing(self.frames, count=len(self.frames))
        return room

    def of(self, identity: Identity) -> Room:
        return self.rooms.setdefault(identity.pid, self.room(identity))

    def post(self, frame: bytes) -> int:
        """Appends what a server would, and everyone takes it; returns the place. Raises Refused."""
        judge(next(iter(self.rooms.values())).log, frame, whole=True)
        self.frames.append(frame)
        for room in self.rooms.values():
            room.take(frame)
        return len(self.frames)


def two() -> Table:
    """The client founded the space that she shares with the therapist."""
    return Table((C, MEMBER), (T, KEEPER))


def rows_of(room: Room) -> dict[bytes, Member]:
    return {member.pid: member for member in room.epoch.members}


def forge(identity: Identity, frame: bytes, *, body: bytes | None = None, **changes: Any) -> bytes:
    """The same entry with other fields in its head, or another body, and signed as if it were right."""
    read = read_frame(frame)
    head = write_head(replace(read.head, **changes))
    content = read.whole_body() if body is None else body
    return encode([1, head, content, identity.sign("entry", head, sha256(content).digest())])


def sign_head(identity: Identity, values: Sequence[Value], body: bytes = b"") -> bytes:
    """An entry with any values in its head, also such as no head may have."""
    head = encode(values)
    return encode([1, head, body, identity.sign("entry", head, sha256(body).digest())])


def fields_of(data: bytes) -> list[Any]:
    """What an encoding holds, for tests that put something else in its place."""
    return list(decode(data))
