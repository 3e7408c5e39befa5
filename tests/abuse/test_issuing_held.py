"""The console of issuing, walked by everybody who should not, and by who may but sends nonsense.

Abuse that was tried by hand once stays tried. The twin: the same walk with guards taken away finds something, so that
an empty list of findings says something.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.abuse.held import HeldAgainstAbuse, Walk, walk
from tests.issuing import feed_maker
from tests.issuing.requests.made_papers import made, stored
from tests.issuing.world import World, people

from kofu.core.kinds import HoldKind
from kofu.issuing.cases.cases import open_case
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.platform.postgres import SystemDatabase

pytestmark = [pytest.mark.storage, pytest.mark.slow]
HELD = "見本　〓郎"


def console_with_people(database: SystemDatabase, folder: Path) -> tuple[str, ...]:
    """Put people, papers, a case about each and a held row into a console; give the words that lead to a person.

    The console shows names on a held row alone; elsewhere the numbers of a request, a paper and a case lead to one.
    """
    world = World(database, folder)
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    held = feed_maker.resident("000000000000003", name=HELD, address="東京都見本区3丁目1番3号", birthday="1980-02-01")
    judged = import_feed(
        lambda: psycopg.connect(database.owner_url),
        feed_maker.resident_feed(folder / "held", [held], generation=2, base=1),
        keys=feed_maker.KEYS,
        municipality_code=feed_maker.WARD,
        now=world.clock.now,
        actor="test",
        judging=feed_maker.UNBOUND,
    )
    assert judged.outcome is ImportOutcome.ACTIVATED
    words = [HELD]
    with world.connect() as connection:
        world.hold("000000000000002", HoldKind.ISSUANCE_STOP)
        for request in (made(connection, world), made(connection, world), stored(connection, world, serial="00a2")):
            with connection.transaction():
                case = open_case(
                    connection, world.acting(), municipality_code=feed_maker.WARD, kind=CaseKind.CENTER_ERROR,
                    summary="見本", request_id=request.request_id, cause="",
                )  # fmt: skip
            words += [request.request_id, case]
        words += [paper for (paper,) in connection.execute("SELECT certificate_number FROM issuing_copy").fetchall()]
    return tuple(words)


@pytest.fixture(scope="module")
def walked(system_database, tmp_path_factory) -> Walk:
    """The console of a small ward at work."""
    database = system_database("issuing")
    words = console_with_people(database, tmp_path_factory.mktemp("feeds"))
    return walk("issuing", database, tmp_path_factory.mktemp("keys"), words)


class TestTheConsole(HeldAgainstAbuse):
    seen_min = 5


def test_its_twin_that_takes_every_municipality_for_its_own_shows_people(system_database, tmp_path):
    """The guard off: a console that did not ask whose a request is would show 見本区's under 青空市."""
    database = system_database("issuing")
    words = console_with_people(database, tmp_path / "feeds")
    assert walk("issuing", database, tmp_path / "keys", words, "municipality").of("another's person")


def test_its_twin_without_the_guards_is_found_out(system_database, tmp_path):
    """The same walk with the gate's permissions, its second factor and the forms' tokens taken away."""
    open_gates = walk("issuing", system_database("issuing"), tmp_path / "keys", (), "permissions,second factor,forms")
    assert {kind for kind in ("unauthorised", "stranger", "forged") if open_gates.of(kind)} == {
        "unauthorised",
        "stranger",
        "forged",
    }


def test_its_twin_without_the_look_at_what_was_posted_fails_at_nonsense(system_database, tmp_path):
    """Forms that take what comes: words for numbers and a NUL reach the use cases, and the walk sees the fault."""
    assert walk("issuing", system_database("issuing"), tmp_path / "keys", (), "posted text").of("fault")
