"""With the switch on every paper bears a code the last look reads; without it no paper may bear one."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from tests.certificates import orders
from tests.certificates.last_look.papers import release, saved
from tests.certificates.preflight import complaints

from kofu.certificates.authenticity import from_text, read_code
from kofu.certificates.content import compose
from kofu.certificates.last_look import LastLookMismatch, MismatchKind
from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress, render
from kofu.certificates.signed_code import CodeSigner, code_signer
from kofu.certificates.signing_keys import make_signing_key, read_public_keys, read_signing_keys
from kofu.core.errors import OperatorFault
from kofu.platform.fonts import read_font
from kofu.press.engine import NoSuchField

pytestmark = pytest.mark.font
STANDARD = {form: order for form, order in orders.SAMPLES.items() if form[1] == "standard_r8"}


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> CodeSigner:
    folder = tmp_path_factory.mktemp("keys")
    make_signing_key(folder, date(2026, 1, 1), date(2026, 12, 31))
    return CodeSigner(read_signing_keys(folder), read_public_keys(folder))


@pytest.fixture(scope="module")
def signing_press(font, signer) -> CertificatePress:
    return CertificatePress(read_font(font), signer=signer)


def code_on(pdf: bytes, page: int = 0) -> list[bytes]:
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=200 / 72, grayscale=True).to_pil()
    return [from_text(found.text) for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)]


def faults(order, pdf, keys=()) -> set[MismatchKind]:
    with pytest.raises(LastLookMismatch) as caught:
        release(order, pdf, code_keys=keys)
    return {one.fault for one in caught.value.differences}


@pytest.mark.parametrize("order", STANDARD.values(), ids=map("-".join, STANDARD))
def test_every_standard_form_bears_a_code_that_states_its_facts(order, signing_press, signer):
    released = make(order, signing_press)
    (code,) = code_on(released.pdf)
    said = read_code(code, signer.published)
    assert said.certificate_number == order.certificate_number
    assert said.facts[0] == ("氏名", compose(order).fields["name"])
    assert make(order, signing_press).sha256 == released.sha256  # the nightly re-check comes to the same bytes


def test_the_code_stands_on_the_last_of_several_pages(signing_press):
    released = make(replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(13)), signing_press)
    assert [len(code_on(released.pdf, page)) for page in range(released.pages)] == [0, 1]


@pytest.mark.java
def test_the_paper_with_a_code_is_still_pdf_a_1b(signing_press):
    pdfs = {"-".join(form): render(order, signing_press) for form, order in STANDARD.items()}
    assert complaints(pdfs) == {}


def test_a_code_of_another_persons_paper_is_caught(signing_press, signer, font):
    """The renderer is made to sign other facts than it prints."""
    other = replace(orders.TAXATION, certificate_number="2026-00099999")

    class Confused(CodeSigner):
        def code(self, order, content):
            del order, content
            return super().code(other, compose(other))

    pdf = render(orders.TAXATION, CertificatePress(read_font(font), signer=Confused(signer.keys, signer.published)))
    assert faults(orders.TAXATION, pdf, signer.published) == {MismatchKind.CODE}


def test_a_paper_without_its_code_or_of_a_key_nobody_published_is_caught(press, signing_press, signer, tmp_path):
    assert faults(orders.TAXATION, render(orders.TAXATION, press), signer.published) == {MismatchKind.CODE}
    make_signing_key(tmp_path, date(2026, 1, 1), date(2026, 12, 31))
    pdf = render(orders.TAXATION, signing_press)
    assert faults(orders.TAXATION, pdf, read_public_keys(tmp_path)) == {MismatchKind.CODE}


def one_square_less(squares: bytes) -> bytes:
    pieces = squares.split(b" h\n")
    return b" h\n".join(pieces[:40] + pieces[41:])


def one_square_moved(squares: bytes) -> bytes:
    pieces = squares.split(b" h\n")
    pieces[40] = re.sub(rb"\d+", lambda found: b"%d" % (int(found[0]) + 1), pieces[40])
    return b" h\n".join(pieces)


SPOILT = {
    "white": lambda squares: re.sub(rb"\b0 g", b"1 g", squares),
    "grey": lambda squares: re.sub(rb"\b0 g", b"0.4 g", squares),
    "one square less": one_square_less,
    "one square moved": one_square_moved,
    "twice as large": lambda squares: b" 2 0 0 2 0 0 cm" + squares,
    "mirrored": lambda squares: b" -1 0 0 1 60 0 cm" + squares,
    "outlined": lambda squares: squares.removesuffix(b"f") + b"S",
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_code_that_a_person_sees_otherwise_is_caught_though_a_reader_mends_it(how, signing_press, signer):
    """B2 and B7 for the code: a QR code of level M is read with one square in seven wrong."""
    order = orders.TAXATION
    pdf = render(order, signing_press)
    release(order, pdf, code_keys=signer.published)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        content = document.pages[0].Contents
        drawn = content.read_bytes()
        start = drawn.index(b"W n") + len(b"W n")
        end = drawn.index(b"\nQ\n", start)
        squares = SPOILT[how](drawn[start:end])
        assert squares != drawn[start:end]
        content.write(drawn[:start] + squares + drawn[end:])
        assert faults(order, saved(document), signer.published)


def test_a_code_where_none_is_wanted_is_a_drawing_too_much(signing_press):
    assert faults(orders.TAXATION, render(orders.TAXATION, signing_press)) == {MismatchKind.DRAWING}


def test_a_form_without_a_place_for_the_code_makes_no_paper(signing_press):
    with pytest.raises(NoSuchField, match="signed_code"):
        render(orders.SAMPLES["taxation", "legacy_landscape"], signing_press)


def test_without_a_key_of_the_day_there_is_no_paper(signing_press):
    with pytest.raises(OperatorFault, match="no signing key"):
        render(replace(orders.PAYMENT, as_of=date(2027, 1, 1)), signing_press)


def test_the_switch_is_off_unless_wanted(monkeypatch, tmp_path, signer):
    assert code_signer(wanted=False) is None
    make_signing_key(tmp_path, date(2026, 1, 1), date(2026, 12, 31))
    monkeypatch.setenv("KOFU_SIGNING_KEYS", str(tmp_path))
    made = code_signer(wanted=True)
    assert made is not None
    assert len(made.keys) == len(made.published) == 1
