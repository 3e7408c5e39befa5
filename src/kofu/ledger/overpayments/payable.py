"""What is to be paid out now: claimed refunds, each to its account; of the dead, a line for each heir."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import psycopg

from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.banks.doubtful_accounts import unconfirmed
from kofu.ledger.overpayments.payees import payees_of
from kofu.ledger.people.find import is_dead


@dataclass(frozen=True, slots=True)
class Payout:
    """A refund as the transfer file states it. `position`: which of several payees (heirs) it is; 0: the only one."""

    case_id: UUID
    number: int
    amount: int
    account: BankAccount
    position: int = 0


def payable(connection: psycopg.Connection, municipality_code: str) -> list[Payout]:
    """List the refunds that were claimed and not yet paid, in the order of their numbers; of the dead, by heir.

    A dead person's own account is never among them: see `waits_for_heirs`; nor is a case with an account that can
    hardly exist and that no second person has confirmed: see `doubtful_accounts`.
    """
    waiting = waits_for_a_look(connection, municipality_code)
    return [payout for payout in _payouts(connection, municipality_code) if payout.case_id not in waiting]


def waits_for_a_look(connection: psycopg.Connection, municipality_code: str) -> set[UUID]:
    """List the cases that are not paid before a second person has looked at their account."""
    payouts = _payouts(connection, municipality_code)
    doubtful = unconfirmed(connection, municipality_code, (payout.account for payout in payouts))
    return {payout.case_id for payout in payouts if payout.account in doubtful}


def waits_for_heirs(connection: psycopg.Connection, municipality_code: str) -> list[UUID]:
    """List the cases a person claimed who died since: they are not paid until the heirs who are paid are registered."""
    return [
        case_id
        for case_id, _, _, _, dead in _claimed(connection, municipality_code)
        if dead and not payees_of(connection, case_id)
    ]


def _payouts(connection: psycopg.Connection, municipality_code: str) -> list[Payout]:
    payouts: list[Payout] = []
    for case_id, number, total, account, dead in _claimed(connection, municipality_code):
        payees = payees_of(connection, case_id)
        if payees:
            payouts += [
                Payout(case_id, number, payee.amount, payee.account, payee.position)
                for payee in payees
                if payee.state == "waiting"
            ]
        elif not dead:
            payouts.append(Payout(case_id, number, total, account))
    return payouts


def _claimed(connection: psycopg.Connection, municipality_code: str) -> list[tuple[UUID, int, int, BankAccount, bool]]:
    """Read the cases that were claimed and not paid: id, number, yen, account, whether the person is dead."""
    rows = connection.execute(
        "SELECT refund_case.id, number, refund_total, bank_code, branch_code, account_type, account_number,"
        " account_holder, addressee_number FROM refund_case"
        " WHERE municipality_code = %s AND state = 'claimed' ORDER BY number",
        [municipality_code],
    ).fetchall()
    return [
        (
            case_id,
            number,
            total,
            BankAccount(bank_code=bank, branch_code=branch, account_type=kind, account_number=account, holder=holder),
            is_dead(connection, municipality_code, addressee),
        )
        for case_id, number, total, bank, branch, kind, account, holder, addressee in rows
    ]
