"""Somebody with keys, and the sealed ways in that she keeps here."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from attune.core.fields import BytesField


class PersonManager(BaseUserManager["Person"]):
    pass


class Person(AbstractBaseUser):
    """`pid` is the hash of the two keys. The inherited password is never used to get in; it ties sessions to this row."""

    last_login: Any = None  # a fact that nobody needs

    pid = BytesField(unique=True)
    sign_pk = BytesField()
    recv_pk = BytesField()
    therapist = models.BooleanField(default=False)
    public_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=32)
    time_zone = models.CharField(max_length=100)
    own_space = BytesField()
    came_by: "KeyRecord | None" = None  # the way in that was tried in this request

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "pid"
    REQUIRED_FIELDS: ClassVar[list[str]] = []


class KeyRecord(models.Model):
    """One way in. `record` is sealed on the device; `secret_digest` is SHA-256 of a login secret that was stretched there."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="records")
    mid = BytesField()
    kind = models.PositiveSmallIntegerField()
    login = models.CharField(max_length=64, unique=True)
    secret_digest = BytesField()
    record = BytesField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "mid"], name="one_record_per_mid")]


class UsedSetUpToken(models.Model):
    """A set-up link that was used, and by whom: the same person's retry gets the same answer, everybody else is refused."""

    digest = BytesField(unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
