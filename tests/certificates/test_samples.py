"""The samples state what the law makes of their incomes, to the yen: tax staff recompute them first.

What the sample's person brings is taken from the paper (salary, rent, other income, premiums, gifts); everything that
follows from it is computed here, step by step, from the articles named.
"""

from __future__ import annotations

import json

import pytest
from tests.certificates import orders

from kofu.certificates.content import compose
from kofu.certificates.render import FORMS_ROOT


def yen(text: str) -> int:
    return int(text.replace("△", "-").replace(",", ""))


@pytest.mark.parametrize("version", ["standard_r8", "legacy_landscape"])
def test_the_taxation_sample_is_right_to_the_yen(version):
    sample = json.loads((FORMS_ROOT / "taxation" / version / "sample.json").read_text(encoding="utf-8"))
    own = {name: yen(text) for name, text in sample.items() if text and text.strip("△,0123456789") == ""}

    # 所得税法28条4項, 別表第五: below 6,600,000 in steps of 4,000 yen
    quarter = own["salary_revenue"] // 4000 * 1000
    assert own["salary_income"] == quarter * 32 // 10 - 440_000 == 4_792_000
    # 所得税法69条: the loss of 不動産所得 is set off, so it counts in 合計所得金額 (地方税法292条1項13号)
    aggregate = own["salary_income"] + own["real_estate_income"] + own["misc_other_income"]
    assert (own["real_estate_income"], own["aggregate_income"]) == (-345_000, aggregate)
    assert own["total_income"] == aggregate == 4_565_400
    # 地方税法314条の2: 1項6号 障害者 26万円, 10号の2 配偶者特別 (income 1,200,001 to 1,250,000) 11万円, 2項 基礎 43万円
    assert sample["self_ordinary_disability"] == "該当"
    assert own["disability_deduction"] == 260_000
    assert (own["spouse_special_deduction"], own["basic_deduction"]) == (110_000, 430_000)
    deductions = sum(own[name] for name in own if name.endswith("_deduction"))
    assert own["deduction_total"] == deductions
    # 地方税法20条の4の2第1項: 課税標準額 to 1,000 yen
    base = (aggregate - deductions) // 1000 * 1000
    assert own["base_general"] == base
    # 地方税法37条, 314条の6: base above 2,000,000, so (difference − (base − 2,000,000)), at least 50,000, × 3 % and 2 %
    difference = 50_000 + 10_000  # 基礎, 普通障害; 配偶者特別 of such an income has none
    counted = max(difference - (base - 2_000_000), 50_000)
    adjustment = (counted * 3 // 100, counted * 2 // 100)
    assert own["adjustment_credit"] == sum(adjustment) == 2_500
    # 地方税法35条, 314条の3: 6 % and 4 %; the gift's credit three fifths and two fifths;
    # each levy to 100 yen (20条の4の2第3項)
    gift = own["donation_credit"]
    ward = (base * 6 // 100 - adjustment[0] - gift * 6 // 10) // 100 * 100
    metro = (base * 4 // 100 - adjustment[1] - gift * 4 // 10) // 100 * 100
    assert (own["ward_income_levy"], own["metro_income_levy"]) == (ward, metro) == (140_100, 93_400)
    # 均等割 3,000 and 1,000 (地方税法38条, 310条), 森林環境税 1,000 (森林環境税法5条) from 令和6年度
    assert [own[f"{of}_per_capita_levy"] for of in ("ward", "metro")] == [3_000, 1_000]
    assert own["forest_environment_tax"] == 1_000
    assert own["annual_tax"] == ward + metro + 3_000 + 1_000 + 1_000 == 238_500


@pytest.mark.parametrize(("form", "version"), orders.SAMPLES)
def test_a_sample_states_what_the_order_of_the_tests_states(form, version):
    """One person in all samples: no figure of one paper contradicts another's."""
    sample = json.loads((FORMS_ROOT / form / version / "sample.json").read_text(encoding="utf-8"))
    assert sample == compose(orders.SAMPLES[form, version]).fields


def test_the_payment_sample_sums_to_the_annual_tax_of_the_taxation_sample():
    """普通徴収 and 特別徴収 of one year add up to 年税額."""
    assert sum(part.assessed for notice in orders.PAYMENT.collections for part in notice.installments) == (
        orders.ASSESSMENT.annual_tax
    )
