"""The same certificate by kofu, typst, WeasyPrint and ReportLab: the same texts at the same places, the same font.

    PYTHONPATH=src python -m bench.engines [COUNT]

Only the pressing is compared: each engine gives a PDF. kofu sets the values into the forme of its form, `typst` lays
the same form out anew; both have the form itself (lines, labels, seal) and give PDF/A-1b with exact variants. The
others set the values alone, and draw the base glyph or a box where a name has a variation selector, without an error.
What the last look takes, which reads kofu's paper back, is told beside it. All is processor time.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.certificates import orders

from kofu.certificates.content import CertificateContent, compose
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import take_last_look
from kofu.certificates.render import FORMS_ROOT, CertificatePress, checked_seal, render
from kofu.core.calendar import JST
from kofu.platform.fonts import ensure_font, read_font

POINTS_PER_MM = 72 / 25.4
PAGE_MM = (210.0, 297.0)


@dataclass(frozen=True)
class Placed:
    """A text and its place: millimetres from the top left, size in points."""

    text: str
    x: float
    y: float
    size: float


def placed(content: CertificateContent) -> list[Placed]:
    """The values of a certificate where its form has them."""
    path = FORMS_ROOT / content.form / content.version / "fields.toml"
    boxes = tomllib.loads(path.read_text(encoding="utf-8"))["fields"]
    return [
        Placed(text, boxes[name]["x"], boxes[name]["y"], boxes[name]["size_pt"])
        for name, text in content.fields.items()
        if name in boxes
    ]


def by_typst(order: CertificateOrder, press: CertificatePress) -> Callable[[], bytes]:
    """The form laid out anew, as for what no forme can hold."""
    content = compose(order)
    extra: dict[str, object] = {
        "specimen": order.specimen,
        "seal_svg": checked_seal(order.authority),
        "seal_mm": order.authority.seal_mm,
    }
    created = datetime.combine(order.as_of, datetime.min.time(), JST)
    return lambda: press.engine.render(content.form, content.version, content.fields, extra, created)


def by_weasyprint(texts: list[Placed], font: Path) -> Callable[[], bytes]:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    configuration = FontConfiguration()
    style = CSS(
        string=f"@font-face {{ font-family: ipamjm; src: url({font.as_uri()}) }}"
        "@page { size: A4; margin: 0 } body { font-family: ipamjm } p { position: absolute; margin: 0 }",
        font_config=configuration,
    )
    body = "".join(f'<p style="left:{t.x}mm;top:{t.y}mm;font-size:{t.size}pt">{html.escape(t.text)}</p>' for t in texts)
    document = f"<html><body>{body}</body></html>"
    return lambda: HTML(string=document).write_pdf(stylesheets=[style], font_config=configuration)


def by_reportlab(texts: list[Placed], font: Path) -> Callable[[], bytes]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("ipamjm", str(font)))

    def make() -> bytes:
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=tuple(side * POINTS_PER_MM for side in PAGE_MM))
        for text in texts:
            canvas.setFont("ipamjm", text.size)
            canvas.drawString(text.x * POINTS_PER_MM, (PAGE_MM[1] - text.y) * POINTS_PER_MM - text.size, text.text)
        canvas.save()
        return out.getvalue()

    return make


def milliseconds(make: Callable[[], object], count: int) -> float:
    """Processor time of one paper, the first one (fonts read, forms parsed) left out."""
    make()
    started = time.process_time()
    for _ in range(count):
        make()
    return (time.process_time() - started) / count * 1000


def run(*, count: int = 20) -> dict[str, object]:
    font = ensure_font()
    press = CertificatePress(read_font(font))
    order = orders.TAXATION
    texts = placed(compose(order))
    paper = render(order, press)
    # the quick ones more often: ten papers of 3 ms are measured no better than the clock's own grain
    engines: dict[str, float | str] = {
        "kofu": milliseconds(lambda: render(order, press), count * 10),
        "typst": milliseconds(by_typst(order, press), count * 4),
    }
    look = milliseconds(lambda: take_last_look(order, paper, press.certified), count * 10)
    for name, engine in (("reportlab", by_reportlab), ("weasyprint", by_weasyprint)):
        try:
            engines[name] = milliseconds(engine(texts, font), max(2, count // 2))
        except (ImportError, OSError) as missing:  # an engine that is not installed here is said, not hidden
            engines[name] = f"not measured: {type(missing).__name__}"
    kofu = float(engines["kofu"])
    figures = {name: round(value, 1) if isinstance(value, float) else value for name, value in engines.items()}
    with contextlib.suppress(ZeroDivisionError):
        ratios = {
            name: round(value / kofu, 1)
            for name, value in engines.items()
            if isinstance(value, float) and name != "kofu"
        }
    return {
        "benchmark": "engines",
        "texts": len(texts),
        "milliseconds_each": figures,
        "times_slower": ratios,
        "last_look_milliseconds": round(look, 1),
    }


def main() -> None:
    print(json.dumps(run(count=int(sys.argv[1]) if sys.argv[1:] else 20), indent=2))


if __name__ == "__main__":
    main()
