"""How far the clocks of two machines may be apart."""

from __future__ import annotations

from datetime import timedelta

CLOCKS_APART_MAX = timedelta(seconds=5)
"""How far the clocks of two machines of one service may stand apart. A larger step is a clock that was put back."""
