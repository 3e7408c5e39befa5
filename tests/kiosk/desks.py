"""What the kiosk asks its desk for."""

from __future__ import annotations

TO_PAY = (
    ("start", ""),
    ("card", "0"),
    ("pin", "1234"),
    ("taken", ""),
    ("choose", "taxation"),
    ("choose", "2026"),
    ("choose", "2"),
    ("request", ""),
)
