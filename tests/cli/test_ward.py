"""`kofu ward make`: a ward in a folder, or one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kofu.cli.ward import app
from kofu.contracts.feed import FeedKind
from kofu.platform.feeds import public_key
from kofu.platform.signed_manifests import read_signed_manifest

PROFILES = Path(__file__).parents[2] / "profiles"


def make(tmp_path, *options):
    arguments = ["make", "--out", str(tmp_path / "ward"), "--people", "120", "--day", "2026-11-20", *options]
    return CliRunner().invoke(app, arguments)


@pytest.mark.font
@pytest.mark.parametrize(("profile", "years"), [("mihon", 4), ("aozora", 6)])
def test_a_ward_has_as_many_years_as_its_profile_offers(tmp_path, profile, years) -> None:
    done = make(tmp_path, "--profile", str(PROFILES / f"{profile}.toml"), "--next-day")
    assert done.exit_code == 0, done.output
    rows = (tmp_path / "ward" / "tax-0001" / "assessments.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.split(",")[2] for row in rows} == {str(year) for year in range(2027 - years, 2027)}
    for kind in FeedKind:
        manifest = read_signed_manifest(
            tmp_path / "ward" / f"{kind}-0002", public_key(tmp_path / "ward" / "keys", kind)
        )
        assert manifest.base_generation == 1


@pytest.mark.font
def test_making_it_again_in_the_same_place_is_refused_in_one_line(tmp_path) -> None:
    profile = ("--profile", str(PROFILES / "mihon.toml"))
    assert make(tmp_path, *profile).exit_code == 0
    again = make(tmp_path, *profile)
    assert again.exit_code == 1
    assert "never written over" in again.output


def test_a_broken_profile_is_named(tmp_path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("code = 1", encoding="utf-8")
    done = make(tmp_path, "--profile", str(broken))
    assert done.exit_code == 1
    assert "broken.toml" in done.output


def test_the_faults_are_listed_without_a_feed_and_a_missing_folder_is_told_in_one_line(tmp_path) -> None:
    listed = CliRunner().invoke(app, ["fault", "--fault", "list"])
    assert listed.exit_code == 0, listed.output
    assert "people-exchanged" in listed.output
    without = CliRunner().invoke(app, ["fault", "--fault", "people-exchanged"])
    assert (without.exit_code, "--feed, --out and --keys" in without.output) == (1, True)
    nowhere = ["--feed", str(tmp_path / "no"), "--out", str(tmp_path / "out"), "--keys", str(tmp_path / "no")]
    missing = CliRunner().invoke(app, ["fault", "--fault", "people-exchanged", *nowhere])
    assert (missing.exit_code, missing.output.count("\n")) == (1, 1), missing.output


@pytest.mark.parametrize("day", ["9999-12-31", "1900-01-01"])
def test_a_day_no_table_of_the_law_reaches_is_told(tmp_path, day) -> None:
    done = make(tmp_path, "--profile", str(PROFILES / "mihon.toml"), "--day", day)
    assert (done.exit_code, "a ward is made of days from 2015-01-01" in done.output) == (1, True), done.output
