"""What an account proposed lapses by its reset, its end or another role: the running system asks when that was."""

from django.db import migrations, models

#: `ends_standing` of the changes there are: every reset, and a role other than the change before gave.
MARK = """
UPDATE staff_account_change SET ends_standing = true WHERE kind = 'reset' AND state IN ('in_force', 'known');
UPDATE staff_account_change SET ends_standing = true FROM (
    SELECT id, role <> lag(role) OVER (PARTITION BY login ORDER BY decided_at, id) AS another_role
    FROM staff_account_change WHERE kind IN ('create', 'change') AND state IN ('in_force', 'known')) AS made
 WHERE made.id = staff_account_change.id AND another_role;
"""

#: A change that ends what stands does so until its owner has read of it: nothing opens before that, so what came in
#: between was begun by whoever had the account before. An ended account's last day is its own or, of a contractor's
#: worker, the last day before one on which no line of the roster holds (`staff.domain.contractors.RosterLine`). An
#: account of the demonstration whose password was taken counts no more from its last day on.
FUNCTION = """
CREATE FUNCTION staff_lapsed_at(in_login text, in_since timestamptz) RETURNS timestamptz
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
         WHERE login = in_login AND role = 'contractor' AND NOT EXISTS (
            SELECT FROM public.staff_roster_worker AS line
              JOIN public.staff_service_contract AS contract ON contract.id = line.contract_id
             WHERE line.login = in_login AND line.confirmed_by <> ''
               AND day BETWEEN greatest(line.starts_on, contract.starts_on, line.trained_on, line.pledged_on)
                   AND least(line.ends_on, contract.ends_on)
               AND line.trained_on IS NOT NULL AND line.pledged_on IS NOT NULL)
    ) AS lapsed WHERE lapsed.at IS NOT NULL
$$;
REVOKE ALL ON FUNCTION staff_lapsed_at(text, timestamptz) FROM PUBLIC;
DROP FUNCTION staff_first_reset(text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0012_lapsed_proposals")]

    operations = [
        migrations.AddField("accountchange", "ends_standing", models.BooleanField(default=False)),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "accountchange",
            models.CheckConstraint(
                condition=(
                    ~models.Q(kind="reset")
                    | ~models.Q(state__in=["in_force", "known"])
                    | models.Q(ends_standing=True)
                ),
                name="staff_account_change_reset_ends_standing",
            ),
        ),
        migrations.RunSQL(FUNCTION),
    ]
