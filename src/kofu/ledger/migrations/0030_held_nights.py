"""Nights whose figures were held: two people let exactly these pass; figures of generations; whose a notice was."""

import django.db.models.deletion
from django.db import migrations, models

# One table of transitions, as `kofu.ledger.feed.domain.held_nights`; a test holds the two together.
MOVES = """
CREATE FUNCTION held_night_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'held figures are never removed';
    END IF;
    IF (NEW.figures_sha256, NEW.report, NEW.business_date, NEW.mode, NEW.before, NEW.held_at)
       IS DISTINCT FROM (OLD.figures_sha256, OLD.report, OLD.business_date, OLD.mode, OLD.before, OLD.held_at) THEN
        RAISE EXCEPTION 'held figures stay as they were held';
    END IF;
    IF NOT ((OLD.state = 'held' AND NEW.state IN ('released', 'sent_back'))
            OR (OLD.state = 'released' AND NEW.state IN ('written', 'sent_back'))) THEN
        RAISE EXCEPTION 'held figures do not go from % to %', OLD.state, NEW.state;
    END IF;
    IF NEW.state = 'released' AND (SELECT count(DISTINCT signed_by) FROM held_night_word
                                   WHERE held_night_id = OLD.id AND step = 'release') < 2 THEN
        RAISE EXCEPTION 'held figures are released by two people';
    END IF;
    IF NEW.state = 'sent_back' AND NOT EXISTS (SELECT FROM held_night_word
                                               WHERE held_night_id = OLD.id AND step = 'send_back') THEN
        RAISE EXCEPTION 'held figures are sent back by a person';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER held_night_moves BEFORE UPDATE OR DELETE ON held_night
    FOR EACH ROW EXECUTE FUNCTION held_night_moves();
CREATE TRIGGER held_night_word_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON held_night_word
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

# Whose the notices are that the feeds stated so far: from now on a change of the person shows.
WHOSE = """
UPDATE fed_collection AS fed SET addressee_number = stated.addressee_number FROM stated_collections AS stated
WHERE stated.municipality_code = fed.municipality_code AND stated.notice_number = fed.notice_number
"""


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0027_letter_batches'),
    ]

    operations = [
        migrations.AddField(
            model_name='fedcollection',
            name='addressee_number',
            field=models.TextField(db_default='', verbose_name='宛名番号'),
        ),
        migrations.AddField(
            model_name='fedcollection',
            name='former_number',
            field=models.TextField(db_default='', verbose_name='前に述べた宛名番号'),
        ),
        migrations.AddField(
            model_name='feedgeneration',
            name='figures',
            field=models.JSONField(db_default=models.Value({}, output_field=models.JSONField()), default=dict, verbose_name='数値'),
        ),
        migrations.CreateModel(
            name='HeldNightRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('figures_sha256', models.CharField(max_length=64, verbose_name='数値の要約値')),
                ('business_date', models.DateField(verbose_name='基準日')),
                ('mode', models.CharField(max_length=12, verbose_name='全件・差分')),
                ('before', models.BigIntegerField(verbose_name='比較した世代')),
                ('report', models.JSONField(verbose_name='数値')),
                ('state', models.CharField(max_length=12, verbose_name='状態')),
                ('held_at', models.DateTimeField(verbose_name='保留日時')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='終了日時')),
            ],
            options={
                'verbose_name': '保留した夜間連携',
                'db_table': 'held_night',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['held', 'released', 'sent_back', 'written'])), name='held_night_state'), models.UniqueConstraint(condition=models.Q(('state__in', ['held', 'released'])), fields=('municipality_code', 'figures_sha256'), name='held_night_waits_once')],
            },
        ),
        migrations.AddField(
            model_name='feedrun',
            name='held_night',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='ledger.heldnightrow'),
        ),
        migrations.CreateModel(
            name='HeldNightWordRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=12, verbose_name='判断')),
                ('signed_by', models.CharField(max_length=80, verbose_name='署名者')),
                ('signed_at', models.DateTimeField(verbose_name='署名日時')),
                ('finding', models.CharField(max_length=2000, verbose_name='確認した内容')),
                ('held_night', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='words', to='ledger.heldnightrow')),
            ],
            options={
                'db_table': 'held_night_word',
                'constraints': [models.UniqueConstraint(fields=('held_night', 'signed_by', 'step'), name='held_night_two_people')],
            },
        ),
        migrations.RunSQL(
            MOVES,
            "DROP TRIGGER held_night_word_stays ON held_night_word; DROP FUNCTION held_night_moves CASCADE",
        ),
        migrations.RunSQL(WHOSE, migrations.RunSQL.noop),
    ]
