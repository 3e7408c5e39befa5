"""Fail where the making of a paper became slower than it was, measured against others that did not change.

    python -m bench.gate

Only ratios are compared, taken in pairs in turn in one run: another machine, or a busy one, changes both sides of each.
What is kept in `bench/results/engines.json` is what it was. `make check-slow` ends with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.goals import RESULTS
from bench.run import MEASUREMENTS, Size, measure

NOISE = 1.3
"""Ratios of the same code on the same machine lie within this factor of each other, also beside other work."""


def ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """Give what is compared, each so that more is slower: kofu beside the floor and other engines, the last look."""
    kofu, slower = float(figures["milliseconds_each"]["kofu"]), figures["times_slower"]
    return {
        "a paper, beside the floor": float(figures["times_the_floor"]),
        "a paper, beside typst": 1 / float(slower["typst"]),
        "a paper, beside WeasyPrint": 1 / float(slower["weasyprint"]),
        "the last look, beside WeasyPrint": float(figures["last_look_milliseconds"]) / (kofu * slower["weasyprint"]),
    }


def slower(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say what became slower beyond noise."""
    before = ratios(kept)
    return [
        f"{what}: {ratio / before[what]:.2f} times what it was"
        for what, ratio in ratios(now).items()
        if ratio > before[what] * NOISE
    ]


def main() -> None:
    """Measure, compare, say; ends with 1 where something became slower."""
    kept = json.loads((RESULTS / "engines.json").read_text(encoding="utf-8"))
    now = measure("engines", MEASUREMENTS["engines"].words(Size.USUAL))
    if now is None:
        raise SystemExit("the making of a paper could not be measured")
    if found := slower(kept, now):
        raise SystemExit("slower than it was: " + "; ".join(found))
    print("no slower than it was: " + ", ".join(f"{what} {ratio:.3g}" for what, ratio in ratios(now).items()))


if __name__ == "__main__":
    main()
