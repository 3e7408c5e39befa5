"""Every outgoing file is answered by a day; what is not stands on a list and on the first page the next morning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.small_ledger import WARD, by

from kofu.core.errors import OperatorFault
from kofu.ledger.deliveries.deliveries import Bundle, DeliveryKind, make_delivery
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.keyed.codecs.punched import slips_layout
from kofu.ledger.profile.domain.answer_rules import OutgoingKind
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.sent_files.answers import Outgoing, note_return, outgoing_files, record_answer, register

pytestmark = pytest.mark.storage
RULES = ledger_profile(WARD).answer_rules
THURSDAY = date(2026, 7, 16)
CLERK = by("clerk", datetime(2026, 7, 16, 3, tzinfo=UTC))
LATER = replace(CLERK, now=datetime(2026, 7, 31, 3, tzinfo=UTC))


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def overdue(connection: psycopg.Connection, today: date) -> list[str]:
    return [one.name for one in outgoing_files(connection, WARD, waiting=True) if one.overdue(today)]


def only(connection: psycopg.Connection) -> Outgoing:
    (one,) = outgoing_files(connection, WARD, waiting=True)
    return one


def test_a_delivery_that_does_not_come_back_is_overdue_the_morning_after_its_day(connection) -> None:
    slips = slips_layout(Layouts(None, specimen=True))
    made = make_delivery(
        connection, WARD, DeliveryKind.PAYMENTS, [Bundle(1, 1_000)], slips, answers=RULES, acting=CLERK
    )
    assert only(connection).expected_on == date(2026, 7, 31)  # ten business days, 海の日 between
    assert overdue(connection, date(2026, 7, 31)) == []
    assert overdue(connection, date(2026, 8, 1)) == ["パンチ委託 送付1"]
    note_return(connection, made, source="modori.csv", acting=LATER)
    assert overdue(connection, date(2026, 8, 1)) == []
    (done,) = outgoing_files(connection, WARD, waiting=False)
    assert (done.answered_on, done.what) == (date(2026, 7, 31), "modori.csv")


def test_a_file_another_system_sent_is_put_on_the_list_by_hand(connection) -> None:
    """港区 2024-08: 年金特徴 (221 people, 1.67 M yen)."""
    file = register(
        connection, WARD, OutgoingKind.PENSION_STOP, "中止通知 7月分", sent_on=THURSDAY, answers=RULES, acting=CLERK
    )
    assert overdue(connection, date(2026, 8, 18)) == ["中止通知 7月分"]
    record_answer(connection, file, what="処理結果通知を受領", acting=LATER)
    with pytest.raises(OperatorFault) as again:
        record_answer(connection, file, what="x", acting=LATER)
    assert again.value.code == "answer_known"
    assert outgoing_files(connection, WARD, waiting=True) == []


@pytest.mark.parametrize(
    ("kind", "name", "sent_on", "code"),
    [
        (OutgoingKind.DEBIT_REQUEST, "x", THURSDAY, "made_here"),
        (OutgoingKind.OTHER, " ", THURSDAY, "name_needed"),
        (OutgoingKind.OTHER, "x", date(2026, 7, 17), "day_to_come"),
    ],
)
def test_what_cannot_have_been_sent_is_not_put_on_the_list(connection, kind, name, sent_on, code) -> None:
    with pytest.raises(OperatorFault) as refused:
        register(connection, WARD, kind, name, sent_on=sent_on, answers=RULES, acting=CLERK)
    assert refused.value.code == code


def test_an_answer_says_what_it_was(connection) -> None:
    file = register(connection, WARD, OutgoingKind.OTHER, "x", sent_on=THURSDAY, answers=RULES, acting=CLERK)
    with pytest.raises(OperatorFault) as refused:
        record_answer(connection, file, what=" ", acting=LATER)
    assert refused.value.code == "reason_needed"


def test_nobody_changes_what_went_out(connection) -> None:
    register(connection, WARD, OutgoingKind.OTHER, "x", sent_on=THURSDAY, answers=RULES, acting=CLERK)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE outgoing_file SET expected_on = '2030-01-01'")
