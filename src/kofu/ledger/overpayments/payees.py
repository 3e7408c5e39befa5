"""受取人 of a dead person's refund: which heirs are paid what, to which account; who was paid and whose came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import psycopg

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.people.find import is_dead
from kofu.ledger.recipients.domain.heirs import PAYEE_LIFE, PayeeEvent, PayeeState, refund_payees
from kofu.ledger.recipients.read_recipients import RecordedHeirs, standing_of

BY_SHARE, BY_AGREEMENT = "share", "agreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """An heir who is paid a part of a refund: `amount` yen from the yen `begins_at` on.

    `state`: waiting, paid or returned. `position` tells payees of a case apart, in the 顧客コード of a transfer too.
    """

    payee_id: UUID
    position: int
    heir_id: int
    name: str
    basis: str
    amount: int
    begins_at: int
    account: BankAccount
    state: str


@dataclass(frozen=True, slots=True)
class HeirsClaim:
    """還付請求書 of the heirs: the account of each heir who is paid, by position of the heir.

    `agreed`: yen by position of the heir as they agreed (遺産分割協議書・同意書 seen); None: by 相続分.
    """

    accounts: Mapping[int, BankAccount]
    agreed: Mapping[int, int] | None
    claimed_on: date


def payees_of(connection: psycopg.Connection, case_id: UUID) -> tuple[Payee, ...]:
    """List the payees of a case that stand: an account that was replaced by another is left out."""
    rows = connection.execute(
        "SELECT payee.id, payee.position, heir_id, heir.name, payee.basis, amount, begins_at, bank_code, branch_code,"
        " account_type, account_number, account_holder, coalesce((SELECT event FROM refund_payee_event"
        " WHERE payee_id = payee.id ORDER BY id DESC LIMIT 1), 'waiting')"
        " FROM refund_payee AS payee JOIN heir ON heir.id = heir_id WHERE case_id = %s"
        " AND NOT EXISTS (SELECT FROM refund_payee AS later WHERE later.replaces_id = payee.id)"
        " ORDER BY begins_at",
        [case_id],
    ).fetchall()
    return tuple(
        Payee(
            payee_id=payee_id,
            position=position,
            heir_id=heir_id,
            name=name,
            basis=basis,
            amount=amount,
            begins_at=begins_at,
            account=BankAccount(
                bank_code=bank, branch_code=branch, account_type=kind, account_number=number, holder=holder
            ),
            state=state,
        )
        for payee_id, position, heir_id, name, basis, amount, begins_at, bank, branch, kind, number, holder, state
        in rows
    )  # fmt: skip


def put_payees(
    connection: psycopg.Connection,
    case_id: UUID,
    municipality_code: str,
    addressee_number: str,
    *,
    total: int,
    claim: HeirsClaim,
    acting: Acting,
) -> int:
    """Store who is paid a refund of `total` yen, or the new accounts of those whose transfer came back; give how many.

    Raises `OperatorFault`: `not_dead`; `no_heirs` where none are registered; `payee_accounts` where an account is
    missing or is of an heir who gets nothing; `heirs_changed` where a payee is none of the heirs registered now;
    `agreement_not_whole`, `agreement_stranger`.
    """
    if not is_dead(connection, municipality_code, addressee_number):
        raise OperatorFault("not_dead", "the resident record does not say that this person died; check it first")
    heirs = standing_of(connection, municipality_code, addressee_number).heirs
    if heirs is None:
        raise OperatorFault("no_heirs", "register the heirs with their shares first")
    standing = payees_of(connection, case_id)
    if standing:
        return _new_accounts(connection, case_id, heirs, standing, claim=claim, acting=acting)
    parts = refund_payees(total, heirs.heirs, claim.agreed)
    places = [heirs.heirs.index(part.heir) for part in parts]
    _require_accounts(places, claim.accounts)
    basis = BY_SHARE if claim.agreed is None else BY_AGREEMENT
    begins_at = 0
    for number, (place, part) in enumerate(zip(places, parts, strict=True), start=1):
        row = (number, heirs.heir_ids[place], basis, part.amount, begins_at, None)
        _insert(connection, case_id, row, claim.accounts[place], claimed_on=claim.claimed_on, acting=acting)
        begins_at += part.amount
    return len(parts)


def record_payee_event(
    connection: psycopg.Connection, payee: Payee, event: str, *, on: date, source: str, acting: Acting
) -> None:
    """Put on record that a payee was paid (`paid`) or that the transfer came back (`returned`).

    Raises `OperatorFault` `payee_state`.
    """
    PAYEE_LIFE.after(PayeeState(payee.state), PayeeEvent(event))
    connection.execute(
        "INSERT INTO refund_payee_event (payee_id, event, effective_on, source, actor) VALUES (%s, %s, %s, %s, %s)",
        [payee.payee_id, event, on, source, acting.actor],
    )


def replace_account(
    connection: psycopg.Connection, case_id: UUID, payee: Payee, account: BankAccount, *, acting: Acting
) -> None:
    """Let a payee who was not paid yet be paid to another account: a payee of their own, in place of the old one."""
    PAYEE_LIFE.after(PayeeState(payee.state), PayeeEvent.NEW_ACCOUNT)
    row = connection.execute(
        "SELECT (SELECT max(position) FROM refund_payee WHERE case_id = %s), claimed_on FROM refund_payee"
        " WHERE id = %s",
        [case_id, payee.payee_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("payee_unknown", "the case has no such payee")
    values = (row[0] + 1, payee.heir_id, payee.basis, payee.amount, payee.begins_at, payee.payee_id)
    _insert(connection, case_id, values, account, claimed_on=row[1], acting=acting)


def place_of(payee: Payee, heirs: RecordedHeirs) -> int:
    """Tell where a payee stands among the heirs as registered now: the same entry, or the one heir of that name.

    Raises `OperatorFault` `heirs_changed`: register the heirs with this one among them, once and by the same name.
    """
    if payee.heir_id in heirs.heir_ids:
        return heirs.heir_ids.index(payee.heir_id)
    same = [place for place, heir in enumerate(heirs.heirs) if heir.name == payee.name]
    if len(same) != 1:
        raise OperatorFault(
            "heirs_changed", "a payee is not among the heirs registered now: register them anew with this one"
        )
    return same[0]


def _new_accounts(
    connection: psycopg.Connection,
    case_id: UUID,
    heirs: RecordedHeirs,
    standing: Sequence[Payee],
    *,
    claim: HeirsClaim,
    acting: Acting,
) -> int:
    returned = [payee for payee in standing if payee.state == "returned"]
    places = {place_of(payee, heirs): payee for payee in returned}
    _require_accounts(list(places), claim.accounts)
    row = connection.execute("SELECT max(position) FROM refund_payee WHERE case_id = %s", [case_id]).fetchone()
    number = row[0] if row else 0
    for place, payee in places.items():
        number += 1
        values = (number, heirs.heir_ids[place], payee.basis, payee.amount, payee.begins_at, payee.payee_id)
        _insert(connection, case_id, values, claim.accounts[place], claimed_on=claim.claimed_on, acting=acting)
    return len(returned)


def _require_accounts(places: Sequence[int], accounts: Mapping[int, BankAccount]) -> None:
    if set(places) != set(accounts) or not places:
        raise OperatorFault("payee_accounts", "give one account for each heir who is paid, and for nobody else")


def _insert(
    connection: psycopg.Connection,
    case_id: UUID,
    row: tuple[int, int, str, int, int, UUID | None],
    account: BankAccount,
    *,
    claimed_on: date,
    acting: Acting,
) -> None:
    position, heir_id, basis, amount, begins_at, replaces = row
    connection.execute(
        "INSERT INTO refund_payee (id, case_id, position, heir_id, basis, amount, begins_at, replaces_id, bank_code,"
        " branch_code, account_type, account_number, account_holder, claimed_on, registered_by, registered_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            uuid4(), case_id, position, heir_id, basis, amount, begins_at, replaces, account.bank_code,
            account.branch_code, account.account_type, account.account_number, account.holder, claimed_on, acting.actor,
            acting.now,
        ],
    )  # fmt: skip
