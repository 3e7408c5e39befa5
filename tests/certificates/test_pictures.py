"""Golden pictures: each form looks as it did when somebody looked at it.

    KOFU_UPDATE_GOLDEN=1 python -m pytest tests/certificates/test_pictures.py

writes them anew; look at each before committing it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.certificates import orders
from tests.certificates.pictures import PIXELS_MAX, picture, pixels_apart

from kofu.certificates.render import render

pytestmark = pytest.mark.font
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_a_form_looks_as_it_did(form, version, press, tmp_path):
    golden = GOLDEN / f"{form}-{version}.png"
    now = picture(render(orders.SAMPLES[form, version], press))
    if os.environ.get("KOFU_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        now.save(golden, optimize=True)
    now.save(tmp_path / golden.name)
    apart = pixels_apart(now, Image.open(golden))
    assert apart <= PIXELS_MAX, f"{apart} pixels differ; compare {tmp_path / golden.name} with {golden}"


def test_one_changed_digit_is_seen(press):
    """The tolerance is for edges, not for content."""
    other = replace(orders.ASSESSMENT, salary_revenue=orders.ASSESSMENT.salary_revenue + 1_000)
    first = picture(render(orders.TAXATION, press))
    assert pixels_apart(first, picture(render(replace(orders.TAXATION, assessment=other), press))) > PIXELS_MAX
