"""The centre's record: whose card opened a session and what became of its requests, by pseudonym alone (P10)."""

from __future__ import annotations

import json

import psycopg
import pytest
from tests.center.bench import ANSWERS, CITY, Bench, asking, opened, post

from kofu.contracts.center import Session
from kofu.platform.answer_record import KnownBy

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("center")


@pytest.fixture
def bench(database) -> Bench:
    return Bench(database.app_url)


async def session_and_paper(kiosk, _) -> list[int]:
    import msgspec

    first = await opened(kiosk)
    if not first.is_success:
        return [first.status_code]
    session = msgspec.json.decode(first.content, type=Session)
    answer = await post(kiosk, f"/v1/sessions/{session.session_id}/certificate", asking())
    return [first.status_code, answer.status_code]


def test_a_session_and_its_paper_are_on_record_under_the_cards_pseudonym(bench):
    """「誰の情報が、いつ、どこで」: by kiosk and card; the serial itself stands nowhere in the record."""
    assert bench.run(session_and_paper) == [200, 200]
    entries = [json.loads(body) for (body,) in bench.rows("SELECT body FROM audit_entry ORDER BY recorded_at")]
    assert [(one["actor"], one["action"], one["result"]) for one in entries] == [
        ("kiosk-0001", "session.open", "opened"),
        ("kiosk-0001", "certificate.pass_on", "yes"),
    ]
    (question,) = bench.ward.asked
    assert {one["subject"] for one in entries} == {ANSWERS.names.of(KnownBy.SERIAL, question.serial)}
    assert entries[1]["detail"]["municipality"] == CITY
    assert question.serial not in str(entries)


def test_nothing_is_opened_or_passed_on_where_the_record_cannot_be_written(bench, database):
    """P3, P10; twin: the test above, with the right given."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        before = owner.execute("SELECT count(*) FROM center_session").fetchone()
        owner.execute("REVOKE EXECUTE ON FUNCTION audit_append(text, text) FROM kofu_center")
        try:
            (status,) = bench.run(session_and_paper)
        finally:
            owner.execute("GRANT EXECUTE ON FUNCTION audit_append(text, text) TO kofu_center")
        assert status >= 500
        assert owner.execute("SELECT count(*) FROM center_session").fetchone() == before
    assert bench.ward.asked == []
