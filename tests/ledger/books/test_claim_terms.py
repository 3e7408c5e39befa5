"""猶予, 停止 and part payments as they stand on record, and what they do to 延滞金 and 時効 when money comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.books.claims_owing import CLERK, RULES, WARD, owing
from tests.ledger.posted_payments import post_payments

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import dunning
from kofu.ledger.arrears.events import add_event, take_back
from kofu.ledger.books import claim_terms
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax, payable_to
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.books.journal import PAYABLE_TO, Posting, add_notices, claims_by_id, open_books, store_books
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.payments.domain.matching import MatchOutcome

pytestmark = pytest.mark.storage


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def pay(connection: psycopg.Connection, claim: Claim, on: date, amount: int) -> MatchOutcome:
    key = uuid4()
    payment = Payment(
        payment_id=key,
        municipality_code=WARD,
        key=f"test/{key}",
        channel=Channel.COUNTER,
        received_on=on,
        booked_on=on,
        amount=amount,
        notice_number=claim.notice.notice_number,
        installment=claim.installment,
    )
    posted = post_payments(
        connection,
        [payment],
        municipality_code=WARD,
        rules=RULES,
        actor="clerk",
        now=CLERK.now,
        booked_on=on,
    )
    (outcome,) = posted.counts
    return outcome


def interest_fixed(connection: psycopg.Connection, claim: Claim) -> int:
    row = connection.execute(
        "SELECT interest_assessed FROM claim_balance WHERE claim_id = %s", [claim.claim_id]
    ).fetchone()
    assert row is not None
    return int(row[0])


def put(connection: psycopg.Connection, claim: Claim, event: PrescriptionEvent) -> int:
    return add_event(connection, claim.claim_id, event, reason="決定書", acting=CLERK)


def test_a_suspension_on_record_exempts_its_days_when_the_claim_is_paid(connection) -> None:
    """法15条の9第1項; 萩市 2023 charged 317 people for such days: 228 + 2,631 + 897 = 3,756."""
    claim = owing(connection, "S1", date(2024, 1, 31), 120_000)
    event = put(connection, claim, PrescriptionEvent(Happening.SUSPENDED, date(2024, 6, 1)))
    dunning.end_event(connection, event, on=date(2026, 5, 31), withdrawn=False, reason="資力回復", acting=CLERK)
    assert quotes_of(connection, [claim.claim_id], date(2026, 6, 30), RULES)[claim.claim_id].interest == 3_700
    pay(connection, claim, date(2026, 6, 30), 120_000)
    assert interest_fixed(connection, claim) == 3_700


def test_without_the_suspension_its_days_are_charged(connection) -> None:
    claim = owing(connection, "S2", date(2024, 1, 31), 120_000)
    pay(connection, claim, date(2026, 6, 30), 120_000)
    assert interest_fixed(connection, claim) > 20_000


def test_a_suspension_revoked_for_an_earlier_fact_exempts_until_the_day_before_the_fact(connection) -> None:
    """法15条の9第1項ただし書."""
    claim = owing(connection, "S3", date(2024, 1, 31), 120_000)
    event = put(connection, claim, PrescriptionEvent(Happening.SUSPENDED, date(2024, 6, 1)))
    end = date(2026, 5, 31)
    with pytest.raises(OperatorFault, match="after the decision"):
        dunning.end_event(
            connection, event, on=end, withdrawn=False, reason="財産", acting=CLERK, fact_on=date(2026, 6, 1)
        )
    dunning.end_event(connection, event, on=end, withdrawn=False, reason="財産", acting=CLERK, fact_on=date(2026, 5, 1))
    (period,) = claim_terms.terms_of_claims(connection, [claim.claim_id])[claim.claim_id].exempt
    assert (period.first, period.last) == (date(2024, 6, 1), date(2026, 4, 30))


def test_a_conversion_grace_on_record_runs_at_the_rate_of_grace(connection) -> None:
    """法15条の9, 附則3条の2第2項: 220 + 3,489 + 544 + 773 = 5,026."""
    claim = owing(connection, "G1", date(2025, 1, 31), 120_000)
    put(
        connection,
        claim,
        PrescriptionEvent(Happening.GRACE, date(2025, 7, 1), date(2026, 6, 30), ground=DeferralGround.CONVERSION),
    )
    pay(connection, claim, date(2026, 6, 30), 120_000)
    assert interest_fixed(connection, claim) == 5_000


def test_a_part_payment_renews_the_five_years_and_what_comes_later_is_valid(connection) -> None:
    """民法152条: due 2021-06-30, a part on 2024-03-31; 40,000 on 2026-08-01 is owed still."""
    claim = owing(connection, "P1", date(2021, 6, 30), 60_000)
    assert pay(connection, claim, date(2024, 3, 31), 20_000) is MatchOutcome.PARTIAL
    assert claim_terms.extinctions(connection, [claim.claim_id])[claim.claim_id].on == date(2029, 4, 1)
    assert pay(connection, claim, date(2026, 8, 1), 40_000) is MatchOutcome.PARTIAL  # its 延滞金 is due now
    assert interest_fixed(connection, claim) > 0


def test_without_a_part_payment_or_with_one_that_is_no_acknowledgment_it_has_lapsed(connection) -> None:
    lapsed = owing(connection, "P2", date(2021, 6, 30), 60_000)
    assert pay(connection, lapsed, date(2026, 8, 1), 40_000) is MatchOutcome.EXTINGUISHED
    stranger = owing(connection, "P3", date(2021, 6, 30), 60_000)
    pay(connection, stranger, date(2024, 3, 31), 20_000)
    put(connection, stranger, PrescriptionEvent(Happening.NOT_ACKNOWLEDGED, date(2024, 3, 31)))
    assert pay(connection, stranger, date(2026, 8, 1), 40_000) is MatchOutcome.EXTINGUISHED


def test_a_claim_three_years_late_is_quoted_with_its_interest_before_it_is_paid(connection) -> None:
    claim = owing(connection, "Q1", date(2023, 8, 31), 50_000)
    found = quotes_of(connection, [claim.claim_id], date(2026, 8, 20), RULES)[claim.claim_id]
    assert (found.principal, interest_fixed(connection, claim)) == (50_000, 0)
    assert found.interest is not None
    assert found.interest > 10_000
    pay(connection, claim, date(2026, 8, 20), found.total)
    settled = quotes_of(connection, [claim.claim_id], date(2026, 12, 31), RULES)[claim.claim_id]
    assert (settled.principal, settled.interest) == (0, 0)


def two_installments(connection: psycopg.Connection, number: str) -> tuple[Claim, Claim]:
    """1期 due on 6/30, 2期 on 8/31, each of 30,000 yen."""
    days = [("1", date(2026, 6, 30)), ("2", date(2026, 8, 31))]
    first = Notice(
        municipality_code=WARD,
        notice_number=number,
        addressee_number="1",
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=days[0][1],
    )
    with connection.transaction():
        ((one, two),) = add_notices(connection, [(first, days)])
        books = open_books(connection, claim_ids=[one.claim_id, two.claim_id])
        for claim in (one, two):
            books.post(posting.assess(claim.claim_id, 30_000, date(2026, 6, 10)))
        store_books(connection, books, Posting(actor="t", booked_on=date(2026, 6, 10), recorded_at=CLERK.now))
    return one, two


@pytest.mark.parametrize(
    ("until", "due"),
    [
        (None, (30_000, 0)),  # 1期 was late on 8/20: the slip of 2期 pays 2期
        (date(2026, 8, 25), (0, 30_000)),  # not late until 8/25: the slip of a later 期別 pays it
        (date(2026, 10, 30), (30_000, 0)),  # due after 2期: it is no earlier one any more
    ],
)
def test_which_installment_is_the_earlier_one_is_told_by_the_due_date_that_counts(connection, until, due) -> None:
    """地方自治研究機構 法務QA 2022年冬号; 地方税法20条の5の2: the extended day is the 納期限."""
    one, two = two_installments(connection, "P1")
    if until is not None:
        put(connection, one, PrescriptionEvent(Happening.EXTENDED, date(2026, 6, 25), until))
    pay(connection, two, date(2026, 8, 20), 30_000)
    with connection.transaction():
        books = open_books(connection, claim_ids=[one.claim_id, two.claim_id])
    assert (books.claims[one.claim_id].due, books.claims[two.claim_id].due) == due


def test_every_reader_of_a_claim_has_the_due_date_that_counts(connection) -> None:
    """地方税法20条の5の2; what was taken back extends nothing."""
    claim = owing(connection, "P2", date(2026, 6, 30), 120_000)
    event = put(connection, claim, PrescriptionEvent(Happening.EXTENDED, date(2026, 6, 25), date(2026, 9, 30)))
    (read,) = claims_by_id(connection, [claim.claim_id])
    assert read.due_date == payable_to(claim.due_date, date(2026, 9, 30)) == date(2026, 9, 30)
    assert connection.execute(f"SELECT {PAYABLE_TO} FROM claim").fetchall() == [(read.due_date,)]
    assert quotes_of(connection, [claim.claim_id], date(2026, 9, 30), RULES)[claim.claim_id].in_arrears == 0
    with connection.transaction():
        take_back(connection, event, reason="誤記", acting=CLERK)
    (read,) = claims_by_id(connection, [claim.claim_id])
    assert read.due_date == claim.due_date
    assert connection.execute(f"SELECT {PAYABLE_TO} FROM claim").fetchall() == [(claim.due_date,)]


def test_what_is_stated_of_a_claim_has_the_due_date_that_counts(connection) -> None:
    """地方税法20条の5の2, 20条の10: on a 納税証明書 nothing is 滞納 before the 納期限; of an 増額 in it neither."""
    claim = owing(connection, "P3", date(2026, 6, 30), 120_000)
    plain = owing(connection, "P4", date(2026, 6, 30), 90_000)
    connection.execute(
        "INSERT INTO claim_increase (claim_id, due_date, amount, effective_on, source)"
        " VALUES (%s, '2026-08-31', 20000, '2026-08-03', '')",
        [claim.claim_id],
    )
    for one in (claim, plain):
        put(connection, one, PrescriptionEvent(Happening.EXTENDED, date(2026, 6, 25), date(2026, 9, 30)))
    stated = connection.execute("SELECT place, due_date, assessed FROM claim_part ORDER BY claim_id, place").fetchall()
    extended = date(2026, 9, 30)
    assert stated == [(0, extended, 100_000), (1, extended, 20_000), (0, extended, 90_000)]
    assert verify_ledger(connection).holds


def test_a_late_payment_of_a_year_without_a_rate_waits_alone(connection) -> None:
    """The rates of 令和9年 are announced by 2026-11-30: the file posts, the money of one row is in 仮受."""
    late, other = (owing(connection, number, date(2026, 6, 30), 30_000) for number in ("R1", "R2"))
    payments = [
        Payment(
            payment_id=uuid4(),
            municipality_code=WARD,
            key=f"rate/{number}",
            channel=Channel.CONVENIENCE,
            received_on=on,
            booked_on=date(2027, 1, 8),
            amount=30_000,
            notice_number=claim.notice.notice_number,
            installment="1",
        )
        for number, (claim, on) in enumerate([(late, date(2027, 1, 5)), (other, date(2026, 6, 29))])
    ]
    posted = post_payments(
        connection,
        payments,
        municipality_code=WARD,
        rules=RULES,
        actor="clerk",
        now=CLERK.now,
        booked_on=date(2027, 1, 8),
    )
    assert dict(posted.counts) == {MatchOutcome.RATE_MISSING: 1, MatchOutcome.SETTLED: 1}
