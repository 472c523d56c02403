"""The flag exists from the start, off for everybody: a missing flag would mask everything for everybody."""

from django.db import migrations


def create_flag(apps, schema_editor):
    apps.get_model("rollout", "Flag").objects.get_or_create(name="pii_access", defaults={"percent": 0})


class Migration(migrations.Migration):
    dependencies = [("rollout", "0002_initial")]
    operations = [migrations.RunPython(create_flag, migrations.RunPython.noop)]
