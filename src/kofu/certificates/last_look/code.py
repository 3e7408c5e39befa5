"""The signed code as a reader sees it: drawn by another engine, read by another decoder, compared with the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pypdfium2
import zxingcpp

from kofu.certificates.authenticity import CodeRefused, Statement, digest_of, from_text, read_code
from kofu.certificates.code_facts import FACTS
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look.layout import Box
from kofu.certificates.last_look.mismatch import Difference, Fault
from kofu.certificates.last_look.reading import MM_PER_POINT, ONE_AT_A_TIME
from kofu.certificates.last_look.wording import ExpectedTexts
from kofu.certificates.signing_keys import PublicKey

_DPI = 300
_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def code_faults(
    order: CertificateOrder, expected: ExpectedTexts, pdf: bytes, *, page: int, box: Box, keys: Sequence[PublicKey]
) -> list[Difference]:
    """Compare the code in `box` (mm) of page `page` (from 1) with the order: one code, signed, saying these facts."""
    codes = _codes_in(pdf, page - 1, box)
    if len(codes) != 1:
        return [Difference(page, "signed_code", Fault.CODE)]
    try:
        said = read_code(from_text(codes[0]), keys)
    except CodeRefused:
        return [Difference(page, "signed_code", Fault.CODE)]
    return [] if _says_the_facts(said, order, expected, page) else [Difference(page, "signed_code", Fault.CODE)]


def _says_the_facts(said: Statement, order: CertificateOrder, expected: ExpectedTexts, pages: int) -> bool:
    texts = _all_texts(expected, pages)
    facts = [(label, texts[name]) for name, label in FACTS[order.kind] if texts.get(name)]
    day: date = order.as_of
    return (
        (said.certificate_number, said.title, said.fiscal_year, said.issued_on, said.office)
        == (order.certificate_number, texts["title"], order.fiscal_year, day, order.authority.office)
        and list(said.facts) == facts[: len(said.facts)]
        and len(said.facts) + said.left_out == len(facts)
        and said.digest == digest_of(texts)
    )


def _all_texts(expected: ExpectedTexts, pages: int) -> Mapping[str, str]:
    rows = {
        f"row_{number}_{column}": text
        for number, row in enumerate(expected.rows, start=1)
        for column, text in row.items()
    }
    return expected.texts | rows | {f"page_{number}": f"{number}/{pages}" for number in range(1, pages + 1)}


def _codes_in(pdf: bytes, index: int, box: Box) -> list[str]:
    with ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            page = document[index]
            width, height = (side * MM_PER_POINT for side in page.get_size())
            crop = (box.left, height - box.bottom, width - box.right, box.top)
            picture = page.render(
                scale=_DPI / 72, grayscale=True, crop=tuple(max(0.0, mm) / MM_PER_POINT for mm in crop)
            ).to_pil()
        finally:
            document.close()
    return [code.text for code in zxingcpp.read_barcodes(picture, formats=_QR, try_invert=False)]
