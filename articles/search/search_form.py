from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from articles.querysets import ArticleQuerySet
from articles.search.search_query import LONGEST_QUERY
from articles.slugs import tag_slug
from core.time_zone.local_time import year_range

LANGUAGES = [("", _("all")), ("zh-Hans", "简体中文"), ("en", "English")]
FIRST_YEAR, LAST_YEAR = 2, 9998  # which lie within the calendar in every time zone


class SearchForm(forms.Form):
    """The words and the filters; each is optional."""

    q = forms.CharField(label=_("Words"), required=False, max_length=LONGEST_QUERY)
    author = forms.CharField(label=_("Author"), required=False, max_length=150)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=200)
    language = forms.ChoiceField(label=_("Language"), required=False, choices=LANGUAGES)
    year = forms.IntegerField(
        label=_("Year"), required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR
    )

    @property
    def has_filters(self) -> bool:
        return any(self.data.get(name) for name in self.fields if name != "q")

    def narrow(self, articles: ArticleQuerySet) -> ArticleQuerySet:
        """Applies the filters of a valid form."""
        return articles.filter(**self._author_and_tag(), **self._language_and_year())

    def _author_and_tag(self) -> dict[str, Any]:
        author, tag = self.cleaned_data["author"], self.cleaned_data["tag"]
        people = get_user_model().objects
        named = {"author__in": people.named(author)} if author else {}
        return named | ({"tags__slug": tag_slug(tag)} if tag else {})

    def _language_and_year(self) -> dict[str, Any]:
        language, year = self.cleaned_data["language"], self.cleaned_data["year"]
        found: dict[str, Any] = {"search_text__language": language} if language else {}
        if year:
            start, end = year_range(year)
            found |= {"publish_at__gte": start, "publish_at__lt": end}
        return found
