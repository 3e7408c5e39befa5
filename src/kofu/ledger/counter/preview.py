"""What an application would come to now: facts read, decided upon year by year, and put into words, without a paper.

The clerk looks at it, and the issue must come to the same (`Preview.seen`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import msgspec
import psycopg

from kofu.certificates.content import CertificateContent, NotCertifiable, compose
from kofu.certificates.domain.eligibility import Eligible
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.order import Question, build_order
from kofu.core.kinds import HoldKind
from kofu.ledger.counter.desk import CounterDesk, PersonNow, read_person_now, registry_holds_of
from kofu.ledger.counter.domain.applicants import MayApply, may_apply
from kofu.ledger.counter.domain.rules import CounterFailure, CounterObstacle, PersonStanding, decide_year
from kofu.ledger.counter.store import CounterCopy, StoredApplication, application
from kofu.ledger.recipients.read_recipients import standing_of
from kofu.platform.one_moment import one_moment

UNNUMBERED = "（発行のときに付けます）"
AGAINST = {MayApply.NO_AGENT: CounterObstacle.NO_TAX_AGENT, MayApply.OUT_OF_SCOPE: CounterObstacle.AGENT_OUT_OF_SCOPE}


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPreview:
    """What one year would come to: the content of the paper, or what stands against it."""

    year: int
    content: CertificateContent | None
    fee_per_copy: int
    failures: tuple[CounterFailure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an application would come to now. `seen`: digest (hex) of all of it, given back when it is issued."""

    years: tuple[YearPreview, ...]
    protected: bool
    seen: str

    @property
    def issuable(self) -> tuple[int, ...]:
        """Years a paper can be issued for."""
        return tuple(year.year for year in self.years if year.content is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedYears:
    """One snapshot's facts and what they come to, year by year."""

    person: PersonNow
    eligible: dict[int, Eligible]
    preview: Preview
    registry_holds: tuple[HoldKind, ...] | None


def preview(connection: psycopg.Connection, desk: CounterDesk, application_id: UUID, *, today: date) -> Preview:
    """Show what an application would come to now, without a paper. Raises `OperatorFault` `no_such_application`."""
    stored = application(connection, application_id)
    registry_holds = registry_holds_of(connection, desk, stored.addressee_number)
    with one_moment(connection):
        return decide(connection, desk, stored, today, registry_holds).preview


def decide(
    connection: psycopg.Connection,
    desk: CounterDesk,
    stored: StoredApplication,
    today: date,
    registry_holds: tuple[HoldKind, ...] | None,
) -> PreviewedYears:
    """Read the facts in the caller's snapshot and decide on every year of an application."""
    person = read_person_now(
        connection, stored.municipality_code, stored.addressee_number, stored.asked.years, registry_holds
    )
    standing = _with_rights(connection, stored, person, today)
    eligible: dict[int, Eligible] = {}
    years: list[YearPreview] = []
    for year in stored.asked.years:
        found = decide_year(
            stored.asked,
            year,
            standing,
            person.year_standing(desk, stored.asked.kind, year),
            profile=desk.profile,
            rules=desk.rules,
            today=today,
        )
        if isinstance(found, Eligible):
            try:
                content = compose(order_of(desk, stored, person, year, found, number=UNNUMBERED))
            except NotCertifiable:
                found = (CounterFailure(reason=CounterObstacle.NOT_CERTIFIABLE),)
            else:
                eligible[year] = found
                years.append(YearPreview(year=year, content=content, fee_per_copy=found.fee_per_copy, failures=()))
                continue
        years.append(YearPreview(year=year, content=None, fee_per_copy=0, failures=found))
    shown = Preview(
        years=tuple(years), protected=person.protected, seen=_digest_of_years(years, protected=person.protected)
    )
    return PreviewedYears(person=person, eligible=eligible, preview=shown, registry_holds=registry_holds)


def _digest_of_years(years: list[YearPreview], *, protected: bool) -> str:
    said = [
        (
            year.year,
            None if year.content is None else (year.content.version, dict(year.content.fields)),
            year.fee_per_copy,
            [(failure.reason.value, failure.detail) for failure in year.failures],
        )
        for year in years
    ]
    return hashlib.sha256(msgspec.json.encode((said, protected), order="deterministic")).hexdigest()


def order_of(
    desk: CounterDesk, stored: StoredApplication, person: PersonNow, year: int, eligible: Eligible, *, number: str
) -> CertificateOrder:
    """Build the order of one copy from the facts of now."""
    return build_order(
        desk.profile,
        _question(stored, year),
        person.facts(year),
        certificate_number=number,
        as_of=eligible.as_of,
        form_version=eligible.form_version,
    )


def order_again(desk: CounterDesk, stored: StoredApplication, copy: CounterCopy, person: PersonNow) -> CertificateOrder:
    """Build the order an issued copy was made from, out of the facts of now: the same where nothing has moved."""
    return build_order(
        desk.profile,
        _question(stored, copy.fiscal_year),
        person.facts(copy.fiscal_year, generation=copy.last_sequence),
        certificate_number=copy.certificate_number,
        as_of=copy.as_of,
        form_version=copy.form_version,
    )


def _question(stored: StoredApplication, year: int) -> Question:
    asked = stored.asked
    return Question(
        kind=asked.kind, fiscal_year=year, copies=asked.copies, plate_number=asked.plate_number or None
    )  # fmt: skip


def _with_rights(
    connection: psycopg.Connection, stored: StoredApplication, person: PersonNow, today: date
) -> PersonStanding:
    """Add what the ledger has on record of the applicant's right: 納税管理人 in force, heirs registered."""
    asked = stored.asked
    rights = standing_of(connection, stored.municipality_code, stored.addressee_number).rights
    found = may_apply(asked.applicant, asked.applicant_name, replace(rights, dead=person.dead), [asked.kind], today)
    return replace(person.standing, right_on_record=found is MayApply.YES, right_against=AGAINST.get(found))
