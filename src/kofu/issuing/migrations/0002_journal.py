"""The journal: requests, copies, print reports, cases, stops, registered deployments.

What must hold whoever writes is held by the database: the arrows between states, the two people of a case or stop, and
that evidence stays.
"""

import django.db.models.deletion
from django.db import migrations, models

SEQUENCE = "CREATE SEQUENCE issuing_certificate_number AS bigint NO CYCLE"

# The arrows of kofu.issuing.requests.domain.states, written out: a migration never changes. tests/issuing/requests/test_states.py holds
# the two together; a new arrow is a new migration.
ARROWS = (
    ("made", "aborted"),
    ("made", "cancelled"),
    ("made", "expired"),
    ("made", "failed"),
    ("made", "printed"),
    ("made", "sent"),
    ("made", "unknown"),
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
CREATE FUNCTION issuing_request_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
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
    IF (NEW.request_id, NEW.body_digest, NEW.received_at) IS DISTINCT FROM
       (OLD.request_id, OLD.body_digest, OLD.received_at) THEN
        RAISE EXCEPTION 'what was asked is never changed';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER issuing_request_moves BEFORE INSERT OR UPDATE OR DELETE ON issuing_request
    FOR EACH ROW EXECUTE FUNCTION issuing_request_moves();
"""

TWO_PEOPLE = """
CREATE FUNCTION issuing_case_closes() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a case is never removed';
    END IF;
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a closed case stays as it is: open a new one that names it';
    END IF;
    IF NEW.closed_at IS NOT NULL
       AND (SELECT count(DISTINCT signed_by) FROM issuing_case_signature WHERE case_id = OLD.case_id) < 2 THEN
        RAISE EXCEPTION 'a case is closed by two people';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER issuing_case_closes BEFORE UPDATE OR DELETE ON issuing_case
    FOR EACH ROW EXECUTE FUNCTION issuing_case_closes();

CREATE FUNCTION issuing_stop_lifts() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a stop is never removed';
    END IF;
    IF OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION 'a lifted stop stays as it is';
    END IF;
    IF NEW.lifted_at IS NOT NULL THEN
        IF (SELECT count(DISTINCT signed_by) FROM issuing_stop_signature WHERE stop_id = OLD.stop_id) < 2 THEN
            RAISE EXCEPTION 'a stop is lifted by two people';
        END IF;
        IF EXISTS (SELECT 1 FROM issuing_case WHERE case_id = OLD.case_id AND closed_at IS NULL) THEN
            RAISE EXCEPTION 'a stop is lifted after its case is closed';
        END IF;
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER issuing_stop_lifts BEFORE UPDATE OR DELETE ON issuing_stop
    FOR EACH ROW EXECUTE FUNCTION issuing_stop_lifts();
"""

EVIDENCE_TABLES = (
    "issuing_copy",
    "issuing_print_report",
    "issuing_case_evidence",
    "issuing_case_signature",
    "issuing_stop_signature",
    "issuing_deployment",
)
EVIDENCE = """
CREATE FUNCTION issuing_evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION USING MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are never changed or removed';
END $body$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION issuing_evidence_stays();
"""
    for table in EVIDENCE_TABLES
)


class Migration(migrations.Migration):
    dependencies = [("issuing", "0001_facts_generations_holds")]

    operations = [
        migrations.CreateModel(
            name="DeploymentRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("registered_at", models.DateTimeField()),
                ("registered_by", models.CharField(max_length=64)),
                ("topology", models.CharField(max_length=64)),
                ("statement", models.JSONField()),
            ],
            options={
                "db_table": "issuing_deployment",
            },
        ),
        migrations.CreateModel(
            name="PrintReportRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("request_id", models.CharField(db_index=True, max_length=32)),
                ("outcome", models.CharField(max_length=16)),
                ("copies_printed", models.IntegerField()),
                ("fee_paid", models.IntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("arrived_at", models.DateTimeField()),
                ("standing", models.CharField(max_length=16)),
            ],
            options={
                "db_table": "issuing_print_report",
            },
        ),
        migrations.CreateModel(
            name="CaseRow",
            fields=[
                ("case_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6)),
                ("kind", models.CharField(max_length=32)),
                ("request_id", models.CharField(default="", max_length=32)),
                ("summary", models.CharField(max_length=500)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "issuing_case",
                "indexes": [models.Index(fields=["municipality_code", "closed_at"], name="issuing_case_open")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "last_look_mismatch",
                                    "recheck_mismatch",
                                    "replay_mismatch",
                                    "id_reused",
                                    "issue_fault",
                                    "print_unknown",
                                    "print_contradiction",
                                    "print_inconsistent",
                                    "print_unrequested",
                                    "hold_conflict",
                                "center_error",
                                ],
                            )
                        ),
                        name="issuing_case_kind",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvidenceRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=64)),
                ("text", models.CharField(max_length=2000)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="issuing.caserow")),
            ],
            options={
                "db_table": "issuing_case_evidence",
            },
        ),
        migrations.CreateModel(
            name="CertificateRequestRow",
            fields=[
                ("request_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("body_digest", models.CharField(max_length=64)),
                ("municipality_code", models.CharField(max_length=6)),
                ("serial", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=32)),
                ("fiscal_year", models.IntegerField()),
                ("copies", models.IntegerField()),
                ("kiosk_id", models.CharField(max_length=32)),
                ("plate_number", models.CharField(max_length=20, null=True)),
                ("deadline", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("state", models.CharField(default="received", max_length=16)),
                ("decided_at", models.DateTimeField(null=True)),
                ("refusal_code", models.CharField(default="", max_length=64)),
                ("public_code", models.CharField(default="", max_length=64)),
                ("addressee_number", models.CharField(default="", max_length=15)),
                ("generation", models.BigIntegerField(null=True)),
                ("form_version", models.CharField(default="", max_length=32)),
                ("as_of", models.DateField(null=True)),
                ("title", models.CharField(default="", max_length=64)),
                ("fee_per_copy", models.IntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("copies_printed", models.IntegerField(null=True)),
                ("fee_paid", models.IntegerField(null=True)),
                ("result_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "issuing_request",
                "indexes": [
                    models.Index(fields=["municipality_code", "received_at"], name="issuing_request_day"),
                    models.Index(
                        condition=models.Q(("state__in", ["received", "made", "sent"])),
                        fields=["deadline"],
                        name="issuing_request_open",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "received",
                                    "refused",
                                    "expired",
                                    "aborted",
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
                    models.CheckConstraint(
                        condition=models.Q(("request_id__regex", "^[0-9a-f]{32}$")), name="issuing_request_id_hex"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StopRow",
            fields=[
                ("stop_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6)),
                ("reason", models.CharField(max_length=500)),
                ("set_at", models.DateTimeField()),
                ("set_by", models.CharField(max_length=64)),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="issuing.caserow"),
                ),
            ],
            options={
                "db_table": "issuing_stop",
            },
        ),
        migrations.CreateModel(
            name="StopSignatureRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("signed_by", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                ("finding", models.CharField(max_length=2000)),
                ("stop", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="issuing.stoprow")),
            ],
            options={
                "db_table": "issuing_stop_signature",
            },
        ),
        migrations.CreateModel(
            name="CaseSignatureRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("signed_by", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                ("finding", models.CharField(max_length=2000)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="issuing.caserow")),
            ],
            options={
                "db_table": "issuing_case_signature",
                "constraints": [models.UniqueConstraint(fields=("case", "signed_by"), name="issuing_case_two_people")],
            },
        ),
        migrations.CreateModel(
            name="IssuedCopyRow",
            fields=[
                ("certificate_number", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("copy", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("facts_digest", models.CharField(max_length=64)),
                ("pages", models.IntegerField()),
                (
                    "request",
                    models.ForeignKey(
                        db_column="request_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="issuing.certificaterequestrow",
                    ),
                ),
            ],
            options={
                "db_table": "issuing_copy",
                "constraints": [models.UniqueConstraint(fields=("request", "copy"), name="issuing_copy_once")],
            },
        ),
        migrations.AddIndex(
            model_name="stoprow",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=["municipality_code"],
                name="issuing_stop_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="stopsignaturerow",
            constraint=models.UniqueConstraint(fields=("stop", "signed_by"), name="issuing_stop_two_people"),
        ),
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE issuing_certificate_number"),
        migrations.RunSQL(STATES, "DROP FUNCTION issuing_request_moves CASCADE"),
        migrations.RunSQL(
            TWO_PEOPLE, "DROP FUNCTION issuing_case_closes CASCADE; DROP FUNCTION issuing_stop_lifts CASCADE"
        ),
        migrations.RunSQL(EVIDENCE, "DROP FUNCTION issuing_evidence_stays CASCADE"),
    ]
