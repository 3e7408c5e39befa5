"""Askings of the ward are counted: a request has failed only where the ward did nothing with any of them.

A request that stood as asked before had one asking whose fate nobody knows.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("center", "0004_same_request_same_outcome")]

    operations = [
        migrations.AddField("request", "unanswered", models.SmallIntegerField(default=0)),
        migrations.RunSQL(
            "UPDATE center_request SET unanswered = 1 WHERE outcome = 'asked'", migrations.RunSQL.noop
        ),
    ]
