"""What is stated of all notices at once, for the feed: by sets, where `stated_collections` looks at one after another.

The rules of row level security look each claim up by its key, which is right for a person and dear for a ward: the feed
paid for three looks at every claim. This view reads as its owner and leaves out what is out of reach itself, by one
join with the few claims that are; the application's role may read it, and sees in it what it sees in the other.
"""

import importlib

from django.db import migrations

CLAIM_PARTS = importlib.import_module("kofu.ledger.migrations.0032_stated_by_extended_days").CLAIM_PARTS
# The claims with 増額, as `claim_part` has them: few, and each is looked at by itself.
_, _, WITH_INCREASES = CLAIM_PARTS.partition("\nUNION ALL\n")

# `claim_out_of_reach` as a set: ended by the day, and nothing keeps it open.
SETS = """
CREATE VIEW claim_set_out_of_reach AS
SELECT ended.claim_id FROM claim_ended AS ended
WHERE NOT EXISTS (SELECT FROM claim_kept_open AS kept WHERE kept.claim_id = ended.claim_id);
CREATE VIEW claim_extension AS
SELECT extending.claim_id, max(extending.until) AS until FROM arrears_event AS extending
WHERE extending.happening = 'extended'
    AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = extending.id)
GROUP BY extending.claim_id;
"""
STATED_OF_ALL = f"""
CREATE VIEW stated_collections_of_all WITH (security_barrier) AS
SELECT notice.municipality_code, notice.notice_number, notice.addressee_number AS own_number,
    coalesce(survivor.into_number, notice.addressee_number) AS addressee_number, notice.tax, notice.fiscal_year,
    notice.origin_year, notice.collection_method, notice.statutory_due_date, notice.plate_number, notice.chassis_last4,
    notice.inspected, parts.installments, parts.due_dates, parts.assessed, parts.paid, parts.assessed_total,
    parts.paid_total
FROM (
    SELECT notice_id, array_agg(installment ORDER BY due_date, claim_id, place) AS installments,
        array_agg(due_date ORDER BY due_date, claim_id, place) AS due_dates,
        array_agg(assessed ORDER BY due_date, claim_id, place) AS assessed,
        array_agg(paid ORDER BY due_date, claim_id, place) AS paid,
        sum(assessed)::bigint AS assessed_total, sum(paid)::bigint AS paid_total
    FROM (
        SELECT claim.notice_id, claim.id AS claim_id, 0 AS place, 0::bigint AS number, claim.installment,
            greatest(claim.due_date, extension.until) AS due_date,
            balance.assessed - balance.waived - balance.written_off AS assessed, balance.paid
        FROM claim JOIN claim_balance AS balance ON balance.claim_id = claim.id
        LEFT JOIN claim_extension AS extension ON extension.claim_id = claim.id
        WHERE NOT EXISTS (SELECT FROM claim_increase WHERE claim_increase.claim_id = claim.id)
        UNION ALL
        {WITH_INCREASES}
    ) AS part
    WHERE NOT EXISTS (SELECT FROM claim_set_out_of_reach AS hidden WHERE hidden.claim_id = part.claim_id)
    GROUP BY notice_id
) AS parts
JOIN notice ON notice.id = parts.notice_id
LEFT JOIN addressee_survivor AS survivor
  ON survivor.municipality_code = notice.municipality_code AND survivor.from_number = notice.addressee_number
"""
# What a feed's control totals must come to: the balances themselves, without any of the above.
TOTALS = """
CREATE VIEW collection_totals_within_reach WITH (security_barrier) AS
SELECT notice.municipality_code, sum(assessed - waived - written_off)::bigint AS assessed, sum(paid)::bigint AS paid
FROM claim_balance AS balance JOIN claim ON claim.id = balance.claim_id JOIN notice ON notice.id = claim.notice_id
WHERE NOT EXISTS (SELECT FROM claim_set_out_of_reach AS hidden WHERE hidden.claim_id = balance.claim_id)
GROUP BY notice.municipality_code
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0057_signers_as_they_count"),
    ]

    operations = [
        migrations.RunSQL(SETS, "DROP VIEW claim_set_out_of_reach, claim_extension"),
        migrations.RunSQL(STATED_OF_ALL, "DROP VIEW stated_collections_of_all"),
        migrations.RunSQL(TOTALS, "DROP VIEW collection_totals_within_reach"),
    ]
