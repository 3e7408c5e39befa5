"""Numbers that mean one person (宛名の統合) are stated under the one that stands for them."""

from django.db import migrations

# Of each number that was merged, the one that stands for the person now; merges may follow one another.
SURVIVORS = """
CREATE VIEW addressee_survivor AS
WITH RECURSIVE standing AS (
    SELECT municipality_code, from_number, into_number FROM addressee_merge AS merge
    WHERE EXISTS (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'approved')
      AND NOT EXISTS (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'undone')
), walk AS (
    SELECT municipality_code, from_number, into_number FROM standing
    UNION
    SELECT walk.municipality_code, walk.from_number, standing.into_number
    FROM walk JOIN standing
      ON standing.municipality_code = walk.municipality_code AND standing.from_number = walk.into_number
)
SELECT municipality_code, from_number, into_number FROM walk
WHERE NOT EXISTS (
    SELECT FROM standing
    WHERE standing.municipality_code = walk.municipality_code AND standing.from_number = walk.into_number
)
"""

# Assessments of one year under several numbers of one person: which is stated (`place` 1), and of how many.
SEVERAL_STATEMENTS = """
CREATE VIEW several_statements AS
SELECT statement.municipality_code, statement.addressee_number AS own_number, member.into_number AS addressee_number,
    statement.fiscal_year,
    row_number() OVER (same ORDER BY statement.addressee_number = member.into_number DESC, statement.id DESC) AS place,
    count(*) OVER same AS together
FROM (
    SELECT municipality_code, from_number AS own_number, into_number FROM addressee_survivor
    UNION SELECT municipality_code, into_number, into_number FROM addressee_survivor
) AS member
JOIN assessment_statement AS statement
  ON statement.municipality_code = member.municipality_code AND statement.addressee_number = member.own_number
WHERE NOT statement.removed AND NOT EXISTS (
    SELECT FROM assessment_statement AS later
    WHERE later.municipality_code = statement.municipality_code
      AND later.addressee_number = statement.addressee_number
      AND later.fiscal_year = statement.fiscal_year
      AND later.version = statement.version + 1
)
WINDOW same AS (PARTITION BY statement.municipality_code, member.into_number, statement.fiscal_year)
"""

# `own_number` is the number a row was recorded under. Where a person has assessments of a year under two numbers, that
# of the standing number is stated, else the latest, and says 更正処理中: only the tax office can say what holds.
STATED_ASSESSMENTS = """
CREATE VIEW stated_assessments AS
SELECT statement.municipality_code, statement.id AS statement_id, statement.addressee_number AS own_number,
    coalesce(survivor.into_number, statement.addressee_number) AS addressee_number,
    statement.correcting
        OR (statement.municipality_code, coalesce(survivor.into_number, statement.addressee_number),
            statement.fiscal_year) IN (
            SELECT hold.municipality_code, coalesce(held.into_number, hold.addressee_number), hold.fiscal_year
            FROM issuance_hold AS hold LEFT JOIN addressee_survivor AS held
              ON held.municipality_code = hold.municipality_code AND held.from_number = hold.addressee_number
            WHERE hold.kind = 'correcting' AND hold.settled_at IS NULL
        )
        OR (statement.municipality_code, statement.addressee_number, statement.fiscal_year) IN (
            SELECT municipality_code, own_number, fiscal_year FROM several_statements WHERE together > 1
        ) AS correcting,
    statement.fiscal_year, statement.taxing_right, statement.declaration, statement.liability,
    statement.collection_method, statement.name_at_assessment, statement.address_at_assessment,
    statement.salary_revenue, statement.salary_income, statement.pension_revenue, statement.pension_income,
    statement.business_income, statement.agriculture_income, statement.real_estate_income,
    statement.interest_income, statement.dividend_income, statement.misc_business_income,
    statement.misc_other_income, statement.transfer_temporary_income, statement.short_term_transfer_income,
    statement.long_term_transfer_income, statement.general_stock_income, statement.listed_stock_income,
    statement.listed_dividend_income, statement.futures_income, statement.forestry_income,
    statement.retirement_income, statement.loss_carryforward, statement.total_income,
    statement.aggregate_income, statement.casualty_deduction, statement.medical_deduction,
    statement.social_insurance_deduction, statement.small_enterprise_deduction,
    statement.life_insurance_deduction, statement.earthquake_insurance_deduction,
    statement.disability_deduction, statement.widow_single_parent_deduction,
    statement.working_student_deduction, statement.spouse_deduction, statement.spouse_special_deduction,
    statement.dependent_deduction, statement.specific_relative_deduction, statement.basic_deduction,
    statement.deduction_total, statement.spouse_status, statement.dependents_specific,
    statement.dependents_elderly, statement.dependents_elderly_coresident, statement.dependents_general,
    statement.dependents_under16, statement.disabled_special_coresident, statement.disabled_special,
    statement.disabled_ordinary, statement.self_special_disability, statement.self_ordinary_disability,
    statement.self_single_parent, statement.self_widow, statement.self_working_student, statement.base_general,
    statement.base_short_term, statement.base_long_term, statement.base_general_stock,
    statement.base_listed_stock, statement.base_listed_dividend, statement.base_futures,
    statement.base_forestry, statement.base_retirement, statement.adjustment_credit, statement.dividend_credit,
    statement.housing_loan_credit, statement.donation_credit, statement.foreign_tax_credit,
    statement.dividend_stock_levy_credit, statement.flat_reduction, statement.flat_reduction_unapplied,
    statement.ward_income_levy, statement.ward_per_capita_levy, statement.metro_income_levy,
    statement.metro_per_capita_levy, statement.forest_environment_tax, statement.annual_tax
FROM assessment_statement AS statement
LEFT JOIN addressee_survivor AS survivor
  ON survivor.municipality_code = statement.municipality_code AND survivor.from_number = statement.addressee_number
WHERE NOT statement.removed AND NOT EXISTS (
    SELECT FROM assessment_statement AS later
    WHERE later.municipality_code = statement.municipality_code
      AND later.addressee_number = statement.addressee_number
      AND later.fiscal_year = statement.fiscal_year
      AND later.version = statement.version + 1
)
AND (statement.municipality_code, statement.addressee_number, statement.fiscal_year) NOT IN (
    SELECT municipality_code, own_number, fiscal_year FROM several_statements WHERE place > 1
)
"""

STATED_COLLECTIONS = """
CREATE VIEW stated_collections AS
SELECT notice.municipality_code, notice.notice_number, notice.addressee_number AS own_number,
    coalesce(survivor.into_number, notice.addressee_number) AS addressee_number, notice.tax, notice.fiscal_year,
    notice.origin_year, notice.collection_method, notice.statutory_due_date, notice.plate_number, notice.chassis_last4,
    notice.inspected, parts.installments, parts.due_dates, parts.assessed, parts.paid, parts.assessed_total,
    parts.paid_total
FROM notice LEFT JOIN addressee_survivor AS survivor
  ON survivor.municipality_code = notice.municipality_code AND survivor.from_number = notice.addressee_number
CROSS JOIN LATERAL (
    SELECT array_agg(installment) AS installments, array_agg(due_date) AS due_dates, array_agg(assessed) AS assessed,
        array_agg(paid) AS paid, sum(assessed)::bigint AS assessed_total, sum(paid)::bigint AS paid_total
    FROM (
        SELECT installment, due_date, paid, assessed - waived - written_off AS assessed
        FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id
        WHERE claim.notice_id = notice.id ORDER BY due_date, claim.id
    ) AS part
) AS parts
WHERE parts.installments IS NOT NULL
"""

# As they were before (migration 0010), for the way back.
FORMER_ASSESSMENTS = """
CREATE VIEW stated_assessments AS
SELECT statement.municipality_code, statement.id AS statement_id,
    statement.correcting OR (statement.municipality_code, statement.addressee_number, statement.fiscal_year) IN (
        SELECT municipality_code, addressee_number, fiscal_year FROM issuance_hold
        WHERE kind = 'correcting' AND settled_at IS NULL
    ) AS correcting,
    statement.addressee_number, statement.fiscal_year, statement.taxing_right, statement.declaration,
    statement.liability, statement.collection_method, statement.name_at_assessment,
    statement.address_at_assessment, statement.salary_revenue, statement.salary_income,
    statement.pension_revenue, statement.pension_income, statement.business_income,
    statement.agriculture_income, statement.real_estate_income, statement.interest_income,
    statement.dividend_income, statement.misc_business_income, statement.misc_other_income,
    statement.transfer_temporary_income, statement.short_term_transfer_income,
    statement.long_term_transfer_income, statement.general_stock_income, statement.listed_stock_income,
    statement.listed_dividend_income, statement.futures_income, statement.forestry_income,
    statement.retirement_income, statement.loss_carryforward, statement.total_income,
    statement.aggregate_income, statement.casualty_deduction, statement.medical_deduction,
    statement.social_insurance_deduction, statement.small_enterprise_deduction,
    statement.life_insurance_deduction, statement.earthquake_insurance_deduction,
    statement.disability_deduction, statement.widow_single_parent_deduction,
    statement.working_student_deduction, statement.spouse_deduction, statement.spouse_special_deduction,
    statement.dependent_deduction, statement.specific_relative_deduction, statement.basic_deduction,
    statement.deduction_total, statement.spouse_status, statement.dependents_specific,
    statement.dependents_elderly, statement.dependents_elderly_coresident, statement.dependents_general,
    statement.dependents_under16, statement.disabled_special_coresident, statement.disabled_special,
    statement.disabled_ordinary, statement.self_special_disability, statement.self_ordinary_disability,
    statement.self_single_parent, statement.self_widow, statement.self_working_student, statement.base_general,
    statement.base_short_term, statement.base_long_term, statement.base_general_stock,
    statement.base_listed_stock, statement.base_listed_dividend, statement.base_futures,
    statement.base_forestry, statement.base_retirement, statement.adjustment_credit, statement.dividend_credit,
    statement.housing_loan_credit, statement.donation_credit, statement.foreign_tax_credit,
    statement.dividend_stock_levy_credit, statement.flat_reduction, statement.flat_reduction_unapplied,
    statement.ward_income_levy, statement.ward_per_capita_levy, statement.metro_income_levy,
    statement.metro_per_capita_levy, statement.forest_environment_tax, statement.annual_tax
FROM assessment_statement AS statement
WHERE NOT statement.removed AND NOT EXISTS (
    SELECT FROM assessment_statement AS later
    WHERE later.municipality_code = statement.municipality_code
      AND later.addressee_number = statement.addressee_number
      AND later.fiscal_year = statement.fiscal_year
      AND later.version = statement.version + 1
)
"""

FORMER_COLLECTIONS = """
CREATE VIEW stated_collections AS
SELECT notice.municipality_code, notice.notice_number, notice.addressee_number, notice.tax, notice.fiscal_year,
    notice.origin_year, notice.collection_method, notice.statutory_due_date, notice.plate_number, notice.chassis_last4,
    notice.inspected, parts.installments, parts.due_dates, parts.assessed, parts.paid, parts.assessed_total,
    parts.paid_total
FROM notice CROSS JOIN LATERAL (
    SELECT array_agg(installment) AS installments, array_agg(due_date) AS due_dates, array_agg(assessed) AS assessed,
        array_agg(paid) AS paid, sum(assessed)::bigint AS assessed_total, sum(paid)::bigint AS paid_total
    FROM (
        SELECT installment, due_date, paid, assessed - waived - written_off AS assessed
        FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id
        WHERE claim.notice_id = notice.id ORDER BY due_date, claim.id
    ) AS part
) AS parts
WHERE parts.installments IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0016_addressees"),
    ]

    operations = [
        migrations.RunSQL("DROP VIEW stated_assessments", FORMER_ASSESSMENTS),
        migrations.RunSQL("DROP VIEW stated_collections", FORMER_COLLECTIONS),
        migrations.RunSQL(SURVIVORS, "DROP VIEW addressee_survivor"),
        migrations.RunSQL(SEVERAL_STATEMENTS, "DROP VIEW several_statements"),
        migrations.RunSQL(STATED_ASSESSMENTS, "DROP VIEW stated_assessments"),
        migrations.RunSQL(STATED_COLLECTIONS, "DROP VIEW stated_collections"),
    ]
