"""What the tests of the press share: the font, and forms of their own in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from kofu.platform.fonts import find_font, read_font
from kofu.press.glyphs import GlyphCoverage

SLIP = """
#let paper(texts, extra) = {
  set page(width: 90mm, height: 50mm, margin: 5mm)
  set text(font: "IPAmjMincho", fallback: false, cjk-latin-spacing: none)
  if texts.name.len() > 90 { panic("text_overflow:name") }
  assert("stray" not in texts, message: "field_without_box:stray")
  if "broken" in texts { panic("not for logs: " + texts.broken) }
  if "warned" in texts { text(font: "No Such Font", texts.warned) }
  [#texts.name #extra.mark]
}
"""


@pytest.fixture(scope="session")
def font() -> Path:
    return find_font()


@pytest.fixture(scope="session")
def coverage(font) -> GlyphCoverage:
    return GlyphCoverage(read_font(font))


@pytest.fixture(scope="session")
def forms_root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("forms")
    for form in ("slip", "note"):
        (root / form / "v1").mkdir(parents=True)
        (root / form / "v1" / "form.typ").write_text(SLIP, encoding="utf-8")
    return root
