"""A protection hold ends by two people: the proposal, and who decided it. The database holds the two apart, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_known_people_and_discards")]

    operations = [
        migrations.CreateModel(
            name="HoldRelease",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("hold_id", models.CharField(max_length=32, verbose_name="抑止の識別子")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("state", models.CharField(max_length=16, verbose_name="状態")),
                ("proposed_by", models.CharField(max_length=80, verbose_name="起案者")),
                ("proposed_at", models.DateTimeField(verbose_name="起案日時")),
                ("decided_by", models.CharField(max_length=80, verbose_name="決裁者")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="決裁日時")),
            ],
            options={
                "verbose_name": "支援措置の抑止の解除",
                "db_table": "hold_release",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "released", "kept"])), name="hold_release_state_words"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "released"), _negated=True),
                            models.Q(
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="hold_release_two_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")), fields=("hold_id",), name="hold_release_waits_once"
                    ),
                ],
            },
        ),
    ]
