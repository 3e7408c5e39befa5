"""完納から7年、不納欠損から5年経過したデータはアクセス不可: held by the database for every role but the owner's.

Row level security hides what is out of reach, whatever statement asks: a page cannot forget a condition. The rule is in
the rows themselves (`claim_balance.out_of_reach_from`, computed by the database) and in the day the system has reached,
which only goes forward. `docs/why/prescription.md` says what is hidden with a claim.
"""

from django.db import migrations

# The day that counts. The running system says which day it is, through a function that takes no day back.
REACHED_DAY = """
CREATE TABLE reached_day (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    day date NOT NULL
);
INSERT INTO reached_day (day) VALUES ('0001-01-01');
CREATE FUNCTION ledger_reach_day(reached date) RETURNS date LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $body$
BEGIN
    UPDATE reached_day SET day = reached WHERE day < reached;
    RETURN (SELECT day FROM reached_day);
END $body$;
REVOKE ALL ON FUNCTION ledger_reach_day(date) FROM PUBLIC;
"""

# The day itself is not counted (民法140条), and where the last
# month has no such day, the time ends with its last day (民法143条2項).
COUNTED = """
CREATE FUNCTION ledger_out_of_reach_from(since date, months integer) RETURNS date LANGUAGE sql IMMUTABLE STRICT
    RETURN (since + 1 + interval '1 month' * months)::date
        + CASE WHEN extract(day FROM since + 1 + interval '1 month' * months) <> extract(day FROM since + 1)
            THEN 1 ELSE 0 END;
ALTER TABLE claim_balance ADD COLUMN out_of_reach_from date GENERATED ALWAYS AS (
    CASE WHEN assessed - paid - waived - written_off = 0
        AND interest_assessed - interest_paid - interest_waived - interest_written_off = 0
    THEN ledger_out_of_reach_from(settled_on, CASE WHEN written_off + interest_written_off > 0 THEN 60 ELSE 84 END) END
) STORED;
CREATE INDEX claim_balance_out_of_reach ON claim_balance (out_of_reach_from);
"""

# 閲覧の許可: two people open one claim for a reason and a time. It is read only in the session that first put its
# reading on record, in a transaction of its own that was committed.
OPENINGS = """
CREATE TABLE record_opening (
    id uuid PRIMARY KEY,
    claim_id bigint NOT NULL REFERENCES claim (id),
    reason text NOT NULL CHECK (reason <> ''),
    minutes integer NOT NULL CHECK (minutes BETWEEN 1 AND 480),
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text CHECK (approved_by <> proposed_by),
    opened_at timestamptz,
    ends_at timestamptz,
    closed_by text,
    closed_at timestamptz
);
CREATE INDEX record_opening_of ON record_opening (claim_id);
CREATE TABLE record_reading (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    opening_id uuid NOT NULL REFERENCES record_opening (id),
    read_by text NOT NULL,
    read_at timestamptz NOT NULL,
    token uuid NOT NULL UNIQUE,
    read_in xid8 NOT NULL
);
CREATE TRIGGER record_reading_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_reading
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE VIEW opened_to_this_reading AS
SELECT opening.claim_id FROM record_reading AS reading JOIN record_opening AS opening ON opening.id = opening_id
WHERE reading.token = nullif(current_setting('kofu.reading', true), '')::uuid
    AND reading.read_in IS DISTINCT FROM pg_current_xact_id_if_assigned()
    AND reading.read_at > statement_timestamp() - interval '1 minute'
    AND opening.closed_at IS NULL AND opening.ends_at > statement_timestamp();
"""

# Open money keeps a claim within reach, whatever its day: something due (then it has no day), something owed back and
# not refunded, or something two people still have to decide.
VIEWS = """
CREATE VIEW claim_out_of_reach WITH (security_barrier) AS
SELECT balance.claim_id, balance.settled_on AS since,
    balance.written_off + balance.interest_written_off > 0 AS written_off, balance.out_of_reach_from
FROM claim_balance AS balance
WHERE balance.out_of_reach_from <= (SELECT day FROM reached_day)
    AND NOT EXISTS (SELECT FROM share WHERE share.claim_id = balance.claim_id
        AND (overpaid > 0 OR in_error > 0 OR refundable > 0
            OR refund_interest > refund_interest_paid + refund_interest_applied))
    AND NOT EXISTS (SELECT FROM claim_decision WHERE claim_decision.claim_id = balance.claim_id AND state = 'proposed')
    AND NOT EXISTS (SELECT FROM receipt_case WHERE receipt_case.claim_id = balance.claim_id AND state <> 'decided')
    AND NOT EXISTS (SELECT FROM opened_to_this_reading AS opened WHERE opened.claim_id = balance.claim_id);
CREATE VIEW notice_out_of_reach WITH (security_barrier) AS
SELECT notice.id AS notice_id FROM notice
WHERE EXISTS (SELECT FROM claim WHERE claim.notice_id = notice.id)
    AND NOT EXISTS (SELECT FROM claim WHERE claim.notice_id = notice.id
        AND NOT EXISTS (SELECT FROM claim_out_of_reach AS hidden WHERE hidden.claim_id = claim.id));
CREATE VIEW payment_out_of_reach WITH (security_barrier) AS
SELECT balance.payment_id FROM payment_balance AS balance
WHERE suspense = 0 AND overpaid = 0 AND in_error = 0 AND refundable = 0
    AND EXISTS (SELECT FROM share WHERE share.payment_id = balance.payment_id)
    AND NOT EXISTS (SELECT FROM share WHERE share.payment_id = balance.payment_id
        AND NOT EXISTS (SELECT FROM claim_out_of_reach AS hidden WHERE hidden.claim_id = share.claim_id));
CREATE VIEW transfer_within_reach WITH (security_barrier) AS
SELECT transfer.id AS transfer_id, transfer.entry_id FROM transfer
WHERE CASE WHEN transfer.claim_id IS NOT NULL
    THEN NOT EXISTS (SELECT FROM claim_out_of_reach AS hidden WHERE hidden.claim_id = transfer.claim_id)
    ELSE NOT EXISTS (SELECT FROM payment_out_of_reach AS hidden WHERE hidden.payment_id = transfer.payment_id) END;
CREATE VIEW entry_out_of_reach WITH (security_barrier) AS
SELECT entry.id AS entry_id FROM entry
WHERE EXISTS (SELECT FROM transfer WHERE transfer.entry_id = entry.id)
    AND NOT EXISTS (SELECT FROM transfer_within_reach AS near WHERE near.entry_id = entry.id);
CREATE VIEW refund_case_out_of_reach WITH (security_barrier) AS
SELECT refund.id AS case_id FROM refund_case AS refund
WHERE state IN ('paid', 'closed', 'lapsed', 'withdrawn', 'declined', 'revoked')
    AND EXISTS (SELECT FROM jsonb_path_query(plan, '$.**.claim_id'))
    AND NOT EXISTS (SELECT FROM jsonb_path_query(plan, '$.**.claim_id') AS named (claim_id)
        WHERE NOT EXISTS (SELECT FROM claim_out_of_reach AS hidden
            WHERE hidden.claim_id = (named.claim_id #>> '{}')::bigint));
"""
# What the whole ledger comes to, without a row of anybody: the figures of a year do not change when a claim is hidden.
FIGURES = """
CREATE VIEW collection_standing WITH (security_barrier) AS
SELECT municipality_code, tax, fiscal_year, sum(assessed - waived)::bigint AS assessed, sum(paid)::bigint AS paid,
    sum(written_off)::bigint AS written_off, sum(due)::bigint AS due
FROM notice JOIN claim ON claim.notice_id = notice.id JOIN claim_balance ON claim_id = claim.id
GROUP BY municipality_code, tax, fiscal_year;
CREATE VIEW collection_by_month WITH (security_barrier) AS
SELECT notice.municipality_code, tax, fiscal_year, date_trunc('month', booked_on)::date AS month,
    sum(principal)::bigint AS amount
FROM share JOIN payment ON payment.id = payment_id JOIN claim ON claim.id = claim_id
JOIN notice ON notice.id = notice_id WHERE principal > 0
GROUP BY notice.municipality_code, tax, fiscal_year, month;
"""

PROPOSE = """
CREATE FUNCTION ledger_propose_opening(opening uuid, code text, notice text, part text, why text, how_long integer,
    who text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
    found bigint;
BEGIN
    SELECT hidden.claim_id INTO found FROM claim_out_of_reach AS hidden
        JOIN claim ON claim.id = hidden.claim_id JOIN notice AS of ON of.id = claim.notice_id
        WHERE of.municipality_code = code AND of.notice_number = notice AND claim.installment = part;
    IF found IS NOT NULL THEN
        INSERT INTO record_opening (id, claim_id, reason, minutes, proposed_by, proposed_at)
            VALUES (opening, found, why, how_long, who, statement_timestamp());
    END IF;
    RETURN found;
END $body$;
REVOKE ALL ON FUNCTION ledger_propose_opening(uuid, text, text, text, text, integer, text) FROM PUBLIC;
"""
APPROVE = """
CREATE FUNCTION ledger_approve_opening(opening uuid, who text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $body$
BEGIN
    UPDATE record_opening SET approved_by = who, opened_at = statement_timestamp(),
        ends_at = statement_timestamp() + interval '1 minute' * minutes
        WHERE id = opening AND approved_by IS NULL AND closed_at IS NULL AND proposed_by <> who;
    RETURN FOUND;
END $body$;
REVOKE ALL ON FUNCTION ledger_approve_opening(uuid, text) FROM PUBLIC;
"""
CLOSE = """
CREATE FUNCTION ledger_close_opening(opening uuid, who text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $body$
BEGIN
    UPDATE record_opening SET closed_by = who, closed_at = statement_timestamp()
        WHERE id = opening AND closed_at IS NULL;
    RETURN FOUND;
END $body$;
REVOKE ALL ON FUNCTION ledger_close_opening(uuid, text) FROM PUBLIC;
"""
READ = """
CREATE FUNCTION ledger_read_opening(opening uuid, who text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $body$
DECLARE
    made uuid;
BEGIN
    INSERT INTO record_reading (opening_id, read_by, read_at, token, read_in)
        SELECT id, who, statement_timestamp(), gen_random_uuid(), pg_current_xact_id() FROM record_opening
        WHERE id = opening AND closed_at IS NULL AND ends_at > statement_timestamp()
        RETURNING token INTO made;
    RETURN made;
END $body$;
REVOKE ALL ON FUNCTION ledger_read_opening(uuid, text) FROM PUBLIC;
"""

_CLAIM = "NOT EXISTS (SELECT FROM claim_out_of_reach AS hidden WHERE hidden.claim_id = {table}.claim_id)"
_PAYMENT = "NOT EXISTS (SELECT FROM payment_out_of_reach AS hidden WHERE hidden.payment_id = {table}.payment_id)"
_CASE = "NOT EXISTS (SELECT FROM refund_case_out_of_reach AS hidden WHERE hidden.case_id = {table}.case_id)"
#: Of every table that says something of a claim: which of its rows are within reach.
POLICIES = {
    "claim": "NOT EXISTS (SELECT FROM claim_out_of_reach AS hidden WHERE hidden.claim_id = claim.id)",
    "claim_balance": f"out_of_reach_from IS NULL OR {_CLAIM}",
    "notice": "NOT EXISTS (SELECT FROM notice_out_of_reach AS hidden WHERE hidden.notice_id = notice.id)",
    "payment": "NOT EXISTS (SELECT FROM payment_out_of_reach AS hidden WHERE hidden.payment_id = payment.id)",
    "entry": "NOT EXISTS (SELECT FROM entry_out_of_reach AS hidden WHERE hidden.entry_id = entry.id)",
    "transfer": f"CASE WHEN claim_id IS NOT NULL THEN {_CLAIM} ELSE {_PAYMENT} END",
    "refund_case": "NOT EXISTS (SELECT FROM refund_case_out_of_reach AS hidden WHERE hidden.case_id = refund_case.id)",
    "advised_payment": "state = 'advised' OR NOT ledger_place_is_hidden(municipality_code, notice_number, installment)",
    "batch_row": "NOT ledger_payment_is_hidden("
    "(SELECT municipality_code FROM batch WHERE batch.id = batch_row.batch_id), key)",
    "fed_collection": "NOT removed OR generation >= (SELECT coalesce(max(stated.generation), 0) FROM feed_generation"
    " AS stated WHERE stated.municipality_code = fed_collection.municipality_code)"
    " OR NOT ledger_notice_is_hidden(municipality_code, notice_number)",
    **dict.fromkeys(
        (
            "share", "claim_increase", "dunning_letter", "arrears_event", "claim_decision", "debit_request_line",
            "receipt_case", "payment_slip",
        ),
        _CLAIM,
    ),
    **dict.fromkeys(("payment_balance", "payment_correction"), _PAYMENT),
    **dict.fromkeys(("refund_event", "refund_payee"), _CASE),
}  # fmt: skip
# By what stands in rows that know no claim by its id. They answer yes or no: nobody lists hidden numbers through them.
HIDDEN = """
CREATE FUNCTION ledger_place_is_hidden(code text, number text, part text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM notice JOIN claim ON claim.notice_id = notice.id
        JOIN claim_out_of_reach AS hidden ON hidden.claim_id = claim.id
        WHERE notice.municipality_code = code AND notice.notice_number = number AND claim.installment = part)
$body$;
CREATE FUNCTION ledger_payment_is_hidden(code text, number text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM payment JOIN payment_out_of_reach AS hidden ON hidden.payment_id = payment.id
        WHERE payment.municipality_code = code AND payment.key = number)
$body$;
CREATE FUNCTION ledger_notice_is_hidden(code text, number text) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM notice JOIN notice_out_of_reach AS hidden ON hidden.notice_id = notice.id
        WHERE notice.municipality_code = code AND notice.notice_number = number)
$body$;
"""
#: Views that state rows read with the rights of who asks, so that what is hidden is hidden in them too.
ASKED_AS_THE_READER = ("claim_part", "stated_collections")


def _policy(table: str, within_reach: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE POLICY within_reach ON {table} USING ({within_reach.format(table=table)}) WITH CHECK (true);"
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; DROP POLICY within_reach ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0040_words_of_life_cycles"),
    ]

    operations = [
        migrations.RunSQL(REACHED_DAY, "DROP FUNCTION ledger_reach_day(date); DROP TABLE reached_day"),
        migrations.RunSQL(
            COUNTED,
            "ALTER TABLE claim_balance DROP COLUMN out_of_reach_from;"
            " DROP FUNCTION ledger_out_of_reach_from(date, integer)",
        ),
        migrations.RunSQL(OPENINGS, "DROP VIEW opened_to_this_reading; DROP TABLE record_reading, record_opening"),
        migrations.RunSQL(
            VIEWS,
            "DROP VIEW refund_case_out_of_reach, entry_out_of_reach, transfer_within_reach, payment_out_of_reach,"
            " notice_out_of_reach, claim_out_of_reach",
        ),
        migrations.RunSQL(
            HIDDEN,
            "DROP FUNCTION ledger_place_is_hidden, ledger_payment_is_hidden, ledger_notice_is_hidden",
        ),
        migrations.RunSQL(FIGURES, "DROP VIEW collection_standing, collection_by_month"),
        migrations.RunSQL(PROPOSE, "DROP FUNCTION ledger_propose_opening"),
        migrations.RunSQL(APPROVE, "DROP FUNCTION ledger_approve_opening"),
        migrations.RunSQL(CLOSE, "DROP FUNCTION ledger_close_opening"),
        migrations.RunSQL(READ, "DROP FUNCTION ledger_read_opening"),
        *(
            migrations.RunSQL(
                f"ALTER VIEW {view} SET (security_invoker = true)", f"ALTER VIEW {view} RESET (security_invoker)"
            )
            for view in ASKED_AS_THE_READER
        ),
        *(_policy(table, within_reach) for table, within_reach in POLICIES.items()),
    ]
