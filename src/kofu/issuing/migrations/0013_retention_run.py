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
        ("issuing", "0012_words_of_requests"),
    ]

    operations = [migrations.RunSQL(TABLE, "DROP TABLE retention_run")]
