"""Random histories: the ledger and the reference model are told the same, and must say the same after every step (P12).

Once with the books in memory, long histories; once through the real database, where every step is stored and read back
and the checker of `kofu.ledger.books.verify` looks at the end.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.ledger.reference_model import ReferenceLedger

from kofu.ledger.arrears.domain.no_arrears import Owed, arrears_on
from kofu.ledger.arrears.domain.reallocate import reallocate
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.books import BalanceBroken, Books, ClaimBalance
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.books.domain.entries import Entry, JournalKind, Transfer
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.posting import ClaimPart, Excess
from kofu.ledger.books.domain.rates import RateTable
from kofu.ledger.books.journal import Posting, add_notices, add_payments, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger

FIRST_DAY = date(2026, 6, 1)
CLAIMS = 4
NOW = datetime(2026, 6, 1, tzinfo=UTC)

claims = st.integers(0, CLAIMS - 1)
amounts = st.integers(1, 60_000)
parts = st.sampled_from(ClaimPart)
excesses = st.sampled_from(Excess)
fractions = st.integers(1, 1000)
#: The announced rates of 2026 for every year a history can reach.
RULES = MatchingRules(RateTable(dict.fromkeys(range(2026, 2060), rates().years[2026]), "test"))


def a_claim(number: int) -> Claim:
    """A 期別 of the histories, due on their first day."""
    notice = Notice(
        municipality_code="139998",
        notice_number=str(number),
        addressee_number="1",
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=FIRST_DAY,
    )
    return Claim(claim_id=number, notice=notice, installment=str(number), due_date=FIRST_DAY)


class History(RuleBasedStateMachine):
    """Every rule tells the reference model and posts the entry; amounts are cut to what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ReferenceLedger()
        self.day = FIRST_DAY
        self.books = Books()
        self.numbers = list(range(1, CLAIMS + 1))

    @initialize()
    def open(self) -> None:
        for number in self.numbers:
            self.books.claims[number] = ClaimBalance(number)

    def post(self, *entries: Entry) -> None:
        self.books.post_all(entries)

    def part_of(self, whole: int, fraction: int) -> int:
        return max(1, whole * fraction // 1000)

    def some(self, place: str, fraction: int) -> tuple[UUID, int, int] | None:
        """A payment and claim with money at `place`, and some of it."""
        found = [
            (payment, claim, amount)
            for payment, places in self.model.lies.items()
            for (name, claim), amount in places.items()
            if name == place and amount > 0
        ]
        if not found:
            return None
        payment, claim, amount = found[fraction % len(found)]
        return payment, claim, self.part_of(amount, fraction)

    @rule(claim=claims, amount=amounts)
    def assess(self, claim: int, amount: int) -> None:
        number = self.numbers[claim]
        self.model.assessed[number] += amount
        self.post(posting.assess(number, amount, self.day))

    @rule(claim=claims, fraction=fractions)
    def reduce(self, claim: int, fraction: int) -> None:
        number = self.numbers[claim]
        if not self.model.assessed[number]:
            return
        amount = self.part_of(self.model.assessed[number], fraction)
        self.model.reduce(number, amount)
        self.post(*posting.reduce(self.books, number, amount, self.day))

    @rule(claim=claims, amount=st.integers(0, 9_000))
    def interest(self, claim: int, amount: int) -> None:
        number = self.numbers[claim]
        self.model.set_interest(number, amount)
        self.post(*posting.revise_interest(self.books, number, amount, self.day))

    @rule(claim=claims, fraction=fractions, part=parts)
    def waive(self, claim: int, fraction: int, part: ClaimPart) -> None:
        number = self.numbers[claim]
        due = self.model.due(number) if part is ClaimPart.PRINCIPAL else self.model.interest_due(number)
        if due:
            amount = self.part_of(due, fraction)
            self.model.given_up["waived" if part is ClaimPart.PRINCIPAL else "interest_waived"][number] += amount
            self.post(posting.waive(number, amount, self.day, reason="災害", part=part))

    @rule(claim=claims)
    def write_off(self, claim: int) -> None:
        number = self.numbers[claim]
        due, interest = self.model.due(number), self.model.interest_due(number)
        if due + interest:
            self.model.given_up["written_off"][number] += due
            self.model.given_up["interest_written_off"][number] += interest
            self.post(posting.write_off(self.books, number, self.day, reason="18条"))

    @rule(claim=claims, amount=amounts, excess=excesses, days=st.integers(0, 40))
    def pay(self, claim: int, amount: int, excess: Excess, days: int) -> None:
        """A payment goes to 本税 first, then 延滞金, the rest is owed back."""
        number, payment = self.numbers[claim], uuid4()
        self.day += timedelta(days=days)
        principal = min(amount, self.model.due(number))
        interest = min(amount - principal, self.model.interest_due(number))
        rest = amount - principal - interest
        self.model.receive(payment, amount, self.day)
        for moved, place in ((principal, "principal"), (interest, "interest"), (rest, excess.value)):
            if moved:
                self.model.move(payment, moved, ("pocket", None), (place, number))
        self.take_in(payment, amount)
        self.post(posting.receive(payment, amount, self.day))
        if principal or interest:
            self.post(posting.allocate(payment, number, self.day, principal=principal, interest=interest))
        if rest:
            self.post(posting.owe_back(payment, number, rest, self.day, excess))

    def take_in(self, payment: UUID, _amount: int) -> None:
        self.books.open_payment(payment, self.day)

    @rule(amount=amounts)
    def pay_by_nobody_known(self, amount: int) -> None:
        payment = uuid4()
        self.model.receive(payment, amount, self.day)
        self.model.move(payment, amount, ("pocket", None), ("suspense", None))
        self.take_in(payment, amount)
        self.post(posting.receive(payment, amount, self.day), posting.suspend(payment, amount, self.day, reason="不明"))

    @rule(claim=claims, fraction=fractions)
    def find_the_payer(self, claim: int, fraction: int) -> None:
        number = self.numbers[claim]
        if found := self.some("suspense", fraction):
            payment, _, amount = found
            principal = min(amount, self.model.due(number))
            self.model.move(payment, amount, ("suspense", None), ("pocket", None))
            self.post(posting.take_from_suspense(payment, amount, self.day, reason="判明"))
            if principal:
                self.model.move(payment, principal, ("pocket", None), ("principal", number))
                self.post(posting.allocate(payment, number, self.day, principal=principal))
            if amount > principal:
                self.model.move(payment, amount - principal, ("pocket", None), ("in_error", number))
                self.post(posting.owe_back(payment, number, amount - principal, self.day, Excess.IN_ERROR))

    @rule(claim=claims, fraction=fractions, excess=excesses)
    def appropriate(self, claim: int, fraction: int, excess: Excess) -> None:
        number = self.numbers[claim]
        if (found := self.some(excess.value, fraction)) and self.model.due(number):
            payment, source, amount = found
            amount = min(amount, self.model.due(number))
            self.model.move(payment, amount, (excess.value, source), ("principal", number))
            self.post(posting.appropriate(payment, source, number, amount, self.day, excess=excess))

    @rule(claim=claims, fraction=fractions)
    def allocate_anew(self, claim: int, fraction: int) -> None:
        """最判令和3年6月22日: money goes from one claim to another."""
        number = self.numbers[claim]
        found = self.some("principal", fraction)
        if found and self.model.due(number) and found[1] != number:
            payment, source, amount = found
            amount = min(amount, self.model.due(number))
            self.model.move(payment, amount, ("principal", source), ("principal", number))
            self.post(
                posting.free(payment, source, self.day, principal=amount, reason="再充当"),
                posting.allocate(payment, number, self.day, principal=amount),
            )

    @rule(fraction=fractions)
    def void(self, fraction: int) -> None:
        if found := self.some("principal", fraction):
            payment, source, amount = found
            amount = min(amount, self.model.received[payment])  # 還付加算金 that pays a claim never came in
            if not amount:
                return
            self.model.move(payment, amount, ("principal", source), ("pocket", None))
            self.model.lies[payment]["pocket", None] -= amount
            self.model.received[payment] -= amount
            self.post(
                posting.free(payment, source, self.day, principal=amount, reason="誤入力"),
                posting.void(payment, amount, self.day, reason="誤入力"),
            )

    @rule(fraction=fractions, excess=excesses)
    def decide_refund(self, fraction: int, excess: Excess) -> None:
        if found := self.some(excess.value, fraction):
            payment, claim, amount = found
            self.model.move(payment, amount, (excess.value, claim), ("refundable", claim))
            self.post(posting.decide_refund(payment, claim, amount, self.day, excess=excess))

    @rule(fraction=fractions, excess=excesses)
    def withdraw_refund(self, fraction: int, excess: Excess) -> None:
        if found := self.some("refundable", fraction):
            payment, claim, amount = found
            self.model.move(payment, amount, ("refundable", claim), (excess.value, claim))
            self.post(posting.withdraw_refund(payment, claim, amount, self.day, excess=excess, reason="訂正"))

    @rule(fraction=fractions, interest=st.integers(1, 3_000))
    def refund(self, fraction: int, interest: int) -> None:
        if found := self.some("refundable", fraction):
            payment, claim, amount = found
            self.model.move(payment, amount, ("refundable", claim), ("refunded", claim))
            self.model.refund_interest[payment, claim] += interest
            self.model.refund_interest_paid[payment, claim] += interest
            self.post(
                posting.decide_refund_interest(payment, claim, interest, self.day),
                posting.pay_refund(payment, claim, self.day, amount=amount, interest=interest),
            )

    @rule(fraction=fractions, interest=st.integers(2, 3_000))
    def refund_interest_is_taken_back(self, fraction: int, interest: int) -> None:
        """還付決定の取消: a part of what was added for the refund stays, the rest was never owed."""
        if found := self.some("refundable", fraction):
            payment, claim, _ = found
            taken_back = interest // 2
            self.model.refund_interest[payment, claim] += interest - taken_back
            self.post(
                posting.decide_refund_interest(payment, claim, interest, self.day),
                posting.withdraw_refund_interest(payment, claim, taken_back, self.day, reason="訂正"),
            )

    @rule(fraction=fractions)
    def refund_comes_back(self, fraction: int) -> None:
        if found := self.some("refunded", fraction):
            payment, claim, amount = found
            self.model.move(payment, amount, ("refunded", claim), ("refundable", claim))
            self.post(posting.return_refund(payment, claim, self.day, amount=amount, reason="口座相違"))

    @rule(fraction=fractions)
    def refund_lapses(self, fraction: int) -> None:
        if found := self.some("refundable", fraction):
            payment, claim, amount = found
            self.model.move(payment, amount, ("refundable", claim), ("lapsed", claim))
            self.post(posting.lapse_refund(payment, claim, self.day, amount=amount))

    @rule(claim=claims, fraction=fractions, interest=st.integers(1, 3_000))
    def refund_interest_pays_a_claim(self, claim: int, fraction: int, interest: int) -> None:
        number = self.numbers[claim]
        if (found := self.some("refundable", fraction)) and self.model.due(number):
            payment, source, _ = found
            amount = min(interest, self.model.due(number))
            self.model.refund_interest[payment, source] += amount
            self.model.refund_interest_applied[payment, source] += amount
            self.model.lies[payment]["principal", number] += amount
            self.post(
                posting.decide_refund_interest(payment, source, amount, self.day),
                posting.appropriate_refund_interest(payment, source, number, amount, self.day),
            )

    def who_has_no_arrears_owes_nothing(self) -> None:
        """未納なし after the last 納期限 says that the reference model owes nothing in any year, and only then."""
        owed = [
            Owed(number, FIRST_DAY, claim.due, claim.interest_due, "ordinary")
            for number, claim in self.books.claims.items()
            if number in self.numbers
        ]
        certified = arrears_on(owed, FIRST_DAY + timedelta(days=1)).none
        assert certified == all(
            self.model.due(number) == self.model.interest_due(number) == 0
            for number in self.numbers
            if number in self.books.claims
        )

    @rule(fraction=fractions)
    def a_claim_falls_away_and_its_money_is_given_anew(self, fraction: int) -> None:
        """最判令和3年6月22日: 過納金 goes where something was open on its day; the model is told each yen."""
        found = self.some("principal", fraction)
        if not found:
            return
        fallen = found[1]
        amount = self.model.assessed[fallen]
        self.model.reduce(fallen, amount)
        self.post(*posting.reduce(self.books, fallen, amount, self.day, cancelled=True))
        overpaid = [payment for payment, places in self.model.lies.items() if places["overpaid", fallen]]
        before = len(self.books.entries)
        due = {number: self.model.due(number) for number in self.numbers}
        reallocate(self.books, [a_claim(number) for number in self.numbers], overpaid, RULES, reason="再充当")
        for entry in self.books.entries[before:]:
            self.tell(entry)
        for number in self.numbers:
            assert self.model.due(number) <= due[number]
        seen = len(self.books.entries)
        plan = reallocate(self.books, [a_claim(number) for number in self.numbers], overpaid, RULES, reason="再充当")
        assert (plan.moved, len(self.books.entries)) == ((), seen)

    def tell(self, entry: Entry) -> None:
        """Tell the model where an entry takes money; 延滞金 that was calculated anew is a fact to it."""
        if entry.kind is JournalKind.INTEREST_REVISED:
            (number,) = {transfer.claim_id for transfer in entry.transfers}
            for transfer in entry.transfers:
                if transfer.credit.value in self.model.given_up:
                    self.model.given_up[transfer.credit.value][number] -= transfer.amount
                elif transfer.credit is Account.INTEREST_ASSESSED:
                    self.model.interest[number] += transfer.amount
                else:
                    self.model.interest[number] -= transfer.amount
            return
        for transfer in entry.transfers:
            source, target = (self.place(account, transfer) for account in (transfer.debit, transfer.credit))
            self.model.move(transfer.payment_id, transfer.amount, source, target)

    def place(self, account: Account, transfer: Transfer) -> tuple[str, int | None]:
        if account is Account.UNALLOCATED:
            return "pocket", None
        names = {Account.DUE: "principal", Account.INTEREST_DUE: "interest", Account.OVERPAID: "overpaid"}
        return names[account], transfer.claim_id

    @precondition(lambda self: any(self.model.due(number) == 0 for number in self.numbers))
    @rule()
    def more_than_is_due_cannot_be_given_up(self) -> None:
        number = next(number for number in self.numbers if self.model.due(number) == 0)
        spoilt = Books(claims={number: ClaimBalance(number)})
        with pytest.raises(BalanceBroken):
            spoilt.post(posting.waive(number, 1, self.day, reason="災害"))

    @invariant()
    def both_say_the_same(self) -> None:
        books = self.books
        for number in self.numbers:
            if number not in books.claims:
                continue
            claim = books.claims[number]
            assert claim.assessed == self.model.assessed[number]
            assert claim.due == self.model.due(number)
            assert claim.paid == self.model.at("principal", number)
            assert claim.interest_assessed == self.model.interest[number]
            assert claim.interest_due == self.model.interest_due(number)
            assert (claim.settled_on is None) == (claim.due + claim.interest_due > 0) or not claim.assessed
        self.who_has_no_arrears_owes_nothing()
        for payment, places in self.model.lies.items():
            balance = books.payments[payment]
            assert balance.unallocated == places["pocket", None] == 0
            assert balance.received == self.model.received[payment]
            assert balance.suspense == places["suspense", None]
            by_place = Counter()
            for (place, _), amount in places.items():
                by_place[place] += amount
            assert balance.allocated == by_place["principal"] + by_place["interest"]
            for place in ("overpaid", "in_error", "refundable", "refunded", "lapsed"):
                assert getattr(balance, place) == by_place[place]
            assert self.model.total(payment) == balance.received + balance.added
        for (payment, number), share in books.shares.items():
            for place in ("principal", "interest", "overpaid", "in_error", "refundable", "refunded", "lapsed"):
                assert getattr(share, place) == self.model.lies[payment][place, number]
            for name in ("refund_interest", "refund_interest_paid", "refund_interest_applied"):
                assert getattr(share, name) == getattr(self.model, name)[payment, number]


def test_the_books_say_what_the_reference_model_says() -> None:
    """250 histories of up to 40 steps."""
    run_state_machine_as_test(History, settings=settings(max_examples=250, stateful_step_count=40, deadline=None))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(amounts, min_size=CLAIMS, max_size=CLAIMS),
    st.lists(st.tuples(claims, amounts, st.integers(1, 40)), min_size=2, max_size=6),
    st.lists(fractions, min_size=1, max_size=3),
)
def test_money_is_given_anew_as_the_reference_model_is_told(
    owed: list[int], payments: list[tuple[int, int, int]], falling: list[int]
) -> None:
    """Claims in arrears, paid on many days, falling away one after the other: the rule random steps seldom come to."""
    history = History()
    history.open()
    for place, amount in enumerate(owed):
        history.assess(place, amount)
    for place, amount, days in payments:
        history.pay(place, amount, Excess.IN_ERROR, days)
    for fraction in falling:
        history.a_claim_falls_away_and_its_money_is_given_anew(fraction)
        history.both_say_the_same()


def two_payments_and_a_reduction() -> None:
    """A claim paid twice, then made smaller: the later payment is owed back."""
    history = History()
    history.open()
    history.assess(claim=0, amount=10_000)
    history.pay(claim=0, amount=4_000, excess=Excess.IN_ERROR, days=1)
    history.pay(claim=0, amount=6_000, excess=Excess.IN_ERROR, days=9)
    history.reduce(claim=0, fraction=300)
    history.both_say_the_same()


def test_a_defect_in_the_books_is_seen_by_the_reference_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: a reduction that frees the earliest payment first keeps another ledger."""
    two_payments_and_a_reduction()
    right = Books.shares_of_claim
    monkeypatch.setattr(Books, "shares_of_claim", lambda self, claim: list(reversed(right(self, claim))))
    with pytest.raises(AssertionError):
        two_payments_and_a_reduction()


@pytest.mark.storage
@pytest.mark.slow
def test_the_database_says_what_the_reference_model_says(system_database) -> None:
    """The same histories, each step stored and read back; the checker looks at what is left."""
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:

        class StoredHistory(History):
            @initialize()
            def open(self) -> None:
                notice = Notice(
                    municipality_code="139998",
                    notice_number=uuid4().hex[:20],
                    addressee_number="1",
                    tax=Tax.RESIDENT,
                    fiscal_year=2026,
                    origin_year=2026,
                    collection_method="ordinary",
                    statutory_due_date=FIRST_DAY,
                )
                with connection.transaction():
                    (made,) = add_notices(connection, [(notice, [(str(n), FIRST_DAY) for n in range(CLAIMS)])])
                self.numbers = [claim.claim_id for claim in made]
                self.taken_in: list[Payment] = []
                self.reopen()

            def reopen(self) -> None:
                with connection.transaction():
                    self.books = open_books(connection, claim_ids=self.numbers, payment_ids=list(self.model.lies))

            def take_in(self, payment: UUID, amount: int) -> None:
                super().take_in(payment, amount)
                self.taken_in.append(
                    Payment(
                        payment_id=payment,
                        municipality_code="139998",
                        key=payment.hex,
                        channel=Channel.COUNTER,
                        received_on=self.day,
                        booked_on=self.day,
                        amount=amount,
                    )
                )

            @invariant()
            def stored(self) -> None:
                if self.books.entries:
                    with connection.transaction():
                        add_payments(connection, self.taken_in, self.books)
                        store_books(connection, self.books, Posting(actor="t", booked_on=self.day, recorded_at=NOW))
                    self.taken_in.clear()
                    self.reopen()
                    self.both_say_the_same()

        run_state_machine_as_test(
            StoredHistory,
            settings=settings(
                max_examples=15,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        report = verify_ledger(connection, every_step=True, in_order=False)  # money moves at random here
    assert report.holds, report.differences
