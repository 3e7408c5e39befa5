"""A drawn glyph before it is approved, as it will stand on papers: drawn by their own press, large and in its text."""

from __future__ import annotations

from pathlib import Path

import psycopg

from kofu.core.names import is_variation_selector
from kofu.ledger.glyphs.glyphs import Registration, font_with
from kofu.ledger.papers.press import FORMS_ROOT
from kofu.ledger.people.find import whole_person
from kofu.platform.fonts import read_font
from kofu.press.engine import Press

FORM, VERSION = "glyph_proof", "v1"
DOTS_PER_INCH = 110
BESIDE = 4  # characters of an address shown on either side: no more of it than is needed to judge the glyph


def proof(connection: psycopg.Connection, municipality_code: str, registration: Registration, font: Path) -> bytes:
    """Draw the proof as PNG. Raises `OperatorFault` for a drawing that is none."""
    cluster = registration.cluster
    base = cluster[0] if len(cluster) > 1 and is_variation_selector(cluster[1]) else ""
    press = Press(read_font(font), FORMS_ROOT, font_with(connection, municipality_code, registration))
    texts = {"glyph": cluster, "base": base, "words": _words(connection, municipality_code, registration)}
    return press.picture(FORM, VERSION, texts, {}, dots_per_inch=DOTS_PER_INCH)


def _words(connection: psycopg.Connection, municipality_code: str, registration: Registration) -> str:
    """Give the name the character stands in, or the part of the address around it; else the character alone."""
    for number in registration.persons:
        known = whole_person(connection, municipality_code, number)
        if known is not None and registration.cluster in known.name:
            return known.name
        if known is not None and registration.cluster in known.address:
            before, _, after = known.address.partition(registration.cluster)
            return before[-BESIDE:] + registration.cluster + after[:BESIDE]
    return registration.cluster
