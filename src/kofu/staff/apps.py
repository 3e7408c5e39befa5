"""The Django application of the staff's accounts."""

from __future__ import annotations

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Owns the tables of accounts and offices of one system."""

    name = "kofu.staff"
    label = "staff"
    verbose_name = "職員"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to logins and second factors: they go into the audit log."""
        from kofu.staff import signals

        signals.connect()
