"""Render a form with its sample.json, to look at while drawing it.

    python scripts/render_form.py taxation standard_r8 out.pdf [--font path/to/ipamjm.ttf] [--width 1000]

Beside the PDF each page is written as a PNG of `--width` pixels: out-1.png, out-2.png …
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2

from kofu.certificates.render import FORMS_ROOT
from kofu.platform.fonts import find_font, read_font
from kofu.press.engine import Press

SEAL = Path(__file__).resolve().parent.parent / "profiles" / "seals" / "mihon-mayor.svg"


def main() -> None:
    """Read the arguments, render, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form")
    parser.add_argument("version")
    parser.add_argument("out", type=Path)
    parser.add_argument("--font", type=Path, help="the font file; else it is looked for")
    parser.add_argument("--width", type=int, default=1000, help="width of the pictures in pixels")
    asked = parser.parse_args()
    fields = json.loads((FORMS_ROOT / asked.form / asked.version / "sample.json").read_text(encoding="utf-8"))
    extra = {"specimen": True, "seal_svg": SEAL.read_text(encoding="utf-8"), "seal_mm": 24}
    press = Press(read_font(asked.font or find_font()), FORMS_ROOT)
    pdf = press.render(asked.form, asked.version, fields, extra, datetime(2026, 11, 23, tzinfo=UTC))
    asked.out.write_bytes(pdf)
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), start=1):
        picture = page.render(scale=asked.width / page.get_width()).to_pil().convert("L")
        picture.save(asked.out.with_name(f"{asked.out.stem}-{number}.png"), optimize=True)


if __name__ == "__main__":
    main()
