"""Whom a system knows, for the record of who looked at whom: the one seam through which `staff` reaches its people.

A system names its own by the setting `KOFU_PEOPLE`; without it a person is known by the number alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import psycopg
from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A person as whoever answers them sees them. `birthday`: as it is stored."""

    addressee_number: str
    name: str = ""
    birthday: str = ""
    address: str = ""


class PeopleOfSystem:
    """Whom a system knows, by the number alone.

    `merges`: whether it knows which numbers mean one person (宛名の統合); another must be told each of them.
    """

    merges: ClassVar[bool] = False

    def find(self, connection: psycopg.Connection, municipality_code: str, words: str) -> list[KnownPerson]:
        """Find people by what is known of them."""
        del connection, municipality_code
        return [KnownPerson(addressee_number=words)] if words.isascii() and words.isdigit() else []

    def numbers(self, connection: psycopg.Connection, municipality_code: str, number: str) -> tuple[str, ...]:
        """Give every number that means the person of one."""
        del connection, municipality_code
        return (number,)

    def knows(self, connection: psycopg.Connection, municipality_code: str, number: str) -> bool | None:
        """Say whether the system has somebody under a number now; None where it cannot tell."""
        del connection, municipality_code, number
        return None

    def of_notices(
        self, connection: psycopg.Connection, municipality_code: str, notice_numbers: Sequence[str]
    ) -> Iterable[str]:
        """Give the number of everybody who stands behind some 通知書番号."""
        del connection, municipality_code, notice_numbers
        return ()

    def with_family_names(
        self, connection: psycopg.Connection, municipality_code: str, families: Sequence[str]
    ) -> Iterable[tuple[str, str]]:
        """Give everybody with one of some family names: the name and their number."""
        del connection, municipality_code, families
        return ()

    def addresses(self, connection: psycopg.Connection, municipality_code: str) -> Iterable[tuple[str, str]]:
        """Give everybody's number with the address as it is compared: nothing but its characters counts."""
        del connection, municipality_code
        return ()

    def everybody(self, connection: psycopg.Connection, municipality_code: str) -> Iterable[str]:
        """Give the number of everybody the system knows."""
        del connection, municipality_code
        return ()


def people_of_system() -> PeopleOfSystem:
    """Give the people of the system that runs here."""
    named = getattr(settings, "KOFU_PEOPLE", "")
    return cast("PeopleOfSystem", import_string(named)()) if named else PeopleOfSystem()
