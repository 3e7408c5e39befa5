"""Tables of the counter's certificates: applications, their copies, what happened; cases and the findings on them.

All are append-only, by right and by trigger. Where an application stands is the state its last event led to; two clerks
who press at the same moment want the same position among its events, and one of them gets it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from kofu.ledger.counter.domain import states
from kofu.platform.word_checks import only_words


class CounterApplication(models.Model):
    """申請: who asks for which certificates about whom, and what they showed: documents by kind only."""

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField("受付番号", unique=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    body_digest = models.CharField("申請内容の SHA-256", max_length=64)
    applicant = models.CharField("申請者", max_length=12)
    applicant_name = models.CharField("申請者の氏名（本人以外）", max_length=120, blank=True)
    right_shown = models.BooleanField("資格を示す書類の確認")
    identity = models.JSONField("本人確認書類の種類", default=list)
    purpose = models.CharField("使用目的", max_length=20)
    kind = models.CharField("証明書の種類", max_length=20)
    years = models.JSONField("年度", default=list)
    copies = models.SmallIntegerField("部数")
    plate_number = models.CharField("標識番号", max_length=20, blank=True)
    free_reason = models.CharField("無料の理由", max_length=20, blank=True)
    unpaid_accepted = models.BooleanField("未納の記載の了承")
    office = models.CharField("受付所属", max_length=16)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    applied_by = models.CharField("受付者", max_length=80)
    applied_at = models.DateTimeField("受付日時")

    class Meta:
        db_table = "counter_application"
        indexes = [
            models.Index(fields=["municipality_code", "applied_at"], name="counter_application_day"),
            models.Index(fields=["municipality_code", "addressee_number"], name="counter_application_person"),
        ]


class CounterCopy(models.Model):
    """発行した1通: its number and digests, the paper itself nowhere. `last_sequence`: the ledger it was made from."""

    certificate_number = models.CharField("発行番号", max_length=64, primary_key=True)
    application = models.ForeignKey(CounterApplication, on_delete=models.PROTECT, related_name="issued")
    position = models.SmallIntegerField("何通目")
    fiscal_year = models.SmallIntegerField("年度")
    title = models.CharField("題名", max_length=60)
    form_version = models.CharField("様式", max_length=40)
    as_of = models.DateField("証明日")
    last_sequence = models.BigIntegerField("最後の仕訳の順序")
    fee = models.IntegerField("手数料")
    sha256 = models.CharField("SHA-256", max_length=64)
    facts_digest = models.CharField("事実の SHA-256", max_length=64)
    pages = models.SmallIntegerField("頁数")

    class Meta:
        db_table = "counter_copy"
        constraints = [
            models.UniqueConstraint(fields=["application", "position"], name="counter_copy_once"),
            models.CheckConstraint(condition=Q(fee__gte=0), name="counter_copy_fee"),
        ]


class CounterEvent(models.Model):
    """経過: what happened to an application, in order. `fee`: yen taken at this event, negative where given back."""

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey(CounterApplication, on_delete=models.PROTECT, related_name="events")
    position = models.SmallIntegerField("順序")
    event = models.CharField("出来事", max_length=16)
    state = models.CharField("その後の状態", max_length=16)
    actor = models.CharField("担当", max_length=80)
    office = models.CharField("所属", max_length=16)
    occurred_at = models.DateTimeField("日時")
    reason = models.CharField("理由", max_length=200, blank=True)
    fee = models.IntegerField("手数料の収受", default=0)
    detail = models.JSONField("内容", default=dict)

    class Meta:
        db_table = "counter_event"
        constraints = [
            only_words("state", states.CounterState, name="counter_event_state_words"),
            only_words("event", states.CounterEvent, name="counter_event_event_words"),
            models.UniqueConstraint(fields=["application", "position"], name="counter_event_once"),
        ]
        indexes = [
            models.Index(fields=["occurred_at"], name="counter_event_day"),
            models.Index(fields=["application"], name="counter_event_waiting", condition=Q(state="waiting")),
        ]


class CounterCase(models.Model):
    """調査票: what must be explained, closed by two people. While one that `stops` is open, nothing is issued."""

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField("番号", unique=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=30)
    summary = models.CharField("概要", max_length=500)
    evidence = models.JSONField("判明していること", default=list)
    application = models.ForeignKey(CounterApplication, on_delete=models.PROTECT, null=True, related_name="cases")
    stops = models.BooleanField("窓口交付を止める")
    opened_by = models.CharField("起こした者", max_length=80)
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "counter_case"


class CounterFinding(models.Model):
    """調査結果: one person's finding on a case; the second person's closes it."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(CounterCase, on_delete=models.PROTECT, related_name="findings")
    signed_by = models.CharField("署名者", max_length=80)
    finding = models.CharField("判明したこと", max_length=1000)
    signed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "counter_finding"
        constraints = [models.UniqueConstraint(fields=["case", "signed_by"], name="counter_finding_once")]
