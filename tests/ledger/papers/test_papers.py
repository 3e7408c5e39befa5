"""Letters of the ledger: what they say is read back from the finished PDF; how they look is compared with pictures.

    KOFU_UPDATE_GOLDEN=1 python -m pytest tests/ledger/papers/test_papers.py

writes the pictures anew; look at each before committing it.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops
from tests.certificates.pictures import PIXELS_MAX, picture, pixels_apart
from tests.ledger.papers.read_papers import PAPERS, read, squeezed
from tests.ledger.sample_papers import ADDRESSEE, APPROVAL, CASE, DESIGNATION, LETTER, SENDER, place

from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.ledger.arrears.domain.dunning_letter import dunning_letter
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.overpayments.domain.papers import HOW_TO_CLAIM, offset_notice, refund_notice
from kofu.ledger.papers.domain.paper_words import Sheet
from kofu.ledger.papers.press import PaperPress, TextCannotBeDrawn
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import HeirsState
from kofu.ledger.recipients.domain.papers import approval_notice, designation_notice, share_words
from kofu.platform.fonts import find_font
from kofu.press.engine import DoesNotFit

pytestmark = pytest.mark.font
GREY = 20  # of 255: the word lies pale behind the texts
GREY_PIXELS_OF_THE_WORD = 2_000
GOLDEN = Path(__file__).parent / "golden"
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="1234567", holder="ﾐﾎﾝ")


@pytest.fixture(scope="module")
def press() -> PaperPress:
    return PaperPress(find_font())


def _pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [squeezed(page.get_textpage().get_text_bounded()) for page in document]


@pytest.mark.parametrize("count", [1, 5, *range(11, 18), *range(33, 39), 60])
def test_a_table_goes_on_over_pages_with_its_head_and_never_leaves_head_or_sum_alone(press, count) -> None:
    claims = tuple(replace(LETTER.claims[0], place=place(f"00000{row:05d}", "2")) for row in range(1, count + 1))
    pages = _pages(press.pdf(dunning_letter(replace(LETTER, claims=claims), SENDER)))
    rows_on = [len(re.findall(r"00000\d{5}", page)) for page in pages]
    heads_on = [page.count("未納の税額") for page in pages]
    assert sum(rows_on) == count
    for page, rows, heads in zip(pages, rows_on, heads_on, strict=True):
        assert heads == (1 if rows else 0), "every page with rows has the head once, no other page has it"
        for words in ("納付していただく額", "合計"):
            assert rows or words not in page, f"{words} stands with a row"


def test_a_letter_for_one_or_two_installments_is_one_sheet(press) -> None:
    """With both 教示: the usual 督促状, 充当通知書, 指定通知書 and 承認通知書 go on one page."""
    one = replace(CASE, owed=CASE.owed[:1], applied=(), interest=0, refund=CASE.owed[0].excess)
    assert len(_pages(press.pdf(refund_notice(one, SENDER)))) == 2, "the notice, and the 請求書"
    for name in ("dunning_letter", "offset_notice", "designation_notice", "approval_notice"):
        assert len(_pages(press.pdf(PAPERS[name]))) == 1, name


@pytest.mark.parametrize("name", PAPERS)
def test_every_text_of_a_paper_is_read_back_from_it(press, name) -> None:
    """Fields of 還付通知書 and 充当通知書: nothing the content says is missing on the paper."""
    sheet = PAPERS[name]
    found = read(press.pdf(sheet))
    missing = [field for field, text in sheet.texts.items() if squeezed(text) not in found]
    assert not missing


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_looks_as_it_did(press, name, tmp_path) -> None:
    pdf = press.pdf(PAPERS[name])
    for page in range(len(pypdfium2.PdfDocument(pdf))):
        golden = GOLDEN / f"{name}-{page + 1}.png"
        now = picture(pdf, page)
        if os.environ.get("KOFU_UPDATE_GOLDEN"):
            golden.parent.mkdir(exist_ok=True)
            now.save(golden, optimize=True)
        now.save(tmp_path / golden.name)
        apart = pixels_apart(now, Image.open(golden))
        assert apart <= PIXELS_MAX, f"{apart} pixels differ; compare {tmp_path / golden.name} with {golden}"


def test_the_same_paper_has_the_same_bytes_and_is_archival(press) -> None:
    """PDF/A-1b, and byte for byte the same from another press."""
    pdf = press.pdf(PAPERS["refund_notice"])
    assert pdf == PaperPress(find_font()).pdf(PAPERS["refund_notice"])
    assert b"<pdfaid:part>1</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf


def test_the_claim_form_is_a_sheet_of_its_own(press) -> None:
    with pypdfium2.PdfDocument(press.pdf(PAPERS["refund_notice"])) as document:
        last = squeezed(document[len(document) - 1].get_textpage().get_text_bounded())
    for words in ("還付請求書兼口座振込依頼書", "第12号", "1,237,500円", "令和13年11月20日", "渡邉󠄏"):
        assert words in last


def test_many_installments_go_on_over_pages(press) -> None:
    many = replace(CASE, owed=CASE.owed * 15, refund=CASE.refund + 14 * CASE.owed_total)
    sheet = refund_notice(many, SENDER)
    pdf = press.pdf(sheet)
    assert len(pypdfium2.PdfDocument(pdf)) > 2
    assert read(pdf).count("0000012345") == 30


def test_a_real_ward_does_not_say_mihon(press) -> None:
    real = refund_notice(CASE, replace(SENDER, specimen=False))
    with_word, without = picture(press.pdf(PAPERS["refund_notice"])), picture(press.pdf(real))
    assert sum(ImageChops.difference(with_word, without).histogram()[GREY:]) > GREY_PIXELS_OF_THE_WORD


def test_a_character_the_font_does_not_draw_stops_the_paper(press) -> None:
    """The name is never drawn differently: 外字 of the private area has no glyph that is the person's."""
    sheet = refund_notice(replace(CASE, addressee=replace(ADDRESSEE, name="見本\ue000子")), SENDER)
    with pytest.raises(TextCannotBeDrawn) as error:
        press.pdf(sheet)
    assert error.value.field == "name"
    assert error.value.undrawable[0].character == "U+E000"


def test_a_long_name_gets_smaller_and_a_too_long_one_stops_the_paper(press) -> None:
    long = replace(CASE, addressee=replace(ADDRESSEE, name="寿限無" * 20))
    assert "寿限無" * 20 in read(press.pdf(refund_notice(long, SENDER)))
    with pytest.raises(DoesNotFit) as error:
        press.pdf(refund_notice(replace(CASE, addressee=replace(ADDRESSEE, name="寿限無" * 80)), SENDER))
    assert error.value.field in {"name", "plain_name"}


def test_sums_that_do_not_agree_are_no_paper() -> None:
    """過誤納額 + 還付加算金 = 充当額 + 差引還付額, always."""
    with pytest.raises(InvariantBroken):
        refund_notice(replace(CASE, refund=CASE.refund + 1), SENDER)


def test_a_paper_with_nothing_to_say_is_not_made() -> None:
    all_applied = replace(CASE, refund=0)
    with pytest.raises(OperatorFault, match="no 還付通知書"):
        refund_notice(all_applied, SENDER)
    with pytest.raises(OperatorFault, match="no 充当通知書"):
        offset_notice(replace(CASE, applied=()), SENDER)


def test_an_account_is_shown_by_its_last_digits_only() -> None:
    assert PAPERS["refund_notice"].texts["how"] == HOW_TO_CLAIM
    told = refund_notice(replace(CASE, account=ACCOUNT), SENDER).texts["how"]
    assert "＊＊＊＊567" in told
    assert "1234567" not in told


def test_year_and_tax_are_named_as_the_municipality_names_them() -> None:
    """相当年度 beside 課税年度 where it is another; 森林環境税 only since fiscal year 2024."""
    texts = PAPERS["offset_notice"].texts
    assert texts["applied_2_year"] == "令和8年度（令和5年度相当）"
    assert texts["owed_1_tax"] == "特別区民税・都民税・森林環境税"
    before = replace(CASE.owed[0], place=replace(CASE.owed[0].place, fiscal_year=2023, origin_year=2023))
    sheet: Sheet = refund_notice(replace(CASE, owed=(before, CASE.owed[1])), SENDER)
    assert sheet.texts["owed_1_tax"] == "特別区民税・都民税"


def test_a_dunning_letter_names_the_day_until_which_nothing_is_seized() -> None:
    """法331条1項1号: ten days past, counted with the day of sending; sent on 24 November, that is 4 December."""
    texts = PAPERS["dunning_letter"].texts
    assert texts["pay_up_by"] == "令和8年12月4日"
    assert texts["total"] == "34,100円"


def test_a_dunning_letter_of_a_year_with_the_law_s_own_rates_names_no_others() -> None:
    """法326条1項 without 附則3条の2."""
    words = replace(LETTER, first_month=73, after=146).interest_words()
    assert "14.6パーセント" in words
    assert "附則" not in words


def test_what_is_not_due_is_not_dunned() -> None:
    paid = replace(LETTER, claims=(replace(LETTER.claims[0], due=0),))
    early = replace(LETTER, claims=(replace(LETTER.claims[0], due_date=LETTER.issued_on),))
    for letter in (paid, early, replace(LETTER, claims=())):
        with pytest.raises(InvariantBroken):
            dunning_letter(letter, SENDER)


def test_the_address_of_a_protected_representative_is_on_their_own_paper_alone(press) -> None:
    """支援措置: the other heirs learn who represents them, not where they live."""
    hidden = replace(DESIGNATION.heirs[0], protected=True)
    told = replace(DESIGNATION, heirs=(hidden, *DESIGNATION.heirs[1:]), representative=hidden)
    assert "東京都見本区花園" not in read(press.pdf(designation_notice(told, SENDER)))
    own = designation_notice(replace(told, reader=hidden), SENDER)
    assert "東京都見本区花園" in read(press.pdf(own))


def test_what_was_not_decided_is_not_notified() -> None:
    with pytest.raises(OperatorFault, match="once the ward has designated"):
        designation_notice(replace(DESIGNATION, state=HeirsState.DECLARED), SENDER)
    with pytest.raises(OperatorFault, match="once the ward has approved"):
        approval_notice(replace(APPROVAL, agent=replace(APPROVAL.agent, state=AgentState.APPLIED)), SENDER)


def test_shares_are_written_as_on_papers() -> None:
    assert [share_words(Fraction(one)) for one in ("1", "1/2", "3/8")] == ["全部", "2分の1", "8分の3"]


def test_who_receives_for_another_stands_below_the_name(press) -> None:
    sent = replace(ADDRESSEE, name="見本 花子", capacity="（亡　見本 渡邉󠄏 太郎　様　相続人代表者）")
    pdf = press.pdf(dunning_letter(replace(LETTER, addressee=sent), SENDER))
    assert squeezed("見本 花子　様（亡　見本 渡邉󠄏 太郎　様　相続人代表者）") in read(pdf)
