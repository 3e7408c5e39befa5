"""A person may give a later word under a month of the record: words are added, the newest of a person counts."""

from django.db import migrations

LATER = """
ALTER TABLE staff_month_review DROP CONSTRAINT staff_month_review_pkey;
ALTER TABLE staff_month_review ADD COLUMN id bigint;
UPDATE staff_month_review SET id = given.place FROM (
    SELECT month, by_login, row_number() OVER (ORDER BY signed_at, by_login) AS place FROM staff_month_review
) AS given WHERE given.month = staff_month_review.month AND given.by_login = staff_month_review.by_login;
ALTER TABLE staff_month_review ALTER COLUMN id SET NOT NULL, ADD PRIMARY KEY (id),
    ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('staff_month_review', 'id'), max(id)) FROM staff_month_review HAVING max(id) > 0;
CREATE INDEX staff_month_review_month ON staff_month_review (month);
CREATE FUNCTION staff_month_review_refuses_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'words under a month are added to, never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER staff_month_review_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_month_review
    FOR EACH STATEMENT EXECUTE FUNCTION staff_month_review_refuses_change();
"""
# Fails where somebody gave two words: none of them may be dropped.
BACK = """
DROP TRIGGER staff_month_review_stays ON staff_month_review;
DROP FUNCTION staff_month_review_refuses_change;
DROP INDEX staff_month_review_month;
ALTER TABLE staff_month_review DROP COLUMN id;
ALTER TABLE staff_month_review ADD PRIMARY KEY (month, by_login);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0010_month_review")]

    operations = [migrations.RunSQL(LATER, BACK)]
