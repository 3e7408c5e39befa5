"""Two readers that share nothing agree: the last look's own, and PDFium's."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context

import pytest
import typst
from hypothesis import HealthCheck, assume, given, settings
from tests.certificates import orders
from tests.certificates.last_look.papers import (
    certificate_orders,
    certified,
    differences,
    paper,
    payments,
    release,
)

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import LastLookMismatch, MismatchKind
from kofu.certificates.last_look.witness import texts_of, witness
from kofu.certificates.render import render
from kofu.core.names import clusters
from kofu.press.engine import DoesNotFit
from kofu.press.forme import SetPage, SetText

pytestmark = pytest.mark.font

SOME_DAY = datetime(2026, 11, 23, tzinfo=UTC)
SHEET = """
#set page(width: 600pt, height: 900pt, margin: 0pt)
#set text(font: "IPAmjMincho", size: 8pt, fallback: false)
#for (i, c) in json(bytes(sys.inputs.clusters)).enumerate() {
  place(dx: calc.rem(i, 50) * 11pt + 2pt, dy: calc.quo(i, 50) * 14pt + 2pt, c)
}
"""


@pytest.mark.parametrize("order", [*orders.SAMPLES.values(), payments(25)])
def test_both_readers_agree_over_every_form(order, press):
    for pdf in (paper(order, press), render(order, press)):
        assert (differences(order, pdf), witness(order, pdf, certified())) == ((), ())


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=certificate_orders())
def test_both_readers_agree_whatever_the_facts_are(order, press):
    try:
        pdf = render(order, press)
    except DoesNotFit:
        assume(False)  # noqa: FBT003 - hypothesis spells it so
    assert (differences(order, pdf), witness(order, pdf, certified())) == ((), ())


@pytest.mark.parametrize(("field", "text"), [("name", "見本　次郎"), ("annual_tax", "240,501"), ("remark_2", "余計")])
def test_the_second_witness_sees_another_text_by_itself(field, text, press):
    order = orders.TAXATION
    (found,) = witness(order, paper(order, press, **{field: text}), certified())
    assert (found.field, found.fault) == (field, MismatchKind.SECOND_WITNESS)


def named(name: str, address: str) -> CertificateOrder:
    return replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name=name, address=address))


@pytest.mark.parametrize("address", ["東京都見本区蘇町備1番地", "東京都見本区蘇町備" * 6], ids=["forme", "typst"])
@pytest.mark.parametrize("name", ["蘇\U000e0101　花子", "備\U000e0101　太郎", "号\U000e0101蘇\U000e0101備"])
def test_one_outline_for_two_texts_of_a_paper_is_no_difference(name, address, press):
    """C1: 蘇 with the selector of its usual shape in the name, bare in a long address; 備 and 号 in the form's labels.

    The paper is the same to the eye, and the file can name one text of the outline only.
    """
    registered = certified().faces[0].glyphs
    assume_registered = [cluster for cluster in clusters(name) if len(cluster) > 1]
    if not all(cluster in registered for cluster in assume_registered):
        pytest.skip("the font does not register this sequence")
    order = named(name, address)
    pdf = render(order, press)
    assert (differences(order, pdf), witness(order, pdf, certified())) == ((), ())


@pytest.mark.slow
def test_every_sequence_that_shares_a_labels_outline_gives_a_paper(press):
    """C1 for its kind: every registered sequence of a character that the forms themselves bear."""
    glyphs = certified().faces[0].glyphs
    borne = {
        cluster
        for order in orders.SAMPLES.values()
        for text in texts_of(render(order, press))[0]
        for cluster in text.text
    }
    shared = [one for one in glyphs if len(one) > 1 and one[0] in borne and glyphs[one] == glyphs[one[0]]]
    assert len(shared) > 50
    for start in range(0, len(shared), 12):
        order = named("".join(shared[start : start + 12]), "東京都見本区内備令号" * 5)
        pdf = render(order, press)
        assert (differences(order, pdf), witness(order, pdf, certified())) == ((), ())


def read_back(font, texts: list[str], per_page: int) -> list[str]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font.parent)])
    compiler = typst.Compiler(font_paths=fonts)
    found = []
    for start in range(0, len(texts), per_page):
        pdf = compiler.compile(
            input=SHEET.encode(),
            format="pdf",
            pdf_tags=False,
            sys_inputs={"clusters": json.dumps(texts[start : start + per_page])},
        )
        found += [text.text.strip(" ") for text in texts_of(pdf)[0]]
    return found


def test_every_registered_sequence_set_from_a_forme_is_read_back_with_its_selector(press):
    registered = [text for text, _ in press.glyphs.registered_sequences()]
    render(orders.PAYMENT, press)
    forme = next(iter(press.formes._made.values()))
    labels = [one.text for one in texts_of(forme.set([SetPage(())], press.formes._font, int, SOME_DAY))[0]]
    found = []
    for start in range(0, len(registered), 150):
        sheet = tuple(
            SetText((cluster,), x=40 + index % 25 * 20, baseline=700 - index // 25 * 20, size=8)
            for index, cluster in enumerate(registered[start : start + 150])
        )
        pdf = forme.set([SetPage(sheet)], press.formes._font, press.formes._letters.records.__getitem__, SOME_DAY)
        found += [text.text.strip(" ") for text in texts_of(pdf)[0][len(labels) :]]
    assert found == registered


@pytest.mark.slow
def test_every_character_of_the_font_is_read_back(font, press):
    visible = sorted(one for one, _ in press.glyphs.single_glyphs() if not one.isspace())
    assert len(visible) > 54_000
    # in a process of its own: what other tests left running in this one reads no PDF meanwhile
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        assert alone.submit(read_back, font, visible, 2_000).result() == visible


def test_the_look_finds_every_glyph_the_press_does_by_code_of_its_own(press):
    """Two readings of the font's tables that share no line."""
    own = certified().faces[0].glyphs
    drawn = [*press.glyphs.single_glyphs(), *press.glyphs.registered_sequences()]
    assert len(drawn) > 60_000
    outlines = press.formes._font
    assert all(own[text] == outlines.glyph_id(name) for text, name in drawn)


def test_many_threads_look_at_once_and_each_sees_its_own_paper(press):
    papers = []
    for number in range(12):
        order = replace(orders.PAYMENT, certificate_number=f"2026-{number:08}")
        papers.append((order, paper(order, press)))
    with ThreadPoolExecutor(6) as pool:
        released = list(pool.map(lambda pair: release(*pair), papers * 5))
    assert [one.certificate_number for one in released] == [order.certificate_number for order, _ in papers] * 5
    with pytest.raises(LastLookMismatch):
        release(papers[0][0], papers[1][1])
