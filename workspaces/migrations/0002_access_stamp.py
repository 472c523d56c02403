"""The access stamp's one row."""

from django.db import migrations


def create_stamp(apps, schema_editor):
    apps.get_model("workspaces", "AccessStamp").objects.get_or_create(pk=1, defaults={"token": 1})


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0001_initial")]
    operations = [migrations.RunPython(create_stamp, migrations.RunPython.noop)]
