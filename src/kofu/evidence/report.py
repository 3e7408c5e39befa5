"""The evidence as one report: every sentence with its looks and what was written down, as values and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kofu.core.calendar import in_japan
from kofu.core.system_names import SYSTEM_NAMES
from kofu.evidence.domain.promises import EvidenceCheck, Promise, PromiseTable
from kofu.evidence.domain.standing import (
    EvidenceVerdict,
    KeptEntry,
    KeptState,
    TakenLook,
    kept_state,
    worst,
)

#: In whose database looks at a system are kept, and on whose page they stand: the neighbours' with the certificates'.
KEEPERS = {"ledger": "ledger", "issuing": "issuing", "registry": "issuing", "center": "issuing", "kiosk": "issuing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One look at one system: the check, the system's name, the last look (None: nobody looked yet)."""

    check: EvidenceCheck
    system: str
    last: TakenLook | None

    @property
    def system_name(self) -> str:
        """Name of the system in Japanese."""
        return SYSTEM_NAMES[self.system].short

    @property
    def verdict(self) -> EvidenceVerdict:
        """What the last look found; what nobody looked at was not seen."""
        return self.last.finding.verdict if self.last else EvidenceVerdict.NOT_SEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseLine:
    """A sentence with what stands behind it. `verdict` None: no software looks; `kept` None: nothing by hand."""

    promise: Promise
    looks: tuple[CheckLine, ...]
    verdict: EvidenceVerdict | None
    kept: KeptState | None
    entry: KeptEntry | None

    @property
    def last_looked_at(self) -> datetime | None:
        """The oldest of its last looks: the sentence as a whole was seen no later."""
        seen = [line.last.looked_at for line in self.looks if line.last is not None]
        return min(seen) if seen else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReport:
    """Every sentence, as it stood at an instant (aware)."""

    source: str
    municipality: str
    specimen: bool
    made_at: datetime
    lines: tuple[PromiseLine, ...]

    def count(self, verdict: EvidenceVerdict) -> int:
        """Count the sentences with a verdict."""
        return sum(line.verdict is verdict for line in self.lines)

    def count_kept(self, state: KeptState) -> int:
        """Count what is written down by hand, by how it stands."""
        return sum(line.kept is state for line in self.lines)


def lines_of(
    table: PromiseTable, looks: Iterable[TakenLook], kept: Mapping[int, KeptEntry], today: date
) -> tuple[PromiseLine, ...]:
    """Put the table, the last looks and what was written down together."""
    last = {(one.code, one.system): one for one in looks}
    return tuple(_line(table, promise, last, kept.get(promise.number), today) for promise in table.promises)


def verdict_of(looks: Sequence[CheckLine]) -> EvidenceVerdict | None:
    """Give how a sentence stands by its looks; None where no software looks."""
    return worst(one.verdict for one in looks) if looks else None


def _line(
    table: PromiseTable,
    promise: Promise,
    last: Mapping[tuple[str, str], TakenLook],
    entry: KeptEntry | None,
    today: date,
) -> PromiseLine:
    looks = tuple(
        CheckLine(check=check, system=system, last=last.get((check.code, system)))
        for check in map(table.check, promise.checks)
        for system in check.systems
    )
    return PromiseLine(
        promise=promise,
        looks=looks,
        verdict=verdict_of(looks),
        kept=kept_state(entry, today) if promise.kept_in else None,
        entry=entry,
    )


def as_json(report: EvidenceReport) -> bytes:
    """Write the report for other programs; instants in Japan's time with their zone."""
    return (json.dumps(_object(report), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _object(report: EvidenceReport) -> dict[str, object]:
    return {
        "format": "kofu-evidence/1",
        "source": report.source,
        "municipality": report.municipality,
        "specimen": report.specimen,
        "made_at": in_japan(report.made_at).isoformat(timespec="seconds"),
        "promises": [_promise_object(line) for line in report.lines],
    }


def _promise_object(line: PromiseLine) -> dict[str, object]:
    promise = line.promise
    return {
        "number": promise.number,
        "section": promise.section,
        "words": promise.words,
        "control": promise.control,
        "responsible": promise.responsible,
        "coverage": promise.coverage.value,
        "lacks": promise.lacks,
        "verdict": line.verdict.value if line.verdict else None,
        "looks": [
            {
                "check": one.check.code,
                "asks": one.check.asks,
                "system": one.system,
                "verdict": one.verdict.value,
                "found": one.last.finding.found if one.last else "",
                "looked_at": in_japan(one.last.looked_at).isoformat(timespec="seconds") if one.last else None,
            }
            for one in line.looks
        ],
        "kept_by_hand": _kept_object(line),
    }


def _kept_object(line: PromiseLine) -> dict[str, object] | None:
    if line.promise.kept_in is None or line.kept is None:
        return None
    entry = line.entry
    return {
        "what": line.promise.kept_in.what,
        "months": line.promise.kept_in.months,
        "state": line.kept.value,
        "kept_on": entry.kept_on.isoformat() if entry else None,
        "next_due": entry.next_due.isoformat() if entry else None,
        "person": entry.person if entry else "",
        "place": entry.place if entry else "",
    }
