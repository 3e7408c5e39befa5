"""外字 from the registration to both papers: the counter's and the kiosk's are one, held by the last look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.certificates import orders
from tests.certificates.drawings import CROSSED, PRIVATE, TSUJI, WITH_A_DOT
from tests.ledger.glyphs.drawn_letters import outlines, second_font
from tests.ledger.glyphs.named_people import PRIVATES, TSUJIS, WARD, connection, decide, put_in

from kofu.certificates.make import make
from kofu.certificates.make_again import make_again
from kofu.certificates.render import CertificatePress, FieldCannotBeDrawn
from kofu.core.names import code_points_of
from kofu.ledger.counter.desk import certificate_press
from kofu.ledger.glyphs.domain.states import GlyphEvent
from kofu.ledger.glyphs.glyphs import current_set
from kofu.platform.fonts import find_font, read_font
from kofu.platform.glyph_sets import read_glyph_set, write_glyph_set
from kofu.press.glyph_font import clusters_of

pytestmark = [pytest.mark.storage, pytest.mark.font]
KEY = Ed25519PrivateKey.generate()
__all__ = ["connection"]  # a fixture


def test_the_counters_paper_and_the_kiosks_are_the_same(connection: psycopg.Connection, tmp_path: Path) -> None:
    name = f"{TSUJI}{PRIVATE}　太郎"
    order = replace(orders.TAXATION, assessment=replace(orders.ASSESSMENT, name_at_assessment=name))
    with pytest.raises(FieldCannotBeDrawn):
        make(order, certificate_press(find_font(), signed_code=False))
    decide(connection, put_in(connection, TSUJI, WITH_A_DOT, TSUJIS), GlyphEvent.APPROVE)
    decide(connection, put_in(connection, PRIVATE, CROSSED, PRIVATES), GlyphEvent.APPROVE)

    held = current_set(connection, WARD)
    counter = make_again(order, certificate_press(find_font(), signed_code=False, drawn=held.font))
    sent = write_glyph_set(
        tmp_path,
        held.font,
        KEY,
        municipality_code=WARD,
        version=held.version,
        characters=tuple(map(code_points_of, clusters_of(held.font))),
        made_at=held.made_at,
    )
    taken = read_glyph_set(sent, KEY.public_key(), municipality_code=WARD, characters_of=clusters_of).kept
    kiosk = make_again(order, CertificatePress(read_font(find_font()), drawn=taken.font))
    assert kiosk.pdf == counter.pdf
    assert outlines(second_font(kiosk.pdf)) == outlines(second_font(counter.pdf)) != set()
