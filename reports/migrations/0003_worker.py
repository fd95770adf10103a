from datetime import time

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0002_snapshot_request'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='kind',
            field=models.CharField(choices=[('asked', 'a person asked'), ('hourly', 'every hour'), ('nightly', 'every night'), ('backfill', 'older days')], default='asked', max_length=20),
        ),
        migrations.AlterField(
            model_name='run',
            name='priority',
            field=models.SmallIntegerField(choices=[(10, 'first: somebody waits for it'), (0, 'before older days'), (-10, 'when nothing else is to be asked')], default=10),
        ),
        migrations.AddField(
            model_name='run',
            name='cancelled_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='run',
            name='claimed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='failures_in_a_row',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='run',
            name='breakouts_asked_again',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='run',
            name='lease_owner',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='run',
            name='lease_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='fence',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['account', 'requested_at'], name='run_by_account'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['requested_at'], name='run_by_time'),
        ),
        migrations.AddField(
            model_name='runtile',
            name='row_count',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('off', 'Off'), ('hourly', 'Every hour'), ('nightly', 'Every night')], default='off', max_length=20)),
                ('at', models.TimeField(default=time(3, 30))),
                ('zone', models.CharField(blank=True, max_length=64)),
                ('parallel_calls', models.PositiveSmallIntegerField(default=2)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('planned_at', models.DateTimeField(null=True)),
                ('backfill_from_on', models.DateField(null=True)),
                ('backfilled_to_on', models.DateField(null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='schedule', to='reports.account')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('parallel_calls__gte', 1), ('parallel_calls__lte', 10)), name='schedule_parallel_calls')],
            },
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('host', models.CharField(max_length=60)),
                ('pid', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('heartbeat_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='reports.run')),
            ],
            options={
                'ordering': ['-started_at', '-pk'],
            },
        ),
    ]
