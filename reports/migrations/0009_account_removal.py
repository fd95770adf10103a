from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0008_moodle")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="removal_asked_at",
            field=models.DateTimeField(null=True),
        ),
    ]
