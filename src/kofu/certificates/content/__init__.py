"""What a certificate says: facts in, the text of every named field out. Pure.

The rules of wording are few and the same on every form, because the last look (`certificates.last_look`) writes every
text a second time with its own code and compares:

* amounts: integer yen as `1,234`, negative `△1,234`, zero `0`; the unit stands in the form's heading, never in the cell
* counts of people: plain digits; a person's own circumstances (本人該当): `該当` or empty
* what is not known because nobody declared it: one full-width `＊` per cell. Of 被扶養者の未申告 these are all cells
  that come from a declaration: incomes, deductions, people, tax bases. Credits and taxes stay numbers, taxes are 0
* 所得証明書 leaves deductions, people, bases and credits out and prints `＊` for the annual tax (年税額)
* dates: `令和8年11月23日`; birthdays by `core.birthday.format_birthday` (unknown parts 不詳)
* the fiscal year: the order's `year_label`; where incomes are shown, followed by `（令和7年分）` (era of 31 December)
* address and name: of 1 January on 課税・非課税・所得証明書, the latest known on 納税証明書
* names and addresses keep every code point and variation selector exactly as received
* `remark_1` … hold the 備考, then `以下余白`, then empty texts
* rows of the payment kinds are numbered through all pages: `row_1_paid`, `row_2_paid` …; totals stand on the last page
* `page_1`, `page_2` … hold `1/2`, `2/2` …

Sources: 税務システム標準仕様 as reported by the municipalities that moved to it (高槻, 豊島, 宇都宮, 下関, 諫早,
東近江: `＊` rules, titles, addresses, 納期未到来額 and 滞納額), 地方税法施行令 6条の21 (what a 納税証明書 states).
"""

from __future__ import annotations

from kofu.certificates.content.assessment import income_fields, taxation_fields
from kofu.certificates.content.model import ROWS_PER_PAGE, CertificateContent, NotCertifiable
from kofu.certificates.content.payment import inspection_fields, payment_fields, vehicle_payment_fields
from kofu.certificates.content.wording import common_fields
from kofu.certificates.facts import CertificateOrder
from kofu.core.kinds import CertificateKind

__all__ = ["ROWS_PER_PAGE", "CertificateContent", "NotCertifiable", "compose"]

_FIELDS = {
    CertificateKind.TAXATION: taxation_fields,
    CertificateKind.INCOME: income_fields,
    CertificateKind.PAYMENT: payment_fields,
    CertificateKind.VEHICLE_PAYMENT: vehicle_payment_fields,
    CertificateKind.VEHICLE_INSPECTION: inspection_fields,
}


def compose(order: CertificateOrder) -> CertificateContent:
    """Compose the content of one copy: form, version, title, pages, and the text of every named field.

    Raises `NotCertifiable` where the facts do not allow this paper (no assessment, no declaration, no notice,
    unpaid tax on a 継続検査用) and `InvariantBroken` where the facts are not of the order's subject and year.
    """
    fields = _FIELDS[order.kind](order)
    rows = sum(1 for name in fields if name.startswith("row_") and name.endswith("_payable"))
    pages = max(1, -(-rows // ROWS_PER_PAGE))
    return CertificateContent(
        form=order.kind.value,
        version=order.form_version,
        title=fields["title"],
        pages=pages,
        rows=rows,
        fields=common_fields(order, pages) | fields,
    )
