from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from articles.querysets import TagManager
from articles.slugs import tag_slug
from core.db.fields import ExactCharField
from core.db.text import is_blank


class Tag(models.Model):
    cache_subject = "articles"

    name = models.CharField(_("name"), max_length=50)
    slug = ExactCharField(_("slug"), max_length=200, unique=True, editable=False)

    objects = TagManager["Tag"]()

    class Meta:
        ordering = ["slug"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = tag_slug(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("articles:tag", args=[self.slug])

    def clean(self) -> None:
        if self.name and is_blank(self.name):
            raise ValidationError({"name": _("The name has no visible character.")})
        same = Tag.objects.filter(slug=tag_slug(self.name)).exclude(pk=self.pk)
        if self.name and same.exists():
            raise ValidationError({"name": ValidationError(_("This tag exists already."))})
