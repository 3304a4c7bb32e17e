import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from articles.creation import parse_token
from articles.models import TEXTS, Article, Revision, StatusChange, Tag, WorkingCopy
from articles.models.working_copy import LONGEST_TAGS
from articles.rendered_form import RenderedForm
from articles.revisions import By, keep_refused, recorded
from articles.slugs import tag_slug
from articles.status_changes import change_status
from articles.tag_names import split_tags
from articles.working_copies import LONGEST_STAMPS, parse_stamps, settle
from core.backends.form_renderer import OVER_LIMIT
from core.db.deadlock_retry import retry_deadlocks
from core.markdown.budgets import CHARACTERS

MOST_TAGS = 10
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when no article was saved
LONGEST_BODY = CHARACTERS
TOO_MANY_PREVIEWS = ngettext_lazy(
    "There were too many previews. Try again in %(minutes)d minute; saving works meanwhile.",
    "There were too many previews. Try again in %(minutes)d minutes; saving works meanwhile.",
    "minutes",
)
LONGEST_MOMENT = 40  # characters of a date and time in ISO 8601


class TagsField(forms.CharField):
    """Names separated by commas, English or Chinese."""

    def __init__(self) -> None:
        help_text = _("Up to ten, with commas between: Python, MySQL, 缓存")
        super().__init__(
            label=_("Tags"), required=False, help_text=help_text, max_length=LONGEST_TAGS
        )

    def clean(self, value: Any) -> list[str]:
        names = split_tags(super().clean(value))
        if len(names) > MOST_TAGS:
            raise ValidationError(_("At most ten tags."), OVER_LIMIT)
        longest = Tag._meta.get_field("name").max_length or 0
        if too_long := next((name for name in names if len(name) > longest), None):
            message = _("The tag “%(name)s” has more than %(max)d characters.")
            raise ValidationError(message, OVER_LIMIT, {"name": too_long, "max": longest})
        return names


class EditConflict(Exception):  # noqa: N818 - a state of the article, not an error
    """The article was saved elsewhere after this form had been opened."""


class ArticleForm(RenderedForm):
    tags = TagsField()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    creation_token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    # The versions of the working copy that the text in this form was made from.
    copy = forms.CharField(required=False, widget=forms.HiddenInput, max_length=LONGEST_STAMPS)
    body = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_BODY,
        strip=False,
        help_text=_("Markdown: # heading, **bold**, [link](address), ``` code, | tables |"),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true"}),
    )

    class Meta:
        model = Article
        fields = ["title", "body", "breaks", "summary"]

    field_order = ["title", "body", "breaks", "tags", "summary"]
    preview_wait = 0  # seconds until the next preview, after too many of them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = self.instance.tags.all() if self.instance.pk else []
        if not self.instance.pk:
            self.initial["creation_token"] = self.instance.creation_token or uuid4()
        self.initial["seen"] = self.instance.updated_at.isoformat() if self.instance.pk else ""
        self.initial["tags"] = ", ".join(tag.name for tag in tags)

    def fill_from(self, copy: WorkingCopy) -> None:
        """Shows the text of a working copy instead of the stored one."""
        for name in ("title", "body", "breaks", "summary", "tags"):
            self.initial[name] = getattr(copy, name)
        self.initial["seen"] = copy.based_on.isoformat() if copy.based_on else ""
        self.initial["copy"] = copy.stamp

    def refuse_preview(self, wait: int) -> None:
        """Makes the form invalid, without rendering it. `wait`: seconds to the next preview."""
        self.preview_wait = wait

    def clean(self) -> dict[str, Any] | None:
        if self.preview_wait:
            minutes = {"minutes": math.ceil(self.preview_wait / 60)}
            raise ValidationError(TOO_MANY_PREVIEWS % minutes)
        return super().clean()

    def render_text(self) -> None:
        if not self.preview_wait:
            super().render_text()

    def clean_creation_token(self) -> UUID | None:
        token: UUID | None = self.cleaned_data["creation_token"]
        if token and parse_token(token) is None:
            raise ValidationError(
                self.fields["creation_token"].error_messages["invalid"], "invalid"
            )
        return token

    def clean_body(self) -> str:
        body = self.cleaned_data["body"].replace("\r\n", "\n")
        if not body.strip():
            raise ValidationError(self.fields["body"].error_messages["required"], "required")
        return body

    def save(self, commit: bool = True, by: By = None, publish: bool = False) -> Article:
        """Saves the article with its tags and a revision; a changed title gives a new slug.

        `by` is the user who saves it (the author). With `publish` a draft is published too.
        Raises EditConflict, and writes nothing, if it was saved since the form was opened.
        """
        # Before the transaction: a tag that no public article has is not shown.
        tags = Tag.objects.named(self.cleaned_data["tags"])
        pk, state = self.instance.pk, self.instance._state

        def attempt() -> Article:
            self.instance.pk, state.adding = pk, pk is None  # as before a failed attempt
            user = by or self.instance.author
            with recorded(self.instance, user):
                self._save_with(tags)
                settle(self.instance, user, parse_stamps(self.cleaned_data["copy"]), pk is None)
            return self.instance

        @transaction.atomic
        def attempt_to_publish() -> Article:
            saved = attempt()
            if change_status(saved.pk, StatusChange.Action.PUBLISHED, by or saved.author):
                saved.refresh_from_db(fields=["status", "publish_at"])
            return saved

        return retry_deadlocks(attempt_to_publish if publish else attempt)

    def _save_with(self, tags: list[Tag]) -> None:
        if self.instance.pk is None:
            self.instance.creation_token = self.cleaned_data["creation_token"]
            self.instance.save()
        elif self._claim():
            if "title" in self.changed_data:
                self.instance.slug = ""
            # Other fields, such as the status, may have changed since the form was opened.
            self.instance.save(update_fields=self._meta.fields)
        else:
            raise EditConflict
        self.instance.tags.set(tags)
        if self._made_article():
            saved = Article.objects.filter(pk=self.instance.pk)
            saved.update(form_saved_at=F("updated_at"))

    def keep_refused(self, by: By) -> Revision:
        """Keeps the text of this form, which EditConflict has refused, in the history."""
        texts = {name: self.cleaned_data[name] for name in TEXTS}
        texts["tags"] = "\n".join(sorted(self.cleaned_data["tags"], key=tag_slug))
        return keep_refused(self.instance.pk, by, texts)

    def _claim(self) -> bool:
        """Compares and locks the row in one statement, so of two saves at once only one wins."""
        opened = Article.objects.filter(pk=self.instance.pk)
        if seen := self.cleaned_data["seen"]:
            opened = opened.filter(updated_at=parse_moment(seen))
        elif self._made_article():
            opened = opened.filter(updated_at=F("form_saved_at"))
        return bool(opened.update(updated_at=timezone.now()))

    def _made_article(self) -> bool:
        """Whether this form has made the article and is sent again (articles/creation.py)."""
        token = self.cleaned_data["creation_token"]
        return token is not None and token == self.instance.creation_token

    @property
    def creation_address(self) -> str:
        """The address that Back leads to after saving: of the article that this form has made.

        "" for the form of an article that existed before.
        """
        token = parse_token(self["creation_token"].value())
        return reverse("articles:new", args=[token]) if token else ""

    def allow_overwrite(self, stored: Article) -> None:
        """Lets the next save of this form overwrite the article as it is in `stored`."""
        seen = stored.updated_at.isoformat()
        self.data = {**self.data.dict(), "seen": seen}  # type: ignore[attr-defined]


def parse_moment(text: str) -> datetime:
    """Returns the time that a form sent back, or NEVER for any other text."""
    if len(text) > LONGEST_MOMENT:
        return NEVER
    try:
        found = parse_datetime(text) or NEVER
        aware = found if found.tzinfo else timezone.make_aware(found)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return NEVER
