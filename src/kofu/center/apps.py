"""The Django application of 証明書交付センター: it owns the tables of `center`."""

from __future__ import annotations

from django.apps import AppConfig


class CenterConfig(AppConfig):
    """Owns the tables of `center`."""

    name = "kofu.center"
    label = "center"
    verbose_name = "証明書交付センター"
    default_auto_field = "django.db.models.BigAutoField"
