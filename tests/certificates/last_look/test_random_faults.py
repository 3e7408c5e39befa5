"""Thousands of random faults in finished papers, with fixed seeds: what the last look releases looks as before.

`make test` plants three thousand, `make check-slow` ten thousand.

A fault is planted in the bytes, in an object, in the content or in the font. Most are refused. The others are drawn by
two engines that are not the look's (PDFium and poppler), and each must draw the page as it draws the right one.
"""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from tests.certificates import orders
from tests.certificates.last_look.faults import in_a_byte, in_an_object, in_the_content, in_the_font
from tests.certificates.last_look.papers import differences, paper
from tests.certificates.last_look.readers import by_pdfium, by_poppler, look_the_same

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.render import CertificatePress, render

pytestmark = pytest.mark.font

SEEDS = range(20 if os.environ.get("KOFU_EXAMPLES") == "explore" else 6)
FAULTS_PER_SEED = 500
LONG = replace(
    orders.PAYMENT, subject=replace(orders.SUBJECT, name="蘇\U000e0101　花子" * 4, address="東京都見本区蘇町" * 5)
)
WAYS = [in_a_byte, in_an_object, in_the_content, in_the_content, in_the_font]


# -- eyes -------------------------------------------------------------------------------------------------------------


@cache
def pictures(pdf: bytes, folder: Path) -> tuple[Image.Image, Image.Image]:
    return by_pdfium(pdf, folder), by_poppler(pdf, folder)


def right_papers(press: CertificatePress) -> list[tuple[CertificateOrder, bytes]]:
    return [
        (orders.PAYMENT, render(orders.PAYMENT, press)),
        (orders.TAXATION, render(orders.TAXATION, press)),
        (LONG, paper(LONG, press)),
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_released_looks_as_before(seed, press, tmp_path):
    if shutil.which("pdftoppm") is None:
        pytest.skip("there is no pdftoppm; on Debian: apt-get install poppler-utils")
    chance = random.Random(f"faults in papers {seed}")  # noqa: S311 - the same faults each time
    papers = right_papers(press)
    planted = released = 0
    while planted < FAULTS_PER_SEED:
        order, pdf = chance.choice(papers)
        way = chance.choice(WAYS)
        spoilt = way(pdf, chance)
        planted += spoilt != pdf
        if spoilt == pdf or differences(order, spoilt) != ():
            continue
        released += 1
        seen = by_pdfium(spoilt, tmp_path), by_poppler(spoilt, tmp_path)
        for right, now in zip(pictures(pdf, tmp_path), seen, strict=True):
            assert look_the_same(right, now), f"seed {seed}: {way.__name__} is seen, and was released"
    assert released < FAULTS_PER_SEED / 10


def test_the_eyes_see_a_digit(press, tmp_path):
    """Twin: one digit of one amount is seen by both engines."""
    other = replace(orders.ASSESSMENT, annual_tax=orders.ASSESSMENT.annual_tax + 1)
    for eye in (by_pdfium, by_poppler):
        right = eye(render(orders.TAXATION, press), tmp_path)
        assert not look_the_same(right, eye(render(replace(orders.TAXATION, assessment=other), press), tmp_path))


@pytest.mark.parametrize("way", [in_a_byte, in_an_object, in_the_content, in_the_font])
def test_each_way_plants_faults_that_the_look_reads_and_refuses(way, press):
    """A fault that only ever breaks the file would say nothing of the look."""
    chance = random.Random(way.__name__)  # noqa: S311 - as above
    order, pdf = orders.PAYMENT, render(orders.PAYMENT, press)
    refused = [found for _ in range(300) if (found := differences(order, way(pdf, chance)))]
    assert refused
    if way is in_the_content:
        assert any(one.fault.value.startswith("text_") for found in refused for one in found)
