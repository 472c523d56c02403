"""Chains for the audit trail: every record gets its place, and triggers keep it there."""

from django.db import migrations, models

from privacy_service.decisions.audit import chain, guard
from privacy_service.decisions.audit.canonical import FIELDS, canonical

_BATCH = 1000


def open_installation(apps, schema_editor):
    """Begin the chain that counts the others; from now on its absence means that somebody has removed it."""
    chains = apps.get_model("decisions", "AuditChain").objects
    chains.get_or_create(workspace_id=chain.INSTALLATION, defaults=chain.vars_of_new(chain.INSTALLATION, 0))


def lay_what_is_there(apps, schema_editor):
    """Give each record that was there before its place, in the order of time."""
    AuditChain = apps.get_model("decisions", "AuditChain")
    records = apps.get_model("decisions", "AuditRecord").objects
    installation = AuditChain.objects.get(pk=chain.INSTALLATION)
    for workspace_id in records.order_by("workspace_id").values_list("workspace_id", flat=True).distinct():
        installation.opened += 1
        begun = AuditChain(workspace_id=workspace_id, **chain.vars_of_new(workspace_id, installation.opened))
        batch = []
        for record in records.filter(workspace_id=workspace_id).order_by("at", "id").iterator():
            line = canonical({field: getattr(record, field) for field in FIELDS})
            record.previous_hash = begun.last_hash
            begun.last_hash = chain.hash_of(begun.last_hash.encode(), line).decode()
            begun.last_position += 1
            record.position, record.hash = begun.last_position, begun.last_hash
            batch.append(record)
            if len(batch) == _BATCH:
                records.bulk_update(batch, ["position", "previous_hash", "hash"])
                batch = []
        records.bulk_update(batch, ["position", "previous_hash", "hash"])
        begun.seal = chain.seal_of(begun)
        begun.save()
    installation.seal = chain.seal_of(installation)
    installation.save()


def guard_trail(apps, schema_editor):
    """Refuse changes from here on."""
    guard.install(schema_editor.connection)


def lift_guard(apps, schema_editor):
    """Allow the migration back."""
    guard.lift(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0003_pending_act")]

    operations = [
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "workspace_id",
                    models.UUIDField(
                        help_text="Zeros for what concerns the whole installation.", primary_key=True, serialize=False
                    ),
                ),
                (
                    "number",
                    models.PositiveBigIntegerField(help_text="Chains are counted, so that none goes unnoticed."),
                ),
                (
                    "opened",
                    models.PositiveBigIntegerField(
                        default=0, help_text="How many were opened; kept in the installation's."
                    ),
                ),
                ("first_position", models.PositiveBigIntegerField(default=1)),
                ("anchor_hash", models.CharField(max_length=64)),
                ("last_position", models.PositiveBigIntegerField(default=0)),
                ("last_hash", models.CharField(max_length=64)),
                ("seal", models.CharField(max_length=64)),
                ("verified_at", models.DateTimeField(null=True)),
                ("verified_position", models.PositiveBigIntegerField(default=0)),
                (
                    "faults",
                    models.PositiveIntegerField(default=0, help_text="How many the last verification found."),
                ),
            ],
        ),
        # The table keeps its name: nothing that reads it has to change at the same moment.
        migrations.AlterModelTable("DecisionRecord", "decisions_decisionrecord"),
        migrations.RenameModel("DecisionRecord", "AuditRecord"),
        migrations.AlterField("AuditRecord", "id", models.UUIDField(primary_key=True, serialize=False)),
        migrations.AlterField(
            "AuditRecord",
            "workspace_id",
            models.UUIDField(help_text="Zeros for what concerns the whole installation."),
        ),
        migrations.AlterField(
            "AuditRecord",
            "actor_id",
            models.UUIDField(
                null=True, help_text="The reader, or who acted; empty for somebody unknown and for the service itself."
            ),
        ),
        migrations.AlterField(
            "AuditRecord", "key_id", models.UUIDField(null=True, help_text="The API key that asked.")
        ),
        migrations.AlterField("AuditRecord", "endpoint", models.CharField(blank=True, max_length=20)),
        migrations.AlterField("AuditRecord", "effect", models.CharField(blank=True, max_length=10)),
        migrations.AlterField("AuditRecord", "reason", models.CharField(blank=True, max_length=30)),
        migrations.AddField(
            "AuditRecord",
            "kind",
            models.CharField(default="decision", help_text="A decision, or which act of management.", max_length=40),
        ),
        migrations.AddField(
            "AuditRecord",
            "resource_type",
            models.CharField(blank=True, default="", help_text="What an act was done to.", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField(
            "AuditRecord",
            "resource_id",
            models.CharField(blank=True, default="", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField(
            "AuditRecord",
            "resource_name",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField("AuditRecord", "detail", models.JSONField(default=dict)),
        migrations.AddField("AuditRecord", "position", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("AuditRecord", "previous_hash", models.CharField(max_length=64, null=True)),
        migrations.AddField("AuditRecord", "hash", models.CharField(max_length=64, null=True)),
        migrations.RunPython(open_installation, migrations.RunPython.noop),
        migrations.RunPython(lay_what_is_there, migrations.RunPython.noop),
        migrations.AlterField(
            "AuditRecord",
            "position",
            models.PositiveBigIntegerField(help_text="Its place in the workspace's chain, from 1."),
        ),
        migrations.AlterField("AuditRecord", "previous_hash", models.CharField(max_length=64)),
        migrations.AlterField("AuditRecord", "hash", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "AuditRecord",
            models.UniqueConstraint(fields=["workspace_id", "position"], name="one_record_per_place"),
        ),
        migrations.RunPython(guard_trail, lift_guard),
    ]
