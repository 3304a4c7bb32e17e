import articles.models.search_text
import django.db.models.deletion
from django.db import migrations, models

# The virtual table reads its texts from the rows and keeps only the index. The triggers write it in
# the same transaction. A later migration that alters the table on SQLite makes it anew, without its
# triggers: it must create them again.
SQLITE = [
    """CREATE VIRTUAL TABLE articles_searchindex USING fts5(
        title, tokens, content='articles_searchtext', content_rowid='article_id'
    )""",
    """CREATE TRIGGER articles_searchtext_added AFTER INSERT ON articles_searchtext BEGIN
        INSERT INTO articles_searchindex (rowid, title, tokens)
            VALUES (new.article_id, new.title, new.tokens);
    END""",
    """CREATE TRIGGER articles_searchtext_deleted AFTER DELETE ON articles_searchtext BEGIN
        INSERT INTO articles_searchindex (articles_searchindex, rowid, title, tokens)
            VALUES ('delete', old.article_id, old.title, old.tokens);
    END""",
    """CREATE TRIGGER articles_searchtext_changed
        AFTER UPDATE OF title, tokens ON articles_searchtext BEGIN
        INSERT INTO articles_searchindex (articles_searchindex, rowid, title, tokens)
            VALUES ('delete', old.article_id, old.title, old.tokens);
        INSERT INTO articles_searchindex (rowid, title, tokens)
            VALUES (new.article_id, new.title, new.tokens);
    END""",
]
MYSQL = [
    "ALTER TABLE articles_searchtext ADD FULLTEXT INDEX articles_searchtext_title (title)",
    "ALTER TABLE articles_searchtext ADD FULLTEXT INDEX articles_searchtext_tokens (tokens)",
]


def create_index(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "mysql": MYSQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    """The indexes of MySQL and the triggers of SQLite go with the table."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE articles_searchindex")


class Migration(migrations.Migration):

    dependencies = [
        ('articles', '0011_working_copy'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('article', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_text', serialize=False, to='articles.article')),
                ('title', articles.models.search_text.TokensField()),
                ('tokens', articles.models.search_text.TokensField()),
                ('language', models.CharField(max_length=10)),
                ('version', models.SmallIntegerField()),
            ],
            options={
                'verbose_name': 'search text',
                'verbose_name_plural': 'search texts',
            },
        ),
        migrations.RunPython(create_index, drop_index, atomic=False),
    ]
