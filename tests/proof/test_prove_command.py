"""`kofu prove check`: what it says and how it ends, over a folder and over running databases."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from tests.issuing.world import World, people
from tests.proof.hand_made import HandMade
from typer.testing import CliRunner

from kofu.cli import build
from kofu.contracts.issuing import Issued, PrintOutcome
from kofu.core.kinds import HoldKind
from kofu.issuing.requests.issue import issue_certificate
from kofu.issuing.requests.report_print import take_print_result
from kofu_proof.check import check
from kofu_proof.databases import read_databases

pytestmark = pytest.mark.font


@pytest.fixture(scope="module")
def good(press, tmp_path_factory) -> HandMade:
    return HandMade(press, tmp_path_factory.mktemp("feeds"))


def prove(*words: str):
    return CliRunner().invoke(build(), ["prove", "check", *words])


def test_a_sound_history_ends_with_nought(good, tmp_path):
    result = prove(str(good.write(tmp_path / "history", good.rows, good.papers)))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "sound")


def test_a_broken_rule_is_named_with_its_evidence_and_ends_with_one(good, tmp_path):
    rows = good.rows | {"reports": good.rows["reports"][1:]}
    folder = good.write(tmp_path / "history", rows, good.papers)
    result = prove(str(folder))
    assert result.exit_code == 1
    assert "kept.report: request " + "a" * 32 in result.stderr
    told = json.loads(prove(str(folder), "--json").stdout)
    assert (told["sound"], told["violations"][0]["rule"]) == (False, "kept.report")


def test_a_folder_that_is_no_history_ends_with_two(tmp_path):
    result = prove(str(tmp_path))
    assert result.exit_code == 2
    assert "history.json" in result.stderr


@pytest.mark.storage
def test_what_a_database_keeps_is_decided_and_what_it_cannot_tell_is_said(system_database, tmp_path, press):
    """The twin at the end: a number the journal has and the record has not is seen."""
    world = World(system_database("issuing"), tmp_path)
    residents, cards, assessments = people(3)
    world.load_residents(residents, cards)
    world.load_tax(assessments)
    with world.connect() as connection:
        request = world.request("00a1", copies=2)
        assert isinstance(issue_certificate(connection, world.issuer(press), request), Issued)
        result = world.result(request, PrintOutcome.PRINTED)
        take_print_result(connection, world.acting(), result, municipality_code="139998")
        issue_certificate(connection, world.issuer(press), world.request("ffff"))
        world.hold("000000000000002", HoldKind.PROTECTION)
    told = prove("--issuing", world.database.app_url)
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "sound")
    assert "paper: not wholly decided without events" in told.stdout
    history = read_databases(world.database.app_url, None)
    assert (len(history.requests), len(history.copies), len(history.reports), len(history.holds)) == (2, 2, 1, 1)
    changed = msgspec.structs.replace(history.copies[0], certificate_number="another")
    broken = msgspec.structs.replace(history, copies=(changed, *history.copies[1:]))
    assert [one.rule for one in check(broken).violations] == ["record.entry"]
    assert replace(check(history), undecided=()).sound
