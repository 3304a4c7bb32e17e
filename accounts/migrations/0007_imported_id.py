from django.db import migrations, models

import core.db.fields


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_look_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='imported_id',
            field=core.db.fields.ExactCharField(editable=False, max_length=100, null=True),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(fields=('imported_from', 'imported_id'), name='accounts_imported_id'),
        ),
    ]
