"""還付通知書 and 充当通知書: what they say, from a decided case. Their fields follow those municipalities publish.

A paper whose sums do not agree is not made: what is owed back and 還付加算金 are together what is appropriated and what
is paid out (地方税法17条, 17条の2, 17条の4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.domain.posting import ClaimPart
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.papers.domain.paper_words import Addressee, ClaimPlace, Sender, Sheet, day, row_texts, yen
from kofu.ledger.profile.domain.paper_forms import PaperForm

VERSION = "v1"
CAUSE_WORDS = {
    RefundCause.REASSESSMENT: "賦課の減額・取消による過納",
    RefundCause.REQUEST: "更正の請求による過納",
    RefundCause.INCOME_TAX: "所得税の更正・申告による過納",
    RefundCause.OTHER: "二重納付などによる誤納",
}
PART_WORDS = {ClaimPart.PRINCIPAL: "本税", ClaimPart.INTEREST: "延滞金"}
ACCOUNT_TYPES = {"1": "普通", "2": "当座", "4": "貯蓄", "9": "その他"}
SHOWN_DIGITS = 3  # of an account number on a letter that may be opened by another
HOW_TO_CLAIM = (
    "同封の「還付請求書兼口座振込依頼書」に必要な事項を記入し、返送してください。"
    "ご請求を受け付けた後、指定の口座に振り込みます。"
)
LATER = "後日加算"
INTEREST_FOLLOWS = (
    "還付加算金は、ご請求を受けて支出を決定する日まで計算し、上の額に加えてお支払いします。"
    "この通知書を発した日から30日を過ぎてご請求があったときは、その間の日数を除いて計算します（地方税法第17条の4第2項）。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOwedBack:
    """What is owed back at a 期別, in yen.

    `assessed`: 調定額 after 減免; `paid`: 納付済額 before anything goes back.
    """

    place: ClaimPlace
    assessed: int
    paid: int
    overpaid: int
    in_error: int
    cause: RefundCause

    @property
    def excess(self) -> int:
        """過誤納額 in yen."""
        return self.overpaid + self.in_error

    @property
    def cause_in_words(self) -> str:
        """発生事由 in words."""
        causes = [self.cause] if self.overpaid else []
        causes += [RefundCause.OTHER] if self.in_error else []
        return "、".join(CAUSE_WORDS[cause] for cause in dict.fromkeys(causes))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedTo:
    """充当先: yen to a part of a 期別, from the 適状日. `from_interest`: 還付加算金 was appropriated."""

    place: ClaimPlace
    part: ClaimPart
    amount: int
    effective_on: date
    from_interest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedRefund:
    """A decided case. `interest`: 還付加算金; `refund`: 差引還付額, both in yen. `claim_until`: 請求期限.

    `account`: where the refund goes, once it was claimed. `interest_open`: 還付加算金 is fixed when the claim comes.
    """

    number: int
    addressee: Addressee
    issued_on: date
    owed: tuple[ClaimOwedBack, ...]
    applied: tuple[AppliedTo, ...]
    interest: int
    refund: int
    claim_until: date
    account: BankAccount | None = None
    interest_open: bool = False

    @property
    def owed_total(self) -> int:
        """過誤納額 together."""
        return sum(line.excess for line in self.owed)

    @property
    def applied_total(self) -> int:
        """充当額 together."""
        return sum(line.amount for line in self.applied)


def refund_notice(case: DecidedRefund, sender: Sender) -> Sheet:
    """還付通知書 with 還付請求書兼口座振込依頼書. Raises `OperatorFault` `nothing_to_refund`."""
    if case.refund == 0:
        raise OperatorFault("nothing_to_refund", "all of it was appropriated: there is no 還付通知書 of this case")
    texts = _common(PaperForm.REFUND_NOTICE, case, sender) | {
        "how": _way_of_payment(case.account) + (INTEREST_FOLLOWS if case.interest_open else ""),
        "claim_until": day(case.claim_until),
        "claimant_office": sender.office,
    }
    return _sheet(PaperForm.REFUND_NOTICE, case, sender, texts)


def offset_notice(case: DecidedRefund, sender: Sender) -> Sheet:
    """充当通知書 (地方税法17条の2第5項). Raises `OperatorFault` `nothing_applied`."""
    if not case.applied:
        raise OperatorFault("nothing_applied", "nothing was appropriated: there is no 充当通知書 of this case")
    return _sheet(PaperForm.OFFSET_NOTICE, case, sender, _common(PaperForm.OFFSET_NOTICE, case, sender))


def _sheet(form: PaperForm, case: DecidedRefund, sender: Sender, texts: dict[str, str]) -> Sheet:
    ensure(
        case.owed_total + case.interest == case.applied_total + case.refund,
        "what is owed back and its interest are what is appropriated and refunded",
    )
    rows = {"owed": len(case.owed), "applied": len(case.applied)}
    return Sheet(form, VERSION, texts, rows, case.issued_on, sender.specimen)


def _common(form: PaperForm, case: DecidedRefund, sender: Sender) -> dict[str, str]:
    owed = [
        {
            "year": sender.year(line.place),
            "tax": sender.tax(line.place),
            "notice": line.place.notice_number,
            "installment": line.place.label,
            "assessed": yen(line.assessed),
            "paid": yen(line.paid),
            "excess": yen(line.excess),
            "cause": line.cause_in_words,
        }
        for line in case.owed
    ]
    applied = [
        {
            "year": sender.year(line.place),
            "tax": sender.tax(line.place),
            "notice": line.place.notice_number,
            "installment": line.place.label,
            "part": PART_WORDS[line.part] + ("（還付加算金から）" if line.from_interest else ""),
            "effective": day(line.effective_on),
            "amount": yen(line.amount),
        }
        for line in case.applied
    ]
    return (
        case.addressee.texts()
        | sender.texts(form)
        | row_texts("owed", owed)
        | row_texts("applied", applied)
        | {
            "number": f"第{case.number}号",
            "issued_on": day(case.issued_on),
            "owed_total": yen(case.owed_total),
            "applied_total": yen(case.applied_total),
            "interest": LATER if case.interest_open and not case.interest else yen(case.interest),
            "refund": yen(case.refund),
        }
    )


def _way_of_payment(account: BankAccount | None) -> str:
    if account is None:
        return HOW_TO_CLAIM
    kind = ACCOUNT_TYPES.get(account.account_type, "")
    shown = account.account_number[-SHOWN_DIGITS:].rjust(len(account.account_number), "＊")
    return (
        f"ご請求のあった口座に振り込みます。金融機関コード{account.bank_code}　店舗コード{account.branch_code}　"
        f"{kind}　{shown}"
    )
