"""What differs between municipalities, as typed, dated values. `kofu.platform.profiles` reads them from TOML.

Nothing here knows where a value came from; `kofu.core.profile_rules` says what makes a whole profile impossible. All
days are days in Japan, amounts yen, lengths millimetres, ages of feeds days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from kofu.core.audit_rules import USUAL_AUDIT, AuditRules
from kofu.core.bilingual import Bilingual
from kofu.core.calendar import SATURDAY, day_in_japan, in_japan, is_year_end_closing
from kofu.core.errors import OperatorFault
from kofu.core.fiscal_year import oldest_payment_year
from kofu.core.gates import USUAL_GATES, FeedGates
from kofu.core.kinds import CertificateKind, CollectionMethod, MunicipalTax, PrefecturalTax
from kofu.core.resident_tax import ORDINARY, ResidentTax
from kofu.core.transposition import NO_TABLES, TranspositionTables
from kofu.core.wareki import EraChange, fiscal_year_label

PAYMENT_KINDS = frozenset(
    {CertificateKind.PAYMENT, CertificateKind.VEHICLE_PAYMENT, CertificateKind.VEHICLE_INSPECTION}
)
"""納税証明書 of every sort: the law limits the years they may cover."""

VEHICLE_KINDS = frozenset({CertificateKind.VEHICLE_PAYMENT, CertificateKind.VEHICLE_INSPECTION})


class AuthorityRole(StrEnum):
    """認証者: the mayor, or the one who acts for the mayor (職務代理者)."""

    MAYOR = "mayor"
    DEPUTY = "deputy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityPeriod:
    """Who certifies from `valid_from` to `valid_to` (both included; None: until further notice), and with which seal.

    `office` is printed as it stands and includes the prefecture (東京都見本区長, 東京都見本区長職務代理者 …).
    `seal_svg` is the drawing of the 電子公印, `seal_mm` the side it is printed at, at most 25 mm.
    """

    role: AuthorityRole
    office: str
    name: str
    valid_from: date
    valid_to: date | None
    seal_svg: bytes
    seal_mm: float

    def covers(self, day: date) -> bool:
        """Say whether this period holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormVersion:
    """A form version and the first day it is issued on. `version` names a folder under certificates/forms/<kind>/."""

    version: str
    valid_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """Fee for one copy from `valid_from` on, in yen, at the kiosk and at the counter."""

    valid_from: date
    kiosk: int
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """How one kind of certificate is offered. `years`: how many of the newest published fiscal years.

    `closed_year_end` and `closed_weekends` close whole days: 12/29-1/3, and Saturdays and Sundays.
    """

    kind: CertificateKind
    label: Bilingual
    kiosk: bool
    years: int
    opens: time
    closes: time
    closed_year_end: bool
    closed_weekends: bool
    fees: tuple[Fee, ...]
    forms: tuple[FormVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """From which day a fiscal year's certificates may be issued, by how the tax is collected.

    `salary`: people who pay by 給与特別徴収 alone (mid-May). `others`: everybody else, 併用 included (early June).
    `light_vehicle`: 軽自動車税(種別割).
    """

    fiscal_year: int
    salary: date
    others: date
    light_vehicle: date

    def day_for(self, kind: CertificateKind, method: CollectionMethod | None) -> date:
        """Publication day for a kind and a way of collection; None asks for the earliest of all, as a menu does."""
        if kind in VEHICLE_KINDS:
            return self.light_vehicle
        if method is None:
            return min(self.salary, self.others)
        return self.salary if method is CollectionMethod.SALARY else self.others


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStop:
    """A planned stop (保守, 年度切替), from `begins` until just before `ends`; of some kinds, or of all where empty."""

    begins: datetime
    ends: datetime
    kinds: frozenset[CertificateKind]
    reason: Bilingual

    def covers(self, kind: CertificateKind, instant: datetime) -> bool:
        """Say whether `kind` is stopped at `instant`."""
        return self.begins <= instant < self.ends and (not self.kinds or kind in self.kinds)


class KeyStore(StrEnum):
    """Where the keys of digital signatures live: files, or a token (PKCS#11) they never leave."""

    FILES = "files"
    PKCS11 = "pkcs11"


class RevocationRule(StrEnum):
    """What is asked of the list of revoked certificates.

    `warned`: one may be missing, one whose next is overdue is told of. `required`: without one no process serves.
    `current`: nor with one whose next is overdue, and then no machine is let in.
    """

    WARNED = "warned"
    REQUIRED = "required"
    CURRENT = "current"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMachines:
    """The machines that take part, by the names in their certificates. Whoever else the authority signed is refused.

    `revocation`: what is asked of the list of revoked certificates.
    """

    systems: tuple[str, ...] = ()
    kiosks: tuple[str, ...] = ()
    revocation: RevocationRule = RevocationRule.WARNED

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.systems + self.kiosks)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a kind can be asked for now, and if not, what to tell the resident."""

    open: bool
    closed_text: Bilingual | None


OPEN = Opening(open=True, closed_text=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One municipality. `code` has six digits; `name` includes the prefecture; `counter` is where residents are sent.

    `era_change` chooses between 平成31年度 ("start") and 令和元年度 ("end"). `tax_feed_max_age_days`: 0 demands data of
    the same day. A request's deadline lies between the two limits. `municipal_tax` and `prefectural_tax` are the names
    the papers give the two halves of 住民税. `specimen`: every paper says 見本.
    `machines`: the kiosks and systems that take part. `signing_keys`: where keys of digital signatures live.
    `audit`: the record of who looked at whom. `one_session`: an account has one session on the screens of a system, so
    that a new login ends the one before.
    `resident_tax`: by which shares, rates and amounts 住民税 is levied here.
    `gates`: how far a feed may differ from yesterday before two people look. `signed_code`: every paper bears a signed
    two-dimensional code (docs/how-to/signed-code.md). `transposition`: which codes of the neighbours' 外字 are which
    characters.
    """

    code: str
    name: str
    name_en: str
    counter: Bilingual
    era_change: EraChange
    municipal_tax: MunicipalTax
    prefectural_tax: PrefecturalTax
    specimen: bool
    minimum_age: int
    max_copies: int
    unpaid_refuses_payment: bool
    tax_feed_max_age_days: int
    resident_feed_max_age_days: int
    deadline_shortest_seconds: float
    deadline_longest_seconds: float
    kinds: tuple[KindRules, ...]
    publications: tuple[Publication, ...]
    authorities: tuple[AuthorityPeriod, ...]
    stops: tuple[PlannedStop, ...]
    signed_code: bool = False
    gates: FeedGates = USUAL_GATES
    transposition: TranspositionTables = NO_TABLES
    resident_tax: ResidentTax = ORDINARY
    machines: KnownMachines = KnownMachines()
    audit: AuditRules = USUAL_AUDIT
    signing_keys: KeyStore = KeyStore.FILES
    one_session: bool = True

    def rules(self, kind: CertificateKind) -> KindRules | None:
        """Rules of a kind, or None where the municipality does not issue it at all."""
        return next((rules for rules in self.kinds if rules.kind is kind), None)

    def year_label(self, fiscal_year: int) -> str:
        """Label of a fiscal year that the menu and the paper both bear."""
        return fiscal_year_label(fiscal_year, era_change=self.era_change)

    def authority_on(self, day: date) -> AuthorityPeriod:
        """Find who certifies on `day`. Raises `OperatorFault` where the profile names nobody."""
        for period in self.authorities:
            if period.covers(day):
                return period
        raise OperatorFault(
            "no_authority", f"profile of {self.code}: nobody certifies on {day}; add an [[authority]] for that day"
        )

    def form_version_on(self, kind: CertificateKind, day: date) -> str:
        """Find the form version in force on `day`. Raises `OperatorFault` where there is none."""
        rules = self._required(kind)
        found = [form for form in rules.forms if form.valid_from <= day]
        if not found:
            raise OperatorFault(
                "no_form", f"profile of {self.code}: no form of {kind} on {day}; add a [[kind.form]] valid by that day"
            )
        return max(found, key=lambda form: form.valid_from).version

    def fee_on(self, kind: CertificateKind, day: date) -> Fee:
        """Find the fees in force on `day`. Raises `OperatorFault` where there are none."""
        rules = self._required(kind)
        found = [fee for fee in rules.fees if fee.valid_from <= day]
        if not found:
            raise OperatorFault(
                "no_fee", f"profile of {self.code}: no fee of {kind} on {day}; add a [[kind.fee]] valid by that day"
            )
        return max(found, key=lambda fee: fee.valid_from)

    def published_years(
        self, kind: CertificateKind, day: date, collection_method: CollectionMethod | None
    ) -> tuple[int, ...]:
        """List the fiscal years offered on `day`, newest first: the newest `years` of those already published.

        In April and May last year's is still the newest. `collection_method` None stands for anybody (the menu): a year
        is there as soon as it is published for some. Payment certificates are cut at the law's limit (施行令6条の21).
        """
        rules = self.rules(kind)
        if rules is None:
            return ()
        published = sorted(
            (item.fiscal_year for item in self.publications if item.day_for(kind, collection_method) <= day),
            reverse=True,
        )
        oldest = oldest_payment_year(day) if kind in PAYMENT_KINDS else 0
        return tuple(year for year in published[: rules.years] if year >= oldest)

    def opening(self, kind: CertificateKind, instant: datetime) -> Opening:
        """Say whether `kind` is open at the kiosk at `instant`: hours, closed days, planned stops."""
        rules = self.rules(kind)
        if rules is None or not rules.kiosk:
            return Opening(
                open=False,
                closed_text=Bilingual(
                    "この証明書はキオスク端末では交付していません。", "This certificate is not issued at kiosks."
                ),
            )
        for stop in self.stops:
            if stop.covers(kind, instant):
                return Opening(open=False, closed_text=stop.reason)
        local = in_japan(instant)
        closed_day = (rules.closed_year_end and is_year_end_closing(local.date())) or (
            rules.closed_weekends and local.weekday() >= SATURDAY
        )
        if closed_day or not rules.opens <= local.time() < rules.closes:
            return Opening(open=False, closed_text=hours_text(rules))
        return OPEN

    def service(self, instant: datetime) -> Opening:
        """Say whether anything at all is open at the kiosk; if not, the text of the first kind offered there."""
        openings = [self.opening(rules.kind, instant) for rules in self.kinds if rules.kiosk]
        return (
            next((opening for opening in openings if opening.open), openings[0])
            if openings
            else Opening(
                open=False,
                closed_text=Bilingual(
                    "キオスク端末での交付は行っていません。", "No certificates are issued at kiosks."
                ),
            )
        )

    def feed_age_days(self, business_day: date, instant: datetime) -> int:
        """Count the days between the close a feed shows and now; negative where the feed is from the future."""
        return (day_in_japan(instant) - business_day).days

    def _required(self, kind: CertificateKind) -> KindRules:
        rules = self.rules(kind)
        if rules is None:
            raise OperatorFault("kind_not_offered", f"profile of {self.code}: {kind} is not offered; add a [[kind]]")
        return rules


def hours_text(rules: KindRules) -> Bilingual:
    """Tell residents when a kind is open."""
    opens, closes = f"{rules.opens:%H:%M}", f"{rules.closes:%H:%M}"
    days_ja = ["土曜日・日曜日"] * rules.closed_weekends + ["12月29日から1月3日"] * rules.closed_year_end
    days_en = ["Saturdays and Sundays"] * rules.closed_weekends + ["29 December to 3 January"] * rules.closed_year_end
    closed_ja = f"（{'、'.join(days_ja)}を除く）" if days_ja else ""
    closed_en = f", except {' and '.join(days_en)}" if days_en else ""
    return Bilingual(
        f"ご利用時間は{opens}から{closes}まで{closed_ja}です。", f"Open from {opens} to {closes}{closed_en}."
    )
