"""From facts to decisions and orders: what eligibility is asked about, and what one copy is made of. Pure.

Kiosk and counter read their facts in different places and build their orders here: the same facts give the same order
but for the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.certificates.domain.standing import (
    AssessmentStanding,
    CollectionStanding,
    InstallmentStanding,
    NoticeTax,
)
from kofu.certificates.facts import AssessmentFacts, Authority, CertificateOrder, CollectionFacts, SubjectFacts
from kofu.core.kinds import SPECIAL_COLLECTION, CertificateKind, CollectionMethod
from kofu.core.profile import VEHICLE_KINDS, Profile

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """One person's facts at one generation. `assessment` is of the year asked for; `collections` of every year."""

    generation: int
    subject: SubjectFacts
    assessment: AssessmentFacts | None
    collections: tuple[CollectionFacts, ...]


def assessment_standing(facts: AssessmentFacts | None) -> AssessmentStanding | None:
    """See an assessment as eligibility wants to see it."""
    if facts is None:
        return None
    return AssessmentStanding(
        taxing_right=facts.taxing_right,
        declaration=facts.declaration,
        liability=facts.liability,
        collection_method=CollectionMethod(facts.collection_method),
        correcting=facts.correcting,
    )


def collection_standing(notice: CollectionFacts) -> CollectionStanding:
    """See a notice as eligibility wants to see it."""
    return CollectionStanding(
        tax=NoticeTax(notice.tax),
        fiscal_year=notice.fiscal_year,
        origin_year=notice.origin_year,
        plate_number=notice.plate_number,
        chassis_last4=notice.chassis_last4,
        inspected=notice.inspected,
        installments=tuple(
            InstallmentStanding(due_date=part.due_date, assessed=part.assessed, paid=part.paid)
            for part in notice.installments
        ),
        special=notice.collection_method in SPECIAL_COLLECTION,
    )


def texts_on_paper(
    kind: CertificateKind, subject: SubjectFacts | None, assessment: AssessmentFacts | None
) -> tuple[tuple[str, str], ...]:
    """Name the texts of the person that the paper carries, so that each character can be checked beforehand."""
    texts: list[tuple[str, str]] = []
    if subject is not None:
        texts += [("name", subject.name), ("address", subject.address)]
    if assessment is not None and kind not in VEHICLE_KINDS:
        texts += [
            ("name_at_assessment", assessment.name_at_assessment),
            ("address_at_assessment", assessment.address_at_assessment),
        ]
    return tuple(texts)


def build_order(
    profile: Profile,
    question: Question,
    facts: PersonFacts,
    *,
    certificate_number: str,
    as_of: date,
    form_version: str,
) -> CertificateOrder:
    """Gather everything one copy depends on, and nothing else (P1)."""
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
        subject=facts.subject,
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
