from hashlib import sha256

from django.db import migrations, models


def fill_keys(apps, schema_editor):
    for row in apps.get_model("articles", "ImportedFile").objects.all():
        row.key = sha256(row.path.encode()).hexdigest()
        row.save(update_fields=["key"])


class Migration(migrations.Migration):
    """Two files whose names differ in case only are two, on every database's collation."""

    dependencies = [("articles", "0001_initial")]

    operations = [
        migrations.AlterField("importedfile", "path", models.TextField()),
        migrations.AddField("importedfile", "key", models.CharField(max_length=64, null=True)),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.AlterField(
            "importedfile", "key", models.CharField(max_length=64, unique=True)
        ),
    ]
