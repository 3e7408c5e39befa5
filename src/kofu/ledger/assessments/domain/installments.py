"""期別: how a year's tax is cut into installments where the assessment does not say.

地方税法20条の4の2第6項: what is under 1,000 yen in an installment, or an installment altogether under 1,000 yen, goes
into the first. For 給与特別徴収 the municipalities do the same with 100 yen. 年金特別徴収 goes by the year before: the
file states its installments. 併用 is several notices, each cut by its own way.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from kofu.core.calendar import light_vehicle_due_date, resident_tax_due_dates, salary_due_dates
from kofu.core.errors import OperatorFault, ensure
from kofu.core.per_capita import PER_CAPITA
from kofu.core.yen import floor_to
from kofu.ledger.assessments.domain.assessments import InstallmentStated

ORDINARY_UNIT, SALARY_UNIT = 1_000, 100  # yen
WHOLE_YEAR = "全期"
JUNE = 6


def split(amount: int, days: tuple[tuple[str, date], ...], unit: int) -> tuple[InstallmentStated, ...]:
    """Cut `amount` yen into (label, 納期限), remainders under `unit` yen in the first; empty ones are left out."""
    ensure(amount >= 0 and days, "an amount of 0 or more is cut into installments")
    each = floor_to(amount // len(days), unit)
    first = amount - each * (len(days) - 1)
    amounts = (first, *[each] * (len(days) - 1))
    return tuple(InstallmentStated(label, day, yen) for (label, day), yen in zip(days, amounts, strict=True) if yen)


def split_ordinary(amount: int, fiscal_year: int) -> tuple[InstallmentStated, ...]:
    """Cut what is paid by 普通徴収 into four: June, August, October, January; no more than 均等割 is due in June whole.

    法320条: 均等割額に相当する金額以下である場合にあつては、6月中. Errors as of `per_capita`.
    """
    days = _ordinary_days(fiscal_year)
    return split(amount, days[:1] if amount <= per_capita(fiscal_year) else days, ORDINARY_UNIT)


def per_capita(fiscal_year: int) -> int:
    """Yen of 均等割 (with 森林環境税) of a year: a tax of no more is paid at once.

    Where a municipality or prefecture adds to it, the file states the installments. Raises `OperatorFault`
    `no_per_capita` for a year before the table.
    """
    rows = [row for since, row in PER_CAPITA if since <= fiscal_year]
    if not rows:
        raise OperatorFault(
            "no_per_capita",
            f"均等割 of fiscal year {fiscal_year} went by the municipality's size; state 期別, 納期限 and 期別調定額",
        )
    return rows[-1].total


def split_late(amount: int, fiscal_year: int, notified_on: date) -> tuple[InstallmentStated, ...]:
    """Cut what is assessed in the course of the year (随時) into the installments still to come after the notice.

    Their labels stay those of the year. Raises `OperatorFault` `no_installment_left` after the last 納期限: such an
    assessment states its own. Other errors as of `per_capita`.
    """
    days = tuple((str(place), day) for place, day in enumerate(resident_tax_due_dates(fiscal_year), start=1))
    left = tuple((label, day) for label, day in days if day > notified_on)
    if amount <= per_capita(fiscal_year):
        left = left[:1]
    if not left:
        raise OperatorFault(
            "no_installment_left",
            f"the last 納期限 of fiscal year {fiscal_year} is {days[-1][1]}, before the notice of {notified_on};"
            " state 期別 and 納期限",
        )
    return split(amount, left, ORDINARY_UNIT)


def split_salary(amount: int, fiscal_year: int) -> tuple[InstallmentStated, ...]:
    """Cut what employers hold back into the twelve months June (06) to May (05)."""
    return split(amount, _salary_days(fiscal_year), SALARY_UNIT)


def whole_light_vehicle(amount: int, fiscal_year: int) -> tuple[InstallmentStated, ...]:
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
