"""Logs for tests: frames as an honest client writes them, checked by the same rules on the way."""

import secrets
from hashlib import sha256

from attune.core.clock import now
from attune.people.tests.hands import Hand
from attune.protocol.encoding import digest, encode
from attune.protocol.epochs import EpochBody, Member, Past, Policy, Role, write_epoch_body
from attune.protocol.frames import Drawer, Head, Ranges, Type, write_head
from attune.protocol.memory import MemoryLog
from attune.protocol.rights import assent_fields
from attune.protocol.signals import SignalHead, write_signal_head

COMMIT = bytes(32)
KNOCK_POLICY: Policy = ((0, 1), (1, 1), (2, 1))
WRAP = bytes(1168)


class Room:
    """A space as its people see it; `take` appends to this picture of it, so that the next frame follows."""

    def __init__(self, founder: Hand, members: list[Member], *, proof: tuple[bytes, bytes] | None = None, policy: Policy = ()) -> None:
        salt = secrets.token_bytes(16)
        self.sid = digest("space", founder.pid, salt)
        self.log = MemoryLog(self.sid)
        self.founding = self.frame(
            founder, Type.EPOCH, self.epoch_body(members, n=1, salt=salt, proof=proof, policy=policy), members=members
        )
        self.take(self.founding)

    def take(self, frame: bytes) -> bytes:
        self.log.take(frame)
        return frame

    def item(
        self, by: Hand, text: bytes = b"sealed", *, drawer: Drawer = Drawer.TALK, iid: bytes | None = None, blobs: tuple[bytes, ...] = ()
    ) -> bytes:
        return self.frame(by, Type.ITEM, text, drawer=drawer, iid=iid, blobs=blobs)

    def erasure(self, by: Hand, ranges: Ranges) -> bytes:
        return self.frame(by, Type.ERASE, b"", ranges=ranges)

    def leaving(self, by: Hand) -> bytes:
        return self.frame(by, Type.LEAVE, b"")

    def epoch(
        self,
        by: Hand,
        members: list[Member],
        *,
        assents: list[Hand] | None = None,
        policy: Policy | None = None,
        past: tuple[Past, ...] = (),
    ) -> bytes:
        before = self.log.epoch
        assert before is not None
        given = []
        for newcomer in members:
            if before.body.place_of(newcomer.pid) is None:
                fields = assent_fields(
                    sid=self.sid,
                    n=before.n + 1,
                    ctl=before.id,
                    newcomer=newcomer,
                    past=members.index(newcomer) in {given.place for given in past},
                )
                given += [(before.body.place_of(hand.pid) or 0, hand.sign("assent", fields)) for hand in assents or []]
        kept = before.body.policy if policy is None else policy
        return self.frame(by, Type.EPOCH, self.epoch_body(members, n=before.n + 1, assents=tuple(given), policy=kept, past=past))

    def epoch_body(
        self,
        members: list[Member],
        *,
        n: int,
        salt: bytes | None = None,
        assents: tuple[tuple[int, bytes], ...] = (),
        policy: Policy = (),
        proof: tuple[bytes, bytes] | None = None,
        past: tuple[Past, ...] = (),
    ) -> bytes:
        wraps = tuple(WRAP for _ in members)
        return write_epoch_body(EpochBody(self.sid, n, salt, tuple(members), policy, COMMIT, wraps, past, assents, proof))

    def frame(
        self,
        by: Hand,
        type: Type,
        body: bytes,
        *,
        members: list[Member] | None = None,
        drawer: Drawer | None = None,
        iid: bytes | None = None,
        blobs: tuple[bytes, ...] = (),
        ranges: Ranges = (),
    ) -> bytes:
        log = self.log
        last = log.last_of(by.pid, by.writer)
        rows = list(log.epoch.members) if log.epoch else members or []
        head = write_head(
            Head(
                type=type,
                ctl=log.epoch.id if log.epoch else None,
                who=[row.pid for row in rows].index(by.pid),
                writer=by.writer,
                iid=iid or secrets.token_bytes(16),
                prev=last.id if last else None,
                seen_seq=log.count,
                seen_run=log.run,
                time=now(),
                drawer=drawer,
                blobs=blobs,
                ranges=ranges,
            )
        )
        return sign_frame(by, head, body)

    def signal(self, by: Hand, *, n: int = 1, body: bytes = b"sealed") -> bytes:
        epoch = self.log.epoch
        assert epoch is not None
        who = epoch.body.place_of(by.pid)
        assert who is not None
        head = write_signal_head(SignalHead(epoch.id, who, by.writer, bytes(16), n, self.log.count, self.log.run))
        return encode([1, head, body, by.sign("signal", [head, sha256(body).digest()])])


def knock_room(knocker: Hand, therapist: Hand) -> Room:
    return Room(knocker, [knocker.row(Role.MEMBER), therapist.row(Role.KEEPER)], policy=KNOCK_POLICY)


def sign_frame(by: Hand, head: bytes, body: bytes) -> bytes:
    return encode([1, head, body, by.sign("entry", [head, sha256(body).digest()])])


def own_room(hand: Hand) -> Room:
    return Room(hand, [hand.row(Role.KEEPER)])


def shared_room(client: Hand, therapist: Hand, *, iid: bytes) -> Room:
    return Room(client, [client.row(Role.MEMBER), therapist.row(Role.KEEPER)], proof=(iid, bytes(32)))
