
import accounts.models
import core.db.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='session_epoch',
            field=accounts.models.Epoch(default=0, editable=False),
        ),
        migrations.CreateModel(
            name='LoginSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('id_hash', core.db.fields.ExactCharField(editable=False, max_length=64, unique=True)),
                ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='address')),
                ('browser', models.CharField(blank=True, max_length=40, verbose_name='browser')),
                ('system', models.CharField(blank=True, max_length=40, verbose_name='system')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='signed in')),
                ('last_seen_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last seen')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='login_sessions', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'sign-in',
                'verbose_name_plural': 'sign-ins',
                'ordering': ['-last_seen_at', '-pk'],
                'indexes': [models.Index(fields=['user', '-last_seen_at'], name='accounts_login_seen')],
            },
        ),
    ]
