from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from articles.models.article import Article
from core.db.fields import ExactCharField
from core.subjects import NEVER_CACHED

GONE = 410
UNUSED = ("article__body", "article__body_html")  # for an address
LONGEST_PATH = 255  # characters; the longest that both MySQL and MariaDB keep unique


def validate_path(path: str) -> None:
    if not path.startswith("/") or path.startswith("//") or set(path) & {"?", "#"}:
        raise ValidationError(_("A path begins with one slash, and has neither ? nor #."))


def validate_address(address: str) -> None:
    parts = urlsplit(address)
    is_local = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not address.isprintable() or not (
        is_local or (parts.scheme in {"http", "https"} and parts.hostname)
    ):
        raise ValidationError(_("An address is a path of this site, or begins with http(s)://."))


class Redirect(models.Model):
    """Where an address leads that is no page: to an article or another address, or nowhere (410).

    It is asked only for what would be a 404, so that it never hides a page.
    """

    cache_subject = NEVER_CACHED

    class Status(models.IntegerChoices):
        MOVED = 301, _("301: moved for good")
        FOUND = 302, _("302: moved for a while")
        GONE = GONE, _("410: gone")

    path = ExactCharField(
        _("path"),
        max_length=LONGEST_PATH,
        unique=True,
        validators=[validate_path],
        help_text=_("As a browser shows it, without the host: /post/12.html"),
    )
    article = models.ForeignKey(
        Article,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="redirects",
        verbose_name=_("article"),
    )
    address = models.CharField(
        _("address"), max_length=2000, blank=True, default="", validators=[validate_address]
    )
    status = models.PositiveSmallIntegerField(_("status"), choices=Status, default=Status.MOVED)

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                name="redirect_has_one_target",
                condition=Q(status=GONE, article__isnull=True, address="")
                | (~Q(status=GONE) & Q(article__isnull=False, address=""))
                | (~Q(status=GONE) & Q(article__isnull=True) & ~Q(address="")),
                violation_error_message=_(
                    "A redirect leads to an article or to an address; with 410 to neither."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.path

    def clean(self) -> None:
        super().clean()
        if self.address and self.address == self.path:
            raise ValidationError({"address": _("The address is the path itself.")})

    def target(self) -> str | None:
        """Where it leads now; None for 410, and for an article that is not public."""
        if self.article is None:
            return self.address or None
        return self.article.get_absolute_url() if self.article.is_public else None

    @classmethod
    def at(cls, path: str) -> "Redirect | None":
        if len(path) > LONGEST_PATH:
            return None
        return cls.objects.select_related("article").defer(*UNUSED).filter(path=path).first()
