"""督促状 (地方税法329条): what it says, from a line of the list that was approved.

It names the day until which the payer can still settle (331条1項1号), and says that a payment may have crossed it on
the way: payments reach the ledger up to two weeks late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import ensure
from kofu.ledger.domain.dunning import pay_up_by
from kofu.ledger.domain.paper_words import Addressee, PaperForm, Place, Sender, Sheet, day, row_texts, yen

VERSION = "v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DunnedClaim:
    """A 期別 that is dunned. `due`: 本税 unpaid; `interest`: 延滞金 fixed so far, both in yen."""

    place: Place
    due_date: date
    due: int
    interest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningLetter:
    """A 督促状. `number`: 督促番号. `as_of`: the closed day whose payments it takes into account."""

    number: str
    addressee: Addressee
    issued_on: date
    as_of: date
    claims: tuple[DunnedClaim, ...]


def dunning_letter(letter: DunningLetter, sender: Sender) -> Sheet:
    """Give the 督促状 as a sheet. `InvariantBroken` where nothing is due of a 期別, or it was not due yet."""
    ensure(letter.claims, "a 督促状 names what is due")
    for claim in letter.claims:
        ensure(claim.due > 0, "a 期別 of which nothing is due is not dunned")
        ensure(claim.due_date < letter.issued_on, "a 期別 that is not due yet is not dunned")
    rows = [
        {
            "year": sender.year(claim.place),
            "tax": sender.tax(claim.place),
            "notice": claim.place.notice_number,
            "installment": claim.place.label,
            "due_date": day(claim.due_date),
            "due": yen(claim.due),
            "interest": yen(claim.interest),
        }
        for claim in letter.claims
    ]
    texts = (
        letter.addressee.texts()
        | sender.texts()
        | row_texts("claim", rows)
        | {
            "number": letter.number,
            "issued_on": day(letter.issued_on),
            "total": yen(sum(claim.due + claim.interest for claim in letter.claims)),
            "pay_up_by": day(pay_up_by(letter.issued_on)),
            "as_of": day(letter.as_of),
        }
    )
    return Sheet(PaperForm.DUNNING_LETTER, VERSION, texts, {"claim": len(rows)}, letter.issued_on, sender.specimen)
