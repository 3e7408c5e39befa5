"""What a municipality decides for its ledger: a TOML file, checked whole, errors name file and key."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import msgspec

from kofu.core.errors import OperatorFault
from kofu.ledger.domain.interest import SmallBase

SHIPPED = Path(__file__).parent.parent / "profiles"


class InterestRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How 延滞金 is judged."""

    small_base: SmallBase


class Consignor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """振込依頼人: who pays refunds. Codes and numbers as strings, name in kana."""

    consignor_code: str
    consignor_name: str
    bank_code: str
    branch_code: str
    deposit: str
    account_number: str


class PaperRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What letters say beside their facts: 担当課, how to reach it, the words in place of a seal, 教示文."""

    section: str
    contact: str
    seal: str
    appeal: str


class ReportRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports of stores. `confirm_within_days`: a 確報 that has not come after as many days is looked into."""

    confirm_within_days: int


class LedgerProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    municipality_code: str
    interest: InterestRules
    transfer: Consignor
    papers: PaperRules
    reports: ReportRules


@lru_cache
def ledger_profile(municipality_code: str) -> LedgerProfile:
    """Read the profile of a municipality: the file KOFU_LEDGER_PROFILE names, or the one that comes with the program.

    Raises `OperatorFault` `ledger_profile` naming file and key.
    """
    named = os.environ.get("KOFU_LEDGER_PROFILE")
    path = Path(named) if named else SHIPPED / f"{municipality_code}.toml"
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=LedgerProfile)
    except FileNotFoundError as error:
        raise OperatorFault(
            "ledger_profile",
            f"no profile of the ledger at {path.name}; write one like profiles/139998.toml of kofu.ledger and name it"
            " by KOFU_LEDGER_PROFILE",
        ) from error
    except msgspec.MsgspecError as error:
        raise OperatorFault("ledger_profile", f"{path.name}: {error}") from error
    if found.municipality_code != municipality_code:
        raise OperatorFault("ledger_profile", f"{path.name}: municipality_code is not {municipality_code}")
    return found
