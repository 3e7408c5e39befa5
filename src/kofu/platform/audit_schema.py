"""The audit log in the database: its table, the one function that appends, and the rights (P10).

`audit_append` runs with the owner's rights (SECURITY DEFINER) and is the only way in for a running system: its role
has no INSERT. The function itself sets what a writer must not choose: the lane begins with the role that logged in
(`session_user`, which neither SET ROLE nor a function's owner changes), the number follows the one before, the instant
is the database's clock and never before the entry before it. Lanes of the log itself begin with `#` and are written by
functions of their own. A trigger asks the same of every INSERT, so that the owner, too, writes entries as they are
made.

`audit_anchor` puts on record, in the lane `#anchors`, which entries came since the anchor before: each lane's newest
number and hash. That is also the order of the entries in the tree over the log (`platform.audit_order`), so that any
machine with the log computes the same root. `audit_anchored` remembers for it how far it came; nobody else believes it.

Closed months leave the database as segments (`platform.audit_segment`): `audit_segment` has the manifest of each, and
only what stands in one can be deleted, or put back when it is restored.

Version 1 of the hash did not cover `recorded_at`. Entries of that version stay as they are, in lanes that no new entry
can join: `close_old_lanes` writes their heads, once, into the lane `#versions`. What stands behind such a head, or in a
lane it does not name, was added later and is found by the verifier.
"""

from __future__ import annotations

import psycopg

VERSIONS_LANE = "#versions"

SCHEMA = r"""
CREATE TABLE IF NOT EXISTS audit_entry (
    lane text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    body text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (lane, sequence)
);
ALTER TABLE audit_entry ADD COLUMN IF NOT EXISTS version smallint NOT NULL DEFAULT 1 CHECK (version IN (1, 2));
CREATE INDEX IF NOT EXISTS audit_entry_recorded_at ON audit_entry (recorded_at);
CREATE TABLE IF NOT EXISTS audit_segment (
    month text PRIMARY KEY CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    manifest text NOT NULL,
    state text NOT NULL CHECK (state IN ('archived', 'restored', 'expired')),
    earliest timestamptz NOT NULL,
    latest timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS audit_segment_lane (
    month text NOT NULL REFERENCES audit_segment,
    lane text NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    hash bytea NOT NULL,
    last_recorded_at timestamptz NOT NULL,
    PRIMARY KEY (lane, first)
);
CREATE TABLE IF NOT EXISTS audit_expiry_word (
    month text NOT NULL REFERENCES audit_segment,
    by_whom text NOT NULL CHECK (by_whom <> ''),
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (month, by_whom)
);
CREATE OR REPLACE FUNCTION audit_segment_has(in_lane text, in_sequence bigint, in_state text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_segment_lane AS part JOIN audit_segment AS segment ON segment.month = part.month
        WHERE part.lane = in_lane AND in_sequence BETWEEN part.first AND part.last AND segment.state = in_state
    )
$$;
CREATE OR REPLACE FUNCTION audit_refuses_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF audit_segment_has(OLD.lane, OLD.sequence, 'archived') THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE OR REPLACE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuses_change();
CREATE OR REPLACE TRIGGER audit_entry_stays_whole BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change();
CREATE OR REPLACE FUNCTION audit_digest(previous bytea, in_lane text, at bigint, moment timestamptz, in_body text)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous || convert_to(
        E'kofu audit entry 2\n' || in_lane || E'\n' || at || E'\n'
        || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\n' || in_body, 'UTF8'))
$$;
CREATE OR REPLACE FUNCTION audit_is_made_here() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.version = 2
        AND (starts_with(NEW.lane, session_user || '/') OR starts_with(NEW.lane, '#'))
        AND NEW.recorded_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() + interval '1 minute'
        AND NEW.hash = audit_digest(NEW.previous_hash, NEW.lane, NEW.sequence, NEW.recorded_at, NEW.body)
    THEN
        RETURN NEW;
    END IF;
    IF audit_segment_has(NEW.lane, NEW.sequence, 'restored') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an audit entry is made by audit_append: in the lane of its writer, now'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE OR REPLACE TRIGGER audit_entry_is_made_here BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_is_made_here();
CREATE OR REPLACE FUNCTION audit_link(in_lane text, in_body text, OUT at bigint, OUT digest bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before bytea;
    last_moment timestamptz;
    moment timestamptz;
    left_us audit_segment_lane;
BEGIN
    -- an entry is durable when its transaction returns, whatever role or session say
    PERFORM set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    PERFORM pg_advisory_xact_lock(hashtextextended('audit lane ' || in_lane, 0));
    -- `in_lane` is made from `session_user`, whose collation is not the index's: unsaid, the whole log would be read
    SELECT sequence, hash, recorded_at INTO at, before, last_moment
    FROM audit_entry WHERE lane = in_lane COLLATE "default" ORDER BY sequence DESC LIMIT 1;
    SELECT * INTO left_us FROM audit_segment_lane
    WHERE lane = in_lane COLLATE "default" ORDER BY first DESC LIMIT 1;
    IF left_us.last > coalesce(at, 0) THEN
        at := left_us.last;
        before := left_us.hash;
        last_moment := left_us.last_recorded_at;
    END IF;
    at := coalesce(at, 0) + 1;
    before := coalesce(before, decode(repeat('00', 32), 'hex'));
    moment := clock_timestamp();
    IF moment <= last_moment THEN
        IF moment < last_moment - interval '1 minute' THEN
            RAISE EXCEPTION 'the clock of the database server is behind the newest entry of audit lane %', in_lane
                USING ERRCODE = 'object_not_in_prerequisite_state',
                HINT = 'Set the clock right. If it ran ahead before, start the process under another KOFU_NODE.';
        END IF;
        moment := last_moment + interval '1 microsecond';
    END IF;
    digest := audit_digest(before, in_lane, at, moment, in_body);
    INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body, recorded_at, version)
    VALUES (in_lane, at, before, digest, in_body, moment, 2);
END
$$;
CREATE OR REPLACE FUNCTION audit_append(in_lane text, in_body text, OUT at bigint, OUT digest bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF in_lane = '' OR in_lane ~ '[[:cntrl:]/#]' THEN
        RAISE EXCEPTION 'a lane is named by letters, without slash, # or control characters'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT made.at, made.digest INTO at, digest FROM audit_link(session_user || '/' || in_lane, in_body) AS made;
END
$$;
CREATE TABLE IF NOT EXISTS audit_anchored (lane text PRIMARY KEY, sequence bigint NOT NULL);
CREATE OR REPLACE FUNCTION audit_anchor(OUT at bigint, OUT digest bytea, OUT tree_size bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_heads json;
    grown bigint;
    known bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit anchor', 0));
    SELECT sequence INTO known FROM audit_anchored WHERE lane = '#anchors';
    WITH RECURSIVE lanes(lane) AS (
        SELECT min(lane) FROM audit_entry
        UNION ALL
        SELECT (SELECT min(entry.lane) FROM audit_entry AS entry WHERE entry.lane > lanes.lane) FROM lanes
        WHERE lanes.lane IS NOT NULL
    )
    SELECT json_object_agg(head.lane, head.sequence || ' ' || encode(head.hash, 'hex') ORDER BY head.lane COLLATE "C"),
        coalesce(sum(head.sequence - coalesce(anchored.sequence, 0)), 0)
    INTO new_heads, grown
    FROM lanes CROSS JOIN LATERAL (
        SELECT entry.lane, entry.sequence, entry.hash FROM audit_entry AS entry
        WHERE entry.lane = lanes.lane ORDER BY entry.sequence DESC LIMIT 1
    ) AS head
    LEFT JOIN audit_anchored AS anchored ON anchored.lane = head.lane
    WHERE head.lane <> '#anchors' AND head.sequence > coalesce(anchored.sequence, 0);
    tree_size := coalesce(known, 0) + grown + 1;
    INSERT INTO audit_anchored (lane, sequence)
    SELECT key, split_part(value, ' ', 1)::bigint FROM json_each_text(coalesce(new_heads, '{}'))
    UNION ALL SELECT '#anchors', tree_size
    ON CONFLICT (lane) DO UPDATE SET sequence = excluded.sequence;
    SELECT made.at, made.digest INTO at, digest FROM audit_link('#anchors', json_build_object(
        'action', 'audit.anchor', 'actor', 'kofu', 'detail', json_build_object('entries', grown),
        'heads', coalesce(new_heads, '{}'), 'occurred_at', to_json(clock_timestamp()), 'result', 'made',
        'size', tree_size, 'subject', null)::text) AS made;
END
$$;
"""

GRANTS: tuple[str, ...] = (
    "REVOKE ALL ON audit_entry FROM PUBLIC, {app}, {screens}",
    "REVOKE ALL ON FUNCTION audit_link(text, text) FROM PUBLIC, {app}, {screens}",
    "REVOKE ALL ON FUNCTION audit_append(text, text), audit_anchor() FROM PUBLIC",
    "GRANT SELECT ON audit_entry, audit_segment, audit_segment_lane TO {app}, {screens}",
    "GRANT EXECUTE ON FUNCTION audit_append(text, text), audit_anchor() TO {app}, {screens}",
)


def close_old_lanes(connection: psycopg.Connection) -> bool:
    """Put the heads of all lanes of version 1 on record, once; whether that was done now.

    Runs as the owner, in the transaction that brought `audit_append` of version 2: no entry of version 1 comes after.
    """
    row = connection.execute(
        "SELECT NOT EXISTS (SELECT FROM audit_entry WHERE lane = %s) AND EXISTS (SELECT FROM audit_entry"
        " WHERE version = 1)",
        [VERSIONS_LANE],
    ).fetchone()
    if row is None or not row[0]:
        return False
    connection.execute(
        "SELECT audit_link(%s, json_build_object('action', 'audit.lanes_closed', 'actor', 'kofu migrate',"
        " 'detail', json_build_object('lanes', count(*)), 'heads', json_object_agg(lane, sequence || ' ' ||"
        " encode(hash, 'hex') ORDER BY lane), 'occurred_at', now(), 'result', 'done', 'subject', null)::text)"
        " FROM (SELECT DISTINCT ON (lane) lane, sequence, hash FROM audit_entry WHERE version = 1"
        " ORDER BY lane, sequence DESC) AS head",
        [VERSIONS_LANE],
    )
    return True
