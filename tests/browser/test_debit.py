"""口座振替 in the browser: an account from a 依頼書, the banks' file, what they answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PROFILE, Arrangement
from tests.browser.staff_login import demo_account, log_in

from kofu.core.calendar import day_in_japan
from kofu.core.wareki import format_short
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.journal import add_notices, open_books, store_books
from kofu.ledger.debit.codecs.direct_debit import DebitResult, decode_request, encode_result
from kofu.ledger.debit.mandates import register_mandate
from kofu.ledger.debit.request_debits import request_debits
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.slips.codecs.convenience import barcode_profile
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

WARD = "139998"
TODAY = day_in_japan(datetime.now(UTC))
DUE = TODAY + timedelta(days=9)  # the banks' files name no year
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="7654321", holder="ﾐﾎﾝ ﾊﾅｺ")
DEBITED = TODAY - timedelta(days=9)  # asked for before it, answered after it


def owing(stack: Arrangement, place: int, notice_number: str, due: date) -> tuple[int, str]:
    """Let a person of the ward owe one 期別 on a day; gives their id and 宛名番号."""
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        found, addressee = connection.execute(
            "SELECT id, addressee_number FROM taxpayer ORDER BY id OFFSET %s LIMIT 1", [place]
        ).fetchone()
        notice = Notice(
            municipality_code=WARD,
            notice_number=notice_number,
            addressee_number=addressee,
            tax=Tax.RESIDENT,
            fiscal_year=2026,
            origin_year=2026,
            collection_method="ordinary",
            statutory_due_date=due,
        )
        with connection.transaction():
            ((claim,),) = add_notices(connection, [(notice, [("2", due)])])
            books = open_books(connection, claim_ids=[claim.claim_id])
            books.post(posting.assess(claim.claim_id, 31_000, date(2026, 6, 1)))
            store_books(connection, books, posting_now(connection, WARD, Acting("t", "test", datetime.now(UTC))))
    return found, addressee


@pytest.fixture
def person_id(stack: Arrangement) -> int:
    """A person who owes one 期別 on a day ahead."""
    return owing(stack, 20, "20321234567890123", DUE)[0]


@pytest.fixture
def asked(stack: Arrangement) -> tuple[UUID, bytes]:
    """The banks were asked, days before, to debit a day that is past now: the request and its file."""
    _, addressee = owing(stack, 21, "20321234567890124", DEBITED)
    before = Acting("shunou1", "test", datetime.now(UTC) - timedelta(days=20))
    rules = ledger_profile(WARD)
    with psycopg.connect(stack.stack._databases["ledger"].app_url, autocommit=True) as connection:
        long_ago = DEBITED - timedelta(days=60)
        register_mandate(connection, WARD, addressee, ACCOUNT, applied_on=long_ago, starts_on=long_ago, acting=before)
        made = request_debits(
            connection, WARD, rules.debit, barcode_profile(layouts_of(load_profile(PROFILE))),
            debit_on=DEBITED, answers=rules.answer_rules, acting=before, forms=rules.bank_forms,
        )  # fmt: skip
        return made.request_id, made.content


def test_a_clerk_reads_why_an_account_was_not_debited_and_what_to_do_next(
    page: Page, stack: Arrangement, asked: tuple[UUID, bytes], tmp_path: Path, look
) -> None:
    request_id, content = asked
    request = decode_request(content, file="x", processed_on=DEBITED)
    refused = replace(request, lines=tuple(replace(line, result=DebitResult.SHORT_OF_FUNDS) for line in request.lines))
    (tmp_path / "answer.txt").write_bytes(encode_result(refused))
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou1"))
    page.goto(f"{stack.ledger}/debit/request/{request_id}/")
    expect(page.get_by_text("結果を待つもの・振替済")).to_be_visible()
    page.goto(f"{stack.ledger}/payments/")
    page.locator("form.card").get_by_label("種類").select_option(label="口座振替の結果（全銀）")
    page.locator("input[name=file]").set_input_files(tmp_path / "answer.txt")
    page.get_by_role("button", name="受け付けて検査する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("answer.txt")
    expect(page.get_by_text("領収日が先の日付です。")).to_have_count(0)
    page.goto(f"{stack.ledger}/debit/request/{request_id}/")
    expect(page.get_by_text("資金不足")).to_be_visible()
    expect(page.get_by_text("納付書を送る")).to_be_visible()
    look(page, "debit-answered")


def test_a_clerk_registers_an_account_asks_the_banks_and_an_answer_before_its_day_is_held(
    page: Page, stack: Arrangement, person_id: int, tmp_path: Path, look
) -> None:
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "shunou2"))
    page.goto(f"{stack.ledger}/debit/person/{person_id}/")
    page.get_by_label("誤りの調査・訂正").check()
    page.get_by_role("button", name="表示する").click()
    page.get_by_label("依頼書の受付日").fill("2026-04-01")
    page.get_by_label("振替の開始").fill("2026-05-01")
    page.get_by_label("金融機関コード").fill("0001")
    page.get_by_label("店舗コード").fill("001")
    page.get_by_label("普通").check()
    page.get_by_label("口座番号").fill("1234567")
    page.get_by_label("口座名義").fill("ミホン ハナコ")
    page.get_by_role("button", name="口座を登録する").click()
    expect(page.get_by_text("口座を登録しました。")).to_be_visible()
    look(page, "debit-person")

    page.goto(f"{stack.ledger}/debit/")
    look(page, "debit-days")
    page.get_by_role("button", name=f"{format_short(DUE)}").click()
    expect(page.get_by_text("1 件、31,000 円の依頼ファイルを作りました。")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="依頼ファイルを保存する").click()
    request = decode_request(Path(download.value.path()).read_bytes(), file="x", processed_on=DUE)
    request_page = page.url
    refused = replace(request, lines=tuple(replace(line, result=DebitResult.SHORT_OF_FUNDS) for line in request.lines))
    (tmp_path / "answer.txt").write_bytes(encode_result(refused))

    page.goto(f"{stack.ledger}/payments/")
    page.locator("form.card").get_by_label("種類").select_option(label="口座振替の結果（全銀）")
    page.locator("input[name=file]").set_input_files(tmp_path / "answer.txt")
    page.get_by_role("button", name="受け付けて検査する").click()
    expect(page.get_by_text("領収日が先の日付です。")).to_be_visible()  # no bank answers before the day it debits
    page.goto(request_page)
    expect(page.get_by_text("結果を待つもの・振替済")).to_be_visible()
    look(page, "debit-asked")
