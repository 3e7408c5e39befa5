"""Tables of the books.

`notice`, `claim`, `payment`, `entry` and `transfer` are append-only, by right and by trigger (P12). The three balance
tables follow from the transfers; they are kept in the transaction that adds the transfers and are checked against them
by `kofu.ledger.books.verify`. Amounts are yen.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Notice(models.Model):
    """通知書: one person, tax, 課税年度, 相当年度 and 徴収区分; its 期別 are `Claim`s."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    notice_number = models.CharField("通知書番号", max_length=20)
    addressee_number = models.CharField("宛名番号", max_length=15)
    tax = models.CharField("税目", max_length=20)
    fiscal_year = models.SmallIntegerField("課税年度")
    origin_year = models.SmallIntegerField("相当年度")
    collection_method = models.CharField("徴収区分", max_length=10)
    statutory_due_date = models.DateField("法定納期限")
    plate_number = models.CharField("標識番号", max_length=20, blank=True)
    chassis_last4 = models.CharField("車台番号下4桁", max_length=4, blank=True)
    inspected = models.BooleanField("継続検査対象", default=False)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "notice"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "notice_number"], name="notice_number_once"),
        ]
        indexes = [models.Index(fields=["municipality_code", "addressee_number"], name="notice_of_addressee")]


class Claim(models.Model):
    """期別調定: one installment of a notice, with the day it is due (after moves for holidays)."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="claims")
    installment = models.CharField("期別", max_length=8)
    due_date = models.DateField("納期限")

    class Meta:
        db_table = "claim"
        constraints = [models.UniqueConstraint(fields=["notice", "installment"], name="claim_once")]
        indexes = [models.Index(fields=["due_date"], name="claim_due_date")]


class Payment(models.Model):
    """収納: money that came in once. `key` says which it is; the same key again is the same payment."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    key = models.CharField("収納の識別（チャネル・ファイル・行）", max_length=120)
    channel = models.CharField("納付チャネル", max_length=20)
    received_on = models.DateField("領収日")
    booked_on = models.DateField("会計日")
    amount = models.BigIntegerField("領収額")
    office = models.CharField("収納場所", max_length=20, blank=True)
    notice_number = models.CharField("通知書番号（読取り）", max_length=20, blank=True)
    installment = models.CharField("期別（読取り）", max_length=8, blank=True)
    batch_id = models.UUIDField("受入", null=True)
    source = models.CharField("出所（ファイルと行）", max_length=200, blank=True)
    interest = models.BigIntegerField("うち延滞金として納付した額", db_default=0)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payment"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "key"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount"),
        ]
        indexes = [
            models.Index(fields=["booked_on"], name="payment_booked_on"),
            models.Index(fields=["batch_id"], name="payment_batch"),
            models.Index(fields=["notice_number"], name="payment_notice"),
        ]


class Entry(models.Model):
    """仕訳: what happened, when it counts from, who posted it and on what ground."""

    id = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField("順序", unique=True)
    kind = models.CharField("種類", max_length=30)
    effective_on = models.DateField("効力発生日")
    booked_on = models.DateField("会計日")
    actor = models.CharField("担当", max_length=80)
    source = models.CharField("出所", max_length=200, blank=True)
    reason = models.CharField("事由", max_length=200, blank=True)
    detail = models.JSONField("計算", default=dict)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "entry"
        indexes = [models.Index(fields=["booked_on", "kind"], name="entry_booked_on")]


class Transfer(models.Model):
    """One movement of an entry: `amount` yen, debit and credit, at a claim, a payment, or both."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="transfers")
    debit = models.CharField("借方", max_length=24)
    credit = models.CharField("貸方", max_length=24)
    amount = models.BigIntegerField("金額")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="transfers")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="transfers")

    class Meta:
        db_table = "transfer"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_moves"),
            models.CheckConstraint(condition=Q(claim__isnull=False) | Q(payment__isnull=False), name="transfer_place"),
        ]


class ClaimBalance(models.Model):
    """Where a 期別 stands. `due` and `interest_due` are computed by the database and never below zero."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    assessed = models.BigIntegerField("調定額", default=0)
    paid = models.BigIntegerField("納付済額", default=0)
    waived = models.BigIntegerField("減免額", default=0)
    written_off = models.BigIntegerField("不納欠損額", default=0)
    interest_assessed = models.BigIntegerField("延滞金調定額", default=0)
    interest_paid = models.BigIntegerField("延滞金納付済額", default=0)
    interest_waived = models.BigIntegerField("延滞金減免額", default=0)
    interest_written_off = models.BigIntegerField("延滞金不納欠損額", default=0)
    settled_on = models.DateField("完納等の日", null=True)
    due = models.GeneratedField(
        expression=F("assessed") - F("paid") - F("waived") - F("written_off"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name="収入未済額",
    )
    interest_due = models.GeneratedField(
        expression=F("interest_assessed") - F("interest_paid") - F("interest_waived") - F("interest_written_off"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name="延滞金未収額",
    )

    class Meta:
        db_table = "claim_balance"
        constraints = [
            models.CheckConstraint(
                condition=Q(assessed__gte=0, paid__gte=0, waived__gte=0, written_off__gte=0, due__gte=0),
                name="claim_balance_principal",
            ),
            models.CheckConstraint(
                condition=Q(
                    interest_assessed__gte=0,
                    interest_paid__gte=0,
                    interest_waived__gte=0,
                    interest_written_off__gte=0,
                    interest_due__gte=0,
                ),
                name="claim_balance_interest",
            ),
        ]
        indexes = [
            models.Index(fields=["claim"], name="claim_balance_open", condition=Q(due__gt=0) | Q(interest_due__gt=0)),
        ]


class PaymentBalance(models.Model):
    """Where the money of a payment is. `unallocated` is computed by the database; zero between transactions."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    received = models.BigIntegerField(default=0)
    added = models.BigIntegerField("充当した還付加算金", default=0)
    allocated = models.BigIntegerField(default=0)
    suspense = models.BigIntegerField(default=0)
    overpaid = models.BigIntegerField(default=0)
    in_error = models.BigIntegerField(default=0)
    refundable = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    lapsed = models.BigIntegerField(default=0)

    class Meta:
        db_table = "payment_balance"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    received__gte=0,
                    added__gte=0,
                    allocated__gte=0,
                    suspense__gte=0,
                    overpaid__gte=0,
                    in_error__gte=0,
                    refundable__gte=0,
                    refunded__gte=0,
                    lapsed__gte=0,
                ),
                name="payment_balance_parts",
            ),
            models.CheckConstraint(
                condition=Q(
                    received=F("allocated")
                    + F("suspense")
                    + F("overpaid")
                    + F("in_error")
                    + F("refundable")
                    + F("refunded")
                    + F("lapsed")
                    - F("added")
                ),
                name="payment_balance_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["payment"], name="payment_in_suspense", condition=Q(suspense__gt=0)),
            models.Index(fields=["payment"], name="payment_owed_back", condition=Q(overpaid__gt=0) | Q(in_error__gt=0)),
        ]


class Share(models.Model):
    """What one payment is at one claim."""

    pk = models.CompositePrimaryKey("payment", "claim")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="shares")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="shares")
    principal = models.BigIntegerField(default=0)
    interest = models.BigIntegerField(default=0)
    overpaid = models.BigIntegerField(default=0)
    in_error = models.BigIntegerField(default=0)
    refundable = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    lapsed = models.BigIntegerField(default=0)
    refund_interest = models.BigIntegerField(default=0)
    refund_interest_paid = models.BigIntegerField(default=0)
    refund_interest_applied = models.BigIntegerField(default=0)

    class Meta:
        db_table = "share"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    principal__gte=0,
                    interest__gte=0,
                    overpaid__gte=0,
                    in_error__gte=0,
                    refundable__gte=0,
                    refunded__gte=0,
                    lapsed__gte=0,
                    refund_interest_paid__gte=0,
                    refund_interest_applied__gte=0,
                    refund_interest__gte=F("refund_interest_paid") + F("refund_interest_applied"),
                ),
                name="share_parts",
            ),
        ]


class ClaimIncrease(models.Model):
    """増額 of a 期別 with a 納期限 of its own: 延滞金 on it runs from there. Below zero: so much was taken back."""

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="increases")
    due_date = models.DateField("増額分の納期限")
    amount = models.BigIntegerField("金額")
    effective_on = models.DateField("効力発生日")
    source = models.CharField("出所", max_length=200, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "claim_increase"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="claim_increase_amount")]
