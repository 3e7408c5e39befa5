"""ward.make and ward.difference: feeds an importer takes, byte for byte the same each time, in bounded memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.issuing import Hold
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.platform.feeds import public_key
from kofu.platform.signed_manifests import read_signed_manifest
from kofu.press.glyphs import GlyphCoverage
from kofu.ward.difference import make_difference
from kofu.ward.make import DemoCard, make_ward
from kofu.ward.names import sequences_of
from kofu.ward.people import Municipality, WardPlan, population
from kofu.ward.shapes import NameShape

AT = datetime(2026, 11, 22, 18, tzinfo=UTC)
PLAN = WardPlan(municipality=Municipality(code="139998", name="東京都見本区"), seed=7, size=600, day=date(2026, 11, 20))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ward")
    return make_ward(folder, PLAN, created_at=AT, keys=folder / "keys")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "keys" not in path.parts
    }


def test_the_same_plan_makes_the_same_bytes(made, tmp_path) -> None:
    shutil.copytree(made.at.folder / "keys", tmp_path / "keys")
    make_ward(tmp_path, PLAN, created_at=AT, keys=tmp_path / "keys")
    first = {name: data for name, data in files_of(made.at.folder).items() if "0002" not in name}
    assert files_of(tmp_path) == first


@pytest.mark.parametrize("kind", list(FeedKind))
def test_both_feeds_are_vouched_for(made, kind) -> None:
    folder = made.at.tax_feed if kind is FeedKind.TAX else made.at.resident_feed
    manifest = read_signed_manifest(folder, public_key(made.at.folder / "keys", kind))
    assert (manifest.kind, manifest.mode, manifest.generation) == (kind, FeedMode.FULL, 1)
    assert {file.name: file.rows for file in manifest.files} == (
        {"assessments.csv": made.assessments, "collections.csv": made.collections}
        if kind is FeedKind.TAX
        else {"residents.csv": made.people, "card_certificates.csv": made.certificates}
    )


def test_holds_and_cards_are_what_their_readers_take(made) -> None:
    holds = [msgspec.json.decode(line, type=Hold) for line in made.at.holds.read_bytes().splitlines()]
    assert len(holds) == made.holds > 0
    cards = msgspec.json.decode(made.at.cards.read_bytes(), type=list[DemoCard])
    assert cards[0].label == "給与のみ・完納"
    assert len({card.serial for card in cards}) == len(cards) > 200
    assert all(len(card.pin) == 4 for card in cards)


def test_a_ward_is_never_made_over_another(made) -> None:
    before = files_of(made.at.folder)
    with pytest.raises(FileExistsError):
        make_ward(made.at.folder, PLAN, created_at=AT, keys=made.at.folder / "keys")
    assert files_of(made.at.folder) == before


@pytest.mark.storage
def test_issuing_takes_the_full_feeds_and_then_the_differences(made, system_database) -> None:
    """The two sides of the contract meet: what the ward writes is what `issuing` accepts, to the last row."""
    database = system_database("issuing")
    keys = {kind: public_key(made.at.folder / "keys", kind) for kind in FeedKind}
    following = make_difference(
        made.at.folder, PLAN, next_day=date(2026, 11, 21), created_at=AT, keys=made.at.folder / "keys"
    )
    for at in (made.at, following):
        for folder in (at.tax_feed, at.resident_feed):
            report = import_feed(
                lambda: psycopg.connect(database.owner_url),
                folder,
                keys=keys,
                municipality_code=PLAN.municipality.code,
                now=AT,
                actor="test",
            )
            assert report.outcome is ImportOutcome.ACTIVATED, report


def test_memory_does_not_grow_with_the_ward(tmp_path) -> None:
    """20,000 people weigh as much as 2,000: the ward is streamed. Each in its own process, largest resident size."""
    program = (
        "import resource, sys; from datetime import date; from kofu.ward.people import *;"
        "plan = WardPlan(municipality=Municipality(code='139998', name='W'), seed=1, size=int(sys.argv[1]),"
        " day=date(2026, 11, 20));"
        "n = sum(1 for _ in population(plan)); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    sizes = [
        int(subprocess.run([sys.executable, "-c", program, str(n)], capture_output=True, check=True).stdout)
        for n in (2_000, 20_000)
    ]
    assert sizes[1] < sizes[0] + 10 * 1024


@pytest.mark.font
def test_variant_names_walk_through_every_sequence_of_the_font_in_a_shinjuku_sized_ward() -> None:
    from kofu.platform.fonts import find_font

    sequences = sequences_of(find_font())
    assert len(sequences) > 11_000
    assert len(set(sequences)) == len(sequences)
    assert (len(sequences) // 3 + 1) * 25 < 350_000


@pytest.mark.font
def test_exactly_the_names_meant_to_be_undrawable_are() -> None:
    """Whoever else is refused for a character would be a fault of the ward, or of the glyph check."""
    from kofu.platform.fonts import find_font, read_font

    font = find_font()
    coverage = GlyphCoverage(read_font(font))
    meant = {NameShape.OTHER_COLLECTION, NameShape.PRIVATE_USE}
    refused: set[NameShape] = set()
    for person in population(replace(PLAN, size=3000, font=font)):
        name, address = str(person.resident[5]), str(person.resident[10])
        assert coverage.check(address) == ()
        undrawable = coverage.check(name)
        assert bool(undrawable) == (person.shape.name in meant)
        if undrawable:
            refused.add(person.shape.name)
    assert refused == meant
