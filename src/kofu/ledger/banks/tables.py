"""Table of accounts that a second person looked at."""

from __future__ import annotations

from django.db import models


class AccountConfirmation(models.Model):
    """口座の確認: a second person looked at an account that can hardly exist, and says by what it was confirmed."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    bank_code = models.CharField("金融機関コード", max_length=4)
    branch_code = models.CharField("店舗コード", max_length=3)
    account_type = models.CharField("預金種目", max_length=1)
    account_number = models.CharField("口座番号", max_length=7)
    reason = models.CharField("確認の方法", max_length=200)
    confirmed_by = models.CharField("確認者", max_length=80)
    confirmed_at = models.DateTimeField("確認日時")

    class Meta:
        db_table = "account_confirmation"
