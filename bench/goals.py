"""What is aimed at, beside what was measured last: docs/measured.md and its chart, from the kept figures alone.

    python -m bench.goals

`bench.run` writes both anew whenever it keeps a figure. A goal nothing measures yet stands there as not measured.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
WHOLE = "-whole"  # behind the name of a measurement of a whole ward
PAGE, CHART = ROOT / "docs" / "measured.md", ROOT / "docs" / "pictures" / "measured.svg"


class Side(Enum):
    """On which side of its goal a figure should lie."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that is aimed at. `file` and `path` name where it was kept, no file that nothing measures it.

    `records`: how many the goal is about, where another number may have been measured; the figure is what they would
    take at the rate measured. `people`: how many it is about; where fewer were measured, the page says so.
    """

    what: str
    side: Side
    value: float
    unit: str
    file: str = ""
    path: tuple[str, ...] = ()
    records: int = 0
    people: int = 0

    def text(self) -> str:
        """Word the goal."""
        return f"{self.side.value} {self.value:g} {self.unit}".rstrip()

    def figure_in(self, kept: Mapping[str, Any]) -> float:
        """Find the figure among those of a measurement. Raises `KeyError` where there is none."""
        figure = float(_at(kept, self.path))
        return round(figure * self.records / int(kept["records"]), 1) if self.records else figure


@dataclass(frozen=True, slots=True)
class Measured:
    """A goal and the figure kept for it. `day`: when it was measured; `beside`: whether other work ran then."""

    goal: Goal
    figure: float | None = None
    day: date | None = None
    beside: bool = False
    people: int = 0  # where they were fewer than the goal is about

    @property
    def met(self) -> bool:
        """Whether the figure is known, of as many people as the goal is about, and on the right side."""
        return not self.people and self.on_its_side

    @property
    def on_its_side(self) -> bool:
        """Whether the figure is known and on the right side."""
        if self.figure is None:
            return False
        if self.goal.side is Side.AT_LEAST:
            return self.figure >= self.goal.value
        return self.figure <= self.goal.value

    @property
    def times_better(self) -> float:
        """How many times better than its goal the figure is; below 1 it is worse."""
        if self.figure is None:
            raise ValueError(f"{self.goal.what}: nothing was measured")
        if not self.goal.value or not self.figure:  # nothing is aimed at, or there is nothing
            return 1.0 if self.met else 0.0
        return self.figure / self.goal.value if self.goal.side is Side.AT_LEAST else self.goal.value / self.figure

    def verdict(self) -> str:
        """Word whether the goal is met."""
        if self.figure is None:
            return "not measured"
        if self.on_its_side:
            return "met with fewer people" if self.people else "met"
        return "NOT met"


GOALS = (
    Goal("a signed certificate, beside WeasyPrint + pyHanko", Side.AT_LEAST, 250, "× faster", "engines",
         ("signed", "times_slower", "weasyprint + pyHanko")),
    Goal("a signed certificate, beside typst + pyHanko", Side.AT_LEAST, 30, "× faster", "engines",
         ("signed", "times_slower", "typst + pyHanko")),
    Goal("the same, beside the least that any way must do", Side.AT_MOST, 5, "×", "engines",
         ("signed", "times_the_floor")),
    Goal("the last look", Side.AT_MOST, 0.6, "ms", "engines", ("last_look_milliseconds",)),
    Goal("a signature (PAdES, P-256), over the signature alone", Side.AT_MOST, 0.1, "ms", "engines",
         ("signature_milliseconds_over_raw",)),
    Goal("of 10,000 mixed papers laid out by typst", Side.AT_MOST, 0, "", "engines", ("mixed_papers", "typst")),
    Goal("released certificates, through TLS, last look, journal and record", Side.AT_LEAST, 400, "/s/core", "issue",
         ("per_core_second",)),
    Goal("an answer to one client, p50", Side.AT_MOST, 4, "ms", "latency", ("one_client_ms_p50",)),
    Goal("an answer at 100 a second, p99", Side.AT_MOST, 15, "ms", "latency", ("paced_ms_p99",)),
    Goal("an answer with 10 M people, beside 10,000", Side.AT_MOST, 1.2, "×", "latency-whole", ("many_people_times",),
         people=10_000_000),
    Goal("1.4 M rows checked and taken in, beside a bare COPY", Side.AT_MOST, 3, "×", "import_feed", ("ratio",)),
    Goal("a difference of 14,000 rows checked and taken in to 1.4 M", Side.AT_MOST, 3, "s", "import_feed",
         ("difference_seconds",)),
    Goal("a feed of 1.4 M records out of the ledger", Side.AT_MOST, 60, "s", "feed_out-whole",
         ("nights", "0", "seconds"), records=1_400_000),
    Goal("a person's page in a whole ward's ledger, p99", Side.AT_MOST, 30, "ms", "ledger-whole",
         ("person_page", "milliseconds_p99")),
    Goal("a night of 100,000 payments in a whole ward's ledger", Side.AT_MOST, 60, "s", "ledger-whole",
         ("night_seconds",)),
    Goal("memory of a process that posts them", Side.AT_MOST, 300, "MB", "ledger-whole", ("peak_megabytes",)),
    Goal("memory of a process that issues", Side.AT_MOST, 300, "MB", "latency", ("worker_megabytes",)),
)  # fmt: skip


def judged(name: str, figures: Mapping[str, Any]) -> list[Measured]:
    """Hold the figures of a measurement against the goals that are about it, at whatever size it was made."""
    of_name = [goal for goal in GOALS if goal.file in {name, f"{name}{WHOLE}"}]
    return [Measured(goal, goal.figure_in(figures)) for goal in of_name if _has(figures, goal.path)]


def _has(figures: Mapping[str, Any], path: Sequence[str]) -> bool:
    """Whether a figure was measured: an engine that is not installed has a word in its place, or nothing."""
    try:
        float(_at(figures, path))
    except (KeyError, ValueError):
        return False
    return True


def measured(results: Path, goals: Sequence[Goal] = GOALS) -> list[Measured]:
    """Find the figure kept for each goal. Raises `KeyError` where a kept file has no such figure."""
    found = []
    for goal in goals:
        path = results / f"{goal.file}.json"
        if not goal.file or not path.exists():
            found.append(Measured(goal))
            continue
        kept = json.loads(path.read_text(encoding="utf-8"))
        day = datetime.fromisoformat(kept["measured_at"]).date()
        beside = kept.get("load_before", 0) > kept["processors"]
        people = int(kept["many_people"]) if goal.people else 0
        found.append(Measured(goal, goal.figure_in(kept), day, beside, people if people < goal.people else 0))
    return found


def _at(kept: Any, path: Sequence[str]) -> Any:
    for step in path:
        kept = kept[int(step)] if isinstance(kept, list) else kept[step]
    return kept


def waits_for_the_disk(results: Path) -> str:
    """Word how long the disk took beside the answers; nothing where it was not measured."""
    path = results / "latency.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if "disk_ms_p50" not in kept:
        return ""
    return (
        "An answer waits twice until the disk has what it was given, the request and the release. Where the answers"
        f" were\nmeasured, the disk took {kept['disk_ms_p50']:g} ms for a page (p50), {kept['disk_ms_p99']:g} ms (p99)."
    )


def pace_of(results: Path) -> str:
    """Word how fast the machine was while it was measured; nothing where no kept figure says so."""
    files = {path for goal in GOALS if goal.file and (path := results / f"{goal.file}.json").exists()}
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    paces = sorted(one["pace_ms"] for one in kept if "pace_ms" in one)
    if not paces:
        return ""
    return (
        f"A fixed piece of work (`bench.pace`) took {paces[0]:g} to {paces[-1]:g} ms of the processor when these were"
        " measured: on another\nmachine, by another Python, or an hour later a figure in milliseconds is another one."
    )


def remarks(results: Path) -> str:
    """What stands below the table."""
    return "\n\n".join(filter(None, (waits_for_the_disk(results), pace_of(results))))


def page(found: Sequence[Measured], remark: str = "") -> str:
    """Word the page. `remark`: what stands below the table."""
    met = sum(one.met for one in found)
    known = sum(one.figure is not None for one in found)
    lines = [
        "# What is aimed at, and what was measured",
        "",
        "Written by `make bench` from the figures it keeps in `bench/results/`; how they come about is said in",
        "[measure kofu](how-to/measure.md).",
        f"Of {len(found)} goals {met} are met, {known - met} are not, and {len(found) - known} nothing measures yet.",
        "",
        "![Each figure beside its goal](pictures/measured.svg)",
        "",
        "| | goal | measured | | on |",
        "|---|---|---|---|---|",
    ]
    for one in found:
        figure = "" if one.figure is None else f"{one.figure:g} {one.goal.unit}".rstrip()
        day = "" if one.day is None else f"{one.day}{', beside other work' if one.beside else ''}"
        day += f", with {one.people:,} people" if one.people else ""
        lines.append(f"| {one.goal.what} | {one.goal.text()} | {figure} | {one.verdict()} | {day} |")
    return "\n".join([*lines, *(["", remark] if remark else [])]) + "\n"


WIDTH, ROW, TOP, LEFT, RIGHT = 860, 26, 34, 400, 60  # px
TIMES_MAX = 10.0  # the chart reaches from a tenth of a goal to ten times it
FONT = "font-family='sans-serif' font-size='12'"


def chart(found: Sequence[Measured]) -> str:
    """Draw each figure that is known as a bar from its goal: to the right it is better, to the left worse."""
    bars = [one for one in found if one.figure is not None]
    middle, span = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2
    height = TOP + ROW * len(bars) + 10
    size = f"width='{WIDTH}' height='{height}' viewBox='0 0 {WIDTH} {height}'"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} role='img' aria-label='Each figure beside its goal'>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
    ]

    def at(times: float) -> float:
        return middle + span * math.log10(times) / math.log10(TIMES_MAX)

    for times, word in ((0.1, "10 × worse"), (1.0, "goal"), (10.0, "10 × better")):
        x = at(times)
        parts.append(f"<line x1='{x:.1f}' y1='{TOP - 8}' x2='{x:.1f}' y2='{height - 8}' stroke='#8a8f98'/>")
        parts.append(f"<text x='{x:.1f}' y='{TOP - 14}' text-anchor='middle' fill='#1d2430' {FONT}>{word}</text>")
    for place, one in enumerate(bars):
        y = TOP + ROW * place
        end = at(min(max(one.times_better, 1 / TIMES_MAX), TIMES_MAX))
        left, right = min(middle, end), max(middle, end)
        colour = "#1b7a43" if one.met else "#b3261e"
        figure = f"{one.figure:g} {one.goal.unit}"
        beside, anchor = (right + 6, "start") if one.met else (left - 6, "end")
        if anchor == "end" and left - LEFT < len(figure) * 7:
            beside, anchor = (right + 6, "start")
        parts.append(
            f"<text x='{LEFT - 12}' y='{y + 15}' text-anchor='end' fill='#1d2430' {FONT}>{escape(one.goal.what)}</text>"
        )
        parts.append(
            f"<rect x='{left:.1f}' y='{y + 4}' width='{max(right - left, 2):.1f}' height='15' fill='{colour}'/>"
        )
        parts.append(
            f"<text x='{beside:.1f}' y='{y + 16}' text-anchor='{anchor}' fill='#1d2430' {FONT}>{escape(figure)}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def write(results: Path = RESULTS) -> None:
    """Write page and chart."""
    found = measured(results)
    PAGE.write_text(page(found, remarks(results)), encoding="utf-8")
    CHART.write_text(chart(found), encoding="utf-8")


if __name__ == "__main__":
    write()
