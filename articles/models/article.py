from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.images.uses import note_uses
from articles.language import language_of
from articles.models.tag import Tag
from articles.publication_range import validate_publication_date
from articles.querysets import ArticleQuerySet, LiveArticles
from articles.reading_time import reading_minutes
from articles.slugs import article_slug
from core.db.text import is_blank
from core.markdown import VERSION, render, summarise

OUTDATED = 0  # a `rendered_by` that is below every version
DERIVED_FIELDS = {"body_html", "excerpt", "rendered_by"}  # which save() makes of body and breaks
EDITED_FIELDS = {"title", "body", "breaks", "summary"}  # a change of these sets `updated_at`
LONGEST_REASON = 500  # characters


class Article(models.Model):
    cache_subject = "articles"

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        HIDDEN = "hidden", _("hidden by an editor")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="articles", verbose_name=_("author")
    )
    byline = models.CharField(
        _("byline"),
        max_length=200,
        blank=True,
        help_text=_("Who wrote it, when that person has no account here."),
    )
    title = models.CharField(_("title"), max_length=200)
    slug = models.CharField(
        _("slug"),
        max_length=200,
        blank=True,
        help_text=_("The last part of the address; empty: made from the title."),
    )
    body = models.TextField(_("text"), help_text=_("Markdown."))
    breaks = models.BooleanField(
        _("keep line breaks"),
        default=False,
        db_default=False,  # while a release is rolled out, the older one inserts rows without it
        help_text=_(
            "Each line end is a line break, as in Hexo. Without it, lines are joined into one "
            "paragraph until a blank line."
        ),
    )
    body_html = models.TextField(editable=False)
    # core.markdown.VERSION, negative if it refuses the text. A CHECK would copy the table.
    rendered_by = models.SmallIntegerField(default=OUTDATED, db_default=OUTDATED, editable=False)
    summary = models.CharField(
        _("summary"), max_length=300, blank=True, help_text=_("Empty: the beginning of the text.")
    )
    excerpt = models.CharField(max_length=300, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    publish_at = models.DateTimeField(
        _("published at"),
        null=True,
        blank=True,
        help_text=_("In the future: appears then."),
        validators=[validate_publication_date],
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="articles", verbose_name=_("tags"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    hidden_reason = models.CharField(
        _("reason for hiding"),
        max_length=LONGEST_REASON,
        blank=True,
        default="",
        db_default="",
        help_text=_("The author sees it."),
    )
    # Set together with the status TRASHED. A CHECK would copy the table.
    trashed_at = models.DateTimeField(null=True, editable=False)
    trashed_by_team = models.BooleanField(default=False, db_default=False, editable=False)
    status_before_trash = models.CharField(
        max_length=10, blank=True, default="", db_default="", editable=False
    )
    # The token of the form that made it (articles/creation.py), and when that form last saved it.
    creation_token = models.UUIDField(null=True, editable=False)
    form_saved_at = models.DateTimeField(null=True, editable=False)

    with_trashed = ArticleQuerySet["Article"].as_manager()  # first: dumps and checks see all rows
    objects = LiveArticles()
    _rendered: tuple[str, bool, str] | None = None  # body, breaks, and their HTML

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        permissions = [("hide_article", _("Can hide articles, and show them again"))]
        indexes = [
            models.Index(fields=["status", "-publish_at", "-id"], name="article_newest"),
            models.Index(fields=["author", "-updated_at"], name="article_by_author"),
            models.Index(fields=["rendered_by"], name="article_rendered_by"),
        ]
        constraints = [
            models.CheckConstraint(
                name="article_published_has_date",
                condition=~Q(status="published") | Q(publish_at__isnull=False),
                violation_error_message=_("A published article needs a date."),
            ),
            models.UniqueConstraint(
                fields=["author", "creation_token"], name="article_creation_token"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Sets the derived fields as well: slug, date of publication, HTML and excerpt."""
        self.slug = article_slug(self.slug or self.title)
        self._set_publication_date()
        if update_fields is None:
            self.render_body()
        else:
            update_fields = self._with_derived({*update_fields})
        is_new = self._state.adding
        using = kwargs.get("using") or router.db_for_write(Article, instance=self)
        with transaction.atomic(using=using, savepoint=False):  # with its row of the search index
            super().save(*args, update_fields=update_fields, **kwargs)
            if self._stores_text(update_fields):
                note_uses(self.body, is_new, article_id=self.pk)

    def get_absolute_url(self) -> str:
        return reverse("articles:detail", args=[self.pk, self.slug])

    def clean(self) -> None:
        self._set_publication_date()
        if self.title and is_blank(self.title):
            raise ValidationError({"title": _("The title has no visible character.")})

    def _set_publication_date(self) -> None:
        if self.status == self.Status.PUBLISHED and self.publish_at is None:
            self.publish_at = timezone.now()

    def render_body(self) -> None:
        """Renders the text into `body_html` and `excerpt`, without saving.

        An instance whose text is not loaded is marked as outdated, and is rendered when it is next
        read. Raises TextRefused for a text over a limit.
        """
        if "body" in self.get_deferred_fields():
            self.rendered_by = OUTDATED
            return
        if not self._is_rendered():
            self.body_html = render(self.body, breaks=self.breaks)
            self.excerpt = summarise(self.body_html)
            self._rendered = (self.body, self.breaks, self.body_html)
        self.rendered_by = VERSION

    def _is_rendered(self) -> bool:
        """Whether this text is rendered already, as after a form has been validated."""
        return self._rendered == (self.body, self.breaks, self.body_html)

    def _stores_text(self, update_fields: Iterable[str] | None) -> bool:
        if update_fields is not None:
            return "body" in update_fields
        return "body" not in self.get_deferred_fields()

    def _with_derived(self, fields: set[str]) -> set[str]:
        """Returns these fields and those that are derived from them."""
        if "body" in fields:
            self.render_body()
            fields |= {"breaks", *DERIVED_FIELDS}
        elif "breaks" in fields:  # the row may hold another text than this instance
            self.rendered_by = OUTDATED
            fields.add("rendered_by")
        if EDITED_FIELDS & fields:
            fields.add("updated_at")
        if "status" in fields:  # only then is the date of publication set
            fields.add("publish_at")
        return fields | {"slug"}

    def next_by_date(self, moment: datetime | None = None) -> "Article | None":
        """The published article after this one at `moment` (now), or None."""
        return Article.objects.published(moment).links_after(self.publish_at, self.pk).first()

    def previous_by_date(self, moment: datetime | None = None) -> "Article | None":
        """The published article before this one at `moment` (now), or None."""
        return Article.objects.published(moment).links_before(self.publish_at, self.pk).first()

    @property
    def language(self) -> str:
        """The language of title and lead, which lists load too: `zh-Hans` or `en`."""
        return language_of(f"{self.title} {self.lead}")

    @property
    def reading_minutes(self) -> int:
        return reading_minutes(self.body)

    @property
    def is_public(self) -> bool:
        """Whether an anonymous visitor may read it now."""
        return (
            self.status == self.Status.PUBLISHED
            and self.publish_at is not None
            and self.publish_at <= timezone.now()
        )

    @property
    def author_name(self) -> str:
        return self.byline or str(self.author)

    @property
    def lead(self) -> str:
        """The text below the title in a list: the summary, else the beginning of the text."""
        return self.summary or self.excerpt
