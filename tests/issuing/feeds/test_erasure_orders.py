"""年度更新時の消去 by two people: counted first, signed, carried out by a night, registered outside the database."""

from __future__ import annotations

import dataclasses
import functools
from datetime import date
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.issuing.feed_maker import KEYS, NOW, UNBOUND, WARD, assessment, collection, tax_feed
from tests.resets import reset

from kofu.core.errors import OperatorFault
from kofu.issuing.acting.who_acts import Acting, random_identity
from kofu.issuing.feeds import erasure_orders
from kofu.issuing.feeds.erase_tonight import ErasurePlaces, erase_tonight
from kofu.issuing.feeds.erasure_orders import done_erasures, waiting_order
from kofu.issuing.feeds.erasure_register import read_entries, require_erased
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.platform.postgres import SystemDatabase
from kofu.platform.profiles import load_profile

pytestmark = pytest.mark.storage

PROFILE = dataclasses.replace(load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml"), code=WARD)
DAY = date(2026, 11, 22)
PAID = {"paid": "1000|900", "paid_total": 1900}


def by(actor: str) -> Acting:
    return Acting(clock=lambda: NOW, new_id=random_identity, lane="feeds", actor=actor)


@dataclasses.dataclass
class Ward:
    """A database with six years, and the places of its nights."""

    database: object
    places: ErasurePlaces

    @property
    def connect(self):
        return functools.partial(psycopg.connect, self.database.owner_url)

    def night(self, day: date = DAY):
        return erase_tonight(self.connect, by("service:erasure"), profile=PROFILE, day=day, places=self.places)

    def sign(self, *people: str) -> None:
        """Sign under the role of the console, which has no right to erase."""
        with psycopg.connect(self.database.screens_url, autocommit=True) as connection:
            for person in people:
                order = waiting_order(connection, WARD)
                erasure_orders.sign(connection, by(person), WARD, order.id)

    def years(self) -> list[int]:
        with self.connect() as connection:
            return [year for (year,) in connection.execute("SELECT fiscal_year FROM fact_assessments ORDER BY 1")]


def filled(database, folder: Path, places: ErasurePlaces | None = None) -> Ward:
    feed = tax_feed(
        folder / "tax-1",
        [assessment(year=year) for year in range(2021, 2027)],
        [collection("1", year=2021), collection("2", year=2022, **PAID), collection("3", year=2026)],
    )
    ward = Ward(
        database,
        places
        or ErasurePlaces(feeds=folder, register=folder / "erasures", key=Ed25519PrivateKey.generate(), senders=KEYS),
    )
    taken = import_feed(ward.connect, feed, keys=KEYS, municipality_code=WARD, now=NOW, actor="test", judging=UNBOUND)
    assert taken.outcome is ImportOutcome.ACTIVATED
    return ward


@pytest.fixture
def ward(system_database, tmp_path) -> Ward:
    return filled(system_database("issuing"), tmp_path)


def test_the_timer_counts_and_proposes_two_people_sign_and_the_next_night_erases_down_to_the_register(ward):
    first = ward.night()
    assert (first.proposed.before_year, first.proposed.kept_unpaid, first.erased) == (2023, 1, None)
    assert ward.years() == list(range(2021, 2027)), "a proposal erases nothing"
    ward.sign("tanaka", "suzuki")
    done = ward.night()
    assert (done.erased, done.registered, done.proposed) == (2023, 1, None)
    assert ward.years() == list(range(2023, 2027))
    (entry,) = read_entries(ward.places.register, WARD)
    with ward.connect() as connection:
        (erasure,) = done_erasures(connection, WARD)
    assert (entry.rows_sha256, entry.kept_unpaid) == (erasure.rows_sha256, 1)
    assert erasure.on_disk_at is not None
    again = ward.night()
    assert (again.erased, again.on_disk, again.registered, again.feed_files, again.proposed) == (None, None, 0, 0, None)


def test_one_person_is_not_two_and_the_database_holds_that(ward):
    ward.night()
    ward.sign("tanaka")
    with pytest.raises(OperatorFault, match="another person"):
        ward.sign("tanaka")
    assert ward.night().erased is None
    assert ward.years() == list(range(2021, 2027))
    with ward.connect() as owner, pytest.raises(psycopg.errors.InsufficientPrivilege, match="two people"):
        owner.execute("UPDATE issuing_erasure_order SET state = 'done'")


def test_the_signature_of_an_account_that_was_reset_since_erases_nothing(ward):
    ward.night()
    ward.sign("tanaka", "suzuki")
    with ward.connect() as owner:
        reset(owner, "tanaka", NOW)
    assert ward.night().erased is None
    ward.sign("kato")
    assert ward.night().erased == 2023


def test_nothing_is_proposed_before_the_new_year_is_published_for_everybody(ward):
    """年度更新時: not on 1 April, but when the new year's certificates are out."""
    with ward.connect() as connection:
        connection.execute("DELETE FROM fact_assessments WHERE fiscal_year = 2021")
        connection.execute("DELETE FROM fact_collections WHERE fiscal_year = 2021")
        connection.execute("UPDATE active_generation SET retired_before_year = 2022")
    assert ward.night(date(2026, 4, 1)).proposed is None
    assert ward.night(date(2026, 7, 1)).proposed.before_year == 2023


def test_a_withdrawn_order_erases_nothing_and_the_timer_proposes_anew(ward):
    ward.night()
    ward.sign("tanaka", "suzuki")
    with psycopg.connect(ward.database.screens_url, autocommit=True) as connection:
        erasure_orders.withdraw(connection, by("tanaka"), WARD, waiting_order(connection, WARD).id)
    night = ward.night()
    assert (night.erased, night.proposed.signed_by) == (None, [])


def test_a_restored_backup_does_not_serve_until_its_erasures_are_applied_again(ward, system_database, tmp_path):
    """The twin is the register of nothing: without it the old database would serve."""
    ward.night()
    ward.sign("tanaka", "suzuki")
    ward.night()
    restored = filled(system_database("issuing"), tmp_path / "backup", ward.places)
    with restored.connect() as connection:
        require_erased(connection, tmp_path / "no-register", WARD)
        with pytest.raises(OperatorFault, match="kofu erasure tonight"):
            require_erased(connection, ward.places.register, WARD)
    assert restored.night().again == [2023]
    assert restored.years() == list(range(2023, 2027))
    with restored.connect() as connection:
        require_erased(connection, ward.places.register, WARD)


def test_a_copy_from_before_the_erasure_does_not_serve_until_it_is_applied_again(ward, postgres):
    """The real thing: the database as it stood at night, with its journal and an order two people had signed."""
    ward.night()
    ward.sign("tanaka", "suzuki")
    name = str(conninfo_to_dict(ward.database.owner_url)["dbname"])
    copy = f"{name}_copy"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {copy} TEMPLATE {name} OWNER kofu_issuing_owner")
    try:
        ward.night()
        urls = {
            one: make_conninfo(getattr(ward.database, one), dbname=copy)
            for one in ("owner_url", "app_url", "screens_url")
        }
        restored = Ward(SystemDatabase(**urls), ward.places)
        assert restored.years() == list(range(2021, 2027))
        with restored.connect() as connection:
            assert waiting_order(connection, WARD).is_signed
            with pytest.raises(OperatorFault, match="erased"):
                require_erased(connection, ward.places.register, WARD)
        assert restored.night().again == [2023]
        assert restored.years() == list(range(2023, 2027))
        with restored.connect() as connection:
            require_erased(connection, ward.places.register, WARD)
    finally:
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {copy} WITH (FORCE)")


def test_a_changed_register_is_refused(ward):
    ward.night()
    ward.sign("tanaka", "suzuki")
    ward.night()
    (path,) = ward.places.register.glob("*.json")
    path.write_bytes(path.read_bytes().replace(b'"entry":"ey', b'"entry":"eY'))
    with ward.connect() as connection, pytest.raises(OperatorFault, match="as it was signed"):
        require_erased(connection, ward.places.register, WARD)


def test_the_console_signs_and_can_neither_propose_nor_carry_out(ward):
    ward.night()
    with psycopg.connect(ward.database.screens_url, autocommit=True) as console:
        for statement in (
            "DELETE FROM fact_assessments",
            "DELETE FROM issuing_erasure_signature",
            "UPDATE issuing_erasure_order SET before_year = 2027",
            "INSERT INTO erasure SELECT * FROM erasure",
            "INSERT INTO issuing_erasure_on_disk SELECT * FROM issuing_erasure_on_disk",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                console.execute(statement)
