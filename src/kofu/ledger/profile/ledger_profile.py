"""What a municipality decides for its ledger: a TOML file, checked whole, errors name file and key."""

from __future__ import annotations

import os
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec

from kofu.core.errors import OperatorFault, ensure
from kofu.core.kinds import CertificateKind
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.interest import NewYear, SmallBase
from kofu.ledger.books.domain.refund_interest import InterestUntil
from kofu.ledger.formats.bank_forms import BankForm, Peculiarity, check_forms
from kofu.ledger.formats.fixed_width import Newline
from kofu.ledger.profile.domain.answer_rules import AnswerRules, OutgoingKind
from kofu.ledger.profile.domain.channel_rules import ChannelRule, Rhythm
from kofu.ledger.profile.domain.dunning_rules import DunningRules
from kofu.ledger.profile.domain.identity_rules import CounterRules, IdentityRule
from kofu.ledger.profile.domain.paper_forms import PaperForm

SHIPPED = Path(__file__).parent.parent / "profiles"


class InterestRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How 延滞金 is judged. `new_year`: whether a run is cut below one yen at a new year of the same rate."""

    small_base: SmallBase
    new_year: NewYear


class RefundRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When it is decided to pay a refund out, until which day 還付加算金 counts."""

    interest_until: InterestUntil


class Consignor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """振込依頼人: who pays refunds. Codes and numbers as strings, name in kana."""

    consignor_code: str
    consignor_name: str
    bank_code: str
    branch_code: str
    deposit: str
    account_number: str


class DebitConsignor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """口座振替の委託者, and the bank its files go through. Codes as strings, name in kana."""

    consignor_code: str
    consignor_name: str
    bank_code: str
    branch_code: str


class AddresseeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """住登外の宛名番号: what they begin with, and how many digits they have in all."""

    unregistered_prefix: str
    digits: int


class PaperRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What papers say beside their facts: 担当課, how to reach it, the words in place of a seal, 審査請求.

    `appeal_first`: papers beside 督促状 with a disposition of 法19条, against which 審査請求 comes before a suit.
    `places`, `places_stores`: where a 納付書 is paid, without and with a barcode.
    """

    section: str
    contact: str
    seal: str
    appeal: str
    appeal_first: frozenset[PaperForm]
    places: str
    places_stores: str


class DunningEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """督促. `wait_days`: days between a 納期限 and the closed day the list may be drawn from."""

    wait_days: int


class AnswerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """After how many business days a file that went out is answered, by its kind."""

    debit_request: int
    delivery: int
    refund_transfer: int
    pension_stop: int
    other: int


class OutgoingRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files that went out. `keep_days`: how long they can be had again; then their content is erased."""

    keep_days: int


class ChannelEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the files of a channel come; what the keys mean stands with `ChannelRule`."""

    channel: Channel
    rhythm: Rhythm
    sender: str = ""
    lag_business_days: int = 1
    period_ends: tuple[int, ...] = ()
    arrives_after_days: int = 0
    margin_days: int = 0
    methods: tuple[str, ...] = ("ordinary",)


class BankFileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one bank's files look from a day on. `reads`: how they may differ; the rest is how ours are written."""

    bank_code: str
    since: date
    reads: tuple[Peculiarity, ...]
    newline: Newline = Newline.CRLF
    end_mark: bool = False
    code_mark: str = "0"


class ReportRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports of stores. `confirm_within_days`: a 確報 that has not come after as many days is looked into."""

    confirm_within_days: int


class IdentityKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """本人確認書類 by kind. `photo`: one of these is enough."""

    code: str
    label: str
    photo: bool


class FreeReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """無料の理由: why no fee is taken, and for which kinds of certificates (none named: all)."""

    code: str
    label: str
    kinds: tuple[CertificateKind, ...] = ()


class PurposeKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """使用目的 as the application form lists it."""

    code: str
    label: str


class CertificateRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Certificates at the counter. `no_mandate_kinds`: what an agent needs no 委任状 for."""

    copies_max: int
    without_photo_needed: int
    no_mandate_kinds: tuple[CertificateKind, ...]
    identity: tuple[IdentityKind, ...]
    free: tuple[FreeReason, ...]
    purposes: tuple[PurposeKind, ...]

    @property
    def decided_by(self) -> CounterRules:
        """The rules as decisions want them."""
        return CounterRules(
            identity=IdentityRule(
                with_photo=frozenset(kind.code for kind in self.identity if kind.photo),
                without_photo=frozenset(kind.code for kind in self.identity if not kind.photo),
                without_photo_needed=self.without_photo_needed,
            ),
            copies_max=self.copies_max,
            no_mandate_kinds=frozenset(self.no_mandate_kinds),
        )


class LedgerProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    municipality_code: str
    interest: InterestRules
    refund: RefundRules
    transfer: Consignor
    debit: DebitConsignor
    addressees: AddresseeRules
    papers: PaperRules
    reports: ReportRules
    certificates: CertificateRules
    dunning: DunningEntry
    channels: tuple[ChannelEntry, ...]
    answers: AnswerEntry
    outgoing: OutgoingRules
    bank_files: tuple[BankFileEntry, ...] = ()

    @property
    def bank_forms(self) -> tuple[BankForm, ...]:
        """How each bank's files look. Raises `OperatorFault` `bank_form`."""
        forms = tuple(
            BankForm(
                bank_code=entry.bank_code,
                since=entry.since,
                reads=frozenset(entry.reads),
                newline=entry.newline,
                end_mark=entry.end_mark,
                code_mark=entry.code_mark,
            )
            for entry in self.bank_files
        )
        check_forms(forms)
        return forms

    @property
    def answer_rules(self) -> AnswerRules:
        """By when files that went out are answered. Raises `OperatorFault` `answer_rules`."""
        days = {OutgoingKind(kind): days for kind, days in msgspec.structs.asdict(self.answers).items()}
        rules = AnswerRules(days, self.outgoing.keep_days)
        rules.check()
        return rules

    @property
    def dunning_rules(self) -> DunningRules:
        """What is decided about 督促."""
        return DunningRules(timedelta(days=self.dunning.wait_days))

    @property
    def channel_rules(self) -> tuple[ChannelRule, ...]:
        """How each channel reaches the ledger. Raises `OperatorFault` `channel_rule`, naming what is wrong or missing.

        Every channel is named once: one that nobody thought of is one whose payments are dunned for (伊達市 2023).
        """
        rules = tuple(ChannelRule(**msgspec.structs.asdict(entry)) for entry in self.channels)
        named = [rule.channel for rule in rules]
        wrong = [channel for channel in Channel if channel is not Channel.TAKEN_OVER and named.count(channel) != 1]
        if wrong:
            words = ", ".join(wrong)
            raise OperatorFault("channel_rule", f"[[channels]] names each channel once, not_used too; look at: {words}")
        for rule in rules:
            rule.check()
        return rules


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
    ensure(found.channel_rules and found.answer_rules, "a profile names its channels and when files are answered")
    ensure(found.bank_forms is not None, "forms of banks were checked")
    return found
