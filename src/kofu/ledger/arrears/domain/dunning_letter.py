"""督促状 (地方税法329条): what it says, from a line of the list that was approved.

It names the day until which the payer can still settle (331条1項1号), and says that a payment may have crossed it on
the way: payments reach the ledger up to two weeks late. 延滞金 is worded as 326条1項 and 附則3条の2 word it, and what
it comes to on the day of the letter stands beside each 期別.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import ensure
from kofu.core.wareki import year_in_era
from kofu.ledger.books.domain.prescription import pay_up_by
from kofu.ledger.books.domain.rates import LAW_AFTER, LAW_FIRST_MONTH
from kofu.ledger.papers.domain.paper_words import Addressee, ClaimPlace, Sender, Sheet, day, row_texts, yen
from kofu.ledger.profile.domain.paper_forms import PaperForm

VERSION = "v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DunnedClaim:
    """A 期別 that is dunned. `due`: 本税 unpaid; `interest`: 延滞金 to the day of the letter, both in yen."""

    place: ClaimPlace
    due_date: date
    due: int
    interest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningLetter:
    """A 督促状. `number`: 督促番号. `as_of`: the closed day whose payments it takes into account.

    `first_month`, `after`: the rates of 延滞金 of the year of the letter, in per mille.
    """

    number: str
    addressee: Addressee
    issued_on: date
    as_of: date
    claims: tuple[DunnedClaim, ...]
    first_month: int
    after: int

    def interest_words(self) -> str:
        """Say how 延滞金 is calculated, as the law says it (326条1項, 附則3条の2), and of which day the amounts are."""
        words = (
            "納期限の翌日から納付の日までの期間の日数に応じ、税額に年14.6パーセント（納期限の翌日から1月を経過する日までの"
            "期間については、年7.3パーセント）の割合を乗じて計算した延滞金額を加算して納付していただきます。"
        )
        if (self.first_month, self.after) != (LAW_FIRST_MONTH, LAW_AFTER):
            words += (
                f"{year_in_era(self.issued_on)}中の割合は、地方税法附則第3条の2により、"
                f"年{self.after / 10:.1f}パーセント（年{self.first_month / 10:.1f}パーセント）です。"
            )
        return f"{words}上の延滞金は、{day(self.issued_on)}に納付する場合の額で、その後も日数に応じて増えます。"


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
        | sender.texts(PaperForm.DUNNING_LETTER)
        | row_texts("claim", rows)
        | {
            "number": letter.number,
            "issued_on": day(letter.issued_on),
            "total": yen(sum(claim.due + claim.interest for claim in letter.claims)),
            "pay_up_by": day(pay_up_by(letter.issued_on)),
            "as_of": day(letter.as_of),
            "interest_words": letter.interest_words(),
        }
    )
    return Sheet(PaperForm.DUNNING_LETTER, VERSION, texts, {"claim": len(rows)}, letter.issued_on, sender.specimen)
