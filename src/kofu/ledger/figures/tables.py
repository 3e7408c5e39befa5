"""Table of the figures of 収納率, counted once a day."""

from __future__ import annotations

from django.db import models


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
