"""Who may have which certificate now. Pure: everything known comes in, a decision goes out.

The steps in their order: service hours and stops → card certificate known and valid → resident now → age → holds → year
offered → tax right on 1 January → declaration rule → rule of the kind → feeds fresh → every character drawable. The
first failure is what the resident is told; all failures are recorded for staff. A step that lacks what it needs adds
nothing: the step before it has refused already. Why in this order, and why some texts are alike: docs/why/refusals.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from kofu.core.calendar import day_in_japan
from kofu.core.errors import ensure
from kofu.core.fiscal_year import oldest_payment_year
from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, HoldKind, Liability
from kofu.core.profile import PAYMENT_KINDS, VEHICLE_KINDS, Profile
from kofu.issuing.domain.refusals import ASK_AT_COUNTER, REFUSALS, Reason, Refusal, ask_at
from kofu.issuing.domain.standing import (
    AssessmentStanding,
    CardStanding,
    CardStatus,
    CollectionStanding,
    InstallmentStanding,
    RequestFacts,
    ResidentStanding,
    ResidentStatus,
    SubjectStanding,
    Tax,
    UndrawableCharacter,
)

__all__ = [
    "AssessmentStanding",
    "CardStanding",
    "CardStatus",
    "CollectionStanding",
    "Eligible",
    "Failure",
    "InstallmentStanding",
    "Refused",
    "RequestFacts",
    "ResidentStanding",
    "ResidentStatus",
    "SubjectStanding",
    "Tax",
    "UndrawableCharacter",
    "decide",
    "word",
]

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
class Refused:
    """The certificate may not be made. `failures` in the order of the steps, at least one.

    `refusal` is what is said about the first: code and texts for the resident, in the municipality's words, and the
    text for staff.
    """

    failures: tuple[Failure, ...]
    refusal: Refusal

    @property
    def reason(self) -> Reason:
        """The true reason that won: the first."""
        return self.failures[0].reason


@dataclass(frozen=True, slots=True, kw_only=True)
class _Situation:
    request: RequestFacts
    standing: SubjectStanding
    profile: Profile
    now: datetime
    today: date


Step = Callable[[_Situation], Iterator[Failure]]


def decide(request: RequestFacts, standing: SubjectStanding, *, profile: Profile, now: datetime) -> Eligible | Refused:
    """Decide on one request at the aware instant `now`.

    Raises `OperatorFault` where the profile has no form or fee for an otherwise eligible request today.
    """
    today = day_in_japan(now)
    situation = _Situation(request=request, standing=standing, profile=profile, now=now, today=today)
    failures = tuple(failure for step in STEPS for failure in step(situation))
    if failures:
        return Refused(failures=failures, refusal=word(failures[0].reason, profile=profile, kind=request.kind, at=now))
    ensure(standing.card is not None and standing.resident is not None, "an eligible person is known")
    return Eligible(
        as_of=today,
        form_version=profile.form_version_on(request.kind, today),
        fee_per_copy=profile.fee_on(request.kind, today).kiosk,
    )


def word(reason: Reason, *, profile: Profile, kind: CertificateKind, at: datetime) -> Refusal:
    """Put a reason into the municipality's words: its counter, its hours, the reason of a planned stop.

    The same reason, profile, kind and instant give the same words, so a repeated request is answered alike (P11).
    """
    said = REFUSALS[reason]
    if said.next_step is ASK_AT_COUNTER:
        said = replace(said, next_step=ask_at(profile.counter))
    if reason is Reason.CLOSED:
        said = replace(said, resident=profile.opening(kind, at).closed_text or said.resident)
    return said


def _service(case: _Situation) -> Iterator[Failure]:
    rules = case.profile.rules(case.request.kind)
    if rules is None or not rules.kiosk:
        yield Failure(reason=Reason.KIND_NOT_OFFERED)
    elif not case.profile.opening(case.request.kind, case.now).open:
        yield Failure(reason=Reason.CLOSED)
    if case.standing.halted:
        yield Failure(reason=Reason.ISSUANCE_HALTED)
    if not 1 <= case.request.copies <= case.profile.max_copies:
        yield Failure(reason=Reason.TOO_MANY_COPIES, detail=f"{case.request.copies} > {case.profile.max_copies}")


CARD_STATUS_REASONS = {CardStatus.REVOKED: Reason.CARD_REVOKED, CardStatus.SUSPENDED: Reason.CARD_SUSPENDED}


def _card(case: _Situation) -> Iterator[Failure]:
    card = case.standing.card
    if card is None:
        yield Failure(reason=Reason.CARD_UNKNOWN)
        return
    if card.status in CARD_STATUS_REASONS:
        yield Failure(reason=CARD_STATUS_REASONS[card.status])
    elif HoldKind.SERIAL_REVOKED in case.standing.holds:
        yield Failure(reason=Reason.CARD_REVOKED, detail="hold")
    if case.today > card.valid_to:
        yield Failure(reason=Reason.CARD_EXPIRED)
    if case.today < card.valid_from:
        yield Failure(reason=Reason.CARD_NOT_YET_VALID)


RESIDENT_STATUS_REASONS = {
    ResidentStatus.MOVING_OUT: Reason.MOVING_OUT,
    ResidentStatus.MOVED_OUT: Reason.MOVED_OUT,
    ResidentStatus.DEAD: Reason.DEAD,
    ResidentStatus.DELETED: Reason.DELETED,
}


def _resident(case: _Situation) -> Iterator[Failure]:
    resident = case.standing.resident
    if resident is None:
        if case.standing.card is not None:
            yield Failure(reason=Reason.RESIDENT_UNKNOWN)
    elif resident.status in RESIDENT_STATUS_REASONS:
        yield Failure(reason=RESIDENT_STATUS_REASONS[resident.status])


def _age(case: _Situation) -> Iterator[Failure]:
    if case.standing.resident is None:
        return
    age = case.standing.resident.birthday.youngest_age_on(case.today)
    if age is None:
        yield Failure(reason=Reason.AGE_UNKNOWN)
    elif age < case.profile.minimum_age:
        yield Failure(reason=Reason.UNDER_AGE)


HOLD_REASONS = {
    HoldKind.PROTECTION: Reason.PROTECTION,
    HoldKind.ISSUANCE_STOP: Reason.ISSUANCE_STOP,
    HoldKind.CORRECTING: Reason.CORRECTING,
    HoldKind.MOVING_OUT: Reason.MOVING_OUT,
    HoldKind.DEATH: Reason.DEAD,
    HoldKind.DELETED: Reason.DELETED,
}


def _holds(case: _Situation) -> Iterator[Failure]:
    for kind, reason in HOLD_REASONS.items():
        if kind in case.standing.holds:
            yield Failure(reason=reason, detail="hold")
    assessment = case.standing.assessment
    if assessment is not None and assessment.correcting and case.request.kind in RESIDENT_TAX_KINDS:
        yield Failure(reason=Reason.CORRECTING, detail="assessment")


def _year(case: _Situation) -> Iterator[Failure]:
    kind, year = case.request.kind, case.request.fiscal_year
    assessment = case.standing.assessment
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


def _taxing_right(case: _Situation) -> Iterator[Failure]:
    if case.request.kind not in RESIDENT_TAX_KINDS or case.standing.resident is None:
        return
    if case.standing.assessment is None:
        yield Failure(reason=Reason.NO_ASSESSMENT)
    elif not case.standing.assessment.taxing_right:
        yield Failure(reason=Reason.NO_TAXING_RIGHT)


def _declaration(case: _Situation) -> Iterator[Failure]:
    assessment = case.standing.assessment
    if case.request.kind not in RESIDENT_TAX_KINDS or assessment is None or not assessment.taxing_right:
        return
    if assessment.declaration is Declaration.UNDECLARED:
        yield Failure(reason=Reason.UNDECLARED)
    elif assessment.declaration is Declaration.DEPENDENT_UNDECLARED and case.request.kind is CertificateKind.INCOME:
        yield Failure(reason=Reason.DEPENDENT_UNDECLARED)


def _kind(case: _Situation) -> Iterator[Failure]:
    if case.standing.resident is None:
        return
    if case.request.kind is CertificateKind.PAYMENT:
        yield from _payment(case)
    elif case.request.kind is CertificateKind.VEHICLE_PAYMENT:
        yield from _paid_year(case, Tax.LIGHT_VEHICLE)
    elif case.request.kind is CertificateKind.VEHICLE_INSPECTION:
        yield from _inspection(case)


def _payment(case: _Situation) -> Iterator[Failure]:
    assessment = case.standing.assessment
    if assessment is None or not assessment.taxing_right:
        return
    if assessment.liability is Liability.NONTAXABLE:
        yield Failure(reason=Reason.NONTAXABLE_YEAR)
    else:
        yield from _paid_year(case, Tax.RESIDENT)


def _paid_year(case: _Situation, tax: Tax) -> Iterator[Failure]:
    """Look at the notices of the year (課税年度 or 相当年度): they exist and, where the profile says so, are paid."""
    year = case.request.fiscal_year
    notices = [n for n in case.standing.collections if n.tax is tax and year in {n.fiscal_year, n.origin_year}]
    if not any(notice.fiscal_year == year for notice in notices):
        yield Failure(reason=Reason.PAYMENT_RECORD_MISSING)
    overdue = sum(notice.arrears_on(case.today) > 0 for notice in notices)
    if overdue and case.profile.unpaid_refuses_payment:
        yield Failure(reason=Reason.UNPAID, detail=f"{overdue} overdue")


def _inspection(case: _Situation) -> Iterator[Failure]:
    """継続検査用: no arrears of the vehicle in any year, whatever the profile says (道路運送車両法97条の2).

    The same vehicle is one with the same plate, or with the same last four digits of the chassis number (the plate may
    have been changed). A chance match of four digits refuses wrongly and the counter helps; the other mistake would
    certify what is not so.
    """
    plate = case.request.plate_number
    if not plate:
        yield Failure(reason=Reason.PLATE_MISSING)
        return
    vehicles = [notice for notice in case.standing.collections if notice.tax is Tax.LIGHT_VEHICLE]
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


def _feeds(case: _Situation) -> Iterator[Failure]:
    for reason, day, longest in (
        (Reason.TAX_FEED_STALE, case.standing.tax_feed_day, case.profile.tax_feed_max_age_days),
        (Reason.RESIDENT_FEED_STALE, case.standing.resident_feed_day, case.profile.resident_feed_max_age_days),
    ):
        if day is None:
            yield Failure(reason=reason, detail="never loaded")
        elif not 0 <= (age := case.profile.feed_age_days(day, case.now)) <= longest:
            yield Failure(reason=reason, detail=f"{age} days, at most {longest}")


def _drawable(case: _Situation) -> Iterator[Failure]:
    for found in case.standing.undrawable:
        yield Failure(reason=Reason.UNDRAWABLE, detail=f"{found.field}: {found.code_points}: {found.reason}")


STEPS: tuple[Step, ...] = (
    _service,
    _card,
    _resident,
    _age,
    _holds,
    _year,
    _taxing_right,
    _declaration,
    _kind,
    _feeds,
    _drawable,
)
"""The order of the steps. The first failure of the first failing step is the one the resident is told."""
