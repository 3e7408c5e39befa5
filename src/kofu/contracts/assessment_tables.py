"""The files that tell the ledger what is assessed (住民税賦課情報, 軽自動車税管理情報) and certified (賦課証明情報).

A line states one notice *after* the change: the whole amount, not the difference, so the same file read twice says the
same. These are our own published tables; a deployment writes an adapter from what its tax systems give out.
"""

from __future__ import annotations

from kofu.contracts.feed import Column, ColumnType, Table
from kofu.contracts.feed_tables import ADDRESSEE, ASSESSMENTS, FISCAL_YEAR

CHANGE_KIND = Column(
    name="change",
    japanese="異動区分",
    type=ColumnType.CODE,
    codes={"new": "新規", "increase": "増額更正", "reduce": "減額更正", "cancel": "賦課取消"},
    note="all amounts are those after the change; cancel states 0 and no installments",
)
NOTICE_NUMBER = Column(name="notice_number", japanese="通知書番号", type=ColumnType.DIGITS, max_length=20)
ORIGIN_YEAR = Column(
    name="origin_year",
    japanese="相当年度",
    type=ColumnType.YEAR,
    note="the year the tax belongs to; earlier than 課税年度 where it was assessed later",
)
EFFECTIVE_ON = Column(
    name="effective_on", japanese="異動年月日", type=ColumnType.DATE, note="the day of the decision (賦課決定日)"
)
REASON = Column(
    name="reason", japanese="異動事由", type=ColumnType.TEXT, optional=True, max_length=60, note="required unless new"
)
STATUTORY_DUE_DATE = Column(name="statutory_due_date", japanese="法定納期限", type=ColumnType.DATE)
ANNUAL_AMOUNT = Column(name="annual_amount", japanese="調定額計", type=ColumnType.YEN, total=True)

RESIDENT_TAX_CHANGES = Table(
    name="resident_tax_changes",
    japanese="住民税賦課情報",
    feed=None,
    key=("notice_number",),
    columns=(
        CHANGE_KIND,
        NOTICE_NUMBER,
        ADDRESSEE,
        FISCAL_YEAR,
        ORIGIN_YEAR,
        Column(
            name="collection_method",
            japanese="徴収区分",
            type=ColumnType.CODE,
            codes={"ordinary": "普通徴収", "salary": "給与特別徴収", "pension": "年金特別徴収"},
            note="併用徴収 is one line for each way, each with a 通知書番号 of its own",
        ),
        EFFECTIVE_ON,
        REASON,
        STATUTORY_DUE_DATE,
        ANNUAL_AMOUNT,
        Column(name="ward_amount", japanese="うち特別区民税", type=ColumnType.YEN, total=True),
        Column(name="metro_amount", japanese="うち都民税", type=ColumnType.YEN, total=True),
        Column(name="forest_amount", japanese="うち森林環境税", type=ColumnType.YEN, total=True),
        Column(
            name="installments",
            japanese="期別",
            type=ColumnType.LABEL_LIST,
            optional=True,
            note="1|2|3|4, 06|07|…; the three lists are given together, or left empty for the ledger to split: "
            "普通徴収 into four with remainders under 1,000 yen in the first, 給与特別徴収 into twelve with remainders "
            "under 100 yen in June. New 普通徴収 decided in the course of the year (随時) is split into what is still "
            "to come; 年金特別徴収, and anything else decided after the first 納期限, must be given",
        ),
        Column(name="due_dates", japanese="納期限", type=ColumnType.DATE_LIST, optional=True),
        Column(name="amounts", japanese="期別調定額", type=ColumnType.YEN_LIST, optional=True),
    ),
)

LIGHT_VEHICLE_CHANGES = Table(
    name="light_vehicle_changes",
    japanese="軽自動車税管理情報",
    feed=None,
    key=("notice_number",),
    columns=(
        CHANGE_KIND,
        NOTICE_NUMBER,
        ADDRESSEE,
        FISCAL_YEAR,
        ORIGIN_YEAR,
        EFFECTIVE_ON,
        REASON,
        STATUTORY_DUE_DATE,
        ANNUAL_AMOUNT,
        Column(
            name="due_date",
            japanese="納期限",
            type=ColumnType.DATE,
            optional=True,
            note="empty: the end of May; what is decided after it must be given",
        ),
        Column(name="plate_number", japanese="標識番号", type=ColumnType.TEXT, max_length=20),
        Column(name="chassis_last4", japanese="車台番号下4桁", type=ColumnType.TEXT, optional=True, max_length=4),
        Column(
            name="inspected",
            japanese="継続検査対象",
            type=ColumnType.FLAG,
            note="1 for vehicles with periodic inspection",
        ),
    ),
)

#: Columns of `assessments` that a line of 賦課証明情報 states. 更正処理中 is none: whether a correction is worked on is
#: a matter of holds, not of what is assessed.
STATED_COLUMNS: tuple[Column, ...] = tuple(
    column
    for column in ASSESSMENTS.columns
    if column.name not in {"change", "addressee_number", "fiscal_year", "correcting"}
)

STATEMENT_CHANGES = Table(
    name="assessment_statements",
    japanese="賦課証明情報",
    feed=None,
    key=("addressee_number", "fiscal_year"),
    columns=(
        Column(
            name="change",
            japanese="異動区分",
            type=ColumnType.CODE,
            codes={"put": "登録・更新", "remove": "取消"},
            note="a line states all of a person's assessment of a year as it is certified after the change; of a "
            "remove line only the key and 異動事由 are read, the other cells still parse",
        ),
        ADDRESSEE,
        FISCAL_YEAR,
        Column(
            name="reason",
            japanese="異動事由",
            type=ColumnType.TEXT,
            optional=True,
            max_length=60,
            note="required unless the person and year are new",
        ),
        *STATED_COLUMNS,
    ),
)

ASSESSMENT_TABLES: tuple[Table, ...] = (RESIDENT_TAX_CHANGES, LIGHT_VEHICLE_CHANGES, STATEMENT_CHANGES)
