"""The same request has the same outcome: its deadline, its body and its stop are kept; results are compared whole."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("center", "0003_challenge")]

    operations = [
        migrations.AddField("request", "body_digest", models.CharField(default="", max_length=64)),
        migrations.AddField("request", "deadline_at", models.DateTimeField(null=True)),
        migrations.AddField("request", "stop_id", models.CharField(default="", max_length=32)),
        migrations.AddField("printreport", "told_at", models.DateTimeField(null=True)),
        migrations.AddField("printreport", "standing", models.CharField(default="accepted", max_length=16)),
        migrations.RemoveConstraint("printreport", "center_print_report_once"),
        migrations.AddConstraint(
            "printreport",
            models.UniqueConstraint(
                fields=("request", "outcome"),
                condition=models.Q(("standing", "accepted")),
                name="center_print_report_once",
            ),
        ),
    ]
