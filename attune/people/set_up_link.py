"""The one-time link that makes a therapist: a token in a file of the data folder, readable by its owner, gone with its use."""

import os
import secrets
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings


def make() -> str:
    """A new token, in place of one that was not used yet."""
    token = secrets.token_urlsafe(24)
    with os.fdopen(os.open(settings.SET_UP_TOKEN, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token)
    return token


def current() -> str | None:
    try:
        return str(settings.SET_UP_TOKEN.read_text()) or None
    except FileNotFoundError:
        return None


def fits(token: str) -> bool:
    kept = current()
    return kept is not None and compare_digest(token.encode(), kept.encode())


def use_up(token: str) -> None:
    if fits(token):
        settings.SET_UP_TOKEN.unlink(missing_ok=True)


def digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def address(token: str) -> str:
    return f"{settings.ORIGIN}/set-up#{token}"
