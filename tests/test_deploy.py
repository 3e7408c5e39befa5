"""The unit files under deploy/ say what the program can do, and the how-to names each of them."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.shared.faults import ExitCode

ROOT = Path(__file__).parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
PAGE = ROOT / "docs" / "how-to" / "nightly-feed.md"


def read(unit: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's names are upper and lower case
    parser.read(unit, encoding="utf-8")
    return parser


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_unit_is_in_the_how_to(unit: Path) -> None:
    assert unit.stem in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", [u for u in UNITS if u.suffix == ".service"], ids=lambda unit: unit.name)
def test_every_service_starts_a_command_that_is_there(unit: Path) -> None:
    service = read(unit)["Service"]
    for command in filter(None, (service.get("ExecStartPre"), service["ExecStart"])):
        words = shlex.split(command)
        assert words[0] == "/opt/kofu/bin/kofu"
        asked = CliRunner().invoke(build(), [*words[1:3], "--help"])
        assert asked.exit_code == 0
        assert all(word in asked.output for word in words[3:] if word.startswith("--"))


def test_a_night_that_waits_for_two_people_is_not_started_again() -> None:
    assert read(ROOT / "deploy" / "systemd" / "kofu-night.service")["Service"]["RestartPreventExitStatus"] == str(
        int(ExitCode.HELD)
    )


@pytest.mark.parametrize("unit", [u for u in UNITS if u.suffix == ".timer"], ids=lambda unit: unit.name)
def test_every_timer_has_its_service(unit: Path) -> None:
    assert unit.with_suffix(".service") in UNITS
    assert "Asia/Tokyo" in read(unit)["Timer"]["OnCalendar"]
