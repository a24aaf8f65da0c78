"""A database column of bytes that is read as bytes on every database (PostgreSQL answers memoryview)."""

from django.db import models


class BytesField(models.BinaryField):  # type: ignore[type-arg] # takes none when it runs
    _pyi_private_get_type: bytes

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> bytes | None:
        return None if value is None else bytes(value)
