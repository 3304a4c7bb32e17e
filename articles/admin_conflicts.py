"""The admin's form of an article refuses to overwrite a save that it has not seen (409).

The form carries the state of the article when it was opened. One statement compares that with the
row and locks the row until the transaction ends, so of two saves at once only one wins.
"""

import json
from contextlib import suppress
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from articles.forms import parse_moment
from articles.models import TEXTS, Article, Revision
from articles.rendered_form import RenderedForm
from articles.revisions import keep, keep_refused, keep_stored
from articles.status_changes import BY_NEW_STATUS, Action, note
from core.backends.form_renderer import form_status

CONFLICT = _(
    "This article was saved elsewhere after you had opened it. Nothing is lost: what you typed is "
    "in the form, and what is stored now stands above it. Saving again puts yours in its place."
)
IN_TRASH = _(
    "This article was moved to the trash after you had opened it. Nothing is lost: your text is in "
    "its history. Once its author has brought it back, save again."
)
LONGEST_STATE = 200  # characters; state_of() writes about 100


def state_of(article: Article) -> str:
    """Returns the values that a save compares: a change of status leaves updated_at alone."""
    published = article.publish_at and article.publish_at.isoformat()
    return json.dumps([article.updated_at.isoformat(), article.status, published])


def parse_state(text: str) -> dict[str, Any]:
    """Returns a filter for a state that state_of() has written; other text matches no article."""
    try:
        updated, status, published = json.loads(text if len(text) <= LONGEST_STATE else "")
    except (ValueError, TypeError, RecursionError):
        return {"pk": None}
    published = parse_moment(str(published)) if published else None
    return {
        "updated_at": parse_moment(str(updated)),
        "status": str(status),
        "publish_at": published,
    }


class Stored(NamedTuple):
    """A field of the article as it is stored."""

    label: str
    value: Any
    is_long: bool


class ConflictForm(RenderedForm):
    """A form of an article that is refused if the article has changed since it was opened."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    stored: list[Stored] | None = None  # after a conflict, the fields that differ
    refused: dict[str, Any] | None = None  # and the typed texts, for the history

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = state_of(self.instance)

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.instance.pk and not self.errors and not self._claim():
            stored = get_object_or_404(Article.with_trashed, pk=self.instance.pk)
            self.add_error(None, IN_TRASH if stored.trashed_at else CONFLICT)
            self._note_conflict(stored)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        is_hiding = "status" in self.changed_data and self.cleaned_data.get("status") == "hidden"
        if is_hiding and not self.cleaned_data.get("hidden_reason"):
            self.add_error("hidden_reason", _("Give the reason: the author sees it."))
        return cleaned

    def _texts(self) -> dict[str, Any]:
        texts = {name: self.cleaned_data.get(name, "") for name in TEXTS}
        tags = sorted(self.cleaned_data.get("tags") or [], key=lambda tag: tag.slug)
        return texts | {"tags": "\n".join(tag.name for tag in tags)}

    def _claim(self) -> bool:
        """Locks the row if it is unchanged. Without `seen`, as a program may post, any row is."""
        opened = Article.objects.filter(pk=self.instance.pk)
        if seen := self.cleaned_data["seen"]:
            opened = opened.filter(**parse_state(seen))
        return bool(opened.update(updated_at=F("updated_at")))

    def _note_conflict(self, article: Article) -> None:
        """Notes the stored values, and lets the next save of this form overwrite them."""
        stored = type(self)(instance=article)
        self.stored = [
            Stored(str(bound.label), displayed(article, bound.name), is_long(bound))
            for bound in stored.visible_fields()
            if differs(bound, self[bound.name].data)
        ]
        self.refused = self._texts()
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["seen"] = state_of(article)  # type: ignore[index]


def differs(stored: forms.BoundField, typed: Any) -> bool:
    """Compares texts by lines, since browsers send other line ends than the stored ones."""
    if isinstance(typed, str) and isinstance(stored.initial, str):
        return lines(stored.initial) != lines(typed)
    return bool(stored.field.has_changed(stored.initial, typed))


def is_long(bound: forms.BoundField) -> bool:
    return isinstance(bound.field.widget, forms.Textarea)


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def displayed(article: Article, name: str) -> Any:
    if name == "tags":
        return ", ".join(str(tag) for tag in article.tags.all())
    display = getattr(article, f"get_{name}_display", None)
    return display() if display else getattr(article, name)


def is_change_form(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name == "articles_article_change"


class ConflictAdmin(admin.ModelAdmin):
    form = ConflictForm

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Finds an article in the trash too for a sent form, which would lose its text by a 404."""
        found = super().get_object(request, object_id, from_field)
        if found is None and request.method == "POST" and is_change_form(request):
            with suppress(ValueError, ValidationError):
                return Article.with_trashed.filter(pk=object_id).first()
        return found

    def get_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        names = super().get_fields(request, obj)
        may_save = obj is None or self.has_change_permission(request, obj)
        return [name for name in names if may_save or name != "seen"]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        context["stored"] = form.stored
        if form.refused is not None:
            keep_refused(form.instance.pk, request.user, form.refused)
        response = super().render_change_form(request, context, *args, **kwargs)
        response.status_code = 409 if form.stored is not None else form_status(form)
        return response

    def save_model(
        self, request: HttpRequest, obj: Article, form: forms.ModelForm, change: bool
    ) -> None:
        if "author" in form.changed_data:
            obj.creation_token = None  # unique for each author; the form was the earlier author's
        if obj.status != Article.Status.HIDDEN:
            obj.hidden_reason = ""
        if change:
            keep_stored(obj.pk)
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool
    ) -> None:
        """Keeps a revision, and notes a change of status, in the transaction of the save."""
        super().save_related(request, form, formsets, change)
        article, origin = form.instance, Revision.Origin
        keep(article.pk, request.user, origin.SAVED if change else origin.CREATED)
        # Missing in a form that creates, and where the status is read-only.
        was = form.initial.get("status", article.status if change else Article.Status.DRAFT)
        if article.status != was:
            is_shown = was == Article.Status.HIDDEN and article.status == Article.Status.PUBLISHED
            action = Action.SHOWN if is_shown else BY_NEW_STATUS[article.status]
            note(article, action, request.user, article.hidden_reason)
