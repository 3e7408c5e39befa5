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

BESIDE = ("typst", "weasyprint")
NOISE = 1.3
"""Ratios of the same code on the same machine lie within this factor of each other, also beside other work."""


def ratios(figures: Mapping[str, Any]) -> dict[str, float]:
    """Give what is compared, each so that more is slower: kofu beside the floor and other engines, the last look.

    An engine that is not installed is not in it.
    """
    kofu, look = float(figures["milliseconds_each"]["kofu"]), float(figures["last_look_milliseconds"])
    found = {"a paper, beside the floor": float(figures["times_the_floor"])}
    for engine, slower in figures["times_slower"].items():
        if engine in BESIDE:
            found[f"a paper, beside {engine}"] = 1 / float(slower)
            found[f"the last look, beside {engine}"] = look / (kofu * float(slower))
    return found


def slower(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say what became slower beyond noise, of what both measured."""
    before = ratios(kept)
    return [
        f"{what}: {ratio / before[what]:.2f} times what it was"
        for what, ratio in ratios(now).items()
        if what in before and ratio > before[what] * NOISE
    ]


def missing(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the engines nothing was compared with, and where they are missing."""
    places = {"in what was kept": kept, "here": now}
    return [
        f"{engine} is not measured {where} ({figures['milliseconds_each'].get(engine, 'unknown')})"
        for engine in BESIDE
        for where, figures in places.items()
        if engine not in figures["times_slower"]
    ]


def main() -> None:
    """Measure, compare, say; ends with 1 where something became slower."""
    kept = json.loads((RESULTS / "engines.json").read_text(encoding="utf-8"))
    now = measure("engines", MEASUREMENTS["engines"].words(Size.USUAL))
    if now is None:
        raise SystemExit("the making of a paper could not be measured")
    for one in missing(kept, now):
        print(f"NOT compared: {one}")
    if found := slower(kept, now):
        raise SystemExit("slower than it was: " + "; ".join(found))
    print("no slower than it was: " + ", ".join(f"{what} {ratio:.3g}" for what, ratio in ratios(now).items()))


if __name__ == "__main__":
    main()
