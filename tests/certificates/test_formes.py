"""A paper set from a forme is the paper typst lays out: the same picture, the same texts."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import HealthCheck, assume, given, settings
from tests.certificates import orders
from tests.certificates.last_look.papers import certificate_orders, differences, paper, payments
from tests.certificates.letters import letters_of, not_among
from tests.certificates.pictures import PIXELS_MAX, picture, pixels_apart

from kofu.certificates.content import compose
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.render import CertificatePress, render
from kofu.platform.fonts import read_font
from kofu.press.engine import DoesNotFit

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


@pytest.mark.parametrize("rows", [1, 10])
def test_the_rules_of_a_table_follow_its_rows(rows, press) -> None:
    order = payments(rows)
    quick = render(order, press)
    assert FROM_A_FORME in quick
    assert pixels_apart(picture(quick), picture(paper(order, press))) <= PIXELS_MAX


def named(name: str, address: str = orders.SUBJECT.address) -> CertificateOrder:
    return replace(orders.PAYMENT, subject=replace(orders.SUBJECT, name=name, address=address))


LONG_ADDRESS = "東京都見本区青葉町二丁目3番4-5号　見本ハイツPark Court壱番館12F（方書）、205号室、見本　太郎様方"
SETTINGS = {
    "eleven rows": payments(11),
    "three pages": payments(23),
    "a smaller type": named("見本" * 20),
    "two lines": named("見本　太郎", LONG_ADDRESS),
    "three lines in a smaller type": named("見本　太郎", LONG_ADDRESS * 2),
    "a hyphenated name broken at its blanks": named("MARIA-LUISA FERNANDEZ DE LA CRUZ GOMEZ-SANCHEZ VALENZUELA" * 2),
    "variants over two lines": named("邉\U000e010f𠮷田" * 12),
    "an opening bracket first": named("（見本）　太郎"),
    "punctuation side by side": named("見本　太郎", "東京都見本区（青葉）、「一丁目」（二）・（三）。"),
    "a stop at the end of a line": named("見本　太郎", "見本区青葉町、" * 9),
    "small kana and repeat marks never first": named("見本　太郎", "見本ッ々ー" * 12),
    "nothing declared": replace(orders.TAXATION, assessment=orders.UNDECLARED_DEPENDENT),
}


@pytest.mark.parametrize("how", SETTINGS)
def test_all_of_it_is_set_where_typst_sets_it(how, press) -> None:
    """Two oracles: typst's places, letter by letter, and the picture of every page.

    In a picture of 80 dots an inch an edge of each letter may fall on another dot; a letter exchanged changes ten.
    """
    order = SETTINGS[how]
    quick, laid_out = render(order, press), paper(order, press)
    assert FROM_A_FORME in quick
    letters = letters_of(quick)
    assert not_among(letters, letters_of(laid_out)) == []
    for page in range(compose(order).pages):
        assert pixels_apart(picture(quick, page), picture(laid_out, page)) <= max(PIXELS_MAX, len(letters) / 2)
    assert differences(order, quick) == ()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=certificate_orders())
def test_whatever_the_facts_are_it_is_set_where_typst_sets_it(order, press) -> None:
    try:
        quick = render(order, press)
    except DoesNotFit:
        assume(False)  # noqa: FBT003 - hypothesis spells it so
    assert FROM_A_FORME in quick
    assert not_among(letters_of(quick), letters_of(paper(order, press))) == []


def test_the_letters_of_a_line_moved_by_a_twentieth_of_a_point_are_seen(press) -> None:
    """Twin: the comparison by places can fail."""
    right = letters_of(render(orders.PAYMENT, press))
    moved = [one._replace(x=one.x + 0.05) for one in right]
    assert len(not_among(moved, right)) > len(right) / 2


@pytest.mark.parametrize("name", ["見本？）太郎", "Ω" * 60], ids=["marks set into each other", "no rule for breaking"])
def test_what_the_rules_do_not_know_is_laid_out(name, press) -> None:
    assert FROM_A_FORME not in render(named(name), press)


def test_a_forme_holds_the_seal_it_was_made_with(press) -> None:
    """Another seal is another forme: the one before is not shown again."""
    order = orders.TAXATION
    other = (orders.ROOT / "profiles" / "seals" / "mihon-deputy.svg").read_bytes()
    resealed = replace(order, authority=replace(order.authority, seal_svg=other))
    for wanted in (order, resealed, order):
        assert differences(wanted, render(wanted, press)) == ()
    assert differences(order, render(resealed, press)) != ()


def test_nothing_of_a_paper_stays_in_its_forme(font) -> None:
    """P1: whoever's paper a forme was first made for, it is the same forme, and keeps no amount of it."""
    facts = replace(orders.ASSESSMENT, name_at_assessment="邉󠄏田　一郎", salary_revenue=7_654_000, annual_tax=471_100)
    first, second = CertificatePress(read_font(font)), CertificatePress(read_font(font))
    render(replace(orders.TAXATION, assessment=facts), first)
    render(orders.TAXATION, second)
    assert first.formes._made == second.formes._made
    assert len(first.formes._made) == 1
    assert first.formes._of_many == second.formes._of_many
    assert first.formes._of_many
    assert first.formes._nothing == second.formes._nothing
    assert any(amounts for places in first.formes._nothing.values() for _, amounts in places)
