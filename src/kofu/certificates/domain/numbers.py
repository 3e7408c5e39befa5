"""発行番号: how a certificate is numbered, in one series for each place that issues.

住民記録システム標準仕様書 §5.5 names day, municipality, machine and running number, and lets the machine out where
there is none to name. A kiosk's paper names none; the counter's names the counter. So the two series never meet,
although each counts by a database sequence of its own.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from kofu.core.errors import ensure


class Series(StrEnum):
    """Who numbers; the value stands in the number in the place of the machine (発行端末名番号)."""

    KIOSK = ""
    COUNTER = "C"


_FORM = re.compile(r"(?P<day>\d{8})-(?P<municipality>\d{6})-(?:(?P<machine>[A-Z])-)?(?P<sequence>\d{9,})", re.ASCII)


def certificate_number(day: date, municipality_code: str, sequence: int, series: Series = Series.KIOSK) -> str:
    """Write a 発行番号: day of issue, municipality, mark of the series, running number of its database sequence (P4).

    Series and sequence make it unique; day and code are there for the people who read it.
    """
    ensure(sequence > 0, "a certificate number needs a positive running number")
    machine = f"{series.value}-" if series.value else ""
    return f"{day:%Y%m%d}-{municipality_code}-{machine}{sequence:09d}"


def municipality_of(number: str) -> str:
    """Code of the municipality a 発行番号 names; "" where it is no number of ours."""
    found = _FORM.fullmatch(number)
    return found["municipality"] if found is not None else ""


def series_of(number: str) -> Series | None:
    """Tell whose series a 発行番号 is of; None where it is no number of ours."""
    found = _FORM.fullmatch(number)
    if found is None:
        return None
    machine = found["machine"] or ""
    return next((series for series in Series if series.value == machine), None)
