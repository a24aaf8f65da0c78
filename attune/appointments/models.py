"""When people meet. What they meet about is nobody's business here."""

from django.db import models

from attune.core.fields import BytesField


class Appointment(models.Model):
    """`aid` is made by the client; times are Unix ms; `label` is what a calendar may show ("Session"). `link` is what
    whoever lost her key comes by: 16 random bytes, which name nothing else."""

    PLANNED, CANCELLED, ENDED = "planned", "cancelled", "ended"

    aid = BytesField(unique=True)
    space = models.ForeignKey("spaces.Space", on_delete=models.CASCADE)
    starts_at = models.PositiveBigIntegerField(db_index=True)
    minutes = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=16)
    label = models.CharField(max_length=80)
    state = models.CharField(max_length=16, default=PLANNED)
    began_at = models.PositiveBigIntegerField(null=True)
    ended_at = models.PositiveBigIntegerField(null=True)
    link = BytesField(unique=True, null=True)


class Knock(models.Model):
    """Somebody came by an appointment's link, with new keys. She meets the keeper in `space`, which holds the two and nothing else."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="knocks")
    space = models.OneToOneField("spaces.Space", on_delete=models.CASCADE)
    pid = BytesField()
