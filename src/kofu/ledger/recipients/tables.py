"""Tables of who receives for a person: 相続人代表者, 納税管理人, 送付先変更; what was sent where; payees of heirs.

All append-only: a change is a new row or a new event. Where each stands follows from its events.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kofu.ledger.recipients.domain import recipients
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import HeirsState
from kofu.platform.word_checks import only_words


class Inheritance(models.Model):
    """相続: the heirs of a person as a 届出 or the ward's survey names them. A 変更届 is another one."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("被相続人の宛名番号", max_length=15)
    basis = models.CharField("根拠", max_length=12)
    died_on = models.DateField("死亡年月日")
    filed_on = models.DateField("届出・調査の日")
    declare_by = models.DateField("届出を求めた期限", null=True)
    registered_by = models.CharField("登録者", max_length=80)
    registered_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "inheritance"
        indexes = [models.Index(fields=["municipality_code", "addressee_number"], name="inheritance_person")]


class Heir(models.Model):
    """相続人: name, address, 続柄, 相続分 as an exact fraction, whether they signed (連署)."""

    id = models.BigAutoField(primary_key=True)
    inheritance = models.ForeignKey(Inheritance, on_delete=models.PROTECT, related_name="heirs")
    position = models.SmallIntegerField("順序")
    name = models.CharField("氏名", max_length=120)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("住所", max_length=200)
    relation = models.CharField("続柄", max_length=20)
    share_numerator = models.IntegerField("相続分（分子）")
    share_denominator = models.IntegerField("相続分（分母）")
    signed = models.BooleanField("連署")
    addressee_number = models.CharField("宛名番号", max_length=15, blank=True)
    corporate_number = models.CharField("法人番号", max_length=13, blank=True)
    protected = models.BooleanField("支援措置", default=False)

    class Meta:
        db_table = "heir"
        constraints = [
            models.UniqueConstraint(fields=["inheritance", "position"], name="heir_once"),
            models.CheckConstraint(
                condition=Q(share_numerator__gt=0, share_denominator__gt=0), name="heir_share_positive"
            ),
        ]


class InheritanceEvent(models.Model):
    """What happened to it: 届出, 指定の起案・決裁・取下げ, 変更, 終了; `position`: the heir it is about."""

    id = models.BigAutoField(primary_key=True)
    inheritance = models.ForeignKey(Inheritance, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("出来事", max_length=12)
    state = models.CharField("その後の状態", max_length=12)
    position = models.SmallIntegerField("相続人の順序", null=True)
    effective_on = models.DateField("効力の日")
    actor = models.CharField("担当", max_length=80)
    occurred_at = models.DateTimeField("日時")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        db_table = "inheritance_event"
        constraints = [only_words("state", HeirsState, name="inheritance_event_state_words")]


class TaxAgent(models.Model):
    """納税管理人, as the 申告書 or 申請書 names them."""

    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField("番号", unique=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("納税義務者の宛名番号", max_length=15)
    name = models.CharField("氏名", max_length=120)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("住所", max_length=200)
    inside = models.BooleanField("条例で定める地域内")
    taxes = models.JSONField("税目", default=list)
    may_certify = models.BooleanField("証明書の申請")
    confirmed = models.BooleanField("支援措置の本人の確認")
    filed_on = models.DateField("申告・申請の日")
    valid_from = models.DateField("始期")
    valid_until = models.DateField("終期", null=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    registered_by = models.CharField("登録者", max_length=80)
    registered_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "tax_agent"
        indexes = [models.Index(fields=["municipality_code", "addressee_number"], name="tax_agent_person")]


class TaxAgentEvent(models.Model):
    """What happened to one: 申告, 申請, 承認, 不承認, 変更, 解任, 支援措置の本人の確認.

    `effective_on` is the last day where it ends.
    """

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey(TaxAgent, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("出来事", max_length=12)
    state = models.CharField("その後の状態", max_length=12)
    effective_on = models.DateField("効力の日")
    actor = models.CharField("担当", max_length=80)
    occurred_at = models.DateTimeField("日時")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        db_table = "tax_agent_event"
        constraints = [only_words("state", AgentState, name="tax_agent_event_state_words")]


class Forwarding(models.Model):
    """送付先変更 as the person asked for it."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("送付先", max_length=200)
    care_of = models.CharField("様方", max_length=60, blank=True)
    reason = models.CharField("理由", max_length=200)
    confirmed = models.BooleanField("支援措置の本人の確認")
    valid_from = models.DateField("始期")
    valid_until = models.DateField("終期", null=True)
    registered_by = models.CharField("登録者", max_length=80)
    registered_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "forwarding"
        indexes = [models.Index(fields=["municipality_code", "addressee_number"], name="forwarding_person")]


class ForwardingEvent(models.Model):
    """解除 (`effective_on`: last day) or 支援措置の本人の確認."""

    id = models.BigAutoField(primary_key=True)
    forwarding = models.ForeignKey(Forwarding, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("出来事", max_length=12)
    effective_on = models.DateField("その日")
    actor = models.CharField("担当", max_length=80)
    occurred_at = models.DateTimeField("日時")
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        db_table = "forwarding_event"
        constraints = [only_words("event", recipients.ForwardingEvent, name="forwarding_event_event_words")]


class OutgoingDocument(models.Model):
    """What was made for sending: to whom, where and why, as it stands on the paper."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    document = models.CharField("書類", max_length=24)
    reference = models.CharField("番号", max_length=60)
    role = models.CharField("受取人の資格", max_length=16)
    why = models.CharField("理由", max_length=24)
    name = models.CharField("受取人", max_length=120)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("送付先", max_length=300)
    made_by = models.CharField("作成者", max_length=80)
    made_at = models.DateTimeField("作成日時")

    class Meta:
        db_table = "outgoing_document"
        indexes = [models.Index(fields=["municipality_code", "addressee_number", "made_at"], name="outgoing_of_person")]
