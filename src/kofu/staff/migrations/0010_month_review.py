"""Who signed which month of the record, and whom the review watches: added to, never changed or deleted."""

from django.db import migrations

TABLES = """
CREATE TABLE staff_month_review (
    month text NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    by_login varchar(32) NOT NULL,
    role varchar(32) NOT NULL,
    signed_at timestamptz NOT NULL,
    result varchar(16) NOT NULL CHECK (result IN ('no_misuse', 'to_examine')),
    words varchar(300) NOT NULL CHECK (words <> ''),
    findings integer NOT NULL CHECK (findings >= 0),
    PRIMARY KEY (month, by_login)
);
CREATE TABLE staff_watched_person (
    pseudonym char(32) NOT NULL,
    login varchar(32) NOT NULL,
    reason varchar(100) NOT NULL CHECK (reason <> ''),
    added_by varchar(32) NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (pseudonym, login)
);
"""
BACK = "DROP TABLE staff_month_review; DROP TABLE staff_watched_person;"


class Migration(migrations.Migration):
    dependencies = [("staff", "0008_incidents")]

    operations = [migrations.RunSQL(TABLES, BACK)]
