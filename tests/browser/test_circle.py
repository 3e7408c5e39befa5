"""The circle: what happens at the counter and in the assessment reaches the paper at the kiosk, and never too late.

On an arrangement of its own: the nights give `issuing` all that happened in the ledger, and the counter's payments of
today would stand in the way of another test's closing of the day.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement, arrangement
from tests.browser.resident import choose, document, insert, on, text_of, touch, until
from tests.browser.staff_login import demo_account, log_in

from kofu.contracts.assessment_tables import RESIDENT_TAX_CHANGES, STATEMENT_CHANGES
from kofu.core.calendar import JST
from kofu.kiosk.cards import Card

pytestmark = [pytest.mark.browser, pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

#: People of the gallery that pay by 納付書.
PAYER, REDUCED = "農業・完納", "営業・完納"
YEAR = 2026
PEOPLE = 100


@pytest.fixture(scope="module")
def stack(unused_port_factory: Callable[[], int]) -> Iterator[Arrangement]:
    """Start an arrangement for these tests alone."""
    with arrangement(unused_port_factory, PEOPLE) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a card whose last 期別 of the year is still to come: notice, what is assessed, what is paid."""

    place: int
    card: Card
    number: str
    notice: str
    installments: tuple[str, ...]
    due_dates: tuple[date, ...]
    assessed: tuple[int, ...]
    paid: tuple[int, ...]

    @property
    def open_yen(self) -> int:
        """What is still to be paid."""
        return sum(self.assessed) - sum(self.paid)


def rows(stack: Arrangement, feed: str, name: str) -> list[dict[str, str]]:
    (folder,) = stack.var.glob(f"ward/{feed}-*")
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def person(stack: Arrangement, label: str) -> Person:
    """Find a person of the gallery who owes only what is not due yet."""
    holders = {row["serial"]: row["addressee_number"] for row in rows(stack, "resident", "card_certificates.csv")}
    place, card = stack.card(label)
    with psycopg.connect(stack.stack._databases["ledger"].app_url) as connection:
        row = connection.execute(
            "SELECT addressee_number, notice_number, installments, due_dates, assessed, paid FROM stated_collections"
            " WHERE addressee_number = %s AND tax = 'resident' AND fiscal_year = %s",
            [holders[card.serial], YEAR],
        ).fetchone()
    assert row is not None
    number, notice, *lists = row
    return Person(place, card, number, notice, *map(tuple, lists))


def on_screen(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    expect(page.locator("html[data-ready]")).to_be_attached()


def window(browser: Browser, stack: Arrangement, login: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 960}, locale="ja-JP").new_page()
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", login))
    return page


def lay(page: Page, stack: Arrangement, who: Person) -> None:
    """Go to the removal of the card, as this person."""
    page.goto(stack.kiosk)
    on(page, "welcome")
    touch(page)
    on(page, "cards")
    page.locator(f'button.card[value="{who.place}"]').click()
    on(page, "pin")
    for digit in who.card.pin:
        page.locator(f'[data-digit="{digit}"]').click()
    touch(page)
    on(page, "take_card")


def certificate(page: Page, stack: Arrangement, who: Person, kind: str) -> str:
    """Get a certificate at the kiosk and give the text of the paper; the visit is ended."""
    lay(page, stack, who)
    choose(page, kind)
    touch(page)
    on(page, "pay")
    insert(page, 500)
    on(page, "paper")
    text = text_of(document(page, stack))
    touch(page)
    on(page, "erased")
    touch(page)
    on(page, "welcome")
    return text


def is_refused(page: Page, stack: Arrangement, who: Person, kind: str) -> None:
    """Ask for a certificate and be told that the kiosk cannot give one."""
    lay(page, stack, who)
    choose(page, kind)
    touch(page)
    on(page, "refused")
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")
    touch(page)
    on(page, "welcome")


def spelt(yen: int) -> str:
    return f"{yen:,}"


def run_the_night(page: Page, stack: Arrangement, look, name: str) -> None:
    """Begin the night on screen, wait until it is done; the arrangement sees the feed and has `issuing` take it in."""
    page.goto(f"{stack.ledger}/night/")
    on_screen(page, "夜間連携")
    page.get_by_label("差分").check()
    page.get_by_role("button", name="いま始める").click()
    expect(page.get_by_role("button", name="いま始める")).to_be_visible()  # it looks again by itself until it is done
    expect(page.get_by_role("row").nth(1)).to_contain_text("完了")
    look(page, f"circle-{name}")
    stack.stack.watch()


def holds_in_force(stack: Arrangement, who: Person) -> list[str]:
    """Read at the receiving side which holds stand on a person."""
    with psycopg.connect(stack.stack._databases["issuing"].owner_url) as connection:
        found = connection.execute(
            "SELECT kind FROM standing_hold WHERE addressee_number = %s AND NOT released", [who.number]
        ).fetchall()
    return [row[0] for row in found]


def test_what_is_paid_at_the_counter_stands_on_the_certificate_after_the_night(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    who = person(stack, PAYER)
    assert 0 < who.open_yen == who.assessed[-1]
    assert who.due_dates[-1] > datetime.now(JST).date()
    before = certificate(page, stack, who, "payment")
    assert spelt(who.open_yen) in before
    log_in(page, stack.ledger, demo_account(stack.var, "ledger", "branch1"))
    pay_at_the_counter(page, stack, who)
    clerk, chief = window(browser, stack, "shunou1"), window(browser, stack, "kessai1")
    post_the_counter(clerk, stack)
    run_the_night(chief, stack, look, "night")
    after = certificate(page, stack, who, "payment")
    total = spelt(sum(who.assessed))
    assert after.count(total) > before.count(total), "納付すべき額 and 納付済額 are one"
    assert spelt(who.open_yen) not in after
    clerk.context.close()
    chief.context.close()


def pay_at_the_counter(page: Page, stack: Arrangement, who: Person) -> None:
    """Key the last 期別 of the person into a batch, count the cash, close it."""
    page.goto(f"{stack.ledger}/payments/counter/")
    page.get_by_role("button", name="束を開く").click()
    on_screen(page, "窓口収納の入力")
    page.get_by_label("通知書番号").fill(who.notice)
    page.get_by_label("期別").fill(who.installments[-1])
    page.get_by_label("税額").fill(str(who.open_yen))
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_role("cell", name=f"{who.notice}-{who.installments[-1]}")).to_be_visible()
    page.get_by_label("納付書の枚数").fill("1")
    page.get_by_label("現金の合計").fill(str(who.open_yen))
    page.get_by_role("button", name="数えて締める").click()
    expect(page.get_by_text("締めました").first).to_be_visible()


def post_the_counter(page: Page, stack: Arrangement) -> None:
    page.goto(f"{stack.ledger}/payments/")
    on_screen(page, "収納ファイル")
    page.get_by_role("row").filter(has_text="登録待ち").get_by_role("link").first.click()
    page.get_by_role("button", name="消込・登録する").click()
    expect(page.get_by_text("登録済").first).to_be_visible()


def reduced_notice(who: Person, less: int) -> bytes:
    """A file of 住民税賦課情報 that takes `less` yen off the last 期別."""
    amounts = [*who.assessed[:-1], who.assessed[-1] - less]
    total = str(sum(amounts))
    cells = {
        "change": "reduce",
        "notice_number": who.notice,
        "addressee_number": who.number,
        "fiscal_year": str(YEAR),
        "origin_year": str(YEAR),
        "collection_method": "ordinary",
        "effective_on": datetime.now(JST).date().isoformat(),
        "reason": "医療費控除の追加",
        "statutory_due_date": who.due_dates[0].isoformat(),
        "annual_amount": total,
        "ward_amount": total,
        "metro_amount": "0",
        "forest_amount": "0",
        "installments": "|".join(who.installments),
        "due_dates": "|".join(day.isoformat() for day in who.due_dates),
        "amounts": "|".join(map(str, amounts)),
    }
    line = ",".join(cells[name] for name in RESIDENT_TAX_CHANGES.column_names)
    return f"{','.join(RESIDENT_TAX_CHANGES.column_names)}\n{line}\n".encode()


def reduced_statement(stack: Arrangement, who: Person, less: int) -> tuple[bytes, int, int]:
    """A file of 賦課証明情報 with `less` yen of 所得割, six to four, by 医療費控除; gives 年税額 before and after."""
    stated = next(
        row
        for row in rows(stack, "tax", "assessments.csv")
        if (row["addressee_number"], row["fiscal_year"]) == (who.number, str(YEAR))
    )
    before = int(stated["annual_tax"])
    moved = {
        "medical_deduction": less * 10,
        "deduction_total": less * 10,
        "base_general": -less * 10,
        "ward_income_levy": -less * 6 // 10,
        "metro_income_levy": -less * 4 // 10,
        "annual_tax": -less,
    }
    changed = stated | {name: str(int(stated[name]) + yen) for name, yen in moved.items()}
    changed["reason"] = "医療費控除の追加"
    line = ",".join(changed[name] for name in STATEMENT_CHANGES.column_names)
    return f"{','.join(STATEMENT_CHANGES.column_names)}\n{line}\n".encode(), before, before - less


def send(page: Page, stack: Arrangement, name: str, content: bytes) -> None:
    page.goto(f"{stack.ledger}/assessments/")
    page.locator("input[name=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="受け付けて検査する").click()
    expect(page.get_by_text("登録待ち")).to_be_visible()


def test_a_reduced_assessment_is_refused_while_it_is_worked_on_and_right_afterwards(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    who = person(stack, REDUCED)
    notices, statements = reduced_notice(who, 5_000), reduced_statement(stack, who, 5_000)
    content, before, after = statements
    assert spelt(before) in certificate(page, stack, who, "taxation")
    clerk, chief = window(browser, stack, "shunou1"), window(browser, stack, "kessai1")
    for name, file in (("genkaku.csv", notices), ("shoumei.csv", content)):
        send(clerk, stack, name, file)
        until(lambda: "correcting" in holds_in_force(stack, who))
        is_refused(page, stack, who, "taxation")
        clerk.get_by_role("button", name="全件を登録する").click()
        expect(clerk.get_by_text("登録しました。")).to_be_visible()
    is_refused(page, stack, who, "payment")
    clerk.goto(f"{stack.ledger}/issuance/")
    on_screen(clerk, "発行停止・更正処理中")
    expect(clerk.get_by_role("row").filter(has_text=who.number).first).to_contain_text("連携待ち")
    look(clerk, "circle-holds")
    run_the_night(chief, stack, look, "night-after-correction")
    until(lambda: holds_in_force(stack, who) == [])
    paper = certificate(page, stack, who, "taxation")
    assert spelt(after) in paper
    assert spelt(before) not in paper
    assert spelt(sum(who.assessed) - 5_000) in certificate(page, stack, who, "payment")
    clerk.goto(f"{stack.ledger}/issuance/")
    expect(clerk.get_by_text(who.number)).to_have_count(0)
    clerk.context.close()
    chief.context.close()


def test_a_stop_set_at_the_counter_holds_at_the_kiosk_until_it_is_lifted(
    page: Page, browser: Browser, stack: Arrangement, look
) -> None:
    who = person(stack, REDUCED)
    clerk, chief = window(browser, stack, "shunou1"), window(browser, stack, "kessai1")
    clerk.goto(f"{stack.ledger}/issuance/")
    on_screen(clerk, "発行停止・更正処理中")
    clerk.get_by_label("宛名番号").fill(who.number)
    clerk.get_by_role("radio", name="発行停止").check()
    clerk.get_by_label("理由").fill("本人の申出")
    clerk.get_by_role("button", name="設定する").click()
    expect(clerk.get_by_text("発行停止を設定しました。")).to_be_visible()
    until(lambda: holds_in_force(stack, who) == ["issuance_stop"])
    is_refused(page, stack, who, "taxation")
    chief.goto(f"{stack.ledger}/issuance/")
    line = chief.get_by_role("row").filter(has_text=who.number)
    line.get_by_label("解除の理由").fill("申出の取下げ")
    look(chief, "circle-stop")
    line.get_by_role("button", name="解除する").click()
    expect(chief.get_by_text("発行停止を解除しました。")).to_be_visible()
    until(lambda: holds_in_force(stack, who) == [])
    certificate(page, stack, who, "taxation")
    clerk.context.close()
    chief.context.close()
