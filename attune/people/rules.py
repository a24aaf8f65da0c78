"""What a login name, a language and a time zone may look like."""

import re

from attune.core.errors import unfit

PASSPHRASE = 1  # the kind of way in whose login is a name that somebody chose

_LOGIN = re.compile(r"[a-z0-9._-]{3,64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_TIME_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,32}(/[A-Za-z0-9_+\-]{1,32}){0,2}")


def is_login(login: str) -> bool:
    return _LOGIN.fullmatch(login) is not None


def check_login(login: str) -> None:
    if not is_login(login):
        raise unfit("login", "A login name has 3 to 64 of a-z 0-9 . _ -")


def check_language(language: str) -> None:
    if not _LANGUAGE.fullmatch(language):
        raise unfit("language", "A language is a tag such as en, fr or ar.")


def check_time_zone(time_zone: str) -> None:
    if not _TIME_ZONE.fullmatch(time_zone):
        raise unfit("time-zone", "A time zone is an IANA name such as Europe/Paris.")
