from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.article import LONGEST_REASON, Article
from core.subjects import NEVER_CACHED


class Revision(models.Model):
    """The text of an article as a save left it, or as a save that was refused brought it."""

    cache_subject = NEVER_CACHED

    class Origin(models.TextChoices):
        CREATED = "created", _("written")
        SAVED = "saved", _("saved")
        FOUND = "found", _("text until then")
        IMPORTED = "imported", _("imported")
        RESTORED = "restored", _("restored")
        CONFLICT = "conflict", _("not saved: the article was saved elsewhere meanwhile")

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("time"), default=timezone.now)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    breaks = models.BooleanField(_("keep line breaks"), default=False)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    tags = models.TextField(_("tags"), blank=True)  # one name a line, in the order of their slugs
    stays = models.BooleanField(default=False)  # the first one, and those that were published

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        indexes = [
            models.Index(fields=["article", "-id"], name="articles_revision_newest"),
            models.Index(fields=["stays", "article", "made_at"], name="articles_revision_thin"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.made_at:%Y-%m-%d %H:%M:%S})"

    @property
    def tag_names(self) -> list[str]:
        return self.tags.split("\n") if self.tags else []  # a name may hold another line end

    @property
    def texts(self) -> dict[str, Any]:
        """The values that two revisions are compared by."""
        return {name: getattr(self, name) for name in TEXTS}


TEXTS = ("title", "body", "breaks", "summary", "tags")


class StatusChange(models.Model):
    """Who published, withdrew, hid, trashed or recovered an article, and when. Never thinned."""

    cache_subject = NEVER_CACHED

    class Action(models.TextChoices):
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")
        HIDDEN = "hidden", _("hidden by an editor")
        SHOWN = "shown", _("shown again by an editor")
        TRASHED = "trashed", _("moved to the trash")
        RECOVERED = "recovered", _("brought back from the trash")

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="status_changes")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("time"), default=timezone.now)
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON, blank=True)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.made_at:%Y-%m-%d %H:%M:%S})"
