"""Django settings every system shares. Each system's `settings.py` calls `settings_for` with its own name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from kofu.platform.settings import database_url


def settings_for(system: str, *, grants: Sequence[str]) -> dict[str, Any]:
    """Build the settings of one system: its own database, its own application, nothing shared at run time.

    `grants`: the rights of the system's roles, one statement each, given after every migration.
    """
    return {
        "SECRET_KEY": "migrations and commands sign nothing; staff.server puts the real key here",
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Tokyo",
        "LANGUAGE_CODE": "ja",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [f"kofu.{system}"],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                **_database(database_url(system)),
            }
        },
        "KOFU_SYSTEM": system,
        "KOFU_GRANTS": tuple(grants),
    }


def _database(url: str) -> dict[str, Any]:
    """Say a PostgreSQL URL in Django's words, all of it: TLS, time limits and the choice of the host included."""
    parts = conninfo_to_dict(url)
    named = {name: str(parts.pop(key, "")) for name, key in _DJANGO_NAMES.items()}
    return named | {"OPTIONS": parts}


_DJANGO_NAMES = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
