"""率の登録 on screen: a clerk puts a year in, the approver approves it, and calculations use it at once."""

from __future__ import annotations

import psycopg
import pytest
from tests.ledger.feeding import CODE
from tests.staff_screens import LedgerScreens

from kofu.core.calendar import day_in_japan
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.profile.rates_on_record import rates_in_use

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def coming(ledger_screens: LedgerScreens) -> int:
    """The year after the one the screens live in."""
    from django.utils import timezone

    return day_in_japan(timezone.now()).year + 1


def test_a_year_is_put_in_by_one_person_and_approved_by_another(ledger_screens, coming) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    form = {"year": str(coming), "average": "0.9", "source": "財務省告示第1号（試験）"}
    assert clerk.post("/rates/propose/", form).status_code == 302
    page = chief.get("/rates/").content.decode()
    assert "財務省告示第1号（試験）" in page
    assert "2.9%" in page
    assert "9.2%" in page
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        (number,) = connection.execute(
            "SELECT id FROM rate_year WHERE year = %s ORDER BY id DESC LIMIT 1", [coming]
        ).fetchone()
        assert chief.post(f"/rates/{number}/decide/", {"answer": "approve"}).status_code == 302
        assert rates_in_use(connection, CODE).rate(RateKind.AFTER, coming) == 92
    assert f"{coming}年の率が登録されていません" not in chief.get("/rates/").content.decode()


def test_who_puts_rates_in_cannot_approve_them_on_the_screen(ledger_screens, coming) -> None:
    clerk = ledger_screens.client("clerk")
    assert clerk.post("/rates/1/decide/", {"answer": "approve"}).status_code == 403


def test_what_is_wrong_in_the_form_is_said_beside_it(ledger_screens, coming) -> None:
    clerk = ledger_screens.client("clerk")
    far = clerk.post("/rates/propose/", {"year": str(coming + 5), "average": "0.9", "source": "告示"})
    assert far.status_code == 422
    assert "来年より先の年は登録できません" in far.content.decode()
    assert clerk.post("/rates/propose/", {"year": str(coming), "average": "0.9", "source": ""}).status_code == 422
