from django.db import migrations

# Pages of an article that stand at the slug's place in an address since this release.
NEW_PAGES = ["autosave", "hide", "history", "recover", "show"]


def rename(apps, schema_editor):
    """The old addresses now lead to these pages; save() gives a new article such a slug too."""
    Article = apps.get_model("articles", "Article")
    found = Article.with_trashed.using(schema_editor.connection.alias).filter(slug__in=NEW_PAGES)
    for pk, slug in found.values_list("pk", "slug"):
        if slug in NEW_PAGES:  # MySQL's collation finds accents too
            found.filter(pk=pk).update(slug=f"{slug}-article")


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0006_history'),
    ]

    operations = [
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
