"""A paper set from a forme is the paper typst lays out: the same picture, the same texts."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
from tests.certificates import orders
from tests.certificates.last_look.papers import differences, paper, payments
from tests.certificates.pictures import PIXELS_MAX, picture, pixels_apart

from kofu.certificates.render import CertificatePress, render
from kofu.platform.fonts import read_font

pytestmark = pytest.mark.font
FROM_A_FORME = b"/KOFUTX+"


def words(pdf: bytes) -> list[str]:
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return sorted("".join(text.split()))


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_it_looks_and_reads_as_if_laid_out(form, version, press) -> None:
    order = orders.SAMPLES[form, version]
    quick, laid_out = render(order, press), paper(order, press)
    assert FROM_A_FORME in quick
    assert FROM_A_FORME not in laid_out
    assert pixels_apart(picture(quick), picture(laid_out)) <= PIXELS_MAX
    assert words(quick) == words(laid_out)
    assert differences(order, quick) == differences(order, laid_out) == ()


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_the_rules_of_a_table_follow_its_rows(rows, press) -> None:
    order = payments(rows)
    quick = render(order, press)
    assert FROM_A_FORME in quick
    assert pixels_apart(picture(quick), picture(paper(order, press))) <= PIXELS_MAX


@pytest.mark.parametrize(
    "order",
    [
        payments(11),
        replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name="見本" * 20)),
        replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name="（見本）　太郎")),
        replace(orders.PAYMENT, subject=replace(orders.SUBJECT, address="東京都見本区（青葉）、一丁目")),
    ],
    ids=["two pages", "a smaller type", "an opening bracket first", "punctuation side by side"],
)
def test_what_takes_more_than_a_line_of_its_size_is_laid_out(order, press) -> None:
    laid_out = render(order, press)
    assert FROM_A_FORME not in laid_out
    assert differences(order, laid_out) == ()


def test_a_latin_name_wider_than_it_looks_by_its_letters_is_still_set(press) -> None:
    """Counted in ems it would not fit; measured by the font it does."""
    order = replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name="MARIA LUISA FERNANDEZ DE LA CRUZ GOMEZ"))
    quick = render(order, press)
    assert FROM_A_FORME in quick
    assert pixels_apart(picture(quick), picture(paper(order, press))) <= PIXELS_MAX


def test_a_forme_holds_the_seal_it_was_made_with(press) -> None:
    """Another seal is another forme: the one before is not shown again."""
    order = orders.TAXATION
    other = (orders.ROOT / "profiles" / "seals" / "mihon-deputy.svg").read_bytes()
    resealed = replace(order, authority=replace(order.authority, seal_svg=other))
    for wanted in (order, resealed, order):
        assert differences(wanted, render(wanted, press)) == ()
    assert differences(order, render(resealed, press)) != ()


def test_nothing_of_a_paper_stays_in_its_forme(font) -> None:
    """P1: whoever's paper a forme was first made for, it is the same forme."""
    order = replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name="邉󠄏田　一郎"))
    first, second = CertificatePress(read_font(font)), CertificatePress(read_font(font))
    render(order, first)
    render(orders.PAYMENT, second)
    assert first.formes._made == second.formes._made
    assert len(first.formes._made) == 1
