"""A person's page reads one moment: what another commits while it is read stands on all of it, or on none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.feeding import CODE
from tests.staff_screens import LedgerScreens

from kofu.core.errors import InvariantBroken
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.platform.one_moment import one_moment

pytestmark = pytest.mark.storage
VIEWS = "kofu.ledger.person.web.views"
DUE = date(2026, 2, 2)
ASSESSED = 56_400
ON = date(2026, 3, 2)


def person_owing(screens: LedgerScreens, number: str) -> tuple[int, int]:
    """A person with one 期別 in arrears; give the ids of both."""
    with psycopg.connect(screens.database.app_url, autocommit=True) as connection, connection.transaction():
        row = connection.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected)"
            " VALUES (%s, %s, '見本　一時', '', '', '', '', '', '', 'resident', false) RETURNING id",
            [CODE, number],
        ).fetchone()
        assert row is not None
        notice = Notice(
            municipality_code=CODE,
            notice_number=number.zfill(17),
            addressee_number=number,
            tax=Tax.RESIDENT,
            fiscal_year=2025,
            origin_year=2025,
            collection_method="ordinary",
            statutory_due_date=DUE,
        )
        ((claim,),) = add_notices(connection, [(notice, [("4", DUE)])])
    post(screens, claim.claim_id, posting.assess(claim.claim_id, ASSESSED, date(2025, 6, 1)))
    return row[0], claim.claim_id


def post(screens: LedgerScreens, claim_id: int, entry: posting.Entry) -> None:
    """Post an entry on a connection of its own, and commit."""
    with psycopg.connect(screens.database.app_url, autocommit=True) as connection, connection.transaction():
        books = open_books(connection, claim_ids=[claim_id])
        books.post(entry)
        store_books(connection, books, Posting(actor="test", booked_on=ON, recorded_at=datetime.now(UTC)))


def between(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Let something happen after the balances were read, and before what is in arrears is read."""
    from kofu.ledger.person.web import views

    read = views.standing_of

    def after_it(*arguments: object, **more: object) -> object:
        meanwhile()
        return read(*arguments, **more)  # type: ignore[arg-type] # passed on as it came

    monkeypatch.setattr(f"{VIEWS}.standing_of", after_it)


def figures(screens: LedgerScreens, person_id: int) -> tuple[str, str]:
    """Read off the page: what is in arrears, and all that is unpaid. The purpose is asked for first."""
    client = screens.client("clerk")
    answer = client.get(f"/person/{person_id}/")
    if answer.status_code == 302:
        client.post(answer["Location"], {"purpose": "certificate"})
        answer = client.get(f"/person/{person_id}/")
    assert answer.status_code == 200
    text = answer.content.decode()
    found = [
        re.search(rf"<dt>{label}</dt><dd[^>]*>([^<]*)</dd>", text)
        for label in ("本税（納期限を過ぎたもの）", "本税（納期未到来）")
    ]
    arrears, not_due = (one[1] for one in found if one is not None)
    return arrears, not_due


def test_a_posting_made_while_the_page_is_read_is_on_none_of_it_and_then_on_all(ledger_screens, monkeypatch) -> None:
    person, claim = person_owing(ledger_screens, "0000771")
    waived = posting.waive(claim, ASSESSED, ON, reason="減免")
    with monkeypatch.context() as while_reading:
        between(while_reading, lambda: post(ledger_screens, claim, waived))
        assert figures(ledger_screens, person) == ("56,400 円", "0 円")
    assert figures(ledger_screens, person) == ("0 円", "0 円")


def test_without_one_moment_the_page_would_say_two_things_at_once(ledger_screens, monkeypatch) -> None:
    """The twin: each statement for itself sees what was committed before it."""
    from kofu.staff.work import use_case_connection

    person, claim = person_owing(ledger_screens, "0000772")
    monkeypatch.setattr(f"{VIEWS}.reading_connection", use_case_connection)
    waived = posting.waive(claim, ASSESSED, ON, reason="減免")
    between(monkeypatch, lambda: post(ledger_screens, claim, waived))
    assert figures(ledger_screens, person) == ("0 円", "56,400 円")


def test_in_one_moment_nothing_can_be_written_and_it_begins_outside_of_a_transaction(ledger_screens) -> None:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), one_moment(connection):
            connection.execute("UPDATE taxpayer SET name = name")
        outside = pytest.raises(InvariantBroken, match="outside of any transaction")
        with outside, connection.transaction(), one_moment(connection):
            raise AssertionError("an older snapshot would be read")
        with one_moment(connection):
            assert connection.execute("SHOW transaction_isolation").fetchone() == ("repeatable read",)
        connection.execute("UPDATE taxpayer SET name = name WHERE false")
