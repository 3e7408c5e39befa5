"""Django settings of `kofu.registry`: its own database, its own credentials."""

from __future__ import annotations

from kofu.platform.django_settings import settings_for
from kofu.registry.grants import GRANTS

globals().update(settings_for("registry", grants=GRANTS))
