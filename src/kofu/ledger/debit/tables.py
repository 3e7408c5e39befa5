"""Tables of 口座振替: who registered which account, what the banks were asked, line by line. All append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class DebitMandate(models.Model):
    """口座振替の登録: an account a person lets the ward debit for a tax. Another account is another registration."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    tax = models.CharField("税目", max_length=20)
    bank_code = models.CharField("金融機関コード", max_length=4)
    branch_code = models.CharField("店舗コード", max_length=3)
    account_type = models.CharField("預金種目", max_length=1)
    account_number = models.CharField("口座番号", max_length=7)
    holder = models.CharField("預金者名（カナ）", max_length=30)
    applied_on = models.DateField("依頼書の受付日")
    starts_on = models.DateField("この日以後の納期限から")
    registered_by = models.CharField("登録者", max_length=80)
    registered_at = models.DateTimeField("登録日時", db_default=Now())

    class Meta:
        db_table = "debit_mandate"
        indexes = [models.Index(fields=["municipality_code", "addressee_number"], name="debit_mandate_person")]


class DebitMandateEnd(models.Model):
    """口座振替の終わり: a registration ends once, with its reason."""

    mandate = models.OneToOneField(DebitMandate, on_delete=models.PROTECT, primary_key=True, related_name="end")
    ends_on = models.DateField("この日以後の納期限は振り替えない")
    reason = models.CharField("事由", max_length=20)
    ended_by = models.CharField("登録者", max_length=80)
    ended_at = models.DateTimeField("登録日時", db_default=Now())

    class Meta:
        db_table = "debit_mandate_end"


class DebitRequest(models.Model):
    """口座振替の依頼: the file the banks were given for one day; its bytes are kept sealed (`stored_file`)."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    number = models.IntegerField("その日の何本目か")
    debit_on = models.DateField("引落日")
    name = models.CharField("ファイル名", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    rows = models.IntegerField("件数")
    total = models.BigIntegerField("金額合計")
    made_by = models.CharField("作成者", max_length=80)
    made_at = models.DateTimeField("作成日時")

    class Meta:
        db_table = "debit_request"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "debit_on", "number"], name="debit_request_once"),
        ]


class DebitRequestLine(models.Model):
    """One line of a request. A claim is asked for once on a day, whatever files are made for it."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(DebitRequest, on_delete=models.PROTECT, related_name="lines")
    debit_on = models.DateField("引落日")
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="debit_lines")
    mandate = models.ForeignKey(DebitMandate, on_delete=models.PROTECT, related_name="lines")
    customer_number = models.CharField("顧客番号", max_length=20)
    amount = models.BigIntegerField("引落金額")

    class Meta:
        db_table = "debit_request_line"
        constraints = [
            models.UniqueConstraint(fields=["debit_on", "claim"], name="debit_line_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="debit_line_amount"),
        ]
        indexes = [models.Index(fields=["debit_on", "customer_number"], name="debit_line_number")]
