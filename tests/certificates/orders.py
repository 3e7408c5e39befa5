"""Orders for the tests of certificates: one person, every kind, in the shapes that matter."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

from kofu.certificates.facts import (
    AssessmentFacts,
    Authority,
    CertificateOrder,
    CollectionFacts,
    InstallmentFacts,
    SubjectFacts,
)
from kofu.core.birthday import parse_birthday
from kofu.core.kinds import CertificateKind, Declaration, Liability

ROOT = Path(__file__).resolve().parents[2]
SEAL = (ROOT / "profiles" / "seals" / "mihon-mayor.svg").read_bytes()
ADDRESSEE = "000000123456789"

SUBJECT = SubjectFacts(
    addressee_number=ADDRESSEE,
    name="見本　太郎",
    address="東京都見本区霞ヶ丘町一丁目4番1号",
    birthday=parse_birthday("1975-03-01"),
)
AUTHORITY = Authority(office="東京都見本区長", name="見本　花子", seal_svg=SEAL, seal_mm=24.0)

_NOTHING = {
    field.name: {"int": 0, "bool": False}[str(field.type)]
    for field in fields(AssessmentFacts)
    if field.type in {"int", "bool"}
}
ASSESSMENT = AssessmentFacts(
    **_NOTHING
    | {
        "addressee_number": ADDRESSEE,
        "fiscal_year": 2026,
        "taxing_right": True,
        "declaration": Declaration.DECLARED,
        "liability": Liability.TAXABLE,
        "collection_method": "salary",
        "name_at_assessment": "見本　太郎",
        "address_at_assessment": "東京都見本区青葉町二丁目3番4号　見本ハイツ205号室",
        "spouse_status": "none",
        "salary_revenue": 6_543_000,
        "salary_income": 4_792_000,
        "real_estate_income": -345_000,
        "misc_other_income": 118_400,
        "total_income": 4_565_400,
        "aggregate_income": 4_565_400,
        "social_insurance_deduction": 981_450,
        "small_enterprise_deduction": 60_000,
        "life_insurance_deduction": 70_000,
        "earthquake_insurance_deduction": 5_000,
        "disability_deduction": 260_000,
        "spouse_special_deduction": 110_000,
        "basic_deduction": 430_000,
        "deduction_total": 1_916_450,
        "dependents_under16": 2,
        "self_ordinary_disability": True,
        "base_general": 2_648_000,
        "adjustment_credit": 2_500,
        "donation_credit": 28_700,
        "ward_income_levy": 140_100,
        "ward_per_capita_levy": 3_000,
        "metro_income_levy": 93_400,
        "metro_per_capita_levy": 1_000,
        "forest_environment_tax": 1_000,
        "annual_tax": 238_500,
    }
)
UNDECLARED_DEPENDENT = replace(
    ASSESSMENT,
    **{
        name: 0
        for name in _NOTHING
        if name.endswith(("_revenue", "_income", "_deduction", "_credit", "_total", "_levy", "_tax"))
    },
    declaration=Declaration.DEPENDENT_UNDECLARED,
    liability=Liability.NONTAXABLE,
    collection_method="none",
    spouse_status="none",
)


def installments(*parts: tuple[date, int, int]) -> tuple[InstallmentFacts, ...]:
    return tuple(
        InstallmentFacts(label=str(number), due_date=due, assessed=assessed, paid=paid)
        for number, (due, assessed, paid) in enumerate(parts, start=1)
    )


ORDINARY = CollectionFacts(
    addressee_number=ADDRESSEE,
    notice_number="10000001",
    tax="resident",
    fiscal_year=2026,
    origin_year=2026,
    collection_method="ordinary",
    statutory_due_date=date(2026, 6, 30),
    plate_number="",
    chassis_last4="",
    inspected=False,
    installments=installments(
        (date(2026, 6, 30), 31_000, 31_000),
        (date(2026, 8, 31), 30_000, 30_000),
        (date(2026, 11, 2), 30_000, 12_000),
        (date(2027, 2, 1), 30_000, 0),
    ),
)
SALARY = replace(
    ORDINARY,
    notice_number="10000002",
    collection_method="salary",
    statutory_due_date=date(2026, 7, 10),
    installments=installments((date(2026, 7, 10), 60_200, 60_200), (date(2027, 6, 10), 57_300, 0)),
)
VEHICLE = replace(
    ORDINARY,
    notice_number="20000001",
    tax="light_vehicle",
    statutory_due_date=date(2026, 6, 1),
    plate_number="品川500あ12-34",
    chassis_last4="5678",
    inspected=True,
    installments=installments((date(2026, 6, 1), 10_800, 10_800)),
)


def vehicles(count: int) -> tuple[CollectionFacts, ...]:
    return tuple(
        replace(VEHICLE, notice_number=f"2{number:07}", plate_number=f"見本{number:03}", chassis_last4=f"{number:04}")
        for number in range(1, count + 1)
    )


TAXATION = CertificateOrder(
    kind=CertificateKind.TAXATION,
    form_version="standard_r8",
    fiscal_year=2026,
    year_label="令和8年度",
    certificate_number="2026-00012345",
    as_of=date(2026, 11, 23),
    generation=7,
    subject=SUBJECT,
    assessment=ASSESSMENT,
    collections=(),
    authority=AUTHORITY,
    municipal_tax="特別区民税",
    prefectural_tax="都民税",
    specimen=True,
)
INCOME = replace(TAXATION, kind=CertificateKind.INCOME)
PAYMENT = replace(TAXATION, kind=CertificateKind.PAYMENT, assessment=None, collections=(ORDINARY, SALARY))
VEHICLE_PAYMENT = replace(PAYMENT, kind=CertificateKind.VEHICLE_PAYMENT, collections=vehicles(3))
VEHICLE_INSPECTION = replace(PAYMENT, kind=CertificateKind.VEHICLE_INSPECTION, collections=(VEHICLE,))

SAMPLES = {
    ("taxation", "standard_r8"): TAXATION,
    ("taxation", "legacy_landscape"): replace(TAXATION, form_version="legacy_landscape"),
    ("income", "standard_r8"): INCOME,
    ("payment", "standard_r8"): PAYMENT,
    ("payment", "legacy_landscape"): replace(PAYMENT, form_version="legacy_landscape"),
    ("vehicle_payment", "standard_r8"): VEHICLE_PAYMENT,
    ("vehicle_inspection", "standard_r8"): VEHICLE_INSPECTION,
}
"""One order per form version: what sample.json beside each form holds."""
