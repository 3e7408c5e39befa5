"""納付書: what an installment comes to on a day as a paper with a barcode, read back before it is handed out.

The paper is for one day of payment: 延滞金 is quoted to it (法326条1項), and its barcode is good until then.

A barcode that means another installment makes paid taxes look unpaid (静岡市: 577 督促状 to people who had paid). So
the finished PDF is drawn and its bars are read by a reader that shares nothing with what drew them; anything else than
this installment and this amount stops the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import psycopg
import pypdfium2
import zxingcpp

from kofu.core.calendar import JST, day_in_japan, in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.font_file import FontFile
from kofu.core.profile import Profile
from kofu.core.wareki import format_date
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.quote import Quote, check_day
from kofu.ledger.books.domain.special_collection import is_special
from kofu.ledger.books.domain.tax_names import tax_name
from kofu.ledger.books.journal import find_claims
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.papers.press import FORMS_ROOT
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.ledger.recipients.domain.recipients import DocumentKind, Recipient
from kofu.ledger.recipients.outgoing import address_document
from kofu.ledger.slips.codecs.barcode import Barcode, parse
from kofu.ledger.slips.codecs.code128 import values_of, widths_of
from kofu.ledger.slips.codecs.convenience import BarcodeProfile, NoBarcode, Slip, SlipKey, barcode_for, key_of
from kofu.platform.fonts import read_font
from kofu.press.engine import Press
from kofu.press.glyphs import GlyphCoverage

FORM, VERSION = "payment_slip", "v1"
SETS_KEPT = 2
READING_SCALE = 300 / 72  # pixels of a point, at 300 dots an inch


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """A 納付書. `barcode` is the reason where it has none."""

    pdf: bytes
    barcode: Barcode | NoBarcode
    amount: int
    interest: int
    reissued: int


class SlipPress:
    """The press of the ledger's forms and what its font draws exactly."""

    def __init__(self, font: Path, drawn: FontFile | None = None) -> None:
        """Read the font; `drawn`: the registered glyphs (外字). Raises `OperatorFault` where it cannot be read."""
        certified = read_font(font)
        self.engine = Press(certified, FORMS_ROOT, drawn)
        self.glyphs = GlyphCoverage(certified, drawn)


@lru_cache(maxsize=SETS_KEPT)
def slip_press(font: Path, drawn: FontFile | None) -> SlipPress:
    """Give the press of this process: the font is read once, and again with another set of registered glyphs."""
    return SlipPress(font, drawn)


def print_slip(
    connection: psycopg.Connection,
    *,
    profile: Profile,
    papers: PaperRules,
    barcodes: BarcodeProfile,
    press: SlipPress,
    notice_number: str,
    installment: str,
    pay_by: date,
    rules: MatchingRules,
    acting: Acting,
) -> PrintedSlip:
    """Print the 納付書 of an installment for what it comes to on `pay_by`, the last day it can be used.

    The slip is on record with its audit entry in one transaction. Raises `OperatorFault` `claim_unknown`,
    `special_collection` (the 特別徴収義務者 remits it: nothing is asked of the person), `nothing_due`, `pay_by_past`,
    `day_too_far` (more than a year ahead), `rate_missing` (延滞金 of that day cannot be known yet),
    `held_<reason>` (nobody may receive it yet); `CannotDraw` for a name the font does not draw exactly; `OurFault`
    `slip_misread` where the bars on the finished paper do not lead back to this installment: nothing is printed then.
    """
    today = day_in_japan(acting.now)
    if pay_by < today:
        raise OperatorFault("pay_by_past", "the last day to pay lies in the past; choose a later one")
    check_day(pay_by, today)
    with connection.transaction():
        found = find_claims(connection, profile.code, [(notice_number, installment)])
        claim = found.get((notice_number, installment))
        if claim is None:
            raise OperatorFault("claim_unknown", "there is no such installment; look at 通知書番号 and 期別 again")
        if is_special(claim.notice.collection_method):
            raise OperatorFault(
                "special_collection", "this is collected by the employer or pension payer; ask nothing of the person"
            )
        reissued = _reissued(connection, claim)
        quote = quotes_of(connection, [claim.claim_id], pay_by, rules)[claim.claim_id]
        interest = quote.known_interest
        if quote.total == 0:
            raise OperatorFault("nothing_due", "nothing is due of this installment")
        key = SlipKey(
            fiscal_year=claim.notice.fiscal_year,
            tax=claim.notice.tax.value,
            notice_number=notice_number,
            installment=installment,
            origin_year=claim.notice.origin_year,
        )
        slip = Slip(key=key, amount=quote.total, pay_by=pay_by, reissued=reissued)
        barcode = barcode_for(barcodes, slip, printed_on=today)
        recipient = _recipient(connection, claim, acting)
        texts = _texts(profile, papers, quote, slip, recipient=recipient, printed_on=today)
        texts |= _barcode_texts(barcode, papers)
        for text in texts.values():
            press.glyphs.require(text)
        widths = list(widths_of(values_of(barcode.digits))) if isinstance(barcode, Barcode) else []
        created = in_japan(acting.now).astimezone(JST)
        extra: dict[str, object] = {"widths": widths, "specimen": profile.specimen}
        pdf = press.engine.render(FORM, VERSION, texts, extra, created)
        check_bars(pdf, barcode, barcodes, key)
        connection.execute(
            "INSERT INTO payment_slip (claim_id, reissued, amount, interest, pay_by, barcode, printed_by, printed_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                claim.claim_id, reissued, slip.amount, interest, pay_by,
                barcode.digits if isinstance(barcode, Barcode) else "", acting.actor, acting.now,
            ],
        )  # fmt: skip
        record(connection, acting, "slip.print", "printed", claim=claim.claim_id, reissued=reissued)
    return PrintedSlip(pdf, barcode, slip.amount, interest, reissued)


def check_bars(pdf: bytes, barcode: Barcode | NoBarcode, barcodes: BarcodeProfile, key: SlipKey) -> None:
    """Read the paper's bars and hold them against what it is for. Raises `OurFault` `slip_misread`."""
    with pypdfium2.PdfDocument(pdf) as document:
        image = document[0].render(scale=READING_SCALE, grayscale=True).to_pil()
        read = [found.text for found in zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)]
    if not isinstance(barcode, Barcode):
        if read:
            raise OurFault("slip_misread", "a slip that may have no barcode has one; nothing was printed")
        return
    if read != [barcode.digits]:
        raise OurFault("slip_misread", f"{len(read)} barcodes were read on the slip, not its own; nothing was printed")
    read_key = key_of(barcodes, parse(read[0]))
    if (read_key.notice_number, read_key.installment, read_key.fiscal_year, read_key.tax) != (
        key.notice_number,
        key.installment,
        key.fiscal_year,
        key.tax,
    ):
        raise OurFault("slip_misread", "the slip's barcode means another installment; nothing was printed")


def _reissued(connection: psycopg.Connection, claim: Claim) -> int:
    """Count the slips printed before; others, and payments, wait until this one is on record."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM payment_slip AS before WHERE before.claim_id = claim_balance.claim_id)"
        " FROM claim_balance WHERE claim_id = %s FOR UPDATE",
        [claim.claim_id],
    ).fetchone()
    if row is None:
        raise OurFault("unknown_in_ledger", "a claim has no balance")
    return int(row[0])


def _recipient(connection: psycopg.Connection, claim: Claim, acting: Acting) -> Recipient:
    notice = claim.notice
    return address_document(
        connection,
        notice.municipality_code,
        notice.addressee_number,
        DocumentKind.PAYMENT_SLIP,
        taxes=frozenset({notice.tax}),
        reference=f"{notice.notice_number}-{claim.installment}",
        acting=acting,
    )


def _texts(
    profile: Profile, papers: PaperRules, quote: Quote, slip: Slip, *, recipient: Recipient, printed_on: date
) -> dict[str, str]:
    claim, postal_code = quote.claim, recipient.postal_code
    return {
        "municipality": profile.name,
        "office": papers.section,
        "tax": tax_name(claim.notice.tax, profile.municipal_tax, profile.prefectural_tax, claim.notice.fiscal_year),
        "year": profile.year_label(claim.notice.fiscal_year),
        "installment": f"第{claim.installment}期" if claim.installment.isdigit() else claim.installment,
        "notice_number": claim.notice.notice_number,
        "due_date": format_date(quote.due_date),
        "pay_by": format_date(slip.pay_by),
        "principal": f"{quote.principal:,}円",
        "interest": f"{quote.known_interest:,}円",
        "interest_until": f"{quote.on.month}月{quote.on.day}日納付",
        "total": f"{slip.amount:,}円",
        "name": recipient.name,
        "capacity": recipient.capacity,
        "payer": recipient.taxpayer,
        "postal_code": f"〒{postal_code[:3]}-{postal_code[3:]}" if postal_code else "",
        "address": recipient.address,
        "printed_on": format_date(printed_on),
        "reissued": str(slip.reissued),
        "note": _note(quote),
    }


def _note(quote: Quote) -> str:
    if quote.on > quote.due_date and quote.principal:
        return f"延滞金は、{format_date(quote.on)}に納付する場合の額です。その日より後は使えません。"
    return "納期限を過ぎて納付したときは、納付の日までの延滞金がかかります。"


def _barcode_texts(barcode: Barcode | NoBarcode, papers: PaperRules) -> dict[str, str]:
    if isinstance(barcode, Barcode):
        first, second = barcode.lines
        return {"line_1": first, "line_2": second, "no_barcode": "", "places": papers.places_stores}
    return {"line_1": "", "line_2": "", "no_barcode": barcode.words, "places": papers.places}
