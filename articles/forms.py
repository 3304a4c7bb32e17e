import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from articles.models import Article, Tag

MOST_TAGS = 10
SEPARATORS = "[,;\n\uff0c\uff1b\u3001]"  # the Chinese comma, semicolon and pause mark too
LONGEST_BODY = 500_000


class TagsField(forms.CharField):
    """Names between commas, Chinese ones too."""

    def __init__(self) -> None:
        help_text = _("Up to ten, with commas between: Python, MySQL, 缓存")
        super().__init__(label=_("Tags"), required=False, help_text=help_text)

    def clean(self, value: Any) -> list[str]:
        names = [name.strip() for name in re.split(SEPARATORS, super().clean(value))]
        names = list(dict.fromkeys(filter(None, names)))
        if len(names) > MOST_TAGS:
            raise ValidationError(_("At most ten tags."))
        longest = Tag._meta.get_field("name").max_length or 0
        if too_long := next((name for name in names if len(name) > longest), None):
            message = _("The tag “%(name)s” has more than %(max)d characters.")
            raise ValidationError(message, params={"name": too_long, "max": longest})
        return names


class ArticleForm(forms.ModelForm):
    tags = TagsField()
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_BODY,
        strip=False,
        help_text=_("Markdown: # heading, **bold**, [link](address), ``` code, | tables |"),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
    )

    class Meta:
        model = Article
        fields = ["title", "body", "summary"]

    field_order = ["title", "body", "tags", "summary"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = self.instance.tags.all() if self.instance.pk else []
        self.initial["tags"] = ", ".join(tag.name for tag in tags)

    def clean_body(self) -> str:
        body = self.cleaned_data["body"].replace("\r\n", "\n")
        if not body.strip():
            raise ValidationError(self.fields["body"].error_messages["required"], "required")
        return body

    @transaction.atomic
    def save(self, commit: bool = True) -> Article:
        """The article with its tags; a changed title gives a new slug."""
        if "title" in self.changed_data:
            self.instance.slug = ""
        self.instance.save()
        self.instance.tags.set(Tag.objects.named(self.cleaned_data["tags"]))
        return self.instance
