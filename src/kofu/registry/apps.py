"""The Django application of the registry's stand-in."""

from __future__ import annotations

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Owns the tables of `registry`."""

    name = "kofu.registry"
    label = "registry"
    verbose_name = "既存住民基本台帳システム（代役）"
    default_auto_field = "django.db.models.BigAutoField"
