"""What is known of one person at one data generation: everything a request is decided by, read in one snapshot (P6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from kofu.certificates.facts import AssessmentFacts, CollectionFacts, SubjectFacts
from kofu.core.birthday import Birthday
from kofu.core.errors import InvariantBroken
from kofu.issuing.holds.domain.holds import StandingHold
from kofu.issuing.requests.domain.card_holder import ResidentStatus, SerialStatus


class _Unread(tuple[Any, ...]):
    """Notices that were not read. That is not the same as none: whoever looks for arrears here breaks (P3)."""

    __slots__ = ()

    def _refuse(self, *_words: object) -> NoReturn:
        raise InvariantBroken("a rule looks at notices that were not read")

    __iter__ = __len__ = __contains__ = __getitem__ = __eq__ = __ne__ = _refuse
    __hash__ = tuple.__hash__


UNREAD = _Unread()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCertificateFacts:
    """利用者証明用電子証明書: whose serial it is. `valid_to` is the last day it is valid on."""

    serial: str
    addressee_number: str
    device: str  # card | android | iphone
    valid_from: date
    valid_to: date
    status: SerialStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentFacts:
    """住民情報: the person as the registry has them in this generation."""

    addressee_number: str
    status: ResidentStatus
    status_date: date
    resident_since: date
    name: str
    kana: str
    birthday: Birthday
    sex: str
    postal_code: str
    address: str
    foreigner: bool

    @property
    def subject(self) -> SubjectFacts:
        """The person as a certificate names them."""
        return SubjectFacts(
            addressee_number=self.addressee_number, name=self.name, address=self.address, birthday=self.birthday
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAtGeneration:
    """One person at one data generation.

    `card` is None where the serial is unknown (or where the person was asked for by number); then nothing else is
    known either, but holds on the serial still are. `assessment` is that of the fiscal year asked for. `collections`
    are all notices of the person, all years and taxes: the arrears rules need the old ones; `UNREAD` where the kind
    that is asked for has no such rule. The business dates (基準日)
    tell how old the feeds behind the generation are; None: no feed of that kind was ever taken in. `held_rows`: rules
    by which rows of the person wait for people's look. `halted`: a stop is in force for the municipality.
    """

    municipality_code: str
    generation: int
    tax_business_date: date | None
    resident_business_date: date | None
    card: CardCertificateFacts | None
    resident: ResidentFacts | None
    assessment: AssessmentFacts | None
    collections: tuple[CollectionFacts, ...]
    holds: tuple[StandingHold, ...]
    held_rows: tuple[str, ...]
    halted: bool
