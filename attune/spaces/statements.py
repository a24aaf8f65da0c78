"""What each append asks and writes, as SQL: Django puts a statement together anew each time, which was half of an append's cost."""

from typing import Any

from django.db import connection

from attune.protocol.view import Last
from attune.spaces.models import Entry, Space

_ENTRY, _SPACE = Entry._meta.db_table, Space._meta.db_table
_COLUMNS = [field.column for field in Entry._meta.concrete_fields if not field.primary_key]
_WHERE_AUTHOR = f"FROM {_ENTRY} WHERE space_id = %s AND author = %s"

PLACE = f"SELECT seq, eid {_WHERE_AUTHOR} AND iid = %s"
NEWEST = f"SELECT eid, seen_seq {_WHERE_AUTHOR} AND writer = %s ORDER BY seq DESC LIMIT 1"
INSERT = f"INSERT INTO {_ENTRY} ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608
MOVE = f"UPDATE {_SPACE} SET count = %s, run = %s WHERE id = %s"  # noqa: S608


def place_of(space: Space, *, author: bytes, iid: bytes) -> tuple[int, bytes] | None:
    row = _row(PLACE, space.pk, author, iid)
    return (row[0], bytes(row[1])) if row else None


def last_of(space: Space, *, author: bytes, writer: bytes) -> Last | None:
    row = _row(NEWEST, space.pk, author, writer)
    return Last(bytes(row[0]), row[1]) if row else None


def insert(entry: Entry) -> None:
    """Like entry.save() of a new one, but for the key, which nobody asks for."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [getattr(entry, field.attname) for field in Entry._meta.concrete_fields if not field.primary_key])


def move(space: Space) -> None:
    """Write how far the space has come."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [space.count, space.run, space.pk])


def _row(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
