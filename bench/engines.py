"""The same certificate by kofu, typst, WeasyPrint and ReportLab: the same texts at the same places, the same font.

    PYTHONPATH=src python -m bench.engines [COUNT]

First the pressing alone is compared: each engine gives a PDF. Then a whole certificate as a file: kofu sets and signs
it, typst and WeasyPrint each make theirs and pyHanko signs it, with the same key, by the same standard (PAdES, P-256,
certifying); and it is held against what no way of making a signed file goes without. kofu sets the values into the
forme of its form, `typst` lays the same form out anew; both have the form itself (lines, labels, seal) and give
PDF/A-1b with exact variants. The others set the values alone, and draw the base glyph or a box where a name has a
variation selector, without an error. What the last look takes, which reads kofu's paper back, is told beside it. All is
processor time, in pairs in turn. Of a mix of papers of a synthetic ward, half of them with a signed code, it counts how
many were set from formes, and how many typst had to lay out.
"""

from __future__ import annotations

import gc
import hashlib
import html
import io
import json
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from tests.certificates import orders
from tests.certificates.last_look.papers import payments
from tests.certificates.signing_certificates import NOW, certificate

from kofu.certificates.content import CertificateContent, compose
from kofu.certificates.digital import KeyInFile, SigningIdentity, sign_document
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import take_last_look
from kofu.certificates.render import FORMS_ROOT, CertificatePress, FieldCannotBeDrawn, lay_out, render
from kofu.certificates.setting import POINTS_PER_MM, read_boxes
from kofu.certificates.signature_message import SignatureMessage
from kofu.certificates.signed_code import CodeSigner
from kofu.certificates.signing_keys import make_signing_key, read_public_keys, read_signing_keys
from kofu.contracts.feed_tables import RESIDENTS
from kofu.platform.fonts import ensure_font, read_font
from kofu.press.engine import DoesNotFit
from kofu.ward.people import Municipality, WardPlan, population

PAIRS = 5
PAPERS_PER_COUNT = 250  # 10,000 papers at the usual size
PER_CENT_OF_INCOME, PER_CENT_OF_PAYMENT = 75, 18
LONG_ADDRESS_EVERY, LONG_BUILDING = 7, "　グランドヴィラ見本青葉台パークコート東館（B棟）12F　1203-4号室　見本方"
LONG_NAME_EVERY, LONG_NAME = 35, "MARIA FERNANDA DOS SANTOS OLIVEIRA DE ALBUQUERQUE CAVALCANTI"
FROM_A_FORME = b"/KOFUTX+"
CONTENT = b"/S Do\n"  # how the content of a paper set from a forme begins
PAGE_MM = (210.0, 297.0)
REASON = "税証明書"
SIGNED_BY_PYHANKO = frozenset({"typst", "weasyprint"})


@dataclass(frozen=True)
class Placed:
    """A text and its place: millimetres from the top left, size in points."""

    text: str
    x: float
    y: float
    size: float


def placed(content: CertificateContent) -> list[Placed]:
    """The values of a certificate where its form has them."""
    boxes = read_boxes(FORMS_ROOT / content.form / content.version / "fields.toml").fields
    return [
        Placed(text, boxes[name].x, boxes[name].y, boxes[name].size)
        for name, text in content.fields.items()
        if name in boxes
    ]


def by_typst(order: CertificateOrder, press: CertificatePress) -> Callable[[], bytes]:
    """The form laid out anew, as for what no forme can hold."""
    content = compose(order)
    return lambda: lay_out(order, content, press)


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


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], *, counts: tuple[int, int]
) -> tuple[float, float, float]:
    """Median milliseconds of both, and the median of their ratios: ours, theirs, ours, theirs …

    The two halves of one run see another machine; the two of a pair see nearly the same.
    """
    pairs = [(milliseconds(ours, counts[0]), milliseconds(theirs, counts[1])) for _ in range(PAIRS)]
    return (
        median(own for own, _ in pairs),
        median(other for _, other in pairs),
        median(other / own for own, other in pairs),
    )


def floor_of(paper: bytes) -> Callable[[], bytes]:
    """What no way of making this file goes without: pack what nobody can have ready, hash all of it, copy it out.

    Nobody can have ready which text stands where, the page's own content. Outlines can be: they are the font's.
    """
    begins = paper.index(CONTENT)
    ends = paper.index(b"\nendstream", begins)
    before, content, behind = paper[:begins], paper[begins:ends], paper[ends:]

    def make() -> bytes:
        packed = b"".join((before, zlib.compress(content, 1), behind))
        hashlib.sha256(packed).digest()
        return packed

    return make


@dataclass(frozen=True)
class Seal:
    """A key (P-256) with its certificate, and what each signs with: kofu, pyHanko, and the least that signing is."""

    key: ec.EllipticCurvePrivateKey
    own: x509.Certificate
    private: bytes

    @classmethod
    def made(cls) -> Seal:
        """Make one, of an invented authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        own = certificate("東京都見本区長", "見本認証局", key, key, authority=False, begins=NOW - timedelta(days=1))
        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(key, own, private)

    def by_kofu(self) -> Callable[[bytes, str], bytes]:
        """Sign a paper of which the digest is known, as the last look gives it."""
        identity = SigningIdentity(self.own, (), KeyInFile(self.private))
        return lambda paper, digest: sign_document(paper, digest, identity, reason=REASON, signed_at=NOW)

    def by_pyhanko(self) -> Callable[[bytes], bytes]:
        """Sign a paper by pyHanko, the key and certificate read once."""
        signer = signers.SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(self.own.public_bytes(serialization.Encoding.DER)),
            signing_key=asn1_keys.PrivateKeyInfo.load(self.private),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyHanko names no types there
        )
        words = signers.PdfSignatureMetadata(
            field_name="Signature", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, certify=True,
            reason=REASON,
        )  # fmt: skip
        return lambda paper: signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(paper)), words, signer).getvalue()

    def alone(self) -> Callable[[], bytes]:
        """Sign as many bytes as a signature is made over, and no more."""
        attributes = b"".join(SignatureMessage.of(self.own, ()).attributes) + bytes(32)
        return lambda: self.key.sign(attributes, ec.ECDSA(hashes.SHA256()))


def signing(paper: bytes, seal: Seal) -> tuple[Callable[[], object], Callable[[], object]]:
    """A signature on a paper (PAdES, P-256), and the signature alone, over as many bytes as it is made over there."""
    digest, sign = hashlib.sha256(paper).hexdigest(), seal.by_kofu()
    return lambda: sign(paper, digest), seal.alone()


def signed_papers(
    ours: Callable[[], bytes], others: Mapping[str, Callable[[], bytes]], seal: Seal, count: int
) -> dict[str, Any]:
    """A signed certificate by kofu, beside each other engine with pyHanko, and beside the least that any way must do.

    The digest of the paper, which is signed only where it has it, is the last look's work and told with that.
    """
    sign, sign_theirs = seal.by_kofu(), seal.by_pyhanko()
    digest = hashlib.sha256(ours()).hexdigest()

    def whole() -> bytes:
        return sign(ours(), digest)

    def by_others(engine: Callable[[], bytes]) -> Callable[[], bytes]:
        return lambda: sign_theirs(engine())

    pack, alone = floor_of(ours()), seal.alone()
    _, _, of_floor = in_turn(lambda: (pack(), alone()), whole, counts=(count * 5, count * 5))
    each, slower = dict[str, float](), dict[str, float]()
    for name, engine in others.items():
        counts = (count * 5, max(2, count // 10) if name != "typst" else count)
        each["kofu"], each[f"{name} + pyHanko"], slower[f"{name} + pyHanko"] = in_turn(
            whole, by_others(engine), counts=counts
        )
    return {
        "milliseconds_each": {name: round(value, 2) for name, value in each.items()},
        "times_slower": {name: round(value, 1) for name, value in slower.items()},
        "times_the_floor": round(of_floor, 1),
    }


def mixed_orders(count: int) -> Iterator[CertificateOrder]:
    """Papers as people of a synthetic ward ask for them: their names and addresses, of every kind, in its share.

    Some live where the address is long and is broken or set smaller, some have a name of many letters; papers of many
    rows have two pages.
    """
    ward = Municipality(code="139998", name="東京都見本区")
    plan = WardPlan(municipality=ward, seed=1, size=count, day=orders.TAXATION.as_of)
    for number, person in enumerate(population(plan)):
        row = dict(zip((column.name for column in RESIDENTS.columns), person.resident, strict=True))
        name, address = str(row["name"]), str(row["address"])
        if not number % LONG_ADDRESS_EVERY:
            address += LONG_BUILDING
        if not number % LONG_NAME_EVERY:
            name = LONG_NAME
        subject = replace(orders.SUBJECT, name=name, address=address)
        at = number % 100
        if at < PER_CENT_OF_INCOME:
            order = orders.TAXATION if at % 5 else orders.INCOME
            facts = replace(orders.ASSESSMENT, name_at_assessment=name, address_at_assessment=address)
            yield replace(order, subject=subject, assessment=facts)
        elif at < PER_CENT_OF_INCOME + PER_CENT_OF_PAYMENT:
            yield replace(payments(1 + number % 12), subject=subject)
        else:
            yield replace(orders.VEHICLE_PAYMENT if at % 2 else orders.VEHICLE_INSPECTION, subject=subject)


def ways_of(presses: Sequence[CertificatePress], count: int) -> dict[str, int]:
    """How many of a mix of papers were set from formes, laid out by typst, or not to be drawn; the presses in turn."""
    ways = {"forme": 0, "typst": 0, "refused": 0}
    for order, press in zip(mixed_orders(count), cycle(presses), strict=False):
        try:
            way = "forme" if FROM_A_FORME in render(order, press) else "typst"
        except (FieldCannotBeDrawn, DoesNotFit):
            way = "refused"
        ways[way] += 1
    return ways


def with_codes(font: Path) -> CertificatePress:
    """A press whose papers bear a signed code."""
    with tempfile.TemporaryDirectory(prefix="kofu-bench-") as name:
        folder = Path(name)
        make_signing_key(folder, orders.TAXATION.as_of, orders.TAXATION.as_of)
        signer = CodeSigner(read_signing_keys(folder), read_public_keys(folder))
    return CertificatePress(read_font(font), signer=signer)


def run(*, count: int = 20) -> dict[str, object]:
    font = ensure_font()
    press = CertificatePress(read_font(font))
    order = orders.TAXATION
    texts = placed(compose(order))
    paper = render(order, press)
    gc.collect()
    gc.freeze()  # as a serving process does

    def ours() -> bytes:
        return render(order, press)

    # what is kofu's alone comes first: other engines leave much behind for the collector of this process to look at
    look = median(milliseconds(lambda: take_last_look(order, paper, press.certified), count * 5) for _ in range(PAIRS))
    _, _, of_floor = in_turn(floor_of(paper), ours, counts=(count * 5, count * 5))
    seal = Seal.made()
    signed, raw, _ = in_turn(*signing(paper, seal), counts=(count * 5, count * 5))
    # the quick ones more often: ten papers of 1 ms are measured no better than the clock's own grain
    made = {"typst": by_typst(order, press)}
    kofu, typst, slower = in_turn(ours, made["typst"], counts=(count * 5, count))
    engines: dict[str, float | str] = {"kofu": kofu, "typst": typst}
    ratios = {"typst": slower}
    for name, engine in (("reportlab", by_reportlab), ("weasyprint", by_weasyprint)):
        try:
            made[name] = engine(texts, font)
            _, engines[name], ratios[name] = in_turn(ours, made[name], counts=(count * 5, max(2, count // 10)))
        except (ImportError, OSError) as missing:  # an engine that is not installed here is said, not hidden
            engines[name] = f"not measured: {type(missing).__name__}"
    others = {name: engine for name, engine in made.items() if name in SIGNED_BY_PYHANKO & ratios.keys()}
    whole = signed_papers(ours, others, seal, count)
    ways = ways_of((press, with_codes(font)), count * PAPERS_PER_COUNT)
    figures = {name: round(value, 2) if isinstance(value, float) else value for name, value in engines.items()}
    return {
        "benchmark": "engines",
        "texts": len(texts),
        "milliseconds_each": figures,
        "times_slower": {name: round(value, 1) for name, value in ratios.items()},
        "times_the_floor": round(of_floor, 1),
        "last_look_milliseconds": round(look, 2),
        "signature_milliseconds_over_raw": round(signed - raw, 3),
        "signed": whole,
        "mixed_papers": ways,
    }


def main() -> None:
    print(json.dumps(run(count=int(sys.argv[1]) if sys.argv[1:] else 20), indent=2))


if __name__ == "__main__":
    main()
