"""When each job of 保管と消去 last ran."""

from django.db import migrations

from kofu.platform.retention import SCHEMA


class Migration(migrations.Migration):
    dependencies = [
        ("issuing", "0011_erasure_orders"),
    ]

    operations = [migrations.RunSQL(SCHEMA, "DROP TABLE retention_run")]
