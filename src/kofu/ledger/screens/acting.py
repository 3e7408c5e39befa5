"""What the ledger's screens give their use cases: who acts, in which lane, when; the municipality's rules."""

from __future__ import annotations

import psycopg
from django.http import HttpRequest
from django.utils import timezone

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.profile.rules_in_use import rules_of
from kofu.staff.work import actor, lane, profile, pseudonym_of


def acting_for(request: HttpRequest, addressee_number: str | None = None) -> Acting:
    """Give who acts now, and about whom."""
    return Acting(
        actor=actor(request).login,
        lane=lane("work"),
        now=timezone.now(),
        pseudonym=pseudonym_of(addressee_number) if addressee_number is not None else None,
    )


def rules(connection: psycopg.Connection) -> MatchingRules:
    """Give the rules payments and refunds are calculated by."""
    return rules_of(profile().code, connection)
