"""Every form is PDF/A-1b, judged by a program that is not ours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.certificates import orders
from tests.certificates.preflight import complaints

from kofu.certificates.render import render

pytestmark = [pytest.mark.font, pytest.mark.java]


def test_every_form_is_pdf_a_1b(press):
    """Opaque seal and specimen mark, fonts embedded, no transparency; also with variation selectors and two pages."""
    named = replace(orders.ASSESSMENT, name_at_assessment="渡邉\U000e0110\u3000髙𠮷")
    pdfs = {"-".join(form): render(order, press) for form, order in orders.SAMPLES.items()}
    pdfs["variant"] = render(replace(orders.TAXATION, assessment=named), press)
    pdfs["two_pages"] = render(replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(13)), press)
    assert complaints(pdfs) == {}


def test_preflight_finds_what_is_not_pdf_a(press):
    """A detector that never barks is none: the same paper with a font that is not embedded."""
    pdf = render(orders.PAYMENT, press).replace(b"/FontFile", b"/FontFilx")
    assert complaints({"broken": pdf, "whole": render(orders.PAYMENT, press)}).keys() == {"broken"}
