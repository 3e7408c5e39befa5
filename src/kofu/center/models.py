"""What the centre keeps: sessions, one line per request for statistics, and print results on their way to the ward.

No table has a column a certificate's content could stand in. The serial of a card stands in its session while that is
open, since the ward's request needs it; ending the session sets it to NULL.
"""

from __future__ import annotations

from django.db import models


class Session(models.Model):
    """A card on a kiosk's reader, from the validity check to the end."""

    session_id = models.CharField(max_length=32, primary_key=True)
    kiosk_id = models.CharField(max_length=32)
    municipality_code = models.CharField(max_length=6)
    serial = models.CharField(max_length=40, null=True)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "center_session"
        constraints = [
            models.CheckConstraint(
                name="center_session_erased_at_end",
                condition=models.Q(ended_at__isnull=True) | models.Q(serial__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["expires_at"], name="center_session_open", condition=models.Q(ended_at=None))]

    def __str__(self) -> str:
        return str(self.session_id)


class Request(models.Model):
    """One request: what was asked, how the ward answered, what became of the paper. For statistics and fees."""

    request_id = models.CharField(max_length=32, primary_key=True)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, db_column="session_id")
    kind = models.CharField(max_length=32)
    fiscal_year = models.SmallIntegerField()
    copies = models.SmallIntegerField()
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=16)  # asked | issued | refused | failed
    code = models.CharField(max_length=64)
    fee_per_copy = models.IntegerField(default=0)
    print_outcome = models.CharField(max_length=16, default="")
    copies_printed = models.SmallIntegerField(default=0)
    fee_paid = models.IntegerField(default=0)

    class Meta:
        db_table = "center_request"

    def __str__(self) -> str:
        return str(self.request_id)


class PrintOutbox(models.Model):
    """A print result for the ward, kept until the ward has it."""

    request = models.OneToOneField(Request, on_delete=models.PROTECT, primary_key=True, db_column="request_id")
    municipality_code = models.CharField(max_length=6)
    body = models.BinaryField()
    attempts = models.IntegerField(default=0)
    last_failure = models.CharField(max_length=64, default="")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "center_print_outbox"

    def __str__(self) -> str:
        return str(self.pk)
