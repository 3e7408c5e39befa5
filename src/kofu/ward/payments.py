"""収納: the notices of an invented person, cut into installments (期別), and what of them has been paid by the day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from kofu.core.calendar import light_vehicle_due_date, month_end_due, resident_tax_due_dates, salary_due_dates
from kofu.ward.amounts import Assessed
from kofu.ward.shapes import Collecting, Income, Paying, PersonShape, Vehicles

SALARY_LABELS = ("06", "07", "08", "09", "10", "11", "12", "01", "02", "03", "04", "05")
PENSION_LABELS = ("04", "06", "08", "10", "12", "02")
FLAT_REDUCTION_YEAR = 2024
POSTING_DELAY = timedelta(days=21)  # 納付から反映まで2〜3週間

PAID_BY_SALARY = {
    Income.SALARY, Income.REAL_ESTATE, Income.DIVIDENDS, Income.STOCKS, Income.FUTURES, Income.TEMPORARY,
    Income.RETIREMENT, Income.WEALTHY, Income.LITTLE, Income.BARELY,
}  # fmt: skip
PAID_BY_PENSION = {Income.PENSION, Income.SALARY_AND_PENSION, Income.LISTED_DIVIDENDS}


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One row of `collections` before it is written: installments with their due days and amounts in yen."""

    tax: str
    fiscal_year: int
    origin_year: int
    method: str
    statutory_due: date
    labels: tuple[str, ...]
    due: tuple[date, ...]
    assessed: tuple[int, ...]
    paid: tuple[int, ...] = ()
    plate: str | None = None
    chassis: str | None = None
    inspected: int = 0

    def cells(self, notice_number: str, addressee_number: str) -> tuple[str | int | date | None, ...]:
        """Give the row of the feed."""
        return (
            "put", notice_number, addressee_number, self.tax, self.fiscal_year, self.origin_year, self.method,
            self.statutory_due, self.plate, self.chassis, self.inspected, "|".join(self.labels),
            _dates(self.due), "|".join(map(str, self.assessed)), "|".join(map(str, self.paid)),
            sum(self.assessed), sum(self.paid),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Year:
    """The due days of one fiscal year."""

    ordinary: tuple[date, ...]
    salary: tuple[date, ...]
    pension: tuple[date, ...]
    vehicle: date


@lru_cache
def year_of(fiscal_year: int) -> Year:
    """Give the due days of a fiscal year. What a pension office holds back is due on the 10th of the next month."""
    salary = salary_due_dates(fiscal_year)
    first = salary_due_dates(fiscal_year - 1)
    # Held back in April, June, August, October, December, February; paid over by the 10th of the month after
    pension = (first[10], salary[0], salary[2], salary[4], salary[6], salary[8])
    return Year(resident_tax_due_dates(fiscal_year), salary, pension, light_vehicle_due_date(fiscal_year))


def split_ordinary(annual: int, parts: int = 4) -> tuple[int, ...]:
    """Cut a year's tax into installments: what is under 1,000 yen goes into the first (地方税法20条の4の2第6項)."""
    each = annual // parts // 1000 * 1000
    return (annual - each * (parts - 1), *[each] * (parts - 1))


def split_salary(annual: int, parts: int = 12) -> tuple[int, ...]:
    """Cut a year's tax into months: what is under 100 yen goes into the first."""
    each = annual // parts // 100 * 100
    return (annual - each * (parts - 1), *[each] * (parts - 1))


def split_pension(annual: int, year_before: int) -> tuple[int, ...]:
    """Cut a year's tax into six: 仮特別徴収 a sixth of the year before each, the rest in October, December, February.

    60,000 after 60,000 is 10,000 six times; 36,000 after 60,000 is 10,000 three times and 2,000 three times.
    """
    provisional = min(year_before // 6, annual // 3) // 100 * 100
    rest = annual - provisional * 3
    each = rest // 3 // 100 * 100
    return (provisional,) * 3 + (rest - each * 2, each, each)


def notices_of_year(
    assessed: Assessed, shape: PersonShape, fiscal_year: int, *, elderly: bool, year_before: int
) -> tuple[str, list[NoticeRow]]:
    """Give 徴収区分 of the year and its notices, unpaid.

    `year_before`: last year's tax in yen if it was held back from the pension, otherwise 0. Only pensions of the
    `elderly`, 65 and over, are held back from (地方税法321条の7の2).
    """
    annual = assessed.taxes.annual_tax
    if not annual:
        return "none", []
    by = "ordinary"
    if shape.collecting is not Collecting.ORDINARY:
        if shape.income in PAID_BY_SALARY:
            by = "salary"
        elif shape.income in PAID_BY_PENSION and elderly:
            by = "pension"
    days = year_of(fiscal_year)
    if shape.paying is Paying.LATE_ASSESSED:
        by = "ordinary"
        late = (days.ordinary[2], days.ordinary[3])
        return by, [_ordinary(fiscal_year, ("3", "4"), late, split_ordinary(annual, 2))]
    if by == "salary":
        withheld_yen = annual
        notices = []
        if shape.collecting is Collecting.COMBINED:
            withheld_yen = annual * 3 // 5 // 100 * 100
            by = "combined"
            notices.append(
                _ordinary(fiscal_year, ("1", "2", "3", "4"), days.ordinary, split_ordinary(annual - withheld_yen))
            )
        # 令和6年度: nothing in June for those with 定額減税, the year's tax in eleven months
        skip = 1 if fiscal_year == FLAT_REDUCTION_YEAR and assessed.credits.flat_reduction else 0
        due = days.salary[skip:]
        labels = SALARY_LABELS[skip:]
        amounts = split_salary(withheld_yen, len(labels))
        method = "salary"
        notices.append(NoticeRow("resident", fiscal_year, fiscal_year, method, due[0], labels, due, amounts))
        return by, notices
    if by == "pension":
        if year_before:
            amounts = split_pension(annual, year_before)
            return by, [_pension(fiscal_year, PENSION_LABELS, days.pension, amounts)]
        # The first year: half by notice in June and August, half held back from October on
        half = annual // 2 // 1000 * 1000
        withheld_yen = annual - half
        by_notice = _ordinary(fiscal_year, ("1", "2"), days.ordinary[:2], split_ordinary(half, 2))
        from_pension = _pension(fiscal_year, PENSION_LABELS[3:], days.pension[3:], split_salary(withheld_yen, 3))
        return "combined", [by_notice, from_pension]
    return by, [_ordinary(fiscal_year, ("1", "2", "3", "4"), days.ordinary, split_ordinary(annual))]


def back_tax(fiscal_year: int, origin_year: int, amount: int) -> NoticeRow:
    """Give a notice of 過年度課税: of `fiscal_year`, about `origin_year`, due at once at the end of September."""
    due = month_end_due(fiscal_year, 9)
    notice = _ordinary(fiscal_year, ("1",), (due,), (amount,))
    return replace(notice, origin_year=origin_year, statutory_due=year_of(origin_year).ordinary[0])


VEHICLE_TAX = {"moped": 2000, "kei": 10_800, "old_kei": 12_900, "motorcycle": 6000}


def vehicles_of(shape: Vehicles, number: int) -> tuple[tuple[str, str, str, int], ...]:
    """Give (kind, plate, last four of the chassis, whether inspected) of each vehicle; `number` makes plates differ."""
    letters = "あいうえかきくけこさすせそたちつてなにぬね"
    letter = letters[number // 10_000 % len(letters)]
    serial = f"{number % 10_000:04d}"
    series = number // (10_000 * len(letters))  # plates of one series are used up after 200,000 people
    place = f"見本{series}" if series else "見本"
    dashed = f"{serial[:2]}-{serial[2:]}"
    moped = ("moped", f"{place}区 {letter} {serial}", f"{(number * 7 + 13) % 10_000:04d}", 0)
    kei = ("kei", f"{place} 580 {letter} {dashed}", f"{(number * 3 + 5) % 10_000:04d}", 1)
    motorcycle = ("motorcycle", f"{place} {letter} {dashed}", f"{(number * 9 + 1) % 10_000:04d}", 1)
    if shape is Vehicles.NONE:
        return ()
    if shape is Vehicles.MOPED:
        return (moped,)
    if shape is Vehicles.SEVERAL:
        return (kei, motorcycle, moped)
    return (kei,)


def vehicle_notice(kind: str, plate: str, chassis: str, inspected: int, fiscal_year: int) -> NoticeRow:
    """Give the notice of 軽自動車税(種別割) of one vehicle, unpaid."""
    due = year_of(fiscal_year).vehicle
    return NoticeRow(
        "light_vehicle", fiscal_year, fiscal_year, "ordinary", due, ("全期",), (due,), (VEHICLE_TAX[kind],),
        plate=plate, chassis=chassis, inspected=inspected,
    )  # fmt: skip


def pay(notice: NoticeRow, paying: Paying, day: date, *, newest: bool, oldest: bool) -> NoticeRow:
    """Fill in what has been paid and posted by `day`. `newest` and `oldest` place the year among the person's years."""
    if paying is Paying.AHEAD or (paying is Paying.REFUNDED and newest):
        # Refunded: paid in full, then assessed lower; what was too much has gone back, what is left is paid
        return replace(notice, paid=notice.assessed)
    posted_until = day - POSTING_DELAY if paying is Paying.IN_TRANSIT else day
    paid = [amount if due <= posted_until else 0 for due, amount in zip(notice.due, notice.assessed, strict=True)]
    overdue = [n for n, due in enumerate(notice.due) if due <= day]
    if paying in (Paying.IN_TRANSIT, Paying.LAST_LATE) and newest and overdue:
        paid[overdue[-1]] = 0
    elif paying is Paying.PARTIAL and newest and overdue:
        paid[overdue[-1]] = notice.assessed[overdue[-1]] // 2 // 100 * 100
    elif paying is Paying.UNPAID and newest:
        paid = [0] * len(paid)
    elif paying is Paying.ALWAYS_BEHIND:
        paid = [amount if n == 0 and not newest else 0 for n, amount in enumerate(paid)]
    elif paying is Paying.OLD_ARREARS and oldest:
        paid[-1] = 0
    return replace(notice, paid=tuple(paid))


def _ordinary(fiscal_year: int, labels: tuple[str, ...], due: tuple[date, ...], amounts: tuple[int, ...]) -> NoticeRow:
    return NoticeRow("resident", fiscal_year, fiscal_year, "ordinary", due[0], labels, due, amounts)


def _pension(fiscal_year: int, labels: tuple[str, ...], due: tuple[date, ...], amounts: tuple[int, ...]) -> NoticeRow:
    return NoticeRow("resident", fiscal_year, fiscal_year, "pension", due[0], labels, due, amounts)


@lru_cache(maxsize=1000)
def _dates(days: tuple[date, ...]) -> str:
    return "|".join(day.isoformat() for day in days)
