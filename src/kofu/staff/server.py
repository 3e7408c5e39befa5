"""Serve a system's staff screens: Django as an ASGI app."""

from __future__ import annotations

import os
from typing import Any

from kofu.platform.made_once import secret_file
from kofu.platform.settings import staff_hosts, staff_tls, var_dir

CONNECTIONS_MAX = 8
HSTS_SECONDS = 365 * 24 * 3600


def create_app(system: str, *, screens: str) -> Any:
    """Build the ASGI app of `system`, with the keys and the pool only a serving process has.

    `screens`: the name they go by in `platform.settings` (those of `issuing` are the `console`).
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = f"kofu.{system}.settings"
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application

    secure = staff_tls(screens) is not None
    settings.SECRET_KEY = secret_file(var_dir() / "keys" / f"{system}-sessions.key").hex()
    settings.ALLOWED_HOSTS = staff_hosts()
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = secure
    settings.SECURE_HSTS_SECONDS = HSTS_SECONDS if secure else 0
    settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": CONNECTIONS_MAX}
    django.setup()
    return get_asgi_application()
