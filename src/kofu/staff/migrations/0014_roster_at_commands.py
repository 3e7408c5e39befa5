"""A contractor's worker works by commands, too, only while a line of the roster holds: asked at every command."""

from django.db import migrations

#: As `staff.domain.contractors.RosterLine.holds_on` has it.
ROSTER = """
CREATE FUNCTION staff_on_roster(in_login text, in_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.staff_roster_worker AS line
        JOIN public.staff_service_contract AS contract ON contract.id = line.contract_id
       WHERE line.login = in_login AND line.confirmed_by <> ''
         AND line.trained_on <= in_day AND line.pledged_on <= in_day
         AND in_day BETWEEN greatest(line.starts_on, contract.starts_on) AND least(line.ends_on, contract.ends_on))
$$;
REVOKE ALL ON FUNCTION staff_on_roster(text, date) FROM PUBLIC;
CREATE OR REPLACE FUNCTION staff_operator_of(in_hash bytea) RETURNS TABLE (
    id bigint, login varchar, office_id varchar, role varchar, os_uid bigint, expires_at timestamptz, ended_at timestamptz,
    active_from date, active_to date, password_is_initial boolean, demonstration boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.id, a.login, a.office_id, a.role, s.os_uid, s.expires_at, s.ended_at, a.active_from,
           CASE WHEN a.role = 'contractor' AND NOT public.staff_on_roster(a.login, today) THEN
                least(a.active_to, today - 1) ELSE a.active_to END,
           a.password_is_initial, a.demonstration
      FROM public.staff_operator_session s JOIN public.staff_account a ON a.id = s.account_id
     CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Tokyo')::date AS today) AS calendar
     WHERE s.token_hash = in_hash
$$;
CREATE OR REPLACE FUNCTION staff_lapsed_at(in_login text, in_since timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT min(greatest(lapsed.at, in_since)) FROM (
        SELECT decided_at AS at FROM public.staff_account_change
         WHERE ends_standing AND login = in_login AND coalesce(known_at, 'infinity') >= in_since
        UNION ALL
        SELECT (active_to + CASE WHEN demonstration AND password LIKE '!%' THEN 0 ELSE 1 END)::timestamp
               AT TIME ZONE 'Asia/Tokyo'
          FROM public.staff_account
         WHERE login = in_login AND active_to + CASE WHEN demonstration AND password LIKE '!%' THEN 0 ELSE 1 END
               <= (now() AT TIME ZONE 'Asia/Tokyo')::date
        UNION ALL
        SELECT min(day) AT TIME ZONE 'Asia/Tokyo'
          FROM public.staff_account CROSS JOIN generate_series((in_since AT TIME ZONE 'Asia/Tokyo')::date::timestamp,
               (now() AT TIME ZONE 'Asia/Tokyo')::date::timestamp, '1 day') AS day
         WHERE login = in_login AND role = 'contractor' AND NOT public.staff_on_roster(in_login, day::date)
    ) AS lapsed WHERE lapsed.at IS NOT NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0013_lapsed_by_leaving")]

    operations = [migrations.RunSQL(ROSTER)]
