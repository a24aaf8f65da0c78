"""Invitations: kept sealed for the invited, used once."""

from functools import partial

from django.db import transaction

from attune.core.clock import now
from attune.core.db import writing
from attune.core.errors import conflict, unfit
from attune.live import push
from attune.people.access import Person
from attune.protocol.records import read_invitation_record
from attune.protocol.refusals import Refused
from attune.spaces import access, rules
from attune.spaces.models import Invitation


def invite(person: Person, *, iid: bytes, record: bytes, expires: int) -> Invitation:
    """Keep a therapist's invitation. The same again changes nothing."""
    try:
        kept = read_invitation_record(record)
    except Refused as refused:
        raise rules.refusal(refused) from refused
    if kept.iid != iid:
        raise unfit("malformed", "The record is of another invitation.")
    if not now() < expires <= now() + rules.LONGEST_INVITATION:
        raise unfit("expires", "An invitation expires in the future, within a year.")
    with writing():
        known = Invitation.objects.filter(iid=iid).first()
        if known:
            return _same(known, person=person, record=record, expires=expires)
        invitation = Invitation.objects.create(iid=iid, keeper=person, record=record, expires=expires, made_at=now())
        tell(person)
    return invitation


def revoke(person: Person, *, iid: bytes) -> Invitation:
    """End an open invitation; one that is used or revoked stays what it is."""
    with writing():
        invitation = access.invitation_of(person, iid)
        if invitation.used_at is None and invitation.revoked_at is None:
            invitation.revoked_at, invitation.record = now(), None
            invitation.save()
            tell(person)
    return invitation


def use_up(invitation: Invitation, *, by: Person, space: bytes) -> None:
    """Inside the transaction that lets the invited in."""
    invitation.used_at, invitation.used_by, invitation.space, invitation.record = now(), by.pid, space, None
    invitation.save()
    tell(invitation.keeper)


def tell(keeper: Person) -> None:
    transaction.on_commit(partial(push.tell, [keeper.pid], {"what": "invitations"}))


def _same(known: Invitation, *, person: Person, record: bytes, expires: int) -> Invitation:
    if known.keeper_id != person.pk or known.expires != expires or known.record not in (None, record):
        raise conflict("known", "There is another invitation with this id.")
    return known
