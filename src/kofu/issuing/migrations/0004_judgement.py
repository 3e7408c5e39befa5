"""What the gates said of feeds: held, released by two people; figures of generations; rows to look at."""

import django.db.models.deletion
from django.db import migrations, models

# One table of transitions, as `kofu.issuing.feeds.domain.judged_feeds`; a test holds the two together.
MOVES = """
CREATE FUNCTION issuing_judged_feed_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a judgement is never removed';
    END IF;
    IF (NEW.manifest_sha256, NEW.report, NEW.folder, NEW.feed_generation, NEW.judged_at)
       IS DISTINCT FROM (OLD.manifest_sha256, OLD.report, OLD.folder, OLD.feed_generation, OLD.judged_at) THEN
        RAISE EXCEPTION 'what was judged stays as it was judged';
    END IF;
    IF NOT ((OLD.state = 'held' AND NEW.state IN ('released', 'rejected'))
            OR (OLD.state = 'released' AND NEW.state IN ('activated', 'rejected'))) THEN
        RAISE EXCEPTION 'a judged feed does not go from % to %', OLD.state, NEW.state;
    END IF;
    IF NEW.state = 'released' AND (SELECT count(DISTINCT signed_by) FROM issuing_feed_signature
                                   WHERE judged_feed_id = OLD.id AND step = 'release') < 2 THEN
        RAISE EXCEPTION 'a held feed is released by two people';
    END IF;
    IF NEW.state = 'rejected' AND NOT EXISTS (SELECT FROM issuing_feed_signature
                                              WHERE judged_feed_id = OLD.id AND step = 'reject') THEN
        RAISE EXCEPTION 'a held feed is rejected by a person';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER issuing_judged_feed_moves BEFORE UPDATE OR DELETE ON issuing_judged_feed
    FOR EACH ROW EXECUTE FUNCTION issuing_judged_feed_moves();

CREATE FUNCTION issuing_row_accepted() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.accepted_at IS DISTINCT FROM OLD.accepted_at AND (NEW.accepted_at IS NULL OR (
           SELECT count(DISTINCT signed_by) FROM issuing_row_signature WHERE row_finding_id = OLD.id) < 2) THEN
        RAISE EXCEPTION 'a held row is accepted by two people';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER issuing_row_accepted BEFORE UPDATE ON issuing_row_finding
    FOR EACH ROW EXECUTE FUNCTION issuing_row_accepted();
""" + "".join(
    f"""
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION issuing_evidence_stays();
"""
    for table in ("issuing_feed_signature", "issuing_row_signature")
)


class Migration(migrations.Migration):

    dependencies = [
        ("issuing", "0005_outcomes_for_ever"),
    ]

    operations = [
        migrations.AddField(
            model_name='generation',
            name='extracted_at',
            field=models.DateTimeField(null=True, verbose_name='抽出日時'),
        ),
        migrations.CreateModel(
            name='FeedFigureRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6)),
                ('data_generation', models.BigIntegerField()),
                ('name', models.TextField()),
                ('value', models.BigIntegerField()),
            ],
            options={
                'db_table': 'issuing_feed_figure',
                'constraints': [models.UniqueConstraint(fields=('municipality_code', 'data_generation', 'name'), name='issuing_feed_figure_once')],
            },
        ),
        migrations.CreateModel(
            name='JudgedFeedRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6)),
                ('manifest_sha256', models.CharField(max_length=64)),
                ('feed', models.TextField()),
                ('feed_generation', models.BigIntegerField()),
                ('mode', models.TextField()),
                ('business_date', models.DateField()),
                ('extracted_at', models.DateTimeField()),
                ('folder', models.TextField()),
                ('state', models.CharField(max_length=16)),
                ('report', models.JSONField()),
                ('judged_at', models.DateTimeField()),
                ('judged_by', models.CharField(max_length=128)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '判定した連携データ',
                'db_table': 'issuing_judged_feed',
                'indexes': [models.Index(fields=['municipality_code', 'manifest_sha256'], name='issuing_judged_feed_digest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['refused', 'held', 'released', 'rejected', 'activated'])), name='issuing_judged_feed_state'), models.UniqueConstraint(condition=models.Q(('state__in', ['held', 'released'])), fields=('municipality_code', 'manifest_sha256'), name='issuing_judged_feed_waits_once')],
            },
        ),
        migrations.CreateModel(
            name='RowFindingRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6)),
                ('table_name', models.TextField()),
                ('addressee_number', models.TextField()),
                ('row_key', models.TextField()),
                ('fiscal_year', models.SmallIntegerField(null=True)),
                ('rule', models.TextField()),
                ('column_name', models.TextField()),
                ('detail', models.TextField()),
                ('held', models.BooleanField()),
                ('row_digest', models.UUIDField()),
                ('line_number', models.IntegerField(null=True)),
                ('from_generation', models.BigIntegerField()),
                ('to_generation', models.BigIntegerField(default=9223372036854775807)),
                ('accepted_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '確認を要する行',
                'db_table': 'issuing_row_finding',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number', 'to_generation'], name='issuing_row_finding_person')],
                'constraints': [models.UniqueConstraint(fields=('municipality_code', 'table_name', 'row_key', 'rule', 'column_name', 'to_generation'), name='issuing_row_finding_once')],
            },
        ),
        migrations.CreateModel(
            name='FeedSignatureRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=16)),
                ('signed_by', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('finding', models.CharField(max_length=2000)),
                ('judged_feed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='issuing.judgedfeedrow')),
            ],
            options={
                'db_table': 'issuing_feed_signature',
                'constraints': [models.UniqueConstraint(fields=('judged_feed', 'signed_by', 'step'), name='issuing_feed_two_people')],
            },
        ),
        migrations.CreateModel(
            name='RowSignatureRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('signed_by', models.CharField(max_length=64)),
                ('signed_at', models.DateTimeField()),
                ('finding', models.CharField(max_length=2000)),
                ('row_finding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='issuing.rowfindingrow')),
            ],
            options={
                'db_table': 'issuing_row_signature',
                'constraints': [models.UniqueConstraint(fields=('row_finding', 'signed_by'), name='issuing_row_two_people')],
            },
        ),
        migrations.RunSQL(
            MOVES, "DROP FUNCTION issuing_judged_feed_moves CASCADE; DROP FUNCTION issuing_row_accepted CASCADE"
        ),
    ]
