"""Moments of three months, for logs written over time."""

from __future__ import annotations

from datetime import UTC, datetime

OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 20, 3, tzinfo=UTC) for month in (10, 11, 12))
