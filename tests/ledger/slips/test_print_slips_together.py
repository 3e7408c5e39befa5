"""One 納付書 for several 期別: each with what it comes to on the day of payment, no bars, on record per 期別."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pypdfium2
import pytest
import zxingcpp
from tests.ledger.books.claims_owing import CLERK, RULES, WARD, owing
from tests.ledger.slips.printed_slips import PAPERS, PICTURES, PROFILE

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.slips.print_slip import SlipPress
from kofu.ledger.slips.print_slips_together import CLAIMS_MAX, PrintedTogether, print_slips_together
from kofu.platform.fonts import find_font

pytestmark = [pytest.mark.storage, pytest.mark.font]
PAY_ON = date(2026, 8, 31)


@pytest.fixture(scope="module")
def press() -> SlipPress:
    return SlipPress(find_font())


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        opened.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) VALUES (%s, '1', '見本 渡邉󠄏 太郎', '', '', '', '', '1600000',"
            " '東京都見本区青葉台一丁目２番３－４０５号', 'resident', false)",
            [WARD],
        )
        yield opened


def printed(
    connection: psycopg.Connection, press: SlipPress, claims: list[int], pay_by: date = PAY_ON, acting: Acting = CLERK
) -> PrintedTogether:
    numbers = numbers_of(connection, WARD, "1")
    return print_slips_together(
        connection,
        numbers,
        claims,
        profile=PROFILE,
        papers=PAPERS,
        press=press,
        pay_by=pay_by,
        rules=RULES,
        acting=acting,
    )


def test_each_installment_stands_with_its_interest_of_the_day_and_the_sum_of_all(connection, press) -> None:
    """法326条1項. 56,400 due 2026-02-02, to 08-31: 120 + 2,541 (182 days at 9.1 %) → 2,600; 10,000 due 08-31: 0."""
    late = owing(connection, "20250000001", date(2026, 2, 2), 56_400)
    due = owing(connection, "20260000001", date(2026, 8, 31), 10_000)
    paper = printed(connection, press, [late.claim_id, due.claim_id])
    assert (paper.asked.principal, paper.asked.interest, paper.asked.total) == (66_400, 2_600, 69_000)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with pypdfium2.PdfDocument(paper.pdf) as document:
        assert len(document) == 1
        picture = document[0].render(scale=3).to_pil()
        picture.save(PICTURES / "slips_together.png")
        words = document[0].get_textpage().get_text_bounded()
    for text in ("56,400円", "2,600円", "10,000円", "69,000円", "令和8年8月31日", "20250000001", "20260000001"):
        assert words.count(text) >= 3, text
    assert zxingcpp.read_barcodes(picture) == []
    assert connection.execute("SELECT claim_id, amount, interest, barcode FROM payment_slip ORDER BY 1").fetchall() == [
        (late.claim_id, 59_000, 2_600, ""),
        (due.claim_id, 10_000, 0, ""),
    ]


def test_as_many_installments_as_fit_stand_on_one_page(connection, press) -> None:
    claims = [owing(connection, f"2026{n:07d}", date(2026, 6, 30), 300_000 + n) for n in range(CLAIMS_MAX)]
    paper = printed(connection, press, [claim.claim_id for claim in claims])
    with pypdfium2.PdfDocument(paper.pdf) as document:
        assert len(document) == 1
        document[0].render(scale=2).to_pil().save(PICTURES / "slips_together_full.png")


def test_what_cannot_stand_on_one_paper_is_refused(connection, press) -> None:
    claim = owing(connection, "N1", date(2026, 6, 30), 10_000).claim_id
    for claims, pay_by, code in (
        ([], PAY_ON, "claim_unknown"),
        ([claim, 99_999], PAY_ON, "claim_unknown"),
        (list(range(CLAIMS_MAX + 1)), PAY_ON, "too_many_claims"),
        ([claim], date(2036, 8, 31), "day_too_far"),
        ([claim], date(2026, 8, 1), "pay_by_past"),
        ([claim], date(2027, 1, 8), "rate_missing"),
    ):
        with pytest.raises(OperatorFault) as refused:
            printed(connection, press, claims, pay_by)
        assert refused.value.code == code
    assert connection.execute("SELECT count(*) FROM payment_slip").fetchone() == (0,)


def test_another_person_s_installment_does_not_stand_on_the_paper(connection, press) -> None:
    claim = owing(connection, "N2", date(2026, 6, 30), 10_000).claim_id
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) SELECT municipality_code, '2', name, '', '', '', '', '', '',"
        " 'resident', false FROM taxpayer"
    )
    with pytest.raises(OperatorFault) as refused:
        print_slips_together(
            connection, numbers_of(connection, WARD, "2"), [claim], profile=PROFILE, papers=PAPERS, press=press,
            pay_by=PAY_ON, rules=RULES, acting=CLERK,
        )  # fmt: skip
    assert refused.value.code == "claim_unknown"
