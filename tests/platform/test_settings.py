"""One place reads the environment, and says which variable is wrong."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from kofu.core.errors import OperatorFault
from kofu.platform import settings
from kofu.platform.django_settings import settings_for


def test_the_folder_for_run_time_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "new" / "var"))
    assert settings.var_dir() == tmp_path / "new" / "var"
    assert settings.var_dir().is_dir()


def test_a_missing_profile_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("KOFU_PROFILE", str(tmp_path / "none.toml"))
    with pytest.raises(OperatorFault, match=r"none\.toml.*KOFU_PROFILE"):
        settings.profile_path()


def test_a_missing_database_url_is_named(monkeypatch):
    monkeypatch.delenv("KOFU_ISSUING_DATABASE_URL", raising=False)
    with pytest.raises(OperatorFault, match="KOFU_ISSUING_DATABASE_URL is not set"):
        settings.database_url("issuing")


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "80a", "８８０３"])
def test_what_is_not_a_port_is_refused(monkeypatch, text):
    monkeypatch.setenv("KOFU_ISSUING_PORT", text)
    with pytest.raises(OperatorFault, match="KOFU_ISSUING_PORT must be a port number"):
        settings.port_of("issuing")


def test_an_address_follows_the_port_unless_it_is_named(monkeypatch):
    monkeypatch.delenv("KOFU_CENTER_URL", raising=False)
    monkeypatch.setenv("KOFU_CENTER_PORT", "9802")
    assert settings.url_of("center") == "https://localhost:9802"
    monkeypatch.setenv("KOFU_CENTER_URL", "https://center.example:443")
    assert settings.url_of("center") == "https://center.example:443"


WHOLE = (
    "postgresql://kofu_ledger:geheim@db1.example:5433,db2.example:5434/kofu_ledger?sslmode=verify-full"
    "&sslrootcert=/etc/kofu/ca.pem&target_session_attrs=read-write&connect_timeout=3"
    "&options=-c%20statement_timeout%3D7000"
)


def test_the_screens_are_given_the_whole_url(monkeypatch):
    """Faults C3: TLS checks, time limits and the choice of the primary were dropped on the way to Django."""
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", WHOLE)
    database = settings_for("ledger", grants=())["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"]) == ("db1.example,db2.example", "5433,5434")
    assert (database["NAME"], database["USER"], database["PASSWORD"]) == ("kofu_ledger", "kofu_ledger", "geheim")
    stated = {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/kofu/ca.pem",
        "target_session_attrs": "read-write",
        "connect_timeout": "3",
        "options": "-c statement_timeout=7000",
    }
    assert {key: str(value) for key, value in database["OPTIONS"].items() if key in stated} == stated


def test_what_the_url_does_not_state_ends_within_seconds_and_what_it_states_stands(monkeypatch):
    """Faults C5: a primary that vanished was waited for through 943 s."""
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", WHOLE)
    parts = conninfo_to_dict(settings.database_url("ledger"))
    assert str(parts["connect_timeout"]) == "3"
    assert (str(parts["tcp_user_timeout"]), str(parts["keepalives_idle"])) == ("10000", "5")
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", "dbname=kofu_ledger")
    assert str(conninfo_to_dict(settings.database_url("ledger"))["connect_timeout"]) == "5"


def test_what_is_no_url_is_told_without_quoting_it(monkeypatch):
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", "postgresql://kofu:geheim@host:port:7/x y")
    with pytest.raises(OperatorFault, match="no PostgreSQL URL") as told:
        settings.database_url("ledger")
    assert "geheim" not in str(told.value)
