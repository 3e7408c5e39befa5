"""A hold belongs to its sender: the column that says whose, and the case that a message of another one becomes.

Messages stored before have no sender, and are never changed: whose they are is read from their kind
(`kofu.issuing.holds.domain.holds`).
"""

from django.db import migrations, models

KINDS = (
    "last_look_mismatch recheck_mismatch replay_mismatch id_reused issue_fault print_unknown print_contradiction"
    " print_inconsistent print_unrequested hold_conflict hold_of_another center_error"
)


class Migration(migrations.Migration):

    dependencies = [("issuing", "0013_retention_run")]

    operations = [
        migrations.AddField("holdmessage", "sender", models.TextField(null=True)),
        migrations.RemoveConstraint("caserow", "issuing_case_kind"),
        migrations.AddConstraint(
            "caserow",
            models.CheckConstraint(condition=models.Q(kind__in=KINDS.split()), name="issuing_case_kind"),
        ),
    ]
