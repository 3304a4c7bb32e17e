import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from articles.images.storing import FILE
from articles.models.image import LONGEST_ALT, Image
from core.backends.form_renderer import OVER_LIMIT

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/avif"
_special = re.compile(r"([\\\[\]`*_<>!&])")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, WebP, GIF or AVIF, up to 10 MB and 40 megapixels."),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    alt = forms.CharField(
        label=_("Description"),
        max_length=LONGEST_ALT,
        error_messages={"required": _("Describe the picture, or tick “Decorative”.")},
        help_text=_("What the picture shows, for readers who cannot see it."),
    )
    decorative = forms.BooleanField(
        label=_("Decorative: it says nothing that the text does not say"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["alt"].required = "decorative" not in self.data

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        size = file.size or 0
        if size > FILE:
            message = _("The file has %(size)s; at most %(most)s are allowed.")
            sizes = {"size": filesizeformat(size), "most": filesizeformat(FILE)}
            raise ValidationError(message, OVER_LIMIT, sizes)
        return file

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("alt") and self.cleaned_data.get("decorative"):
            self.add_error("decorative", _("A decorative picture has no description."))
        return None


def markdown_of(image: Image) -> str:
    """The line that shows the picture in an article."""
    alt = _special.sub(r"\\\1", image.alt)
    return f"![{alt}]({image.address})"
