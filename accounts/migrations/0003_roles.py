from django.db import migrations

ROLES = ("author", "editor", "administrator")


def make_roles(apps, schema_editor):
    """Makes the groups. Existing accounts go on writing: they become authors."""
    Group = apps.get_model("auth", "Group")
    User = apps.get_model("accounts", "User")
    using = schema_editor.connection.alias
    author, *_ = [Group.objects.using(using).get_or_create(name=role)[0] for role in ROLES]
    members = User.groups.through.objects.using(using)
    keys = User.objects.using(using).order_by("pk").values_list("pk", flat=True).iterator()
    while batch := [members.model(user_id=key, group_id=author.pk) for _, key in zip(range(500), keys)]:
        members.bulk_create(batch, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_login_sessions'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.RunPython(make_roles, migrations.RunPython.noop, elidable=False),
    ]
