"""A name with a registered glyph (外字) is drawn by it, and the last look reads it like any other (P1, P2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.certificates import orders
from tests.certificates.drawings import BOTH, CROSSED, EXCHANGED, PLANE_16, PRIVATE, TSUJI, WITH_A_DOT, set_of

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import CertifiedFonts, LastLookMismatch, MismatchKind, take_last_look
from kofu.certificates.last_look.witness import witness
from kofu.certificates.make import make
from kofu.certificates.make_again import make_again
from kofu.certificates.render import CertificatePress, FieldCannotBeDrawn, render
from kofu.core.font_file import FontFile
from kofu.platform.fonts import read_font


def differences(order, pdf, fonts):
    try:
        take_last_look(order, pdf, fonts)
    except LastLookMismatch as mismatch:
        return mismatch.differences
    return ()


def named(name: str) -> CertificateOrder:
    return replace(orders.TAXATION, assessment=replace(orders.ASSESSMENT, name_at_assessment=name))


def press_with(font: Path, drawn: FontFile | None) -> CertificatePress:
    return CertificatePress(read_font(font), drawn=drawn)


@pytest.fixture(scope="module")
def with_both(font: Path) -> CertificatePress:
    return press_with(font, BOTH)


NAMES = [TSUJI + "　太郎", PRIVATE + "野　花子", PRIVATE + TSUJI + "　辻" + TSUJI, TSUJI * 3 + "　" + PRIVATE * 12]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_without_a_registered_glyph_is_refused(name: str, press: CertificatePress) -> None:
    with pytest.raises(FieldCannotBeDrawn) as refused:
        make(named(name), press)
    assert refused.value.field == "name"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_registered_glyphs_passes_the_last_look_and_the_second_witness(
    name: str, with_both: CertificatePress
) -> None:
    assert make_again(named(name), with_both).pages == 1


def test_of_a_long_address_every_line_and_size_may_bear_them(with_both: CertificatePress) -> None:
    address = f"東京都見本区霞ヶ丘町一丁目4番1号　{TSUJI}{PRIVATE}（辻）マンション第二{PRIVATE}棟" * 2
    order = replace(orders.TAXATION, assessment=replace(orders.ASSESSMENT, address_at_assessment=address))
    assert make_again(order, with_both).pages == 1


def test_without_one_in_its_texts_a_paper_is_the_same_byte_by_byte(
    press: CertificatePress, with_both: CertificatePress
) -> None:
    assert render(orders.TAXATION, with_both) == render(orders.TAXATION, press)


def test_the_same_order_gives_the_same_bytes_whichever_glyphs_came_or_went_meanwhile(
    font: Path, with_both: CertificatePress
) -> None:
    more = set_of((TSUJI, WITH_A_DOT), (PRIVATE, CROSSED), (PLANE_16, CROSSED))
    fewer = set_of((TSUJI, WITH_A_DOT), (PRIVATE, None))
    order = named(TSUJI + "　太郎")
    first = make(order, with_both).pdf
    assert make(order, press_with(font, more)).pdf == first
    assert make(order, press_with(font, fewer)).pdf == first


def test_a_withdrawn_glyph_is_refused_again(font: Path) -> None:
    with pytest.raises(FieldCannotBeDrawn):
        make(named(PRIVATE + "野"), press_with(font, set_of((TSUJI, WITH_A_DOT), (PRIVATE, None))))


def test_two_drawings_exchanged_in_the_file_are_a_mismatch(font: Path, with_both: CertificatePress) -> None:
    order = named(TSUJI + PRIVATE + "　太郎")
    spoiled = render(order, press_with(font, EXCHANGED))
    found = differences(order, spoiled, with_both.certified)
    assert [(one.field, one.fault) for one in found] == [("name", MismatchKind.TEXT_DIFFERS)]
    with pytest.raises(LastLookMismatch):
        take_last_look(order, spoiled, with_both.certified)


def test_the_base_drawn_for_its_sequence_is_a_mismatch(with_both: CertificatePress) -> None:
    spoiled = render(named("辻　太郎"), with_both)
    found = differences(named(TSUJI + "　太郎"), spoiled, with_both.certified)
    assert [(one.field, one.fault) for one in found] == [("name", MismatchKind.TEXT_DIFFERS)]


def test_a_last_look_that_does_not_know_the_set_reads_no_paper_of_it(
    press: CertificatePress, with_both: CertificatePress
) -> None:
    order = named(TSUJI + "　太郎")
    found = differences(order, render(order, with_both), press.certified)
    assert {one.fault for one in found} == {MismatchKind.UNREADABLE}


def test_the_second_witness_reads_another_text_where_there_is_one(with_both: CertificatePress) -> None:
    spoiled = render(named(PRIVATE + "　太郎"), with_both)
    assert [one.field for one in witness(named(TSUJI + "　太郎"), spoiled, with_both.certified)] == ["name"]


def test_what_the_main_font_means_by_a_private_character_never_counts(font: Path) -> None:
    hint = "\uf860"  # in the main font: a hint to grouping of its maker's, without ink
    assert CertifiedFonts.of((read_font(font),)).glyph(hint) is None
    drawn = set_of((hint, CROSSED))
    assert make_again(named(hint + "　太郎"), press_with(font, drawn)).pages == 1
