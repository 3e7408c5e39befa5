"""④⑤ 消込: to which claim a payment goes, and what becomes of the rest. Nothing that was paid is ever dropped.

The key is 通知書番号 and 期別. Money goes to 本税 first, then to the 延滞金 on it, unless the slip asked for 延滞金
that is due; what is then left is 誤納 there and waits for 充当 or 還付. A payment nobody can be credited with goes to
仮受. What is paid for a claim that is extinguished (時効, 不納欠損) was not owed any more: 誤納.

A slip of a later 期別 paid while an earlier one of the same notice is open and not yet late is no prepayment: it is
誤納, and pays the earlier one by 充当 (地方自治研究機構 法務QA, 2022年冬号).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.domain.settle import interest_by_payments, settle_interest

OTHER_INSTALLMENT = "期別相違"  # the reason of the 充当 of a slip that names a later 期別
NO_LIMIT = 10**15  # yen; more than any claim
NO_LIMITS: Mapping[int, int] = {}


class MatchOutcome(StrEnum):
    """How a payment was matched."""

    SETTLED = "settled"  # 完納: nothing is due at the claim any more
    PARTIAL = "partial"  # 一部納付
    OVER = "over"  # 完納, and the rest is owed back
    DUPLICATE = "duplicate"  # 重複納付: nothing was due; all of it is owed back
    EXTINGUISHED = "extinguished"  # 消滅後の納付 (時効, 不納欠損): nothing was owed any more; all of it is owed back
    OTHER_INSTALLMENT = "other_installment"  # 期別相違: paid for a later 期別, pays the open one
    UNKNOWN_NOTICE = "unknown_notice"  # 仮受: no such notice
    UNKNOWN_INSTALLMENT = "unknown_installment"  # 仮受: the notice has no such 期別
    UNSETTLED_REPORT = "unsettled_report"  # 仮受: confirmed after the store had taken it back
    RATE_MISSING = "rate_missing"  # 仮受: paid late in a year whose rate of 延滞金 is not announced yet
    BEFORE_WRITE_OFF = "before_write_off"  # 仮受: paid before the claim was written off; two people decide


def place(
    payment: Payment,
    claims_of_notice: Sequence[Claim],
    books: Books,
    rules: MatchingRules,
    *,
    limits: Mapping[int, int] = NO_LIMITS,
) -> MatchOutcome:
    """Post the unallocated money of a payment to where it belongs, as `match` does after receiving it.

    `limits`: yen the slip of another 期別 can take of a claim at most, where slips of its own come within its 納期.
    """
    claim = next((claim for claim in claims_of_notice if claim.installment == payment.installment), None)
    if claim is None:
        outcome = MatchOutcome.UNKNOWN_INSTALLMENT if claims_of_notice else MatchOutcome.UNKNOWN_NOTICE
        books.post(
            posting.suspend(payment.payment_id, payment.amount, payment.received_on, reason=outcome.value),
        )
        return outcome
    earlier = _open_earlier(payment, claim, claims_of_notice, books, limits)
    if earlier:
        return _pay_others(payment, claim, earlier, books)
    if _lacks_rate(payment, claim, books, rules):
        reason = MatchOutcome.RATE_MISSING.value
        books.post(posting.suspend(payment.payment_id, payment.amount, payment.received_on, reason=reason))
        return MatchOutcome.RATE_MISSING
    return _pay(payment, claim, books, rules)


def _lacks_rate(payment: Payment, claim: Claim, books: Books, rules: MatchingRules) -> bool:
    """Whether 延滞金 would have to be fixed by this payment and a year has no rate for it: this money waits."""
    balance = books.claims[claim.claim_id]
    asked = min(payment.interest, balance.interest_due)
    if not 0 < balance.due <= payment.amount - asked:
        return False
    if claim.claim_id in rules.barred and payment.received_on >= rules.barred[claim.claim_id]:
        return False
    try:
        interest_by_payments(claim, books, rules, also=(payment.received_on, balance.due))
    except OperatorFault as fault:
        if fault.code != "rate_missing":
            raise
        return True
    return False


def _pay(payment: Payment, claim: Claim, books: Books, rules: MatchingRules) -> MatchOutcome:
    """Pay one claim: 本税, then what 延滞金 comes to be due by paying late, then the rest is owed back."""
    balance = books.claims[claim.claim_id]
    on, payment_id, claim_id = payment.received_on, payment.payment_id, claim.claim_id
    if claim_id in rules.barred and on >= rules.barred[claim_id]:
        books.post(posting.owe_back(payment_id, claim_id, payment.amount, on, Excess.IN_ERROR, reason="時効後の納付"))
        return MatchOutcome.EXTINGUISHED
    if balance.due == 0 and balance.interest_due == 0:
        gone = balance.written_off or balance.interest_written_off
        reason = "不納欠損後の納付" if gone else "重複納付"
        books.post(posting.owe_back(payment_id, claim_id, payment.amount, on, Excess.IN_ERROR, reason=reason))
        return MatchOutcome.EXTINGUISHED if gone else MatchOutcome.DUPLICATE
    asked = min(payment.interest, balance.interest_due)
    if asked:
        books.post(posting.allocate(payment_id, claim_id, on, interest=asked))
    principal = min(payment.amount - asked, balance.due)
    if principal:
        books.post(posting.allocate(payment_id, claim_id, on, principal=principal))
        if balance.due == 0:
            settle_interest(claim, books, rules)
    rest = payment.amount - asked - principal
    to_interest = min(rest, balance.interest_due)
    if to_interest:
        books.post(posting.allocate(payment_id, claim_id, on, interest=to_interest))
    rest -= to_interest
    if rest:
        books.post(posting.owe_back(payment_id, claim_id, rest, on, Excess.IN_ERROR, reason="過大納付"))
        return MatchOutcome.OVER
    return MatchOutcome.SETTLED if balance.due == 0 and balance.interest_due == 0 else MatchOutcome.PARTIAL


def _open_earlier(
    payment: Payment, claim: Claim, claims_of_notice: Sequence[Claim], books: Books, limits: Mapping[int, int]
) -> list[tuple[Claim, int]]:
    """Earlier 期別 of the notice that are open and were not late yet when this was paid, each with its yen."""
    rooms = (
        (other, min(books.claims[other.claim_id].due, limits.get(other.claim_id, NO_LIMIT)))
        for other in claims_of_notice
        if other.due_date < claim.due_date and payment.received_on <= other.due_date
    )
    return sorted(((other, room) for other, room in rooms if room > 0), key=lambda found: found[0].due_date)


def _pay_others(payment: Payment, claim: Claim, earlier: Sequence[tuple[Claim, int]], books: Books) -> MatchOutcome:
    """誤納 at the claim it named, 充当 to the earlier ones; what is left stays owed back there."""
    on, payment_id = payment.received_on, payment.payment_id
    books.post(
        posting.owe_back(payment_id, claim.claim_id, payment.amount, on, Excess.IN_ERROR, reason=OTHER_INSTALLMENT)
    )
    rest = payment.amount
    for other, room in earlier:
        moved = min(rest, room)
        if moved:
            rest -= moved
            books.post(
                posting.appropriate(
                    payment_id,
                    claim.claim_id,
                    other.claim_id,
                    moved,
                    on,
                    excess=Excess.IN_ERROR,
                    reason=OTHER_INSTALLMENT,
                )
            )
    return MatchOutcome.OTHER_INSTALLMENT
