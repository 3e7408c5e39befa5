"""The people: who they are, where they live, which cards they hold, what they owe. Streamed, each on their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from kofu.core.fiscal_year import assessment_date, fiscal_year_of
from kofu.ward import words
from kofu.ward.amounts import nothing
from kofu.ward.draw import Draw, hexadecimal
from kofu.ward.incomes import PENSION_AGE, Means, year_amounts
from kofu.ward.names import PersonName, name_of, sequences_of
from kofu.ward.payments import back_tax, notices_of_year, pay, vehicle_notice, vehicles_of
from kofu.ward.shapes import (
    GALLERY,
    PLAIN,
    VARIANT_EVERY,
    BirthShape,
    Blocked,
    CarrierShape,
    DeclarationShape,
    Family,
    Income,
    Life,
    Paying,
    PersonShape,
    Vehicles,
    shape_of,
)

Row = tuple[str | int | date | None, ...]

LARGEST_WARD = 1_000_000
ASSESSED_FROM = (5, 10)  # month and day from which the new fiscal year's assessments stand in the feed
YOUNGEST_ASSESSED = 15
NUMBERS = 10**10
STEP = 7_700_000_063  # shares no factor with NUMBERS: consecutive people get numbers far apart
CARD_YEARS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """The ward's 全国地方公共団体コード (six digits) and its name with the prefecture."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WardPlan:
    """Everything a ward follows from: the same plan, the same people, byte for byte.

    `day` is the business date, `years` how many fiscal years are assessed, `font` the font whose variation sequences
    the names walk through (without one: a few well-known). `tax_closed_on`: the day whose close the tax feed states,
    where it is an earlier one than `day`.
    """

    municipality: Municipality
    seed: int
    size: int
    day: date
    years: int = 4
    font: Path | None = None
    tax_closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WardPerson:
    """One person as rows of the feeds, in the order of the tables' columns, and the card's PIN for the demo."""

    index: int
    shape: PersonShape
    addressee_number: str
    resident: Row
    certificates: tuple[Row, ...]
    assessments: tuple[Row, ...]
    collections: tuple[Row, ...]
    pin: str


def newest_year(day: date) -> int:
    """Newest fiscal year that has been assessed on `day`: the current one from 10 May on, before that the last."""
    year = fiscal_year_of(day)
    return year if day >= date(year, *ASSESSED_FROM) else year - 1


def population(plan: WardPlan) -> Iterator[WardPerson]:
    """Give the people of a ward, one by one. Person i is the same in a ward of any size.

    Raises `ValueError` for a size of 0 or over a million.
    """
    if not 0 < plan.size <= LARGEST_WARD:
        raise ValueError(f"a ward has 1 to {LARGEST_WARD:,} people")
    sequences = sequences_of(plan.font)
    for index in range(plan.size):
        yield _person(plan, index, sequences)


def _person(plan: WardPlan, index: int, sequences: tuple[str, ...]) -> WardPerson:
    seed, day = plan.seed, plan.day
    draw = Draw(seed, index)
    age = draw.between(18, 84)
    shape = shape_of(index, draw, age=age)
    age = _fitting_age(shape, age, draw)
    birth_year, month, day_of_month = day.year - age, draw.between(1, 12), draw.between(1, 28)
    addressee = f"{((index + 1) * STEP + seed * 104_729) % NUMBERS:010d}"
    widow = shape.family is Family.WIDOW  # 寡婦 are women (地方税法292条1項11号)
    name = name_of(shape.name, draw, sequences, index // VARIANT_EVERY, certainly_female=widow)
    newest = newest_year(day)
    since, status, changed = _standing(shape.life, draw, day, newest)
    address = _address(plan.municipality, draw)
    old_address = _address(plan.municipality, draw) if shape.life is Life.MOVED_WITHIN else address
    here = _Here(addressee, name, address, old_address, since, status, changed, birth_year)
    assessments: list[Row] = []
    collections: list[Row] = []
    if shape.life is not Life.CHILD:
        fiscal_years = range(newest - plan.years + 1, newest + 1)
        means = Means.drawn(draw, shape)
        assessments, collections = _assess(here, shape, means, fiscal_years=fiscal_years, day=day, index=index)
        collections += _vehicles(here, shape, fiscal_years=fiscal_years, day=day, index=index)
    return WardPerson(
        index=index,
        shape=shape,
        addressee_number=addressee,
        resident=(
            "put",
            addressee,
            status,
            changed,
            since,
            name.text,
            name.kana,
            _birthday(shape.birth, birth_year, month, day_of_month),
            name.sex,
            f"000{draw.below(10_000):04d}",
            address,
            int(name.foreigner),
        ),
        certificates=_certificates(shape.carrier, draw, seed=seed, index=index, addressee=addressee, day=day),
        assessments=tuple(assessments),
        collections=tuple(collections),
        pin=f"{draw.below(10_000):04d}",
    )


@dataclass(frozen=True, slots=True)
class _Here:
    """What the years of a person have in common."""

    addressee: str
    name: PersonName
    address: str
    old_address: str
    since: date
    status: str
    changed: date
    birth_year: int

    def taxed_in(self, fiscal_year: int) -> bool:
        """Say whether the person lived in the ward on 1 January of the fiscal year (賦課期日)."""
        at = assessment_date(fiscal_year)
        left = self.status in ("moved_out", "dead", "deleted") and self.changed <= at
        return self.since <= at and not left


def _assess(
    here: _Here,
    shape: PersonShape,
    means: Means,
    *,
    fiscal_years: range,
    day: date,
    index: int,
) -> tuple[list[Row], list[Row]]:
    assessments: list[Row] = []
    collections: list[Row] = []
    oldest, newest = fiscal_years[0], fiscal_years[-1]
    held_before = -1  # yen held back from the pension last year; -1 before the first year we look at
    for year in fiscal_years:
        if year - here.birth_year < YOUNGEST_ASSESSED:
            continue
        at = assessment_date(year)
        if not here.taxed_in(year):
            if index % 2:  # half of those taxed elsewhere stand in the ledger without taxing right, half not at all
                elsewhere = words.ELSEWHERE[index % len(words.ELSEWHERE)]
                head = (
                    "put",
                    here.addressee,
                    year,
                    0,
                    "undeclared",
                    "nontaxable",
                    "none",
                    here.name.text,
                    elsewhere,
                    0,
                )
                assessments.append((*head, *nothing().cells()))
            continue
        declared = shape.declared is DeclarationShape.DECLARED
        amounts = year_amounts(shape, means, year, here.birth_year) if declared else nothing()
        annual = amounts.taxes.annual_tax
        age = year - here.birth_year
        before = (annual if age > PENSION_AGE else 0) if held_before < 0 else held_before
        method, notices = notices_of_year(amounts, shape, year, elderly=age >= PENSION_AGE, year_before=before)
        held_before = annual if any(notice.method == "pension" for notice in notices) else 0
        correcting = int(shape.blocked is Blocked.CORRECTING and year == newest)
        address = here.old_address if at < here.changed else here.address
        assessments.append(
            (
                "put",
                here.addressee,
                year,
                1,
                _DECLARATION[shape.declared],
                amounts.liability,
                method,
                here.name.text,
                address,
                correcting,
                *amounts.cells(),
            )
        )
        if shape.paying is Paying.BACK_TAX and year == newest and annual:
            notices.append(back_tax(year, year - 2, 24_000))
        for number, notice in enumerate(notices, start=1):
            paid = pay(notice, shape.paying, day, newest=year == newest, oldest=year == oldest)
            collections.append(paid.cells(f"{year}1{here.addressee}{number:02d}", here.addressee))
    return assessments, collections


def _vehicles(here: _Here, shape: PersonShape, *, fiscal_years: range, day: date, index: int) -> list[Row]:
    paying = {Vehicles.UNPAID: Paying.UNPAID, Vehicles.OLD_UNPAID: Paying.OLD_ARREARS}.get(shape.vehicles, Paying.PAID)
    rows: list[Row] = []
    for number, (kind, plate, chassis, inspected) in enumerate(vehicles_of(shape.vehicles, index), start=1):
        for year in fiscal_years:
            if here.taxed_in(year):
                notice = vehicle_notice(kind, plate, chassis, inspected, year)
                paid = pay(notice, paying, day, newest=year == fiscal_years[-1], oldest=year == fiscal_years[0])
                rows.append(paid.cells(f"{year}2{here.addressee}{number:02d}", here.addressee))
    return rows


def _fitting_age(shape: PersonShape, age: int, draw: Draw) -> int:
    """Age in years by the end of the year that fits the shape: children are under 15, pensioners over 65."""
    if shape.life is Life.CHILD:
        return draw.between(5, 14)
    if shape.life is Life.YOUTH:
        return draw.between(16, 17)
    if shape is PLAIN:
        return 40
    if shape.income in (Income.PENSION, Income.SALARY_AND_PENSION, Income.LISTED_DIVIDENDS):
        return max(age, 66 + age % 20)
    return min(age, 64) if age < PENSION_AGE or shape in _GALLERY else age


def _standing(life: Life, draw: Draw, day: date, newest: int) -> tuple[date, str, date]:
    """Give the day the person came, the code of the register, and the day of the last change."""
    since = date(draw.between(1985, newest - 8), draw.between(1, 12), draw.between(1, 28))
    ago = day - timedelta(days=draw.between(3, 400))
    if life is Life.MOVED_IN_THIS_YEAR:
        first = date(newest, 1, 2)
        since = first + timedelta(days=draw.below((day - first).days))
    elif life is Life.MOVED_IN_EARLIER:
        since = date(newest - 1, draw.between(2, 12), draw.between(1, 28))
    elif life is Life.MOVED_WITHIN:
        return since, "resident", date(draw.between(newest - 3, newest - 1), draw.between(2, 12), draw.between(1, 28))
    elif life is Life.MOVING_OUT:
        return since, "moving_out", day + timedelta(days=draw.between(1, 14))
    elif life is Life.MOVED_OUT:
        return since, "moved_out", ago
    elif life is Life.DEAD:
        return since, "dead", ago
    elif life is Life.DELETED:
        return since, "deleted", ago
    return since, "resident", since


def _birthday(shape: BirthShape, year: int, month: int, day: int) -> str:
    if shape is BirthShape.KNOWN:
        return f"{year:04d}-{month:02d}-{day:02d}"
    if shape is BirthShape.DAY_UNKNOWN:
        return f"{year:04d}-{month:02d}-??"
    return f"{year:04d}-??-??" if shape is BirthShape.MONTH_UNKNOWN else "????-??-??"


def _address(municipality: Municipality, draw: Draw) -> str:
    block = f"{draw.pick(words.NUMERALS)}丁目{draw.between(1, 40)}番{draw.between(1, 30)}号"
    building = draw.pick(words.BUILDINGS)
    if building:
        building = f"　{building}{draw.between(1, 14)}{draw.between(1, 9):02d}号室"
    return f"{municipality.name}{draw.pick(words.TOWNS)}{block}{building}"


def _certificates(
    carrier: CarrierShape, draw: Draw, *, seed: int, index: int, addressee: str, day: date
) -> tuple[Row, ...]:
    if carrier is CarrierShape.NONE:
        return ()
    begin = day - timedelta(days=draw.between(30, 365 * (CARD_YEARS - 1)))
    if carrier is CarrierShape.EXPIRED:
        begin = day - timedelta(days=365 * CARD_YEARS + draw.between(10, 300))
    end = begin.replace(year=begin.year + CARD_YEARS, day=min(begin.day, 28))
    status = {CarrierShape.REVOKED: "revoked", CarrierShape.SUSPENDED: "suspended"}.get(carrier, "valid")
    devices = {CarrierShape.CARD_AND_ANDROID: ("card", "android"), CarrierShape.ALL: ("card", "android", "iphone")}
    rows: list[Row] = [
        ("put", hexadecimal(seed, index, device), addressee, device, begin, end, status)
        for device in devices.get(carrier, ("card",))
    ]
    if carrier is CarrierShape.RENEWED:
        old_begin = begin.replace(year=begin.year - CARD_YEARS, day=min(begin.day, 28))
        rows.append(("put", hexadecimal(seed, index, "old"), addressee, "card", old_begin, begin, "revoked"))
    return tuple(rows)


_GALLERY = frozenset(GALLERY)
_DECLARATION = {
    DeclarationShape.DECLARED: "declared",
    DeclarationShape.UNDECLARED: "undeclared",
    DeclarationShape.DEPENDENT: "dependent_undeclared",
}
