"""What taxes are called, by the year and as the municipality names its own."""

from __future__ import annotations

from kofu.core.kinds import MunicipalTax, PrefecturalTax
from kofu.ledger.books.domain.claims import Tax

FOREST_TAX_SINCE = 2024  # 森林環境税及び森林環境譲与税に関する法律: levied with 住民税 since fiscal year 2024


def tax_name(
    tax: Tax, municipal_tax: MunicipalTax, prefectural_tax: PrefecturalTax, fiscal_year: int = FOREST_TAX_SINCE
) -> str:
    """Name a tax by the municipality's own names, as levied in a fiscal year (as now, where none is named)."""
    if tax is Tax.LIGHT_VEHICLE:
        return "軽自動車税（種別割）"
    forest = "・森林環境税" if fiscal_year >= FOREST_TAX_SINCE else ""
    return f"{municipal_tax}・{prefectural_tax}{forest}"
