"""What the centre keeps: sessions, requests for statistics and fees, what became of the paper, refunds and stops.

No table has a column a certificate's content could stand in. The serial of a card stands in its session while that is
open, since the ward's request needs it, sealed under a word only the kiosk has; ending the session sets it to NULL.
"""

from __future__ import annotations

from django.db import models

from kofu.center.domain.requests import RequestOutcome
from kofu.platform.word_checks import only_words


class Session(models.Model):
    """A card on a kiosk's reader, from the validity check to the end."""

    session_id = models.CharField(max_length=32, primary_key=True)
    kiosk_id = models.CharField(max_length=32)
    municipality_code = models.CharField(max_length=6)
    serial = models.CharField(max_length=200, null=True)  # sealed (`session_tokens`)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)  # null: not since it was opened
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


class Challenge(models.Model):
    """What a card was given to sign. Used once; the row is removed when it is used or its time is over."""

    challenge_id = models.CharField(max_length=32, primary_key=True)
    kiosk_id = models.CharField(max_length=32)
    municipality_code = models.CharField(max_length=6)
    nonce = models.BinaryField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "center_challenge"

    def __str__(self) -> str:
        return str(self.challenge_id)


class Request(models.Model):
    """One request: what was asked, how the ward answered, what became of the paper. For statistics and fees."""

    request_id = models.CharField(max_length=32, primary_key=True)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, db_column="session_id")
    kind = models.CharField(max_length=32)
    fiscal_year = models.SmallIntegerField()
    copies = models.SmallIntegerField()
    asked_at = models.DateTimeField()
    body_digest = models.CharField(max_length=64, default="")  # of what was asked: the same id asks the same thing
    deadline_at = models.DateTimeField(null=True)  # of the first asking; it counts for every repeat
    stop_id = models.CharField(max_length=32, default="")  # the stop that refused it before the ward was asked
    unanswered = models.SmallIntegerField(default=0)  # askings of the ward of which nobody knows what came
    outcome = models.CharField(max_length=16)  # one of `domain.requests.Outcome`
    code = models.CharField(max_length=64)
    fee_per_copy = models.IntegerField(default=0)
    sheets_per_copy = models.SmallIntegerField(default=0)
    print_outcome = models.CharField(max_length=16, default="")
    copies_printed = models.SmallIntegerField(default=0)
    fee_paid = models.IntegerField(default=0)

    class Meta:
        db_table = "center_request"
        constraints = [only_words("outcome", RequestOutcome, name="center_request_outcome_words")]

    def __str__(self) -> str:
        return str(self.request_id)


class PrintReport(models.Model):
    """What became of a paper, as the ward and the month's statement are told. Never changed but for its delivery.

    A request has at most two that stand: that nobody knows, and the definite word that came late. A word that
    contradicts them is kept as a contradiction and brought to the ward, where it is a case; no statement counts it.
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, db_column="request_id")
    municipality_code = models.CharField(max_length=6)
    outcome = models.CharField(max_length=16)
    copies_printed = models.SmallIntegerField()
    fee_paid = models.IntegerField()
    occurred_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)  # the instant as the kiosk said it; null: the centre's own word
    standing = models.CharField(max_length=16, default="accepted")  # accepted | contradiction
    body = models.BinaryField()
    attempts = models.IntegerField(default=0)
    last_failure = models.CharField(max_length=64, default="")
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "center_print_report"
        constraints = [
            models.UniqueConstraint(
                fields=["request", "outcome"],
                name="center_print_report_once",
                condition=models.Q(standing="accepted"),
            )
        ]
        indexes = [
            models.Index(
                fields=["attempts", "id"], name="center_report_waiting", condition=models.Q(delivered_at=None)
            ),
            models.Index(fields=["municipality_code", "occurred_at"], name="center_report_month"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Refund(models.Model):
    """Money a store gave back after the print result, entered by staff of the centre. Never changed."""

    refund_id = models.CharField(max_length=32, primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, db_column="request_id")
    yen = models.IntegerField()
    refunded_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    entered_by = models.CharField(max_length=64)

    class Meta:
        db_table = "center_refund"
        constraints = [models.CheckConstraint(name="center_refund_positive", condition=models.Q(yen__gt=0))]

    def __str__(self) -> str:
        return str(self.refund_id)


class Stop(models.Model):
    """休止: a time in which the centre, a municipality or a kind of certificate is not served.

    An empty municipality means all, an empty kind all kinds. Without an end it lasts until it is lifted.
    """

    stop_id = models.CharField(max_length=32, primary_key=True)
    municipality_code = models.CharField(max_length=6, default="")
    kind = models.CharField(max_length=32, default="")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    reason_ja = models.CharField(max_length=200)
    reason_en = models.CharField(max_length=200)
    set_by = models.CharField(max_length=64)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=64, default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "center_stop"
        constraints = [
            models.CheckConstraint(
                name="center_stop_order",
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("begins_at")),
            )
        ]

    def __str__(self) -> str:
        return str(self.stop_id)
