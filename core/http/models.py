from django.db import models

from core.subjects import NEVER_CACHED


class AttemptLog(models.Model):
    """The times of the latest attempts of one subject, on a site whose cache is not in Redis."""

    cache_subject = NEVER_CACHED

    key = models.CharField(max_length=128, primary_key=True)
    times = models.TextField(default="")  # milliseconds of 13 digits each, the newest first
    expires_at = models.BigIntegerField(db_index=True)  # milliseconds; no attempt counts then

    def __str__(self) -> str:
        return self.key
