"""Who may leave, erase, and make which epoch (rule 6 of a reader; the table of changes in the protocol)."""

from collections.abc import Mapping

from attune.protocol.encoding import Value, digest
from attune.protocol.epochs import Epoch, EpochBody, Member, Role
from attune.protocol.frames import Frame
from attune.protocol.keys import fits
from attune.protocol.refusals import Refused
from attune.protocol.view import View


def check_leave(view: View, author: Member) -> None:
    """Anyone may leave but the last keeper, who hands over or closes."""
    if author.role is Role.KEEPER and len(_keepers(view)) == 1:
        raise Refused("rights", "the last keeper hands over or closes")


def check_erasure(view: View, frame: Frame, author: Member) -> None:
    """A keeper erases any item, a placed one only later ones, a member her own (also her predecessors') in talk and own."""
    ranges = frame.head.ranges
    if ranges[-1][1] > frame.head.seen_seq:
        raise Refused("rights", "an erasure reaches only what its author has seen")
    if author.role is Role.MEMBER:
        if view.has_item(ranges, except_by=_line(view, author.pid)):
            raise Refused("rights", "an item in these ranges is another's")
        return
    since = view.placed.get(author.pid)
    earlier = tuple((first, min(last, since)) for first, last in ranges if first <= since) if since is not None else ()
    if earlier and view.has_item(earlier):
        raise Refused("rights", "a placed keeper erases nothing from before her place")


def check_epoch(view: View, frame: Frame, *, author: Member, body: EpochBody) -> None:
    """Raises Refused: "malformed" for what is out of place, "fork" for another founding, "old-epoch" if a leave crossed it,
    "rights" for what the author may not."""
    if view.epoch is None:
        _check_founding(view, author, body)
        return
    if body.sid != view.sid or body.n != view.epoch.n + 1 or body.salt is not None or body.proof is not None:
        raise Refused("malformed", "sid, n, salt or proof out of place")
    unseen = {pid for pid, seq in view.left.items() if seq > frame.head.seen_seq}
    if any(member.pid in unseen or member.was in unseen for member in body.members):
        raise Refused("old-epoch", "somebody left meanwhile: list, and make the epoch again without her")
    change = _Change(view, view.epoch, author=author, body=body)
    change.check_author()
    if not body.members:
        return
    change.check_rows()
    change.check_past()
    change.check_assents(frame.head.ctl)


def find_placed(view: View, *, author: Member, body: EpochBody, seq: int) -> Mapping[bytes, int]:
    """pid → since, of the members of this epoch: who stays as she was; a new keeper by a member's or a placed keeper's hand is placed."""
    if view.epoch is None:
        return {}
    stay = {member.pid for member in view.epoch.members}
    since = seq if author.role is Role.MEMBER else view.placed.get(author.pid)
    placed = {member.pid: view.placed[member.pid] for member in body.members if member.pid in view.placed}
    if since is not None:
        placed |= {member.pid: since for member in body.members if member.pid not in stay and member.role is Role.KEEPER}
    return placed


def assent_fields(*, sid: bytes, n: int, ctl: bytes | None, newcomer: Member, past: bool) -> list[Value]:
    """What one who stays signs, as "assent", to let one person in: one person, one role, one moment."""
    return [sid, n, ctl, newcomer.pid, int(newcomer.role), newcomer.was, 1 if past else 0]


def _check_founding(view: View, author: Member, body: EpochBody) -> None:
    if body.sid != view.sid or body.n != 1 or body.salt is None:
        raise Refused("malformed", "sid, n or salt out of place")
    if digest("space", author.pid, body.salt) != view.sid:
        raise Refused("fork", "this founding is not the one that gave the space its name")
    if body.past or body.assents or any(member.was for member in body.members):
        raise Refused("rights", "a founding has no past, no assents and no successors")
    if not any(member.role is Role.KEEPER for member in body.members):
        raise Refused("rights", "a space has a keeper")


class _Change:
    """One new epoch beside the one in force: who stays, who drops out, who comes."""

    def __init__(self, view: View, before: Epoch, *, author: Member, body: EpochBody) -> None:
        self.view, self.before, self.author, self.body = view, before, author, body
        self.present = {member.pid: member for member in before.members if member.pid not in view.left}
        self.comes = [member for member in body.members if self.before.body.place_of(member.pid) is None]
        self.stays = [member for member in body.members if self.before.body.place_of(member.pid) is not None]
        self.staying = {member.pid for member in self.stays}
        self.replaced = {member.was for member in self.comes if member.was is not None}
        self.is_keeper = author.role is Role.KEEPER

    def check_author(self) -> None:
        """Policy and closing are for a keeper who is not placed; any other only drops who left, or puts somebody in a place."""
        rules = self.body.policy != self.before.body.policy or not self.body.members
        if rules and (not self.is_keeper or self.author.pid in self.view.placed):
            raise Refused("rights", "policy and closing are for a keeper who was not placed")
        if self.is_keeper:
            return
        dropped = self.present.keys() - self.staying - self.replaced
        if dropped or not (self.view.left or self.replaced):
            raise Refused("rights", "a member who is no keeper only drops those who left")

    def check_rows(self) -> None:
        for member in self.stays:
            old = self.present.get(member.pid)
            if old is None or (old.role, old.was) != (member.role, member.was):
                raise Refused("rights", "who left does not stay, and role and was of one who stays never change")
        for member in self.comes:
            self._check_newcomer(member)
        if len(self.replaced) != sum(member.was is not None for member in self.comes):
            raise Refused("rights", "one place has one successor")
        if not any(member.role is Role.KEEPER for member in self.body.members):
            raise Refused("rights", "no space is without keeper")

    def _check_newcomer(self, member: Member) -> None:
        if member.was is None:
            if not self.is_keeper:
                raise Refused("rights", "a keeper brings people in")
            return
        old = self.present.get(member.was)
        if old is None or member.was in self.staying or old.role is not member.role or self.view.was_member(member.pid):
            raise Refused("rights", "a successor, never seen here, takes the place and role of one who drops out")
        if member.was != self.author.pid and not self.is_keeper and _keepers(self.view) != [member.was]:
            raise Refused("rights", "only the only keeper is replaced by a member")

    def check_past(self) -> None:
        """Past goes to newcomers by who brings them in, and later, by a keeper, to one whose row has a `was`."""
        for past in self.body.past:
            member = self.body.members[past.place]
            if member in self.stays and not (self.is_keeper and member.was is not None):
                raise Refused("rights", "past goes to newcomers and, by a keeper, to successors")

    def check_assents(self, ctl: bytes | None) -> None:
        given = {self.body.members[past.place].pid for past in self.body.past}
        others = [place for place, member in enumerate(self.before.members) if member.pid in self.staying - {self.author.pid}]
        for newcomer in self.comes:
            if newcomer.was == self.author.pid:
                continue
            past = newcomer.pid in given
            fields = assent_fields(sid=self.view.sid, n=self.body.n, ctl=ctl, newcomer=newcomer, past=past)
            if not all(self._has_assent(place, fields) for place in others):
                raise Refused("rights", "somebody who stays has not agreed")

    def _has_assent(self, place: int, fields: list[Value]) -> bool:
        key = self.before.members[place].sign_pk
        return any(fits("assent", fields, sig, key) for at, sig in self.body.assents if at == place)


def _keepers(view: View) -> list[bytes]:
    """The keepers of the epoch in force who have not left."""
    members = view.epoch.members if view.epoch else ()
    return [member.pid for member in members if member.role is Role.KEEPER and member.pid not in view.left]


def _line(view: View, pid: bytes) -> frozenset[bytes]:
    """A person's pid and those of all whose place she took, one after the other."""
    line = [pid]
    while (before := view.predecessor(line[-1])) is not None and before not in line:
        line.append(before)
    return frozenset(line)
