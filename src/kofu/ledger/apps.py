"""The Django application of 税務情報トータルシステム (収納管理)."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Owns the tables of `ledger`."""

    name = "kofu.ledger"
    label = "ledger"
    verbose_name = "税務情報トータルシステム（収納管理）"
    default_auto_field = "django.db.models.BigAutoField"
