"""Which facts the signed code carries, by kind of certificate: the field's name on the form, and its label in the code.

In this order, as many as fit: first who the paper is about, then the amounts its receivers ask for.
"""

from __future__ import annotations

from collections.abc import Mapping

from kofu.core.kinds import CertificateKind

Facts = tuple[tuple[str, str], ...]

_PERSON: Facts = (("name", "氏名"), ("address", "住所"), ("year", "年度"))

FACTS: Mapping[CertificateKind, Facts] = {
    CertificateKind.TAXATION: (
        *_PERSON,
        ("annual_tax", "年税額"),
        ("aggregate_income", "合計所得金額"),
        ("birthday", "生年月日"),
    ),
    CertificateKind.INCOME: (*_PERSON, ("aggregate_income", "合計所得金額"), ("birthday", "生年月日")),
    CertificateKind.PAYMENT: (
        *_PERSON,
        ("total_overdue", "滞納額"),
        ("total_paid", "納付済額"),
        ("total_payable", "納付すべき額"),
        ("total_not_due", "納期未到来額"),
    ),
    CertificateKind.VEHICLE_PAYMENT: (
        *_PERSON,
        ("total_overdue", "滞納額"),
        ("total_paid", "納付済額"),
        ("total_payable", "納付すべき額"),
    ),
    CertificateKind.VEHICLE_INSPECTION: (*_PERSON, ("plate_number", "標識番号")),
}
