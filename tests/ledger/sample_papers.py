"""Decided cases whose papers are looked at: invented people of 見本区."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from kofu.core.kinds import MunicipalTax, PrefecturalTax
from kofu.ledger.arrears.domain.dunning_letter import DunnedClaim, DunningLetter
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.books.domain.posting import ClaimPart
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.overpayments.domain.papers import AppliedTo, ClaimOwedBack, DecidedRefund
from kofu.ledger.papers.domain.paper_words import Addressee, ClaimPlace, Sender
from kofu.ledger.profile.domain.paper_forms import PaperForm
from kofu.ledger.recipients.domain.agents import AgentState, TaxAgent
from kofu.ledger.recipients.domain.heirs import Heir, HeirsState
from kofu.ledger.recipients.domain.papers import Approval, Designation

SENDER = Sender(
    office="東京都見本区長",
    name="見本 次郎",
    section="税務課収納管理係",
    contact="東京都見本区役所　電話 03-0000-0000（平日 午前8時30分から午後5時まで）",
    seal="（公印省略）",
    appeal=(
        "この処分に不服がある場合は、この処分があったことを知った日の翌日から起算して3か月以内に、"
        "東京都見本区長に対して審査請求をすることができます。"
    ),
    municipality="東京都見本区",
    appeal_first=frozenset({PaperForm.REFUND_NOTICE, PaperForm.OFFSET_NOTICE}),
    era_change="start",
    municipal_tax=MunicipalTax.WARD,
    prefectural_tax=PrefecturalTax.METROPOLIS,
    specimen=True,
)
ADDRESSEE = Addressee(
    postal_code="1600000",
    address="東京都見本区青葉台一丁目２番３－４０５号　見本マンション",
    name="見本 渡邉󠄏 太郎",
)


def place(
    number: str, installment: str, *, year: int = 2026, origin: int | None = None, tax: Tax = Tax.RESIDENT
) -> ClaimPlace:
    return ClaimPlace(
        tax=tax,
        fiscal_year=year,
        origin_year=origin or year,
        collection_method="ordinary",
        notice_number=number,
        installment=installment,
    )


#: 1期 was reduced after it was paid, 2期 paid twice; part of it pays another year's tax and its 延滞金.
CASE = DecidedRefund(
    number=12,
    addressee=ADDRESSEE,
    issued_on=date(2026, 11, 24),
    owed=(
        ClaimOwedBack(
            place=place("0000012345", "1"),
            assessed=30_000,
            paid=54_000,
            overpaid=24_000,
            in_error=0,
            cause=RefundCause.REASSESSMENT,
        ),
        ClaimOwedBack(
            place=place("0000012345", "2"),
            assessed=24_000,
            paid=1_248_000,
            overpaid=0,
            in_error=1_224_000,
            cause=RefundCause.REASSESSMENT,
        ),
    ),
    applied=(
        AppliedTo(
            place=place("0000009876", "全期", year=2025, tax=Tax.LIGHT_VEHICLE),
            part=ClaimPart.PRINCIPAL,
            amount=10_800,
            effective_on=date(2026, 8, 20),
            from_interest=False,
        ),
        AppliedTo(
            place=place("0000006543", "4", year=2026, origin=2023),
            part=ClaimPart.INTEREST,
            amount=1_200,
            effective_on=date(2026, 11, 20),
            from_interest=True,
        ),
    ),
    interest=1_500,
    refund=1_237_500,
    claim_until=date(2031, 11, 20),
)

#: The same where 還付加算金 is fixed when the claim comes: none of it can be appropriated yet.
BEFORE_INTEREST = replace(CASE, applied=CASE.applied[:1], interest=0, refund=1_237_200, interest_open=True)

#: Two installments of one tax, one of them part paid with its 延滞金 fixed.
LETTER = DunningLetter(
    number="督促 第345号",
    addressee=ADDRESSEE,
    issued_on=date(2026, 11, 24),
    as_of=date(2026, 11, 20),
    claims=(
        DunnedClaim(place=place("0000012345", "2"), due_date=date(2026, 8, 31), due=24_000),
        DunnedClaim(place=place("0000012345", "3"), due_date=date(2026, 11, 2), due=9_000, interest=1_100),
    ),
    first_month=28,
    after=91,
)

FAMILY = tuple(
    Heir(name=name, postal_code=code, address=address, relation=relation, share=Fraction(share))
    for name, code, address, relation, share in (
        ("見本 花子", "1600001", "東京都見本区花園二丁目３番４号", "妻", "1/2"),
        ("見本 一郎", "1600002", "東京都見本区緑町三丁目４番５－６０１号　緑町ハイツ", "長男", "1/4"),
        ("見本 渡邉󠄏 二葉", "1000001", "東京都別区一丁目１番１号", "長女", "1/4"),
    )
)

#: 指定 after no 届出 came, as the eldest son reads it.
DESIGNATION = Designation(
    deceased="見本 渡邉󠄏 太郎",
    died_on=date(2026, 4, 2),
    state=HeirsState.DESIGNATED,
    heirs=FAMILY,
    representative=FAMILY[0],
    reader=FAMILY[1],
    reason="被相続人と同居していた配偶者であるため",
    designated_on=date(2026, 11, 20),
    issued_on=date(2026, 11, 24),
)

APPROVAL = Approval(
    number=7,
    taxpayer=ADDRESSEE,
    agent=TaxAgent(
        name="見本 代理",
        postal_code="5300001",
        address="大阪府見本市北町一丁目２番３号",
        inside=False,
        taxes=frozenset(Tax),
        state=AgentState.APPROVED,
        valid_from=date(2026, 12, 1),
        valid_until=date(2029, 11, 30),
    ),
    filed_on=date(2026, 11, 10),
    approved_on=date(2026, 11, 20),
    issued_on=date(2026, 11, 24),
)
