"""How each opening stands, with the day its claim began to count and the number of its readings; of no claim's contents."""

from django.db import migrations

STANDING = """
CREATE VIEW opening_standing WITH (security_barrier) AS
SELECT opening.id, notice.municipality_code, opening.claim_id, balance.settled_on AS since, balance.out_of_reach_from,
    opening.reason, opening.minutes, opening.proposed_by, opening.proposed_at, opening.approved_by, opening.ends_at,
    opening.closed_by,
    (SELECT count(*) FROM record_reading AS reading WHERE reading.opening_id = opening.id) AS readings,
    CASE WHEN opening.closed_at IS NOT NULL THEN 'closed' WHEN opening.approved_by IS NULL THEN 'proposed'
        WHEN opening.ends_at > statement_timestamp() THEN 'open' ELSE 'ended' END AS standing
FROM record_opening AS opening JOIN claim ON claim.id = opening.claim_id
JOIN notice ON notice.id = claim.notice_id JOIN claim_balance AS balance ON balance.claim_id = claim.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0047_out_of_reach"),
    ]

    operations = [
        migrations.RunSQL(STANDING, "DROP VIEW opening_standing"),
    ]
