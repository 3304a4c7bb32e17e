from django.db import migrations

import accounts.models
from accounts.lookalike_names import skeleton

KEY_LENGTH = 255


def fill(apps, schema_editor):
    """The first of the accounts that look alike has the key; the later ones are kept without."""
    users = apps.get_model("accounts", "User").objects
    taken = set()
    for pk, username in users.order_by("pk").values_list("pk", "username").iterator():
        look = skeleton(username)[:KEY_LENGTH]
        if look not in taken:
            users.filter(pk=pk).update(look_key=look)
            taken.add(look)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_ended_device")]

    operations = [
        migrations.AddField(
            "user",
            "look_key",
            accounts.models.LookKey(editable=False, max_length=KEY_LENGTH, null=True, unique=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
