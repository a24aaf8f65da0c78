"""Every look-up of people."""

from collections.abc import Iterable

from django.http import HttpRequest
from ninja import Schema

from attune.core.errors import Refusal, unknown
from attune.core.ids import Bytes, Bytes32
from attune.people.models import KeyRecord, Person, UsedSetUpToken
from attune.people.rules import PASSPHRASE

__all__ = ["Person"]


def signed_in(request: HttpRequest) -> Person:
    """The person whose session this is. Raises a 401 refusal."""
    if isinstance(request.user, Person):
        return request.user
    raise Refusal("signed-out", "Nobody is signed in.", status=401)


def therapist(request: HttpRequest) -> Person:
    person = signed_in(request)
    check_therapist(person)
    return person


def check_therapist(person: Person) -> None:
    """Raises a 403 refusal."""
    if not person.therapist:
        raise Refusal("therapists-only", "Only a therapist may do this.", status=403)


def by_pid(pid: bytes) -> Person | None:
    return Person.objects.filter(pid=pid).first()


def by_pk(pk: int) -> Person | None:
    return Person.objects.filter(pk=pk).first()


def is_set_up() -> bool:
    """Whether there is a therapist."""
    return Person.objects.filter(therapist=True).exists()


def records(person: Person) -> list[KeyRecord]:
    return list(KeyRecord.objects.filter(person=person).order_by("pk"))


def record(person: Person, *, mid: bytes) -> KeyRecord:
    kept = KeyRecord.objects.filter(person=person, mid=mid).first()
    if kept is None:
        raise unknown()
    return kept


def record_by_login(login: str) -> KeyRecord | None:
    return KeyRecord.objects.select_related("person").filter(login=login).first()


def has_record(person: Person) -> bool:
    return KeyRecord.objects.filter(person=person).exists()


def still_opens(person: Person) -> bool:
    """Whether the way in by which this person came in this request is still what it was when it was tried."""
    kept = person.came_by
    return kept is not None and KeyRecord.objects.filter(pk=kept.pk, secret_digest=kept.secret_digest).exists()


def login_name(kept: Iterable[KeyRecord]) -> str | None:
    return next((each.login for each in kept if each.kind == PASSPHRASE), None)


def user_of_set_up_token(digest: bytes) -> Person | None:
    used = UsedSetUpToken.objects.select_related("person").filter(digest=digest).first()
    return used.person if used else None


class About(Schema):
    """What a person is told about herself. `login` is the login name of her passphrase, `record_kinds` the kinds of her ways in."""

    pid: Bytes32
    sign_pk: Bytes
    recv_pk: Bytes
    therapist: bool
    login: str | None
    language: str
    time_zone: str
    own_space: Bytes32
    record_kinds: list[int]


def about(person: Person) -> About:
    kept = records(person)
    return About(
        pid=person.pid,
        sign_pk=person.sign_pk,
        recv_pk=person.recv_pk,
        therapist=person.therapist,
        login=login_name(kept),
        language=person.language,
        time_zone=person.time_zone,
        own_space=person.own_space,
        record_kinds=[each.kind for each in kept],
    )
