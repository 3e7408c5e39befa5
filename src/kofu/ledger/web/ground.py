"""What the ledger's screens give their use cases: who acts, in which lane, when; the municipality's rules."""

from __future__ import annotations

import psycopg
from django.http import HttpRequest
from django.utils import timezone

from kofu.core.font_file import FontFile
from kofu.ledger.domain.matching import MatchingRules
from kofu.ledger.glyphs import current_set
from kofu.ledger.rules_in_use import rules_of
from kofu.ledger.under import Under
from kofu.platform.staff.work import actor, lane, profile, pseudonym_of


def under(request: HttpRequest, addressee_number: str | None = None) -> Under:
    """Give who acts now, and about whom."""
    return Under(
        actor=actor(request).login,
        lane=lane("work"),
        now=timezone.now(),
        pseudonym=pseudonym_of(addressee_number) if addressee_number is not None else None,
    )


def drawn(connection: psycopg.Connection) -> FontFile | None:
    """Give the registered glyphs (外字) every paper of the ledger is drawn with now; None where there are none."""
    return current_set(connection, profile().code).font


def rules(connection: psycopg.Connection) -> MatchingRules:
    """Give the rules payments and refunds are calculated by."""
    return rules_of(profile().code, connection)
