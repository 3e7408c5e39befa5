"""The labels of every form version are approved, and a form cannot change without it being seen.

`KOFU_UPDATE_GOLDEN=1` approves the forms as they are: look at the pictures and the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from tests.certificates import orders
from tests.certificates.last_look.papers import paper, payments

from kofu.certificates.last_look.approval import labels_file, labels_of
from kofu.certificates.last_look.layout import FORMS, LABELS, parse_layout

pytestmark = pytest.mark.font

LONG = {"payment": payments(11).collections, "vehicle_payment": orders.vehicles(11)}


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_the_labels_of_a_form_version_are_those_approved(form, version, press):
    """P2: a label that is added, moved or reworded stops issuance until somebody has looked at it."""
    order = orders.SAMPLES[form, version]
    layout = parse_layout(FORMS / form / version / "fields.toml", None)
    more = []
    if form in LONG:
        long = replace(order, collections=LONG[form])
        more, _ = labels_of(long, paper(long, press), layout)
    _, last = labels_of(order, paper(order, press), layout)
    path = LABELS / form / f"{version}.json"
    if os.environ.get("KOFU_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(labels_file(more, last), encoding="utf-8")
    assert json.loads(labels_file(more, last)) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_the_approved_labels_are_those_of_a_certificate(form, version):
    """The labels in the file are those of a certificate, and the number of the paper is named."""
    approved = json.loads((LABELS / form / f"{version}.json").read_text(encoding="utf-8"))
    written = "".join(text for text, _, _ in approved["last"])
    assert "発行番号" in written
    assert set("住所氏名備考") <= set(written)
