"""When each job of 保管と消去 last ran."""

from django.db import migrations

from kofu.platform.retention import SCHEMA


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0048_opening_standing"),
    ]

    operations = [migrations.RunSQL(SCHEMA, "DROP TABLE retention_run")]
