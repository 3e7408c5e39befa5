"""ledger.daily_feed: tonight's tax feed is there as a whole, or yesterday's stays the newest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.contracts.feed import FeedMode
from kofu.ledger.feed.daily_feed import Night, write_daily_feed
from kofu.platform.feeds import Row
from kofu.platform.signed_manifests import read_signed_manifest
from kofu.ward.people import Municipality, WardPlan, population

KEY = Ed25519PrivateKey.generate()
WARD = Municipality(code="139998", name="東京都見本区")


def night(generation: int) -> Night:
    return Night(
        municipality_code=WARD.code,
        generation=generation,
        base_generation=generation - 1 or None,
        business_date=date(2026, 11, 20),
        created_at=datetime(2026, 11, 20, 17, tzinfo=UTC),
    )


def lines(rows: Iterable[Row]) -> Iterator[bytes]:
    for row in rows:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue().encode()


@pytest.mark.parametrize(("generation", "mode"), [(1, FeedMode.FULL), (2, FeedMode.DIFFERENCE)])
def test_lines_are_streamed_into_a_signed_feed(tmp_path, generation, mode) -> None:
    people = list(population(WardPlan(municipality=WARD, seed=1, size=30, day=date(2026, 11, 20))))
    write_daily_feed(
        tmp_path / "feed",
        night(generation),
        assessments=lines(row for person in people for row in person.assessments),
        collections=lines(row for person in people for row in person.collections),
        key=KEY,
    )
    manifest = read_signed_manifest(tmp_path / "feed", KEY.public_key())
    assert (manifest.mode, manifest.generation) == (mode, generation)
    assert [file.rows for file in manifest.files] == [
        sum(len(person.assessments) for person in people),
        sum(len(person.collections) for person in people),
    ]


def failing_lines() -> Iterator[bytes]:
    raise ConnectionError("the ledger's cursor broke off")
    yield b""


def test_lines_that_break_off_leave_no_feed(tmp_path) -> None:
    with pytest.raises(ConnectionError):
        write_daily_feed(tmp_path / "feed", night(1), assessments=failing_lines(), collections=[], key=KEY)
    assert list(tmp_path.iterdir()) == []
