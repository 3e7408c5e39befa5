"""Django settings of `kofu.center`: its own database, its own credentials."""

from __future__ import annotations

from kofu.center.grants import GRANTS
from kofu.platform.django_settings import settings_for

globals().update(settings_for("center", grants=GRANTS))
