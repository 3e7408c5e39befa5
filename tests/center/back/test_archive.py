"""With backs the ward's document is still PDF/A-1b, judged by a program that is not ours."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

import pikepdf
import pytest
from tests.center.papers import NUMBER, backs
from tests.certificates import orders
from tests.certificates.last_look.papers import paper, payments
from tests.certificates.preflight import complaints

from kofu.certificates.render import CertificatePress, render
from kofu.contracts.issuing import Document
from kofu.platform.fonts import find_font, read_font

pytestmark = [pytest.mark.font, pytest.mark.java]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def with_backs(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        pages = len(opened.pages)
    document = Document(certificate_number=NUMBER, pages=pages, sha256=hashlib.sha256(pdf).hexdigest(), pdf=pdf)
    return backs().add_to(document, "139998", NOW).pdf


def test_every_form_stays_pdf_a_1b_however_it_was_made():
    """F: seven of seven laid out by typst did not, since their metadata were written anew."""
    press = CertificatePress(read_font(find_font()))
    fronts = {}
    for (form, version), order in orders.SAMPLES.items():
        fronts[f"{form}-{version}-forme"] = render(order, press)
        fronts[f"{form}-{version}-typst"] = paper(order, press)
    fronts["three-pages"] = paper(payments(25), press)
    assert complaints({name: with_backs(front) for name, front in fronts.items()}) == {}
