import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0004_health'),
    ]

    operations = [
        migrations.CreateModel(
            name='GivenWay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_at', models.DateTimeField()),
                ('to_at', models.DateTimeField()),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('is_everything', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('preview', 'waiting for you'), ('stored', 'stored')], default='preview', max_length=20)),
                ('sha256', models.CharField(max_length=64)),
                ('summary', models.JSONField(default=dict)),
                ('uploaded_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('stored_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-uploaded_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='UploadFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('report_id', models.PositiveIntegerField()),
                ('size_bytes', models.PositiveBigIntegerField()),
                ('row_count', models.PositiveIntegerField(default=0)),
                ('set_aside_count', models.PositiveIntegerField(default=0)),
                ('sha256', models.CharField(max_length=64)),
                ('is_cut', models.BooleanField(default=False)),
                ('content', models.BinaryField(default=b'')),
            ],
            options={
                'ordering': ['report_id', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='tile',
            name='tile_once',
        ),
        migrations.AlterField(
            model_name='account',
            name='sign_in',
            field=models.CharField(choices=[('app-token', 'App token (recommended)'), ('admin-secret', 'Partner id and admin secret'), ('ks', 'A pasted Kaltura session (KS)'), ('none', 'No API access: files are uploaded')], max_length=20, verbose_name='sign-in'),
        ),
        migrations.AddField(
            model_name='givenway',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='given_way', to='reports.roomsession'),
        ),
        migrations.AddField(
            model_name='upload',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='reports.account'),
        ),
        migrations.AddField(
            model_name='upload',
            name='stored_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='upload',
            name='uploaded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='givenway',
            name='upload',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='given_way', to='reports.upload'),
        ),
        migrations.AddField(
            model_name='tile',
            name='upload',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tile', to='reports.upload'),
        ),
        migrations.AddConstraint(
            model_name='tile',
            constraint=models.UniqueConstraint(condition=models.Q(('upload__isnull', True)), fields=('account', 'start_at'), name='tile_once'),
        ),
        migrations.AddField(
            model_name='uploadfile',
            name='upload',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='reports.upload'),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(fields=['account', 'sha256'], name='upload_by_content'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('to_at__gt', models.F('from_at'))), name='upload_has_length'),
        ),
        migrations.AddConstraint(
            model_name='givenway',
            constraint=models.UniqueConstraint(fields=('upload', 'session'), name='given_way_once'),
        ),
    ]
