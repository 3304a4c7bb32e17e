"""Pages of the team that are no articles: About, Imprint."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from articles.images.uses import note_uses
from core.db.fields import ExactCharField
from core.db.text import is_blank
from core.markdown import TextRefused, render

SLUG = RegexValidator(
    r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", _("Small letters a–z, digits and single hyphens between them.")
)


class Page(models.Model):
    """A page in Markdown at /pages/SLUG/. Each language may have its own; where one has none, its
    readers get the other's."""

    cache_subject = "articles"

    slug = ExactCharField(
        _("slug"),
        max_length=50,
        validators=[SLUG],
        help_text=_("The last part of its address, /pages/…/."),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=100)
    body = models.TextField(_("text"), help_text=_("Markdown."))
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        ordering = ["slug", "language"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "language"],
                name="page_slug_in_language",
                violation_error_message=_("This page exists already in this language."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        is_new = self._state.adding
        with transaction.atomic(kwargs.get("using"), savepoint=False):
            super().save(*args, **kwargs)
            note_uses(self.body, is_new, page_id=self.pk)

    def get_absolute_url(self) -> str:
        return reverse("articles:page", args=[self.slug])

    def clean(self) -> None:
        for name in ("title", "body"):
            if is_blank(getattr(self, name)):
                raise ValidationError({name: _("It has no visible character.")})
        try:
            render(self.body)
        except TextRefused as error:
            raise ValidationError({"body": str(error)}) from None

    @property
    def body_html(self) -> SafeString:
        """The text as it was written, if a later renderer has lower limits than the one that
        checked it."""
        try:
            return mark_safe(render(self.body))
        except TextRefused:
            return format_html('<pre tabindex="0">{}</pre>', self.body)
