"""Rules in Japanese, as staff of either system read them; the English sentence with its article is in the rule."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    # marks and names
    "placeholder": "外字変換の跡（〓・■・？など）がある",
    "blank": "空白だけである",
    "undrawable": "フォントで正確に描けない文字がある",
    "name_misfit": "氏名がこの宛名番号の住民情報のどの氏名とも合わない",
    "names_do_not_fit": "氏名が住民情報と合わない行が多すぎる（氏名が人の間でずれている）",
    "names_moved": "前日と氏名が異なる人が多すぎる（氏名が人の間でずれている）",
    "row_of_another": "氏名と住所が別の宛名番号の人のものである",
    "person_changed": "同じ宛名番号で氏名も生年月日・性別も前日と別の人である",
    "people_exchanged": "二人の氏名が前日と入れ替わっている",
    "serial_changed_person": "電子証明書のシリアル番号が別の人に付け替わっている",
    "assessment_exchanged": "前日は別の宛名番号の人のものだった賦課情報である",
    "notices_exchanged": "二人の通知書が前日と入れ替わっている",
    "rejected": "職員が却下したデータである",
    # years
    "year_to_come": "課税年度が翌年度より先である",
    "year_without_table": "金額表のない課税年度である",
    "origin_after_year": "相当年度が課税年度より後である",
    "due_before_year": "納期限が課税年度の前である",
    "statutory_due_outside_years": "法定納期限等が相当年度から課税年度の範囲にない",
    # incomes
    "salary_off_table": "給与所得が給与収入に対応する額でない",
    "pension_off_table": "公的年金等雑所得が公的年金等収入に対応する額でない",
    "aggregate_above_incomes": "合計所得金額が各所得の合計を超える",
    "aggregate_below_incomes": "合計所得金額が各所得の合計に満たない",
    "aggregate_negative": "合計所得金額が負である",
    "total_above_aggregate": "総所得金額等が合計所得金額を超える",
    "total_below_aggregate": "繰越損失がないのに総所得金額等が合計所得金額に満たない",
    "carried_loss_off_total": "総所得金額等が合計所得金額から繰越損失を引いた額でない",
    "undeclared_with_income": "未申告なのに所得がある",
    # deductions
    "disabled_without_deduction": "障害者控除が該当者の数に足りない",
    "deduction_without_disabled": "障害者控除が該当者の数を超える",
    "disabled_twice": "本人が特別障害者と普通障害者の両方である",
    "single_parent_or_widow_off_deduction": "寡婦・ひとり親控除が該当と合わない",
    "single_parent_and_widow": "本人がひとり親と寡婦の両方である",
    "working_student_off_deduction": "勤労学生控除が該当と合わない",
    "single_parent_or_widow_above_limit": "ひとり親・寡婦の所得が限度を超える",
    "working_student_above_limit": "勤労学生の所得が限度を超える",
    "dependents_off_deduction": "扶養控除が扶養親族の数と合わない",
    "coresident_not_elderly": "同居老親等が老人扶養親族より多い",
    "specific_relative_before_its_law": "特定親族特別控除が施行前の年度にある",
    "specific_relative_off_steps": "特定親族特別控除が一万円単位でない",
    "spouse_off_deduction": "配偶者控除が区分・所得と合わない",
    "spouse_twice": "控除対象配偶者がいるのに配偶者特別控除がある",
    "spouse_special_off_steps": "配偶者特別控除があり得る額でない",
    "basic_off_income": "基礎控除が合計所得金額と合わない",
    "life_insurance_above_limit": "生命保険料控除が限度を超える",
    "earthquake_insurance_above_limit": "地震保険料控除が限度を超える",
    "medical_above_limit": "医療費控除が限度を超える",
    "social_insurance_above_income": "社会保険料控除が収入の全額を超える",
    # bases and levies
    "base_not_in_thousands": "課税標準額が千円未満切捨てでない",
    "base_above_income": "課税標準額が所得から控除を引いた額を超える",
    "separate_base_above_income": "分離課税の課税標準額がその所得を超える",
    "base_off_income": "課税標準額が所得から控除を引いた額と合わない",
    "base_below_income": "課税標準額が所得から控除を引いた額に満たない",
    "per_capita_above_year": "均等割・森林環境税がその年度の額を超える",
    "per_capita_in_part": "均等割・森林環境税がその年度の額でもゼロでもない",
    "levy_without_per_capita": "均等割のない人に所得割がある",
    "levy_not_in_hundreds": "所得割が百円未満切捨てでない",
    "levy_off_share": "区市町村分と都道府県分の所得割が六対四でない",
    "levy_above_base": "所得割が課税標準額と税率による額を超える",
    "levy_above_credits": "所得割が税額控除後の額を超える",
    "levy_below_base": "所得割が税額控除後の額に満たない",
    "base_without_levy": "課税標準額があるのに所得割がない",
    "credit_without_base": "課税標準額がないのに調整控除がある",
    "fixed_credit_outside_its_years": "定額減税が対象外の年度にある",
    "fixed_credit_over_limit": "合計所得金額が定額減税の限度を超える",
    "fixed_credit_off_heads": "定額減税が人数と合わない",
    "levy_of_per_capita_only": "均等割のみ課税なのに所得割がある",
    "taxable_without_levy": "課税なのに所得割がない",
    "tax_of_undeclared_dependent": "未申告の被扶養者に年税額がある",
    "levy_without_taxing_right": "課税権がないのに所得割がある",
    "collected_without_tax": "税額なしの徴収区分なのに年税額がある",
    "method_without_tax": "税額がないのに徴収区分がある",
    "nontaxable_above_limit": "非課税なのに所得が限度を超える",
    "taxed_below_limit": "課税なのに所得が非課税の限度内である",
    # notices
    "vehicle_tax_above_limit": "軽自動車税があり得る税率を超える",
    "too_many_installments": "期別の数が徴収区分の上限を超える",
    "installment_twice": "同じ期別が二度ある",
    "vehicle_by_withholding": "軽自動車税が特別徴収になっている",
    "notice_not_in_hundreds": "調定額計が百円単位でない",
}


def rule_text(rule: str, sentence: str = "") -> str:
    """Say what a rule found; of a rule of the files' form its own sentence."""
    return RULES.get(rule, sentence or rule)
