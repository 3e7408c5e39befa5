"""Run the clauses one after another and say of each whether it was kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from kofu.conformance import lines, prints, requests
from kofu.conformance.asking import Asking, Broken, open_client
from kofu.conformance.clauses import Clause
from kofu.conformance.plan import ConformancePlan
from kofu.platform.tls import TlsFiles

CLAUSES: tuple[Clause, ...] = (*lines.CLAUSES, *requests.CLAUSES, *prints.CLAUSES)


class ClauseResult(msgspec.Struct, frozen=True):
    """How one clause ended. `seen` is empty where it was kept."""

    clause: str
    rule: str
    kept: bool
    seen: str
    seconds: float


class ConformanceReport(msgspec.Struct, frozen=True):
    """How all of them ended."""

    server: str
    findings: tuple[ClauseResult, ...]

    @property
    def conforms(self) -> bool:
        """Whether every clause was kept."""
        return all(finding.kept for finding in self.findings)


def run(
    url: str,
    plan: ConformancePlan,
    tls: TlsFiles,
    *,
    on_result: Callable[[ClauseResult], None] = lambda _: None,
    only: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ConformanceReport:
    """Put the server at `url` through all clauses, or through those whose name begins with `only`.

    `said` hears of each at once; `clock` must agree with the server's to a second, since deadlines are instants.
    """
    findings = []
    with open_client(url, tls) as client:
        asking = Asking(url, plan, tls, client, clock)
        for clause in CLAUSES:
            if not clause.name.startswith(only):
                continue
            began = time.monotonic()
            try:
                clause.check(asking)
                seen = ""
            except Broken as broken:
                seen = str(broken)
            finding = ClauseResult(clause.name, clause.rule, not seen, seen, round(time.monotonic() - began, 3))
            on_result(finding)
            findings.append(finding)
    return ConformanceReport(url, tuple(findings))
