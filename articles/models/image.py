from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.db.fields import ExactCharField
from core.markdown.picture_sizes import file_of_width, smaller_widths
from core.subjects import NEVER_CACHED

LONGEST_ALT = 300  # characters


class Image(models.Model):
    """An uploaded picture: the row of its files in MEDIA_STORAGE (articles/images)."""

    cache_subject = NEVER_CACHED  # the HTML of a text is made of the picture's address alone

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="images",
        verbose_name=_("author"),
    )
    name = ExactCharField(_("file"), max_length=100, unique=True)
    digest = ExactCharField(max_length=64)  # SHA-256 of the file as it was uploaded
    width = models.PositiveIntegerField(_("width"))  # pixels
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveBigIntegerField(_("size"))  # bytes, with the smaller files
    alt = models.CharField(_("description"), max_length=LONGEST_ALT, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    unused_since = models.DateTimeField(default=timezone.now)  # says nothing while it is used

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.UniqueConstraint(fields=["owner", "digest"], name="image_once_for_owner")
        ]
        indexes = [models.Index(fields=["unused_since"], name="image_unused_since")]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{settings.MEDIA_URL}{self.name}"

    @property
    def thumbnail(self) -> str:
        """The address of the smallest file."""
        stem, dot, ending = self.name.rpartition(".")
        if stem.endswith("-animated") or not smaller_widths(self.width):
            return self.address
        return settings.MEDIA_URL + file_of_width(stem, dot + ending, smaller_widths(self.width)[0])


class LooseFile(models.Model):
    """The name of a picture that has files but no row: not yet, or not any more.

    It is written before the first file and before the row is deleted. So files that a killed
    process has left are found without a look into the folder, which another database may share.
    """

    cache_subject = NEVER_CACHED

    name = ExactCharField(_("file"), max_length=100, unique=True)
    width = models.PositiveIntegerField(_("width"))  # pixels
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("file without a picture")
        verbose_name_plural = _("files without a picture")

    def __str__(self) -> str:
        return self.name


class ImageUse(models.Model):
    """An article whose text shows a picture, or of which a kept revision does; or a page."""

    cache_subject = NEVER_CACHED

    article: Any = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="image_uses", null=True
    )
    page: Any = models.ForeignKey(
        "articles.Page", on_delete=models.CASCADE, related_name="image_uses", null=True
    )
    image: Any = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="uses")
    in_text = models.BooleanField(default=True)  # False: in its history only

    class Meta:
        verbose_name = _("use of a picture")
        verbose_name_plural = _("uses of pictures")
        constraints = [
            models.UniqueConstraint(fields=["article", "image"], name="image_use_once"),
            models.UniqueConstraint(fields=["page", "image"], name="image_use_once_on_page"),
        ]

    def __str__(self) -> str:
        return f"{self.article or self.page}: {self.image_id}"
