"""From the facts of a generation to what is decided on and ordered: the kiosk's way into `kofu.certificates.order`."""

from __future__ import annotations

from datetime import date

from kofu.certificates import order
from kofu.certificates.domain.standing import UndrawableCharacter
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.order import PersonFacts, Question
from kofu.core.errors import InvariantBroken
from kofu.core.kinds import CertificateKind
from kofu.core.profile import Profile
from kofu.issuing.requests.domain import card_holder
from kofu.issuing.requests.subject import UNREAD, SubjectAtGeneration

__all__ = ["Question", "build_order", "standing_of", "texts_on_paper"]


def standing_of(
    facts: SubjectAtGeneration, *, undrawable: tuple[UndrawableCharacter, ...]
) -> card_holder.SubjectStanding:
    """Hand the facts of one generation to the eligibility, as it wants to see them."""
    card, resident = facts.card, facts.resident
    return card_holder.SubjectStanding(
        card=None
        if card is None
        else card_holder.CardStanding(
            status=card_holder.SerialStatus(card.status.value), valid_from=card.valid_from, valid_to=card.valid_to
        ),
        resident=None
        if resident is None
        else card_holder.ResidentStanding(
            status=card_holder.ResidentStatus(resident.status.value), birthday=resident.birthday
        ),
        holds=tuple(hold.kind for hold in facts.holds),
        assessment=order.assessment_standing(facts.assessment),
        collections=UNREAD
        if facts.collections is UNREAD
        else tuple(order.collection_standing(notice) for notice in facts.collections),
        undrawable=undrawable,
        tax_feed_day=facts.tax_business_date,
        resident_feed_day=facts.resident_business_date,
        held_rows=facts.held_rows,
        halted=facts.halted,
    )


def texts_on_paper(kind: CertificateKind, facts: SubjectAtGeneration) -> tuple[tuple[str, str], ...]:
    """Name the texts of the person that the paper carries, so that each character can be checked beforehand."""
    return order.texts_on_paper(kind, facts.resident.subject if facts.resident else None, facts.assessment)


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
    if facts.resident is None:
        raise InvariantBroken("a certificate is about a known person")
    known = PersonFacts(
        generation=facts.generation,
        subject=facts.resident.subject,
        assessment=facts.assessment,
        collections=facts.collections,
    )
    return order.build_order(
        profile, question, known, certificate_number=certificate_number, as_of=as_of, form_version=form_version
    )
