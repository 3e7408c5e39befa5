"""Migrations: repeatable, said in words where they fail, and followed by least rights."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from kofu.core.errors import OperatorFault
from kofu.platform.migrate import migrate
from kofu.platform.postgres import screens_role
from kofu.staff.grants import COME_AND_GO

pytestmark = pytest.mark.storage


def rights(url: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants "
            "WHERE table_schema = 'public' AND grantee <> current_user ORDER BY 1, 2, 3"
        ).fetchall()


@pytest.mark.parametrize("system", ["issuing", "registry", "ledger", "center"])
def test_a_second_migration_changes_nothing(system_database, system):
    database = system_database(system)
    before = rights(database.owner_url)
    migrate(system, database.owner_url)
    assert rights(database.owner_url) == before


@pytest.mark.parametrize("system", ["issuing", "registry", "ledger", "center"])
def test_the_running_system_may_only_read_the_audit_log_and_call_the_function_that_appends(system_database, system):
    url = system_database(system).owner_url
    roles = sorted({f"kofu_{system}", screens_role(system)})
    assert [row for row in rights(url) if row[1] == "audit_entry"] == [
        (role, "audit_entry", "SELECT") for role in roles
    ]
    with psycopg.connect(url) as connection:
        callable_by = connection.execute(
            "SELECT proname, rolname FROM pg_proc, pg_roles WHERE proname IN ('audit_append', 'audit_link') AND NOT"
            " rolsuper AND rolname NOT LIKE 'pg%%' AND has_function_privilege(rolname, pg_proc.oid, 'EXECUTE')"
            " AND rolname <> current_user ORDER BY 1, 2"
        ).fetchall()
    assert callable_by == [("audit_append", role) for role in roles]


def test_nobody_may_delete_or_empty_a_table_of_issuing(system_database):
    """Sessions, used codes and counted attempts of the staff's entrance come and go; nothing else does."""
    given = rights(system_database("issuing").owner_url)
    assert given
    removable = [row for row in given if row[2] in {"DELETE", "TRUNCATE", "TRIGGER"}]
    assert {row[1] for row in removable} == set(COME_AND_GO)
    assert {(row[0], row[2]) for row in removable} == {("kofu_issuing_console", "DELETE")}
    assert {row[0] for row in given} == {"kofu_issuing", "kofu_issuing_console"}


def test_the_gateway_reaches_no_account_and_the_console_no_fact(system_database):
    """Whoever takes over the gateway gets no account; whoever takes over the console gets no certificate."""
    given = rights(system_database("issuing").owner_url)
    gateway = {row[1] for row in given if row[0] == "kofu_issuing"}
    console = {row[1] for row in given if row[0] == "kofu_issuing_console"}
    assert gateway & {"staff_account", "mfa_authenticator", "django_session", *COME_AND_GO} == set()
    assert [table for table in console if table.startswith("fact_")] == []
    assert "staff_account" in console


def test_a_database_that_does_not_answer_is_named_without_its_password(system_database):
    url = make_conninfo(system_database("ledger").owner_url, dbname="kofu_nowhere", password="very-secret")
    with pytest.raises(OperatorFault, match="database of ledger could not be migrated") as told:
        migrate("ledger", url)
    assert "very-secret" not in str(told.value)
