"""The last look reads back every character the press can print, and several threads can look at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import typst
from fontTools.ttLib import TTFont
from tests.certificates import orders
from tests.certificates.last_look.papers import paper

from kofu.certificates.last_look import LastLookMismatch, release
from kofu.certificates.last_look.reading import Unreadable, read_pages
from kofu.certificates.render import render
from kofu.press.forme import SetText

pytestmark = pytest.mark.font

SOME_DAY = datetime(2026, 11, 23, tzinfo=UTC)
SHEET = """
#set page(width: 600pt, height: 900pt, margin: 0pt)
#set text(font: "IPAmjMincho", size: 8pt, fallback: false)
#for (i, c) in json(bytes(sys.inputs.clusters)).enumerate() {
  place(dx: calc.rem(i, 50) * 11pt + 2pt, dy: calc.quo(i, 50) * 14pt + 2pt, c)
}
"""


def read_back(font, clusters: list[str], per_page: int) -> list[str]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font.parent)])
    compiler = typst.Compiler(font_paths=fonts)
    found = []
    for start in range(0, len(clusters), per_page):
        pdf = compiler.compile(
            input=SHEET.encode(),
            format="pdf",
            pdf_tags=False,
            sys_inputs={"clusters": json.dumps(clusters[start : start + per_page])},
        )
        found += [text.text.strip(" ") for text in read_pages(pdf, {})[0].texts]
    return found


def test_every_registered_sequence_is_read_back_with_its_selector(font, press):
    """A variant that is read as its base would be a false alarm, and a false alarm stops issuance."""
    registered = [text for text, _ in press.glyphs.registered_sequences()]
    assert read_back(font, registered, 150) == registered


def test_every_registered_sequence_set_from_a_forme_is_read_back_with_its_selector(press):
    registered = [text for text, _ in press.glyphs.registered_sequences()]
    render(orders.PAYMENT, press)
    forme = next(iter(press.formes._made.values()))
    found = []
    for start in range(0, len(registered), 150):
        sheet = [
            SetText((cluster,), x=40 + index % 25 * 20, baseline=700 - index // 25 * 20, size=8)
            for index, cluster in enumerate(registered[start : start + 150])
        ]
        pdf = forme.set(sheet, press.formes._font, lambda cluster: press.formes._glyph(cluster)[0], SOME_DAY)
        found += [text.text.strip(" ") for text in read_pages(pdf, {})[0].own.texts]
    assert found == registered


@pytest.mark.slow
def test_every_character_of_the_font_is_read_back(font, press):
    with font.open("rb") as file, TTFont(file, lazy=True) as source:
        covered = [chr(point) for point in source.getBestCmap() if press.glyphs.check(chr(point)) == ()]
    visible = [one for one in covered if not one.isspace()]
    assert len(visible) > 54_000
    assert read_back(font, visible, 2_000) == visible


def test_many_threads_look_at_once_and_each_sees_its_own_paper(press):
    """pdfium is not for two threads at once; the look holds a lock of its own."""
    papers = []
    for number in range(12):
        order = replace(orders.PAYMENT, certificate_number=f"2026-{number:08}")
        papers.append((order, paper(order, press)))
    with ThreadPoolExecutor(6) as pool:
        released = list(pool.map(lambda pair: release(*pair), papers * 5))
    assert [one.certificate_number for one in released] == [order.certificate_number for order, _ in papers] * 5
    with pytest.raises(LastLookMismatch):
        release(papers[0][0], papers[1][1])


def test_a_pdf_of_too_many_pages_is_unreadable(press):
    compiler = typst.Compiler(input=b"#for i in range(30) { pagebreak() }")
    with pytest.raises(Unreadable):
        read_pages(compiler.compile(format="pdf"), {})
