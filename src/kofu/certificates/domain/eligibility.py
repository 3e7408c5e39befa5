"""The steps every certificate is decided by, wherever it is asked for. Pure.

A year that is offered → a tax right on 1 January → the declaration rule → the rule of the kind → every character
drawable, and no assessment under correction. The kiosk puts its own steps around these (hours, card, residence, age,
holds, freshness of the feed: `issuing.requests.domain.eligibility`), the counter its own (identity, right to apply,
protection: `kofu.ledger.counter.domain.rules`); what the paper may say is decided here alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kofu.certificates.domain.refusals import Reason
from kofu.certificates.domain.standing import (
    AssessmentStanding,
    CollectionStanding,
    NoticeTax,
    RequestFacts,
    UndrawableCharacter,
)
from kofu.core.fiscal_year import oldest_payment_year
from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, Liability
from kofu.core.profile import PAYMENT_KINDS, VEHICLE_KINDS, Profile

RESIDENT_TAX_KINDS = frozenset(CertificateKind) - VEHICLE_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligible:
    """The certificate may be made, as of `as_of` (証明日), on this form version, for this fee in yen per copy."""

    as_of: date
    form_version: str
    fee_per_copy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that stands in the way. `detail` is for staff: figures and code points, never a name."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCase:
    """What the shared steps look at. `unpaid_refuses`: overdue tax refuses a 納税証明書 instead of standing on it.

    What a 特別徴収義務者 has not remitted never stands on one as 滞納額 (地方税法321条の5): it refuses in any case, by
    a step of the caller's own where `unremitted_refuses` is off.
    """

    request: RequestFacts
    assessment: AssessmentStanding | None
    collections: tuple[CollectionStanding, ...]
    undrawable: tuple[UndrawableCharacter, ...]
    profile: Profile
    today: date
    unpaid_refuses: bool
    unremitted_refuses: bool = True


def under_correction(case: TaxCase) -> Iterator[Failure]:
    """更正処理中: fail where what the assessment says is about to change."""
    assessment = case.assessment
    if assessment is not None and assessment.correcting and case.request.kind in RESIDENT_TAX_KINDS:
        yield Failure(reason=Reason.CORRECTING, detail="assessment")


def year_offered(case: TaxCase) -> Iterator[Failure]:
    """Ask that the year is published, among the newest that are offered, and not beyond the law."""
    kind, year = case.request.kind, case.request.fiscal_year
    assessment = case.assessment
    # Without an assessment the way of collection is unknown; the later of the two publication days then counts.
    method = CollectionMethod.ORDINARY if assessment is None else assessment.collection_method
    if case.profile.rules(kind) is None or year in case.profile.published_years(kind, case.today, method):
        return
    coming = [item for item in case.profile.publications if item.day_for(kind, method) > case.today]
    if any(item.fiscal_year == year for item in coming):
        yield Failure(reason=Reason.YEAR_NOT_PUBLISHED)
    elif kind in PAYMENT_KINDS and year < oldest_payment_year(case.today):
        yield Failure(reason=Reason.YEAR_BEYOND_LAW)
    else:
        yield Failure(reason=Reason.YEAR_NOT_OFFERED)


def taxing_right(case: TaxCase) -> Iterator[Failure]:
    """賦課期日: ask that the municipality assessed the person for the year, by right."""
    if case.request.kind not in RESIDENT_TAX_KINDS:
        return
    if case.assessment is None:
        yield Failure(reason=Reason.NO_ASSESSMENT)
    elif not case.assessment.taxing_right:
        yield Failure(reason=Reason.NO_TAXING_RIGHT)


def declared(case: TaxCase) -> Iterator[Failure]:
    """申告: ask that income was declared; a dependent who declared none gets every paper but that of income."""
    assessment = case.assessment
    if case.request.kind not in RESIDENT_TAX_KINDS or assessment is None or not assessment.taxing_right:
        return
    if assessment.declaration is Declaration.UNDECLARED:
        yield Failure(reason=Reason.UNDECLARED)
    elif assessment.declaration is Declaration.DEPENDENT_UNDECLARED and case.request.kind is CertificateKind.INCOME:
        yield Failure(reason=Reason.DEPENDENT_UNDECLARED)


def rule_of_kind(case: TaxCase) -> Iterator[Failure]:
    """Ask of the payments what each kind of 納税証明書 needs."""
    if case.request.kind is CertificateKind.PAYMENT:
        yield from _payment(case)
    elif case.request.kind is CertificateKind.VEHICLE_PAYMENT:
        yield from _paid_year(case, NoticeTax.LIGHT_VEHICLE)
    elif case.request.kind is CertificateKind.VEHICLE_INSPECTION:
        yield from _inspection(case)


def _payment(case: TaxCase) -> Iterator[Failure]:
    assessment = case.assessment
    if assessment is None or not assessment.taxing_right:
        return
    if assessment.liability is Liability.NONTAXABLE:
        yield Failure(reason=Reason.NONTAXABLE_YEAR)
    else:
        yield from _paid_year(case, NoticeTax.RESIDENT)


def _paid_year(case: TaxCase, tax: NoticeTax) -> Iterator[Failure]:
    """Look at the notices of the year (課税年度 or 相当年度): they exist and, where that is the rule, are paid."""
    year = case.request.fiscal_year
    notices = [n for n in case.collections if n.tax is tax and year in {n.fiscal_year, n.origin_year}]
    if not any(notice.fiscal_year == year for notice in notices):
        yield Failure(reason=Reason.PAYMENT_RECORD_MISSING)
    late = [notice for notice in notices if notice.arrears_on(case.today) > 0]
    unremitted = sum(notice.special for notice in late)
    overdue = len(late) - unremitted
    if overdue and case.unpaid_refuses:
        yield Failure(reason=Reason.UNPAID, detail=f"{overdue} overdue")
    if unremitted and case.unremitted_refuses:
        yield Failure(reason=Reason.UNPAID, detail=f"{unremitted} not remitted (特別徴収)")


def _inspection(case: TaxCase) -> Iterator[Failure]:
    """継続検査用: no arrears of the vehicle in any year, whatever the profile says (道路運送車両法97条の2).

    The same vehicle is one with the same plate, or with the same last four digits of the chassis number (the plate may
    have been changed). A chance match of four digits refuses wrongly and a person looks again; the other mistake would
    certify what is not so.
    """
    plate = case.request.plate_number
    if not plate:
        yield Failure(reason=Reason.PLATE_MISSING)
        return
    vehicles = [notice for notice in case.collections if notice.tax is NoticeTax.LIGHT_VEHICLE]
    asked = [n for n in vehicles if n.plate_number == plate and n.fiscal_year == case.request.fiscal_year]
    if not asked:
        yield Failure(reason=Reason.VEHICLE_UNKNOWN)
    elif not all(notice.inspected for notice in asked):
        yield Failure(reason=Reason.VEHICLE_NOT_INSPECTED)
    chassis = {notice.chassis_last4 for notice in vehicles if notice.plate_number == plate} - {""}
    same = [notice for notice in vehicles if notice.plate_number == plate or notice.chassis_last4 in chassis]
    overdue = sorted({notice.fiscal_year for notice in same if notice.arrears_on(case.today) > 0})
    if overdue:
        yield Failure(reason=Reason.VEHICLE_ARREARS, detail=", ".join(str(year) for year in overdue))


def drawable(case: TaxCase) -> Iterator[Failure]:
    """Ask that every character of the paper can be drawn exactly."""
    for found in case.undrawable:
        yield Failure(reason=Reason.UNDRAWABLE, detail=f"{found.field}: {found.code_points}: {found.reason}")
