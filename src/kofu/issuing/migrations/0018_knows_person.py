"""Whether anybody has a 宛名番号: asked for an answer to a resident, by the console too, which reads no fact."""

from django.db import migrations

KNOWS = """
CREATE FUNCTION issuing_knows_person(code text, number text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM fact_residents WHERE municipality_code = code AND addressee_number = number)
        OR EXISTS (SELECT FROM fact_assessments WHERE municipality_code = code AND addressee_number = number)
        OR EXISTS (SELECT FROM fact_collections WHERE municipality_code = code AND addressee_number = number)
        OR EXISTS (SELECT FROM hold_message WHERE municipality_code = code AND addressee_number = number)
        OR EXISTS (SELECT FROM issuing_row_finding WHERE municipality_code = code AND addressee_number = number)
        OR EXISTS (SELECT FROM issuing_request WHERE municipality_code = code AND addressee_number = number)
$body$;
REVOKE ALL ON FUNCTION issuing_knows_person(text, text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0017_fewer_indexes")]

    operations = [migrations.RunSQL(KNOWS, "DROP FUNCTION issuing_knows_person(text, text)")]
