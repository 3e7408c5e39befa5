"""The ward's bytes stay as they are; the back of each page follows it; a scan of the back gives the front again."""

from __future__ import annotations

import hashlib
import io

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw
from tests.center.back.sheets import CITY, NOW, drawn, front_of, printed, scanned
from tests.center.papers import KEY, NUMBER, SECRET_NAME, backs, document

from kofu.center.back.keys import BackKeys
from kofu.center.back.sealed import NotOpened, unseal
from kofu.center.back.symbols import SYMBOLS, find_sheets
from kofu.core.errors import PeerFault

pytestmark = pytest.mark.font


def test_the_same_document_asked_for_again_comes_out_in_the_same_bytes_and_another_instant_does_not():
    """P11 at the centre: a kiosk that repeats its request gets the paper it would have got."""
    assert printed(2) == printed(2)
    assert printed(2).pdf != printed(2, later=1).pdf


def test_the_wards_document_stands_first_and_unchanged():
    made = printed()
    assert made.pdf[: made.front_bytes] == document().pdf
    assert hashlib.sha256(made.pdf[: made.front_bytes]).hexdigest() == made.sha256 == document().sha256


def test_each_page_gets_a_back_of_its_own_behind_it():
    made = printed(pages=2)
    assert made.pages == 4
    with pypdfium2.PdfDocument(made.pdf) as opened:
        said = [opened[index].get_textpage().get_text_range() for index in range(4)]
    assert [f"{SECRET_NAME} 1" in said[0], f"{SECRET_NAME} 2" in said[2]] == [True, True]
    assert all("偽造防止" in said[index] and SECRET_NAME not in said[index] for index in (1, 3))
    seen = [front_of(drawn(made.pdf, index)) for index in (1, 3)]
    assert [(front.sheet, front.sheets) for front in seen] == [(1, 2), (2, 2)]


def test_the_structure_of_the_whole_is_sound_for_a_strict_reader():
    with pikepdf.open(io.BytesIO(printed(pages=2).pdf)) as opened:
        assert opened.check_pdf_syntax() == []
        assert len(opened.pages) == 4


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"turn": 2.0},
        {"turn": -2.0, "blur": 0.9, "noise": 15, "paper": 205, "ink": 60, "scale": 1.01, "quality": 60},
        {"turn": 1.3, "scale": 0.985, "blur": 1.1, "paper": 215},
        {"turn": 180.0},
        {"scale": 2.0, "blur": 2.0},
    ],
    ids=["straight", "turned", "worn", "shrunk", "upside-down", "600-dpi"],
)
def test_a_scan_of_the_back_gives_the_front_again(ways):
    seen = front_of(scanned(drawn(printed().pdf, 1), **ways))
    assert (seen.certificate_number, seen.municipality_code, seen.made_at) == (NUMBER, CITY, NOW)
    picture = Image.open(io.BytesIO(seen.picture)).convert("L")
    there = drawn(document().pdf, 0, seen.dpi)
    assert picture.size == there.size
    apart = ImageChops.difference(picture, there.point(lambda light: 255 if light >= 150 else 0))
    assert apart.getbbox() is None


def test_symbols_lost_to_a_fold_and_a_stamp_are_made_up_for():
    page = drawn(printed().pdf, 1)
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 1700, 2480, 1760), fill=255)
    pen.ellipse((200, 500, 700, 1000), fill=120)
    assert front_of(scanned(page)).certificate_number == NUMBER


def test_too_many_symbols_lost_is_no_front():
    page = drawn(printed().pdf, 1)
    ImageDraw.Draw(page).rectangle((0, 950, 2480, 3508), fill=255)
    (sheet,) = find_sheets(page).values()
    assert 0 < len(sheet.parts) < sheet.needed < SYMBOLS


def test_what_another_centre_sealed_stays_closed():
    other = BackKeys({})
    with pytest.raises(NotOpened, match="unknown_key"):
        front_of(drawn(printed().pdf, 1), other)


def test_one_bit_changed_is_told():
    (sheet,) = find_sheets(drawn(printed().pdf, 1)).values()
    sealed = bytearray(sheet.sealed())
    sealed[-1] ^= 1
    with pytest.raises(NotOpened, match="altered"):
        unseal(bytes(sealed), sheet.nonce, BackKeys({KEY.key_id: KEY}))


def test_a_document_that_is_not_what_the_ward_says_gets_no_back():
    whole = document()
    for wrong, code in (
        (type(whole)(certificate_number=NUMBER, pages=1, sha256="0" * 64, pdf=whole.pdf), "wrong_digest"),
        (type(whole)(certificate_number=NUMBER, pages=2, sha256=whole.sha256, pdf=whole.pdf), "wrong_pages"),
        (
            type(whole)(certificate_number=NUMBER, pages=1, sha256=hashlib.sha256(b"x").hexdigest(), pdf=b"x"),
            "front_unreadable",
        ),
    ):
        with pytest.raises(PeerFault) as refused:
            backs().add_to(wrong, CITY, NOW)
        assert refused.value.code == code
