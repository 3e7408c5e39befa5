"""What a paper must say, worded from the feed's own rows by rules written down here a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from kofu_proof.feeds import Cells, Facts
from kofu_proof.labels import BASES, COUNTS, CREDITS, DEDUCTIONS, INCOMES, INSPECTION, OWN, TAXES, VEHICLE_TAX
from kofu_proof.reading import Says

ERAS = (
    ("明治", date(1868, 1, 25)),
    ("大正", date(1912, 7, 30)),
    ("昭和", date(1926, 12, 25)),
    ("平成", date(1989, 1, 8)),
    ("令和", date(2019, 5, 1)),
)
SPOUSE = {"none": "無", "general": "一般", "elderly": "老人", "same_livelihood": "同一生計のみ"}
METHODS = {"ordinary": "普通徴収", "salary": "給与特別徴収", "pension": "年金特別徴収"}
STAR = "＊"


class NothingToSayError(Exception):
    """The facts allow no such paper at all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a paper is about, besides whom. `era_change`: which end of a year names it; `plate`: 標識番号 asked for."""

    kind: str
    fiscal_year: int
    as_of: date
    era_change: str
    plate: str = ""


def expected(facts: Facts, person: str, asked: Asked) -> Says:
    """Word what the paper of a person must say; its number is not a fact and stays empty.

    Raises `NothingToSayError` where the generation has no person, assessment or notice for it.
    """
    resident = facts.resident(person)
    if resident is None:
        raise NothingToSayError("no such person")
    kind, fiscal_year, as_of = asked.kind, asked.fiscal_year, asked.as_of
    label = _year(fiscal_year, asked.era_change)
    if kind == "payment":
        title, values = "納税証明書", _payment(facts.notices(person), fiscal_year, as_of, label)
        values |= {"year": label, "name": resident["name"], "address": resident["address"]}
    elif kind in {"vehicle_payment", "vehicle_inspection"}:
        vehicles = [row for row in facts.notices(person) if row["tax"] == "light_vehicle"]
        title, values = _inspection(vehicles, asked) if kind == "vehicle_inspection" else _vehicles(vehicles, asked)
        values |= {"year": label, "name": resident["name"], "address": resident["address"], "tax": VEHICLE_TAX}
    elif kind in {"taxation", "income"}:
        row = facts.assessment(person, fiscal_year)
        if row is None or row["taxing_right"] != "1" or row["declaration"] == "undeclared":
            raise NothingToSayError("no assessment that could be certified")
        title, values = _assessed(row, kind)
        last = date(fiscal_year - 1, 1, 1) if asked.era_change == "start" else date(fiscal_year - 1, 12, 31)
        values |= {"year": f"{label}（{_era_year(last)}分）", "birthday": _birthday(resident["birthday"])}
        values |= {"name": row["name_at_assessment"], "address": row["address_at_assessment"]}
    else:
        raise NothingToSayError("a kind this checker does not know")
    return Says(title=title, number="", issued_on=_day(as_of), values=values)


def differences(says: Says, expects: Says) -> tuple[str, ...]:
    """Name the values that differ, never what they are. Blanks do not count: PDFium adds and drops some."""
    names = [name for name in ("title", "issued_on") if getattr(says, name) != getattr(expects, name)]
    both = sorted(says.values.keys() | expects.values.keys())
    return (*names, *(name for name in both if _bare(says.values.get(name)) != _bare(expects.values.get(name))))


def _bare(text: str | None) -> str | None:
    return None if text is None else text.replace(" ", "").replace("\u3000", "")


def _assessed(row: Cells, kind: str) -> tuple[str, dict[str, str]]:
    hidden = row["declaration"] == "dependent_undeclared"

    def yen(names: Sequence[str], *, star: bool = False) -> dict[str, str]:
        return {name: STAR if star else _yen(int(row[name])) for name in names}

    values = yen([name for name, _ in INCOMES], star=hidden)
    if kind == "income":
        return "所得証明書", values
    values |= yen([name for name, _ in DEDUCTIONS] + [name for name, _, _ in BASES], star=hidden)
    values |= yen([name for name, _ in CREDITS]) | yen(TAXES)
    values |= {name: STAR if hidden else str(int(row[name])) for name in COUNTS}
    values |= {name: STAR if hidden else "該当" if row[name] == "1" else "" for name in OWN}
    values["spouse_status"] = STAR if hidden else SPOUSE[row["spouse_status"]]
    return ("非課税証明書" if row["liability"] == "nontaxable" else "課税証明書"), values


def _payment(notices: Sequence[Cells], fiscal_year: int, as_of: date, label: str) -> dict[str, str]:
    own = [row for row in notices if row["tax"] == "resident" and row["fiscal_year"] == str(fiscal_year)]
    if not any(int(yen) for row in own for yen in row["assessed"].split("|")):
        raise NothingToSayError("no tax of the year")

    def key(row: Cells) -> tuple[int, int, str]:
        return int(row["origin_year"]), list(METHODS).index(row["collection_method"]), row["statutory_due_date"]

    own.sort(key=key)
    values: dict[str, str] = {}
    number = 0
    for number, ((origin, method, due), group) in enumerate(groupby(own, key=key), start=1):
        sums = _sums(list(group), as_of)
        values[f"row_{number}_origin"] = label if origin == fiscal_year else _year(origin, "start")
        values[f"row_{number}_method"] = list(METHODS.values())[method]
        values[f"row_{number}_due_on"] = _day(date.fromisoformat(due))
        values |= {f"row_{number}_{name}": _yen(yen) for name, yen in sums.items()}
    values |= {f"total_{name}": _yen(yen) for name, yen in _sums(own, as_of).items()}
    values["rows"] = str(number)
    return values


def _vehicles(vehicles: Sequence[Cells], asked: Asked) -> tuple[str, dict[str, str]]:
    """Word a row for each vehicle of the year, in the order of the notice numbers."""
    own = sorted(
        (row for row in vehicles if row["fiscal_year"] == str(asked.fiscal_year)), key=lambda row: row["notice_number"]
    )
    if not own:
        raise NothingToSayError("no vehicle in the year")
    values = {"rows": str(len(own))}
    for number, row in enumerate(own, start=1):
        cells = {"plate": row["plate_number"], "due_on": _day(date.fromisoformat(row["statutory_due_date"]))}
        cells |= {name: _yen(yen) for name, yen in _sums([row], asked.as_of).items()}
        if row["chassis_last4"]:
            cells["chassis"] = row["chassis_last4"]
        values |= {f"row_{number}_{name}": text for name, text in cells.items()}
    values |= {f"total_{name}": _yen(yen) for name, yen in _sums(own, asked.as_of).items()}
    return f"{VEHICLE_TAX}納税証明書", values


def _inspection(vehicles: Sequence[Cells], asked: Asked) -> tuple[str, dict[str, str]]:
    """Word 継続検査用: the one vehicle asked for, of which nothing is owed of any year (道路運送車両法 97条の2).

    The same vehicle is one with the same plate, or with the same chassis number under a plate it had before.
    """
    own = [
        row for row in vehicles if row["plate_number"] == asked.plate and row["fiscal_year"] == str(asked.fiscal_year)
    ]
    if len(own) != 1 or own[0]["inspected"] != "1":
        raise NothingToSayError("not one vehicle with inspections")
    chassis = {row["chassis_last4"] for row in vehicles if row["plate_number"] == asked.plate} - {""}
    same = [row for row in vehicles if row["plate_number"] == asked.plate or row["chassis_last4"] in chassis]
    if any(_sums([row], asked.as_of)["overdue"] for row in same):
        raise NothingToSayError("tax of the vehicle is overdue")
    sums = _sums(own, asked.as_of)
    if sums["paid"] != sums["payable"]:
        raise NothingToSayError("tax of the vehicle is not paid in full")
    return INSPECTION, {
        "plate": asked.plate,
        "chassis": own[0]["chassis_last4"],
        "valid_until": _day(_end_of_may(asked.fiscal_year + 1)),
    }


def _end_of_may(year: int) -> date:
    """Give the due date of the vehicle tax: 31 May, or the Monday after it where that is a Saturday or Sunday."""
    last = date(year, 5, 31)
    return last + timedelta(days=7 - last.weekday() if last.weekday() > 4 else 0)  # noqa: PLR2004 - Friday


def _sums(rows: Sequence[Cells], as_of: date) -> Mapping[str, int]:
    """Sum installments: payable is paid, not yet due (the due date itself belongs to the payer) and overdue."""
    sums = dict.fromkeys(("payable", "paid", "not_due", "overdue"), 0)
    for row in rows:
        parts = zip(row["due_dates"].split("|"), row["assessed"].split("|"), row["paid"].split("|"), strict=True)
        for due, assessed, paid in parts:
            sums["payable"] += int(assessed)
            sums["paid"] += int(paid)
            sums["overdue" if date.fromisoformat(due) < as_of else "not_due"] += int(assessed) - int(paid)
    return sums


def _yen(yen: int) -> str:
    return f"{yen:,}" if yen >= 0 else f"△{-yen:,}"


def _era_year(day: date) -> str:
    name, start = [era for era in ERAS if era[1] <= day][-1]
    count = day.year - start.year + 1
    return f"{name}{'元' if count == 1 else count}年"


def _day(day: date) -> str:
    return f"{_era_year(day)}{day.month}月{day.day}日"


def _year(fiscal_year: int, era_change: str) -> str:
    """Label a fiscal year by the era of its first day ("start") or of its last ("end")."""
    if era_change == "end":
        name, start = [era for era in ERAS if era[1] <= date(fiscal_year + 1, 3, 31)][-1]
        count = fiscal_year - start.year + 1
        if count >= 1:
            return f"{name}{'元' if count == 1 else count}年度"
    return f"{_era_year(date(fiscal_year, 4, 1))}度"


def _birthday(text: str) -> str:
    """Word a birthday with unknown parts; the year in the Western calendar where the era could be either."""
    year, month, day = text.split("-")
    if not year.isdigit():
        return "不詳"
    if month.isdigit() and day.isdigit():
        return _day(date.fromisoformat(text))
    first = date(int(year), int(month) if month.isdigit() else 1, 1)
    end = (first.year + 1, 1) if not month.isdigit() or first.month == 12 else (first.year, first.month + 1)  # noqa: PLR2004 - December
    last = date.fromordinal(date(*end, 1).toordinal() - 1)
    written = _era_year(first) if _era_year(first) == _era_year(last) else f"西暦{year}年"
    return f"{written}{int(month)}月不詳" if month.isdigit() else f"{written}不詳"
