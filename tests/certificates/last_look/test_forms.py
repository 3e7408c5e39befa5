"""What every form version marks is approved, and a form cannot change without it being seen.

`KOFU_UPDATE_GOLDEN=1` approves the forms as they are: look at the pictures and the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest
from tests.certificates import orders
from tests.certificates.last_look.papers import certified, paper, payments

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import approved
from kofu.certificates.last_look.approval import Pages, form_marks, meanings_shapes, metadata_shape
from kofu.certificates.last_look.form_ink import Label, read_form_ink, write_form_ink
from kofu.certificates.last_look.layout import APPROVED, FORMS, parse_layout
from kofu.certificates.render import CertificatePress, render

pytestmark = pytest.mark.font


def with_rows(order: CertificateOrder, rows: int) -> CertificateOrder:
    made = payments(rows).collections if order.kind.value == "payment" else orders.vehicles(rows)
    return replace(order, collections=made)


def marks_of(order: CertificateOrder, press: CertificatePress) -> Pages:
    """Read every kind of page a form has: for a table, with every number of rows, and one that goes on."""
    form, version = order.kind.value, order.form_version
    layout = parse_layout(FORMS / form / version / "fields.toml", None)
    count = layout.rows_per_page
    pages: Pages = {}
    for one in [with_rows(order, rows) for rows in range(1, count + 2)] if count else [order]:
        pages |= form_marks(one, paper(one, press), layout, certified())
    return dict(sorted(pages.items()))


def test_what_papers_say_of_themselves_is_what_was_approved(press):
    """Whatever made the paper, typst or a forme; the colour profiles in it, the tables of meanings."""
    papers = [(order, make(order, press)) for order in orders.SAMPLES.values() for make in (paper, render)]
    meanings = sorted(frozenset().union(*(meanings_shapes(pdf) for _, pdf in papers)))
    known = json.loads(approved.APPROVED.read_text(encoding="utf-8"))
    if os.environ.get("KOFU_UPDATE_GOLDEN") == "1":  # before a document can be read at all
        approved.APPROVED.write_text(json.dumps(known | {"meanings": meanings}), encoding="utf-8")
        approved.approved_producers.cache_clear()
    metadata: dict[str, str] = {}
    profiles: set[str] = set()
    for order, pdf in papers:
        producer, shape, used = metadata_shape(order, pdf, certified())
        assert metadata.setdefault(producer, shape) == shape
        profiles |= used
    now = {"metadata": dict(sorted(metadata.items())), "profiles": sorted(profiles), "meanings": meanings}
    if os.environ.get("KOFU_UPDATE_GOLDEN") == "1":
        approved.APPROVED.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    assert json.loads(approved.APPROVED.read_text(encoding="utf-8")) == now


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_the_marks_of_a_form_version_are_those_approved(form, version, press):
    """P2: a label or rule that is added, moved or left out stops issuance until somebody has looked at it."""
    pages = marks_of(orders.SAMPLES[form, version], press)
    path = APPROVED / form / f"{version}.json"
    if os.environ.get("KOFU_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write_form_ink(pages), encoding="utf-8")
    assert write_form_ink(pages) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_the_approved_labels_are_those_of_a_certificate(form, version):
    """The labels in the file are those of a certificate, and the number of the paper is named."""
    ink = read_form_ink((APPROVED / form / f"{version}.json").read_text(encoding="utf-8"))
    for marks in ink.pages.values():
        labels = [ink.marks[index] for index in marks if isinstance(ink.marks[index], Label)]
        written = "".join("".join(label.clusters) for label in labels)
        assert "発行番号" in written
        assert set("住所氏名") <= set(written)
