"""Sessions in the database, of which each request writes down what it changed and nothing else.

Django saves the whole session as the request had read it: a slow one would put a resume share back that another has deleted meanwhile.
"""

from typing import Any

from django.contrib.sessions.backends import db
from typing_extensions import override

from attune.core.db import writing


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
