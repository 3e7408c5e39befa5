"""年度更新時に古くなった不要な税情報を消去し (評価書 Ⅱ-6③): the files of the database hold nothing of them after it."""

from __future__ import annotations

import dataclasses
import functools
import secrets
import shutil
import tempfile
import threading
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.issuing.feed_maker import KEYS, NOW, UNBOUND, WARD, assessment, collection, tax_feed
from tests.platform.disk_search import files_with

from kofu.core.errors import OperatorFault
from kofu.issuing.feeds.erase_feed_files import erase_feed_files
from kofu.issuing.feeds.erase_on_disk import erase_on_disk, years_not_on_disk
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.feeds.purge_years import purge_years
from kofu.platform.disk_erasure import overwrite_wal, rewrite_tables
from kofu.platform.migrate import migrate
from kofu.platform.postgres import ensure_system_database, start_embedded
from kofu.platform.profiles import load_profile

pytestmark = pytest.mark.storage

PROFILE = dataclasses.replace(load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml"), code=WARD)
DAY = date(2026, 11, 22)
OLD, KEPT = range(2021, 2023), range(2023, 2027)
PAID = {"paid": "1000|900", "paid_total": 1900}
PEOPLE = 8


@dataclasses.dataclass(frozen=True)
class Planted:
    """A server of its own with feeds taken in; `texts` are unique and stand in one fiscal year alone."""

    data: Path
    admin: str
    connect: functools.partial[psycopg.Connection]
    feeds: Path
    texts: dict[int, list[str]]

    def remains(self, years=OLD) -> dict[str, int]:
        """Give where on the disk texts of these years are still found."""
        with self.connect() as connection:
            connection.autocommit = True
            connection.execute("CHECKPOINT")
        return files_with(self.data, [text for year in years for text in self.texts[year]])

    def purge(self) -> None:
        report = purge_years(self.connect, profile=PROFILE, day=DAY, now=NOW, actor="test", dry_run=False)
        assert report.erased is not None

    def erase(self) -> None:
        self.purge()
        assert erase_on_disk(self.connect, WARD, now=NOW, actor="test") is not None


@pytest.fixture(scope="module")
def server():
    """A server of these tests alone, with an issuing database to copy from."""
    place = Path(tempfile.mkdtemp(prefix="kofu-test-"))
    place.chmod(0o755)
    started = start_embedded(place / "postgres", durable=False)
    try:
        migrate("issuing", ensure_system_database(started.admin_url, "issuing", secret=b"tests only").owner_url)
        yield started
    finally:
        started.stop()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def planted(server, tmp_path):
    """Paid notices and assessments of six years: an address and a notice number for each, nowhere else."""
    name = f"kofu_issuing_{secrets.token_hex(4)}"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE kofu_issuing OWNER kofu_issuing_owner")
    database = ensure_system_database(server.admin_url, "issuing", secret=b"tests only", database=name)
    connect = functools.partial(psycopg.connect, database.owner_url)
    texts = {
        year: [secrets.token_urlsafe(18) for _ in range(PEOPLE)]
        + [str(10**19 + secrets.randbelow(10**19)) for _ in range(PEOPLE)]
        for year in (*OLD, *KEPT)
    }
    rows = [(number, year) for number in range(PEOPLE) for year in texts]
    feed = tax_feed(
        tmp_path / "feeds" / "tax-1",
        [
            assessment(f"{number:015}", year, address_at_assessment=texts[year][number] + "見本町" * number)
            for number, year in rows
        ],
        [collection(texts[year][PEOPLE + number], f"{number:015}", year, **PAID) for number, year in rows],
    )
    taken = import_feed(connect, feed, keys=KEYS, municipality_code=WARD, now=NOW, actor="test", judging=UNBOUND)
    assert taken.outcome is ImportOutcome.ACTIVATED, taken.problems
    yield Planted(server.data_dir, server.admin_url, connect, feed.parent, texts)
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def folders(remains: dict[str, int]) -> set[str]:
    return {name.split("/")[0] for name in remains}


def test_after_the_erasure_no_file_of_the_database_holds_a_text_of_an_erased_year(planted):
    """The twin below shows that the search finds them where rows were only deleted."""
    assert folders(planted.remains()) == {"base", "pg_wal"}
    planted.erase()
    assert planted.remains() == {}
    assert folders(planted.remains(KEPT)) >= {"base"}, "what is kept is found by the same search"


def test_deleted_rows_alone_stay_in_heap_index_samples_and_log(planted):
    """The twin: with the deletion alone every text is still on the disk."""
    planted.purge()
    assert folders(planted.remains()) == {"base", "pg_wal"}


def test_rewritten_tables_alone_leave_the_log(planted):
    """The twin of the log: without the walk through it, it keeps them."""
    planted.purge()
    with planted.connect() as connection:
        connection.autocommit = True
        rewrite_tables(connection, ("fact_assessments", "fact_collections"))
    assert folders(planted.remains()) == {"pg_wal"}
    with planted.connect() as connection:
        connection.autocommit = True
        overwrite_wal(connection)
    assert planted.remains() == {}


def test_segments_that_wait_to_be_used_again_are_written_over_too(planted):
    """A finished segment gets a later name and keeps its content until the log comes to it."""
    planted.purge()
    with planted.connect() as connection:
        connection.autocommit = True
        rewrite_tables(connection, ("fact_assessments", "fact_collections"))
        # room for the log makes the next checkpoint keep the old segment for later
        for _ in range(6):
            connection.execute("SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000))")
            connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        waiting = connection.execute(
            "SELECT count(*) FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_insert_lsn())"
        ).fetchone()
        assert waiting is not None
        assert waiting[0] > 0
        assert folders(planted.remains()) == {"pg_wal"}
        overwrite_wal(connection)
    assert planted.remains() == {}


def test_a_reader_from_before_holds_the_erasure_up_and_the_next_run_finishes_it(planted):
    """A snapshot of before keeps deleted rows alive through a rewrite."""
    with planted.connect() as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM fact_collections")
        planted.purge()
        with planted.connect(autocommit=True) as connection, pytest.raises(OperatorFault, match="began before"):
            rewrite_tables(connection, ("fact_collections",), readers_seconds_max=0.2)
        with planted.connect() as connection:
            assert years_not_on_disk(connection, WARD) == [2023]
        released = threading.Event()

        def end_when_it_waits() -> None:
            released.wait()
            reader.rollback()

        ending = threading.Thread(target=end_when_it_waits)
        ending.start()
        released.set()
        assert erase_on_disk(planted.connect, WARD, now=NOW, actor="test") is not None
        ending.join()
    assert planted.remains() == {}
    assert erase_on_disk(planted.connect, WARD, now=NOW, actor="test") is None


def test_a_replication_slot_that_keeps_the_log_is_named_and_nothing_is_noted_as_erased(planted):
    with psycopg.connect(planted.admin, autocommit=True) as admin:
        admin.execute("SELECT pg_create_physical_replication_slot('standby', true)")
        planted.purge()
        with pytest.raises(OperatorFault, match="replication slots"):
            erase_on_disk(planted.connect, WARD, now=NOW, actor="test")
        with planted.connect() as connection:
            assert years_not_on_disk(connection, WARD) == [2023]
        admin.execute("SELECT pg_drop_replication_slot('standby')")
    assert erase_on_disk(planted.connect, WARD, now=NOW, actor="test") is not None
    assert planted.remains() == {}


def test_row_files_of_feeds_that_were_taken_in_go_and_the_manifest_stays(planted, tmp_path):
    waiting = tax_feed(planted.feeds / "tax-2", [assessment("000000000000001", 2021)], generation=2)
    erased = erase_feed_files(planted.connect, planted.feeds, keys=KEYS, municipality_code=WARD)
    assert erased == len(list(waiting.glob("*.csv")))
    assert sorted(path.name for path in (planted.feeds / "tax-1").iterdir()) == ["manifest.json", "manifest.sig"]
    assert list(waiting.glob("*.csv")), "a feed that was not taken in stays whole"
    assert files_with(planted.feeds / "tax-1", [text for year in OLD for text in planted.texts[year]]) == {}
    assert erase_feed_files(planted.connect, tmp_path / "nowhere", keys=KEYS, municipality_code=WARD) == 0
