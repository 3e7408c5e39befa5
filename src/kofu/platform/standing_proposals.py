"""Whether what waits for a second person stands still: the accounts behind it are what they were (`core.four_eyes`).

One rule for every system: accounts are the staff's, and the running system learns of a reset, an end or another role
by one function of its database (`staff_lapsed_at`).
"""

from __future__ import annotations

from datetime import datetime

import psycopg

from kofu.core.four_eyes import PendingProposal, require_not_lapsed, require_second_person


def lapsed_at(connection: psycopg.Connection, proposal: PendingProposal) -> datetime | None:
    """When the account behind a proposal was first reset, ended or given another role since; None where it was not."""
    row = connection.execute("SELECT staff_lapsed_at(%s, %s)", [proposal.by, proposal.at]).fetchone()
    return None if row is None else row[0]


def require_decider(connection: psycopg.Connection, by: str, *before: PendingProposal, what: str) -> None:
    """Let only another person than those `before` approve, and only what stands still.

    Raises `OperatorFault` `second_person_needed`, `proposal_lapsed`.
    """
    require_second_person(by, *(one.by for one in before), what=what)
    for one in before:
        require_not_lapsed(lapsed_at(connection, one), what=what)
