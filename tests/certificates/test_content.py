"""What the certificates say, kind by kind."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from tests.certificates import orders

from kofu.certificates.content import ROWS_PER_PAGE, NotCertifiable, compose
from kofu.certificates.content.assessment import BASES, COUNTS, DEDUCTIONS, INCOMES, OWN_CIRCUMSTANCES, TAXES
from kofu.certificates.facts import AssessmentFacts, CertificateOrder
from kofu.contracts.feed_tables import ASSESSMENTS, CHANGE
from kofu.core.birthday import parse_birthday
from kofu.core.errors import InvariantBroken
from kofu.core.kinds import Declaration, Liability


def assessed(**changes) -> CertificateOrder:
    return replace(orders.TAXATION, assessment=replace(orders.ASSESSMENT, **changes))


def test_the_facts_of_an_assessment_are_the_columns_of_the_feed():
    """One name from the feed table to the paper: a column added there is missed nowhere."""
    columns = [column.name for column in ASSESSMENTS.columns if column.name != CHANGE.name]
    assert [field.name for field in fields(AssessmentFacts)] == columns


def test_the_taxation_certificate_carries_every_amount_of_the_assessment():
    """Lists of 台東区 (2024-05) and 文京区; the kiosk form lacks nothing the window form has (調整控除, 定額減税)."""
    texts = compose(orders.TAXATION).fields
    numbers = {field.name for field in fields(AssessmentFacts) if field.type == "int"} - {"fiscal_year"}
    assert numbers <= texts.keys()


@pytest.mark.parametrize(
    ("liability", "tax", "title"),
    [
        (Liability.TAXABLE, 238_500, "課税証明書"),
        (Liability.PER_CAPITA_ONLY, 5_000, "課税証明書"),
        (Liability.NONTAXABLE, 0, "非課税証明書"),
    ],
)
def test_the_title_follows_from_the_liability(liability, tax, title):
    """The standard knows two titles, chosen by the assessment (東近江, 高槻)."""
    content = compose(assessed(liability=liability, annual_tax=tax))
    assert content.title == content.fields["title"] == title


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("salary_revenue", 6_543_000, "6,543,000"),
        ("business_income", -1_234, "△1,234"),
        ("interest_income", 0, "0"),
        ("dependents_general", 12, "12"),
        ("self_widow", True, "該当"),
        ("self_widow", False, ""),
        ("spouse_status", "same_livelihood", "同一生計のみ"),
        ("spouse_status", "elderly", "老人"),
        ("spouse_status", "none", "無"),
        ("flat_reduction_unapplied", 15_000, "15,000"),
    ],
)
def test_a_value_is_written_by_the_one_rule_of_its_type(name, value, text):
    """Nothing that applies reads 0 (文京区: 該当なしは0); the unit stands in the heading."""
    assert compose(assessed(**{name: value})).fields[name] == text


def test_an_undeclared_dependent_has_stars_for_what_was_never_declared_and_no_tax():
    """所得等は「＊」, 税額は「0」 (下関, 諫早, 東近江): not declared is not the same as nothing earned."""
    texts = compose(replace(orders.TAXATION, assessment=orders.UNDECLARED_DEPENDENT)).fields
    declared = (*INCOMES, *DEDUCTIONS, *BASES, *COUNTS, *OWN_CIRCUMSTANCES, "spouse_status")
    assert {texts[name] for name in declared} == {"＊"}
    assert {texts[name] for name in TAXES} == {"0"}
    assert texts["title"] == "非課税証明書"
    assert "＊" in texts["remark_1"]
    assert texts["remark_2"] == "以下余白"


def test_the_income_certificate_shows_incomes_and_hides_the_annual_tax():
    """扶養・控除欄を省略した版 (豊島); 年税額は「＊」 (宇都宮)."""
    texts = compose(orders.INCOME).fields
    assert texts["title"] == "所得証明書"
    assert texts["salary_income"] == "4,792,000"
    assert texts["annual_tax"] == "＊"
    assert not texts.keys() & {*DEDUCTIONS, *COUNTS, *OWN_CIRCUMSTANCES, *BASES, "ward_income_levy"}


def test_taxation_shows_the_address_of_1_january_and_payment_the_latest():
    """豊島区: the two papers may differ, and that is right."""
    assert compose(orders.TAXATION).fields["address"] == orders.ASSESSMENT.address_at_assessment
    assert compose(orders.INCOME).fields["address"] == orders.ASSESSMENT.address_at_assessment
    assert compose(orders.PAYMENT).fields["address"] == orders.SUBJECT.address


def test_the_year_is_labelled_with_the_year_of_the_income():
    assert compose(orders.TAXATION).fields["year"] == "令和8年度（令和7年分）"
    assert compose(orders.PAYMENT).fields["year"] == "令和8年度"


def test_the_income_of_2019_is_of_reiwa_1_whatever_the_fiscal_year_was_called():
    """平成31年 and 令和元年 are one year; incomes are named by its end."""
    facts = replace(orders.ASSESSMENT, fiscal_year=2020)
    order = replace(orders.TAXATION, fiscal_year=2020, year_label="令和2年度", assessment=facts)
    assert compose(order).fields["year"] == "令和2年度（令和元年分）"


def test_an_unknown_birthday_is_printed_as_unknown():
    subject = replace(orders.SUBJECT, birthday=parse_birthday("1950-??-??"))
    assert compose(replace(orders.TAXATION, subject=subject)).fields["birthday"] == "昭和25年不詳"


def test_a_name_keeps_every_code_point():
    """No normalisation, no replacement: 邉 + U+E0110, compatibility and rare forms stay."""
    name = "渡邉\U000e0110　髙𠮷﨑"
    assert compose(assessed(name_at_assessment=name)).fields["name"] == name


@pytest.mark.parametrize(
    ("as_of", "not_due", "overdue"),
    [
        (date(2026, 11, 1), "48,000", "0"),
        (date(2026, 11, 2), "48,000", "0"),
        (date(2026, 11, 3), "30,000", "18,000"),
        (date(2027, 2, 1), "30,000", "18,000"),
        (date(2027, 2, 2), "0", "48,000"),
    ],
)
def test_unpaid_tax_is_overdue_from_the_day_after_its_due_date(as_of, not_due, overdue):
    """納期未到来額 / 滞納額 as of the certificate's date (豊島, 宇都宮): toshima_due_split of the domain notes."""
    texts = compose(replace(orders.PAYMENT, as_of=as_of, collections=(orders.ORDINARY,))).fields
    assert (texts["row_1_not_due"], texts["row_1_overdue"]) == (not_due, overdue)
    assert (texts["row_1_payable"], texts["row_1_paid"]) == ("121,000", "73,000")
    assert texts["as_of"].endswith("日現在")


def test_payment_has_a_row_per_collection_method_and_sums_them():
    """徴収区分 rows in the order 普通, 給与特別, 年金特別; 法定納期限等 beside each (施行令6条の21)."""
    pension = replace(orders.SALARY, notice_number="3", collection_method="pension")
    second_employer = replace(orders.SALARY, notice_number="4")
    texts = compose(
        replace(orders.PAYMENT, collections=(pension, second_employer, orders.SALARY, orders.ORDINARY))
    ).fields
    assert [texts[f"row_{row}_method"] for row in (1, 2, 3)] == ["普通徴収", "給与特別徴収", "年金特別徴収"]
    assert [texts[f"row_{row}_payable"] for row in (1, 2, 3)] == ["121,000", "235,000", "117,500"]
    assert texts["row_1_due_on"] == "令和8年6月30日"
    assert texts["total_payable"] == "473,500"
    assert "row_4_payable" not in texts


def test_a_correction_of_an_older_year_is_a_row_of_its_own():
    """過年度分: collected in this fiscal year, belonging to another (相当年度)."""
    older = replace(orders.ORDINARY, notice_number="3", origin_year=2024)
    texts = compose(replace(orders.PAYMENT, collections=(orders.ORDINARY, older))).fields
    assert [texts["row_1_origin"], texts["row_2_origin"]] == ["令和6年度", "令和8年度"]


@pytest.mark.parametrize(
    ("fiscal_year", "tax"), [(2023, "特別区民税・都民税"), (2024, "特別区民税・都民税・森林環境税")]
)
def test_the_forest_environment_tax_is_named_from_2024_on(fiscal_year, tax):
    """森林環境税 is levied from 令和6年度."""
    notice = replace(orders.ORDINARY, fiscal_year=fiscal_year, origin_year=fiscal_year)
    assert compose(replace(orders.PAYMENT, fiscal_year=fiscal_year, collections=(notice,))).fields["tax"] == tax


def test_payment_says_nothing_of_incomes():
    """納税証明書は納付情報のみ (豊島区)."""
    texts = compose(orders.PAYMENT).fields
    assert not texts.keys() & {field.name for field in fields(AssessmentFacts)}


def test_vehicles_beyond_a_page_go_on_the_next():
    content = compose(replace(orders.VEHICLE_PAYMENT, collections=orders.vehicles(2 * ROWS_PER_PAGE + 1)))
    assert content.pages == 3
    assert [content.fields[f"page_{page}"] for page in (1, 2, 3)] == ["1/3", "2/3", "3/3"]
    assert content.fields["row_21_plate"] == "見本021"


def test_the_inspection_certificate_is_valid_until_the_next_tax_is_due():
    """継続検査用: one vehicle, no arrears, 有効期限 = due date of the next year's tax (2027-05-31)."""
    texts = compose(orders.VEHICLE_INSPECTION).fields
    assert texts["title"] == "軽自動車税（種別割）納税証明書（継続検査用）"
    assert texts["valid_until"] == "令和9年5月31日"
    assert (texts["plate"], texts["chassis"]) == ("品川500あ12-34", "5678")


@pytest.mark.parametrize(
    "order",
    [
        replace(orders.TAXATION, assessment=None),
        assessed(declaration=Declaration.UNDECLARED),
        assessed(taxing_right=False),
        replace(orders.PAYMENT, collections=()),
        replace(orders.PAYMENT, collections=(replace(orders.ORDINARY, installments=()),)),
        replace(orders.VEHICLE_INSPECTION, collections=orders.vehicles(2)),
        replace(orders.VEHICLE_INSPECTION, collections=(replace(orders.VEHICLE, inspected=False),)),
        replace(
            orders.VEHICLE_INSPECTION,
            collections=(
                replace(orders.VEHICLE, installments=orders.installments((date(2026, 6, 1), 10_800, 10_799))),
            ),
        ),
    ],
    ids=[
        "no_assessment",
        "undeclared",
        "no_taxing_right",
        "no_notice",
        "no_tax",
        "two_vehicles",
        "uninspected",
        "owed",
    ],
)
def test_facts_that_allow_no_paper_are_refused(order):
    """非課税年度の納税証明書は発行しない (新宿, 港); 未申告 (文京); 車検用は未納があると発行しない (足立)."""
    with pytest.raises(NotCertifiable):
        compose(order)


@pytest.mark.parametrize(
    "order",
    [
        assessed(addressee_number="000000000000001"),
        assessed(fiscal_year=2025),
        assessed(liability=Liability.NONTAXABLE),
        replace(orders.PAYMENT, collections=(replace(orders.ORDINARY, addressee_number="1"),)),
        replace(orders.PAYMENT, collections=(replace(orders.ORDINARY, fiscal_year=2025),)),
        replace(orders.PAYMENT, collections=(orders.VEHICLE,)),
        replace(
            orders.PAYMENT,
            collections=(replace(orders.ORDINARY, installments=orders.installments((date(2026, 6, 30), 1, 2))),),
        ),
    ],
    ids=["another", "other_year", "taxed_nontaxable", "anothers_notice", "other_years_notice", "vehicle", "overpaid"],
)
def test_facts_of_another_person_or_year_stop_everything(order):
    """P1: the paper is of the order's subject and year or there is none."""
    with pytest.raises(InvariantBroken):
        compose(order)
