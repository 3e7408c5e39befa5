"""Whether what waits for a second person stands still: no account behind it was reset since (`core.four_eyes`).

One rule for every system: resets are the staff's (`staff_account_change`), and the running system learns of them by
one function of its database.
"""

from __future__ import annotations

from datetime import datetime

import psycopg

from kofu.core.four_eyes import PendingProposal, require_not_reset, require_second_person


def first_reset(connection: psycopg.Connection, proposal: PendingProposal) -> datetime | None:
    """When the account behind a proposal was first reset since it was made; None where it was not."""
    row = connection.execute("SELECT staff_first_reset(%s, %s)", [proposal.by, proposal.at]).fetchone()
    return None if row is None else row[0]


def require_decider(connection: psycopg.Connection, by: str, *before: PendingProposal, what: str) -> None:
    """Let only another person than those `before` approve, and only what stands still.

    Raises `OperatorFault` `second_person_needed`, `proposal_lapsed`.
    """
    require_second_person(by, *(one.by for one in before), what=what)
    for one in before:
        require_not_reset(first_reset(connection, one), what=what)
