"""ledger.stated: what the ledger states of one person is what it was told, and what its feed will say."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from kofu.certificates.facts import AssessmentFacts
from kofu.contracts.feed import FeedKind
from kofu.core.kinds import HoldKind
from kofu.ledger.feed.stated import Stated, stated_facts
from kofu.ledger.taking_over.take_over import take_over
from kofu.platform.feeds import public_key
from kofu.ward.make import MadeWard, make_ward
from kofu.ward.people import Municipality, WardPlan

pytestmark = pytest.mark.storage

WARD = "139998"


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    folder = tmp_path_factory.mktemp("ward")
    plan = WardPlan(municipality=Municipality(code=WARD, name="東京都見本区"), seed=7, size=120, day=date(2026, 11, 20))
    return make_ward(folder, plan, created_at=datetime(2026, 11, 20, 12, tzinfo=UTC), keys=folder / "keys")


@pytest.fixture(scope="module")
def connection(system_database, ward: MadeWard) -> Iterator[psycopg.Connection]:
    database = system_database("ledger")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        take_over(
            owner,
            tax_feed=ward.at.tax_feed,
            resident_feed=ward.at.resident_feed,
            keys={kind: public_key(ward.at.folder / "keys", kind) for kind in FeedKind},
            actor="test",
        )
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def rows_of(folder: Path, name: str) -> dict[str, list[dict[str, str]]]:
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["addressee_number"]].append(row)
    return found


def spelt(value: object) -> str:
    """A fact as a feed spells it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def test_every_person_is_stated_as_the_feed_that_was_taken_over_did(connection, ward: MadeWard) -> None:
    collections = rows_of(ward.at.tax_feed, "collections")
    count = 0
    for number, rows in rows_of(ward.at.tax_feed, "assessments").items():
        for row in rows:
            stated = stated_facts(connection, WARD, number, int(row["fiscal_year"]))
            assert stated.assessment is not None
            for field in fields(AssessmentFacts):
                assert spelt(getattr(stated.assessment, field.name)) == row[field.name], field.name
            assert lists(stated) == {
                row["notice_number"]: tuple(row[name] for name in ("installments", "due_dates", "assessed", "paid"))
                for row in collections[number]
            }
            count += 1
    assert count == ward.assessments


def lists(stated: Stated) -> dict[str, tuple[str, ...]]:
    return {
        notice.notice_number: (
            "|".join(part.label for part in notice.installments),
            "|".join(str(part.due_date) for part in notice.installments),
            "|".join(str(part.assessed) for part in notice.installments),
            "|".join(str(part.paid) for part in notice.installments),
        )
        for notice in stated.collections
    }


def test_nothing_is_stated_of_a_person_and_year_nobody_stated(connection) -> None:
    stated = stated_facts(connection, WARD, "999999999999999", 2026)
    assert (stated.assessment, stated.collections, stated.holds) == (None, (), ())
    assert stated.last_sequence > 0


def test_a_person_is_correcting_while_a_hold_of_that_year_is_not_settled(connection, ward: MadeWard) -> None:
    number, rows = next(iter(rows_of(ward.at.tax_feed, "assessments").items()))
    years = sorted(int(row["fiscal_year"]) for row in rows)
    connection.execute(
        "INSERT INTO issuance_hold (id, municipality_code, addressee_number, kind, fiscal_year, reason, set_by, set_at,"
        " settled_by, settled_reason)"
        " VALUES (gen_random_uuid(), %s, %s, 'correcting', %s, '試験', 'test', now(), '', '')",
        [WARD, number, years[-1]],
    )
    stated = stated_facts(connection, WARD, number, years[-1])
    assert stated.assessment is not None
    assert stated.assessment.correcting
    assert stated.holds == (HoldKind.CORRECTING,)
    connection.execute("UPDATE issuance_hold SET settled_at = now()")
    stated = stated_facts(connection, WARD, number, years[-1])
    assert stated.assessment is not None
    assert not stated.assessment.correcting
    assert stated.holds == ()


def test_what_was_stated_is_never_changed(connection) -> None:
    """P12: not even by the owner, without first taking the trigger away; the application lacks the right."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE assessment_statement SET annual_tax = 0")
