"""The labels of the 標準様式, as they are printed, and which fact of the feed stands beside or below each."""

from __future__ import annotations

from dataclasses import dataclass

INCOME = "所得証明書"
VEHICLE_TAX = "軽自動車税（種別割）"
TO_ROW_BELOW, TO_TAX = 16.0, 30.0


@dataclass(frozen=True, slots=True)
class Beside:
    """A value in the row of its label. `nth`: which one from above, where a label stands twice."""

    name: str
    label: str
    nth: int = 0
    everywhere: bool = False

    def on(self, title: str) -> bool:
        """Whether a paper of this title has it."""
        return self.everywhere or title != INCOME


@dataclass(frozen=True, slots=True)
class Below:
    """A value below its label, among the labels of a row. `down`: points it may stand below."""

    name: str
    label: str
    row: tuple[str, ...]
    nth: int = 0
    down: float = TO_ROW_BELOW
    may_be_empty: bool = False

    def on(self, title: str) -> bool:
        """Whether a paper of this title has it."""
        return title != INCOME


INCOMES: tuple[tuple[str, str], ...] = (
    ("salary_revenue", "給与収入"),
    ("pension_revenue", "公的年金等収入"),
    ("salary_income", "給与所得"),
    ("business_income", "営業等所得"),
    ("agriculture_income", "農業所得"),
    ("real_estate_income", "不動産所得"),
    ("interest_income", "利子所得"),
    ("dividend_income", "配当所得"),
    ("pension_income", "公的年金等雑所得"),
    ("misc_business_income", "業務雑所得"),
    ("misc_other_income", "その他雑所得"),
    ("transfer_temporary_income", "総合譲渡・一時所得"),
    ("short_term_transfer_income", "分離短期譲渡所得"),
    ("long_term_transfer_income", "分離長期譲渡所得"),
    ("general_stock_income", "一般株式等譲渡所得"),
    ("listed_stock_income", "上場株式等譲渡所得"),
    ("listed_dividend_income", "上場株式等配当等所得"),
    ("futures_income", "先物取引雑所得"),
    ("forestry_income", "山林所得"),
    ("retirement_income", "退職所得"),
    ("loss_carryforward", "繰越損失額"),
    ("total_income", "総所得金額等"),
    ("aggregate_income", "合計所得金額"),
)
DEDUCTIONS: tuple[tuple[str, str], ...] = (
    ("casualty_deduction", "雑損控除"),
    ("medical_deduction", "医療費控除"),
    ("social_insurance_deduction", "社会保険料控除"),
    ("small_enterprise_deduction", "小規模企業共済等掛金控除"),
    ("life_insurance_deduction", "生命保険料控除"),
    ("earthquake_insurance_deduction", "地震保険料控除"),
    ("disability_deduction", "障害者控除"),
    ("widow_single_parent_deduction", "寡婦・ひとり親控除"),
    ("working_student_deduction", "勤労学生控除"),
    ("spouse_deduction", "配偶者控除"),
    ("spouse_special_deduction", "配偶者特別控除"),
    ("dependent_deduction", "扶養控除"),
    ("specific_relative_deduction", "特定親族特別控除"),
    ("basic_deduction", "基礎控除"),
    ("deduction_total", "所得控除合計"),
)
BASES: tuple[tuple[str, str, int], ...] = (
    ("base_general", "総所得金額", 0),
    ("base_short_term", "分離短期譲渡所得", 1),
    ("base_long_term", "分離長期譲渡所得", 1),
    ("base_general_stock", "一般株式等譲渡所得", 1),
    ("base_listed_stock", "上場株式等譲渡所得", 1),
    ("base_listed_dividend", "上場株式等配当等所得", 1),
    ("base_futures", "先物取引雑所得", 1),
    ("base_forestry", "山林所得", 1),
    ("base_retirement", "退職所得", 1),
)
CREDITS: tuple[tuple[str, str], ...] = (
    ("adjustment_credit", "調整控除"),
    ("dividend_credit", "配当控除"),
    ("housing_loan_credit", "住宅借入金等特別税額控除"),
    ("donation_credit", "寄附金税額控除"),
    ("foreign_tax_credit", "外国税額控除"),
    ("dividend_stock_levy_credit", "配当割額・株式等譲渡所得割額控除"),
    ("flat_reduction", "定額減税（控除した額）"),
    ("flat_reduction_unapplied", "定額減税（控除できなかった額）"),
)
_DEPENDENTS = ("特定", "老人", "同居老親等", "一般")
_DISABLED = ("同居特別", "特別", "普通")
_OWN = ("特別障害者", "普通障害者", "ひとり親", "寡婦", "勤労学生")
_TAXES = ("所得割", "均等割", "森林環境税", "年税額")
COUNTS = (
    "dependents_specific",
    "dependents_elderly",
    "dependents_elderly_coresident",
    "dependents_general",
    "dependents_under16",
    "disabled_special_coresident",
    "disabled_special",
    "disabled_ordinary",
)
OWN = (
    "self_special_disability",
    "self_ordinary_disability",
    "self_single_parent",
    "self_widow",
    "self_working_student",
)
TAXES = (
    "ward_income_levy",
    "ward_per_capita_levy",
    "metro_income_levy",
    "metro_per_capita_levy",
    "forest_environment_tax",
    "annual_tax",
)

BESIDE: tuple[Beside, ...] = (
    *(Beside(name, label, everywhere=True) for name, label in INCOMES),
    *(Beside(name, label) for name, label in DEDUCTIONS),
    *(Beside(name, label, nth) for name, label, nth in BASES),
    *(Beside(name, label) for name, label in CREDITS),
    Beside("spouse_status", "控除対象配偶者"),
    Beside("dependents_under16", "16歳未満の扶養親族"),
)
BELOW: tuple[Below, ...] = (
    Below("dependents_specific", "特定", _DEPENDENTS),
    Below("dependents_elderly", "老人", _DEPENDENTS),
    Below("dependents_elderly_coresident", "同居老親等", _DEPENDENTS),
    Below("dependents_general", "一般", _DEPENDENTS),
    Below("disabled_special_coresident", "同居特別", _DISABLED),
    Below("disabled_special", "特別", _DISABLED),
    Below("disabled_ordinary", "普通", _DISABLED),
    *(Below(name, label, _OWN, may_be_empty=True) for name, label in zip(OWN, _OWN, strict=True)),
    Below("ward_income_levy", "所得割", _TAXES, 0, TO_TAX),
    Below("ward_per_capita_levy", "均等割", _TAXES, 0, TO_TAX),
    Below("metro_income_levy", "所得割", _TAXES, 1, TO_TAX),
    Below("metro_per_capita_levy", "均等割", _TAXES, 1, TO_TAX),
    Below("forest_environment_tax", "森林環境税", _TAXES, 0, TO_TAX),
    Below("annual_tax", "年税額", _TAXES, 0, TO_TAX),
)

_AMOUNTS = {"納付すべき額": "payable", "納付済額": "paid", "納期未到来額": "not_due", "滞納額": "overdue"}


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a 納税証明書. `columns`: by what is printed above each; `beneath`: what else stands there, lower.

    `beside`: the values of the head, by the first letter of their labels.
    """

    columns: dict[str, str]
    beneath: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = (("住", "address"), ("氏", "name"))


TABLES: dict[str, Table] = {
    "納税証明書": Table({"相当年度": "origin", "徴収区分": "method", "法定納期限等": "due_on"} | _AMOUNTS),
    f"{VEHICLE_TAX}納税証明書": Table(
        {"標識番号": "plate", "車台番号": "chassis", "法定納期限等": "due_on"} | _AMOUNTS,
        beneath=("（下4桁）",),
        beside=(("住", "address"), ("氏", "name"), ("税", "tax")),
    ),
}
#: 継続検査用: no table; its values by the first letters of their labels.
INSPECTION = f"{VEHICLE_TAX}納税証明書（継続検査用）"
INSPECTED: tuple[tuple[str, str], ...] = (
    ("住", "address"),
    ("氏", "name"),
    ("税", "tax"),
    ("標", "plate"),
    ("車", "chassis"),
    ("有", "valid_until"),
)
STATEMENT = "上記のとおり相違ないことを証明します。"
NO_ARREARS = f"上記の軽自動車等について、{VEHICLE_TAX}の滞納がないことを証明します。"
