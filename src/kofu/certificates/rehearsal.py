"""A paper of nobody of each kind (試し組み), made and thrown away before a process serves.

What is done once in a process, setting a form and reading it, is done before a resident waits for it: it takes ten
times as long as a paper, and at the same moment for everybody who came. It also says at the start, not at the first
request of a morning, that a kind cannot be made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from kofu.certificates.facts import AssessmentFacts, CollectionFacts, InstallmentFacts, SubjectFacts
from kofu.certificates.make import make
from kofu.certificates.order import PersonFacts, Question, build_order
from kofu.certificates.render import CertificatePress
from kofu.core.birthday import Birthday
from kofu.core.errors import KofuError
from kofu.core.kinds import CertificateKind, CollectionMethod, Declaration, Liability
from kofu.core.profile import VEHICLE_KINDS, Profile

NOBODY, NAME, PLACE, PLATE = "0" * 15, "見本　見本", "見本", "見本"
"""What a paper of nobody says. It has a number no paper gets, is of no generation, and leaves nowhere."""
PAID = 1_000
"""Yen: without any tax there is no payment to certify."""
ROWS = {CertificateKind.PAYMENT: (1, 2), CertificateKind.VEHICLE_PAYMENT: (1, 2)}
"""How many rows to rule for, of the kinds that have as many as there are ways of collection, or vehicles."""
WAYS = (CollectionMethod.ORDINARY, CollectionMethod.SALARY)
_ASSESSED_NOTHING: dict[str, Any] = {
    one.name: {"int": 0, "bool": False}.get(str(one.type), "") for one in fields(AssessmentFacts)
}


def rehearse(profile: Profile, press: CertificatePress, day: date) -> Iterator[tuple[CertificateKind, KofuError]]:
    """Make a paper of nobody of each kind, as of `day`; give each kind that cannot be made, and why."""
    for rules in profile.kinds:
        try:
            for rows in ROWS.get(rules.kind, (1,)):
                _rehearse(profile, press, day, rules.kind, rows)
        except KofuError as fault:
            yield rules.kind, fault


def _rehearse(profile: Profile, press: CertificatePress, day: date, kind: CertificateKind, rows: int) -> None:
    year = day.year
    make(
        build_order(
            profile,
            Question(kind=kind, fiscal_year=year, copies=1, plate_number=PLATE),
            PersonFacts(
                generation=0,
                subject=SubjectFacts(addressee_number=NOBODY, name=NAME, address=PLACE, birthday=Birthday(year, 1, 1)),
                assessment=_assessment(year),
                collections=tuple(_notices(kind, year, rows)),
            ),
            certificate_number=f"{year}-00000000",
            as_of=day,
            form_version=profile.form_version_on(kind, day),
        ),
        press,
    )


def _assessment(year: int) -> AssessmentFacts:
    """Assess nobody: every amount is 0."""
    known: dict[str, Any] = {
        "addressee_number": NOBODY,
        "fiscal_year": year,
        "taxing_right": True,
        "declaration": Declaration.DECLARED,
        "liability": Liability.NONTAXABLE,
        "collection_method": "none",
        "spouse_status": "none",
        "name_at_assessment": NAME,
        "address_at_assessment": PLACE,
    }
    return AssessmentFacts(**_ASSESSED_NOTHING | known)


def _notices(kind: CertificateKind, year: int, rows: int) -> Iterator[CollectionFacts]:
    """State as many notices of nobody, all of them paid."""
    due = date(year, 6, 30)
    is_vehicle = kind in VEHICLE_KINDS
    for number, way in enumerate(WAYS[:rows]):
        yield CollectionFacts(
            addressee_number=NOBODY,
            notice_number=f"{number:08}",
            tax="light_vehicle" if is_vehicle else "resident",
            fiscal_year=year,
            origin_year=year,
            collection_method=CollectionMethod.ORDINARY if is_vehicle else way,
            statutory_due_date=due,
            plate_number=PLATE if is_vehicle else "",
            chassis_last4="0000" if is_vehicle else "",
            inspected=is_vehicle,
            installments=(InstallmentFacts(label="1", due_date=due, assessed=PAID, paid=PAID),),
        )
