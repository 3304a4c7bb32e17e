from django.db import models
from django.utils.translation import gettext_lazy as _

from core.db.fields import ExactCharField
from core.jobs.job_registry import LONGEST_NAME
from core.subjects import NEVER_CACHED


class JobState(models.Model):
    """The lock of a job and its last run. All moments are of the database server's clock."""

    cache_subject = NEVER_CACHED

    name = ExactCharField(_("name"), max_length=LONGEST_NAME, unique=True)
    due_at = models.DateTimeField(_("due"), null=True)  # None: at once
    holder = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True)  # None: no process runs it
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    seconds = models.FloatField(_("duration"), default=0)
    done = models.PositiveIntegerField(_("rows changed"), default=0)
    error = models.TextField(_("error"), blank=True, default="")  # of the last run
    runs = models.PositiveIntegerField(_("runs"), default=0)
    failures = models.PositiveIntegerField(_("failed runs"), default=0)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.name
