"""What can be posted, each as a pure function from the books to an entry (P12). Deciding *whether* is the caller's.

A payment's money is always somewhere: received → unallocated → at a claim, in suspense, or owed back. Whatever is taken
from one place returns to `unallocated` first, so every yen at a claim can be traced to the payment it came with, and an
allocation can be taken back and made anew later (最判令和3年6月22日).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from kofu.core.errors import ensure
from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.books import Books, Share
from kofu.ledger.books.domain.entries import Detail, Entry, JournalKind, Transfer

NO_DETAIL: Mapping[str, Detail] = {}


class ClaimPart(StrEnum):
    """What of a claim a payment goes to."""

    PRINCIPAL = "principal"  # 本税
    INTEREST = "interest"  # 延滞金


class Excess(StrEnum):
    """Why money is owed back."""

    OVERPAID = "overpaid"  # 過納金
    IN_ERROR = "in_error"  # 誤納金


PART_ACCOUNT = {ClaimPart.PRINCIPAL: Account.DUE, ClaimPart.INTEREST: Account.INTEREST_DUE}
EXCESS_ACCOUNT = {Excess.OVERPAID: Account.OVERPAID, Excess.IN_ERROR: Account.IN_ERROR}


# -- what is owed -----------------------------------------------------------------------------------------------------


def assess(claim_id: int, amount: int, on: date, *, reason: str = "") -> Entry:
    """調定: the claim comes to be owed, `amount` yen from `on`."""
    return Entry(
        kind=JournalKind.ASSESSED,
        effective_on=on,
        reason=reason,
        transfers=(Transfer(Account.DUE, Account.ASSESSED, amount, claim_id),),
    )


def increase(claim_id: int, amount: int, on: date, *, reason: str = "") -> Entry:
    """増額更正 by `amount` yen."""
    return Entry(
        kind=JournalKind.INCREASED,
        effective_on=on,
        reason=reason,
        transfers=(Transfer(Account.DUE, Account.ASSESSED, amount, claim_id),),
    )


def reduce(
    books: Books, claim_id: int, amount: int, on: date, *, reason: str = "", cancelled: bool = False
) -> tuple[Entry, ...]:
    """減額更正 by `amount` yen (`cancelled`: 賦課取消), at most what is assessed.

    Money that was rightly paid and is too much now becomes 過納金, the latest payments first. 延滞金 is not touched:
    revise it after, when the principal it ran on is known.
    """
    claim = books.claims[claim_id]
    ensure(0 < amount <= claim.assessed, "a reduction takes at most what is assessed")
    entries, missing = _free_latest(books, claim_id, amount - claim.due, on, reason)
    given_up = max(missing, 0)  # what was waived or written off falls away before it was ever paid
    transfers = [Transfer(Account.ASSESSED, Account.DUE, amount, claim_id)]
    for account, most in ((Account.WRITTEN_OFF, claim.written_off), (Account.WAIVED, claim.waived)):
        back = min(given_up, most)
        if back:
            given_up -= back
            transfers.insert(0, Transfer(Account.DUE, account, back, claim_id))
    kind = JournalKind.CANCELLED if cancelled else JournalKind.REDUCED
    entries.append(Entry(kind=kind, effective_on=on, reason=reason, transfers=tuple(transfers)))
    return tuple(entries)


def revise_interest(
    books: Books, claim_id: int, amount: int, on: date, *, reason: str = "", detail: Mapping[str, Detail] = NO_DETAIL
) -> tuple[Entry, ...]:
    """Bring the interest of a claim to `amount` yen: more becomes due, less frees what was paid on it as 過納金."""
    claim = books.claims[claim_id]
    change = amount - claim.interest_assessed
    if change == 0:
        return ()
    if change > 0:
        transfer = Transfer(Account.INTEREST_DUE, Account.INTEREST_ASSESSED, change, claim_id)
        return (_interest_entry(on, reason, detail, (transfer,)),)
    entries: list[Entry] = []
    missing = -change - claim.interest_due
    for share in books.shares_of_claim(claim_id):
        freed = min(share.interest, max(missing, 0))
        if freed:
            missing -= freed
            entries.append(_become_excess(share, freed, on, reason, ClaimPart.INTEREST))
    transfers = [Transfer(Account.INTEREST_ASSESSED, Account.INTEREST_DUE, -change, claim_id)]
    given_up = max(missing, 0)
    for account, most in (
        (Account.INTEREST_WRITTEN_OFF, claim.interest_written_off),
        (Account.INTEREST_WAIVED, claim.interest_waived),
    ):
        back = min(given_up, most)
        if back:
            given_up -= back
            transfers.insert(0, Transfer(Account.INTEREST_DUE, account, back, claim_id))
    return (*entries, _interest_entry(on, reason, detail, tuple(transfers)))


def make_room(books: Books, claim_id: int, missing: int, on: date, reason: str) -> list[Entry]:
    """Owe back `missing` yen of 本税 to the payments of a claim, the latest first: they are given up (減免)."""
    entries, _ = _free_latest(books, claim_id, missing, on, reason)
    return entries


def waive(claim_id: int, amount: int, on: date, *, reason: str, part: ClaimPart = ClaimPart.PRINCIPAL) -> Entry:
    """減免 of 本税 or 延滞金 by `amount` yen, for a reason."""
    account = Account.WAIVED if part is ClaimPart.PRINCIPAL else Account.INTEREST_WAIVED
    kind = JournalKind.WAIVED if part is ClaimPart.PRINCIPAL else JournalKind.INTEREST_WAIVED
    transfer = Transfer(account, PART_ACCOUNT[part], amount, claim_id)
    return Entry(kind=kind, effective_on=on, reason=reason, transfers=(transfer,))


def write_off(books: Books, claim_id: int, on: date, *, reason: str) -> Entry:
    """不納欠損 of everything still due of a claim, 延滞金 included, for a reason code."""
    claim = books.claims[claim_id]
    transfers = []
    if claim.due:
        transfers.append(Transfer(Account.WRITTEN_OFF, Account.DUE, claim.due, claim_id))
    if claim.interest_due:
        transfers.append(Transfer(Account.INTEREST_WRITTEN_OFF, Account.INTEREST_DUE, claim.interest_due, claim_id))
    return Entry(kind=JournalKind.WRITTEN_OFF, effective_on=on, reason=reason, transfers=tuple(transfers))


def give_up(claim_id: int, amount: int, on: date, *, reason: str) -> Entry:
    """不納欠損 of `amount` yen of 本税."""
    transfer = Transfer(Account.WRITTEN_OFF, Account.DUE, amount, claim_id)
    return Entry(kind=JournalKind.WRITTEN_OFF, effective_on=on, reason=reason, transfers=(transfer,))


def reverse_write_off(
    claim_id: int, on: date, *, principal: int, interest: int, reason: str, detail: Mapping[str, Detail] = NO_DETAIL
) -> Entry:
    """不納欠損の取消: yen of 本税 and 延滞金 that were written off are due again, for the reason given."""
    transfers = []
    if principal:
        transfers.append(Transfer(Account.DUE, Account.WRITTEN_OFF, principal, claim_id))
    if interest:
        transfers.append(Transfer(Account.INTEREST_DUE, Account.INTEREST_WRITTEN_OFF, interest, claim_id))
    return Entry(
        kind=JournalKind.WRITE_OFF_REVERSED, effective_on=on, reason=reason, detail=detail, transfers=tuple(transfers)
    )


# -- what comes in ----------------------------------------------------------------------------------------------------


def receive(payment_id: UUID, amount: int, received_on: date, *, source: str = "") -> Entry:
    """収納: money came in on `received_on` (領収日). It is unallocated until the next entry."""
    return Entry(
        kind=JournalKind.RECEIVED,
        effective_on=received_on,
        source=source,
        transfers=(Transfer(Account.RECEIVED, Account.UNALLOCATED, amount, payment_id=payment_id),),
    )


def void(payment_id: UUID, amount: int, on: date, *, reason: str) -> Entry:
    """収納取消: unallocated money of a payment turns out never to have come in."""
    return Entry(
        kind=JournalKind.VOIDED,
        effective_on=on,
        reason=reason,
        transfers=(Transfer(Account.UNALLOCATED, Account.RECEIVED, amount, payment_id=payment_id),),
    )


def allocate(
    payment_id: UUID,
    claim_id: int,
    on: date,
    *,
    principal: int = 0,
    interest: int = 0,
    reason: str = "",
    detail: Mapping[str, Detail] = NO_DETAIL,
) -> Entry:
    """消込: unallocated money goes to a claim, `principal` yen to 本税 and `interest` yen to 延滞金."""
    return Entry(
        kind=JournalKind.ALLOCATED,
        effective_on=on,
        reason=reason,
        detail=detail,
        transfers=_to_claim(payment_id, claim_id, principal, interest),
    )


def free(
    payment_id: UUID,
    claim_id: int,
    on: date,
    *,
    principal: int = 0,
    interest: int = 0,
    reason: str = "",
    detail: Mapping[str, Detail] = NO_DETAIL,
    kind: JournalKind = JournalKind.REALLOCATED,
) -> Entry:
    """Take money back from a claim to `unallocated`, to be allocated anew (再充当, 充て直し) or voided."""
    transfers = []
    if principal:
        transfers.append(Transfer(Account.DUE, Account.UNALLOCATED, principal, claim_id, payment_id))
    if interest:
        transfers.append(Transfer(Account.INTEREST_DUE, Account.UNALLOCATED, interest, claim_id, payment_id))
    return Entry(kind=kind, effective_on=on, reason=reason, detail=detail, transfers=tuple(transfers))


def suspend(payment_id: UUID, amount: int, on: date, *, reason: str) -> Entry:
    """仮受: nobody can be credited yet; the payment waits on the work list."""
    return Entry(
        kind=JournalKind.SUSPENDED,
        effective_on=on,
        reason=reason,
        transfers=(Transfer(Account.UNALLOCATED, Account.SUSPENSE, amount, payment_id=payment_id),),
    )


def take_from_suspense(payment_id: UUID, amount: int, on: date, *, reason: str) -> Entry:
    """Take money out of suspense, to be allocated."""
    return Entry(
        kind=JournalKind.REALLOCATED,
        effective_on=on,
        reason=reason,
        transfers=(Transfer(Account.SUSPENSE, Account.UNALLOCATED, amount, payment_id=payment_id),),
    )


def owe_back(
    payment_id: UUID,
    claim_id: int,
    amount: int,
    on: date,
    excess: Excess,
    *,
    reason: str = "",
    detail: Mapping[str, Detail] = NO_DETAIL,
) -> Entry:
    """過納 or 誤納: unallocated money of a payment is owed back; `claim_id` names the claim it was paid for."""
    kind = JournalKind.OVERPAID if excess is Excess.OVERPAID else JournalKind.PAID_IN_ERROR
    transfer = Transfer(Account.UNALLOCATED, EXCESS_ACCOUNT[excess], amount, claim_id, payment_id)
    return Entry(kind=kind, effective_on=on, reason=reason, detail=detail, transfers=(transfer,))


def take_back_excess(
    payment_id: UUID,
    claim_id: int,
    amount: int,
    on: date,
    excess: Excess,
    *,
    reason: str,
    detail: Mapping[str, Detail] = NO_DETAIL,
    kind: JournalKind = JournalKind.REALLOCATED,
) -> Entry:
    """Money that was owed back is so no more, and is `unallocated`: it is allocated anew or voided."""
    transfer = Transfer(EXCESS_ACCOUNT[excess], Account.UNALLOCATED, amount, claim_id, payment_id)
    return Entry(kind=kind, effective_on=on, reason=reason, detail=detail, transfers=(transfer,))


# -- what goes back ---------------------------------------------------------------------------------------------------


def appropriate(
    payment_id: UUID,
    from_claim: int,
    to_claim: int,
    amount: int,
    on: date,
    *,
    excess: Excess,
    part: ClaimPart = ClaimPart.PRINCIPAL,
    reason: str = "",
    detail: Mapping[str, Detail] = NO_DETAIL,
) -> Entry:
    """充当: money owed back at one claim pays another from `on` (充当適状日, 地方税法17条の2)."""
    return Entry(
        kind=JournalKind.APPROPRIATED,
        effective_on=on,
        reason=reason,
        detail=detail,
        transfers=(
            Transfer(EXCESS_ACCOUNT[excess], Account.UNALLOCATED, amount, from_claim, payment_id),
            Transfer(Account.UNALLOCATED, PART_ACCOUNT[part], amount, to_claim, payment_id),
        ),
    )


def undo_appropriation(
    payment_id: UUID,
    from_claim: int,
    to_claim: int,
    amount: int,
    on: date,
    *,
    excess: Excess,
    part: ClaimPart,
    reason: str,
    detail: Mapping[str, Detail] = NO_DETAIL,
) -> Entry:
    """充当の取消: what paid `to_claim` is owed back at `from_claim` again."""
    return Entry(
        kind=JournalKind.APPROPRIATION_UNDONE,
        effective_on=on,
        reason=reason,
        detail=detail,
        transfers=(
            Transfer(PART_ACCOUNT[part], Account.UNALLOCATED, amount, to_claim, payment_id),
            Transfer(Account.UNALLOCATED, EXCESS_ACCOUNT[excess], amount, from_claim, payment_id),
        ),
    )


def reallocate(
    payment_id: UUID, from_claim: int, to_claim: int, amount: int, on: date, *, part: ClaimPart, reason: str
) -> Entry:
    """再充当: 過納金 of a seizure pays another claim as of the day of the 配当 (最判令和3年6月22日)."""
    return Entry(
        kind=JournalKind.REALLOCATED,
        effective_on=on,
        reason=reason,
        transfers=(
            Transfer(Account.OVERPAID, Account.UNALLOCATED, amount, from_claim, payment_id),
            Transfer(Account.UNALLOCATED, PART_ACCOUNT[part], amount, to_claim, payment_id),
        ),
    )


def decide_refund(payment_id: UUID, claim_id: int, amount: int, on: date, *, excess: Excess, reason: str = "") -> Entry:
    """還付決定: money owed back is to be paid out."""
    transfer = Transfer(EXCESS_ACCOUNT[excess], Account.REFUNDABLE, amount, claim_id, payment_id)
    return Entry(kind=JournalKind.REFUND_DECIDED, effective_on=on, reason=reason, transfers=(transfer,))


def withdraw_refund(payment_id: UUID, claim_id: int, amount: int, on: date, *, excess: Excess, reason: str) -> Entry:
    """Take a 還付決定 back before it is paid."""
    transfer = Transfer(Account.REFUNDABLE, EXCESS_ACCOUNT[excess], amount, claim_id, payment_id)
    return Entry(kind=JournalKind.REFUND_WITHDRAWN, effective_on=on, reason=reason, transfers=(transfer,))


def decide_refund_interest(
    payment_id: UUID, claim_id: int, amount: int, on: date, detail: Mapping[str, Detail] = NO_DETAIL
) -> Entry:
    """還付加算金 of `amount` yen is owed; `detail` carries the calculation."""
    transfer = Transfer(Account.REFUND_INTEREST, Account.REFUND_INTEREST_DUE, amount, claim_id, payment_id)
    return Entry(kind=JournalKind.REFUND_INTEREST_DECIDED, effective_on=on, detail=detail, transfers=(transfer,))


def withdraw_refund_interest(payment_id: UUID, claim_id: int, amount: int, on: date, *, reason: str) -> Entry:
    """Take 還付加算金 back that was neither paid nor appropriated."""
    transfer = Transfer(Account.REFUND_INTEREST_DUE, Account.REFUND_INTEREST, amount, claim_id, payment_id)
    return Entry(kind=JournalKind.REFUND_WITHDRAWN, effective_on=on, reason=reason, transfers=(transfer,))


def appropriate_refund_interest(
    payment_id: UUID, from_claim: int, to_claim: int, amount: int, on: date, *, part: ClaimPart = ClaimPart.PRINCIPAL
) -> Entry:
    """還付加算金 pays a claim instead of being paid out."""
    return Entry(
        kind=JournalKind.APPROPRIATED,
        effective_on=on,
        transfers=(
            Transfer(Account.REFUND_INTEREST_DUE, Account.UNALLOCATED, amount, from_claim, payment_id),
            Transfer(Account.UNALLOCATED, PART_ACCOUNT[part], amount, to_claim, payment_id),
        ),
    )


def pay_refund(payment_id: UUID, claim_id: int, on: date, *, amount: int = 0, interest: int = 0) -> Entry:
    """還付: what was decided is paid out, `amount` yen of it and `interest` yen of 還付加算金."""
    return Entry(
        kind=JournalKind.REFUNDED,
        effective_on=on,
        transfers=_refund(payment_id, claim_id, amount, interest, back=False),
    )


def return_refund(
    payment_id: UUID, claim_id: int, on: date, *, amount: int = 0, interest: int = 0, reason: str
) -> Entry:
    """振込不能: a transfer came back; the refund is owed again."""
    return Entry(
        kind=JournalKind.REFUND_RETURNED,
        effective_on=on,
        reason=reason,
        transfers=_refund(payment_id, claim_id, amount, interest, back=True),
    )


def lapse_refund(payment_id: UUID, claim_id: int, on: date, *, amount: int = 0, interest: int = 0) -> Entry:
    """還付請求権の時効 (地方税法18条の3): five years are over; `amount` yen stay, `interest` yen of 還付加算金 end."""
    pairs = (
        (Account.REFUNDABLE, Account.LAPSED, amount),
        (Account.REFUND_INTEREST_DUE, Account.REFUND_INTEREST, interest),
    )
    transfers = tuple(Transfer(debit, credit, moved, claim_id, payment_id) for debit, credit, moved in pairs if moved)
    return Entry(kind=JournalKind.REFUND_LAPSED, effective_on=on, reason="18条の3", transfers=transfers)


# -- parts ------------------------------------------------------------------------------------------------------------


def _interest_entry(on: date, reason: str, detail: Mapping[str, Detail], transfers: tuple[Transfer, ...]) -> Entry:
    return Entry(kind=JournalKind.INTEREST_REVISED, effective_on=on, reason=reason, detail=detail, transfers=transfers)


def _free_latest(books: Books, claim_id: int, missing: int, on: date, reason: str) -> tuple[list[Entry], int]:
    """Take `missing` yen of 本税 from the payments of a claim, the latest first; give what none of them had."""
    entries: list[Entry] = []
    for share in books.shares_of_claim(claim_id):
        freed = min(share.principal, max(missing, 0))
        if freed:
            missing -= freed
            entries.append(_become_excess(share, freed, on, reason))
    return entries, missing


def _become_excess(share: Share, amount: int, on: date, reason: str, part: ClaimPart = ClaimPart.PRINCIPAL) -> Entry:
    """Take what a payment paid too much from its claim and owe it back there."""
    place = (amount, share.claim_id, share.payment_id)
    return Entry(
        kind=JournalKind.OVERPAID,
        effective_on=on,
        reason=reason,
        transfers=(
            Transfer(PART_ACCOUNT[part], Account.UNALLOCATED, *place),
            Transfer(Account.UNALLOCATED, Account.OVERPAID, *place),
        ),
    )


def _to_claim(payment_id: UUID, claim_id: int, principal: int, interest: int) -> tuple[Transfer, ...]:
    transfers = []
    if principal:
        transfers.append(Transfer(Account.UNALLOCATED, Account.DUE, principal, claim_id, payment_id))
    if interest:
        transfers.append(Transfer(Account.UNALLOCATED, Account.INTEREST_DUE, interest, claim_id, payment_id))
    return tuple(transfers)


def _refund(payment_id: UUID, claim_id: int, amount: int, interest: int, *, back: bool) -> tuple[Transfer, ...]:
    pairs = (
        (Account.REFUNDABLE, Account.REFUNDED, amount),
        (Account.REFUND_INTEREST_DUE, Account.REFUND_INTEREST_PAID, interest),
    )
    return tuple(
        Transfer(*((credit, debit) if back else (debit, credit)), moved, claim_id, payment_id)
        for debit, credit, moved in pairs
        if moved
    )
