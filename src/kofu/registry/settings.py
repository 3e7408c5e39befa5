"""Django settings of `kofu.registry`: its own database, its own credentials."""

from __future__ import annotations

from kofu.registry.grants import GRANTS
from kofu.staff.settings import account_settings_for

globals().update(account_settings_for("registry", grants=GRANTS))
