"""① 賦課証明情報: checked whole, held where a row is wrong, posted as versions; who is corrected gets no paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from tests.ledger.statement_lines import statement_file, statement_line

from kofu.core.errors import OperatorFault
from kofu.core.kinds import HoldKind
from kofu.core.transposition import read_tables
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments import register_statements
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.assessments.received import reject_file
from kofu.ledger.assessments.register_statements import StatementsPosted, post, receive
from kofu.ledger.feed.stated import stated_facts

pytestmark = pytest.mark.storage

WARD = "139998"
CLERK = Acting("clerk", "test", datetime(2026, 6, 1, tzinfo=UTC))
CHIEF = replace(CLERK, actor="chief")


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        for number in "12":
            opened.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, protected)"
                " VALUES (%s, %s, '見本', '', '', '', '', '', '', 'resident', false)",
                [WARD, number],
            )
        yield opened


def take(connection, *lines):
    return receive(connection, municipality_code=WARD, name="shoumei.csv", content=statement_file(*lines), acting=CLERK)


def stand(connection, *lines) -> StatementsPosted:
    """Receive and post."""
    return post(connection, take(connection, *lines).file_id, acting=CLERK)


def tax_of(connection, number: str) -> int | None:
    assessment = stated_facts(connection, WARD, number, 2026).assessment
    return assessment.annual_tax if assessment else None


def test_new_corrected_and_removed_statements_follow_as_versions(connection) -> None:
    assert stand(connection, statement_line("1", 2026, tax=90_000), statement_line("2", 2026)).new == 2
    posted = stand(
        connection,
        statement_line("1", 2026, tax=70_000, reason="減額更正"),
        statement_line("2", 2026, change="remove", reason="賦課取消"),
    )
    assert (posted.corrected, posted.removed) == (1, 1)
    assert (tax_of(connection, "1"), tax_of(connection, "2")) == (70_000, None)
    assert stand(connection, statement_line("2", 2026, tax=5_000)).new == 1
    assert tax_of(connection, "2") == 5_000
    versions = connection.execute(
        "SELECT version, removed, annual_tax FROM assessment_statement WHERE addressee_number = '2' ORDER BY version"
    ).fetchall()
    assert versions == [(1, False, 100_000), (2, True, 100_000), (3, False, 5_000)]


def test_the_same_statement_again_adds_nothing(connection) -> None:
    stand(connection, statement_line("1", 2026, name_at_assessment="髙橋󠄁"))
    again = stand(connection, statement_line("1", 2026, name_at_assessment="髙橋󠄁", reason="再送"))
    assert again == StatementsPosted(new=0, corrected=0, removed=0, unchanged=1, left_out=0)


def test_wrong_rows_hold_the_whole_file(connection) -> None:
    stand(connection, statement_line("1", 2026))
    held = take(
        connection,
        statement_line("1", 2026, tax=1_000),
        statement_line("9", 2026),
        statement_line("2", 2025, change="remove", reason="取消"),
        statement_line("2", 2026, annual_tax=7),
        statement_line("2", 2026, basic_deduction=430_000),
        statement_line("2", 2026, liability="nontaxable"),
        statement_line("2", 2024),
        statement_line("2", 2024),
    )
    assert held.state is FileState.HELD
    assert [(p.line, p.code) for p in held.problems] == [
        (2, "required"),
        (3, "addressee_unknown"),
        (4, "statement_unknown"),
        (5, "sum"),
        (6, "sum"),
        (7, "nontaxable_with_tax"),
        (9, "statement_twice"),
    ]
    with pytest.raises(OperatorFault, match="is held: post"):
        post(connection, held.file_id, acting=CLERK)


def test_who_is_corrected_cannot_be_certified_from_the_receipt_on(connection) -> None:
    """A held row's person stays under 更正処理中 when the file is posted without that row."""
    stand(connection, statement_line("1", 2026), statement_line("2", 2026))
    held = take(
        connection,
        statement_line("1", 2026, tax=1_000, reason="減額更正"),
        statement_line("2", 2026, tax=1_000),
    )
    for number in "12":
        stated = stated_facts(connection, WARD, number, 2026)
        assert stated.holds == (HoldKind.CORRECTING,)
        assert stated.assessment is not None
        assert stated.assessment.correcting
    post(connection, held.file_id, acting=CHIEF, without_bad_rows="2行目は再送待ち")
    assert stated_facts(connection, WARD, "1", 2026).holds == ()
    assert stated_facts(connection, WARD, "2", 2026).holds == (HoldKind.CORRECTING,)
    waiting = connection.execute("SELECT count(*) FROM issuance_hold WHERE released_at IS NULL").fetchone()
    assert waiting == (2,), "in force at the issuing side until a feed states the correction"


def test_a_file_that_is_sent_back_holds_nobody(connection) -> None:
    stand(connection, statement_line("1", 2026))
    sent_back = take(connection, statement_line("1", 2026, tax=2_000, reason="減額更正"))
    reject_file(connection, register_statements.KIND, sent_back.file_id, reason="宛名の誤り", acting=CHIEF)
    assert stated_facts(connection, WARD, "1", 2026).holds == ()
    assert connection.execute("SELECT count(*) FROM issuance_hold WHERE released_at IS NULL").fetchone() == (0,)
    again = take(connection, statement_line("1", 2026, tax=2_000, reason="減額更正"))
    assert again.file_id != sent_back.file_id
    assert stated_facts(connection, WARD, "1", 2026).holds == (HoldKind.CORRECTING,)


def test_rows_that_another_file_overtook_stop_the_posting(connection) -> None:
    """A removal needs its reason once somebody stated what it removes."""
    late = take(connection, statement_line("1", 2026, tax=3_000))
    stand(connection, statement_line("1", 2026, tax=4_000))
    with pytest.raises(OperatorFault, match="moved on"):
        post(connection, late.file_id, acting=CLERK)
    assert tax_of(connection, "1") == 4_000


def test_codes_of_drawn_characters_are_put_as_the_table_says_and_counted(connection) -> None:
    tables = read_tables([("gaiji.csv", b"from,to,mj_name,relation,source\nU+E123,U+8FBB U+E0102,,same,ledger 1\n")])
    line = statement_line("1", 2026, name_at_assessment="\ue123\u3000\ue124", address_at_assessment="\ue123町")
    checked = receive(
        connection,
        municipality_code=WARD,
        name="shoumei.csv",
        content=statement_file(line),
        acting=CLERK,
        transposition=tables,
    )
    assert post(connection, checked.file_id, acting=CLERK, transposition=tables).transposed == 2
    held = connection.execute("SELECT name_at_assessment, address_at_assessment FROM assessment_statement").fetchall()
    assert held == [("辻\U000e0102\u3000\ue124", "辻\U000e0102町")]
