"""The rules a municipality's payments, refunds and 延滞金 are calculated by: the dated rates and its own profile."""

from __future__ import annotations

import psycopg

from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.profile.rates_on_record import rates_in_use


def rules_of(municipality_code: str, connection: psycopg.Connection) -> MatchingRules:
    """Give the rules of a municipality as they hold now. Raises `OperatorFault` `ledger_profile`."""
    profile = ledger_profile(municipality_code)
    return MatchingRules(
        rates_in_use(connection, municipality_code),
        profile.interest.small_base,
        new_year=profile.interest.new_year,
        refund_interest=profile.refund.interest_until,
    )
