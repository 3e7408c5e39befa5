"""The facts a certificate is made of: plain values read from one data generation, before any wording.

`AssessmentFacts` has one attribute per amount of the feed table `assessments`, under the same name (a test holds the
two together). Amounts are integer yen. These values are what the content is composed from *and* what the last look
compares the finished paper with, each by its own code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.birthday import Birthday
from kofu.core.kinds import CertificateKind, Declaration, Liability


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFacts:
    """The person the paper is about, as the registry has them today."""

    addressee_number: str
    name: str
    address: str
    birthday: Birthday


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentFacts:
    """賦課: one person's assessment of one fiscal year. Yen unless said otherwise; counts are people."""

    addressee_number: str
    fiscal_year: int
    taxing_right: bool
    declaration: Declaration
    liability: Liability
    collection_method: str
    name_at_assessment: str
    address_at_assessment: str
    correcting: bool
    # income
    salary_revenue: int  # 給与収入
    salary_income: int  # 給与所得
    pension_revenue: int  # 公的年金等収入
    pension_income: int  # 公的年金等雑所得
    business_income: int  # 営業等所得
    agriculture_income: int  # 農業所得
    real_estate_income: int  # 不動産所得
    interest_income: int  # 利子所得
    dividend_income: int  # 配当所得
    misc_business_income: int  # 業務雑所得
    misc_other_income: int  # その他雑所得
    transfer_temporary_income: int  # 総合譲渡・一時所得
    short_term_transfer_income: int  # 分離短期譲渡所得
    long_term_transfer_income: int  # 分離長期譲渡所得
    general_stock_income: int  # 一般株式等譲渡所得
    listed_stock_income: int  # 上場株式等譲渡所得
    listed_dividend_income: int  # 上場株式等配当等所得
    futures_income: int  # 先物取引雑所得
    forestry_income: int  # 山林所得
    retirement_income: int  # 退職所得
    loss_carryforward: int  # 繰越損失額
    total_income: int  # 総所得金額等
    aggregate_income: int  # 合計所得金額
    # deductions
    casualty_deduction: int  # 雑損控除
    medical_deduction: int  # 医療費控除
    social_insurance_deduction: int  # 社会保険料控除
    small_enterprise_deduction: int  # 小規模企業共済等掛金控除
    life_insurance_deduction: int  # 生命保険料控除
    earthquake_insurance_deduction: int  # 地震保険料控除
    disability_deduction: int  # 障害者控除
    widow_single_parent_deduction: int  # 寡婦・ひとり親控除
    working_student_deduction: int  # 勤労学生控除
    spouse_deduction: int  # 配偶者控除
    spouse_special_deduction: int  # 配偶者特別控除
    dependent_deduction: int  # 扶養控除
    specific_relative_deduction: int  # 特定親族特別控除
    basic_deduction: int  # 基礎控除
    deduction_total: int  # 所得控除合計
    # people
    spouse_status: str  # 控除対象配偶者
    dependents_specific: int  # 扶養 特定
    dependents_elderly: int  # 扶養 老人
    dependents_elderly_coresident: int  # 扶養 老人のうち同居老親等
    dependents_general: int  # 扶養 一般
    dependents_under16: int  # 扶養 16歳未満
    disabled_special_coresident: int  # 障害者 同居特別
    disabled_special: int  # 障害者 特別
    disabled_ordinary: int  # 障害者 普通
    self_special_disability: bool  # 本人 特別障害者
    self_ordinary_disability: bool  # 本人 普通障害者
    self_single_parent: bool  # 本人 ひとり親
    self_widow: bool  # 本人 寡婦
    self_working_student: bool  # 本人 勤労学生
    # tax bases
    base_general: int  # 課税標準 総所得
    base_short_term: int  # 課税標準 分離短期譲渡
    base_long_term: int  # 課税標準 分離長期譲渡
    base_general_stock: int  # 課税標準 一般株式等
    base_listed_stock: int  # 課税標準 上場株式等
    base_listed_dividend: int  # 課税標準 上場配当等
    base_futures: int  # 課税標準 先物取引
    base_forestry: int  # 課税標準 山林
    base_retirement: int  # 課税標準 退職
    # credits
    adjustment_credit: int  # 調整控除
    dividend_credit: int  # 配当控除
    housing_loan_credit: int  # 住宅借入金等特別税額控除
    donation_credit: int  # 寄附金税額控除
    foreign_tax_credit: int  # 外国税額控除
    dividend_stock_levy_credit: int  # 配当割額・株式等譲渡所得割額控除
    flat_reduction: int  # 定額減税 控除した額
    flat_reduction_unapplied: int  # 定額減税 控除できなかった額
    # tax
    ward_income_levy: int  # 特別区民税 所得割
    ward_per_capita_levy: int  # 特別区民税 均等割
    metro_income_levy: int  # 都民税 所得割
    metro_per_capita_levy: int  # 都民税 均等割
    forest_environment_tax: int  # 森林環境税
    annual_tax: int  # 年税額


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallmentFacts:
    """期別: what is due by `due_date`, and what of it is paid (confirmed payments only). Yen."""

    label: str
    due_date: date
    assessed: int
    paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionFacts:
    """収納: one notice (通知書) with its installments. `plate_number` and the like are for light vehicles only."""

    addressee_number: str
    notice_number: str
    tax: str  # resident | light_vehicle
    fiscal_year: int
    origin_year: int
    collection_method: str
    statutory_due_date: date
    plate_number: str
    chassis_last4: str
    inspected: bool
    installments: tuple[InstallmentFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """認証者: who certifies on the day of issue, and the seal that says so.

    `office` includes the prefecture (東京都新宿区長); for a deputy it is
    東京都新宿区長職務代理者 with the deputy's title. `seal_svg` is the drawing of
    the 電子公印: black, opaque, printed at `seal_mm` ≤ 25 mm.
    """

    office: str
    name: str
    seal_svg: bytes
    seal_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOrder:
    """Everything one copy of a certificate depends on, and nothing else (P1).

    `assessment` is there for TAXATION and INCOME; `collections` for the payment kinds (all notices of the fiscal year
    the certificate is about; for VEHICLE_INSPECTION the one vehicle). `as_of` is the certificate's date (証明日), also
    the day that splits 納期未到来額 from 滞納額. `year_label` is the profile's label (令和8年度). `generation` is the
    data generation the facts were read from. `form_version` names a folder under certificates/forms/<form>/.
    """

    kind: CertificateKind
    form_version: str
    fiscal_year: int
    year_label: str
    certificate_number: str
    as_of: date
    generation: int
    subject: SubjectFacts
    assessment: AssessmentFacts | None
    collections: tuple[CollectionFacts, ...]
    authority: Authority
    municipal_tax: str  # 特別区民税, 市民税 …
    prefectural_tax: str  # 都民税, 県民税 …
    specimen: bool  # 見本: printed across every demo and test paper
