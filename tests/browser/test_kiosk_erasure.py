"""After every end nothing of the certificate is left: in memory, on disks, in databases, in logs.

The seed: 発行後速やかに消去 on the kiosk, 証明書データを保持しない at the centre. The search is first made while the
paper is in the machine, where it must find the certificate, and then after each end, where it must not.
"""

from __future__ import annotations

import os
import re
import signal

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Arrangement
from tests.browser.remains import Needle, in_database, in_files, in_memory, needles
from tests.browser.resident import (
    PAID_IN_FULL,
    document,
    gone,
    insert,
    on,
    print_outcomes,
    printer_fails,
    resident_of,
    to_pay,
    touch,
    until,
)

from kofu.cli.up.processes import start_child, stop_children

pytestmark = [
    pytest.mark.browser,
    pytest.mark.storage,
    pytest.mark.font,
    pytest.mark.slow,
    pytest.mark.skipif(not os.access("/proc/self/mem", os.R_OK), reason="another process's memory cannot be read here"),
]


def process_of(stack: Arrangement, system: str) -> int:
    return next(child.process.pid for child in stack.stack._children if child.name == system)


def everywhere(stack: Arrangement, wanted: list[Needle]) -> list[str]:
    """Search both systems' memory, all logs, the files of kiosk and centre, and the centre's database."""
    found = [
        f"{system}: {one}" for system in ("kiosk", "center") for one in in_memory(process_of(stack, system), wanted)
    ]
    for folder in ("log", "kiosk", "tls", "center-keys"):
        found += in_files(stack.var / folder, wanted)
    return found + in_database(stack.stack._databases["center"].owner_url, wanted)


def nothing_is_left(stack: Arrangement, wanted: list[Needle]) -> None:
    found = everywhere(stack, wanted)
    assert found == [], "\n".join(found)


@pytest.fixture(scope="module")
def person(stack: Arrangement) -> dict[str, str]:
    """Whose certificate it is."""
    _, card = stack.card(PAID_IN_FULL)
    name, address = resident_of(stack, card.serial)
    return {"name": name, "address": address}


@pytest.fixture(scope="module")
def known(browser: Browser, stack: Arrangement, person: dict[str, str]) -> list[Needle]:
    """What every certificate of this person holds, learnt from two; and while it is there the search must find it."""
    papers = []
    for _ in range(2):
        page = browser.new_context(locale="ja-JP").new_page()
        to_pay(page, stack)
        insert(page, 500)
        on(page, "paper")
        papers.append(document(page, stack))
        wanted = needles(papers[0], person)
        held = in_memory(process_of(stack, "kiosk"), wanted)
        assert {one for one in held if one.startswith("PDF at")}, "the search does not find what is there"
        touch(page)
        on(page, "erased")
        page.context.close()
    second = {needle.data for needle in needles(papers[1], person)}
    common = [needle for needle in wanted if needle.data in papers[1] or needle.data in second]
    assert sum(needle.data in papers[1] for needle in common) >= 3, "two papers of one person have nothing in common"
    return common


def test_a_paper_that_was_taken_is_left_nowhere(page: Page, stack: Arrangement, person: dict[str, str]) -> None:
    to_pay(page, stack, copies=2)
    insert(page, 500)
    on(page, "paper")
    wanted = [needle for copy in (0, 1) for needle in needles(document(page, stack, copy), person)]
    touch(page)
    on(page, "erased")
    gone(page, stack)
    nothing_is_left(stack, wanted)


def test_a_certificate_not_paid_for_is_left_nowhere(page: Page, stack: Arrangement, known: list[Needle]) -> None:
    to_pay(page, stack)
    page.locator('form:has([value="cancel"]) button').click()
    on(page, "erased")
    assert print_outcomes(stack)[0] == ("cancelled", 0, 0)
    nothing_is_left(stack, known)


def test_a_paper_nobody_took_is_warned_of_and_left_nowhere_in_the_machine(
    page: Page, stack: Arrangement, person: dict[str, str], picture
) -> None:
    page.clock.install()
    to_pay(page, stack)
    insert(page, 500)
    page.clock.run_for(5_000)
    on(page, "paper")
    wanted = needles(document(page, stack), person)
    page.clock.run_for(121_000)
    on(page, "left_paper")
    picture(page, "27-left-paper")
    gone(page, stack)
    nothing_is_left(stack, wanted)
    touch(page)
    on(page, "erased")


@pytest.mark.parametrize(
    ("problem", "at_page", "ended"),
    [("jam", 3, ("failed", 1, 200)), ("out_of_paper", 1, ("failed", 0, 0)), ("power_cut", 2, ("unknown", 0, 400))],
)
def test_a_print_that_failed_is_left_nowhere(
    page: Page, stack: Arrangement, known: list[Needle], problem: str, at_page: int, ended: tuple[str, int, int]
) -> None:
    to_pay(page, stack, copies=2)
    printer_fails(page, problem, at_page)
    insert(page, 500)
    on(page, "print_failed")
    gone(page, stack)
    assert print_outcomes(stack)[0] == ended
    nothing_is_left(stack, known)
    touch(page)
    on(page, "erased")


def test_money_that_is_stuck_leaves_no_certificate_behind(page: Page, stack: Arrangement, known: list[Needle]) -> None:
    to_pay(page, stack)
    insert(page, 100)
    expect(page.locator("#remaining")).to_contain_text("100")
    on(page, "pay")
    page.locator('.coins form:has([value="jam"]) button').click()
    on(page, "stuck")
    expect(page.locator("dl.facts")).to_contain_text("200 円")
    assert print_outcomes(stack)[0] == ("cancelled", 0, 200)
    until(lambda: newest_case(stack) == "print_inconsistent")  # money without a paper: the ward has a case
    nothing_is_left(stack, known)
    touch(page)
    on(page, "erased")


@pytest.mark.parametrize("at_page", [1, 3])
def test_a_kiosk_that_lost_its_power_while_printing_says_so_when_it_is_back(
    browser: Browser, stack: Arrangement, known: list[Needle], at_page: int
) -> None:
    """停電: the process is killed at a page. What it knew is gone with it; the ward hears `unknown` and has a case."""
    page = browser.new_context(locale="ja-JP").new_page()  # its script will ask a kiosk that is not there
    to_pay(page, stack, copies=2)
    insert(page, 500)
    on(page, "printing")
    expect(page.locator("#page")).to_have_text(re.compile(f"4ページのうち[{at_page}-4]ページ"))
    os.kill(process_of(stack, "kiosk"), signal.SIGKILL)
    start_again(stack)
    until(lambda: print_outcomes(stack)[0] == ("unknown", 0, 400))
    until(lambda: list((stack.var / "kiosk" / "kiosk-0001" / "underway").iterdir()) == [])
    until(lambda: newest_case(stack) == "print_unknown")
    nothing_is_left(stack, known)
    on(page, "welcome")  # the screen found back by itself
    page.context.close()


def start_again(stack: Arrangement) -> None:
    """Start the kiosk anew, as its supervisor would."""
    children = stack.stack._children
    dead = next(child for child in children if child.name == "kiosk")
    dead.process.wait(10)
    stop_children([dead])
    children.remove(dead)
    environment = stack.stack.environment("kiosk")
    children.append(start_child("kiosk", ["serve", "kiosk"], environment, stack.var / "log"))
    stack.stack._wait_until_ready("kiosk")


def newest_case(stack: Arrangement) -> str:
    with psycopg.connect(stack.stack._databases["issuing"].owner_url) as connection:
        row = connection.execute("SELECT kind FROM issuing_case ORDER BY opened_at DESC LIMIT 1").fetchone()
    return row[0] if row is not None else ""
