"""The body of an epoch: the whole membership, the policy and the wrapped key, as everyone can read it (protocol, The space)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from attune.protocol import shapes
from attune.protocol.encoding import Value, decode, encode
from attune.protocol.frames import Frame
from attune.protocol.keys import RECV_PK, SIGN_PK, check_keys, pid_of
from attune.protocol.refusals import Refused

MOST_MEMBERS: Final = 16
MOST_ASSENTS: Final = 256
MOST_DAYS: Final = 36_500
WRAPPED: Final = 1168  # bytes of a wrapped key


class Role(IntEnum):
    KEEPER = 0
    MEMBER = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A row of an epoch. `was` is the pid whose place this one took, `pid` the hash of the two keys."""

    role: Role
    sign_pk: bytes
    recv_pk: bytes
    was: bytes | None
    pid: bytes

    def row(self) -> tuple[Value, ...]:
        return (int(self.role), self.sign_pk, self.recv_pk, self.was)


@dataclass(frozen=True, slots=True)
class Past:
    """Older keys for one member: her place, the wrapped key H, and the list of keys sealed under it."""

    place: int
    wrap: bytes
    sealed: bytes


Policy = tuple[tuple[int, int], ...]  # (drawer, days), drawers rising; absent or 0 days: kept


@dataclass(frozen=True, slots=True)
class EpochBody:
    sid: bytes
    n: int
    salt: bytes | None
    members: tuple[Member, ...]
    policy: Policy
    commit: bytes
    wraps: tuple[bytes, ...]
    past: tuple[Past, ...]
    assents: tuple[tuple[int, bytes], ...]
    proof: tuple[bytes, bytes] | None  # (iid, 32 bytes)

    def place_of(self, pid: bytes) -> int | None:
        return next((place for place, member in enumerate(self.members) if member.pid == pid), None)

    def member(self, pid: bytes) -> Member | None:
        place = self.place_of(pid)
        return None if place is None else self.members[place]


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch in its place of the log: what an entry names by `ctl`."""

    id: bytes
    seq: int
    time: int
    body: EpochBody

    @property
    def n(self) -> int:
        return self.body.n

    @property
    def members(self) -> tuple[Member, ...]:
        return self.body.members

    @property
    def is_closing(self) -> bool:
        return not self.body.members


def read_epoch(frame: Frame, *, seq: int) -> Epoch:
    """The epoch in a frame that was judged before, such as one kept by the server; keys are not checked again."""
    return Epoch(frame.id, seq, frame.head.time, read_epoch_body(frame.whole_body()))


def read_epoch_body(data: bytes) -> EpochBody:
    """Raises Refused("malformed") for any other shape. Whether its keys are safe is asked by check_members."""
    sid, n, salt, members, policy, commit, wraps, past, assents, proof = shapes.array(decode(data), 10)
    rows = tuple(read_member(row) for row in shapes.array(members))
    body = EpochBody(
        sid=shapes.octets(sid, 32),
        n=shapes.whole(n, least=1),
        salt=shapes.octets_or_null(salt, 16),
        members=rows,
        policy=read_policy(policy),
        commit=shapes.octets(commit, 32),
        wraps=tuple(shapes.octets(wrap, WRAPPED) for wrap in shapes.array(wraps, len(rows))),
        past=_past(past, size=len(rows)),
        assents=_assents(assents),
        proof=_proof(proof),
    )
    if len(rows) > MOST_MEMBERS or len({row.pid for row in rows}) != len(rows):
        raise Refused("malformed", "sixteen members at most, each once")
    return body


def write_epoch_body(body: EpochBody) -> bytes:
    return encode(
        [
            body.sid,
            body.n,
            body.salt,
            [member.row() for member in body.members],
            body.policy,
            body.commit,
            body.wraps,
            [(past.place, past.wrap, past.sealed) for past in body.past],
            body.assents,
            body.proof,
        ]
    )


def check_members(members: tuple[Member, ...]) -> None:
    """Raises Refused("weak-key") if a row's keys are not safe."""
    for member in members:
        check_keys(member.sign_pk, member.recv_pk)


def read_member(value: Value) -> Member:
    role, sign_pk, recv_pk, was = shapes.array(value, 4)
    signing, receiving = shapes.octets(sign_pk), shapes.octets(recv_pk)
    if len(signing) != SIGN_PK or len(receiving) != RECV_PK:
        raise Refused("weak-key", "a key of another length")
    kind = Role(shapes.whole(role, most=1))
    return Member(kind, signing, receiving, shapes.octets_or_null(was, 32), pid_of(signing, receiving))


def read_policy(value: Value) -> Policy:
    policy: list[tuple[int, int]] = []
    for pair in shapes.array(value):
        drawer, days = shapes.array(pair, 2)
        policy.append((shapes.whole(drawer, most=2), shapes.whole(days, most=MOST_DAYS)))
    drawers = [drawer for drawer, _ in policy]
    if drawers != sorted(set(drawers)):
        raise Refused("malformed", "the drawers of a policy rise, each once")
    return tuple(policy)


def _past(value: Value, *, size: int) -> tuple[Past, ...]:
    given = []
    for row in shapes.array(value):
        place, wrap, sealed = shapes.array(row, 3)
        if not size:
            raise Refused("malformed", "past for nobody")
        given.append(Past(shapes.whole(place, most=size - 1), shapes.octets(wrap, WRAPPED), shapes.octets(sealed)))
    if len({past.place for past in given}) != len(given):
        raise Refused("malformed", "past goes to each place once")
    return tuple(given)


def _assents(value: Value) -> tuple[tuple[int, bytes], ...]:
    rows = [shapes.array(row, 2) for row in shapes.array(value)]
    if len(rows) > MOST_ASSENTS:
        raise Refused("malformed", "256 assents at most")
    return tuple((shapes.whole(place), shapes.octets(sig, 64)) for place, sig in rows)


def _proof(value: Value) -> tuple[bytes, bytes] | None:
    if value is None:
        return None
    iid, proof = shapes.array(value, 2)
    return shapes.octets(iid, 16), shapes.octets(proof, 32)
