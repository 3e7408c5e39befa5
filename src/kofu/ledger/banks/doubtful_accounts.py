"""口座の確認: an account that can hardly exist is neither paid to nor debited before a second person looked at it.

Who entered an account cannot be the one who confirms it; what is confirmed is this very account, with its reason, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason, require_second_person
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount, can_hardly_exist

#: Accounts in use, with what for and by whom they were entered: of refunds to be paid, of their heirs, of 口座振替.
_IN_USE = """
SELECT bank_code, branch_code, account_type, account_number, account_holder AS holder,
    '還付 ' || number AS used_for, event.actor AS entered_by, addressee_number
FROM refund_case JOIN refund_event event ON event.case_id = refund_case.id
    AND event.event IN ('claim', 'correct_account')
WHERE municipality_code = %(code)s AND state = 'claimed'
    AND NOT EXISTS (SELECT FROM refund_payee WHERE refund_payee.case_id = refund_case.id)
UNION ALL
SELECT payee.bank_code, payee.branch_code, payee.account_type, payee.account_number, payee.account_holder,
    '還付 ' || number, payee.registered_by, addressee_number
FROM refund_payee payee JOIN refund_case ON refund_case.id = payee.case_id
WHERE municipality_code = %(code)s AND state = 'claimed'
    AND NOT EXISTS (SELECT FROM refund_payee later WHERE later.replaces_id = payee.id)
UNION ALL
SELECT bank_code, branch_code, account_type, account_number, holder, '口座振替 ' || addressee_number, registered_by,
    addressee_number
FROM debit_mandate LEFT JOIN debit_mandate_end ON mandate_id = debit_mandate.id
WHERE municipality_code = %(code)s AND mandate_id IS NULL
"""


@dataclass(frozen=True, slots=True)
class DoubtfulAccount:
    """An account that waits for a second look: what it is for, and who entered it."""

    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    holder: str
    used_for: str
    entered_by: str
    addressee_number: str

    @property
    def account(self) -> BankAccount:
        """The account."""
        return BankAccount(
            bank_code=self.bank_code,
            branch_code=self.branch_code,
            account_type=self.account_type,
            account_number=self.account_number,
            holder=self.holder,
        )


def unconfirmed(
    connection: psycopg.Connection, municipality_code: str, accounts: Iterable[BankAccount]
) -> set[BankAccount]:
    """Give those of these accounts that can hardly exist and that no second person has confirmed."""
    doubtful = {account for account in accounts if can_hardly_exist(account)}
    if not doubtful:
        return set()
    rows = connection.execute(
        "SELECT bank_code, branch_code, account_type, account_number FROM account_confirmation"
        " WHERE municipality_code = %s",
        [municipality_code],
    )
    confirmed = {tuple(row) for row in rows}
    return {account for account in doubtful if _number(account) not in confirmed}


def doubtful_accounts(connection: psycopg.Connection, municipality_code: str) -> list[DoubtfulAccount]:
    """List the accounts in use that wait for a second look."""
    with connection.cursor(row_factory=class_row(DoubtfulAccount)) as cursor:
        found = cursor.execute(_IN_USE, {"code": municipality_code}).fetchall()
    waiting = unconfirmed(connection, municipality_code, (one.account for one in found))
    return [one for one in found if one.account in waiting]


def confirm_account(
    connection: psycopg.Connection, municipality_code: str, account: BankAccount, *, reason: str, acting: Acting
) -> None:
    """Confirm that an account is as its owner wrote it.

    Raises `OperatorFault` `reason_needed`, `account_unknown` where none such waits, `second_person_needed` where who
    entered it would confirm it.
    """
    words = require_reason(reason, "say by what the account was confirmed")
    with connection.transaction():
        waiting = [
            one for one in doubtful_accounts(connection, municipality_code) if _number(one.account) == _number(account)
        ]
        if not waiting:
            raise OperatorFault("account_unknown", "no such account waits for a second look")
        require_second_person(acting.actor, *{one.entered_by for one in waiting}, what="an account")
        connection.execute(
            "INSERT INTO account_confirmation (municipality_code, bank_code, branch_code, account_type, account_number,"
            " reason, confirmed_by, confirmed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [municipality_code, *_number(account), words, acting.actor, acting.now],
        )
        record(connection, acting, "account.confirm", "confirmed", accounts=len(waiting))


def _number(account: BankAccount) -> tuple[str, str, str, str]:
    return account.bank_code, account.branch_code, account.account_type, account.account_number
