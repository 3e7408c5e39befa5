"""Serve a system's staff screens: Django as an ASGI app."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.platform.made_once import secret_file
from kofu.platform.profiles import load_profile
from kofu.platform.settings import database_url, profile_path, staff_hosts, staff_tls, trusted_proxies, var_dir
from kofu.staff.body_limits import BodyLimits, file_folder
from kofu.staff.demonstration import require_no_demo_accounts

CONNECTIONS_MAX = 8
HSTS_SECONDS = 365 * 24 * 3600


def create_app(system: str, *, screens: str) -> Any:
    """Build the ASGI app of `system`, with the keys and the pool only a serving process has.

    `screens`: the name they go by in `platform.settings` (those of `issuing` are the `console`). Raises `OperatorFault`
    where papers are real and an account of the demonstration opens something.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = f"kofu.{system}.settings"
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application

    if not load_profile(profile_path()).specimen:
        today = day_in_japan(datetime.now(UTC))
        with psycopg.connect(database_url(system)) as connection:
            require_no_demo_accounts(connection, system, specimen=False, today=today)
    secure = staff_tls(screens) is not None or bool(trusted_proxies())
    settings.SECRET_KEY = secret_file(var_dir() / "keys" / f"{system}-sessions.key").hex()
    settings.ALLOWED_HOSTS = staff_hosts()
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = secure
    settings.SECURE_HSTS_SECONDS = HSTS_SECONDS if secure else 0
    settings.FILE_UPLOAD_TEMP_DIR = str(file_folder(var_dir(), screens))
    settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": CONNECTIONS_MAX}
    django.setup()
    return BodyLimits(get_asgi_application())
