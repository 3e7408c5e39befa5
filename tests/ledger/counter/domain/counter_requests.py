"""Requests at the counter for the tests of the rules that judge them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kofu.certificates.domain.standing import (
    AssessmentStanding,
    CollectionStanding,
    InstallmentStanding,
    NoticeTax,
)
from kofu.core.kinds import CertificateKind as K
from kofu.core.kinds import CollectionMethod, Declaration, Liability
from kofu.ledger.counter.domain.rules import (
    Applicant,
    CounterApplication,
    PersonStanding,
    YearStanding,
)
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.platform.profiles import load_profile

PROFILE = load_profile(Path(__file__).parents[4] / "profiles" / "mihon.toml")
RULES = ledger_profile("139998").certificates.decided_by
TODAY = date(2026, 11, 24)
ASKED = CounterApplication(
    applicant=Applicant.SELF,
    applicant_name="",
    right_shown=False,
    identity=("passport",),
    purpose="school",
    kind=K.TAXATION,
    years=(2026,),
    copies=1,
    plate_number="",
    free_reason="",
    unpaid_accepted=False,
)
LIVING = PersonStanding(dead=False, holds=(), halted=False)


def notice(paid: int) -> CollectionStanding:
    return CollectionStanding(
        tax=NoticeTax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        plate_number="",
        chassis_last4="",
        inspected=False,
        installments=(InstallmentStanding(due_date=date(2026, 6, 30), assessed=10_000, paid=paid),),
    )


WELL = YearStanding(
    assessment=AssessmentStanding(
        taxing_right=True,
        declaration=Declaration.DECLARED,
        liability=Liability.TAXABLE,
        collection_method=CollectionMethod.ORDINARY,
        correcting=False,
    ),
    collections=(notice(10_000),),
    undrawable=(),
)
