"""The release of a certificate as one statement: what is checked last and what is written, in one transaction.

Each step inside is a statement of its own with a snapshot of its own (PL/pgSQL, READ COMMITTED): a stop or hold that
was committed before its step is seen. Changed afterwards by a new migration, never here.
"""

from django.db import migrations

RELEASE = """
CREATE FUNCTION issuing_release(
    asked_id text, municipality text, asked_serial text, person text, known_holds text, stop_space integer,
    after_state text, decided timestamptz, data_generation bigint, version text, day date, paper_title text,
    fee integer, numbers text[], digests text[], of_facts text[], page_counts integer[], audit_lane text, audit_body text
) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    standing text;
    found_holds text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(stop_space, hashtext(municipality));
    PERFORM FROM issuing_stop WHERE municipality_code = municipality AND lifted_at IS NULL;
    IF FOUND THEN
        RETURN 'halted';
    END IF;
    SELECT state INTO standing FROM issuing_request WHERE request_id = asked_id FOR UPDATE;
    IF standing IS DISTINCT FROM 'received' THEN
        RETURN CASE WHEN standing IS NULL THEN 'lost' ELSE 'decided' END;
    END IF;
    SELECT coalesce(string_agg(hold_id || ' ' || revision, ',' ORDER BY hold_id), '') INTO found_holds
    FROM standing_hold
    WHERE municipality_code = municipality AND NOT released AND (addressee_number = person OR serial = asked_serial);
    IF found_holds <> known_holds THEN
        RETURN 'moved';
    END IF;
    UPDATE issuing_request
    SET state = after_state, decided_at = decided, addressee_number = person, generation = data_generation,
        form_version = version, as_of = day, title = paper_title, fee_per_copy = fee
    WHERE request_id = asked_id;
    INSERT INTO issuing_copy (certificate_number, request_id, copy, sha256, facts_digest, pages)
    SELECT number, asked_id, position, digest, facts, pages
    FROM unnest(numbers, digests, of_facts, page_counts) WITH ORDINALITY AS one(number, digest, facts, pages, position);
    PERFORM audit_append(audit_lane, audit_body);
    RETURN 'released';
END $body$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("issuing", "0002_journal"),
    ]

    operations = [
        migrations.RunSQL(RELEASE, "DROP FUNCTION issuing_release"),
    ]
