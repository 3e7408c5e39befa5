"""What an account proposed lapses at its reset: the running system may ask when that was, and nothing else."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION staff_first_reset(in_login text, in_since timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT min(decided_at) FROM public.staff_account_change
     WHERE kind = 'reset' AND state IN ('in_force', 'known') AND login = in_login AND decided_at >= in_since
$$;
REVOKE ALL ON FUNCTION staff_first_reset(text, timestamptz) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0011_later_words")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION staff_first_reset(text, timestamptz)")]
