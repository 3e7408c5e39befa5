"""⑧⑨⑩ 還付請求書 as the data-entry contractor keyed them, and transfers that came back: taken in whole or not at all.

The contractor keys every paper twice and returns both keyings; they are compared with each other and with the slips of
the bundles that went out. Each claim must then name a case that waits for one, with its amount and an account that
exists. A single difference holds the whole delivery: nothing of it is registered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault
from kofu.ledger.adapters.banks import BankProblem, check_account, check_passbook
from kofu.ledger.codecs import punched, returned_transfers
from kofu.ledger.domain.bank_accounts import Account, AccountType
from kofu.ledger.domain.keying import KeyedClaim, judge
from kofu.ledger.domain.matching import MatchingRules
from kofu.ledger.layouts_in_use import Layouts
from kofu.ledger.pay_refunds import PaidOut, paid_of_reference
from kofu.ledger.refund import claim, transfer_failed
from kofu.ledger.under import Under
from kofu.platform import audit

#: What a person decides on the screen, with the paper in the hand: the rest of the delivery does not wait for it.
FOR_THE_SCREEN = {
    "payee_dead": ("claim_number", "亡くなった方の還付です。相続人の口座を画面で登録してください。"),
    "holder_differs": ("holder_kana", "口座名義が本人と違います。請求書を確かめ、画面で理由を付けて登録してください。"),
    "claim_before_notice": ("claimed_on", "受付日が通知書の送付より前です。請求書を確かめ、画面で登録してください。"),
    "claim_to_come": ("claimed_on", "受付日が今日より後です。請求書を確かめ、画面で登録してください。"),
    "refund_lapsed": ("claimed_on", "受付日が請求期限（時効）より後です。請求書を確かめてください。"),
}
KEYED_DIFFERENTLY = "二つの打鍵が違います。原票を確かめてください。"


@dataclass(frozen=True, slots=True)
class DeliveryFault:
    """Why a delivery is held: which paper (束番号-連番), which field, what is wrong and what to do."""

    place: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of a delivery: cases moved, yen in all, or the faults that hold it.

    `left`: papers keyed rightly that a clerk has to look at and register on the screen; the others are registered.
    """

    count: int
    total: int
    faults: tuple[DeliveryFault, ...]
    left: tuple[DeliveryFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the contractor returned: both keyings, and the slips that went out with the papers."""

    name: str
    first: bytes
    second: bytes
    slips: bytes


def register_claims(
    connection: psycopg.Connection,
    municipality_code: str,
    delivery: Delivery,
    layouts: Layouts,
    *,
    rules: MatchingRules,
    under: Under,
) -> Registered:
    """⑨⑩ Register a delivery of 還付請求書. Raises `FileRefused` where a file is not of its layout."""
    slips = punched.decode_slips(layouts.slips, delivery.slips, file=f"{delivery.name} のバッチ票").items
    first = punched.decode_claims(layouts.claims, delivery.first, file=delivery.name).items
    second = punched.decode_claims(layouts.claims, delivery.second, file=f"{delivery.name} の第2打鍵").items
    verdict = judge(slips, first, second)
    faults = [
        DeliveryFault(
            f"{difference.batch_number}-{difference.sequence}",
            difference.field,
            KEYED_DIFFERENTLY,
        )
        for difference in verdict.differences
    ]
    faults += [
        DeliveryFault(
            fault.batch_number, fault.fault.value, f"バッチ票は {fault.stated:,}、打鍵は {fault.keyed:,} です。"
        )
        for fault in verdict.faults
    ]
    if faults:
        return Registered(0, 0, tuple(faults))
    left: list[DeliveryFault] = []
    with connection.transaction():
        cases = _cases(connection, municipality_code, verdict.accepted)
        accounts: dict[str, Account] = {}
        for item in verdict.accepted:
            checked = _check(item, cases)
            if isinstance(checked, DeliveryFault):
                faults.append(checked)
            elif item.claim_number in accounts:
                faults.append(DeliveryFault(_place(item), "claim_number", "同じ還付請求番号が二度あります。"))
            else:
                accounts[item.claim_number] = checked
        if faults:
            return Registered(0, 0, tuple(faults))
        total = count = 0
        for item in verdict.accepted:
            try:
                claim(
                    connection,
                    cases[int(item.claim_number)][0],
                    accounts[item.claim_number],
                    claimed_on=item.claimed_on,
                    source=f"{delivery.name}:{_place(item)}",
                    rules=rules,
                    under=under,
                )
            except OperatorFault as error:
                if error.code not in FOR_THE_SCREEN:
                    raise
                left.append(DeliveryFault(_place(item), *FOR_THE_SCREEN[error.code]))
            else:
                total += item.amount
                count += 1
        _record(connection, under, "refund.claims_file", delivery.first, count)
    return Registered(count, total, (), tuple(left))


def register_returned(
    connection: psycopg.Connection, municipality_code: str, name: str, content: bytes, layouts: Layouts, *, under: Under
) -> Registered:
    """Take in a file of transfers that came back: each refund is owed again. Raises `FileRefused`."""
    returned = returned_transfers.decode(layouts.returned, content, file=name).transfers
    faults: list[DeliveryFault] = []
    with connection.transaction():
        found: list[tuple[PaidOut, str]] = []
        for place, item in enumerate(returned, start=1):
            paid = paid_of_reference(connection, municipality_code, item.reference)
            if paid is None:
                faults.append(DeliveryFault(str(place), "顧客コード", "この番号の還付はありません。"))
            elif paid.state != "paid":
                faults.append(DeliveryFault(str(place), "顧客コード", "支払済の還付ではありません。"))
            elif paid.amount != item.amount:
                faults.append(DeliveryFault(str(place), "金額", "還付額と違います。"))
            else:
                found.append((paid, item.reason))
        if faults:
            return Registered(0, 0, tuple(faults))
        total = sum(
            transfer_failed(connection, paid.case_id, reason=reason, under=under, position=paid.position)
            for paid, reason in found
        )
        _record(connection, under, "refund.returned_file", content, len(found))
    return Registered(len(found), total, ())


def _cases(
    connection: psycopg.Connection, municipality_code: str, claims: Sequence[KeyedClaim]
) -> dict[int, tuple[UUID, str, int]]:
    """Read and lock the cases the claims name: number → (id, state, yen to be refunded)."""
    numbers = sorted({int(item.claim_number) for item in claims})
    rows = connection.execute(
        "SELECT number, id, state, refund_total FROM refund_case"
        " WHERE municipality_code = %s AND number = ANY(%s) ORDER BY number FOR UPDATE",
        [municipality_code, numbers],
    ).fetchall()
    return {number: (case_id, state, total) for number, case_id, state, total in rows}


def _check(item: KeyedClaim, cases: dict[int, tuple[UUID, str, int]]) -> Account | DeliveryFault:
    """Give the account of a claim that can be registered, or what is wrong with it."""
    fault = _fault(item, cases.get(int(item.claim_number)))
    if fault is not None:
        return fault
    try:
        if item.post_symbol:
            return check_passbook(
                symbol=item.post_symbol,
                number=item.post_number,
                savings=item.deposit == AccountType.SAVINGS,
                holder=item.holder_kana,
            )
        return check_account(
            bank_code=item.bank_code,
            branch_code=item.branch_code,
            account_type=item.deposit,
            account_number=item.account_number,
            holder=item.holder_kana,
        )
    except BankProblem as error:
        return DeliveryFault(_place(item), error.field, error.message)


def _fault(item: KeyedClaim, case: tuple[UUID, str, int] | None) -> DeliveryFault | None:
    """Say why a claim cannot be registered for its case, or None."""
    if case is None:
        return DeliveryFault(_place(item), "claim_number", "この番号の還付はありません。")
    _case_id, state, total = case
    if state not in {"notified", "returned"}:
        return DeliveryFault(_place(item), "claim_number", "請求を受け付ける状態ではありません。")
    if item.amount != total:
        return DeliveryFault(_place(item), "amount", f"還付額は {total:,} 円です。")
    return None


def _place(item: KeyedClaim) -> str:
    return f"{item.batch_number}-{item.sequence}"


def _record(connection: psycopg.Connection, under: Under, action: str, content: bytes, count: int) -> None:
    now: datetime = under.now
    audit.append(
        connection,
        under.lane,
        audit.AuditEntry(
            action=action,
            actor=under.actor,
            result="registered",
            occurred_at=now,
            detail={"sha256": hashlib.sha256(content).hexdigest(), "count": count},
        ),
    )
