"""Serials and the outbox of holds."""

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='CardSerial',
            fields=[
                ('serial', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='シリアル番号')),
                ('valid_from', models.DateField(verbose_name='有効期間開始')),
                ('valid_to', models.DateField(verbose_name='有効期間満了（この日を含む）')),
                ('status', models.CharField(max_length=9, verbose_name='状態')),
            ],
            options={
                'verbose_name': '利用者証明用電子証明書',
                'db_table': 'card_serial',
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['valid', 'revoked', 'suspended'])), name='card_serial_status')],
            },
        ),
        migrations.CreateModel(
            name='HoldOutbox',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('hold_id', models.CharField(max_length=32, verbose_name='抑止の識別子')),
                ('revision', models.IntegerField(verbose_name='版')),
                ('body', models.BinaryField(verbose_name='送るJSON')),
                ('queued_at', models.DateTimeField(verbose_name='登録日時')),
                ('attempts', models.IntegerField(default=0, verbose_name='送信回数')),
                ('last_failure', models.CharField(default='', max_length=64, verbose_name='直近の失敗')),
                ('delivered_at', models.DateTimeField(null=True, verbose_name='受領日時')),
            ],
            options={
                'verbose_name': '抑止の送信箱',
                'db_table': 'hold_outbox',
                'indexes': [models.Index(condition=models.Q(('delivered_at', None)), fields=['id'], name='hold_outbox_waiting')],
                'constraints': [models.UniqueConstraint(fields=('hold_id', 'revision'), name='hold_outbox_once')],
            },
        ),
    ]
