"""Tables of what 延滞金 and 還付加算金 are calculated by: rates of a year, and 増額 with a 納期限 of their own."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RateYear(models.Model):
    """率: those of one calendar year as one person put them in, in per mille, with the 告示 they come from.

    Nothing is changed: a year that was put in wrong is put in again, and the one approved last holds.
    """

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    year = models.SmallIntegerField("暦年")
    first_month = models.SmallIntegerField("延滞金（1月以内）‰")
    after = models.SmallIntegerField("延滞金（1月超）‰")
    refund = models.SmallIntegerField("還付加算金 ‰")
    grace = models.SmallIntegerField("猶予期間の延滞金 ‰", null=True)
    source = models.CharField("根拠（告示）", max_length=200)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")

    class Meta:
        db_table = "rate_year"
        constraints = [
            models.CheckConstraint(
                condition=Q(first_month__range=(0, 200), after__range=(0, 200), refund__range=(0, 200)),
                name="rate_year_per_mille",
            ),
        ]


class RateDecision(models.Model):
    """率の決裁 by another person, or its refusal: once per row of rates."""

    rate = models.OneToOneField(RateYear, on_delete=models.PROTECT, primary_key=True, related_name="decision")
    approved = models.BooleanField("決裁")
    decided_by = models.CharField("決裁者", max_length=80)
    decided_at = models.DateTimeField("決裁日時")

    class Meta:
        db_table = "rate_decision"
