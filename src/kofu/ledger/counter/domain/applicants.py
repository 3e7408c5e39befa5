"""Who may apply for another's certificates at the counter, as 納税管理人 or as heir, and for which kinds.

An agent settles taxes while the mandate stands, so may ask for certificates of these taxes within it; the mandate ends
with the person's death (民法653条). Every heir may ask for the dead person's: what was owed is now theirs (法9条).
The representative has no better right than another heir: they only receive papers (法9条の2).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from kofu.core.kinds import CertificateKind
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.counter.domain.rules import Applicant
from kofu.ledger.recipients.domain.heirs import HeirsState
from kofu.ledger.recipients.domain.rights import RecordedRights

OF_VEHICLES = frozenset({CertificateKind.VEHICLE_PAYMENT, CertificateKind.VEHICLE_INSPECTION})
STANDING = frozenset(HeirsState) - {HeirsState.REPLACED, HeirsState.ENDED}


class MayApply(StrEnum):
    """Whether the ledger's record carries the applicant's right, and if not, why."""

    YES = "yes"
    NOT_BY_RECORD = "not_by_record"  # 本人・同居の親族・委任状: the record says nothing; papers shown decide
    NO_AGENT = "no_agent"  # no 納税管理人 of this name is in force
    OUT_OF_SCOPE = "out_of_scope"  # the agent acts, but not for this tax or not for certificates
    MANDATE_ENDED = "mandate_ended"  # the person died
    NO_HEIR_YET = "no_heir_yet"  # the person lives
    NOT_AMONG_HEIRS = "not_among_heirs"  # registered heirs have another name; 戸籍 must show it


def may_apply(
    applicant: Applicant, name: str, rights: RecordedRights, kinds: Iterable[CertificateKind], on: date
) -> MayApply:
    """Say whether `name`, who comes as `applicant`, may apply for certificates of `kinds` on a day by the record."""
    if applicant is Applicant.TAX_AGENT:
        return _agent(name, rights, frozenset(_tax_of(kind) for kind in kinds), on)
    if applicant is Applicant.HEIR:
        return _heir(name, rights)
    return MayApply.NOT_BY_RECORD


def _agent(name: str, rights: RecordedRights, taxes: frozenset[Tax], on: date) -> MayApply:
    if rights.dead:
        return MayApply.MANDATE_ENDED
    acting = [agent for agent in rights.agents if _same(agent.name, name) and agent.acts_on(on)]
    if not acting:
        return MayApply.NO_AGENT
    in_scope = any(agent.may_certify and taxes <= agent.taxes for agent in acting)
    return MayApply.YES if in_scope else MayApply.OUT_OF_SCOPE


def _heir(name: str, rights: RecordedRights) -> MayApply:
    if not rights.dead:
        return MayApply.NO_HEIR_YET
    known = rights.representation
    if known is None or known.state not in STANDING or not any(_same(heir.name, name) for heir in known.heirs):
        return MayApply.NOT_AMONG_HEIRS
    return MayApply.YES


def _tax_of(kind: CertificateKind) -> Tax:
    return Tax.LIGHT_VEHICLE if kind in OF_VEHICLES else Tax.RESIDENT


def _same(one: str, other: str) -> bool:
    """Names are alike but for blanks between their parts."""
    return "".join(one.split()) == "".join(other.split())
