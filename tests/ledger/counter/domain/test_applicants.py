"""Who may apply for another's certificates by the record: agents within their scope, heirs once the person is dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from kofu.core.kinds import CertificateKind
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.counter.domain.applicants import MayApply, may_apply
from kofu.ledger.counter.domain.rules import Applicant
from kofu.ledger.recipients.domain.agents import AgentState, TaxAgent
from kofu.ledger.recipients.domain.heirs import Heir, HeirsState, Representation
from kofu.ledger.recipients.domain.rights import RecordedRights

ON = date(2026, 11, 24)
AGENT = TaxAgent(
    name="見本　代理",
    postal_code="",
    address="見本区",
    inside=True,
    taxes=frozenset({Tax.RESIDENT}),
    state=AgentState.DECLARED,
    valid_from=date(2026, 4, 1),
)
HEIRS = tuple(
    Heir(name=name, postal_code="", address="見本区", relation="子", share=Fraction(1, 2)) for name in ("甲", "乙")
)
STANDS = Representation(state=HeirsState.DESIGNATED, heirs=HEIRS, representative=HEIRS[0], since=date(2026, 6, 1))
LIVING, DEAD = RecordedRights(dead=False, agents=(AGENT,)), RecordedRights(dead=True, agents=(AGENT,))
TAXATION, VEHICLE = CertificateKind.TAXATION, CertificateKind.VEHICLE_PAYMENT


@pytest.mark.parametrize(
    ("applicant", "name", "rights", "kind", "said"),
    [
        (Applicant.TAX_AGENT, "見本 代理", LIVING, TAXATION, MayApply.YES),
        (Applicant.TAX_AGENT, "見本代理", LIVING, CertificateKind.PAYMENT, MayApply.YES),
        (Applicant.TAX_AGENT, "見本 代理", LIVING, VEHICLE, MayApply.OUT_OF_SCOPE),
        (Applicant.TAX_AGENT, "別人", LIVING, TAXATION, MayApply.NO_AGENT),
        (Applicant.TAX_AGENT, "見本 代理", DEAD, TAXATION, MayApply.MANDATE_ENDED),
        (
            Applicant.TAX_AGENT,
            "見本 代理",
            RecordedRights(dead=False, agents=(replace(AGENT, may_certify=False),)),
            TAXATION,
            MayApply.OUT_OF_SCOPE,
        ),
        (
            Applicant.TAX_AGENT,
            "見本 代理",
            RecordedRights(dead=False, agents=(replace(AGENT, valid_until=date(2026, 11, 23)),)),
            TAXATION,
            MayApply.NO_AGENT,
        ),
        (Applicant.HEIR, "乙", replace(DEAD, representation=STANDS), TAXATION, MayApply.YES),
        (Applicant.HEIR, "丙", replace(DEAD, representation=STANDS), TAXATION, MayApply.NOT_AMONG_HEIRS),
        (Applicant.HEIR, "乙", DEAD, TAXATION, MayApply.NOT_AMONG_HEIRS),
        (Applicant.HEIR, "乙", replace(LIVING, representation=STANDS), TAXATION, MayApply.NO_HEIR_YET),
        (Applicant.AGENT, "見本 代理", LIVING, TAXATION, MayApply.NOT_BY_RECORD),
    ],
)
def test_the_record_says_who_may_apply(applicant, name, rights, kind, said) -> None:
    assert may_apply(applicant, name, rights, [kind], ON) is said


def test_an_agent_needs_the_scope_for_every_kind_asked_for() -> None:
    assert may_apply(Applicant.TAX_AGENT, "見本 代理", LIVING, [TAXATION, VEHICLE], ON) is MayApply.OUT_OF_SCOPE
