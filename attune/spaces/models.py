"""Rooms as the server holds them: sealed entries in their order, and what is copied out of them for questions."""

from django.db import models

from attune.core.fields import BytesField


class Space(models.Model):
    """The row that orders writers: `count` and `run` are those of the newest entry, `epoch` the id of the epoch in force, `policy` its
    [[drawer, days]]: how long what is said is kept."""

    sid = BytesField(unique=True)
    count = models.PositiveBigIntegerField(default=0)
    run = BytesField()
    epoch = BytesField(null=True)
    epoch_seq = models.PositiveBigIntegerField(default=0)
    policy = models.JSONField(default=list)
    closed = models.BooleanField(default=False)


class Entry(models.Model):
    """One entry. `frame` is the bytes as received, bare once the item was erased; `author` is a pid, `eid` the entry's id."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="entries")
    seq = models.PositiveBigIntegerField()
    frame = BytesField()
    eid = BytesField()
    run = BytesField()
    arrived = models.PositiveBigIntegerField()
    type = models.PositiveSmallIntegerField()
    author = BytesField()
    writer = BytesField()
    iid = BytesField()
    ctl = BytesField(null=True)
    drawer = models.PositiveSmallIntegerField(null=True)
    size = models.PositiveIntegerField()
    seen_seq = models.PositiveBigIntegerField()
    erased = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "seq"], name="one_entry_per_place"),
            models.UniqueConstraint(fields=["space", "author", "iid"], name="one_entry_per_author_and_iid"),
        ]
        indexes = [
            models.Index(fields=["space", "author", "writer", "seq"], name="newest_of_a_writer"),
            models.Index(fields=["eid"], name="entry_by_id"),
        ]


class Member(models.Model):
    """Somebody who is or was in a space. `until` is the entry that ended it, `left` the leave entry within the epoch in force, `placed`
    the entry since which she is a placed keeper, `was` the pid whose place she took, `looks_back` that she may list up to `until`."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="members")
    pid = BytesField(db_index=True)
    role = models.PositiveSmallIntegerField()
    was = BytesField(null=True)
    until = models.PositiveBigIntegerField(null=True)
    left = models.PositiveBigIntegerField(null=True)
    placed = models.PositiveBigIntegerField(null=True)
    looks_back = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "pid"], name="one_row_per_person_and_space")]


class NamedBlob(models.Model):
    """A file that an item of this space has named; no other item may."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE)
    blob = BytesField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "blob"], name="one_item_per_blob")]


class Invitation(models.Model):
    """A link that a therapist gave to somebody. `record` is sealed under the link's secret, and dropped when it is of no more use."""

    iid = BytesField(unique=True)
    keeper = models.ForeignKey("people.Person", on_delete=models.CASCADE)
    record = BytesField(null=True)
    expires = models.PositiveBigIntegerField()
    made_at = models.PositiveBigIntegerField()
    revoked_at = models.PositiveBigIntegerField(null=True)
    used_at = models.PositiveBigIntegerField(null=True)
    used_by = BytesField(null=True)
    space = BytesField(null=True)
