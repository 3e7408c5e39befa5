"""The Django application of 証明書自動交付システム."""

from __future__ import annotations

from django.apps import AppConfig


class IssuingConfig(AppConfig):
    """Owns the tables of `issuing`."""

    name = "kofu.issuing"
    label = "issuing"
    verbose_name = "証明書自動交付システム"
    default_auto_field = "django.db.models.BigAutoField"
