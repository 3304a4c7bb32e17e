"""The search page. It is rendered for each request: kept pages for every query that somebody can
think of would push the site's own pages out of memory."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.models import Article
from articles.search.search_excerpts import SEARCHED, excerpt, marked
from articles.search.search_form import SearchForm
from articles.search.search_matches import MOST_MATCHES, ranked_keys
from articles.search.search_query import SearchQuery, parse_query
from core.backends.form_renderer import form_status
from core.markdown import visible_text

PER_PAGE = 10
LOADED = 3 * SEARCHED  # characters of HTML, markup included, from which an excerpt is taken


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context |= results(form, request.GET.get("page"))
    response = render(request, "articles/search.html", context, status=form_status(form))
    response["X-Robots-Tag"] = "noindex"
    return response


def results(form: SearchForm, number: str | None) -> dict[str, Any]:
    """Returns the values of the page for a valid form."""
    text = form.cleaned_data["q"]
    query = parse_query(text)
    if not query.wanted:
        return {"query": text, "only_excluded": bool(query.excluded)}
    public = Article.objects.published()  # now: what is due since a moment ago is found
    keys = ranked_keys(form.narrow(public), query)
    page = Paginator(keys[:MOST_MATCHES], PER_PAGE).get_page(number)
    page.object_list = shown(page, query)  # type: ignore[assignment]  # articles for their keys
    return {"query": text, "page": page, "has_more": len(keys) > MOST_MATCHES}


def shown(page: Page, query: SearchQuery) -> list[Article]:
    """The articles of a page, in its order, with `marked_title` and `marked_excerpt`."""
    public = Article.objects.published().filter(pk__in=page.object_list)
    found = public.for_list().annotate(beginning=Left("body_html", LOADED))
    articles = {article.pk: article for article in found.iterator(chunk_size=PER_PAGE)}
    return [
        with_marks(articles[pk], query) for pk in page.object_list if pk in articles
    ]  # one that was hidden a moment ago is left out


def with_marks(article: Any, query: SearchQuery) -> Article:
    html = article.beginning
    html = html[: html.rfind("<")] if len(html) == LOADED else html  # without half a tag
    text = f"{article.summary} {visible_text(html)}".strip()
    article.marked_title = marked(article.title, query.words)
    article.marked_excerpt = excerpt(text, query.words) or article.lead
    return article
