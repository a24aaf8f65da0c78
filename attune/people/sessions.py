"""Sessions in the database, of which each request writes down what it changed and nothing else.

Django saves the whole session as the request had read it: a slow one would put a resume share back that another has deleted meanwhile.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone
from typing_extensions import override

from attune.core.db import writing

ENDED = "ended"  # all that stays in a session which its person ended from another browser, so that this one is told why


class SessionStore(db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._as_stored: dict[str, Any] = {}  # what this request read, or wrote last

    @override
    def load(self) -> dict[str, Any]:
        self._as_stored = super().load()
        return dict(self._as_stored)

    @override
    def save(self, must_create: bool = False) -> None:
        if must_create or self.session_key is None:
            super().save(must_create)
        else:
            with writing():
                self._take_in_what_others_changed()
                super().save()
        self._as_stored = dict(self.items())

    def _take_in_what_others_changed(self) -> None:
        mine = dict(self.items())
        row = self.model.objects.select_for_update().filter(session_key=self.session_key).first()
        if row is None:
            return  # it ended meanwhile: saving says so
        changed = {name: value for name, value in mine.items() if name not in self._as_stored or self._as_stored[name] != value}
        kept = {name: value for name, value in self.decode(row.session_data).items() if name in mine or name not in self._as_stored}
        self._session_cache = {**kept, **changed}


def others_of(person_pk: int, *, but: str | None) -> list[str]:
    """Keys of this person's sessions besides one. Reads all sessions: whose one is stands inside it, and this is seldom asked."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).exclude(session_key=but)
    return [row.session_key for row in alive.iterator() if row.get_decoded().get(SESSION_KEY) == str(person_pk)]


def end(session_key: str) -> None:
    """Nothing is left in it: no person and no resume share. A request under way writes down what it changed, so brings nothing back."""
    nothing = SessionStore().encode({ENDED: True})
    with writing():
        Session.objects.filter(session_key=session_key).update(session_data=nothing)
