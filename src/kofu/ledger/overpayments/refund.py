"""⑥⑦⑧⑨⑩ 過誤納金: proposed by one person, approved by another, notified, claimed, paid out, and what goes wrong after.

Each step moves a case by the table in `domain.refunds`, in one transaction with its entries, its event and its audit
entry. Amounts are posted at the approval (還付の決定, 充当) and at the transfer (還付).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.four_eyes import PendingProposal
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.claim_terms import with_barred
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.offset import Credit
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.domain.refund_interest import Origin, RefundCause, days_without_claim
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.overpayments.case import (
    RefundCase,
    lock_case,
    move,
    open_person,
    posting_of,
    put_event,
)
from kofu.ledger.overpayments.checks import check_claim_day, check_holder
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess
from kofu.ledger.overpayments.domain.refunds import (
    REFUND_LIFE,
    RefundEvent,
    RefundItem,
    RefundPlan,
    RefundState,
    part_of,
    settle,
    settle_open_interest,
)
from kofu.ledger.overpayments.kept import KeptPlan, causes_to_json, kept_plan, plan_to_json
from kofu.ledger.overpayments.payees import HeirsClaim, Payee, payees_of, put_payees, record_payee_event
from kofu.ledger.people.find import is_dead
from kofu.ledger.people.numbers import numbers_of
from kofu.platform.standing_proposals import require_decider

YEARS_TO_CLAIM = 5  # 法18条の3


def propose(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    *,
    causes: Mapping[int, CauseOfExcess],
    rules: MatchingRules,
    acting: Acting,
) -> UUID:
    """起案: plan what becomes of everything owed back to a person. Posts nothing; gives the case's id.

    Where a case of the person was sent back (差戻し), that one is proposed again, under its number.
    `causes` says per claim why 過納金 arose (誤納 is 4号 always; without a word 過納 is 1号). Raises `OperatorFault`
    `nothing_owed_back`, `proposed_already`, `rate_missing`.
    """
    with connection.transaction():
        numbers = numbers_of(connection, municipality_code, addressee_number)
        books, claims = open_person(connection, municipality_code, addressee_number)
        waiting = connection.execute(
            "SELECT id, state FROM refund_case WHERE municipality_code = %s AND addressee_number = ANY(%s)"
            " AND state IN ('proposed', 'sent_back') ORDER BY state FOR UPDATE",
            [municipality_code, list(numbers)],
        ).fetchone()
        if waiting and waiting[1] == RefundState.PROPOSED:
            raise OperatorFault("proposed_already", "a case of this person waits for approval; decide it first")
        today = day_in_japan(acting.now)
        plan = settle_person(deepcopy(books), claims, causes, today, with_barred(connection, rules, claims, today))
        if waiting:
            case_id: UUID = waiting[0]
            state = REFUND_LIFE.after(RefundState(waiting[1]), RefundEvent.PROPOSE_AGAIN)
            move(
                connection, case_id, state,
                causes=Jsonb(causes_to_json(causes)), plan=Jsonb(plan_to_json(kept_plan(plan))),
                applied_total=plan.applied_total, refund_total=plan.refund_total, proposed_by=acting.actor,
                proposed_at=acting.now,
            )  # fmt: skip
            added = {"refund": plan.refund_total}
            put_event(connection, case_id, RefundEvent.PROPOSE_AGAIN, state, acting, detail=added)
            return case_id
        case_id = uuid4()
        connection.execute(
            "INSERT INTO refund_case (id, municipality_code, addressee_number, state, causes, plan, applied_total,"
            " refund_total, proposed_by, proposed_at, approved_by, bank_code, branch_code, account_type,"
            " account_number, account_holder)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '', '', '', '')",
            [
                case_id, municipality_code, numbers[0], RefundState.PROPOSED, Jsonb(causes_to_json(causes)),
                Jsonb(plan_to_json(kept_plan(plan))), plan.applied_total, plan.refund_total, acting.actor, acting.now,
            ],
        )  # fmt: skip
        put_event(connection, case_id, "propose", RefundState.PROPOSED, acting, detail={"refund": plan.refund_total})
    return case_id


def approve(connection: psycopg.Connection, case_id: UUID, *, rules: MatchingRules, acting: Acting) -> RefundPlan:
    """決裁 by a second person: the plan is made again from the books of now, and posted.

    Raises `OperatorFault` `second_person_needed`, `refund_state`, `plan_changed` where the ledger has moved on since
    the proposal: withdraw the case and propose it again.
    """
    with connection.transaction():
        case = lock_case(connection, case_id)
        state = REFUND_LIFE.after(case.state, RefundEvent.APPROVE)
        require_decider(connection, acting.actor, PendingProposal(case.proposed_by, case.proposed_at), what="a refund")
        books, claims = open_person(connection, case.municipality_code, case.addressee_number)
        today = day_in_japan(acting.now)
        plan = settle_person(books, claims, case.causes, today, with_barred(connection, rules, claims, today))
        if kept_plan(plan).amounts_and_places != case.plan.amounts_and_places:
            raise OperatorFault(
                "plan_changed", "the ledger has moved on since this was proposed; withdraw it and propose it again"
            )
        store_books(connection, books, posting_of(connection, case, acting))
        move(
            connection, case_id, state,
            approved_by=acting.actor, decided_on=today, lapse_on=_in_years(today, YEARS_TO_CLAIM),
            plan=Jsonb(plan_to_json(kept_plan(plan))), applied_total=plan.applied_total, refund_total=plan.refund_total,
        )  # fmt: skip
        put_event(connection, case_id, RefundEvent.APPROVE, state, acting, detail={"refund": plan.refund_total})
    return plan


def withdraw(connection: psycopg.Connection, case_id: UUID, *, reason: str, acting: Acting) -> None:
    """取下げ of a proposal; nothing was posted."""
    with connection.transaction():
        state = REFUND_LIFE.after(lock_case(connection, case_id).state, RefundEvent.WITHDRAW)
        move(connection, case_id, state)
        put_event(connection, case_id, RefundEvent.WITHDRAW, state, acting, detail={"reason": reason})


def notify(connection: psycopg.Connection, case_id: UUID, *, papers: Sequence[str], acting: Acting) -> RefundState:
    """通知書の送付: record which papers went out today; a case with nothing to pay out is then closed."""
    with connection.transaction():
        case = lock_case(connection, case_id)
        state = REFUND_LIFE.after(case.state, RefundEvent.NOTIFY)
        move(connection, case_id, state, notified_on=day_in_japan(acting.now))
        put_event(connection, case_id, RefundEvent.NOTIFY, state, acting, detail={"papers": "、".join(papers)})
        if case.refund_total == 0:
            state = REFUND_LIFE.after(state, RefundEvent.CLOSE)
            move(connection, case_id, state)
            put_event(connection, case_id, RefundEvent.CLOSE, state, acting, detail={})
    return state


def claim(
    connection: psycopg.Connection,
    case_id: UUID,
    account: BankAccount,
    *,
    claimed_on: date,
    source: str,
    rules: MatchingRules,
    acting: Acting,
    holder_confirmed: str = "",
) -> None:
    """還付請求書の登録: the account the refund is to be paid to. `source`: slip or file and line.

    還付加算金 that was left open until the claim is fixed now. `holder_confirmed`: why it is paid to an account that is
    not in the person's name. Raises `OperatorFault` `refund_state`, `rate_missing`, `holder_differs`, what
    `check_claim_day` raises; `payee_dead`: a dead person's refund is paid to the heirs.
    """
    with connection.transaction():
        case = lock_case(connection, case_id)
        if is_dead(connection, case.municipality_code, case.addressee_number):
            raise OperatorFault("payee_dead", "the person died: the refund is the heirs'; register who of them is paid")
        state = REFUND_LIFE.after(case.state, RefundEvent.CLAIM)
        check_claim_day(case, claimed_on, acting)
        check_holder(
            connection, case.municipality_code, case.addressee_number, account.holder, confirmed=holder_confirmed
        )
        _, fixed = _fix_interest(connection, case, claimed_on, rules, acting)
        move(
            connection, case_id, state,
            claimed_on=claimed_on, bank_code=account.bank_code, branch_code=account.branch_code,
            account_type=account.account_type, account_number=account.account_number, account_holder=account.holder,
        )  # fmt: skip
        added = {"holder_confirmed": holder_confirmed} if holder_confirmed.strip() else {}
        put_event(connection, case_id, RefundEvent.CLAIM, state, acting, detail={"source": source, **fixed, **added})


def claim_by_heirs(
    connection: psycopg.Connection, case_id: UUID, claim: HeirsClaim, *, rules: MatchingRules, acting: Acting
) -> int:
    """還付請求 of the heirs of a dead person: who is paid what, to which account; give how many are.

    A refund the person claimed while they lived and that was not paid yet goes to the heirs too. After a transfer that
    came back: the new accounts. 還付加算金 left open until the claim is fixed before it is shared.

    Raises `OperatorFault` `refund_state`, `rate_missing`, what `check_claim_day` and what `put_payees` raise.
    """
    with connection.transaction():
        case = lock_case(connection, case_id)
        payees = payees_of(connection, case_id)
        claimed_living = case.state is RefundState.CLAIMED and not payees
        state = RefundState.CLAIMED if claimed_living else REFUND_LIFE.after(case.state, RefundEvent.CLAIM)
        check_claim_day(case, claim.claimed_on, acting)
        total, fixed = _fix_interest(connection, case, claim.claimed_on, rules, acting)
        number = put_payees(
            connection,
            case_id,
            case.municipality_code,
            case.addressee_number,
            total=total,
            claim=claim,
            acting=acting,
        )
        move(
            connection, case_id, state,
            claimed_on=claim.claimed_on, bank_code="", branch_code="", account_type="", account_number="",
            account_holder="",
        )  # fmt: skip
        put_event(
            connection,
            case_id,
            RefundEvent.CLAIM,
            state,
            acting,
            detail={"source": "相続人", "payees": number, **fixed},
        )
    return number


def if_claimed(
    connection: psycopg.Connection, case_id: UUID, *, claimed_on: date, rules: MatchingRules, acting: Acting
) -> tuple[int, int] | None:
    """Tell what a claim registered now would bring: 還付加算金 fixed by it, and all that is then paid, in yen.

    None where no 還付加算金 waits for the claim. Nothing is posted. Raises `OperatorFault` `rate_missing`.
    """
    with connection.transaction(force_rollback=True):
        case = lock_case(connection, case_id)
        total, fixed = _fix_interest(connection, case, claimed_on, rules, acting)
    return (fixed["interest"], total) if fixed else None


def transfer(connection: psycopg.Connection, case_id: UUID, *, on: date, source: str, acting: Acting) -> int:
    """振込: the refund is paid out on `on`; give the yen. `source` names the transfer file."""
    with connection.transaction():
        case = lock_case(connection, case_id)
        state = REFUND_LIFE.after(case.state, RefundEvent.TRANSFER)
        payees = payees_of(connection, case_id)
        if not payees and is_dead(connection, case.municipality_code, case.addressee_number):
            raise OperatorFault(
                "payee_dead", "the person died: their account is never paid; register the heirs' accounts"
            )
        waiting = [payee for payee in payees if payee.state == "waiting"]
        refunds = parts_of(case, waiting) if payees else case.plan.refunds
        total = _post_refunds(connection, refunds, on, posting_of(connection, case, acting, source), reason="")
        for payee in waiting:
            record_payee_event(connection, payee, "paid", on=on, source=source, acting=acting)
        move(connection, case_id, state, transfer_on=on)
        put_event(connection, case_id, RefundEvent.TRANSFER, state, acting, detail={"file": source, "amount": total})
    return total


def transfer_failed(
    connection: psycopg.Connection, case_id: UUID, *, reason: str, acting: Acting, position: int = 0
) -> int:
    """振込不能: the money came back; the refund waits for another account. `position`: of which payee; 0: the only one.

    Raises `OperatorFault` `refund_state`, `payee_unknown` where the case has no such payee who was paid.
    """
    with connection.transaction():
        case = lock_case(connection, case_id)
        today = day_in_japan(acting.now)
        payees = payees_of(connection, case_id)
        came_back = [payee for payee in payees if payee.position == position and payee.state == "paid"]
        if payees and not came_back:
            raise OperatorFault("payee_unknown", "the case has no such payee who was paid")
        with_others = bool(payees) and case.state in {RefundState.RETURNED, RefundState.CLAIMED}
        state = RefundState.RETURNED if with_others else REFUND_LIFE.after(case.state, RefundEvent.TRANSFER_FAILED)
        refunds = parts_of(case, came_back) if payees else case.plan.refunds
        total = _post_refunds(
            connection, refunds, today, posting_of(connection, case, acting, "振込不能"), reason=reason
        )
        for payee in came_back:
            record_payee_event(connection, payee, "returned", on=today, source=reason, acting=acting)
        move(connection, case_id, state, transfer_on=None)
        put_event(connection, case_id, RefundEvent.TRANSFER_FAILED, state, acting, detail={"reason": reason})
    return total


# -- parts ------------------------------------------------------------------------------------------------------------


def settle_person(
    books: Books, claims: Sequence[Claim], causes: Mapping[int, CauseOfExcess], today: date, rules: MatchingRules
) -> RefundPlan:
    """Settle everything owed back at the claims. Raises `OperatorFault` `nothing_owed_back`."""
    own = {claim.claim_id for claim in claims}
    credits_: list[Credit] = []
    origins: dict[tuple[UUID, int, Excess], Origin] = {}
    for share in list(books.shares.values()):
        if share.claim_id not in own:
            continue
        paid_on = books.payments[share.payment_id].received_on
        for excess, amount in ((Excess.OVERPAID, share.overpaid), (Excess.IN_ERROR, share.in_error)):
            if amount:
                credits_.append(Credit(share.payment_id, share.claim_id, amount, excess, paid_on))
                given = causes.get(share.claim_id, CauseOfExcess(cause=RefundCause.REASSESSMENT))
                is_error = excess is Excess.IN_ERROR
                origins[share.payment_id, share.claim_id, excess] = Origin(
                    cause=RefundCause.OTHER if is_error else given.cause,
                    paid_on=paid_on,
                    requested_on=given.requested_on,
                    corrected_on=given.corrected_on,
                    income_tax_on=given.income_tax_on,
                )
    if not credits_:
        raise OperatorFault("nothing_owed_back", "nothing is owed back to this person")
    return settle(books, credits_, claims, origins, decided_on=today, rules=rules)


def _fix_interest(
    connection: psycopg.Connection, case: RefundCase, claimed_on: date, rules: MatchingRules, acting: Acting
) -> tuple[int, dict[str, int]]:
    """Fix and post the 還付加算金 a case left open until its claim came; give the yen to be paid, and what was added.

    Raises `OperatorFault` `rate_missing`.
    """
    left = case.plan.open
    if not left:
        return case.refund_total, {}
    if case.notified_on is None:
        raise OurFault("claimed_without_notice", "a refund is claimed after its notice was sent")
    today = day_in_japan(acting.now)
    books, claims = open_person(connection, case.municipality_code, case.addressee_number)
    plan = settle_open_interest(
        books,
        RefundPlan((), case.plan.refunds, (), left),
        claims,
        decided_on=today,
        excluded=days_without_claim(case.notified_on, claimed_on, today),
        rules=with_barred(connection, rules, claims, today),
    )
    store_books(connection, books, posting_of(connection, case, acting))
    fixed = kept_plan(plan)
    whole = KeptPlan(
        applied=case.plan.applied + fixed.applied, refunds=fixed.refunds, added=case.plan.added + fixed.added
    )
    connection.execute(
        "UPDATE refund_case SET plan = %s, applied_total = applied_total + %s, refund_total = %s WHERE id = %s",
        [Jsonb(plan_to_json(whole)), plan.applied_total, plan.refund_total, case.case_id],
    )
    return plan.refund_total, {"interest": sum(line.amount for line in plan.added)}


def parts_of(case: RefundCase, payees: Sequence[Payee]) -> tuple[RefundItem, ...]:
    """Give what of the case's refunds these payees are paid."""
    whole = case.plan.refunds
    return tuple(part for payee in payees for part in part_of(whole, payee.begins_at, payee.amount))


def _post_refunds(
    connection: psycopg.Connection, refunds: Sequence[RefundItem], on: date, posted: Posting, *, reason: str
) -> int:
    """Pay out what a case refunds, or take it back for a reason; give the yen."""
    books = open_books(connection, payment_ids={refund.payment_id for refund in refunds})
    total = 0
    for refund in refunds:
        payment_id, claim_id = refund.payment_id, refund.claim_id
        amount, interest = refund.amount, refund.interest
        total += amount + interest
        books.post(
            posting.return_refund(payment_id, claim_id, on, amount=amount, interest=interest, reason=reason)
            if reason
            else posting.pay_refund(payment_id, claim_id, on, amount=amount, interest=interest)
        )
    store_books(connection, books, posted)
    return total


def _in_years(day: date, years: int) -> date:
    """Give the day on which a period of years that began the day after `day` is over."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
