"""Django settings of `kofu.center`: its own database, its own credentials."""

from __future__ import annotations

from kofu.center.grants import GRANTS
from kofu.staff.settings import account_settings_for

globals().update(account_settings_for("center", grants=GRANTS))
