"""The tables of the two feeds, column by column. The published schemas in docs/contracts/ are drawn from here."""

from __future__ import annotations

from kofu.contracts.feed import Column, ColumnType, FeedKind, Table

CHANGE = Column(
    name="change",
    japanese="異動区分",
    type=ColumnType.CODE,
    codes={"put": "登録・更新", "remove": "削除"},
    note="a full feed holds only put; of a remove row only the key is read, the other cells still parse",
)
ADDRESSEE = Column(name="addressee_number", japanese="宛名番号", type=ColumnType.DIGITS, max_length=15)
FISCAL_YEAR = Column(name="fiscal_year", japanese="課税年度", type=ColumnType.YEAR)


def _yen(name: str, japanese: str, *, negative: bool = False, total: bool = False) -> Column:
    return Column(name=name, japanese=japanese, type=ColumnType.YEN, negative=negative, total=total)


def _count(name: str, japanese: str) -> Column:
    return Column(name=name, japanese=japanese, type=ColumnType.COUNT)


def _flag(name: str, japanese: str) -> Column:
    return Column(name=name, japanese=japanese, type=ColumnType.FLAG)


INCOME_COLUMNS: tuple[Column, ...] = (
    _yen("salary_revenue", "給与収入"),
    _yen("salary_income", "給与所得"),
    _yen("pension_revenue", "公的年金等収入"),
    _yen("pension_income", "公的年金等雑所得"),
    _yen("business_income", "営業等所得", negative=True),
    _yen("agriculture_income", "農業所得", negative=True),
    _yen("real_estate_income", "不動産所得", negative=True),
    _yen("interest_income", "利子所得"),
    _yen("dividend_income", "配当所得"),
    _yen("misc_business_income", "業務雑所得", negative=True),
    _yen("misc_other_income", "その他雑所得", negative=True),
    _yen("transfer_temporary_income", "総合譲渡・一時所得"),
    _yen("short_term_transfer_income", "分離短期譲渡所得"),
    _yen("long_term_transfer_income", "分離長期譲渡所得"),
    _yen("general_stock_income", "一般株式等譲渡所得"),
    _yen("listed_stock_income", "上場株式等譲渡所得"),
    _yen("listed_dividend_income", "上場株式等配当等所得"),
    _yen("futures_income", "先物取引雑所得"),
    _yen("forestry_income", "山林所得", negative=True),
    _yen("retirement_income", "退職所得"),
    _yen("loss_carryforward", "繰越損失額"),
    _yen("total_income", "総所得金額等", negative=True),
    _yen("aggregate_income", "合計所得金額", negative=True, total=True),
)

DEDUCTION_COLUMNS: tuple[Column, ...] = (
    _yen("casualty_deduction", "雑損控除"),
    _yen("medical_deduction", "医療費控除"),
    _yen("social_insurance_deduction", "社会保険料控除"),
    _yen("small_enterprise_deduction", "小規模企業共済等掛金控除"),
    _yen("life_insurance_deduction", "生命保険料控除"),
    _yen("earthquake_insurance_deduction", "地震保険料控除"),
    _yen("disability_deduction", "障害者控除"),
    _yen("widow_single_parent_deduction", "寡婦・ひとり親控除"),
    _yen("working_student_deduction", "勤労学生控除"),
    _yen("spouse_deduction", "配偶者控除"),
    _yen("spouse_special_deduction", "配偶者特別控除"),
    _yen("dependent_deduction", "扶養控除"),
    _yen("specific_relative_deduction", "特定親族特別控除"),
    _yen("basic_deduction", "基礎控除"),
    _yen("deduction_total", "所得控除合計"),
)

PERSON_COLUMNS: tuple[Column, ...] = (
    Column(
        name="spouse_status",
        japanese="控除対象配偶者",
        type=ColumnType.CODE,
        codes={"none": "無", "general": "一般", "elderly": "老人", "same_livelihood": "同一生計のみ"},
    ),
    _count("dependents_specific", "扶養 特定"),
    _count("dependents_elderly", "扶養 老人"),
    _count("dependents_elderly_coresident", "扶養 老人のうち同居老親等"),
    _count("dependents_general", "扶養 一般"),
    _count("dependents_under16", "扶養 16歳未満"),
    _count("disabled_special_coresident", "障害者 同居特別"),
    _count("disabled_special", "障害者 特別"),
    _count("disabled_ordinary", "障害者 普通"),
    _flag("self_special_disability", "本人 特別障害者"),
    _flag("self_ordinary_disability", "本人 普通障害者"),
    _flag("self_single_parent", "本人 ひとり親"),
    _flag("self_widow", "本人 寡婦"),
    _flag("self_working_student", "本人 勤労学生"),
)

TAX_BASE_COLUMNS: tuple[Column, ...] = (
    _yen("base_general", "課税標準 総所得"),
    _yen("base_short_term", "課税標準 分離短期譲渡"),
    _yen("base_long_term", "課税標準 分離長期譲渡"),
    _yen("base_general_stock", "課税標準 一般株式等"),
    _yen("base_listed_stock", "課税標準 上場株式等"),
    _yen("base_listed_dividend", "課税標準 上場配当等"),
    _yen("base_futures", "課税標準 先物取引"),
    _yen("base_forestry", "課税標準 山林"),
    _yen("base_retirement", "課税標準 退職"),
)

CREDIT_COLUMNS: tuple[Column, ...] = (
    _yen("adjustment_credit", "調整控除"),
    _yen("dividend_credit", "配当控除"),
    _yen("housing_loan_credit", "住宅借入金等特別税額控除"),
    _yen("donation_credit", "寄附金税額控除"),
    _yen("foreign_tax_credit", "外国税額控除"),
    _yen("dividend_stock_levy_credit", "配当割額・株式等譲渡所得割額控除"),
    _yen("flat_reduction", "定額減税 控除した額"),
    _yen("flat_reduction_unapplied", "定額減税 控除できなかった額"),
)

TAX_COLUMNS: tuple[Column, ...] = (
    _yen("ward_income_levy", "特別区民税 所得割"),
    _yen("ward_per_capita_levy", "特別区民税 均等割"),
    _yen("metro_income_levy", "都民税 所得割"),
    _yen("metro_per_capita_levy", "都民税 均等割"),
    _yen("forest_environment_tax", "森林環境税"),
    _yen("annual_tax", "年税額", total=True),
)

ASSESSMENTS = Table(
    name="assessments",
    japanese="賦課情報（特別区民税・都民税・森林環境税）",
    feed=FeedKind.TAX,
    key=("addressee_number", "fiscal_year"),
    columns=(
        CHANGE,
        ADDRESSEE,
        FISCAL_YEAR,
        Column(
            name="taxing_right",
            japanese="課税権",
            type=ColumnType.FLAG,
            note="1 where the ward may tax: resident of the ward on 1 January of the fiscal year",
        ),
        Column(
            name="declaration",
            japanese="申告区分",
            type=ColumnType.CODE,
            codes={
                "declared": "申告あり",
                "undeclared": "未申告",
                "dependent_undeclared": "未申告（税法上の被扶養者）",
            },
        ),
        Column(
            name="liability",
            japanese="課税非課税区分",
            type=ColumnType.CODE,
            codes={"taxable": "課税", "per_capita_only": "均等割のみ課税", "nontaxable": "非課税"},
        ),
        Column(
            name="collection_method",
            japanese="徴収区分",
            type=ColumnType.CODE,
            codes={
                "none": "税額なし",
                "ordinary": "普通徴収",
                "salary": "給与特別徴収",
                "pension": "年金特別徴収",
                "combined": "併用徴収",
            },
        ),
        Column(name="name_at_assessment", japanese="賦課期日の氏名", type=ColumnType.TEXT, max_length=120),
        Column(name="address_at_assessment", japanese="賦課期日（1月1日）の住所", type=ColumnType.TEXT, max_length=200),
        Column(
            name="correcting",
            japanese="更正処理中",
            type=ColumnType.FLAG,
            note="1 while a correction is being worked on",
        ),
        *INCOME_COLUMNS,
        *DEDUCTION_COLUMNS,
        *PERSON_COLUMNS,
        *TAX_BASE_COLUMNS,
        *CREDIT_COLUMNS,
        *TAX_COLUMNS,
    ),
)

#: What an 増額 with a 納期限 of its own is called: the label of its 期別 and this, 1期増額, 06月増額, 1期増額2.
INCREASE_LABEL = "増額"

COLLECTIONS = Table(
    name="collections",
    japanese="収納情報（期別）",
    feed=FeedKind.TAX,
    key=("notice_number",),
    columns=(
        CHANGE,
        Column(name="notice_number", japanese="通知書番号", type=ColumnType.DIGITS, max_length=20),
        ADDRESSEE,
        Column(
            name="tax",
            japanese="税目",
            type=ColumnType.CODE,
            codes={"resident": "特別区民税・都民税・森林環境税", "light_vehicle": "軽自動車税（種別割）"},
        ),
        FISCAL_YEAR,
        Column(name="origin_year", japanese="相当年度", type=ColumnType.YEAR),
        Column(
            name="collection_method",
            japanese="徴収区分",
            type=ColumnType.CODE,
            codes={"ordinary": "普通徴収", "salary": "給与特別徴収", "pension": "年金特別徴収"},
        ),
        Column(name="statutory_due_date", japanese="法定納期限", type=ColumnType.DATE),
        Column(
            name="plate_number",
            japanese="標識番号",
            type=ColumnType.TEXT,
            optional=True,
            max_length=20,
            note="light_vehicle only",
        ),
        Column(
            name="chassis_last4",
            japanese="車台番号下4桁",
            type=ColumnType.TEXT,
            optional=True,
            max_length=4,
            note="light_vehicle only",
        ),
        Column(
            name="inspected",
            japanese="継続検査対象",
            type=ColumnType.FLAG,
            note="1 for vehicles with periodic inspection",
        ),
        Column(
            name="installments",
            japanese="期別",
            type=ColumnType.LABEL_LIST,
            note="1|2|3|4, 06|07|…, 全期; what an 増額 added and is due later is an installment of its own: 1期増額",
        ),
        Column(name="due_dates", japanese="納期限", type=ColumnType.DATE_LIST),
        Column(
            name="assessed",
            japanese="期別調定額",
            type=ColumnType.YEN_LIST,
            note="what is asked for: without what was waived (減免) or ended by law (不納欠損)",
        ),
        Column(
            name="paid",
            japanese="期別納付済額",
            type=ColumnType.YEN_LIST,
            note="confirmed payments applied to the installment, never above what is assessed; 速報 does not count",
        ),
        Column(name="assessed_total", japanese="調定額計", type=ColumnType.YEN, total=True),
        Column(name="paid_total", japanese="納付済額計", type=ColumnType.YEN, total=True),
    ),
)

RESIDENTS = Table(
    name="residents",
    japanese="住民情報",
    feed=FeedKind.RESIDENT,
    key=("addressee_number",),
    columns=(
        CHANGE,
        ADDRESSEE,
        Column(
            name="status",
            japanese="住民区分",
            type=ColumnType.CODE,
            codes={
                "resident": "住民",
                "moving_out": "転出届済（予定日前）",
                "moved_out": "転出",
                "dead": "死亡",
                "deleted": "職権消除",
            },
        ),
        Column(name="status_date", japanese="異動年月日", type=ColumnType.DATE),
        Column(name="resident_since", japanese="住民となった年月日", type=ColumnType.DATE),
        Column(
            name="name",
            japanese="氏名（証明書に記載）",
            type=ColumnType.TEXT,
            max_length=120,
            note="the name the paper carries: of foreign residents the Latin or Han name with the alias in （）",
        ),
        Column(name="kana", japanese="フリガナ", type=ColumnType.TEXT, optional=True, max_length=120),
        Column(name="birthday", japanese="生年月日", type=ColumnType.BIRTHDAY),
        Column(
            name="sex",
            japanese="性別",
            type=ColumnType.CODE,
            codes={"male": "男", "female": "女", "unrecorded": "記載なし"},
        ),
        Column(name="postal_code", japanese="郵便番号", type=ColumnType.DIGITS, max_length=7),
        Column(name="address", japanese="住所（最新）", type=ColumnType.TEXT, max_length=200),
        Column(name="foreigner", japanese="外国人住民", type=ColumnType.FLAG),
    ),
)

CARD_CERTIFICATES = Table(
    name="card_certificates",
    japanese="利用者証明用電子証明書",
    feed=FeedKind.RESIDENT,
    key=("serial",),
    columns=(
        CHANGE,
        Column(
            name="serial",
            japanese="シリアル番号",
            type=ColumnType.TEXT,
            max_length=40,
            note="hexadecimal, lower case, leading zeros up to 32 digits: each number has one text",
        ),
        ADDRESSEE,
        Column(
            name="device",
            japanese="媒体",
            type=ColumnType.CODE,
            codes={"card": "個人番号カード", "android": "Android端末", "iphone": "iPhone端末"},
        ),
        Column(name="valid_from", japanese="有効期間開始", type=ColumnType.DATE),
        Column(name="valid_to", japanese="有効期間満了（この日を含む）", type=ColumnType.DATE),
        Column(
            name="status",
            japanese="状態",
            type=ColumnType.CODE,
            codes={"valid": "有効", "revoked": "失効", "suspended": "一時停止"},
        ),
    ),
)

TABLES: tuple[Table, ...] = (ASSESSMENTS, COLLECTIONS, RESIDENTS, CARD_CERTIFICATES)


def tables_of(feed: FeedKind) -> tuple[Table, ...]:
    """List the files a feed of this kind must hold, all of them, even where one has no rows."""
    return tuple(table for table in TABLES if table.feed is feed)
