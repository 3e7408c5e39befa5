"""What a look at a promise found, and what the ward wrote down of those no software keeps; both only grow.

`staff_account_figures` tells how the accounts stand by figures alone: who looks at them needs no right to an account.
"""

from django.db import migrations

TABLES = """
CREATE TABLE evidence_look (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL CHECK (code <> ''),
    system text NOT NULL CHECK (system <> ''),
    looked_at timestamptz NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('holds', 'deviates', 'broken', 'not_seen')),
    found text NOT NULL CHECK (found <> ''),
    looked_by text NOT NULL CHECK (looked_by <> '')
);
CREATE INDEX evidence_look_last ON evidence_look (code, system, looked_at DESC);
CREATE TABLE evidence_kept (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promise integer NOT NULL CHECK (promise > 0),
    kept_on date NOT NULL,
    next_due date NOT NULL CHECK (next_due > kept_on),
    person text NOT NULL CHECK (person <> ''),
    place text NOT NULL CHECK (place <> ''),
    entered_by text NOT NULL CHECK (entered_by <> ''),
    entered_at timestamptz NOT NULL
);
CREATE INDEX evidence_kept_last ON evidence_kept (promise, entered_at DESC);
CREATE FUNCTION evidence_refuses_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'evidence is added to, never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER evidence_look_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_look
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuses_change();
CREATE TRIGGER evidence_kept_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_kept
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuses_change();
"""

# A login of the last 31 days must stand in the record, at the account's own word of it and not before.
FIGURES = """
CREATE FUNCTION staff_account_figures(in_day date, OUT active bigint, OUT shared bigint, OUT namesakes bigint,
    OUT without_factor bigint, OUT demonstration bigint, OUT logins bigint, OUT logins_unrecorded bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH opens AS (
        SELECT * FROM staff_account WHERE password NOT LIKE '!%'
            AND active_from <= in_day AND (active_to IS NULL OR active_to >= in_day)
    ), came AS (
        SELECT login, last_login FROM staff_account WHERE last_login > in_day - interval '31 days'
    )
    SELECT (SELECT count(*) FROM opens),
        (SELECT count(*) FROM opens WHERE display_name ~* '^[[:space:]]*$|共用|共通|代表|テスト|shared|^test|^admin'),
        (SELECT coalesce(sum(many), 0)::bigint FROM (
            SELECT count(*) AS many FROM opens GROUP BY regexp_replace(display_name, '[[:space:]　]', '', 'g')
            HAVING count(*) > 1) AS same),
        (SELECT count(*) FROM opens WHERE NOT password_is_initial AND NOT EXISTS (
            SELECT FROM mfa_authenticator AS factor WHERE factor.user_id = opens.id AND factor.type = 'totp')),
        (SELECT count(*) FROM opens WHERE opens.demonstration),
        (SELECT count(*) FROM came),
        (SELECT count(*) FROM came WHERE NOT EXISTS (
            SELECT FROM audit_entry WHERE recorded_at > came.last_login - interval '5 minutes'
                AND body::json->>'actor' = came.login AND body::json->>'action' = 'login'))
$$;
REVOKE ALL ON FUNCTION staff_account_figures(date) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0004_demonstration"), ("mfa", "__latest__")]

    operations = [
        migrations.RunSQL(
            TABLES,
            "DROP TABLE evidence_look, evidence_kept; DROP FUNCTION evidence_refuses_change",
        ),
        migrations.RunSQL("SET LOCAL check_function_bodies = off;" + FIGURES, "DROP FUNCTION staff_account_figures"),
    ]
