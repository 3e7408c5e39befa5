"""Glyph sets (外字の組) are held in the database, so that every process of every machine draws with the same one."""

from django.db import migrations, models

STAYS = """
CREATE OR REPLACE FUNCTION issuing_glyph_set_stays() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'a glyph set that was taken stays as it is';
END $body$;
CREATE TRIGGER issuing_glyph_set_stays BEFORE UPDATE OR DELETE ON issuing_glyph_set
    FOR EACH ROW EXECUTE FUNCTION issuing_glyph_set_stays();
"""


class Migration(migrations.Migration):
    """Two tables: the sets, and what came of each delivery."""

    dependencies = [("issuing", "0004_judgement")]

    operations = [
        migrations.CreateModel(
            name="GlyphSetRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6)),
                ("version", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("manifest", models.BinaryField()),
                ("signature", models.BinaryField()),
                ("font", models.BinaryField()),
                ("taken_at", models.DateTimeField()),
                ("taken_by", models.CharField(max_length=128)),
            ],
            options={
                "verbose_name": "受領した外字の組",
                "db_table": "issuing_glyph_set",
                "constraints": [
                    models.UniqueConstraint(fields=("municipality_code", "version"), name="issuing_glyph_set_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="GlyphDeliveryRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6)),
                ("feed_generation", models.BigIntegerField()),
                ("version", models.BigIntegerField()),
                ("outcome", models.CharField(max_length=16)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={"verbose_name": "外字の組の受領結果", "db_table": "issuing_glyph_delivery"},
        ),
        migrations.RunSQL(STAYS, "DROP FUNCTION issuing_glyph_set_stays CASCADE"),
    ]
