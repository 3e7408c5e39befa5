"""From facts read to decisions and orders: what the eligibility is asked about, and what one copy is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.certificates.facts import Authority, CertificateOrder, CollectionFacts
from kofu.core.errors import InvariantBroken
from kofu.core.kinds import CertificateKind, CollectionMethod
from kofu.core.profile import VEHICLE_KINDS, Profile
from kofu.issuing.domain import standing
from kofu.issuing.subject import SubjectAtGeneration

_PAYMENT_TAX = {
    CertificateKind.PAYMENT: "resident",
    CertificateKind.VEHICLE_PAYMENT: "light_vehicle",
    CertificateKind.VEHICLE_INSPECTION: "light_vehicle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for, apart from whose it is."""

    kind: CertificateKind
    fiscal_year: int
    copies: int
    plate_number: str | None


def standing_of(
    facts: SubjectAtGeneration, *, undrawable: tuple[standing.UndrawableCharacter, ...], halted: bool
) -> standing.SubjectStanding:
    """Hand the facts of one generation to the eligibility, as it wants to see them."""
    card, resident, assessment = facts.card, facts.resident, facts.assessment
    return standing.SubjectStanding(
        card=None
        if card is None
        else standing.CardStanding(
            status=standing.CardStatus(card.status.value), valid_from=card.valid_from, valid_to=card.valid_to
        ),
        resident=None
        if resident is None
        else standing.ResidentStanding(
            status=standing.ResidentStatus(resident.status.value), birthday=resident.birthday
        ),
        holds=tuple(hold.kind for hold in facts.holds),
        assessment=None
        if assessment is None
        else standing.AssessmentStanding(
            taxing_right=assessment.taxing_right,
            declaration=assessment.declaration,
            liability=assessment.liability,
            collection_method=CollectionMethod(assessment.collection_method),
            correcting=assessment.correcting,
        ),
        collections=tuple(_collection(notice) for notice in facts.collections),
        undrawable=undrawable,
        tax_feed_day=facts.tax_business_date,
        resident_feed_day=facts.resident_business_date,
        halted=halted,
    )


def _collection(notice: CollectionFacts) -> standing.CollectionStanding:
    return standing.CollectionStanding(
        tax=standing.Tax(notice.tax),
        fiscal_year=notice.fiscal_year,
        origin_year=notice.origin_year,
        plate_number=notice.plate_number,
        chassis_last4=notice.chassis_last4,
        inspected=notice.inspected,
        installments=tuple(
            standing.InstallmentStanding(due_date=part.due_date, assessed=part.assessed, paid=part.paid)
            for part in notice.installments
        ),
    )


def texts_on_paper(kind: CertificateKind, facts: SubjectAtGeneration) -> tuple[tuple[str, str], ...]:
    """Name the texts of the person that the paper carries, so that each character can be checked beforehand."""
    texts: list[tuple[str, str]] = []
    if facts.resident is not None:
        texts += [("name", facts.resident.name), ("address", facts.resident.address)]
    if facts.assessment is not None and kind not in VEHICLE_KINDS:
        texts += [
            ("name_at_assessment", facts.assessment.name_at_assessment),
            ("address_at_assessment", facts.assessment.address_at_assessment),
        ]
    return tuple(texts)


def build_order(
    profile: Profile,
    question: Question,
    facts: SubjectAtGeneration,
    *,
    certificate_number: str,
    as_of: date,
    form_version: str,
) -> CertificateOrder:
    """Gather everything one copy depends on, and nothing else (P1). The person must be known."""
    resident = facts.resident
    if resident is None:
        raise InvariantBroken("a certificate is about a known person")
    tax = _PAYMENT_TAX.get(question.kind)
    period = profile.authority_on(as_of)
    return CertificateOrder(
        kind=question.kind,
        form_version=form_version,
        fiscal_year=question.fiscal_year,
        year_label=profile.year_label(question.fiscal_year),
        certificate_number=certificate_number,
        as_of=as_of,
        generation=facts.generation,
        subject=resident.subject,
        assessment=facts.assessment if tax is None else None,
        collections=() if tax is None else tuple(n for n in facts.collections if _belongs(n, question, tax)),
        authority=Authority(office=period.office, name=period.name, seal_svg=period.seal_svg, seal_mm=period.seal_mm),
        municipal_tax=profile.municipal_tax.value,
        prefectural_tax=profile.prefectural_tax.value,
        specimen=profile.specimen,
    )


def _belongs(notice: CollectionFacts, question: Question, tax: str) -> bool:
    """Whether a notice is one the paper is about: tax, 課税年度, and for 継続検査用 the one vehicle."""
    if notice.tax != tax or notice.fiscal_year != question.fiscal_year:
        return False
    return question.kind is not CertificateKind.VEHICLE_INSPECTION or notice.plate_number == question.plate_number
