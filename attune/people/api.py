"""Who is signed in, getting in by key, ways in, the resume share."""

from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Schema, Status
from pydantic import Field

from attune.core.clock import now
from attune.core.ids import Bytes, Bytes16, Bytes32, Bytes64
from attune.core.throttle import Bucket, network_of
from attune.people import access, actions
from attune.people.access import About

router = Router(tags=["people"])
by_address = Bucket(burst=120, per_second=1)
others_of = Bucket(burst=30, per_second=1 / 10)  # each looks through all sessions
records_of = Bucket(burst=30, per_second=1 / 60)  # whether a name is taken tells that somebody is here


class Me(Schema):
    """`needs_set_up`: there is no therapist yet. `relay`: calls can be relayed. `origin`: what signatures and secrets are bound to.
    `demo`: the people here are invented. `signed_out`: its person has ended this browser's session from another one."""

    person: About | None
    needs_set_up: bool
    relay: bool
    now: int
    origin: str
    demo: bool
    signed_out: bool


class Change(Schema):
    language: str | None = None
    time_zone: str | None = None


class Nonce(Schema):
    nonce: Bytes16


class SignIn(Schema):
    pid: Bytes32
    signature: Bytes64


class Record(Schema):
    mid: Bytes16
    kind: int
    login: str
    record: Bytes


class NewRecord(Schema):
    kind: Annotated[int, Field(ge=0, le=3)]
    login: str
    login_secret: Annotated[str, Field(min_length=43, max_length=43)]
    record: Bytes
    replaces: Annotated[list[Bytes16], Field(max_length=20)] = []


class Others(Schema):
    count: int


class Share(Schema):
    share: Bytes32


class MaybeShare(Schema):
    share: Bytes32 | None


@router.get("/me", auth=None, response=Me)
def me(request: HttpRequest) -> Me:
    get_token(request)  # sets the cookie that unsafe requests repeat
    person = request.user if isinstance(request.user, access.Person) else None
    return Me(
        person=access.about(person) if person else None,
        needs_set_up=not access.is_set_up(),
        relay=settings.RELAY_IS_ON,
        now=now(),
        origin=settings.ORIGIN,
        demo=settings.CONFIGURATION.is_demo,
        signed_out=actions.was_ended(request),
    )


@router.patch("/me", response=About)
def change_me(request: HttpRequest, change: Change) -> About:
    person = actions.change(access.signed_in(request), language=change.language, time_zone=change.time_zone)
    return access.about(person)


@router.get("/sign-in", auth=None, response=Nonce)
def nonce(request: HttpRequest) -> Nonce:
    by_address.take(network_of(request))
    return Nonce(nonce=actions.offer_nonce(request))


@router.post("/sign-in", auth=None, response=About)
def sign_in(request: HttpRequest, given: SignIn) -> About:
    by_address.take(network_of(request))
    actions.refuse_other_person(request, pid=given.pid)
    person = actions.sign_in_by_key(request, origin=settings.ORIGIN, pid=given.pid, signature=given.signature)
    return access.about(person)


@router.get("/records", response=list[Record])
def records(request: HttpRequest) -> list[Record]:
    kept = access.records(access.signed_in(request))
    return [Record(mid=each.mid, kind=each.kind, login=each.login, record=each.record) for each in kept]


@router.put("/records/{mid}", response=Record)
def keep_record(request: HttpRequest, mid: Bytes16, new: NewRecord) -> Record:
    """One that replaces others signs every other browser of this person out: what opened there may be in other hands."""
    person = access.signed_in(request)
    records_of.take(person.pid)
    secret = {"login": new.login, "login_secret": new.login_secret}
    if actions.keep_record(person, mid=mid, kind=new.kind, record=new.record, replaces=new.replaces, **secret):
        actions.end_others(request, person)
    actions.set_length_of_session(request)
    return Record(mid=mid, kind=new.kind, login=new.login, record=new.record)


@router.delete("/records/{mid}", response={204: None})
def remove_record(request: HttpRequest, mid: Bytes16) -> Status[None]:
    actions.remove_record(access.signed_in(request), mid=mid)
    return Status(204, None)


@router.get("/resume", response=MaybeShare)
def share(request: HttpRequest) -> MaybeShare:
    return MaybeShare(share=actions.share(request))


@router.put("/resume", response={204: None})
def keep_share(request: HttpRequest, given: Share) -> Status[None]:
    actions.keep_share(request, given.share)
    return Status(204, None)


@router.delete("/resume", response={204: None})
def drop_share(request: HttpRequest) -> Status[None]:
    actions.drop_share(request)
    return Status(204, None)


@router.get("/other-sessions", response=Others)
def count_others(request: HttpRequest) -> Others:
    person = access.signed_in(request)
    others_of.take(person.pid)
    return Others(count=actions.count_others(request, person))


@router.delete("/other-sessions", response={204: None})
def end_others(request: HttpRequest) -> Status[None]:
    person = access.signed_in(request)
    others_of.take(person.pid)
    actions.end_others(request, person)
    return Status(204, None)
