"""氏名 of accounts by login, for lists that say who did something.

Read again after half a minute, and at once where this process made an account.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from kofu.staff.operators.entering import OWNER
from kofu.staff.operators.services import SERVICES

READ_AGAIN_SECONDS = 30.0
#: Who acts without an account: the systems, and what prepares a demonstration.
MACHINES = {
    "ledger": "収納管理", "issuing": "証明書自動交付", "registry": "住民記録", "center": "交付センター",
    "kofu": "システム", "kofu up": "見本の準備", "kofu demo": "見本の準備",
}  # fmt: skip
MACHINES |= {job.actor: f"無人処理（{job.label}）" for job in SERVICES}


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


def read_again() -> None:
    """Read the names anew when they are asked for next: an account was made."""
    _last.read_at = None


def name_of_machine(actor: str) -> str:
    """Give the name of a system, an unattended job or the owner of a database on record; "" for what is none."""
    if actor.startswith(OWNER):
        return f"データベースの所有者（{actor.removeprefix(OWNER)}）"
    return MACHINES.get(actor, "")
