"""The rule by which a paper leaves, once for its first time and for every repeat: `issuing_let_leave`.

What is read and locked, in this order, is the order of 0005. Each step is a statement of its own with a snapshot of its
own (PL/pgSQL, READ COMMITTED): a stop or hold that was committed before its step is seen. What is asked comes as one
record, filled by `kofu.issuing.requests.leaving`, whose fields bear the same names; a record with a part missing is
turned away, because a part that is NULL compares with nothing.

`issuing_release` and `issuing_repeat` of 0005 stay: processes of the build before this one, at work while this
migration runs, go on calling them. They keep the same rule under the same locks, so old and new exclude each other.
"""

from django.db import migrations

RULE = """
CREATE TYPE issuing_leaving AS (
    request_id text, municipality_code text, serial text, addressee_number text,
    leaves_from text[],  -- the states of the request from which the paper leaves
    holds text,          -- "hold revision,hold revision", by hold: those it was decided under
    stop_space integer, hold_space integer
);
CREATE TYPE issuing_made_copy AS (
    certificate_number text, copy integer, sha256 text, facts_digest text, pages integer
);
CREATE TYPE issuing_made AS (
    state text, decided_at timestamptz, generation bigint, form_version text, as_of date, title text,
    fee_per_copy integer, copies issuing_made_copy[]
);

CREATE FUNCTION issuing_let_leave(
    asked issuing_leaving, made issuing_made, audit_lane text, audit_body text
) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    request record;
    standing_holds text;
BEGIN
    IF NOT (asked IS NOT NULL) OR NOT (made IS NULL OR made IS NOT NULL) THEN
        RAISE EXCEPTION 'a part is missing in what is asked about a paper that is to leave';
    END IF;
    PERFORM set_config('lock_timeout', '3s', true);
    PERFORM set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');

    -- 1. no stop is in force
    PERFORM pg_advisory_xact_lock_shared(asked.stop_space, hashtext(asked.municipality_code));
    PERFORM FROM issuing_stop WHERE municipality_code = asked.municipality_code AND lifted_at IS NULL;
    IF FOUND THEN
        RETURN 'halted';
    END IF;

    -- 2. nobody decided meanwhile, and nobody was told that nothing leaves again
    PERFORM pg_advisory_xact_lock_shared(
        asked.hold_space, issuing_hold_key(asked.municipality_code, asked.addressee_number, NULL));
    PERFORM pg_advisory_xact_lock_shared(
        asked.hold_space, issuing_hold_key(asked.municipality_code, NULL, asked.serial));
    SELECT state, repeat_code INTO request FROM issuing_request WHERE request_id = asked.request_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'lost';
    END IF;
    IF request.state <> ALL (asked.leaves_from) OR request.repeat_code <> '' THEN
        RETURN 'decided';
    END IF;

    -- 3. the holds are those it was decided under
    SELECT coalesce(string_agg(hold_id || ' ' || revision, ',' ORDER BY hold_id), '') INTO standing_holds
    FROM standing_hold
    WHERE municipality_code = asked.municipality_code AND NOT released
      AND (addressee_number = asked.addressee_number OR serial = asked.serial);
    IF standing_holds <> asked.holds THEN
        RETURN 'moved';
    END IF;

    -- nothing stands against it: one more worker may hand it out; of a paper made before, nothing else is new
    UPDATE issuing_request
    SET may_leave = may_leave + 1, addressee_number = asked.addressee_number,
        state = coalesce(made.state, state), decided_at = coalesce(made.decided_at, decided_at),
        generation = coalesce(made.generation, generation), form_version = coalesce(made.form_version, form_version),
        as_of = coalesce(made.as_of, as_of), title = coalesce(made.title, title),
        fee_per_copy = coalesce(made.fee_per_copy, fee_per_copy)
    WHERE request_id = asked.request_id;
    INSERT INTO issuing_copy (request_id, certificate_number, copy, sha256, facts_digest, pages)
    SELECT asked.request_id, certificate_number, copy, sha256, facts_digest, pages FROM unnest(made.copies);
    PERFORM audit_append(audit_lane, audit_body);
    RETURN 'released';
END $body$;
"""

UNDO = """
DROP FUNCTION issuing_let_leave;
DROP TYPE issuing_made;
DROP TYPE issuing_made_copy;
DROP TYPE issuing_leaving;
"""


class Migration(migrations.Migration):
    """Adds the rule beside the two functions before it."""

    dependencies = [("issuing", "0007_glyph_sets")]

    operations = [migrations.RunSQL(RULE, UNDO)]
