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

from kofu.certificates.domain import eligibility as shared
from kofu.certificates.domain.eligibility import Eligible, Failure, TaxCase
from kofu.certificates.domain.refusals import ASK_AT_COUNTER, REFUSALS, Reason, Refusal, ask_at
from kofu.certificates.domain.standing import (
    AssessmentStanding,
    CollectionStanding,
    InstallmentStanding,
    NoticeTax,
    RequestFacts,
    UndrawableCharacter,
)
from kofu.core.calendar import day_in_japan
from kofu.core.errors import ensure
from kofu.core.kinds import CertificateKind, HoldKind
from kofu.core.profile import Profile
from kofu.issuing.requests.domain.card_holder import (
    CardStanding,
    ResidentStanding,
    ResidentStatus,
    SerialStatus,
    SubjectStanding,
)

__all__ = [
    "AssessmentStanding",
    "CardStanding",
    "CollectionStanding",
    "Eligible",
    "Failure",
    "Ineligible",
    "InstallmentStanding",
    "NoticeTax",
    "RequestFacts",
    "ResidentStanding",
    "ResidentStatus",
    "SerialStatus",
    "SubjectStanding",
    "UndrawableCharacter",
    "decide",
    "refusal_in_words",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ineligible:
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

    @property
    def tax_case(self) -> TaxCase:
        """What the steps look at that the counter has, too."""
        return TaxCase(
            request=self.request,
            assessment=self.standing.assessment,
            collections=self.standing.collections,
            undrawable=self.standing.undrawable,
            profile=self.profile,
            today=self.today,
            unpaid_refuses=self.profile.unpaid_refuses_payment,
        )


Step = Callable[[_Situation], Iterator[Failure]]


def decide(
    request: RequestFacts, standing: SubjectStanding, *, profile: Profile, now: datetime
) -> Eligible | Ineligible:
    """Decide on one request at the aware instant `now`.

    Raises `OperatorFault` where the profile has no form or fee for an otherwise eligible request today.
    """
    today = day_in_japan(now)
    situation = _Situation(request=request, standing=standing, profile=profile, now=now, today=today)
    failures = tuple(failure for step in STEPS for failure in step(situation))
    if failures:
        return Ineligible(
            failures=failures, refusal=refusal_in_words(failures[0].reason, profile=profile, kind=request.kind, at=now)
        )
    ensure(standing.card is not None and standing.resident is not None, "an eligible person is known")
    return Eligible(
        as_of=today,
        form_version=profile.form_version_on(request.kind, today),
        fee_per_copy=profile.fee_on(request.kind, today).kiosk,
    )


def refusal_in_words(reason: Reason, *, profile: Profile, kind: CertificateKind, at: datetime) -> Refusal:
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


CARD_STATUS_REASONS = {SerialStatus.REVOKED: Reason.CARD_REVOKED, SerialStatus.SUSPENDED: Reason.CARD_SUSPENDED}


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
    if case.standing.held_rows:
        yield Failure(reason=Reason.ROW_HELD, detail=", ".join(case.standing.held_rows))
    yield from shared.under_correction(case.tax_case)


def _year(case: _Situation) -> Iterator[Failure]:
    yield from shared.year_offered(case.tax_case)


def _taxing_right(case: _Situation) -> Iterator[Failure]:
    if case.standing.resident is not None:
        yield from shared.taxing_right(case.tax_case)


def _declaration(case: _Situation) -> Iterator[Failure]:
    yield from shared.declared(case.tax_case)


def _kind(case: _Situation) -> Iterator[Failure]:
    if case.standing.resident is not None:
        yield from shared.rule_of_kind(case.tax_case)


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
    yield from shared.drawable(case.tax_case)


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
