"""The invitation: made by a keeper, opened by the invited, who founds the space; judged when the space appears (protocol, Coming in)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.headless.sealing import kdf, seal, unseal
from attune.headless.unlocking import read_room_link, to_base64url
from attune.headless.writing import Founding, found, sid_of
from attune.protocol import shapes
from attune.protocol.encoding import Value, decode, encode
from attune.protocol.epochs import Member, Policy, Role, read_member, read_policy
from attune.protocol.frames import Drawer
from attune.protocol.keys import check_keys, pid_of, verify
from attune.protocol.records import read_invitation_record
from attune.protocol.refusals import Refused

OPEN, REVOKED, USED = 0, 1, 2
KNOCK_POLICY: Policy = ((0, 1), (1, 1), (2, 1))  # what is said in a knock's space is kept for a day


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invitation offers. `others` are further rows of members, `expires` Unix ms, `note` UTF-8 that says nothing clinical."""

    keeper: Member
    others: tuple[Member, ...]
    policy: Policy
    expires: int
    note: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    secret: bytes
    iid: bytes
    fragment: str
    record: bytes


@dataclass(frozen=True, slots=True)
class Invite:
    """The keeper's own note of an invitation, from her own space; the newest of each secret counts."""

    secret: bytes
    others: tuple[Member, ...]
    policy: Policy
    expires: int
    state: int
    sid: bytes | None

    def content(self) -> bytes:
        rows = [member.row() for member in self.others]
        return encode([self.secret, rows, self.policy, self.expires, self.state, self.sid])


def iid_of(secret: bytes) -> bytes:
    return kdf(secret, "invite id", size=16)


def make_invitation(
    identity: Identity, *, policy: Policy, expires: int, note: bytes, others: Sequence[Member] = (), secret: bytes | None = None
) -> Invitation:
    """An invitation of one's own. The link is shown only once its `invite` item is in the log."""
    secret = secret or secrets.token_bytes(16)
    iid = iid_of(secret)
    rows = [member.row() for member in others]
    payload = encode([identity.sign_pk, identity.recv_pk, rows, policy, expires, note])
    sealed = seal(kdf(secret, "invite key"), "invite", [iid], encode([payload, identity.sign("invite", iid, payload)]))
    return Invitation(secret, iid, to_base64url(secret + identity.pid[:16]), encode([1, iid, sealed]))


def read_fragment(fragment: str) -> tuple[bytes, bytes]:
    """(secret, first 16 bytes of the keeper's pid). Raises Refused("torn")."""
    return read_room_link(fragment)


def open_invitation(fragment: str, record: bytes, *, now: int) -> Terms:
    """What the link offers, checked against the pid in it. Raises Refused: "torn", "newer", "tampered", "expired"."""
    secret, begin = read_fragment(fragment)
    try:
        terms = _read_terms(secret, begin, record)
    except Refused as error:
        raise error if error.code == "newer" else Refused("tampered", error.why) from error
    if now > terms.expires:
        raise Refused("expired", "this invitation has expired")
    return terms


def accept(identity: Identity, secret: bytes, terms: Terms, *, writer: bytes, now: int | None = None) -> Founding:
    """The space that the invited founds: herself, the keeper, the others; with the proof that she holds the link."""
    salt = secrets.token_bytes(16)
    proof = _proof(secret, sid=sid_of(identity.pid, salt), founder=identity.pid, keeper=terms.keeper.pid)
    members = [identity.member(Role.MEMBER), terms.keeper, *terms.others]
    return found(identity, members=members, policy=terms.policy, salt=salt, proof=(iid_of(secret), proof), writer=writer, now=now)


def knock(identity: Identity, keeper: Member, *, writer: bytes, now: int | None = None) -> Founding:
    """The space of a knock: of the two, without a proof, and of nobody else."""
    members = [identity.member(Role.MEMBER), keeper]
    return found(identity, members=members, policy=KNOCK_POLICY, salt=secrets.token_bytes(16), writer=writer, now=now)


def read_card(sign_pk: bytes, recv_pk: bytes) -> Member:
    """A keeper by her public card. Raises Refused for weak keys."""
    check_keys(sign_pk, recv_pk)
    return read_member([int(Role.KEEPER), sign_pk, recv_pk, None])


def read_invite(content: bytes) -> Invite:
    secret, others, policy, expires, state, sid = shapes.array(decode(content), 6)
    rows = tuple(read_member(row) for row in shapes.array(others))
    return Invite(
        shapes.octets(secret, 16),
        rows,
        read_policy(policy),
        shapes.whole(expires),
        shapes.whole(state, most=2),
        shapes.octets_or_null(sid, 32),
    )


def newest_invites(own: Room) -> dict[bytes, Invite]:
    """iid → the newest `invite` item in one's own space."""
    invites = [read_invite(item.content) for item in own.items("invite") if item.drawer is Drawer.OWN]
    return {iid_of(invite.secret): invite for invite in invites}


def judge_founding(room: Room, invites: Mapping[bytes, Invite], *, now: int) -> bytes:
    """The pid of the invited, if this space was founded from one of one's own open invitations, exactly as it offered.

    Raises Refused: "unusual-room", "foreign-link", "used-twice", "no-proof", "late" (the person decides).
    """
    first = room.log.epochs[0].body
    keeper = room.place[1]
    founder = first.members[room.log.entries[0].frame.head.who]
    if first.proof is None:
        raise Refused("no-proof", "came without the link")
    iid, proof = first.proof
    invite = invites.get(iid)
    if invite is None or invite.state == REVOKED:
        raise Refused("foreign-link", "no open invitation of ours")
    if invite.state == USED and invite.sid != room.sid:
        raise Refused("used-twice", "another space came by this link")
    if proof != _proof(invite.secret, sid=room.sid, founder=founder.pid, keeper=keeper.pid):
        raise Refused("no-proof", "came without the link")
    expected = (Member(Role.MEMBER, founder.sign_pk, founder.recv_pk, None, founder.pid), keeper.member(Role.KEEPER), *invite.others)
    if first.members != expected or first.policy != invite.policy:
        raise Refused("unusual-room", "not the people or the policy that were offered")
    if invite.state == OPEN and now > invite.expires:
        raise Refused("late", "came after the invitation had expired")
    return founder.pid


def _proof(secret: bytes, *, sid: bytes, founder: bytes, keeper: bytes) -> bytes:
    return kdf(secret, "invite proof", sid, founder, keeper)


def _read_terms(secret: bytes, begin: bytes, record: bytes) -> Terms:
    read = read_invitation_record(record)
    if read.iid != iid_of(secret):
        raise Refused("tampered", "the record of another invitation")
    payload, signature = shapes.array(decode(unseal(kdf(secret, "invite key"), "invite", [read.iid], read.sealed)), 2)
    signed = shapes.octets(payload)
    sign_pk, recv_pk, others, policy, expires, note = shapes.array(decode(signed), 6)
    signing, receiving = shapes.octets(sign_pk), shapes.octets(recv_pk)
    check_keys(signing, receiving)
    if pid_of(signing, receiving)[:16] != begin:
        raise Refused("tampered", "not the person whose link this is")
    fields: list[Value] = [read.iid, signed]
    verify("invite", fields, shapes.octets(signature, 64), signing)
    rows = tuple(read_member(row) for row in shapes.array(others))
    keeper = read_member([int(Role.KEEPER), signing, receiving, None])
    return Terms(keeper, rows, read_policy(policy), shapes.whole(expires), shapes.octets(note))
