"""A small world for tests of issuing: a ward of few people in a real database, a clock one can turn, real paper."""

from __future__ import annotations

import dataclasses
import functools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from tests.issuing import feed_maker
from tests.issuing.feed_maker import KEYS, WARD, Cells

from kofu.certificates import last_look
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import CertificatePress, render
from kofu.contracts.issuing import CertificateRequest, Hold, PrintOutcome, PrintResult
from kofu.core.kinds import CertificateKind, HoldKind
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting, random_identity
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.holds.apply_hold import apply_hold
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.serving.runtime import build_issuer
from kofu.platform.postgres import SystemDatabase
from kofu.platform.profiles import load_profile
from kofu.platform.pseudonym import Pseudonyms

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # twelve o'clock in Japan, the day after the feeds' business date


@dataclass
class Clock:
    """A clock that stands still until it is turned; `step` turns it at every reading."""

    now: datetime = NOON
    step: timedelta = timedelta()

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class World:
    """A database with facts in it."""

    database: SystemDatabase
    folder: Path
    clock: Clock = field(default_factory=Clock)
    ticks: float = 0.0  # the counter beside the clock; it stands still until it is turned too
    tax_generation: int = 0
    resident_generation: int = 0

    @functools.cached_property
    def profile(self) -> Profile:
        return load_profile(ROOT / "profiles" / "mihon.toml")

    def acting(self, lane: str = "test") -> Acting:
        return Acting(clock=self.clock, new_id=random_identity, lane=lane, actor="issuing", ticks=lambda: self.ticks)

    def connect(self) -> psycopg.Connection:
        """Connect as the running system does: least rights, autocommit."""
        return psycopg.connect(self.database.app_url, autocommit=True)

    def as_owner(self) -> psycopg.Connection:
        return psycopg.connect(self.database.owner_url, autocommit=True)

    def load_tax(self, assessments: Iterable[Cells] = (), collections: Iterable[Cells] = (), **how: object) -> None:
        base = self.tax_generation or None
        self.tax_generation += 1
        folder = self.folder / f"tax-{self.tax_generation}"
        self._take_in(
            feed_maker.tax_feed(
                folder, assessments, collections, generation=self.tax_generation, **{"base": base} | how
            )
        )

    def load_residents(self, residents: Iterable[Cells] = (), cards: Iterable[Cells] = (), **how: object) -> None:
        base = self.resident_generation or None
        self.resident_generation += 1
        folder = self.folder / f"resident-{self.resident_generation}"
        self._take_in(
            feed_maker.resident_feed(
                folder, residents, cards, generation=self.resident_generation, **{"base": base} | how
            )
        )

    def _take_in(self, folder: Path) -> None:
        report = import_feed(
            lambda: psycopg.connect(self.database.owner_url),
            folder,
            keys=KEYS,
            municipality_code=WARD,
            now=self.clock.now,
            actor="test",
            judging=feed_maker.UNBOUND,
        )
        assert report.outcome is ImportOutcome.ACTIVATED, report

    def issuer(
        self,
        press: CertificatePress,
        *,
        lane: str = "test",
        profile: Profile | None = None,
        before_make: Callable[[CertificateOrder], object] | None = None,
        swap: Callable[[CertificateOrder], CertificateOrder] | None = None,
    ) -> Issuer:
        """Build a real issuer, which makes its papers as in service. Faults can be planted: `before_make` runs before
        the press, `swap` changes its order.
        """
        issuer = build_issuer(profile or self.profile, press, self.acting(lane), Pseudonyms(b"k" * 32))

        def faulty(order: CertificateOrder) -> ReleasedCertificate:
            if before_make is not None:
                before_make(order)
            return (
                last_look.take_last_look(order, render(swap(order), press), press.certified)
                if swap
                else issuer.make(order)
            )

        return issuer if before_make is None and swap is None else dataclasses.replace(issuer, make=faulty)

    def hold(self, addressee_number: str, kind: HoldKind, **fields: object) -> Hold:
        """Send a hold that stands from now on."""
        hold = Hold(
            **{
                "hold_id": secrets.token_hex(16),
                "revision": 1,
                "municipality_code": WARD,
                "kind": kind,
                "addressee_number": addressee_number,
                "serial": None,
                "released": False,
                "effective_from": self.clock.now.date(),
                "sent_at": self.clock.now,
            }
            | fields
        )
        with self.connect() as connection:
            apply_hold(connection, hold, sender="registry", lane="holds", received_at=self.clock.now)
        return hold

    def request(self, serial: str = "00a1", **fields: object) -> CertificateRequest:
        return CertificateRequest(
            **{
                "request_id": secrets.token_hex(16),
                "municipality_code": WARD,
                "serial": feed_maker.serial_of(serial),
                "kind": CertificateKind.TAXATION,
                "fiscal_year": 2026,
                "copies": 1,
                "kiosk_id": "K-1",
                "deadline": self.clock.now + timedelta(seconds=30),
            }
            | fields
        )

    def result(self, request: CertificateRequest, outcome: PrintOutcome, **fields: object) -> PrintResult:
        printed = outcome is PrintOutcome.PRINTED
        return PrintResult(
            **{
                "request_id": request.request_id,
                "outcome": outcome,
                "copies_printed": request.copies if printed else 0,
                "fee_paid": request.copies * 200 if printed else 0,
                "occurred_at": self.clock.now,
            }
            | fields
        )


def people(count: int) -> tuple[list[Cells], list[Cells], list[Cells]]:
    """Give residents, cards and assessments of `count` different people: serials 00a1, 00a2, …; amounts all differ."""
    residents, cards, assessments = [], [], []
    for number in range(1, count + 1):
        addressee = f"{number:015}"
        name = (
            f"見本　{'一二三四五六七八九十'[number % 10]}{'甲乙丙丁戊己庚辛壬癸'[number // 10 % 10]}{number // 100}郎"
        )
        residents.append(
            feed_maker.resident(
                addressee, name=name, address=f"東京都見本区{number}丁目1番{number}号", birthday="1980-02-01"
            )
        )
        cards.append(feed_maker.card(f"00a{number:x}", addressee))
        levy = 100_000 + number * 100
        assessments.append(
            feed_maker.assessment(
                addressee,
                name_at_assessment=name,
                address_at_assessment=f"東京都見本区{number}丁目1番{number}号",
                ward_income_levy=levy,
                annual_tax=levy + 130_200,
            )
        )
    return residents, cards, assessments
