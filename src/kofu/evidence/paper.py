"""The assessor's paper: the report as PDF/A-1b, by the house's own press."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from kofu.core.calendar import in_japan
from kofu.core.errors import OurFault
from kofu.core.wareki import format_short
from kofu.evidence.domain.standing import EvidenceVerdict, KeptState
from kofu.evidence.report import EvidenceReport, PromiseLine
from kofu.platform.fonts import read_font
from kofu.press.engine import Press
from kofu.press.glyphs import GlyphCoverage

FORMS_ROOT = Path(__file__).resolve().parent / "forms"
FORM, VERSION = "evidence", "v1"
TITLE = "特定個人情報保護評価書の約束と証拠"
LEGEND = "○ 守られている　△ 基準と違う　― 確かめられない（稼働していないものを含む）　× 守られていない"


def evidence_pdf(report: EvidenceReport, font: Path) -> bytes:
    """Press the report; the same report gives the same bytes. Raises `OurFault` `cannot_draw` naming no text."""
    certified = read_font(font)
    texts = _texts(report)
    sections = [
        {"name": name, "rows": [_row(line) for line in lines]}
        for name, lines in groupby(report.lines, key=lambda line: line.promise.section)
    ]
    coverage = GlyphCoverage(certified)
    if any(coverage.check(text) for text in (*texts.values(), *(text for one in sections for text in _words(one)))):
        raise OurFault("cannot_draw", "the font does not draw a character of the table of promises")
    extra = {"sections": sections, "specimen": report.specimen}
    return Press(certified, FORMS_ROOT).render(FORM, VERSION, texts, extra, report.made_at)


def _texts(report: EvidenceReport) -> dict[str, str]:
    at = in_japan(report.made_at)
    made = f"{format_short(at.date())} {at:%H:%M}"
    found = "、".join(f"{one.label} {report.count(one)} 文" for one in EvidenceVerdict)
    outside = sum(line.verdict is None for line in report.lines)
    return {
        "title": TITLE,
        "source": report.source,
        "municipality": report.municipality + ("（見本の環境）" if report.specimen else ""),
        "made_at": made,
        "result": f"{len(report.lines)} 文のうち、{found}、ソフトウェアの外 {outside} 文",
        "kept": "、".join(f"{one.label} {report.count_kept(one)} 件" for one in KeptState),
        "legend": LEGEND,
        "foot": f"{report.municipality}　{made} 現在",
    }


def _row(line: PromiseLine) -> dict[str, object]:
    promise = line.promise
    return {
        "number": str(promise.number),
        "words": promise.words,
        "control": promise.control,
        "lacks": promise.lacks,
        "responsible": promise.responsible,
        "verdict": line.verdict.value if line.verdict else "",
        "verdict_words": line.verdict.label if line.verdict else "",
        "looks": [
            {
                "system": one.system_name,
                "asks": one.check.asks,
                "verdict": one.verdict.value,
                "found": one.last.finding.found if one.last else "まだ確かめられていません。",
                "at": f"{in_japan(one.last.looked_at):%H:%M}" if one.last else "",
            }
            for one in line.looks
        ],
        "kept": _kept_words(line),
    }


def _kept_words(line: PromiseLine) -> str:
    if line.kept is None or line.promise.kept_in is None:
        return ""
    asked = f"{line.kept.label}　{line.promise.kept_in.what}（{line.promise.kept_in.months}か月ごと）"
    if line.entry is None:
        return asked
    entry = line.entry
    return (
        f"{asked}　{format_short(entry.kept_on)} {entry.person}　{entry.place}　次の期限 {format_short(entry.next_due)}"
    )


def _words(section: dict[str, object]) -> list[str]:
    """Every text inside a section, for the font to be asked."""
    waiting: list[object] = [*section.values()]
    found: list[str] = []
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found
