"""閲覧の許可 on screen: a clerk proposes, the approver approves, the clerk reads, and nobody else sees it meanwhile."""

from __future__ import annotations

import re
from datetime import date

import psycopg
import pytest
from tests.ledger.books.settled_long_ago import settled
from tests.staff_screens import LedgerScreens

pytestmark = pytest.mark.storage

NUMBER = "20100000001"
FORM = {"notice_number": NUMBER, "installment": "1", "reason": "裁判所からの照会", "minutes": "30"}


@pytest.fixture(scope="module", autouse=True)
def hidden(ledger_screens: LedgerScreens) -> None:
    """Settled in 2010: out of reach on every day the screens may live in."""
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        settled(connection, date(2010, 6, 30), number=NUMBER)


def test_what_is_out_of_reach_is_read_after_two_people_said_so(ledger_screens) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    assert NUMBER not in clerk.post("/person/", {"words": NUMBER}).content.decode().replace(f'value="{NUMBER}"', "")
    assert clerk.post("/openings/propose/", FORM).status_code == 302
    page = chief.get("/openings/").content.decode()
    found = re.search(r"/openings/([0-9a-f-]{36})/approve/", page)
    assert found is not None
    place = f"/openings/{found[1]}"
    assert clerk.post(f"{place}/approve/").status_code == 403
    assert clerk.post(f"{place}/read/").status_code == 302, "nobody approved it yet"
    assert chief.post(f"{place}/approve/").status_code == 302
    read = clerk.post(f"{place}/read/")
    assert read.status_code == 200
    assert f"{NUMBER}-1" in read.content.decode()
    assert "10,000" in read.content.decode()
    assert chief.post(f"{place}/close/").status_code == 302
    assert clerk.post(f"{place}/read/").status_code == 302
    assert "終了した" in clerk.get("/openings/").content.decode()


def test_a_claim_that_is_not_out_of_reach_is_not_opened(ledger_screens) -> None:
    refused = ledger_screens.client("clerk").post("/openings/propose/", FORM | {"notice_number": "1"})
    assert refused.status_code == 422
    assert "保存期間を過ぎた期別には見当たりません" in refused.content.decode()
