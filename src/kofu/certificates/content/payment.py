"""納税証明書 and 軽自動車税(種別割)納税証明書: what is due, paid, not yet due and overdue on the certificate's date."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from kofu.certificates.content.model import NotCertifiable
from kofu.certificates.content.wording import FOREST_TAX_SINCE, amount, remarks
from kofu.certificates.facts import CertificateOrder, CollectionFacts
from kofu.core.calendar import light_vehicle_due_date
from kofu.core.errors import ensure
from kofu.core.wareki import fiscal_year_label, format_date

RESIDENT_TAX = "resident"
VEHICLE_TAX = "light_vehicle"
METHODS = {"ordinary": "普通徴収", "salary": "給与特別徴収", "pension": "年金特別徴収"}
"""In the order of the rows."""

VEHICLE_TAX_NAME = "軽自動車税（種別割）"
INSPECTION_STATEMENT = "上記の軽自動車等について、軽自動車税（種別割）の滞納がないことを証明します。"


@dataclass(frozen=True, slots=True)
class PaymentAmounts:
    """納付すべき額, 納付済額, 納期未到来額, 滞納額 in yen. The first is always the sum of the other three."""

    payable: int
    paid: int
    not_due: int
    overdue: int

    def fields(self, prefix: str) -> dict[str, str]:
        """Write the four amounts, named `{prefix}_payable` and so on."""
        return {
            f"{prefix}_payable": amount(self.payable),
            f"{prefix}_paid": amount(self.paid),
            f"{prefix}_not_due": amount(self.not_due),
            f"{prefix}_overdue": amount(self.overdue),
        }


def standing(order: CertificateOrder, notices: tuple[CollectionFacts, ...]) -> PaymentAmounts:
    """Sum over all installments. Unpaid on the due date itself is not overdue yet: the day belongs to the payer."""
    parts = [part for notice in notices for part in notice.installments]
    for part in parts:
        ensure(0 <= part.paid <= part.assessed, "what is paid on an installment is within what is assessed")
    return PaymentAmounts(
        payable=sum(part.assessed for part in parts),
        paid=sum(part.paid for part in parts),
        not_due=sum(part.assessed - part.paid for part in parts if part.due_date >= order.as_of),
        overdue=sum(part.assessed - part.paid for part in parts if part.due_date < order.as_of),
    )


def payment_fields(order: CertificateOrder) -> dict[str, str]:
    """納税証明書: a row per 相当年度, collection method and 法定納期限等; the sums of the year below."""
    notices = sorted(_notices_of(order, RESIDENT_TAX), key=_row_key)
    if not any(part.assessed for notice in notices for part in notice.installments):
        raise NotCertifiable("no tax is due for the year")
    fields = _header(order, "納税証明書", tax_name(order))
    for number, (_, group) in enumerate(groupby(notices, key=_row_key), start=1):
        row = tuple(group)
        first = row[0]
        fields[f"row_{number}_origin"] = _origin_label(order, first.origin_year)
        fields[f"row_{number}_method"] = METHODS[first.collection_method]
        fields[f"row_{number}_due_on"] = format_date(first.statutory_due_date)
        fields |= standing(order, row).fields(f"row_{number}")
    return fields | standing(order, order.collections).fields("total") | remarks()


def vehicle_payment_fields(order: CertificateOrder) -> dict[str, str]:
    """軽自動車税(種別割)納税証明書, 一般用: a row per vehicle notice in the order of the notice numbers."""
    notices = sorted(_notices_of(order, VEHICLE_TAX), key=lambda notice: notice.notice_number)
    fields = _header(order, f"{VEHICLE_TAX_NAME}納税証明書", VEHICLE_TAX_NAME)
    for number, notice in enumerate(notices, start=1):
        fields[f"row_{number}_plate"] = notice.plate_number
        fields[f"row_{number}_chassis"] = notice.chassis_last4
        fields[f"row_{number}_due_on"] = format_date(notice.statutory_due_date)
        fields |= standing(order, (notice,)).fields(f"row_{number}")
    return fields | standing(order, order.collections).fields("total") | remarks()


def inspection_fields(order: CertificateOrder) -> dict[str, str]:
    """軽自動車税(種別割)納税証明書, 継続検査用: one vehicle, nothing unpaid (道路運送車両法 97条の2).

    It is valid until the due date of the next fiscal year's tax, when the next one takes its place.
    """
    notices = _notices_of(order, VEHICLE_TAX)
    if len(notices) != 1:
        raise NotCertifiable("the paper is about exactly one vehicle")
    notice = notices[0]
    if not notice.inspected:
        raise NotCertifiable("the vehicle has no periodic inspection")
    now = standing(order, notices)
    if now.paid != now.payable:
        raise NotCertifiable("the tax of the vehicle is not paid in full")
    fields = _header(order, f"{VEHICLE_TAX_NAME}納税証明書（継続検査用）", VEHICLE_TAX_NAME)
    fields["plate"] = notice.plate_number
    fields["chassis"] = notice.chassis_last4
    fields["valid_until"] = format_date(light_vehicle_due_date(order.fiscal_year + 1))
    fields["statement"] = INSPECTION_STATEMENT
    return fields | remarks()


def tax_name(order: CertificateOrder) -> str:
    """Name the taxes collected as one, as the municipality calls them: 森林環境税 joins in the fiscal year 2024."""
    taxes = [order.municipal_tax, order.prefectural_tax]
    return "・".join([*taxes, "森林環境税"] if order.fiscal_year >= FOREST_TAX_SINCE else taxes)


def _notices_of(order: CertificateOrder, tax: str) -> tuple[CollectionFacts, ...]:
    if not order.collections:
        raise NotCertifiable("no notice of the year")
    for notice in order.collections:
        ensure(notice.addressee_number == order.subject.addressee_number, "the notice is of the subject")
        ensure(notice.fiscal_year == order.fiscal_year, "the notice is of the ordered year")
        ensure(notice.tax == tax, "the notice is of the tax of this certificate")
    return order.collections


def _row_key(notice: CollectionFacts) -> tuple[int, int, str]:
    method = list(METHODS).index(notice.collection_method)
    return notice.origin_year, method, notice.statutory_due_date.isoformat()


def _origin_label(order: CertificateOrder, origin_year: int) -> str:
    """相当年度. Another year than the certificate's bears the name it had on its 1 April."""
    return order.year_label if origin_year == order.fiscal_year else fiscal_year_label(origin_year, era_change="start")


def _header(order: CertificateOrder, title: str, tax: str) -> dict[str, str]:
    return {
        "title": title,
        "year": order.year_label,
        "tax": tax,
        "address": order.subject.address,
        "name": order.subject.name,
        "as_of": f"{format_date(order.as_of)}現在",
    }
