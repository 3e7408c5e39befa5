"""How values are written on every certificate. The rules stand in the docstring of the package."""

from __future__ import annotations

from kofu.certificates.facts import CertificateOrder
from kofu.core.wareki import format_date
from kofu.core.yen import format_yen

UNKNOWN = "＊"
APPLIES = "該当"
END_OF_REMARKS = "以下余白"
STATEMENT = "上記のとおり相違ないことを証明します。"
REMARKS = 3
FOREST_TAX_SINCE = 2024
"""森林環境税 is levied from the fiscal year 2024 (森林環境税及び森林環境譲与税に関する法律 附則1条)."""

amount = format_yen


def flag(value: bool) -> str:  # noqa: FBT001 - the one value it words
    """`該当` where the circumstance applies, else nothing."""
    return APPLIES if value else ""


def remarks(*texts: str) -> dict[str, str]:
    """Write the 備考 rows: the texts, `以下余白` after the last so that nothing can be added, the rest empty."""
    lines = [*texts, END_OF_REMARKS] + [""] * (REMARKS - 1 - len(texts))
    return {f"remark_{number}": line for number, line in enumerate(lines, start=1)}


def common_fields(order: CertificateOrder, pages: int) -> dict[str, str]:
    """Write what every certificate carries: number, pages, certification, date, office."""
    return {
        "certificate_number": order.certificate_number,
        **{f"page_{page}": f"{page}/{pages}" for page in range(1, pages + 1)},
        "statement": STATEMENT,
        "issued_on": format_date(order.as_of),
        "office": order.authority.office,
        "authority_name": order.authority.name,
    }
