"""The cache all processes share: used one-time codes and counted attempts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE staff_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX staff_cache_expires ON staff_cache (expires);
            """,
            "DROP TABLE staff_cache",
        )
    ]
