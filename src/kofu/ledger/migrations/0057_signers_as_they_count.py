"""Who signed a case of the counter and left, was reset or got another role before the last signature counts no more."""

from django.db import migrations

SIGNERS = """
CREATE OR REPLACE FUNCTION counter_case_signers(in_case uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(DISTINCT signed_by) FROM public.counter_finding AS finding WHERE case_id = in_case
       AND coalesce(public.staff_lapsed_at(signed_by, signed_at)
           > (SELECT max(signed_at) FROM public.counter_finding WHERE case_id = in_case), true)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0056_signers_who_count"), ("staff", "0013_lapsed_by_leaving")]

    operations = [migrations.RunSQL(SIGNERS)]
