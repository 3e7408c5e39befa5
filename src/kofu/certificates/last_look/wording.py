"""Every text of a certificate, written a second time from the facts.

Deliberately without `core.wareki`, `core.yen`, `core.calendar` and `certificates.content`: a defect in one of them must
not be able to hide in its own mirror. The rules are those of the standard forms (税務システム標準仕様) and of
地方税法施行令6条の21; they are stated in the docstring of `certificates.content`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from kofu.certificates.facts import AssessmentFacts, CertificateOrder, CollectionFacts
from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference
from kofu.core.birthday import Birthday
from kofu.core.kinds import CertificateKind

NOT_DECLARED = "＊"
REMARK_LINES = 3
_REIWA, _HEISEI, _SHOWA, _TAISHO, _MEIJI = 20190501, 19890108, 19261225, 19120730, 18680125
_FIRST_DAYS = ((_REIWA, "令和", 2018), (_HEISEI, "平成", 1988), (_SHOWA, "昭和", 1925), (_TAISHO, "大正", 1911))
_SPOUSE = {"none": "無", "general": "一般", "elderly": "老人", "same_livelihood": "同一生計のみ"}
_METHOD_ORDER = ("ordinary", "salary", "pension")
_METHOD_NAMES = ("普通徴収", "給与特別徴収", "年金特別徴収")
_TAX_AND_CREDIT = (
    "adjustment_credit",
    "dividend_credit",
    "housing_loan_credit",
    "donation_credit",
    "foreign_tax_credit",
    "dividend_stock_levy_credit",
    "flat_reduction",
    "flat_reduction_unapplied",
    "ward_income_levy",
    "ward_per_capita_levy",
    "metro_income_levy",
    "metro_per_capita_levy",
    "forest_environment_tax",
    "annual_tax",
)
_INCOME = (
    "salary_revenue",
    "salary_income",
    "pension_revenue",
    "pension_income",
    "business_income",
    "agriculture_income",
    "real_estate_income",
    "interest_income",
    "dividend_income",
    "misc_business_income",
    "misc_other_income",
    "transfer_temporary_income",
    "short_term_transfer_income",
    "long_term_transfer_income",
    "general_stock_income",
    "listed_stock_income",
    "listed_dividend_income",
    "futures_income",
    "forestry_income",
    "retirement_income",
    "loss_carryforward",
    "total_income",
    "aggregate_income",
)
_DECLARED_AMOUNTS = (
    "casualty_deduction",
    "medical_deduction",
    "social_insurance_deduction",
    "small_enterprise_deduction",
    "life_insurance_deduction",
    "earthquake_insurance_deduction",
    "disability_deduction",
    "widow_single_parent_deduction",
    "working_student_deduction",
    "spouse_deduction",
    "spouse_special_deduction",
    "dependent_deduction",
    "specific_relative_deduction",
    "basic_deduction",
    "deduction_total",
    "base_general",
    "base_short_term",
    "base_long_term",
    "base_general_stock",
    "base_listed_stock",
    "base_listed_dividend",
    "base_futures",
    "base_forestry",
    "base_retirement",
)
_COUNTED = (
    "dependents_specific",
    "dependents_elderly",
    "dependents_elderly_coresident",
    "dependents_general",
    "dependents_under16",
    "disabled_special_coresident",
    "disabled_special",
    "disabled_ordinary",
)
_APPLIES = (
    "self_special_disability",
    "self_ordinary_disability",
    "self_single_parent",
    "self_widow",
    "self_working_student",
)
_FOREST_TAX_FIRST_YEAR = 2024


@dataclass(slots=True)
class ExpectedTexts:
    """The texts by field; `rows` in their order, by column (without `row_`); `faults` of the order itself."""

    texts: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    faults: list[PaperDifference] = field(default_factory=list)

    def blame(self, fault: MismatchKind, what: str) -> None:
        """Note a fault of the order."""
        self.faults.append(PaperDifference(0, what, fault))

    def by_field(self, pages: int) -> dict[str, str]:
        """Give every text by the full name of its field; `pages`: how many the paper has."""
        texts = dict(self.texts)
        for number, row in enumerate(self.rows, start=1):
            for column, text in row.items():
                texts[f"row_{number}_{column}"] = text
        for number in range(1, pages + 1):
            texts[f"page_{number}"] = f"{number}/{pages}"
        return texts


def expected_texts(order: CertificateOrder) -> ExpectedTexts:
    """Write every text the paper of `order` must bear. Faults of the order itself are in `faults`, not raised."""
    expected = ExpectedTexts()
    if order.year_label not in _labels_of_year(order.fiscal_year):
        expected.blame(MismatchKind.FACTS_OF_ANOTHER, "year")
    expected.texts = {
        "certificate_number": order.certificate_number,
        "statement": "上記のとおり相違ないことを証明します。",
        "issued_on": _day(order.as_of),
        "office": order.authority.office,
        "authority_name": order.authority.name,
    }
    if order.kind in (CertificateKind.TAXATION, CertificateKind.INCOME):
        _write_assessment(order, expected)
    else:
        _write_collections(order, expected)
    return expected


def _write_assessment(order: CertificateOrder, expected: ExpectedTexts) -> None:
    facts = order.assessment
    if facts is None or order.collections:
        expected.blame(MismatchKind.NOT_PERMITTED, "assessment")
        return
    if facts.addressee_number != order.subject.addressee_number:
        expected.blame(MismatchKind.FACTS_OF_ANOTHER, "assessment")
    if facts.fiscal_year != order.fiscal_year:
        expected.blame(MismatchKind.FACTS_OF_ANOTHER, "year")
    if not facts.taxing_right or facts.declaration.value == "undeclared":
        expected.blame(MismatchKind.NOT_PERMITTED, "assessment")
    unknown = facts.declaration.value == "dependent_undeclared"
    texts = expected.texts
    era_year = _era_year(date(order.fiscal_year - 1, 12, 31))
    texts["year"] = order.year_label + "（" + era_year + "分）"
    texts["name"] = facts.name_at_assessment
    texts["address"] = facts.address_at_assessment
    texts["birthday"] = _birthday(order.subject.birthday)
    _write(texts, _INCOME, [NOT_DECLARED] * len(_INCOME) if unknown else _amounts(facts, _INCOME))
    notes = []
    if order.kind is CertificateKind.INCOME:
        texts["title"] = "所得証明書"
        texts["annual_tax"] = NOT_DECLARED
        notes.append("扶養・控除の内容及び年税額の記載を省略しています。")
    else:
        texts["title"] = "非課税証明書" if facts.liability.value == "nontaxable" else "課税証明書"
        _write_declared(facts, texts, unknown=unknown)
        _write(texts, _TAX_AND_CREDIT, _amounts(facts, _TAX_AND_CREDIT))
        texts["municipal_tax"], texts["prefectural_tax"] = order.municipal_tax, order.prefectural_tax
    if unknown:
        notes.append("税法上の被扶養者で申告がないため、所得等は「＊」で表示しています。")
    _write_remarks(texts, notes)


def _write_collections(order: CertificateOrder, expected: ExpectedTexts) -> None:
    texts = expected.texts
    notices = order.collections
    resident = order.kind is CertificateKind.PAYMENT
    if not notices or order.assessment is not None:
        expected.blame(MismatchKind.NOT_PERMITTED, "collections")
    for notice in notices:
        if notice.addressee_number != order.subject.addressee_number:
            expected.blame(MismatchKind.FACTS_OF_ANOTHER, "collections")
        if notice.fiscal_year != order.fiscal_year:
            expected.blame(MismatchKind.FACTS_OF_ANOTHER, "year")
        if notice.tax != ("resident" if resident else "light_vehicle"):
            expected.blame(MismatchKind.FACTS_OF_ANOTHER, "tax")
        if any(part.paid < 0 or part.paid > part.assessed for part in notice.installments):
            expected.blame(MismatchKind.NOT_PERMITTED, "paid")
    texts["year"] = order.year_label
    texts["name"] = order.subject.name
    texts["address"] = order.subject.address
    texts["as_of"] = _day(order.as_of) + "現在"
    _write_remarks(texts, [])
    if resident:
        texts["title"] = "納税証明書"
        forest = "・森林環境税" if order.fiscal_year >= _FOREST_TAX_FIRST_YEAR else ""
        texts["tax"] = order.municipal_tax + "・" + order.prefectural_tax + forest
        _write_resident_rows(order, expected)
        return
    texts["tax"] = "軽自動車税（種別割）"
    if order.kind is CertificateKind.VEHICLE_PAYMENT:
        texts["title"] = "軽自動車税（種別割）納税証明書"
        for notice in sorted(notices, key=lambda one: one.notice_number):
            row = {
                "plate": notice.plate_number,
                "chassis": notice.chassis_last4,
                "due_on": _day(notice.statutory_due_date),
            }
            expected.rows.append(row | _sums(order.as_of, [notice]))
        _write_totals(order, texts)
        return
    _write_inspection(order, expected)


def _write_resident_rows(order: CertificateOrder, expected: ExpectedTexts) -> None:
    groups: dict[tuple[int, int, date], list[CollectionFacts]] = {}
    for notice in order.collections:
        if notice.collection_method not in _METHOD_ORDER:
            expected.blame(MismatchKind.NOT_PERMITTED, "method")
            return
        rank = _METHOD_ORDER.index(notice.collection_method)
        groups.setdefault((notice.origin_year, rank, notice.statutory_due_date), []).append(notice)
    for (origin, rank, due), notices in sorted(groups.items()):
        row = {
            "origin": order.year_label if origin == order.fiscal_year else _era_year(date(origin, 4, 1)) + "度",
            "method": _METHOD_NAMES[rank],
            "due_on": _day(due),
        }
        expected.rows.append(row | _sums(order.as_of, notices))
    _write_totals(order, expected.texts)
    if expected.texts["total_payable"] == "0":
        expected.blame(MismatchKind.NOT_PERMITTED, "total_payable")


def _write_inspection(order: CertificateOrder, expected: ExpectedTexts) -> None:
    if len(order.collections) != 1:
        expected.blame(MismatchKind.NOT_PERMITTED, "collections")
        return
    notice = order.collections[0]
    unpaid = sum(part.assessed for part in notice.installments) - sum(part.paid for part in notice.installments)
    if unpaid or not notice.inspected:
        expected.blame(MismatchKind.NOT_PERMITTED, "paid")
    until = date(order.fiscal_year + 1, 5, 31)
    while until.isoweekday() > 5:  # noqa: PLR2004 - Saturday 6, Sunday 7; no holiday lies near the end of May
        until += timedelta(days=1)
    expected.texts |= {
        "title": "軽自動車税（種別割）納税証明書（継続検査用）",
        "plate": notice.plate_number,
        "chassis": notice.chassis_last4,
        "valid_until": _day(until),
        "statement": "上記の軽自動車等について、軽自動車税（種別割）の滞納がないことを証明します。",
    }


def _write_totals(order: CertificateOrder, texts: dict[str, str]) -> None:
    for name, text in _sums(order.as_of, list(order.collections)).items():
        texts["total_" + name] = text


def _sums(as_of: date, notices: list[CollectionFacts]) -> dict[str, str]:
    """Add up: 納付すべき額, 納付済額, 納期未到来額 (due today or later), 滞納額 (due before today)."""
    payable = paid = not_due = overdue = 0
    for notice in notices:
        for part in notice.installments:
            payable += part.assessed
            paid += part.paid
            if part.due_date < as_of:
                overdue += part.assessed - part.paid
            else:
                not_due += part.assessed - part.paid
    return {"payable": _yen(payable), "paid": _yen(paid), "not_due": _yen(not_due), "overdue": _yen(overdue)}


def _write_remarks(texts: dict[str, str], notes: list[str]) -> None:
    lines = [*notes, "以下余白", *[""] * REMARK_LINES][:REMARK_LINES]
    for number, line in enumerate(lines, start=1):
        texts[f"remark_{number}"] = line


def _write_declared(facts: AssessmentFacts, texts: dict[str, str], *, unknown: bool) -> None:
    """Write what a declaration says: amounts, how many people, what applies to the person, which kind of spouse."""
    if unknown:
        texts.update(dict.fromkeys((*_DECLARED_AMOUNTS, *_COUNTED, *_APPLIES, "spouse_status"), NOT_DECLARED))
        return
    _write(texts, _DECLARED_AMOUNTS, _amounts(facts, _DECLARED_AMOUNTS))
    _write(texts, _COUNTED, map(str, _values_of(_COUNTED)(facts)))
    _write(texts, _APPLIES, ["該当" if value else "" for value in _values_of(_APPLIES)(facts)])
    texts["spouse_status"] = _SPOUSE.get(facts.spouse_status, "?")


def _write(texts: dict[str, str], names: tuple[str, ...], values: Iterable[str]) -> None:
    texts.update(zip(names, values, strict=True))


@cache
def _values_of(names: tuple[str, ...]) -> Callable[[AssessmentFacts], tuple[Any, ...]]:
    return attrgetter(*names)


def _amounts(facts: AssessmentFacts, names: tuple[str, ...]) -> list[str]:
    return [f"{value:,}" if value >= 0 else f"△{-value:,}" for value in _values_of(names)(facts)]


def _yen(amount: int) -> str:
    return f"{amount:,}" if amount >= 0 else f"△{-amount:,}"


def _era_year(day: date) -> str:
    number = day.year * 10_000 + day.month * 100 + day.day
    for first, era, offset in (*_FIRST_DAYS, (_MEIJI, "明治", 1867)):
        if number >= first:
            count = day.year - offset
            return f"{era}{'元' if count == 1 else count}年"
    return "?"


def _day(day: date) -> str:
    return f"{_era_year(day)}{day.month}月{day.day}日"


@lru_cache(maxsize=32)
def _labels_of_year(fiscal_year: int) -> frozenset[str]:
    """Both labels a fiscal year can have: by the era of its 1 April, and by that of its 31 March (令和元年度)."""
    first = _era_year(date(fiscal_year, 4, 1))
    last = _era_year(date(fiscal_year + 1, 3, 31))
    labels = {first + "度"}
    if first[:2] != last[:2]:
        for _, era, offset in _FIRST_DAYS:
            count = fiscal_year - offset
            if last.startswith(era) and count >= 1:
                labels.add(f"{era}{'元' if count == 1 else count}年度")
    return frozenset(labels)


def _birthday(born: Birthday) -> str:
    year, month, day = born.year, born.month, born.day
    if year is None:
        return "不詳"
    if month is not None and day is not None:
        return _day(date(year, month, day))
    first = date(year, month or 1, 1)
    after = date(year + 1, 1, 1) if month in (None, 12) else date(year, month + 1, 1)
    era_year = _era_year(first)
    if era_year != _era_year(after - timedelta(days=1)):
        era_year = f"西暦{year}年"
    return era_year + ("" if month is None else f"{month}月") + "不詳"
