"""When each job of 保管と消去 last ran."""

from django.db import migrations

TABLE = """
CREATE TABLE retention_run (
    code text PRIMARY KEY,
    ran_at timestamptz NOT NULL,
    ended bigint NOT NULL CHECK (ended >= 0)
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0048_opening_standing"),
    ]

    operations = [migrations.RunSQL(TABLE, "DROP TABLE retention_run")]
