"""Table of the people the ledger knows, as they stand now."""

from __future__ import annotations

from django.db import models


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
