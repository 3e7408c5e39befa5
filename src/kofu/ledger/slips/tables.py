"""Table of printed 納付書."""

from __future__ import annotations

from django.db import models


class PaymentSlip(models.Model):
    """納付書: each that was printed, what it asked for and until when. Append-only."""

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="slips")
    reissued = models.IntegerField("再発行回数")
    amount = models.BigIntegerField("金額")
    interest = models.BigIntegerField("うち延滞金")
    pay_by = models.DateField("使用期限")
    barcode = models.CharField("バーコード", max_length=44, blank=True)
    printed_by = models.CharField("発行者", max_length=80)
    printed_at = models.DateTimeField("発行日時")

    class Meta:
        db_table = "payment_slip"
        constraints = [models.UniqueConstraint(fields=["claim", "reissued"], name="slip_reissued_once")]
