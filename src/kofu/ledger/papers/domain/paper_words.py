"""Words all papers of the ledger share: who sends, who receives, and how taxes, years and 期別 are named on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.kinds import MunicipalTax, PrefecturalTax
from kofu.core.wareki import EraChange, fiscal_year_label, format_date
from kofu.core.yen import format_yen
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.books.domain.tax_names import tax_name
from kofu.ledger.papers.domain.redress import Redress
from kofu.ledger.profile.domain.paper_forms import PaperForm

POSTAL_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The municipality on its papers.

    `office`, `name`: who signs (見本区長 見本次郎). `section`, `contact`: 担当課 and how to reach it. `seal`: words
    in place of a seal. `appeal`: 審査請求 as the municipality words it. `municipality`: who is sued.
    `appeal_first`: papers beside 督促状 against which 審査請求 comes first.
    """

    office: str
    name: str
    section: str
    contact: str
    seal: str
    appeal: str
    municipality: str
    appeal_first: frozenset[PaperForm]
    era_change: EraChange
    municipal_tax: MunicipalTax
    prefectural_tax: PrefecturalTax
    specimen: bool

    def texts(self, form: PaperForm) -> dict[str, str]:
        """Give the texts of the sender by field, with the 教示 of the paper."""
        is_dunning = form is PaperForm.DUNNING_LETTER
        redress = Redress(appeal=self.appeal, municipality=self.municipality, office=self.office)
        first = is_dunning or form in self.appeal_first
        return {
            "sender_office": self.office,
            "sender_name": self.name,
            "sender_section": self.section,
            "sender_contact": self.contact,
            "sender_seal": self.seal,
            "appeal": redress.appeal_words(is_dunning=is_dunning),
            "suit": redress.suit_words(appeal_first=first),
        }

    def tax(self, place: ClaimPlace) -> str:
        """Name the tax of a claim as the municipality names it: 森林環境税 is levied with 住民税 since 2024."""
        return tax_name(place.tax, self.municipal_tax, self.prefectural_tax, place.fiscal_year)

    def year(self, place: ClaimPlace) -> str:
        """Name the year of a claim: 課税年度, and 相当年度 where that is another."""
        year = fiscal_year_label(place.fiscal_year, era_change=self.era_change)
        if place.origin_year == place.fiscal_year:
            return year
        return f"{year}（{fiscal_year_label(place.origin_year, era_change=self.era_change)}相当）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """宛名 in the window of an envelope; the name exactly as the registry has it.

    `capacity`: for whom another receives, as a line below the name. `claimant`: who claims a refund, where that is not
    the one the paper is sent to.
    """

    postal_code: str
    address: str
    name: str
    capacity: str = ""
    claimant: str = ""

    def texts(self) -> dict[str, str]:
        """Give the texts of the window by field."""
        code = self.postal_code
        known = len(code) == POSTAL_DIGITS
        return {
            "postal_code": f"〒{code[:3]}-{code[3:]}" if known else "",
            "address": self.address,
            "name": f"{self.name}　様",
            "capacity": self.capacity,
            "plain_name": self.claimant or self.name,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPlace:
    """期別 as papers name it."""

    tax: Tax
    fiscal_year: int
    origin_year: int
    collection_method: str
    notice_number: str
    installment: str

    @property
    def label(self) -> str:
        """期別 in words: 第1期, 6月分, 全期."""
        if not self.installment.isdigit():
            return self.installment
        number = int(self.installment)
        return f"第{number}期" if self.collection_method == "ordinary" else f"{number}月分"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper before it is pressed: form, texts by field, how many rows each of its tables has, its day."""

    form: PaperForm
    version: str
    texts: dict[str, str]
    rows: dict[str, int]
    issued_on: date
    specimen: bool


def yen(amount: int) -> str:
    """Write an amount with its unit."""
    return f"{format_yen(amount)}円"


def day(value: date) -> str:
    """Write a day in 和暦."""
    return format_date(value)


def row_texts(table: str, rows: list[dict[str, str]]) -> dict[str, str]:
    """Give the texts of a table by field: `<table>_<row>_<column>`, rows from 1."""
    return {
        f"{table}_{number}_{column}": text for number, row in enumerate(rows, start=1) for column, text in row.items()
    }
