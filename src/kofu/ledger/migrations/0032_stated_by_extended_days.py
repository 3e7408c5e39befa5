"""What is stated of a 期別 has the 納期限 that counts: nothing is 滞納 on a 納税証明書 before an extended day."""

import importlib

from django.db import migrations

BEFORE = importlib.import_module("kofu.ledger.migrations.0029_increases_stated").CLAIM_PARTS

# As `kofu.ledger.books.journal.EXTENDED_TO`; greatest() passes over what there is none of.
EXTENDED_TO = """(SELECT max(extending.until) FROM arrears_event AS extending WHERE extending.claim_id = claim.id
    AND extending.happening = 'extended'
    AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = extending.id))"""
AS_IT_WAS = BEFORE.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
CLAIM_PARTS = AS_IT_WAS.replace(
    "claim.installment, claim.due_date,", f"claim.installment, greatest(claim.due_date, {EXTENDED_TO}) AS due_date,"
).replace("claim.installment, day.due_date,", f"claim.installment, greatest(day.due_date, {EXTENDED_TO}) AS due_date,")


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0034_keyed_beside"),
    ]

    operations = [
        migrations.RunSQL(CLAIM_PARTS, AS_IT_WAS),
    ]
