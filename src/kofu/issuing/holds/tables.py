"""Table of the messages of holds (抑止): added, read, never changed."""

from __future__ import annotations

from django.db import models


class HoldMessage(models.Model):
    """抑止: every message as it came. Append-only: which one stands is computed (`standing_hold`)."""

    pk = models.CompositePrimaryKey("municipality_code", "hold_id", "revision")
    municipality_code = models.CharField(max_length=6)
    hold_id = models.CharField(max_length=32)
    revision = models.BigIntegerField()
    kind = models.TextField()
    addressee_number = models.TextField(null=True)
    serial = models.TextField(null=True)
    released = models.BooleanField()
    effective_from = models.DateField()
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    sender = models.TextField(null=True)  # name in the peer's certificate; null: stored before senders were

    class Meta:
        db_table = "hold_message"
        verbose_name = "抑止"
        indexes = [
            models.Index(fields=["municipality_code", "addressee_number"], name="hold_message_person"),
            models.Index(fields=["municipality_code", "serial"], name="hold_message_serial"),
        ]
        constraints = [
            models.CheckConstraint(
                name="hold_message_one_target",
                condition=models.Q(addressee_number__isnull=True, serial__isnull=False)
                | models.Q(addressee_number__isnull=False, serial__isnull=True),
            )
        ]
