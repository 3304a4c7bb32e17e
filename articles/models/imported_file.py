from django.db import models
from django.utils.translation import gettext_lazy as _

from articles.models.article import Article
from core.db.fields import ExactCharField
from core.subjects import NEVER_CACHED


class ImportedFile(models.Model):
    """The file that an article was imported from, so that importing it again changes nothing."""

    cache_subject = NEVER_CACHED

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="source")
    source = ExactCharField(max_length=100, blank=True, default="")  # the name of a blog
    path = models.TextField()  # below its folder; absolute in a row from before `source`
    folder = models.TextField(blank=True, default="")  # host:folder of the last import
    key = models.CharField(max_length=64, unique=True)  # SHA-256 of source and path
    file_digest = models.CharField(max_length=64)  # SHA-256 of the file as it was read
    text_digest = models.CharField(max_length=64)  # of the article as it was written from it

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")

    def __str__(self) -> str:
        return f"{self.source}: {self.path}" if self.source else self.path
