"""Files about refunds: what came beside them, what came of their rows, and the rows that were not taken."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0030_held_nights'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefundFile',
            fields=[
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='of_refunds', serialize=False, to='ledger.receivedfile')),
                ('second', models.BinaryField(null=True, verbose_name='第2打鍵')),
                ('slips', models.BinaryField(null=True, verbose_name='バッチ票')),
                ('taken', models.IntegerField(db_default=0, default=0, verbose_name='登録した件数')),
                ('taken_total', models.BigIntegerField(db_default=0, default=0, verbose_name='登録した金額')),
                ('known', models.IntegerField(db_default=0, default=0, verbose_name='登録済みだった件数')),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund_files', to='ledger.delivery')),
            ],
            options={'db_table': 'refund_file'},
        ),
        migrations.CreateModel(
            name='RefundFileFault',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.IntegerField(verbose_name='行')),
                ('place', models.CharField(max_length=40, verbose_name='束-連番')),
                ('field', models.CharField(blank=True, max_length=40, verbose_name='項目')),
                ('code', models.CharField(max_length=40, verbose_name='コード')),
                ('message', models.CharField(max_length=400, verbose_name='内容')),
                ('whose', models.CharField(max_length=12, verbose_name='確かめる相手')),
                ('holds', models.BooleanField(verbose_name='留保する')),
                ('cleared_by', models.CharField(blank=True, db_default='', max_length=80, verbose_name='処理した者')),
                ('cleared_at', models.DateTimeField(null=True, verbose_name='処理日時')),
                ('cleared_how', models.CharField(blank=True, db_default='', max_length=200, verbose_name='処理')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='faults', to='ledger.refundfile')),
            ],
            options={
                'db_table': 'refund_file_fault',
                'indexes': [models.Index(fields=['file', 'line'], name='refund_file_fault_line')],
            },
        ),
    ]
