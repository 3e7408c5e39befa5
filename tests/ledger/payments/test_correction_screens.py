"""収納の訂正 on screen: what is asked for, who decides, what is said."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from tests.ledger.year_of_four import NOTICE, a_year
from tests.staff_screens import LedgerScreens

pytestmark = pytest.mark.storage


def test_a_payment_is_moved_by_two_people_on_screen(ledger_screens: LedgerScreens) -> None:
    """付替 names its place; full width and hyphens are read; the approver sees whose it becomes."""
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        year = a_year(connection)
        slip = year.slip("2", date(2026, 7, 10), 25_000)
        year.arrive(date(2026, 7, 20), slip)
        clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
        page = f"/payments/corrections/propose/{slip.payment_id}/"
        assert "チャネルと領収日はそのまま残ります" in clerk.get(page).content.decode()
        missing = clerk.post(page, {"kind": "move", "reason": "確認"})
        assert missing.status_code == 422
        assert "付替先を入力してください" in missing.content.decode()
        there = {"kind": "move", "notice_number": NOTICE, "installment": "2", "reason": "確認"}
        assert "もうその期別に充てられています" in clerk.post(page, there).content.decode()
        wide = NOTICE.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        asked = clerk.post(page, {**there, "notice_number": wide, "installment": "１"}, follow=True).content.decode()
        assert "訂正を起案しました" in asked
        assert "付替" in asked
        assert f"{NOTICE}-1" in asked
        assert clerk.post("/payments/corrections/00000000-0000-0000-0000-000000000000/decide/").status_code == 403
        row = connection.execute("SELECT id FROM payment_correction WHERE state = 'proposed'").fetchone()
        assert row
        decided = chief.post(f"/payments/corrections/{row[0]}/decide/", {"decision": "approve"}, follow=True)
        assert "訂正を決裁しました" in decided.content.decode()
        assert year.dues() == [0, 25_000, 25_000, 25_000]
