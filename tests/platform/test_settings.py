"""One place reads the environment, and says which variable is wrong."""

from __future__ import annotations

import pytest

from kofu.core.errors import OperatorFault
from kofu.platform import settings


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
