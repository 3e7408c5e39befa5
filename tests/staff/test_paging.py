"""Long lists by pages: nothing is cut without a word, and what is no page of the list is its nearest one."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.staff_screens import LedgerScreens

pytestmark = pytest.mark.storage  # one process holds one Django: the ledger's


def pages(given: str, total: int):
    from django.test import RequestFactory

    from kofu.staff.paging import cut

    return cut(RequestFactory().get(f"/list/{given}"), list(range(1, total + 1)))


@pytest.mark.parametrize(
    ("given", "number", "first", "last"),
    [
        ("", 1, 1, 100),
        ("?page=2", 2, 101, 200),
        ("?page=3", 3, 201, 250),
        ("?page=99", 3, 201, 250),
        ("?page=0", 1, 1, 100),
        ("?page=-1", 1, 1, 100),
        ("?page=x", 1, 1, 100),
        ("?page=9999999", 1, 1, 100),
        ("?page=２", 1, 1, 100),
    ],
)
def test_a_page_is_what_the_address_asks_for_or_the_nearest(
    ledger_screens: LedgerScreens, given: str, number: int, first: int, last: int
) -> None:
    page, rows = pages(given, 250)
    assert (page.number, page.count, page.first, page.last) == (number, 3, first, last)
    assert rows == list(range(first, last + 1))


def test_every_row_stands_on_exactly_one_page(ledger_screens: LedgerScreens) -> None:
    found, page = [], pages("", 250)[0]
    for number in range(1, page.count + 1):
        found += pages(f"?page={number}", 250)[1]
    assert found == list(range(1, 251))


def test_an_empty_list_is_one_page_without_rows(ledger_screens: LedgerScreens) -> None:
    page, rows = pages("", 0)
    assert (page.count, page.first, page.last, rows) == (1, 0, 0, [])
    assert page.earlier is page.later is None


def test_the_way_to_another_page_keeps_the_rest_of_the_address(ledger_screens: LedgerScreens) -> None:
    from django.template.loader import render_to_string
    from django.test import RequestFactory

    from kofu.staff.paging import cut

    page, _ = cut(RequestFactory().get("/list/?cases=2&people=3"), list(range(450)), name="people")
    shown = render_to_string("staff/pages.html", {"page": page}).replace("&amp;", "&")
    assert "全 450 件のうち 201〜300 件目（3 / 5 ページ）" in shown
    ways = [parse_qs(urlsplit(way.split('"')[0]).query) for way in shown.split('href="')[1:]]
    assert ways == [{"cases": ["2"], "people": ["2"]}, {"cases": ["2"], "people": ["4"]}]
