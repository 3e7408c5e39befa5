"""What the guide to measuring quotes is what was kept: a figure measured anew is written there anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GUIDE = " ".join((ROOT / "docs" / "how-to" / "measure.md").read_text(encoding="utf-8").split())


def kept(name: str) -> Any:
    return json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text(encoding="utf-8"))


def test_the_soak_is_quoted_as_it_was_measured() -> None:
    soak = kept("soak")
    readings = soak["readings"]
    memory = [reading["memory_mb"] for reading in readings]
    assert {reading["handles"] for reading in readings} == {readings[0]["handles"]}
    assert soak["flat"]
    assert (
        f"The kept figures are of {soak['certificates']:,} certificates: from {min(memory):.0f} to {max(memory):.0f} MB"
        f" in four processes, unchanged over the last half, and {readings[0]['handles']} handles all the time." in GUIDE
    )
    assert {reading["processes"] for reading in readings} == {4}


def test_a_whole_wards_ledger_is_quoted_as_it_was_measured() -> None:
    ledger = kept("ledger-whole")
    rows = {
        "taken over from the feeds": f"{ledger['taken_over_seconds']:.0f} s",
        "a night of 100,000 payments, matched and posted": f"{ledger['night_seconds']} s",
        "memory of the posting process": f"{ledger['peak_megabytes']} MB",
    }
    for row, figure in rows.items():
        assert f"| {row} | {figure} |" in GUIDE
    page = ledger["person_page"]
    assert (
        f"{page['milliseconds_p50']} ms (p50), {page['milliseconds_p99']} ms (p99); the slowest of twenty right after a"
        f" night {page['milliseconds_max_before_them']} ms" in GUIDE
    )
    millions = [ledger[name] / 1_000_000 for name in ("notices", "installments", "transfers")]
    assert "{:.1f} million notices, {:.1f} million 期別, {:.0f} million transfers".format(*millions) in GUIDE
    times = kept("ledger_payments-whole")["dearest_to_cheapest"]
    assert re.search(rf"the dearest size takes {times} times", GUIDE)
