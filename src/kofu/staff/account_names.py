"""氏名 of accounts by login, for lists that say who did something; read again after half a minute."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

READ_AGAIN_SECONDS = 30.0


@dataclass(slots=True)
class _AccountNames:
    """What was read last, and when (monotonic seconds)."""

    names: Mapping[str, str] = field(default_factory=dict)
    read_at: float | None = None


_last = _AccountNames()


def names_of_accounts() -> Mapping[str, str]:
    """Give the name of every account of this system, by login."""
    from kofu.staff.models import StaffAccount

    if _last.read_at is None or time.monotonic() - _last.read_at > READ_AGAIN_SECONDS:
        _last.names = dict(StaffAccount.objects.values_list("login", "display_name"))
        _last.read_at = time.monotonic()
    return _last.names
