"""Judges what a night states against the nights before it: figures beside their bounds, and who notices belong to.

Load → decide: figures are read in the night's own snapshot, `kofu.judgement` decides. What cannot be fails the run like
a row that cannot be; what is only doubtful holds it until two people have looked (`held_nights`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg

from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.errors import OurFault
from kofu.core.gates import FeedGates
from kofu.judgement.change import WARNING_PREFIX, figures_of
from kofu.judgement.findings import Figure, Severity
from kofu.judgement.identity import NamedRow, judge_names
from kofu.ledger.feed import feed_figures
from kofu.ledger.feed.domain.held_nights import digest_of, unexplained

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedNight:
    """Which night is judged: its generation and day, and the generation it is compared with."""

    municipality_code: str
    generation: int
    before: int
    business_date: date


@dataclass(frozen=True, slots=True)
class NightFigures:
    """The figures of a night beside those before; `sha256` stands for exactly these, of this day."""

    figures: tuple[Figure, ...]
    sha256: str

    @property
    def values(self) -> dict[str, int]:
        """The night's own figures by name, as they are kept with its generation."""
        return {figure.name: figure.after for figure in self.figures}

    @property
    def doubtful(self) -> bool:
        """Whether two people must look before anything leaves."""
        return any(figure.out_of_bounds for figure in self.figures)


def judge_figures(
    connection: psycopg.Connection,
    night: JudgedNight,
    after: Mapping[str, int],
    *,
    warnings: Mapping[str, int],
    rows: int,
    gates: FeedGates,
) -> NightFigures:
    """Judge the state of a night whose changes are marked. `after`: its figures; `warnings`: by rule, among `rows`.

    Raises `OurFault` `judged …` where notices changed their person without a 統合, or names were moved between people.
    """
    code = night.municipality_code
    notices = after["resident_notices"] + after["light_vehicle_notices"]
    moves = feed_figures.moved_notices(connection, code, night.generation)
    strangers = unexplained(moves, feed_figures.approved_merges(connection, code) if moves else ())
    if strangers:
        raise _impossible("notice_changed_person", COLLECTIONS.file_name, strangers)
    compared, unequal = feed_figures.unequal_names(connection, code, night.generation)
    names = judge_names(
        (
            NamedRow(
                place=place,
                file=ASSESSMENTS.file_name,
                line=None,
                column="name_at_assessment",
                name=one.name,
                known=one.known,
            )
            for place, one in enumerate(unequal)
        ),
        compared=compared,
        gates=gates,
    )
    if any(finding.severity is Severity.HARD for finding in names.findings):
        raise _impossible("names_do_not_fit", ASSESSMENTS.file_name, len(names.misfits))
    happened = {
        "removed": feed_figures.count_removed(connection, code, night.generation),
        "notices_changed_person": len(moves),
        "names_misfit": len(names.misfits),
        "names_changed": names.changed,
    }
    among = {
        "removed": after["assessments"] + notices,
        "notices_changed_person": notices,
        "names_misfit": compared,
        "names_changed": compared,
    }
    warned = {f"{WARNING_PREFIX}{rule}": count for rule, count in warnings.items()}
    before = feed_figures.figures_of_generation(connection, code, night.before)
    week_before = feed_figures.recorded_figures(connection, code, night.business_date - WEEK)
    figures = tuple(
        figures_of(
            {**after, **happened, **warned},
            before or None,
            week_before,
            gates,
            among=among | dict.fromkeys(warned, rows),
        )
    )
    said = [(one.name, one.after, one.before, one.week_before) for one in figures]
    return NightFigures(figures, digest_of(code, night.business_date, night.before, said))


def _impossible(rule: str, file: str, count: int) -> OurFault:
    return OurFault(
        f"judged {rule} {file} {count}", f"{file}: {count} rows say what can never be ({rule}); nothing was sent"
    )
