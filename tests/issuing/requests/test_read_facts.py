"""Reading a person: only theirs, only one municipality's, only in a snapshot of its own."""

from __future__ import annotations

import functools
from dataclasses import replace

import psycopg
import pytest
from tests.issuing.feed_maker import (
    KEYS,
    NOW,
    UNBOUND,
    WARD,
    assessment,
    card,
    collection,
    resident,
    resident_feed,
    serial_of,
    tax_feed,
)

from kofu.certificates.facts import AssessmentFacts
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.issuing.feeds.import_feed import import_feed
from kofu.issuing.requests.read_facts import read_facts
from kofu.issuing.requests.subject import UNREAD

OTHER = "131041"
ONE, TWO = "000000000000001", "000000000000002"


@pytest.fixture(scope="module")
def connect(system_database, tmp_path_factory):
    """Two municipalities in one database that use the same numbers and serials for different people."""
    database = system_database("issuing")
    owner = functools.partial(psycopg.connect, database.owner_url)
    folder = tmp_path_factory.mktemp("feeds")
    for municipality, name, yen in ((WARD, "見本　一", 1), (OTHER, "手本　二", 2)):
        how = {"municipality": municipality}
        tax = tax_feed(
            folder / f"t{municipality}",
            [assessment(ONE, year, salary_revenue=yen, name_at_assessment=name) for year in (2025, 2026)]
            + [assessment(TWO)],
            [collection("1", ONE), collection("2", ONE, 2019), collection("3", TWO)],
            **how,
        )
        people = [resident(ONE, name=name), resident(TWO)]
        residents = resident_feed(folder / f"r{municipality}", people, [card("00a1", ONE), card("00a2", TWO)], **how)
        for feed in (tax, residents):
            import_feed(owner, feed, keys=KEYS, municipality_code=municipality, now=NOW, actor="test", judging=UNBOUND)
    return functools.partial(psycopg.connect, database.app_url)


def read(connect, serial="00a1", municipality=WARD, year=2026, **how):
    with connect() as connection:
        return read_facts(connection, municipality_code=municipality, serial=serial_of(serial), fiscal_year=year, **how)


def test_the_facts_of_an_assessment_are_the_columns_of_the_feed():
    """The two are held together here: a column without a fact, or a fact without a column, is a mistake."""
    columns = [name for name in ASSESSMENTS.column_names if name != "change"]
    assert [field for field in AssessmentFacts.__dataclass_fields__] == columns  # noqa: C416 - names in their order


@pytest.mark.storage
def test_only_what_belongs_to_the_serial_of_the_municipality_is_read(connect):
    ours, theirs = read(connect), read(connect, municipality=OTHER)
    assert (ours.resident.name, ours.assessment.salary_revenue) == ("見本　一", 1)
    assert (theirs.resident.name, theirs.assessment.salary_revenue) == ("手本　二", 2)
    assert {notice.addressee_number for notice in ours.collections} == {ONE}


@pytest.mark.storage
def test_without_notices_everything_else_is_read_as_with_them(connect):
    """What a paper neither says nor is decided by is not read; it is not taken for nothing either."""
    without = read(connect, notices=False)
    assert without == replace(read(connect), collections=UNREAD)
    for look in (list, len, bool, lambda notices: "1" in notices, lambda notices: [*notices]):
        with pytest.raises(InvariantBroken, match="not read"):
            look(without.collections)


@pytest.mark.storage
def test_notices_of_all_years_are_read_and_the_assessment_of_the_year_asked_for(connect):
    """小樽市, 2016: arrears of old years decide as well."""
    facts = read(connect, year=2025)
    assert facts.assessment.fiscal_year == 2025
    assert [notice.fiscal_year for notice in facts.collections] == [2019, 2026]


@pytest.mark.storage
def test_an_unknown_serial_is_nobody(connect):
    facts = read(connect, serial="ffff")
    assert (facts.card, facts.resident, facts.assessment, facts.collections) == (None, None, None, ())


@pytest.mark.storage
def test_a_generation_before_the_residents_came_has_none_and_one_to_come_is_refused(connect):
    assert read(connect, generation=1).card is None
    for generation in (0, 3):
        with pytest.raises(OperatorFault, match="never activated"):
            read(connect, generation=generation)


@pytest.mark.storage
def test_a_municipality_without_data_is_refused(connect):
    with pytest.raises(OperatorFault, match="no_data"):
        read(connect, municipality="131059")


@pytest.mark.storage
def test_a_reading_inside_another_transaction_is_refused(connect):
    """There the statement could see an older moment."""
    with connect() as connection, connection.transaction(), pytest.raises(InvariantBroken):
        read_facts(connection, municipality_code=WARD, serial=serial_of("00a1"), fiscal_year=2026)
