"""Tables of `registry`: the serials of card certificates, and the outbox of holds on their way to `issuing`."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class CardSerial(models.Model):
    """One 利用者証明用電子証明書 as the authority that issued it knows it."""

    serial = models.CharField("シリアル番号", max_length=40, primary_key=True)
    valid_from = models.DateField("有効期間開始")
    valid_to = models.DateField("有効期間満了（この日を含む）")
    status = models.CharField("状態", max_length=9)
    status_since = models.DateTimeField("状態の開始", db_default=Now())

    class Meta:
        db_table = "card_serial"
        verbose_name = "利用者証明用電子証明書"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["valid", "revoked", "suspended"]), name="card_serial_status"
            ),
        ]


class HoldOutbox(models.Model):
    """One message about a hold. Written before it is sent, kept after: a hold is never lost on the way (P7).

    `body` is the JSON that goes out, byte for byte the same at every attempt.
    """

    id = models.BigAutoField(primary_key=True)
    hold_id = models.CharField("抑止の識別子", max_length=32)
    revision = models.IntegerField("版")
    body = models.BinaryField("送るJSON")
    queued_at = models.DateTimeField("登録日時")
    attempts = models.IntegerField("送信回数", default=0)
    last_failure = models.CharField("直近の失敗", max_length=64, default="")
    delivered_at = models.DateTimeField("受領日時", null=True)

    class Meta:
        db_table = "hold_outbox"
        verbose_name = "抑止の送信箱"
        constraints = [
            models.UniqueConstraint(fields=["hold_id", "revision"], name="hold_outbox_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="hold_outbox_waiting"),
        ]
