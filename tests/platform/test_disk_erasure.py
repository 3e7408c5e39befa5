"""Erasing for good on a PostgreSQL of its own; and that the search of the tests finds what is hidden in a file."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
from tests.platform.disk_search import files_with

from kofu.core.errors import OperatorFault
from kofu.platform.disk_erasure import overwrite_wal, require_rights, rewrite_tables
from kofu.platform.postgres import ensure_system_database, start_embedded

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def server():
    place = Path(tempfile.mkdtemp(prefix="kofu-test-"))
    place.chmod(0o755)
    started = start_embedded(place / "postgres", durable=False)
    try:
        yield started
    finally:
        started.stop()
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def owner(server):
    database = ensure_system_database(server.admin_url, "issuing", secret=b"tests only")
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS written")
        connection.execute("CREATE TABLE written (content text)")
        yield connection


def test_a_value_the_database_compressed_or_moved_out_of_the_row_is_found_and_erased(server, owner):
    """A long value is compressed (pglz), a longer one that does not shrink goes to the TOAST table."""
    squeezed, moved_out = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    owner.execute("INSERT INTO written VALUES (%s)", [f"{squeezed}見本町" + "一二三四五" * 2000])
    owner.execute("INSERT INTO written VALUES (%s)", [moved_out + secrets.token_urlsafe(9000)])
    kept = owner.execute("SELECT pg_column_compression(content) FROM written").fetchall()
    assert ("pglz",) in kept
    owner.execute("CHECKPOINT")
    for text in (squeezed, moved_out):
        assert {name.split("/")[0] for name in files_with(server.data_dir, [text], compressed=True)} == {
            "base",
            "pg_wal",
        }
    owner.execute("DELETE FROM written")
    rewrite_tables(owner, ["written"])
    overwrite_wal(owner)
    owner.execute("CHECKPOINT")
    assert files_with(server.data_dir, [squeezed, moved_out], compressed=True) == {}


def test_a_role_without_the_rights_is_told_which_it_needs(server, owner):
    require_rights(owner)
    with psycopg.connect(server.admin_url, dbname="kofu_issuing", autocommit=True) as admin:
        admin.execute("REVOKE EXECUTE ON FUNCTION pg_switch_wal() FROM kofu_issuing_owner")
    with pytest.raises(OperatorFault, match="pg_checkpoint"):
        require_rights(owner)
