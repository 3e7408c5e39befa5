"""The papers for the assessor say what the table says; the one in docs/ is a specimen, valid, and not stale."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
from tests.certificates.preflight import complaints

from kofu.evidence.document import evidence_page
from kofu.evidence.domain.standing import EvidenceVerdict, KeptEntry, TakenLook, broken
from kofu.evidence.paper import evidence_pdf
from kofu.evidence.report import EvidenceReport, as_json, lines_of
from kofu.evidence.table import promise_table
from kofu.platform.fonts import find_font

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)


def drawn(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def report() -> EvidenceReport:
    table = promise_table()
    look = TakenLook(
        code="kiosk.card_first", system="kiosk", finding=broken("道があります。"), looked_at=NOW, looked_by="kansa1"
    )
    entry = KeptEntry(
        promise=41, kept_on=date(2026, 10, 1), next_due=date(2026, 11, 1), person="見本 甲", place="簿冊7",
        entered_by="kanri1",
    )  # fmt: skip
    lines = lines_of(table, [look], {41: entry}, date(2026, 11, 29))
    return EvidenceReport(source=table.source, municipality="東京都見本区", specimen=True, made_at=NOW, lines=lines)


def test_the_page_in_the_docs_is_the_table() -> None:
    """`make docs` writes it."""
    assert (DOCS / "evidence.md").read_text(encoding="utf-8") == evidence_page(promise_table())


@pytest.mark.font
@pytest.mark.java
def test_the_paper_is_pdf_a_and_says_every_sentence_what_was_found_and_what_is_overdue() -> None:
    pdf = evidence_pdf(report(), find_font())
    assert complaints({"evidence": pdf}) == {}
    text = drawn(pdf)
    assert [one.number for one in promise_table().promises if "".join(one.words.split()) not in text] == []
    assert "守られていない1文" in text
    assert "道があります。" in text
    assert "期限切れ入室管理簿（1か月ごと）" in text
    assert evidence_pdf(report(), find_font()) == pdf, "the same report, the same bytes"


def test_the_json_says_the_same() -> None:
    found = json.loads(as_json(report()))["promises"]
    assert [one["words"] for one in found] == [one.words for one in promise_table().promises]
    assert (found[61]["verdict"], found[4]["verdict"], found[1]["verdict"]) == ("broken", "not_seen", None)
    assert (found[40]["kept_by_hand"]["state"], found[40]["kept_by_hand"]["person"]) == ("overdue", "見本 甲")


def test_the_paper_of_the_demonstration_is_not_stale_in_its_sentences() -> None:
    """`make evidence` writes it."""
    kept = json.loads((DOCS / "evidence.json").read_bytes())
    table = promise_table()
    for name in ("number", "section", "words", "control", "responsible", "lacks"):
        assert [one[name] for one in kept["promises"]] == [getattr(one, name) for one in table.promises], name
    looks = {(one["check"], one["asks"], one["system"]) for line in kept["promises"] for one in line["looks"]}
    assert looks == {(one.code, one.asks, system) for one in table.checks for system in one.systems}
    text = drawn((DOCS / "evidence.pdf").read_bytes())
    assert [one.number for one in table.promises if "".join(one.words.split()) not in text] == []
    assert kept["specimen"]
    assert "見本" in text


def test_on_the_demonstration_nothing_is_broken_and_everything_was_seen() -> None:
    kept = json.loads((DOCS / "evidence.json").read_bytes())
    bad = {EvidenceVerdict.BROKEN.value, EvidenceVerdict.NOT_SEEN.value}
    assert [one["number"] for one in kept["promises"] if one["verdict"] in bad] == []
