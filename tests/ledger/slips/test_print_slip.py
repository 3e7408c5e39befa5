"""納付書 on the real database and the real press: bars that a reader leads back to the installment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pypdfium2
import pytest
from tests.ledger.slips.printed_slips import PAPERS, PICTURES, PROFILE
from tests.ledger.small_ledger import DAY, DUE, NOW, WARD, by, new_ledger

from kofu.core.errors import OperatorFault, OurFault
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.recipients.agents import AgentFiling, file_agent
from kofu.ledger.recipients.read_recipients import documents_sent
from kofu.ledger.slips.codecs.barcode import Barcode, parse
from kofu.ledger.slips.codecs.convenience import NoBarcode, SlipKey, barcode_profile, key_of
from kofu.ledger.slips.print_slip import PrintedSlip, SlipPress, check_bars, print_slip
from kofu.platform.fonts import find_font
from kofu.platform.postgres import SystemDatabase

pytestmark = [pytest.mark.storage, pytest.mark.font]
BARCODES = barcode_profile(Layouts(None, specimen=True))
RULES = MatchingRules(rates())
PICTURES.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="module")
def press() -> SlipPress:
    return SlipPress(find_font())


@pytest.fixture
def database(system_database) -> SystemDatabase:
    made = new_ledger(system_database)
    with psycopg.connect(made.app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) SELECT %s, number::text, '見本 渡邉󠄏 太郎', '', '', '', '',"
            " '1600000', '東京都見本区青葉台一丁目２番３－４０５号　見本マンション', 'resident', false"
            " FROM generate_series(0, 30) AS number",
            [WARD],
        )
    return made


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def printed(
    connection: psycopg.Connection, press: SlipPress, *, pay_by: date = DUE, number: int = 1, now: datetime = NOW
) -> PrintedSlip:
    return print_slip(
        connection,
        profile=PROFILE,
        papers=PAPERS,
        barcodes=BARCODES,
        press=press,
        notice_number=f"{number:017d}",
        installment="1",
        pay_by=pay_by,
        rules=RULES,
        acting=by("clerk", now),
    )


def grown(connection: psycopg.Connection, amount: int) -> None:
    """The first installment is assessed at `amount` yen more."""
    with connection.transaction():
        row = connection.execute("SELECT claim_id FROM claim_balance ORDER BY claim_id OFFSET 1 LIMIT 1").fetchone()
        assert row is not None
        books = open_books(connection, claim_ids=[row[0]])
        books.post(posting.increase(row[0], amount, DAY))
        store_books(connection, books, Posting(actor="test", booked_on=DAY, recorded_at=NOW))


def test_the_bars_of_a_slip_lead_back_to_its_installment_and_amount(connection, press) -> None:
    slip = printed(connection, press)
    assert isinstance(slip.barcode, Barcode)
    assert key_of(BARCODES, parse(slip.barcode.digits)) == SlipKey(
        fiscal_year=2026, tax="resident", notice_number="00000000000000001", installment="1"
    )
    assert (slip.barcode.amount, slip.amount, slip.reissued) == (10_000, 10_000, 0)
    (PICTURES / "slip.pdf").write_bytes(slip.pdf)
    with pypdfium2.PdfDocument(slip.pdf) as document:
        assert len(document) == 1
        document[0].render(scale=2).to_pil().save(PICTURES / "slip.png")
        words = document[0].get_textpage().get_text_bounded()
    assert "10,000円" in words
    assert "見本" in words


def test_a_second_slip_says_that_it_is_one(connection, press) -> None:
    printed(connection, press)
    again = printed(connection, press)
    assert isinstance(again.barcode, Barcode)
    assert (again.reissued, again.barcode.reissued) == (1, 1)
    assert connection.execute("SELECT reissued, amount FROM payment_slip ORDER BY 1").fetchall() == [
        (0, 10_000),
        (1, 10_000),
    ]


def test_a_slip_for_a_late_installment_asks_the_interest_of_the_day_of_payment(connection, press) -> None:
    """法326条1項. 110,000 yen due 2026-06-30, paid 2026-11-30: 31 days at 2.8 %, 122 at 9.1 %: 261 + 3,345 → 3,600."""
    grown(connection, 100_000)
    slip = printed(connection, press, pay_by=date(2026, 11, 30), now=datetime(2026, 11, 20, tzinfo=UTC))
    assert (slip.amount, slip.interest) == (113_600, 3_600)
    assert isinstance(slip.barcode, Barcode)
    assert slip.barcode.amount == 113_600
    with pypdfium2.PdfDocument(slip.pdf) as document:
        document[0].render(scale=2).to_pil().save(PICTURES / "slip_late.png")
        words = document[0].get_textpage().get_text_bounded()
    for text in ("110,000円", "3,600円", "113,600円", "11月30日納付"):
        assert text in words
    assert connection.execute("SELECT amount, interest FROM payment_slip").fetchone() == (113_600, 3_600)


def test_a_slip_for_more_than_a_year_ahead_is_refused_and_so_is_one_of_a_year_without_a_rate(connection, press) -> None:
    """甲賀市 2019-06: 令和10年 typed for 令和1年 made 33.8 million yen of wrong 延滞金."""
    for pay_by, code in ((date(2036, 6, 20), "day_too_far"), (date(2027, 1, 20), "rate_missing")):
        with pytest.raises(OperatorFault) as refused:
            printed(connection, press, pay_by=pay_by)
        assert refused.value.code == code


def test_above_300_000_yen_there_are_no_bars_but_the_reason(connection, press) -> None:
    grown(connection, 290_001)
    slip = printed(connection, press)
    assert slip.barcode is NoBarcode.ABOVE_LIMIT
    with pypdfium2.PdfDocument(slip.pdf) as document:
        assert "30万円を超える" in document[0].get_textpage().get_text_bounded()
        document[0].render(scale=2).to_pil().save(PICTURES / "slip_without_bars.png")


def test_exactly_300_000_yen_can_still_be_paid_at_a_store(connection, press) -> None:
    grown(connection, 290_000)
    assert isinstance(printed(connection, press).barcode, Barcode)


def test_a_slip_cannot_be_payable_until_yesterday(connection, press) -> None:
    with pytest.raises(OperatorFault) as refused:
        printed(connection, press, pay_by=DAY - timedelta(days=1))
    assert refused.value.code == "pay_by_past"


def test_nothing_is_printed_for_an_installment_nobody_knows(connection, press) -> None:
    with pytest.raises(OperatorFault) as refused:
        printed(connection, press, number=99)
    assert refused.value.code == "claim_unknown"


def test_a_paper_with_the_bars_of_another_installment_is_never_handed_out(connection, press) -> None:
    """静岡市: wrong bars, 577 督促状 to people who had paid. The reading catches the paper, not the plan."""
    slip, other = printed(connection, press), printed(connection, press, number=2)
    key = SlipKey(fiscal_year=2026, tax="resident", notice_number="00000000000000001", installment="1")
    check_bars(slip.pdf, slip.barcode, BARCODES, key)
    for barcode in (other.barcode, NoBarcode.ABOVE_LIMIT):
        with pytest.raises(OurFault) as caught:
            check_bars(slip.pdf, barcode, BARCODES, key)
        assert caught.value.code == "slip_misread"
    with pytest.raises(OurFault):
        check_bars(other.pdf, other.barcode, BARCODES, key)


def test_a_slip_goes_to_the_tax_agent_and_names_whose_tax_it_is(connection, press) -> None:
    """法20条1項ただし書: the agent's address, the taxpayer's name on the three parts, on record with the reason."""
    filing = AgentFiling(
        name="見本 代理",
        postal_code="1600002",
        address="東京都見本区緑町三丁目４番５号",
        inside=True,
        taxes=frozenset({Tax.RESIDENT}),
        may_certify=True,
        confirmed=False,
        filed_on=DAY,
        valid_from=DAY,
    )
    file_agent(connection, WARD, "3", filing, replaces=None, acting=by("clerk"))
    slip = printed(connection, press, number=3)
    with pypdfium2.PdfDocument(slip.pdf) as document:
        words = document[0].get_textpage().get_text_bounded()
        document[0].render(scale=2).to_pil().save(PICTURES / "slip_agent.png")
    assert "緑町三丁目" in words
    assert "青葉台" not in words
    assert words.count("渡邉󠄏") == 4, "once in the window as the principal, once on each part"
    (sent,) = documents_sent(connection, WARD, "3")
    assert (sent.document, sent.reference, sent.why) == ("payment_slip", "00000000000000003-1", "agent")


def test_no_slip_goes_out_for_the_dead_while_nobody_receives(connection, press) -> None:
    connection.execute("UPDATE taxpayer SET status = 'dead' WHERE addressee_number = '4'")
    with pytest.raises(OperatorFault) as refused:
        printed(connection, press, number=4)
    assert refused.value.code == "held_no_representative"
    assert connection.execute("SELECT count(*) FROM payment_slip").fetchone() == (0,)
