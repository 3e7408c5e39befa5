"""What can be done with a case of a refund beside going on: 差戻し, 却下, and another account before the transfer.

Nothing of a proposal was posted: what is owed back stays owed back. After 差戻し the drafter changes the proposal and
proposes it again under the same number (`refund.propose`), or withdraws it; after 却下 the person is on the list of
money owed back again.
"""

from __future__ import annotations

from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason, require_second_person
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.overpayments.case import lock_case, move, put_event
from kofu.ledger.overpayments.checks import check_holder
from kofu.ledger.overpayments.domain.refunds import REFUND_LIFE, RefundEvent
from kofu.ledger.overpayments.payees import payees_of, replace_account
from kofu.ledger.people.find import is_dead


def send_back(connection: psycopg.Connection, case_id: UUID, *, reason: str, acting: Acting) -> None:
    """差戻し: the approver gives a proposal back to its drafter. Raises as `decline`."""
    _answer(connection, case_id, RefundEvent.SEND_BACK, reason, acting)


def decline(connection: psycopg.Connection, case_id: UUID, *, reason: str, acting: Acting) -> None:
    """却下: the approver turns a proposal down.

    Raises `OperatorFault` `reason_needed`, `refund_state`, `second_person_needed`: who proposed it withdraws it.
    """
    _answer(connection, case_id, RefundEvent.DECLINE, reason, acting)


def correct_account(
    connection: psycopg.Connection,
    case_id: UUID,
    account: BankAccount,
    *,
    reason: str,
    acting: Acting,
    position: int = 0,
    holder_confirmed: str = "",
) -> None:
    """口座の訂正 before the transfer: the refund is to be paid to another account. `position`: of which heir.

    Raises `OperatorFault` `reason_needed`, `refund_state`, `payee_dead`, `payee_unknown`, `holder_differs`.
    """
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        case = lock_case(connection, case_id)
        state = REFUND_LIFE.after(case.state, RefundEvent.CORRECT_ACCOUNT)
        payees = payees_of(connection, case_id)
        if payees:
            waiting = [payee for payee in payees if payee.position == position and payee.state == "waiting"]
            if not waiting:
                raise OperatorFault("payee_unknown", "the case has no such payee who waits for the transfer")
            replace_account(connection, case_id, waiting[0], account, acting=acting)
        else:
            if is_dead(connection, case.municipality_code, case.addressee_number):
                raise OperatorFault("payee_dead", "the person died: register who of the heirs is paid")
            check_holder(
                connection,
                case.municipality_code,
                case.addressee_number,
                account.holder,
                confirmed=holder_confirmed,
            )
            move(
                connection, case_id, state,
                bank_code=account.bank_code, branch_code=account.branch_code, account_type=account.account_type,
                account_number=account.account_number, account_holder=account.holder,
            )  # fmt: skip
        added = {"reason": reason} | ({"holder_confirmed": holder_confirmed} if holder_confirmed.strip() else {})
        put_event(connection, case_id, RefundEvent.CORRECT_ACCOUNT, state, acting, detail=added)


def _answer(connection: psycopg.Connection, case_id: UUID, event: RefundEvent, reason: str, acting: Acting) -> None:
    require_reason(reason, "a decision names its reason")
    with connection.transaction():
        case = lock_case(connection, case_id)
        state = REFUND_LIFE.after(case.state, event)
        require_second_person(acting.actor, case.proposed_by, what="a refund")
        move(connection, case_id, state)
        put_event(connection, case_id, event, state, acting, detail={"reason": reason})
