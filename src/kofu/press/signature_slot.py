"""A place for a signature behind a finished file: an incremental update (ISO 32000-1, 7.5.6) that certifies it (12.8).

The bytes of the file stay as they are. Behind them come its catalog and first page once more, with a signature field
that nothing is seen of, and the signature's dictionary, in which the signature itself is still missing:

    the file          from the first byte on, unchanged
    before            …, the dictionary up to its /Contents
    <00…00>           the place, of a length that is known beforehand; the one part that is not signed
    after             the table and trailer of the update

All lengths are known before anything is signed, so the places in `/ByteRange` and in the table are final at once.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from kofu.core.errors import OurFault

FIELD = "KofuSignature"
TAIL_BYTES = 1_024
ENTRY_BYTES = 20
NUMBER_WIDTH = 10
_TRAILER = re.compile(rb"trailer\s*<<(.*)>>\s*startxref\s+(\d{1,10})\s+%%EOF\s*\Z", re.DOTALL)
_TABLE = re.compile(rb"xref\s+0 (\d{1,7})\s+(?=\d{10} 65535 f)")
_ENTRY = re.compile(rb"(\d{10}) 00000 n[ \r]\n")
_IDENTIFIER = re.compile(rb"/ID\s*\[\s*(<[^>]*>|\((?:[^()\\]|\\.)*\))", re.DOTALL)
_OF_A_FORME = b"/XObject<<"  # its page shows the form as a drawing; what is the paper's own comes behind all of it
_TAKEN = re.compile(rb"/(?:AcroForm|Perms|Annots)\b")


class CannotBeSigned(OurFault):
    """The file is not built as a paper of ours is, so there is no place for a signature in it."""

    def __init__(self, message: str) -> None:
        """Build the error from a sentence without any text of the paper."""
        super().__init__("cannot_be_signed", message)


@dataclass(frozen=True, slots=True)
class SignatureSlot:
    """What comes behind a file: the bytes before and after the place of the signature, which takes so many digits.

    `form_bytes`: with how many bytes the file begins as others of its form do; 0 where it was not set from a forme.
    """

    before: bytes
    after: bytes
    digits: int
    form_bytes: int

    def filled(self, signature: bytes) -> bytes:
        """Give the update with a signature (DER) in its place."""
        return b"%s<%s>%s" % (self.before, signature.hex().encode("ascii").ljust(self.digits, b"0"), self.after)


def signature_slot(pdf: bytes, signature_bytes: int, *, reason: str, signed_at: datetime) -> SignatureSlot:
    """Make a place for a signature of at most so many bytes. Raises `CannotBeSigned`."""
    tail = _TRAILER.search(pdf, max(0, len(pdf) - TAIL_BYTES))
    table = _TABLE.match(pdf, int(tail[2])) if tail else None
    identifier = _IDENTIFIER.search(tail[1]) if tail else None
    if tail is None or table is None or identifier is None:
        raise CannotBeSigned("a paper has one table and a trailer with an identifier")
    entries, size, digits = table.end(), int(table[1]), 2 * signature_bytes
    root = _reference(tail[1], b"Root")
    catalog = _object(pdf, entries, root)
    page = _reference(_object(pdf, entries, _reference(catalog, b"Pages")), rb"Kids\s*\[")
    first_page = _object(pdf, entries, page)
    field, nothing, signature = range(size, size + 3)
    objects = {
        root: _with_entries(
            catalog, b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>/Perms<</DocMDP %d 0 R>>" % (field, signature)
        ),
        page: _with_entries(first_page, b"/Annots[%d 0 R]" % field),
        # a signature field with its widget (12.7.4.5); PDF/A-1b wants it printed, and with an appearance
        field: b"%d 0 obj\n<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F 132/Rect[0 0 0 0]/P %d 0 R/V %d 0 R"
        b"/AP<</N %d 0 R>>>>\nendobj\n" % (field, FIELD.encode("ascii"), page, signature, nothing),
        nothing: b"%d 0 obj\n<</Type/XObject/Subtype/Form/BBox[0 0 0 0]/Length 0>>\nstream\n\nendstream\nendobj\n"
        % nothing,
    }
    places: dict[int, int] = {}
    at = len(pdf)
    for number, body in objects.items():
        places[number] = at
        at += len(body)
    places[signature] = at
    head = _signature_head(signature, reason, signed_at)
    begins = at + len(head) + len(b"/ByteRange[0 %s]/Contents" % (b" " * (3 * NUMBER_WIDTH + 2)))
    closing = b">>\nendobj\n"
    goes_on = begins + digits + len(b"<>")
    trailer = _trailer(tail, places, goes_on + len(closing), size + 3, identifier[1])
    after = closing + trailer
    numbers = b" ".join(b"%-*d" % (NUMBER_WIDTH, number) for number in (begins, goes_on, len(after)))
    before = b"".join((*objects.values(), head, b"/ByteRange[0 %s]/Contents" % numbers))
    own = _place(pdf, entries, _reference(first_page, b"Contents")) if _OF_A_FORME in first_page else 0
    return SignatureSlot(before, after, digits, own)


def _signature_head(number: int, reason: str, signed_at: datetime) -> bytes:
    """Begin the signature's dictionary (12.8.1), which certifies that nothing may be added (12.8.2.2, P 1)."""
    return (
        b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:%s)/Reason<FEFF%s>"
        b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]"
        % (
            number,
            f"{signed_at.astimezone(UTC):%Y%m%d%H%M%S}Z".encode("ascii"),
            reason.encode("utf-16-be").hex().encode("ascii"),
        )
    )


def _trailer(before: re.Match[bytes], places: dict[int, int], at: int, size: int, identifier: bytes) -> bytes:
    """Write the update's table, a section for each run of numbers, and its trailer, which leads to the one before."""
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, place)
    info = _reference(before[1], b"Info")
    own = hashlib.sha256(table).hexdigest()[:32].encode("ascii")
    return table + b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/Prev %s/ID[%s<%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        _reference(before[1], b"Root"),
        info,
        before[2],
        identifier,
        own,
        at,
    )


@cache  # of the few keys above
def _leads(key: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"/%s\s*(\d{1,7}) 0 R" % key)


def _reference(body: bytes, key: bytes) -> int:
    found = _leads(key).search(body)
    if found is None:
        raise CannotBeSigned("what leads to a paper's first page is a reference")
    return int(found[1])


def _object(pdf: bytes, entries: int, number: int) -> bytes:
    """Give an object, from its number to its end, by the entry of the table."""
    start = _place(pdf, entries, number)
    end = pdf.find(b"endobj", start)
    if not pdf.startswith(b"%d 0 obj" % number, start) or end < 0:
        raise CannotBeSigned("an entry of a paper's table leads to its object")
    return pdf[start:end] + b"endobj\n"


def _place(pdf: bytes, entries: int, number: int) -> int:
    """Say where an object begins by the entry of the table; behind the end where there is none."""
    at = entries + ENTRY_BYTES * number
    entry = _ENTRY.fullmatch(pdf, at, at + ENTRY_BYTES)
    return int(entry[1]) if entry else len(pdf)


def _with_entries(body: bytes, more: bytes) -> bytes:
    """Put entries to a dictionary that has none of the kind."""
    at = body.rfind(b">>")
    if at < 0 or _TAKEN.search(body):
        raise CannotBeSigned("a paper has no fields, notes or permissions before it is signed")
    return body[:at] + more + body[at:]
