"""Tables of nights whose figures were held, and of what people said of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kofu.ledger.feed.domain.held_nights import HeldState


class HeldNightRow(models.Model):
    """保留した夜間連携: figures of a day beyond their bounds, what they were compared with, and where they stand.

    `figures_sha256` stands for exactly these figures of this day; a trigger holds the table of `domain.held_nights`.
    """

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    figures_sha256 = models.CharField("数値の要約値", max_length=64)
    business_date = models.DateField("基準日")
    mode = models.CharField("全件・差分", max_length=12)
    before = models.BigIntegerField("比較した世代")
    report = models.JSONField("数値")
    state = models.CharField("状態", max_length=12)
    held_at = models.DateTimeField("保留日時")
    ended_at = models.DateTimeField("終了日時", null=True)

    class Meta:
        db_table = "held_night"
        verbose_name = "保留した夜間連携"
        constraints = [
            models.CheckConstraint(name="held_night_state", condition=Q(state__in=[one.value for one in HeldState])),
            models.UniqueConstraint(
                fields=["municipality_code", "figures_sha256"],
                name="held_night_waits_once",
                condition=Q(state__in=["held", "released"]),
            ),
        ]


class HeldNightWordRow(models.Model):
    """One person's word on held figures: `step` release or send_back. Never changed, never removed."""

    id = models.BigAutoField(primary_key=True)
    held_night = models.ForeignKey(HeldNightRow, on_delete=models.PROTECT, related_name="words")
    step = models.CharField("判断", max_length=12)
    signed_by = models.CharField("署名者", max_length=80)
    signed_at = models.DateTimeField("署名日時")
    finding = models.CharField("確認した内容", max_length=2000)

    class Meta:
        db_table = "held_night_word"
        constraints = [
            models.UniqueConstraint(fields=["held_night", "signed_by", "step"], name="held_night_two_people")
        ]
