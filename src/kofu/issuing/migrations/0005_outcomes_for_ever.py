"""The same request has the same outcome for ever: who may hand a paper out, what was told, how a case is counted.

Replaces the statements of 0002 and 0003. What is read and locked, in this order, by whoever lets a paper leave:

1. the municipality's lock, shared (a stop waits for it alone), then the stops;
2. the locks of the person and of the card, shared (a hold waits for the one it is on, alone);
3. the request's row, for update, then its state;
4. the holds;
5. then, and in the same transaction, journal and audit entry.

Nothing waits longer than `lock_timeout` for any of them. The commit waits for the disk, whatever the role or the session
are set to.
"""

from django.db import migrations, models

# The arrows of kofu.issuing.requests.domain.states, written out; tests/issuing/requests/test_states.py holds the two together.
ARROWS = (
    ("made", "cancelled"),
    ("made", "failed"),
    ("made", "printed"),
    ("made", "sent"),
    ("made", "unknown"),
    ("made", "withheld"),
    ("received", "aborted"),
    ("received", "expired"),
    ("received", "made"),
    ("received", "refused"),
    ("sent", "cancelled"),
    ("sent", "failed"),
    ("sent", "printed"),
    ("sent", "unknown"),
    ("unknown", "cancelled"),
    ("unknown", "failed"),
    ("unknown", "printed"),
)

_ALLOWED = ", ".join(f"('{before}', '{after}')" for before, after in ARROWS)
STATES = f"""
CREATE OR REPLACE FUNCTION issuing_request_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a request is never removed';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'received' THEN
            RAISE EXCEPTION 'a request begins as received, not as this';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({_ALLOWED}) THEN
        RAISE EXCEPTION USING MESSAGE = 'a request cannot go from ' || OLD.state || ' to ' || NEW.state;
    END IF;
    IF NEW.state = 'withheld' AND NEW.may_leave <> 0 THEN
        RAISE EXCEPTION 'a paper that somebody may still hand out is not withheld';
    END IF;
    IF (NEW.request_id, NEW.body_digest, NEW.received_at, NEW.deadline, NEW.municipality_code, NEW.serial, NEW.kind,
        NEW.fiscal_year, NEW.copies, NEW.reference) IS DISTINCT FROM
       (OLD.request_id, OLD.body_digest, OLD.received_at, OLD.deadline, OLD.municipality_code, OLD.serial, OLD.kind,
        OLD.fiscal_year, OLD.copies, OLD.reference) THEN
        RAISE EXCEPTION 'what was asked is never changed';
    END IF;
    IF (OLD.refusal_code <> '' AND NEW.refusal_code <> OLD.refusal_code)
       OR (OLD.repeat_code <> '' AND NEW.repeat_code <> OLD.repeat_code) THEN
        RAISE EXCEPTION 'what was told once is told for ever';
    END IF;
    RETURN NEW;
END $body$;
"""

LEAVING = """
CREATE FUNCTION issuing_hold_key(municipality text, person text, card text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $body$
    SELECT hashtext(municipality || coalesce(' person ' || person, ' card ' || card))
$body$;

DROP FUNCTION issuing_release;
CREATE FUNCTION issuing_release(
    asked_id text, municipality text, asked_serial text, person text, known_holds text, stop_space integer,
    hold_space integer, after_state text, decided timestamptz, data_generation bigint, version text, day date,
    paper_title text, fee integer, numbers text[], digests text[], of_facts text[], page_counts integer[],
    audit_lane text, audit_body text
) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    standing text;
    found_holds text;
BEGIN
    PERFORM set_config('lock_timeout', '3s', true);
    PERFORM set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    PERFORM pg_advisory_xact_lock_shared(stop_space, hashtext(municipality));
    PERFORM FROM issuing_stop WHERE municipality_code = municipality AND lifted_at IS NULL;
    IF FOUND THEN
        RETURN 'halted';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hold_space, issuing_hold_key(municipality, person, NULL));
    PERFORM pg_advisory_xact_lock_shared(hold_space, issuing_hold_key(municipality, NULL, asked_serial));
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
        form_version = version, as_of = day, title = paper_title, fee_per_copy = fee, may_leave = 1
    WHERE request_id = asked_id;
    INSERT INTO issuing_copy (certificate_number, request_id, copy, sha256, facts_digest, pages)
    SELECT number, asked_id, position, digest, facts, pages
    FROM unnest(numbers, digests, of_facts, page_counts) WITH ORDINALITY AS one(number, digest, facts, pages, position);
    PERFORM audit_append(audit_lane, audit_body);
    RETURN 'released';
END $body$;

CREATE FUNCTION issuing_repeat(
    asked_id text, municipality text, asked_serial text, person text, stop_space integer, hold_space integer,
    audit_lane text, audit_body text
) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    standing text;
    told text;
BEGIN
    PERFORM set_config('lock_timeout', '3s', true);
    PERFORM set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    PERFORM pg_advisory_xact_lock_shared(stop_space, hashtext(municipality));
    PERFORM FROM issuing_stop WHERE municipality_code = municipality AND lifted_at IS NULL;
    IF FOUND THEN
        RETURN 'halted';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hold_space, issuing_hold_key(municipality, person, NULL));
    PERFORM pg_advisory_xact_lock_shared(hold_space, issuing_hold_key(municipality, NULL, asked_serial));
    SELECT state, repeat_code INTO standing, told FROM issuing_request WHERE request_id = asked_id FOR UPDATE;
    IF standing IS NULL THEN
        RETURN 'lost';
    END IF;
    IF standing NOT IN ('made', 'sent') OR told <> '' THEN
        RETURN 'decided';
    END IF;
    PERFORM FROM standing_hold
    WHERE municipality_code = municipality AND NOT released AND (addressee_number = person OR serial = asked_serial);
    IF FOUND THEN
        RETURN 'moved';
    END IF;
    UPDATE issuing_request SET may_leave = may_leave + 1 WHERE request_id = asked_id;
    PERFORM audit_append(audit_lane, audit_body);
    RETURN 'released';
END $body$;
"""

UNDO = """
DROP FUNCTION issuing_repeat;
DROP FUNCTION issuing_release;
DROP FUNCTION issuing_hold_key;
"""


class Migration(migrations.Migration):

    dependencies = [("issuing", "0003_release")]

    operations = [
        migrations.AddField("certificaterequestrow", "reference", models.CharField(default="", max_length=8)),
        migrations.AddField("certificaterequestrow", "may_leave", models.IntegerField(default=0)),
        migrations.AddField("certificaterequestrow", "repeat_code", models.CharField(default="", max_length=64)),
        migrations.AddConstraint(
            "certificaterequestrow",
            models.UniqueConstraint(
                fields=("municipality_code", "reference"),
                condition=models.Q(("reference", ""), _negated=True),
                name="issuing_request_reference",
            ),
        ),
        migrations.AddConstraint(
            "certificaterequestrow",
            models.CheckConstraint(condition=models.Q(("may_leave__gte", 0)), name="issuing_request_may_leave"),
        ),
        migrations.RemoveConstraint("certificaterequestrow", "issuing_request_state"),
        migrations.AddConstraint(
            "certificaterequestrow",
            models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "received",
                            "refused",
                            "expired",
                            "aborted",
                            "withheld",
                            "made",
                            "sent",
                            "printed",
                            "failed",
                            "cancelled",
                            "unknown",
                        ],
                    )
                ),
                name="issuing_request_state",
            ),
        ),
        migrations.AddField("printreportrow", "case_id", models.CharField(default="", max_length=32)),
        migrations.AddField("caserow", "cause", models.CharField(default="", max_length=100)),
        migrations.AddField("caserow", "occurrences", models.IntegerField(default=1)),
        migrations.AddField("caserow", "last_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "caserow",
            models.UniqueConstraint(
                fields=("municipality_code", "kind", "cause"),
                condition=models.Q(("closed_at__isnull", True), models.Q(("cause", ""), _negated=True)),
                name="issuing_case_one_open",
            ),
        ),
        migrations.AddField(
            "caseevidencerow", "request_id", models.CharField(db_index=True, default="", max_length=32)
        ),
        migrations.RunSQL(STATES, migrations.RunSQL.noop),
        migrations.RunSQL(LEAVING, UNDO),
    ]
