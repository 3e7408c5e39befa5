"""The rules a municipality's payments, refunds and 延滞金 are calculated by: the dated rates and its own profile."""

from __future__ import annotations

from kofu.ledger.adapters.ledger_profile import ledger_profile
from kofu.ledger.adapters.rates_file import rates
from kofu.ledger.domain.matching import MatchingRules


def rules_of(municipality_code: str) -> MatchingRules:
    """Give the rules of a municipality. Raises `OperatorFault` `ledger_profile`, or what is wrong with the rates."""
    profile = ledger_profile(municipality_code)
    return MatchingRules(
        rates(),
        profile.interest.small_base,
        new_year=profile.interest.new_year,
        refund_interest=profile.refund.interest_until,
    )
