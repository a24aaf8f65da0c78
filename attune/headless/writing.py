"""Making entries: foundings, items, erasures, leaves and new epochs, each after the last place that its author has checked."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.headless.sealing import pad, seal, wrap
from attune.protocol.encoding import Value, digest, encode
from attune.protocol.epochs import EpochBody, Member, Past, Policy, Role, write_epoch_body
from attune.protocol.frames import Drawer, Head, Type, write_head
from attune.protocol.rights import assent_fields


@dataclass(frozen=True, slots=True)
class Founding:
    sid: bytes
    frame: bytes


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def sid_of(founder: bytes, salt: bytes) -> bytes:
    return digest("space", founder, salt)


def found(
    identity: Identity,
    *,
    members: Sequence[Member],
    policy: Policy = (),
    salt: bytes,
    proof: tuple[bytes, bytes] | None = None,
    writer: bytes,
    now: int | None = None,
) -> Founding:
    """The first entry of a space, whose name follows from its founder and the salt (16 bytes)."""
    sid = sid_of(identity.pid, salt)
    body = _epoch_body(sid=sid, n=1, members=members, policy=policy, salt=salt, proof=proof)
    who = next(place for place, member in enumerate(members) if member.pid == identity.pid)
    head = Head(Type.EPOCH, None, who, writer, secrets.token_bytes(16), None, 0, sid, now_ms() if now is None else now)
    return Founding(sid, _sign(identity, write_head(head), write_epoch_body(body)))


def found_own(identity: Identity, *, writer: bytes, now: int | None = None) -> Founding:
    """The space of oneself: its only member as keeper, nothing ever deleted."""
    return found(identity, members=[identity.member(Role.KEEPER)], salt=secrets.token_bytes(16), writer=writer, now=now)


def write_item(
    room: Room,
    kind: str,
    content: bytes,
    *,
    drawer: Drawer,
    version: int = 1,
    blobs: tuple[bytes, ...] = (),
    iid: bytes | None = None,
    now: int | None = None,
) -> bytes:
    """A sealed item. After a conflict it is sealed again with the same iid."""
    head = write_head(replace(_head(room, Type.ITEM, iid=iid, now=now), drawer=drawer, blobs=blobs))
    body = seal(room.key, "item", [head], pad(encode([kind, version, content])))
    return _sign(room.place[1], head, body)


def write_erasure(room: Room, ranges: Sequence[tuple[int, int]], *, now: int | None = None) -> bytes:
    head = replace(_head(room, Type.ERASE, now=now), ranges=tuple(ranges))
    return _sign(room.place[1], write_head(head), b"")


def write_leave(room: Room, *, now: int | None = None) -> bytes:
    return _sign(room.place[1], write_head(_head(room, Type.LEAVE, now=now)), b"")


def write_epoch(
    room: Room,
    members: Sequence[Member],
    *,
    policy: Policy | None = None,
    past_for: Sequence[bytes] = (),
    assents: Sequence[tuple[int, bytes]] = (),
    now: int | None = None,
) -> bytes:
    """A new epoch: the whole membership with a new key; older keys for the pids in `past_for`. No members: closes the space."""
    in_force = room.epoch.body
    body = _epoch_body(
        sid=room.sid,
        n=in_force.n + 1,
        members=members,
        policy=in_force.policy if policy is None else policy,
        assents=tuple(assents),
        past=tuple(_give_past(room, members, pid) for pid in past_for),
    )
    return _sign(room.place[1], write_head(_head(room, Type.EPOCH, now=now)), write_epoch_body(body))


def write_assent(room: Room, newcomer: Member, *, past: bool) -> tuple[int, bytes]:
    """(our place, signature): our agreement that this one person comes in by the next epoch."""
    place, identity = room.place
    fields = assent_fields(sid=room.sid, n=room.epoch.n + 1, ctl=room.epoch.id, newcomer=newcomer, past=past)
    return place, identity.sign("assent", *fields)


def _head(room: Room, kind: Type, *, iid: bytes | None = None, now: int | None = None) -> Head:
    place, identity = room.place
    last = room.log.last_of(identity.pid, room.writer)
    return Head(
        type=kind,
        ctl=room.epoch.id,
        who=place,
        writer=room.writer,
        iid=iid or secrets.token_bytes(16),
        prev=last.id if last else None,
        seen_seq=room.log.count,
        seen_run=room.log.run,
        time=now_ms() if now is None else now,
    )


def _sign(identity: Identity, head: bytes, body: bytes) -> bytes:
    return encode([1, head, body, identity.sign("entry", head, sha256(body).digest())])


def _epoch_body(
    *,
    sid: bytes,
    n: int,
    members: Sequence[Member],
    policy: Policy,
    salt: bytes | None = None,
    past: tuple[Past, ...] = (),
    assents: tuple[tuple[int, bytes], ...] = (),
    proof: tuple[bytes, bytes] | None = None,
) -> EpochBody:
    key = secrets.token_bytes(32)
    wraps = tuple(wrap(member.recv_pk, [sid, n, member.pid], key) for member in members)
    commit = digest("epoch key", sid, n, key)
    return EpochBody(sid, n, salt, tuple(members), policy, commit, wraps, past, assents, proof)


def _give_past(room: Room, members: Sequence[Member], pid: bytes) -> Past:
    place = next(place for place, member in enumerate(members) if member.pid == pid)
    context: list[Value] = [room.sid, room.epoch.n + 1, pid]
    opener = secrets.token_bytes(32)
    sealed = seal(opener, "past", context, encode(_keys_in_order(room.keys)))
    return Past(place, wrap(members[place].recv_pk, [*context, "past"], opener), sealed)


def _keys_in_order(keys: Mapping[int, bytes]) -> list[Value]:
    return [(n, keys[n]) for n in sorted(keys)]
