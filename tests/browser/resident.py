"""What a resident does at the kiosk, step by step, and what the ward's own records say about her."""

from __future__ import annotations

import csv
import io
import re
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import psycopg
import pypdfium2
from playwright.sync_api import Page, expect
from tests.browser.conftest import Arrangement

Picture = Callable[[Page, str], None]
PAID_IN_FULL = "給与のみ・完納"
OWNER = "給与のみ・完納・軽自動車（継続検査対象）"
UNDECLARED = "未申告"


def on(page: Page, screen: str) -> None:
    """Wait for the screen, and until its script hears keys and touches."""
    expect(page.locator(f'body[data-screen="{screen}"][data-ready]')).to_be_attached()


def touch(page: Page) -> None:
    """Touch what the screen asks for most."""
    page.locator("main button.primary").first.click()


def lay_card(page: Page, stack: Arrangement, label: str, device: str = "card", language: str = "ja") -> None:
    """Go from the first screen to the card's removal with a card and its PIN, by the keypad."""
    place, card = stack.card(label, device)
    page.goto(stack.kiosk)
    on(page, "welcome")
    if language != "ja":
        page.locator(f'.languages button[value="{language}"]').click()
        expect(page.locator(f'html[lang^="{language}"] body[data-ready]')).to_be_attached()
    touch(page)
    on(page, "cards")
    page.locator(f'button.card[value="{place}"]').click()
    if device != "iphone":
        on(page, "pin")
        for digit in card.pin:
            page.locator(f'[data-digit="{digit}"]').click()
        touch(page)
    on(page, "take_card")


def choose(page: Page, kind: str, *, copies: int = 1, plate: str = "") -> None:
    """Go on from the card to the confirmation of a kind, newest year."""
    touch(page)
    on(page, "kind")
    page.locator(f'button.choice[value="{kind}"]').click()
    on(page, "year")
    page.locator("button.choice").first.click()
    if kind == "vehicle_inspection":
        on(page, "plate")
        page.locator("#plate").fill(plate)
        touch(page)
    on(page, "copies")
    page.locator(f'button.choice[value="{copies}"]').click()
    on(page, "confirm")


def to_pay(page: Page, stack: Arrangement, *, kind: str = "taxation", copies: int = 1, language: str = "ja") -> None:
    """Go all the way to the payment of somebody who may have her certificate."""
    lay_card(page, stack, PAID_IN_FULL, language=language)
    choose(page, kind, copies=copies)
    touch(page)
    on(page, "pay")


def insert(page: Page, yen: int) -> None:
    """Put one coin or note into the demonstration's machine."""
    page.locator(f'.coins form:has([value="insert"]) button[value="{yen}"]').click()


def printer_fails(page: Page, problem: str, at_page: int) -> None:
    """Choose what the demonstration's printer does wrong."""
    page.locator("details.demo summary").click()
    page.locator(f'details.demo button[value="{problem}:{at_page}"]').click()
    on(page, "pay")
    expect(page.locator("details.demo summary")).to_contain_text(str(at_page))


def document(page: Page, stack: Arrangement, copy: int = 0) -> bytes:
    """Fetch what was printed, by the browser's own cookie."""
    answer = page.request.get(f"{stack.kiosk}/certificate/{copy}.pdf")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.body()


def text_of(pdf: bytes) -> str:
    """Read the text of a document, without its spaces."""
    opened = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        text = "".join(opened[number].get_textpage().get_text_range() for number in range(len(opened)))
    finally:
        opened.close()
    return plain(text)


def plain(text: str) -> str:
    """Write a text without spaces and in one width, to compare."""
    return unicodedata.normalize("NFKC", re.sub(r"\s", "", text))


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _feeds(stack: Arrangement) -> tuple[Path, Path]:
    return next(stack.var.glob("ward/resident-*")), next(stack.var.glob("ward/tax-*"))


def _number_of(stack: Arrangement, serial: str) -> str:
    rows = _rows(_feeds(stack)[0], "card_certificates.csv")
    return next(row["addressee_number"] for row in rows if row["serial"] == serial)


def resident_of(stack: Arrangement, serial: str) -> tuple[str, str]:
    """Name and address of the person whose card it is, from the ward's own feed."""
    number = _number_of(stack, serial)
    row = next(row for row in _rows(_feeds(stack)[0], "residents.csv") if row["addressee_number"] == number)
    return row["name"], row["address"]


def plate_of(stack: Arrangement, serial: str) -> str:
    """Number plate of the person's vehicle, from the ward's own feed."""
    number = _number_of(stack, serial)
    rows = _rows(_feeds(stack)[1], "collections.csv")
    return next(row["plate_number"] for row in rows if row["addressee_number"] == number and row["plate_number"])


def print_outcomes(stack: Arrangement) -> list[tuple[str, int, int]]:
    """Give how the requests of the centre ended, newest first: outcome, copies, fee (yen)."""
    with psycopg.connect(stack.stack._databases["center"].owner_url) as connection:
        rows = connection.execute(
            "SELECT print_outcome, copies_printed, fee_paid FROM center_request ORDER BY asked_at DESC"
        ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def gone(page: Page, stack: Arrangement) -> None:
    """Nothing of the certificate can be asked for any more."""
    assert page.request.get(f"{stack.kiosk}/certificate/0.pdf").status == 404
    assert page.request.get(f"{stack.kiosk}/page/0/0.png").status == 404


def until(condition: Callable[[], bool], seconds_max: float = 15.0) -> None:
    """Wait for a state of the systems behind the screen. Fails where it does not come."""
    end = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.05)
