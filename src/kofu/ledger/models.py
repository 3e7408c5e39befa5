"""Tables of the collection ledger.

`notice`, `claim`, `payment`, `entry` and `transfer` are append-only, by right and by trigger (P12). The three balance
tables follow from the transfers; they are kept in the transaction that adds the transfers and are checked against them
by `kofu.ledger.verify`. Amounts are yen.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from kofu.ledger import accounting_models as accounting_models  # noqa: PLC0414 - Django finds the tables of 会計日 here
from kofu.ledger import addressee_models as addressee_models  # noqa: PLC0414 - Django finds the tables of 宛名 here
from kofu.ledger import arrears_models as arrears_models  # noqa: PLC0414 - Django finds the tables of arrears here
from kofu.ledger import batch_models as batch_models  # noqa: PLC0414 - Django finds the batches of letters here
from kofu.ledger import counter_models as counter_models  # noqa: PLC0414 - Django finds the counter tables here
from kofu.ledger import debit_models as debit_models  # noqa: PLC0414 - Django finds the tables of 口座振替 here
from kofu.ledger import delivery_models as delivery_models  # noqa: PLC0414 - Django finds the deliveries here
from kofu.ledger import feed_models as feed_models  # noqa: PLC0414 - Django finds the tables of the feed here
from kofu.ledger import glyph_models as glyph_models  # noqa: PLC0414 - Django finds the drawn glyphs here
from kofu.ledger import held_night_models as held_night_models  # noqa: PLC0414 - Django finds held nights here
from kofu.ledger import payment_models as payment_models  # noqa: PLC0414 - Django finds the tables of receiving here
from kofu.ledger import rate_models as rate_models  # noqa: PLC0414 - Django finds the tables of rates here
from kofu.ledger import representative_models as representative_models  # noqa: PLC0414 - Django finds them here


class Taxpayer(models.Model):
    """宛名: who owes and is owed, as the registry names them. Names are kept exactly as received."""

    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    name = models.CharField("氏名", max_length=120)
    kana = models.CharField("フリガナ", max_length=120, blank=True)
    search_kana = models.CharField("検索用カナ（清音化）", max_length=120, blank=True)
    search_name = models.CharField("検索用氏名（異体字を除く）", max_length=120, blank=True)
    birthday = models.CharField("生年月日（不詳は ??）", max_length=10, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("住所", max_length=200, blank=True)
    status = models.CharField("住民区分", max_length=12, default="resident")
    status_date = models.DateField("異動年月日", null=True)
    protected = models.BooleanField("支援措置", default=False)

    class Meta:
        db_table = "taxpayer"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "addressee_number"], name="taxpayer_addressee"),
        ]
        indexes = [
            models.Index(fields=["search_kana"], name="taxpayer_kana", opclasses=["text_pattern_ops"]),
            models.Index(fields=["search_name"], name="taxpayer_name", opclasses=["text_pattern_ops"]),
        ]


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


class ReceivedFile(models.Model):
    """受入ファイル: what was received, what the check found, who decided. The file's own bytes are kept with it."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=30)
    name = models.CharField("ファイル名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField("内容")
    rows = models.IntegerField("件数")
    total = models.BigIntegerField("金額合計")
    problems = models.JSONField("不備", default=list)
    bad_rows = models.IntegerField("不備件数", default=0)
    state = models.CharField("状態", max_length=12)
    received_by = models.CharField("受付者", max_length=80)
    received_at = models.DateTimeField("受付日時")
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)
    decision_reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        db_table = "received_file"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality_code", "kind", "sha256"],
                condition=~Q(state="rejected"),  # what was sent back can come again
                name="received_file_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="received_file_waiting")]


class RefundCase(models.Model):
    """過誤納金の事案: what is owed back to a person, how it is settled, who approved, where the money goes."""

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField("還付番号", unique=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    state = models.CharField("状態", max_length=12)
    causes = models.JSONField("発生事由", default=list)
    plan = models.JSONField("充当・還付の内訳", default=dict)
    applied_total = models.BigIntegerField("充当額")
    refund_total = models.BigIntegerField("還付額（加算金を含む）")
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")
    approved_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_on = models.DateField("決裁日", null=True)
    notified_on = models.DateField("通知日", null=True)
    claimed_on = models.DateField("請求日", null=True)
    bank_code = models.CharField("金融機関コード", max_length=4, blank=True)
    branch_code = models.CharField("店舗コード", max_length=3, blank=True)
    account_type = models.CharField("預金種目", max_length=1, blank=True)
    account_number = models.CharField("口座番号", max_length=7, blank=True)
    account_holder = models.CharField("口座名義（カナ）", max_length=60, blank=True)
    transfer_on = models.DateField("振込日", null=True)
    lapse_on = models.DateField("請求期限（時効）", null=True)

    class Meta:
        db_table = "refund_case"
        indexes = [
            models.Index(fields=["state", "municipality_code"], name="refund_case_state"),
            models.Index(fields=["municipality_code", "addressee_number"], name="refund_case_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["municipality_code", "addressee_number"],
                condition=Q(state="proposed"),
                name="refund_case_one_proposal",
            ),
        ]


class RefundEvent(models.Model):
    """What happened to a case, when and by whom: papers sent, claims received, transfers, failures."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(RefundCase, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("出来事", max_length=20)
    actor = models.CharField("担当", max_length=80)
    occurred_at = models.DateTimeField("日時")
    detail = models.JSONField("内容", default=dict)

    class Meta:
        db_table = "refund_event"


class CollectionReport(models.Model):
    """収納率の集計, as it was counted: what was reported once can be found again."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    made_by = models.CharField("集計者", max_length=80)
    made_at = models.DateTimeField("集計日時")
    last_sequence = models.BigIntegerField("最後の仕訳の順序")
    figures = models.JSONField("集計")

    class Meta:
        db_table = "collection_report"
