"""督促状 for each 納期限: an 増額 has one of its own, and a 督促状 of its own."""

from django.db import migrations, models

# What was sent before: where no more was due than the 増額 that were due by then, for the last of these.
DAY_OF_A_LETTER = """
CREATE FUNCTION pg_temp.day_dunned(asked bigint, wanted bigint, sent date) RETURNS date LANGUAGE sql AS $body$
    SELECT CASE WHEN asked <= sum(more.amount) THEN max(more.due_date) ELSE min(claim.due_date) END
    FROM claim LEFT JOIN claim_increase AS more ON more.claim_id = claim.id AND more.due_date < sent
    WHERE claim.id = wanted
$body$;
UPDATE dunning_letter SET due_date = pg_temp.day_dunned(due, claim_id, issued_on);
UPDATE dunning_run SET
    lines = (
        SELECT coalesce(jsonb_agg(line.said || jsonb_build_object('due_date', pg_temp.day_dunned(
            (line.said->>'due')::bigint, (line.said->>'claim_id')::bigint, issued_on)) ORDER BY line.place), '[]')
        FROM jsonb_array_elements(lines) WITH ORDINALITY AS line (said, place)
    ),
    fallen = (
        SELECT coalesce(jsonb_agg(out.said || jsonb_build_object('due_date', (
            SELECT pg_temp.day_dunned((line->>'due')::bigint, (line->>'claim_id')::bigint, issued_on)
            FROM jsonb_array_elements(lines) AS line WHERE line->>'claim_id' = out.said->>'claim_id'
        )) ORDER BY out.place), '[]')
        FROM jsonb_array_elements(fallen) WITH ORDINALITY AS out (said, place)
    );
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0037_given_up_deliveries"),
    ]

    operations = [
        migrations.AddField(
            model_name="dunningletter",
            name="due_date",
            field=models.DateField(null=True, verbose_name="対象の納期限"),
        ),
        migrations.RunSQL(DAY_OF_A_LETTER, migrations.RunSQL.noop),
        # a row that was just changed holds its constraints back until they are looked at
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="dunningletter",
            name="due_date",
            field=models.DateField(verbose_name="対象の納期限"),
        ),
        migrations.RemoveConstraint(
            model_name="dunningletter",
            name="dunning_letter_one_per_claim",
        ),
        migrations.AddConstraint(
            model_name="dunningletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pulled_at", None)),
                fields=("claim", "due_date"),
                name="dunning_letter_one_per_due_date",
            ),
        ),
    ]
