"""Tables of 過誤納: cases, what happened to them, and who receives for the dead. Amounts are yen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from kofu.ledger.overpayments.domain.refunds import RefundState
from kofu.ledger.recipients.domain.heirs import PayeeEvent
from kofu.ledger.recipients.tables import Heir
from kofu.platform.word_checks import only_words


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
            only_words("state", RefundState, name="refund_case_state_words"),
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


class RefundPayee(models.Model):
    """受取人 of a dead person's refund: an heir, yen, their account. A new account is a new row that replaces one."""

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey("ledger.RefundCase", on_delete=models.PROTECT, related_name="payees")
    heir = models.ForeignKey(Heir, on_delete=models.PROTECT, related_name="refunds")
    position = models.SmallIntegerField("順序")
    basis = models.CharField("根拠（相続分・遺産分割）", max_length=12)
    amount = models.BigIntegerField("金額")
    begins_at = models.BigIntegerField("還付額のうちの位置")
    bank_code = models.CharField("金融機関コード", max_length=4)
    branch_code = models.CharField("店舗コード", max_length=3)
    account_type = models.CharField("預金種目", max_length=1)
    account_number = models.CharField("口座番号", max_length=7)
    account_holder = models.CharField("口座名義（カナ）", max_length=60)
    claimed_on = models.DateField("請求日")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    registered_by = models.CharField("登録者", max_length=80)
    registered_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "refund_payee"
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="refund_payee_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, begins_at__gte=0), name="refund_payee_amount"),
        ]


class RefundPayeeEvent(models.Model):
    """振込 or 振込不能 of one payee."""

    id = models.BigAutoField(primary_key=True)
    payee = models.ForeignKey(RefundPayee, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("出来事", max_length=16)
    effective_on = models.DateField("その日")
    source = models.CharField("出所", max_length=200)
    actor = models.CharField("担当", max_length=80)
    occurred_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "refund_payee_event"
        constraints = [
            only_words("event", PayeeEvent, name="refund_payee_event_event_words"),
            models.UniqueConstraint(fields=["payee", "event"], name="refund_payee_event_once"),
        ]
