"""The gates before activation: what the load made of the database is judged before anybody can read it (P6).

Load → decide → store: the new state and yesterday's are read inside the load's transaction, `kofu.judgement` decides,
and rows to look at are stored with the generation they belong to. What follows from the verdict is `import_feed`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

import psycopg

from kofu.contracts.announcement import Announcement, announces
from kofu.contracts.feed import FeedKind, FeedMode, Manifest
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS, tables_of
from kofu.core.gates import USUAL_GATES, FeedGates
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.issuing.feeds import (
    exchange_store,
    finding_store,
    handing_store,
    judgement_store,
    state_store,
    withheld_store,
)
from kofu.issuing.feeds.feed_positions import FeedPosition
from kofu.issuing.feeds.feed_problems import FIRST_PROBLEMS
from kofu.issuing.feeds.feed_store import Load
from kofu.issuing.feeds.row_judge import Coverage, RowJudge, RowMark, RowRules
from kofu.judgement.change import WARNING_PREFIX, figures_of
from kofu.judgement.exchange import handed_along, on_a_ring
from kofu.judgement.findings import Finding, Severity, verdict_of
from kofu.judgement.identity import RENAMED, NamedRow, PersonChange, judge_names, judge_people
from kofu.judgement.judgement import FeedDoubt, Judgement, SampleReport
from kofu.judgement.row_rules import broken_by_rows

PROTECTED = "protected_address_stated"

WEEK = timedelta(days=7)
#: (connection, load, how many, the feed's day) → what papers of both generations came to.
Sampler = Callable[[psycopg.Connection, Load, int, date], SampleReport]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What a feed is judged by: bounds, rules of single rows, what the font draws, how papers of a sample are made.

    `transposition`: which codes of 外字 are put as which characters before anything is judged.
    """

    gates: FeedGates = USUAL_GATES
    rules: RowRules = broken_by_rows
    coverage: Coverage | None = None
    sampler: Sampler | None = None
    transposition: TranspositionTables = NO_TABLES


@dataclass(slots=True, kw_only=True)
class Judge:
    """Judges one load. `position`: where its kind of feed stood before."""

    connection: psycopg.Connection
    manifest: Manifest
    load: Load
    position: FeedPosition
    rows: RowJudge
    judging: Judging
    announcement: Announcement | None

    def judge(self) -> Judgement:
        """Judge the load and store its rows to look at; the caller's transaction decides whether anything stays."""
        if self.manifest.mode is FeedMode.FULL:
            # the tables have no statistics of this load yet: a nested loop over all of them would take hours
            self.connection.execute("SET LOCAL enable_nestloop = off")
            self.connection.execute("SET LOCAL work_mem = '128MB'")  # whole tables are joined, never on the disk
        first = self.position.generation == 0
        recorded = self._recorded(timedelta(0))
        known = self._known_before(recorded)
        after, before = state_store.state_figures(self.connection, self.manifest.kind, self.load, known, first=first)
        happened, among, found = self._happenings(after, first=first)
        after |= happened
        if self.manifest.kind is FeedKind.TAX:
            after |= state_store.count_off_notices(self.connection, self.load, known)
        warned = {f"{WARNING_PREFIX}{rule}": count for rule, count in self.rows.warnings.items()}
        after |= warned
        among |= dict.fromkeys(warned, sum(file.rows for file in self.manifest.files))
        compared = None if first else {name: recorded[name] for name in after if name in recorded} | before
        figures = tuple(figures_of(after, compared, self._recorded(WEEK), self.judging.gates, among=among))
        sample = self._sample() if not first else None
        doubts = self._doubts(sample)
        findings = sorted((*found, *self.rows.findings), key=lambda one: _FIRST_TOLD.index(one.severity))
        counts = dict(self.rows.counts)
        for finding in found:
            counts[finding.rule] = counts.get(finding.rule, 0) + 1
        judgement = Judgement(
            verdict=verdict_of(findings, figures, held=[doubt.value for doubt in doubts]),
            figures=figures,
            findings=tuple(islice(findings, FIRST_PROBLEMS)),
            counts=counts,
            doubts=doubts,
            announced=self.announcement is not None,
            sample=sample,
        )
        holds = withheld_store.known_holds(self.connection, self.load)
        judgement_store.record_figures(self.connection, self.load, after | holds)
        self.connection.execute("SET LOCAL enable_nestloop = on")
        return judgement

    def _known_before(self, recorded: Mapping[str, int]) -> Mapping[str, int] | None:
        """Give what is on record of the state before where a difference can be counted on top of it, else None."""
        if self.manifest.mode is FeedMode.FULL:
            return None
        true = state_store.figures_still_true(self.connection, self.manifest.kind, self.load, recorded)
        return recorded if true else None

    def _recorded(self, back: timedelta) -> dict[str, int]:
        """Give what was recorded of the generation before (0 days), or of the same weekday a week before."""
        day = self.manifest.business_date - back if back else self.position.business_date
        if day is None:
            return {}
        return judgement_store.figures_of_generation(self.connection, self.load, self.manifest.kind, day)

    def _doubts(self, sample: SampleReport | None) -> tuple[FeedDoubt, ...]:
        found: list[FeedDoubt] = []
        position, manifest = self.position, self.manifest
        if (position.extracted_at is not None and manifest.extracted < position.extracted_at) or (
            position.business_date is not None and manifest.business_date < position.business_date
        ):
            found.append(FeedDoubt.STALE)
        if self.announcement is not None and not announces(self.announcement, manifest):
            found.append(FeedDoubt.ANNOUNCED_OTHERWISE)
        if self.announcement is None and self.judging.gates.announced:
            found.append(FeedDoubt.NOT_ANNOUNCED)
        if sample is not None and sample.failed:
            found.append(FeedDoubt.SAMPLE_FAILED)
        return tuple(found)

    def _sample(self) -> SampleReport | None:
        papers = self.judging.gates.sample
        if self.judging.sampler is None or papers == 0:
            return None
        return self.judging.sampler(self.connection, self.load, papers, self.manifest.business_date)

    # -- what happened between the two generations --------------------------------------------------------------------

    def _happenings(
        self, after: dict[str, int], *, first: bool
    ) -> tuple[dict[str, int], dict[str, int], tuple[Finding, ...]]:
        """Count what happened, say among how many, and find what cannot be."""
        happened: dict[str, int] = {}
        among: dict[str, int] = {}
        findings: list[Finding] = []
        kind, load = self.manifest.kind, self.load
        if not first:
            total = sum(after[name] for name in _ROWS_OF[kind])
            removed = judgement_store.count_removed(self.connection, kind, self.manifest.mode)
            gone = sum(judgement_store.count_gone(self.connection, table, load) for table in tables_of(kind))
            happened |= {"removed": removed} if removed else {"gone": gone}
            among |= {"removed": total, "gone": total}
            happened["gone_back"], among["gone_back"] = handing_store.count_gone_back(self.connection, kind, load)
            held_back = self._held_back(total)
            happened |= held_back[0]
            among |= held_back[1]
            findings += held_back[2]
            found = self._people(after) if kind is FeedKind.RESIDENT else self._taxes(after)
            happened |= found[0]
            among |= found[1]
            findings += found[2]
            rings = self._rings(total)
            happened |= rings[0]
            among |= rings[1]
            findings += rings[2]
        names = self._names()
        happened |= names[0]
        among |= names[1]
        findings += names[2]
        finding_store.close_findings(self.connection, kind, load)
        for table in tables_of(kind):
            finding_store.open_marks(self.connection, table, load, self.rows.marks.get(table.name, ()))
        finding_store.open_misfits(self.connection, load, names[3])
        return happened, among, tuple(findings)

    def _people(self, after: dict[str, int]) -> tuple[dict[str, int], dict[str, int], list[Finding]]:
        """Compare the registry with itself: serials, names, births."""
        serials = [
            _hard(
                "serial_changed_person", CARD_CERTIFICATES.file_name, line, "serial", "the serial was another person's"
            )
            for line in judgement_store.lines_of_moved_serials(self.connection, self.load)
        ]
        changes = [
            PersonChange(
                line=one.line,
                name=one.name,
                name_before=one.name_before,
                birth=one.birth,
                birth_before=one.birth_before,
                sex=one.sex,
                sex_before=one.sex_before,
            )
            for one in judgement_store.changed_people(self.connection, self.load)
        ]
        standing = sum(after[name] for name in _ROWS_OF[FeedKind.RESIDENT] if name != "certificates")
        validity = handing_store.lines_of_changed_validity(self.connection, self.load)
        people = judge_people(changes, people=standing, gates=self.judging.gates, file=RESIDENTS.file_name)
        renamed = [RowMark(line, RENAMED, "name") for place in people.renamed if (line := changes[place].line)]
        self.rows.marks.setdefault(RESIDENTS.name, []).extend(renamed)
        happened = {
            "residents_new": judgement_store.count_new_people(self.connection, self.load),
            "residents_renamed": len(people.renamed),
            "residents_rewritten": people.rewritten,
            "names_handed_on": len(people.handed_on),
            "residents_moved": judgement_store.count_changed(self.connection, RESIDENTS, "address", self.load),
            "births_changed": people.births_changed,
            "births_exchanged": len(people.births_exchanged),
            "name_and_birth_changed": len(people.doubtful),
            "certificate_dates_changed": len(validity),
        }
        doubted = [
            _doubted(rule, RESIDENTS.file_name, changes[place].line)
            for rule, places in (
                ("names_handed_on", people.handed_on),
                ("births_exchanged", people.births_exchanged),
                ("name_and_birth_changed", people.doubtful),
            )
            for place in places
        ]
        doubted += [_doubted("certificate_dates_changed", CARD_CERTIFICATES.file_name, line) for line in validity]
        return happened, dict.fromkeys(happened, standing), [*serials, *people.findings, *doubted]

    def _taxes(self, after: dict[str, int]) -> tuple[dict[str, int], dict[str, int], list[Finding]]:
        """Compare the taxes with themselves: whole rows, and notices, in other hands than yesterday."""
        findings = [
            _hard(
                "assessment_exchanged", ASSESSMENTS.file_name, line, None, "yesterday these facts were another person's"
            )
            for line in judgement_store.lines_of_exchanged_assessments(self.connection, self.load)
        ]
        moved = judgement_store.moved_notices(self.connection, self.load)
        ring = on_a_ring([(before, now) for _, before, now in moved])
        findings += [
            _hard(
                "notices_exchanged",
                COLLECTIONS.file_name,
                moved[place][0],
                "addressee_number",
                "people took each other's notices",
            )
            for place in ring
        ]
        notices = after["resident_notices"] + after["light_vehicle_notices"]
        addresses = judgement_store.count_changed(self.connection, ASSESSMENTS, "address_at_assessment", self.load)
        declared = judgement_store.count_changed(self.connection, ASSESSMENTS, "declaration", self.load)
        amounts = handing_store.lines_of_amounts_handed_on(self.connection, self.load)
        torn = handing_store.lines_of_assessments_taken(self.connection, self.load)
        taken = handing_store.lines_of_notices_taken(self.connection, self.load)
        of_notices = {"notices_changed_person": len(moved), "notices_taken": len(taken)}
        of_assessments = {
            "addresses_changed": addresses,
            "declaration_changed": declared,
            "amounts_handed_on": len(amounts),
            "assessments_taken": len(torn),
        }
        findings += [_doubted("amounts_handed_on", ASSESSMENTS.file_name, line) for line in amounts]
        findings += [_doubted("assessments_taken", ASSESSMENTS.file_name, line) for line in torn]
        findings += [_doubted("notices_taken", COLLECTIONS.file_name, line) for line in taken]
        among = dict.fromkeys(of_notices, notices) | dict.fromkeys(of_assessments, after["assessments"])
        return of_notices | of_assessments, among, findings

    def _held_back(self, total: int) -> tuple[dict[str, int], dict[str, int], list[Finding]]:
        """Find holds that ended unsaid, and rows that state where a protected person lives."""
        kind, load = self.manifest.kind, self.load
        vanished = withheld_store.count_vanished(self.connection, load, self._recorded(timedelta(0)))
        table, column, stated = withheld_store.protected_addresses(self.connection, kind, load)
        self.rows.marks.setdefault(table.name, []).extend(RowMark(line, PROTECTED, column) for line in stated)
        findings = [
            Finding(
                rule=PROTECTED,
                severity=Severity.ROW_HELD,
                file=table.file_name,
                line=line,
                column=column,
                sentence="of a person under 支援措置 an address that was not stated before",
            )
            for line in stated
        ]
        happened = {"holds_vanished": vanished, "protected_addresses_stated": len(set(stated.values()))}
        if kind is FeedKind.RESIDENT:
            unreleased = withheld_store.lines_of_unreleased(self.connection, load)
            happened["states_unreleased"] = len(unreleased)
            findings += [_doubted("states_unreleased", RESIDENTS.file_name, line) for line in unreleased]
        return happened, dict.fromkeys(happened, total), findings

    def _rings(self, total: int) -> tuple[dict[str, int], dict[str, int], list[Finding]]:
        """Find facts that went round among rows, and rows that left a state nobody leaves."""
        rings, finals = exchange_store.of_kind(self.manifest.kind)
        found: dict[str, set[tuple[str, int | None]]] = {}
        for one in rings:
            changed = exchange_store.changed_cells(self.connection, self.load, one)
            places = handed_along([(before, now) for _, before, now in changed])
            found.setdefault(one.figure, set()).update((one.table.file_name, changed[place][0]) for place in places)
        for final in finals:
            lines = exchange_store.lines_of_return(self.connection, self.load, final)
            found[final.figure] = {(final.table.file_name, line) for line in lines}
        happened = {figure: len(rows) for figure, rows in found.items()}
        doubted = [
            _doubted(figure, file, line)
            for figure, rows in found.items()
            for file, line in sorted(rows, key=lambda row: row[1] or 0)
        ]
        return happened, dict.fromkeys(happened, total), doubted

    def _names(
        self,
    ) -> tuple[dict[str, int], dict[str, int], list[Finding], list[judgement_store.UnequalRegistryName]]:
        """Compare the names of assessments with the registry's, in whichever order the two feeds come."""
        kind, load = self.manifest.kind, self.load
        file, column = (
            (ASSESSMENTS.file_name, "name_at_assessment") if kind is FeedKind.TAX else (RESIDENTS.file_name, "name")
        )
        compared = judgement_store.count_compared(self.connection, kind, load)
        unequal = judgement_store.unequal_names(self.connection, kind, load) if compared else []
        names = judge_names(
            (
                NamedRow(place=place, file=file, line=row.line, column=column, name=row.name, known=row.known)
                for place, row in enumerate(unequal)
            ),
            compared=compared,
            gates=self.judging.gates,
        )
        others = judgement_store.lines_of_others(self.connection, kind, load) if compared else []
        findings = [
            _hard("row_of_another", file, line, column, "name and address are those of another person of the registry")
            for line in others
        ]
        happened = {"names_misfit": len(names.misfits), "names_changed": names.changed}
        misfits = [unequal[place] for place in names.misfits]
        return happened, dict.fromkeys(happened, compared), [*findings, *names.findings], misfits


#: A feed's first findings are kept: those that decide go before those that do not.
_FIRST_TOLD = (Severity.HARD, Severity.ROW_HELD, Severity.WARNING)

#: What is said of each row that such a figure counts.
DOUBTED = {
    "names_handed_on": "yesterday another person bore this name",
    "certificate_dates_changed": "a certificate has other dates than it was issued with",
    "amounts_handed_on": "yesterday these amounts were another person's",
    "notices_taken": "whose notice it was still has the year's assessment",
    "assessments_taken": "it stood under another number, which still has other years or lives here",
    "states_unreleased": "who had moved out or was deleted lives here again, and no release was received",
    "births_exchanged": "people took each other's birth",
    "name_and_birth_changed": "name and birth or sex changed at once",
    "addresses_exchanged": "people took each other's address",
    "back_from_death": "who was dead is not any more",
    "certificates_back_from_revocation": "a revoked certificate is not revoked any more",
    "assessed_names_exchanged": "assessments took each other's name",
    "assessed_addresses_exchanged": "assessments took each other's address",
    "amounts_exchanged": "assessments took each other's amounts",
    "notice_amounts_exchanged": "notices took each other's amounts",
    "vehicles_exchanged": "notices took each other's vehicle",
}

#: The figures that say how many rows a feed has.
_ROWS_OF = {
    FeedKind.RESIDENT: (
        "residents",
        "residents_moving_out",
        "residents_moved_out",
        "residents_dead",
        "residents_deleted",
        "certificates",
    ),
    FeedKind.TAX: ("assessments", "resident_notices", "light_vehicle_notices"),
}


def _hard(rule: str, file: str, line: int | None, column: str | None, sentence: str) -> Finding:
    return Finding(rule=rule, severity=Severity.HARD, file=file, line=line, column=column, sentence=sentence)


def _doubted(figure: str, file: str, line: int | None) -> Finding:
    """Name a row of those a figure counts; the figure's bound holds the feed, so that people look at these rows."""
    sentence = DOUBTED[figure]
    return Finding(rule=figure, severity=Severity.WARNING, file=file, line=line, column=None, sentence=sentence)
