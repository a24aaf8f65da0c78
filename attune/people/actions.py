"""Becoming a person, getting in, keeping ways in."""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth import login, logout
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from attune.core import ids
from attune.core.clock import MINUTE, SECOND, now
from attune.core.db import writing
from attune.core.errors import Refusal, conflict, unfit
from attune.live import push
from attune.people import access, rules, sessions
from attune.people.models import KeyRecord, Person, UsedSetUpToken
from attune.protocol import keys
from attune.protocol.records import read_key_record
from attune.protocol.refusals import Refused

GUEST_SESSION = 90 * 24 * 3600  # seconds
NONCE_LASTS = 2 * MINUTE
BACKEND = "attune.people.backend.KeyRecordBackend"


def register(
    *, sign_pk: bytes, recv_pk: bytes, own_space: bytes, language: str, time_zone: str, therapist_name: str | None = None
) -> Person:
    """Make a person from her card, inside the caller's transaction. `therapist_name` makes a therapist of her, and is public."""
    rules.check_language(language)
    rules.check_time_zone(time_zone)
    try:
        keys.check_keys(sign_pk, recv_pk)
    except Refused as refused:
        raise unfit(refused.code, refused.why) from refused
    person = Person(
        pid=keys.pid_of(sign_pk, recv_pk),
        sign_pk=sign_pk,
        recv_pk=recv_pk,
        own_space=own_space,
        language=language,
        time_zone=time_zone,
        therapist=therapist_name is not None,
        public_name=therapist_name or "",
    )
    person.set_unusable_password()
    if access.by_pid(person.pid):
        raise conflict("known", "Somebody with these keys is here already.")
    person.save()
    return person


def forget(person: Person) -> None:
    """Who came for one session only and stayed nowhere. Her sessions name nobody from then on."""
    person.delete()


def note_set_up(*, digest: bytes, person: Person) -> None:
    UsedSetUpToken.objects.create(digest=digest, person=person)


def change(person: Person, *, language: str | None, time_zone: str | None) -> Person:
    if language is not None:
        rules.check_language(language)
        person.language = language
    if time_zone is not None:
        rules.check_time_zone(time_zone)
        person.time_zone = time_zone
    with writing():
        person.save(update_fields=["language", "time_zone"])
    return person


def sign_in(request: HttpRequest, person: Person) -> None:
    login(request, person, backend=BACKEND)
    set_length_of_session(request)


def set_length_of_session(request: HttpRequest) -> None:
    """A guest's way in is this one browser, so it lasts; who has another way in gets the ordinary length."""
    request.session.pop(sessions.ENDED, None)
    is_guest = isinstance(request.user, Person) and not access.has_record(request.user)
    request.session.set_expiry(GUEST_SESSION if is_guest else settings.SESSION_COOKIE_AGE)


def sign_out(request: HttpRequest) -> None:
    key = request.session.session_key
    logout(request)
    if key:
        push.close_session(key)


def count_others(request: HttpRequest, person: Person) -> int:
    return len(sessions.others_of(person.pk, but=request.session.session_key))


def end_others(request: HttpRequest, person: Person) -> None:
    """End every session of this person but the one that asks: signed out, its resume share gone, its sockets closed."""
    for key in sessions.others_of(person.pk, but=request.session.session_key):
        sessions.end(key)
        push.close_session(key)


def was_ended(request: HttpRequest) -> bool:
    """Whether this browser was signed out from another one."""
    return bool(request.session.get(sessions.ENDED))


def offer_nonce(request: HttpRequest) -> bytes:
    nonce = secrets.token_bytes(16)
    request.session["nonce"] = [ids.encode(nonce), now()]
    if not request.user.is_authenticated:
        request.session.set_expiry(NONCE_LASTS // SECOND)
    return nonce


def sign_in_by_key(request: HttpRequest, *, origin: str, pid: bytes, signature: bytes) -> Person:
    """sign("sign-in", origin, nonce, pid), protocol section 3. Raises refusals: has-record 409, bad-signature or nonce 422."""
    nonce, since = request.session.pop("nonce", ["", 0])
    if not nonce or now() - since > NONCE_LASTS:
        raise unfit("nonce", "Ask for a new nonce first; it lasts two minutes and is good for one try.")
    person = access.by_pid(pid)
    if person is None:
        raise unfit("bad-signature", "This signature does not fit.")
    try:
        keys.verify("sign-in", [origin, ids.decode(nonce), pid], signature, person.sign_pk)
    except Refused as refused:
        raise unfit(refused.code, "This signature does not fit.") from refused
    if access.has_record(person):
        raise conflict("has-record", "This person has a way in of her own. Use it.")
    sign_in(request, person)
    return person


def keep_record(
    person: Person, *, mid: bytes, kind: int, login: str, login_secret: str, record: bytes, replaces: Sequence[bytes] = ()
) -> bool:
    """Put a way in, in place of an older one of the same mid and of those it replaces, in one step: never both, never neither.

    True if one of those was here. Raises refusals: login-taken 409, login, malformed or newer 422.
    """
    rules.check_login(login)
    try:
        read = read_key_record(record)
    except Refused as refused:
        raise unfit(refused.code, refused.why) from refused
    if (read.mid, read.kind, read.pid) != (mid, kind, person.pid):
        raise unfit("malformed", "This record is of another way in, or of somebody else.")
    fields = {"kind": kind, "login": login, "secret_digest": sha256(login_secret.encode()).digest(), "record": record}
    try:
        with writing(), transaction.atomic():
            gone, _ = KeyRecord.objects.filter(person=person, mid__in=[each for each in replaces if each != mid]).delete()
            KeyRecord.objects.update_or_create(person=person, mid=mid, defaults=fields)
    except IntegrityError as error:
        raise conflict("login-taken", "This login name is taken.") from error
    return gone > 0


def is_kept(person: Person, *, mid: bytes, login_secret: str) -> bool:
    """Whether this person's way in has this secret: so a retry proves that it is one."""
    kept = KeyRecord.objects.filter(person=person, mid=mid).first()
    return kept is not None and compare_digest(kept.secret_digest, sha256(login_secret.encode()).digest())


def remove_record(person: Person, *, mid: bytes) -> None:
    with writing():
        kept = access.record(person, mid=mid)
        if person.therapist and len(access.records(person)) == 1:
            raise conflict("last-record", "This is the only way into this account. Add another one first.")
        kept.delete()


def keep_share(request: HttpRequest, share: bytes) -> None:
    request.session["resume"] = ids.encode(share)


def share(request: HttpRequest) -> bytes | None:
    kept = request.session.get("resume")
    return ids.decode(kept) if kept else None


def drop_share(request: HttpRequest) -> None:
    request.session.pop("resume", None)


def refuse_other_person(request: HttpRequest, *, pid: bytes) -> None:
    """One browser profile holds one person; somebody else's link is not used up by whoever is signed in."""
    if isinstance(request.user, Person) and request.user.pid != pid:
        raise Refusal("somebody-else", "Somebody else is signed in in this browser.", status=409)
