"""What is stated of a 期別 with 増額 that are due later: an installment for each 納期限."""

import importlib

from django.db import migrations

BEFORE = importlib.import_module("kofu.ledger.migrations.0018_stated_of_merged").STATED_COLLECTIONS

# Each 期別 by 納期限: `place` 0 what was first assessed, then each 増額 with a day of its own, in the order of the days.
# What is waived or ended, and what is paid, goes to the part that was due first, as 延滞金 and 未納 count it (民法488条
# 4項). `number` tells increases of one 期別 apart, and from a 期別 of the notice that is called like one.
CLAIM_PARTS = """
CREATE VIEW claim_part AS
SELECT claim.notice_id, claim.id AS claim_id, 0 AS place, 0::bigint AS number, claim.installment, claim.due_date,
    balance.assessed - balance.waived - balance.written_off AS assessed, balance.paid
FROM claim JOIN claim_balance AS balance ON balance.claim_id = claim.id
WHERE NOT EXISTS (SELECT FROM claim_increase WHERE claim_increase.claim_id = claim.id)
UNION ALL
SELECT notice_id, claim_id, place::integer, number,
    installment || CASE WHEN number = 0 THEN '' ELSE
        CASE WHEN installment ~ '^[0-9]$' THEN '期' WHEN installment ~ '^[0-9][0-9]$' THEN '月' ELSE '' END
        || '増額' || CASE WHEN number = 1 THEN '' ELSE number::text END
    END,
    due_date, asked, least(greatest(paid - greatest(before - given_up, 0), 0), asked)
FROM (
    SELECT claim.notice_id, claim.id AS claim_id, day.place, claim.installment, day.due_date, day.before, balance.paid,
        balance.waived + balance.written_off AS given_up,
        day.amount - least(greatest(balance.waived + balance.written_off - day.before, 0), day.amount) AS asked,
        CASE WHEN day.place = 0 THEN 0 ELSE day.place + (
            SELECT count(*) FROM claim AS other WHERE other.notice_id = claim.notice_id
            AND other.installment LIKE claim.installment || '%増額%'
        ) END AS number
    FROM claim JOIN claim_balance AS balance ON balance.claim_id = claim.id
    CROSS JOIN LATERAL (
        SELECT place, due_date, amount, (sum(amount) OVER (ORDER BY place))::bigint - amount AS before
        FROM (
            SELECT 0::bigint AS place, claim.due_date, balance.assessed - coalesce(sum(amount), 0)::bigint AS amount
            FROM claim_increase WHERE claim_increase.claim_id = claim.id
            UNION ALL
            SELECT row_number() OVER (ORDER BY due_date), due_date, sum(amount)::bigint
            FROM claim_increase WHERE claim_increase.claim_id = claim.id GROUP BY due_date HAVING sum(amount) > 0
        ) AS due
    ) AS day
    WHERE EXISTS (SELECT FROM claim_increase WHERE claim_increase.claim_id = claim.id)
) AS part
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
        SELECT installment, due_date, paid, assessed FROM claim_part
        WHERE claim_part.notice_id = notice.id ORDER BY due_date, claim_id, place
    ) AS part
) AS parts
WHERE parts.installments IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0025_discarded_holds_and_moved_payments"),
    ]

    operations = [
        migrations.RunSQL("DROP VIEW stated_collections", BEFORE),
        migrations.RunSQL(CLAIM_PARTS, "DROP VIEW claim_part"),
        migrations.RunSQL(STATED_COLLECTIONS, "DROP VIEW stated_collections"),
    ]
