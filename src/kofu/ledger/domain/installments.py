"""期別: how a year's tax is cut into installments where the assessment does not say.

地方税法20条の4の2第6項: what is under 1,000 yen in an installment, or an installment altogether under 1,000 yen, goes
into the first. For 給与特別徴収 the municipalities do the same with 100 yen and June.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from kofu.core.calendar import light_vehicle_due_date, resident_tax_due_dates, salary_due_dates
from kofu.core.errors import ensure
from kofu.core.yen import floor_to
from kofu.ledger.domain.assessments import Part

ORDINARY_UNIT, SALARY_UNIT = 1_000, 100  # yen
WHOLE_YEAR = "全期"
JUNE = 6


def split(amount: int, days: tuple[tuple[str, date], ...], unit: int) -> tuple[Part, ...]:
    """Cut `amount` yen into (label, 納期限), remainders under `unit` yen in the first; empty ones are left out."""
    ensure(amount >= 0 and days, "an amount of 0 or more is cut into installments")
    each = floor_to(amount // len(days), unit)
    first = amount - each * (len(days) - 1)
    amounts = (first, *[each] * (len(days) - 1))
    return tuple(Part(label, day, yen) for (label, day), yen in zip(days, amounts, strict=True) if yen)


def split_ordinary(amount: int, fiscal_year: int) -> tuple[Part, ...]:
    """Cut what is paid by 普通徴収 into four: June, August, October, January."""
    return split(amount, _ordinary_days(fiscal_year), ORDINARY_UNIT)


def split_salary(amount: int, fiscal_year: int) -> tuple[Part, ...]:
    """Cut what employers hold back into the twelve months June (06) to May (05)."""
    return split(amount, _salary_days(fiscal_year), SALARY_UNIT)


def whole_light_vehicle(amount: int, fiscal_year: int) -> tuple[Part, ...]:
    """Give the one installment of 軽自動車税(種別割), due at the end of May."""
    return split(amount, _vehicle_days(fiscal_year), 1)


@lru_cache
def _ordinary_days(fiscal_year: int) -> tuple[tuple[str, date], ...]:
    return tuple((str(place), day) for place, day in enumerate(resident_tax_due_dates(fiscal_year), start=1))


@lru_cache
def _salary_days(fiscal_year: int) -> tuple[tuple[str, date], ...]:
    labels = [f"{(JUNE - 1 + place) % 12 + 1:02d}" for place in range(12)]
    return tuple(zip(labels, salary_due_dates(fiscal_year), strict=True))


@lru_cache
def _vehicle_days(fiscal_year: int) -> tuple[tuple[str, date], ...]:
    return ((WHOLE_YEAR, light_vehicle_due_date(fiscal_year)),)


def first_due_date(method: str, fiscal_year: int) -> date:
    """Give the first 納期限 of a way of collection (ordinary, salary) in a year."""
    days = _ordinary_days(fiscal_year) if method == "ordinary" else _salary_days(fiscal_year)
    return days[0][1]
