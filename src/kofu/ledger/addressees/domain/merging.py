"""統合の突合: what is recorded under two numbers side by side, what makes one person of them impossible, what doubtful.

A wrong merge puts one person's tax upon another: 伊勢崎市 (2024) seized the account of a person with the name and
birthday of the debtor, 新潟市 (2025-06) took two residents for one. Same name and birthday prove nothing; the register
of residents has a living person once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import ensure
from kofu.ledger.people.domain.search_names import search_kana, search_name

LIVING_RESIDENT = frozenset({"resident", "moving_out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is recorded under one 宛名番号; "" for what is not known."""

    addressee_number: str
    name: str
    kana: str
    birthday: str
    postal_code: str
    address: str
    status: str
    status_date: date | None
    resident_code: str
    corporate_number: str
    protected: bool


class ComparedField(StrEnum):
    """What is compared, in the order it is shown."""

    NAME = "name"
    KANA = "kana"
    BIRTHDAY = "birthday"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    STATUS = "status"
    STATUS_DATE = "status_date"
    RESIDENT_CODE = "resident_code"
    CORPORATE_NUMBER = "corporate_number"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """One field of both, and whether they say different things. What one does not say is a difference too."""

    field: ComparedField
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether the two do not say the same."""
        return self.first != self.second

    @property
    def contradicts(self) -> bool:
        """Whether both say something, and not the same."""
        return self.differs and bool(self.first) and bool(self.second)


class Impossible(StrEnum):
    """Why two numbers cannot be one person, whoever says so."""

    TWO_RESIDENTS = "two_residents"  # both live here: the register has a person once
    RESIDENT_CODES = "resident_codes"  # two 住民票コード
    CORPORATE_NUMBERS = "corporate_numbers"  # two 法人番号


class MergeDoubt(StrEnum):
    """What must be looked at and confirmed before two numbers are taken for one person."""

    OTHER_NAME = "other_name"
    OTHER_BIRTHDAY = "other_birthday"
    BIRTHDAY_UNKNOWN = "birthday_unknown"
    NAMESAKE = "namesake"  # 同姓同名・同生年月日 at another address


def compare(first: Recorded, second: Recorded) -> tuple[FieldComparison, ...]:
    """Put every field of two records side by side."""
    return tuple(
        FieldComparison(field, _value_as_text(first, field), _value_as_text(second, field)) for field in ComparedField
    )


def impossible(first: Recorded, second: Recorded) -> Impossible | None:
    """Say why two records cannot be of one person, or None."""
    if first.status in LIVING_RESIDENT and second.status in LIVING_RESIDENT:
        return Impossible.TWO_RESIDENTS
    by_field = {one.field: one for one in compare(first, second)}
    if by_field[ComparedField.RESIDENT_CODE].contradicts:
        return Impossible.RESIDENT_CODES
    if by_field[ComparedField.CORPORATE_NUMBER].contradicts:
        return Impossible.CORPORATE_NUMBERS
    return None


def doubts(first: Recorded, second: Recorded) -> tuple[MergeDoubt, ...]:
    """List what is doubtful about taking two records for one person; the same 住民票コード leaves no doubt."""
    by_field = {one.field: one for one in compare(first, second)}
    if first.resident_code and not by_field[ComparedField.RESIDENT_CODE].differs:
        return ()
    found = []
    same_name = search_name(first.name) == search_name(second.name) or (
        bool(first.kana) and search_kana(first.kana) == search_kana(second.kana)
    )
    if not same_name:
        found.append(MergeDoubt.OTHER_NAME)
    birthday, address = by_field[ComparedField.BIRTHDAY], by_field[ComparedField.ADDRESS]
    if birthday.contradicts:
        found.append(MergeDoubt.OTHER_BIRTHDAY)
    elif birthday.differs:
        found.append(MergeDoubt.BIRTHDAY_UNKNOWN)
    if same_name and not birthday.differs and address.differs:
        found.append(MergeDoubt.NAMESAKE)
    return tuple(found)


def _value_as_text(record: Recorded, field: ComparedField) -> str:
    value = getattr(record, field.value)
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, date):
        return value.isoformat()
    ensure(value is None or isinstance(value, str), "a compared field is a text, a day or a flag")
    return value or ""
