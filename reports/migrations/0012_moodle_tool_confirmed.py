from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def with_their_sites(apps: Any, schema_editor: Any) -> None:
    """Let the tools of before go on: they were confirmed together with their site."""
    site = apps.get_model("reports", "MoodleSite").objects.filter(pk=OuterRef("site"))
    tools = apps.get_model("reports", "MoodleTool").objects
    tools.update(confirmed_at=Subquery(site.values("confirmed_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("reports", "0011_course_rooms")]

    operations = [
        migrations.AddField("moodletool", "confirmed_at", models.DateTimeField(null=True)),
        migrations.RunPython(with_their_sites, migrations.RunPython.noop),
    ]
