"""支援措置 in the ledger: kept to what the registry says, every half minute, for every screen and every paper (P7).

A counter asks about one person at the moment it matters (`adapters.ask_registry`). What is kept here is for the rest:
the person's page, where documents go, refunds. Who is protected is marked before who no longer is; without an answer
everybody stays as they are.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import structlog

from kofu.core.errors import PeerFault
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.addressees import everybodys_numbers
from kofu.ledger.addressees.ask_registry import protected_people
from kofu.platform.profiles import load_profile
from kofu.platform.settings import database_url, profile_path

LIFTED_AT_ONCE_MAX = 20
"""More people who are no longer protected all at once are not believed: a registry that forgot looks just like it."""

ACTOR = "registry"
LANE = "ledger-protection"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProtectionCounts:
    """How many people came under 支援措置, and how many no longer are."""

    marked: int
    unmarked: int


def keep_protection(
    connection: psycopg.Connection, municipality_code: str, protected: AbstractSet[str], *, acting: Acting
) -> ProtectionCounts:
    """Mark exactly the people of these 宛名番号 as protected, with an audit entry where anything changed.

    Who is protected under one number is so under every number that means them.

    Raises `PeerFault` `too_many_lifted`, after everybody named was marked, where more than `LIFTED_AT_ONCE_MAX` people
    would no longer be protected; nobody is then unmarked.
    """
    numbers = sorted(everybodys_numbers(connection, municipality_code, protected))
    with connection.transaction():
        marked = connection.execute(
            "UPDATE taxpayer SET protected = TRUE WHERE municipality_code = %s AND NOT protected"
            " AND addressee_number = ANY(%s)",
            [municipality_code, numbers],
        ).rowcount
        if marked:
            record(connection, acting, "protection.keep", "marked", people=marked)
    with connection.transaction():
        unmarked = connection.execute(
            "UPDATE taxpayer SET protected = FALSE WHERE municipality_code = %s AND protected"
            " AND NOT addressee_number = ANY(%s)",
            [municipality_code, numbers],
        ).rowcount
        if unmarked > LIFTED_AT_ONCE_MAX:
            raise PeerFault(
                "too_many_lifted", f"the registry no longer names {unmarked} protected people; look there first"
            )
        if unmarked:
            record(connection, acting, "protection.keep", "unmarked", people=unmarked)
    return ProtectionCounts(marked, unmarked)


def keep_from_environment() -> ProtectionCounts:
    """Do one round. Raises `PeerFault` where the registry gives no answer: then nothing is changed."""
    code = load_profile(profile_path()).code
    protected = protected_people(code)
    with psycopg.connect(database_url("ledger"), autocommit=True) as connection:
        kept = keep_protection(connection, code, protected, acting=Acting(ACTOR, LANE, datetime.now(UTC)))
    if kept.marked or kept.unmarked:
        log.info("ledger.protection", marked=kept.marked, unmarked=kept.unmarked)
    return kept
