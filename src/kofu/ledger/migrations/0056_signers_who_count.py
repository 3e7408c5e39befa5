"""A case of the counter is closed by two people whose accounts were not reset between their signature and the last."""

from django.db import migrations

SIGNERS = """
CREATE FUNCTION counter_case_signers(in_case uuid) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(DISTINCT signed_by) FROM public.counter_finding AS finding WHERE case_id = in_case
       AND coalesce(public.staff_first_reset(signed_by, signed_at)
           > (SELECT max(signed_at) FROM public.counter_finding WHERE case_id = in_case), true)
$$;
REVOKE ALL ON FUNCTION counter_case_signers(uuid) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0055_batches_being_posted"), ("staff", "0012_lapsed_proposals")]
    run_before = [("staff", "0013_lapsed_by_leaving")]  # noqa: RUF012 - a migration's; that one drops what this asks

    operations = [migrations.RunSQL(SIGNERS, "DROP FUNCTION counter_case_signers(uuid)")]
