# The table is made anew: no version of Rollcall ever wrote a row into the first one.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0001_initial'),
    ]

    operations = [
        migrations.DeleteModel(
            name='Snapshot',
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.CharField(max_length=40)),
                ('partner_id', models.PositiveBigIntegerField(null=True)),
                ('report_id', models.PositiveIntegerField()),
                ('from_unix', models.BigIntegerField()),
                ('to_unix', models.BigIntegerField()),
                ('is_unix_typed', models.BooleanField(default=False)),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('filters', models.JSONField(default=dict)),
                ('excluded_fields', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'answered'), ('failed', 'failed')], default='waiting', max_length=20)),
                ('requested_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('received_bytes', models.PositiveBigIntegerField(default=0)),
                ('row_count', models.PositiveIntegerField(null=True)),
                ('is_cut', models.BooleanField(default=False)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('summary', models.JSONField(default=dict)),
                ('error_code', models.CharField(blank=True, max_length=80)),
                ('error', models.TextField(blank=True)),
                ('content', models.BinaryField(default=b'')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='reports.account')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-requested_at', '-pk'],
            },
        ),
    ]
