"""What the database is asked about a paper that is to leave, and that the build before this one may ask beside us."""

from __future__ import annotations

import dataclasses

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.issuing.requests.made_papers import made, stored

from kofu.issuing.cases.stop import LOCK_SPACE as STOP_SPACE
from kofu.issuing.holds.hold_store import LOCK_SPACE as HOLD_SPACE
from kofu.issuing.requests import journal_store, leaving
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.leaving import Leaving, LeavingEntry, Made, Verdict

pytestmark = pytest.mark.storage
PERSON = "000000000000001"
ENTRY = LeavingEntry("beside", "{}")


RECORDS = pytest.mark.parametrize(
    ("record", "name"),
    [(Leaving, "issuing_leaving"), (Made, "issuing_made"), (journal_store.JournalCopy, "issuing_made_copy")],
)


@RECORDS
def test_the_record_that_is_asked_and_the_type_of_the_database_have_the_same_fields(connection, record, name):
    """A field that only one of them has would be dropped, or be NULL, without a word."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [name]
    ).fetchall()
    assert {row[0] for row in rows} == {field.name for field in dataclasses.fields(record)}


def asked(request) -> dict[str, object]:
    """Word what is asked about the first paper of a request."""
    return msgspec.to_builtins(leaving._leaving(request, PERSON, (RequestState.RECEIVED,), ""))


def made_words(world, request) -> dict[str, object]:
    copy = journal_store.JournalCopy(
        certificate_number=f"new-{request.request_id}", copy=1, sha256="0", facts_digest="0", pages=1
    )
    words = Made(
        decided_at=world.clock.now,
        generation=1,
        form_version="v1",
        as_of=world.clock.now.date(),
        title="title",
        fee_per_copy=200,
        copies=(copy,),
    )
    return msgspec.to_builtins(words)


def let_leave(connection, question: dict[str, object], paper: dict[str, object]) -> str:
    row = connection.execute(
        "SELECT issuing_let_leave(jsonb_populate_record(NULL::issuing_leaving, %s),"
        " jsonb_populate_record(NULL::issuing_made, %s), 'beside', '{}')",
        (Jsonb(question), Jsonb(paper)),
    ).fetchone()
    return row[0]


@pytest.mark.parametrize("part", [field.name for field in dataclasses.fields(Leaving)])
def test_a_question_with_a_part_missing_lets_nothing_leave(connection, world, part):
    """P3: a hold compared with nothing would be no hold, a stop of no municipality no stop."""
    request = received(connection, world)
    words = asked(request)
    del words[part]
    with pytest.raises(psycopg.errors.RaiseException, match="a part is missing"):
        let_leave(connection, words, made_words(world, request))
    assert let_leave(connection, asked(request), made_words(world, request)) == "released"


@pytest.mark.parametrize("part", [field.name for field in dataclasses.fields(Made)])
def test_a_paper_with_a_part_missing_does_not_leave(connection, world, part):
    request = received(connection, world)
    paper = made_words(world, request)
    del paper[part]
    with pytest.raises(psycopg.errors.RaiseException, match="a part is missing"):
        let_leave(connection, asked(request), paper)


def received(connection, world):
    return journal_store.read_request(connection, stored(connection, world).request_id)


# the build before this one, at work while a deployment is upgraded --------------------------------------------------


def old_release(connection, world, request) -> str:
    """Release as the build before does, by the function it knows."""
    row = connection.execute(
        "SELECT issuing_release(%s, %s, %s, %s, '', %s, %s, 'made', %s, 1, 'v1', %s, 'title', 200,"
        " ARRAY[%s], ARRAY['0'], ARRAY['0'], ARRAY[1], 'old', '{}')",
        (
            request.request_id,
            request.municipality_code,
            request.serial,
            PERSON,
            STOP_SPACE,
            HOLD_SPACE,
            world.clock.now,
            world.clock.now.date(),
            f"old-{request.request_id}",
        ),
    ).fetchone()
    return row[0]


def test_p5_of_an_old_and_a_new_process_one_releases_a_request(connection, world):
    """A rolling upgrade: the migration has run, and processes of the build before go on until they are replaced."""
    first, second = received(connection, world), received(connection, world)
    assert old_release(connection, world, first) == "released"
    assert let_leave(connection, asked(first), made_words(world, first)) == "decided"
    assert let_leave(connection, asked(second), made_words(world, second)) == "released"
    assert old_release(connection, world, second) == "decided"


def test_p11_a_paper_an_old_process_released_leaves_once_more_from_a_new_one_and_the_other_way_round(connection, world):
    request = received(connection, world)
    old_release(connection, world, request)
    again = journal_store.read_request(connection, request.request_id)
    assert leaving.leave_again(connection, again, ENTRY) is Verdict.RELEASED
    ours = made(connection, world)
    row = connection.execute(
        "SELECT issuing_repeat(%s, %s, %s, %s, %s, %s, 'old', '{}')",
        (ours.request_id, ours.municipality_code, ours.serial, PERSON, STOP_SPACE, HOLD_SPACE),
    ).fetchone()
    assert row == ("released",)
