"""窓口証明 and papers that went out about a claim that is out of reach are out of reach with it.

An application for a 納税証明 is hidden once every claim of the person's year it was about is, unless a case on it is
open; a paper that was sent by what its reference names. They are asked one by one, by functions that say yes or no.
"""

from django.db import migrations

COUNTER = """
CREATE FUNCTION ledger_counter_hidden(one uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM counter_application AS asked
        CROSS JOIN LATERAL (
            SELECT count(*) AS claims, count(*) FILTER (WHERE ledger_claim_hidden(claim.id)) AS hidden
            FROM notice JOIN claim ON claim.notice_id = notice.id
            WHERE notice.municipality_code = asked.municipality_code
                AND notice.addressee_number = asked.addressee_number
                AND asked.years @> to_jsonb(notice.fiscal_year)
                AND (notice.tax = 'light_vehicle') = (asked.kind <> 'payment')
        ) AS year
        WHERE asked.id = one AND asked.kind IN ('payment', 'vehicle_payment', 'vehicle_inspection')
            AND year.claims > 0 AND year.claims = year.hidden
            AND NOT EXISTS (SELECT FROM counter_case WHERE application_id = asked.id AND 2 > (
                SELECT count(DISTINCT signed_by) FROM counter_finding WHERE case_id = counter_case.id)))
$body$;
"""
# A slip for several 期別, and a 督促状, name one number for all of them: they go with the last.
SENT = """
CREATE FUNCTION ledger_sent_hidden(code text, person text, what text, number text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $body$
    SELECT CASE
        WHEN what = 'payment_slip' AND number ~ '-[^-]+$'
            THEN ledger_place_is_hidden(code, regexp_replace(number, '-[^-]+$', ''), substring(number FROM '[^-]+$'))
        WHEN what = 'payment_slip' THEN (
            SELECT count(*) > 0 AND bool_and(ledger_claim_hidden(claim.id)) FROM notice
            JOIN claim ON claim.notice_id = notice.id
            WHERE notice.municipality_code = code AND notice.addressee_number = person)
        WHEN what = 'dunning_letter' THEN (
            SELECT count(*) > 0 AND bool_and(ledger_claim_hidden(letter.claim_id)) FROM dunning_letter AS first
            JOIN dunning_letter AS letter ON letter.run_id = first.run_id
            JOIN claim ON claim.id = letter.claim_id JOIN notice ON notice.id = claim.notice_id
            WHERE first.id = nullif(regexp_replace(number, '[^0-9]', '', 'g'), '')::bigint
                AND notice.municipality_code = code AND notice.addressee_number = person)
        WHEN what IN ('refund_notice', 'offset_notice') THEN EXISTS (
            SELECT FROM refund_case WHERE municipality_code = code
                AND refund_case.number = nullif(regexp_replace(ledger_sent_hidden.number, '[^0-9]', '', 'g'), '')::bigint
                AND ledger_case_hidden(id))
        ELSE false END
$body$;
"""
POLICIES = {
    "counter_application": "NOT ledger_counter_hidden(id)",
    "counter_copy": "NOT ledger_counter_hidden(application_id)",
    "counter_event": "NOT ledger_counter_hidden(application_id)",
    "counter_case": "application_id IS NULL OR NOT ledger_counter_hidden(application_id)",
    "counter_finding": "EXISTS (SELECT FROM counter_case WHERE counter_case.id = counter_finding.case_id)",
    "outgoing_document": "NOT ledger_sent_hidden(municipality_code, addressee_number, document, reference)",
}


def _policy(table: str, within_reach: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE POLICY within_reach ON {table} USING ({within_reach}) WITH CHECK (true);"
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; DROP POLICY within_reach ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0050_reach_by_row"),
    ]

    operations = [
        migrations.RunSQL(COUNTER, "DROP FUNCTION ledger_counter_hidden(uuid)"),
        migrations.RunSQL(SENT, "DROP FUNCTION ledger_sent_hidden(text, text, text, text)"),
        *(_policy(table, within_reach) for table, within_reach in POLICIES.items()),
    ]
