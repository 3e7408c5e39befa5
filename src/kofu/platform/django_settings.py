"""Django settings every system shares. Each system's `settings.py` calls `settings_for` with its own name."""

from __future__ import annotations

import importlib.util
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from kofu.platform.settings import database_url


def settings_for(system: str) -> dict[str, Any]:
    """Build the settings of one system: its own database, its own application, nothing shared at run time."""
    parts = conninfo_to_dict(database_url(system))
    app = f"kofu.{system}"
    return {
        "SECRET_KEY": "this project serves no session: migrations only",
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Tokyo",
        "LANGUAGE_CODE": "ja",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [app] if importlib.util.find_spec(f"{app}.apps") else [],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.get("dbname", ""),
                "USER": parts.get("user", ""),
                "PASSWORD": parts.get("password", ""),
                "HOST": parts.get("host", ""),
                "PORT": str(parts.get("port", "")),
            }
        },
    }
