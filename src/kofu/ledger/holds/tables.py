"""Tables of 交付の抑止: holds, their messages, what waits to be sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class IssuanceHold(models.Model):
    """発行停止・更正処理中: from when to when no certificate of the person is issued. Sent to `issuing` at once (P7).

    `settled_at`: a clerk lifted it, or the correction is in the ledger. `generation`: the feed that states the
    correction. `released_at`: the release is on its way; of a correction, once `issuing` reads that generation.
    """

    id = models.UUIDField("抑止の識別子", primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    kind = models.CharField("種類", max_length=16)
    fiscal_year = models.SmallIntegerField("課税年度", null=True)
    file_id = models.UUIDField("受入ファイル", null=True)
    reason = models.CharField("理由", max_length=200)
    set_by = models.CharField("設定者", max_length=80)
    set_at = models.DateTimeField("設定日時")
    settled_by = models.CharField("解除者", max_length=80, blank=True)
    settled_at = models.DateTimeField("解除日時", null=True)
    settled_reason = models.CharField("解除の理由", max_length=200, blank=True)
    generation = models.BigIntegerField("更正を述べた世代", null=True)
    released_at = models.DateTimeField("解除の送信日時", null=True)

    class Meta:
        db_table = "issuance_hold"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="correcting", fiscal_year__isnull=False)
                | Q(kind="issuance_stop", fiscal_year__isnull=True),
                name="issuance_hold_year",
            ),
        ]
        indexes = [
            models.Index(fields=["municipality_code", "addressee_number"], name="issuance_hold_person"),
            models.Index(fields=["file_id"], name="issuance_hold_file"),
            models.Index(fields=["kind"], name="issuance_hold_open", condition=Q(released_at=None)),
        ]


class IssuanceHoldMessage(models.Model):
    """Under which 宛名番号 of the person a hold stands at `issuing`: one message for each number that means them."""

    id = models.BigAutoField(primary_key=True)
    hold = models.ForeignKey(IssuanceHold, on_delete=models.PROTECT, related_name="messages")
    message_id = models.CharField("連絡の識別子", max_length=32, unique=True)
    addressee_number = models.CharField("宛名番号", max_length=15)
    queued_at = models.DateTimeField("送信待ちにした日時")
    released_at = models.DateTimeField("解除の送信日時", null=True)

    class Meta:
        db_table = "issuance_hold_message"


class HoldOutbox(models.Model):
    """One message about a hold. Written with what it tells of, kept after: a hold is never lost on the way (P7).

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
    discard_proposed_by = models.CharField("破棄の起案者", max_length=80, db_default="")
    discard_proposed_at = models.DateTimeField("破棄の起案日時", null=True)
    discard_reason = models.CharField("破棄の理由", max_length=200, db_default="")
    discarded_by = models.CharField("破棄の決裁者", max_length=80, db_default="")
    discarded_at = models.DateTimeField("破棄の日時", null=True)

    class Meta:
        db_table = "hold_outbox"
        constraints = [
            models.UniqueConstraint(fields=["hold_id", "revision"], name="ledger_hold_outbox_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(delivered_at=None), name="ledger_hold_outbox_waiting"),
        ]
