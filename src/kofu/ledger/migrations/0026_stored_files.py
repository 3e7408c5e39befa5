"""Files that went out, kept sealed; files sent back come again; which delivery a batch came from; 口座の確認."""

import hashlib
import uuid
from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models

KEEP_DAYS = 1827  # as the shipped profile says; what was made before has no profile to ask
APPEND_ONLY = ("stored_file", "delivery_batch", "account_confirmation")


def seal_what_is_kept(apps, schema_editor):
    """Move the plain bytes of requests and slips into sealed rows; a new database has none, and needs no key."""
    rows = []
    with schema_editor.connection.cursor() as cursor:
        for table, kind, day in (("debit_request", "debit_request", "made_at"), ("delivery", "delivery", "made_at")):
            cursor.execute(
                f"SELECT made.id, made.municipality_code, '{kind}', made.name, made.content, made.made_by, made.{day},"
                f" file.id FROM {table} AS made LEFT JOIN outgoing_file AS file ON file.reference = made.id"
            )
            rows += cursor.fetchall()
        if not rows:
            return
        from kofu.ledger.sent_files.stored_files import seal_of_files  # the key is read only where there is something to seal

        seal = seal_of_files()
        for reference, municipality, kind, name, content, made_by, made_at, file_id in rows:
            known = file_id or uuid.uuid4()
            data = bytes(content)
            cursor.execute(
                "INSERT INTO stored_file (id, municipality_code, kind, name, reference, size, sha256, keep_until,"
                " made_by, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    known, municipality, kind, name, reference, len(data), hashlib.sha256(data).hexdigest(),
                    made_at.date() + timedelta(days=KEEP_DAYS), made_by, made_at,
                ],
            )
            cursor.execute(
                "INSERT INTO sealed_content (file_id, key_id, sealed) VALUES (%s, %s, %s)",
                [known, seal.key_id, seal.seal(data, str(known))],
            )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # tables with checks still to come cannot be altered below


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0029_increases_stated'),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('kind', models.CharField(max_length=20, verbose_name='種類')),
                ('name', models.CharField(max_length=200, verbose_name='名称')),
                ('reference', models.UUIDField(null=True, verbose_name='もとの記録')),
                ('size', models.BigIntegerField(verbose_name='バイト数')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('keep_until', models.DateField(verbose_name='内容の保存期限')),
                ('made_by', models.CharField(max_length=80, verbose_name='作成者')),
                ('made_at', models.DateTimeField(verbose_name='作成日時')),
            ],
            options={'db_table': 'stored_file'},
        ),
        migrations.CreateModel(
            name='SealedContent',
            fields=[
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='sealed', serialize=False, to='ledger.storedfile')),
                ('key_id', models.CharField(max_length=16, verbose_name='鍵の名')),
                ('sealed', models.BinaryField(verbose_name='暗号化した内容')),
            ],
            options={'db_table': 'sealed_content'},
        ),
        migrations.CreateModel(
            name='DeliveryBatch',
            fields=[
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='came_from', serialize=False, to='ledger.batch')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='ledger.delivery')),
            ],
            options={'db_table': 'delivery_batch'},
        ),
        migrations.CreateModel(
            name='AccountConfirmation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('bank_code', models.CharField(max_length=4, verbose_name='金融機関コード')),
                ('branch_code', models.CharField(max_length=3, verbose_name='店舗コード')),
                ('account_type', models.CharField(max_length=1, verbose_name='預金種目')),
                ('account_number', models.CharField(max_length=7, verbose_name='口座番号')),
                ('reason', models.CharField(max_length=200, verbose_name='確認の方法')),
                ('confirmed_by', models.CharField(max_length=80, verbose_name='確認者')),
                ('confirmed_at', models.DateTimeField(verbose_name='確認日時')),
            ],
            options={'db_table': 'account_confirmation'},
        ),
        migrations.AddIndex(
            model_name='storedfile',
            index=models.Index(fields=['reference'], name='stored_file_reference'),
        ),
        migrations.RunPython(seal_what_is_kept, migrations.RunPython.noop),
        migrations.RemoveField(model_name='debitrequest', name='content'),
        migrations.RemoveField(model_name='delivery', name='content'),
        migrations.RemoveConstraint(model_name='batch', name='batch_file_once'),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'rejected'), _negated=True), fields=('municipality_code', 'channel', 'sha256'), name='batch_file_once'),
        ),
        migrations.RemoveConstraint(model_name='receivedfile', name='received_file_once'),
        migrations.AddConstraint(
            model_name='receivedfile',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'rejected'), _negated=True), fields=('municipality_code', 'kind', 'sha256'), name='received_file_once'),
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
        migrations.RunSQL(
            "CREATE TRIGGER sealed_content_unchanged BEFORE UPDATE OR TRUNCATE ON sealed_content"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
            "DROP TRIGGER sealed_content_unchanged ON sealed_content",
        ),
    ]
