from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models.article import Article
from articles.slugs import tag_slug
from articles.tag_names import split_tags
from core.subjects import NEVER_CACHED

LONGEST_TAGS = 2_000  # characters of all tags as they are typed, before they are split
LONGEST_WINDOW = 32  # characters


class WorkingCopy(models.Model):
    """The text that an account has in the editor and has not saved; see articles/working_copies.py.

    Each account has at most one of an article, and one of each form of a new article (`token`).
    Once its text is saved, the row stays, settled and empty, so that a late autosave of an earlier
    text is recognised.
    """

    cache_subject = NEVER_CACHED

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="working_copies"
    )
    article = models.ForeignKey(
        Article, models.CASCADE, related_name="working_copies", null=True, blank=True
    )
    token = models.UUIDField(null=True, editable=False)  # as Article.creation_token
    # The window that wrote it, and the number of the change within that window.
    window = models.CharField(max_length=LONGEST_WINDOW)
    sequence = models.PositiveBigIntegerField()
    is_settled = models.BooleanField(default=False)
    title = models.CharField(_("title"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    breaks = models.BooleanField(_("keep line breaks"), default=False)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    tags = models.CharField(_("tags"), max_length=LONGEST_TAGS, blank=True)  # as they were typed
    based_on = models.DateTimeField(null=True)  # `updated_at` of the article in the editor
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        verbose_name = _("working copy")
        verbose_name_plural = _("working copies")
        constraints = [
            models.UniqueConstraint(fields=["author", "article"], name="working_copy_of_article"),
            models.UniqueConstraint(fields=["author", "token"], name="working_copy_of_form"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.changed_at:%Y-%m-%d %H:%M:%S})"

    @property
    def stamp(self) -> str:
        """Its version, as forms carry it."""
        return f"{self.window}:{self.sequence}"

    @property
    def is_blank(self) -> bool:
        return not (self.title.strip() or self.body.strip() or self.summary or self.tags)

    @property
    def is_open(self) -> bool:
        """Whether it holds a text that is not saved."""
        return not (self.is_settled or self.is_blank)

    @property
    def texts(self) -> dict[str, Any]:
        """The values of `models.TEXTS`, the tags as a revision has them."""
        names = ("title", "body", "breaks", "summary")
        tags = sorted_tags(self.tags)
        return {name: getattr(self, name) for name in names} | {"tags": tags}


def sorted_tags(typed: str) -> str:
    return "\n".join(sorted(split_tags(typed), key=tag_slug))
