"""納付書 of several 期別 on one paper: what each comes to on the day of payment, and the sum.

It bears no barcode: a barcode means one 期別, and a paper that could be paid at a store for another would be worse than
none. Its 納付済通知書 comes back as paper and is keyed row by row, so the money of each 期別 goes to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

from kofu.core.calendar import day_in_japan, in_japan
from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile
from kofu.core.wareki import format_date
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.quote import Quote, QuoteSum, add_up, check_day
from kofu.ledger.books.domain.special_collection import is_special
from kofu.ledger.books.domain.tax_names import tax_name
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.papers.domain.paper_words import ClaimPlace
from kofu.ledger.people.domain.numbers import PersonNumbers
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.ledger.recipients.domain.recipients import DocumentKind, Recipient
from kofu.ledger.recipients.outgoing import address_document
from kofu.ledger.slips.print_slip import SlipPress

FORM, VERSION = "payment_slip_several", "v1"
CLAIMS_MAX = 8  # rows that fit on the paper


@dataclass(frozen=True, slots=True)
class PrintedTogether:
    """A 納付書 for several 期別: the paper, and what it asks in yen."""

    pdf: bytes
    asked: QuoteSum


def print_slips_together(
    connection: psycopg.Connection,
    numbers: PersonNumbers,
    claim_ids: Sequence[int],
    *,
    profile: Profile,
    papers: PaperRules,
    press: SlipPress,
    pay_by: date,
    rules: MatchingRules,
    acting: Acting,
) -> PrintedTogether:
    """Print one 納付書 for several 期別 of one person, for what they come to on `pay_by`.

    On record per 期別 with its audit entry, in one transaction. Raises `OperatorFault` `pay_by_past`, `day_too_far`,
    `rate_missing`, `claim_unknown` (none chosen, or not this person's), `too_many_claims`, `special_collection`,
    `nothing_due`, `held_<reason>`; `CannotDraw` for a name the font does not draw exactly.
    """
    today = day_in_japan(acting.now)
    if pay_by < today:
        raise OperatorFault("pay_by_past", "the last day to pay lies in the past; choose a later one")
    check_day(pay_by, today)
    if len(claim_ids) > CLAIMS_MAX:
        raise OperatorFault("too_many_claims", f"{CLAIMS_MAX} 期別 fit on one paper; print the others on a second")
    with connection.transaction():
        quotes = list(quotes_of(connection, claim_ids, pay_by, rules).values())
        _check(quotes, claim_ids, numbers)
        recipient = address_document(
            connection,
            profile.code,
            numbers[0],
            DocumentKind.PAYMENT_SLIP,
            taxes=frozenset(quote.claim.notice.tax for quote in quotes),
            reference=f"{len(quotes)}期分",
            acting=acting,
        )
        texts = _texts(profile, papers, quotes, recipient, printed_on=today)
        for text in texts.values():
            press.glyphs.require(text)
        extra: dict[str, object] = {"rows": len(quotes), "specimen": profile.specimen}
        pdf = press.engine.render(FORM, VERSION, texts, extra, in_japan(acting.now))
        for quote in quotes:
            connection.execute(
                "INSERT INTO payment_slip (claim_id, reissued, amount, interest, pay_by, barcode, printed_by,"
                " printed_at) SELECT %s, count(*), %s, %s, %s, '', %s, %s FROM payment_slip WHERE claim_id = %s",
                [
                    quote.claim.claim_id, quote.total, quote.known_interest, pay_by, acting.actor, acting.now,
                    quote.claim.claim_id,
                ],
            )  # fmt: skip
        claims = [quote.claim.claim_id for quote in quotes]
        record(connection, acting, "slip.print_together", "printed", claims=",".join(map(str, claims)))
    return PrintedTogether(pdf, add_up(quotes))


def _check(quotes: Sequence[Quote], claim_ids: Sequence[int], numbers: PersonNumbers) -> None:
    """Refuse what cannot stand on the paper: another person's 期別, 特別徴収, nothing due, no rate."""
    theirs = [quote for quote in quotes if quote.claim.notice.addressee_number in numbers]
    if not quotes or len(theirs) != len(set(claim_ids)):
        raise OperatorFault("claim_unknown", "choose 期別 of this person")
    if any(is_special(quote.claim.notice.collection_method) for quote in quotes):
        raise OperatorFault(
            "special_collection", "this is collected by the employer or pension payer; ask nothing of the person"
        )
    if any(quote.total == 0 for quote in quotes):
        raise OperatorFault("nothing_due", "nothing is due of one of the 期別 chosen")


def _texts(
    profile: Profile, papers: PaperRules, quotes: Sequence[Quote], recipient: Recipient, *, printed_on: date
) -> dict[str, str]:
    asked, code = add_up(quotes), recipient.postal_code
    on = format_date(quotes[0].on)
    texts = {
        "municipality": profile.name,
        "office": papers.section,
        "principal": f"{asked.principal:,}円",
        "interest": f"{asked.interest:,}円",
        "total": f"{asked.total:,}円",
        "pay_by": on,
        "name": recipient.name,
        "capacity": recipient.capacity,
        "payer": recipient.taxpayer,
        "postal_code": f"〒{code[:3]}-{code[3:]}" if code else "",
        "address": recipient.address,
        "printed_on": format_date(printed_on),
        "places": papers.places,
        "note": f"延滞金は、{on}に納付する場合の額です。その日より後や、コンビニエンスストアでは使えません。",
    }
    for row, quote in enumerate(quotes, start=1):
        notice = quote.claim.notice
        place = ClaimPlace(
            tax=notice.tax,
            fiscal_year=notice.fiscal_year,
            origin_year=notice.origin_year,
            collection_method=notice.collection_method,
            notice_number=notice.notice_number,
            installment=quote.claim.installment,
        )
        tax = tax_name(notice.tax, profile.municipal_tax, profile.prefectural_tax, notice.fiscal_year)
        texts |= {
            f"claim_{row}_name": f"{profile.year_label(notice.fiscal_year)}　{tax}　{place.label}",
            f"claim_{row}_notice": notice.notice_number,
            f"claim_{row}_due_date": format_date(quote.due_date),
            f"claim_{row}_principal": f"{quote.principal:,}円",
            f"claim_{row}_interest": f"{quote.known_interest:,}円",
        }
    return texts
