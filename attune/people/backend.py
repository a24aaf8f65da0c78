"""Getting in with a login secret: 256 bits, stretched on the device (Argon2id), so a plain digest of it is all that is kept."""

from hashlib import sha256
from hmac import compare_digest
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from typing_extensions import override

from attune.people import access, rules
from attune.people.models import Person

NOBODY = bytes(32)


class KeyRecordBackend(BaseBackend):
    @override
    def authenticate(self, request: HttpRequest | None, username: str = "", password: str = "", **_: Any) -> Person | None:
        kept = access.record_by_login(username) if rules.is_login(username) else None
        given = sha256(password.encode(errors="surrogatepass")).digest()
        fits = compare_digest(given, kept.secret_digest if kept else NOBODY)
        if not kept or not fits:
            return None
        kept.person.came_by = kept
        return kept.person

    @override
    def get_user(self, user_id: int) -> Person | None:
        return access.by_pk(user_id)
