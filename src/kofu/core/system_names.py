"""What each system is called, on paper and on screens: one table for all."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SystemName:
    """`full`: as the assessment names it, on papers. `short`: in lists. `screens`: over its screens."""

    full: str
    short: str
    screens: str = ""


SYSTEM_NAMES = {
    "ledger": SystemName("税務情報トータルシステム（収納管理）", "収納管理", "税務情報トータルシステム（収納管理）"),
    "issuing": SystemName("証明書自動交付システム", "証明書自動交付", "証明書自動交付 運用コンソール"),
    "registry": SystemName("既存住民基本台帳システム", "住民記録"),
    "center": SystemName("証明書交付センター", "証明書交付センター"),
    "kiosk": SystemName("キオスク端末", "キオスク端末"),
}


def screens_name(system: str) -> str:
    """Give the name over a system's screens, or of the system where people work by commands alone."""
    name = SYSTEM_NAMES[system]
    return name.screens or name.full
