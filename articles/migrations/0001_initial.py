import core.db.fields
import datetime
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, verbose_name='name')),
                ('slug', core.db.fields.ExactCharField(editable=False, max_length=200, unique=True, verbose_name='slug')),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
                'ordering': ['slug'],
            },
        ),
        migrations.CreateModel(
            name='Article',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('byline', models.CharField(blank=True, help_text='Who wrote it, when that person has no account here.', max_length=200, verbose_name='byline')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('slug', models.CharField(blank=True, help_text='The last part of the address; empty: made from the title.', max_length=200, verbose_name='slug')),
                ('body', models.TextField(help_text='Markdown.', verbose_name='text')),
                ('body_html', models.TextField(editable=False)),
                ('summary', models.CharField(blank=True, help_text='Empty: the beginning of the text.', max_length=300, verbose_name='summary')),
                ('excerpt', models.CharField(editable=False, max_length=300)),
                ('status', models.CharField(choices=[('draft', 'draft'), ('published', 'published'), ('hidden', 'hidden by an editor')], default='draft', max_length=10, verbose_name='status')),
                ('publish_at', models.DateTimeField(blank=True, help_text='In the future: appears then.', null=True, validators=[django.core.validators.MinValueValidator(datetime.datetime(1900, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)), django.core.validators.MaxValueValidator(datetime.datetime(2999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc))], verbose_name='published at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='articles', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('tags', models.ManyToManyField(blank=True, related_name='articles', to='articles.tag', verbose_name='tags')),
            ],
            options={
                'verbose_name': 'article',
                'verbose_name_plural': 'articles',
            },
        ),
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.TextField()),
                ('key', models.CharField(max_length=64, unique=True)),
                ('file_digest', models.CharField(max_length=64)),
                ('text_digest', models.CharField(max_length=64)),
                ('article', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='source', to='articles.article')),
            ],
            options={
                'verbose_name': 'imported file',
                'verbose_name_plural': 'imported files',
            },
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(fields=['status', '-publish_at', '-id'], name='article_newest'),
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(fields=['author', '-updated_at'], name='article_by_author'),
        ),
        migrations.AddConstraint(
            model_name='article',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), ('publish_at__isnull', False), _connector='OR'), name='article_published_has_date', violation_error_message='A published article needs a date.'),
        ),
    ]
