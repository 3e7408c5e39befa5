"""A batch of which some rows are in the ledger says so, and can no longer be sent back."""

from django.db import migrations, models

WORDS = "open received checked held accepted posting posted rejected".split()
BEGUN = """
UPDATE batch SET state = 'posting' WHERE state IN ('checked', 'accepted')
    AND EXISTS (SELECT FROM payment WHERE payment.batch_id = batch.id);
"""


class Migration(migrations.Migration):

    dependencies = [("ledger", "0054_papers_out_of_reach")]

    operations = [
        migrations.RemoveConstraint("batch", "batch_state_words"),
        migrations.AddConstraint(
            "batch",
            models.CheckConstraint(condition=models.Q(state__in=WORDS), name="batch_state_words"),
        ),
        migrations.RunSQL(BEGUN, migrations.RunSQL.noop),
    ]
