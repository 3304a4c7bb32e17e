"""Pages of the team: about, imprint and others in Markdown."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from articles.models import Page
from core.page_cache.common_pages import public


@public()
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The page in the reader's language, else in another one."""
    language = get_language()
    pages = Page.objects.filter(slug=slug)
    found = min(pages, key=lambda page: page.language != language, default=None)
    if found is None:
        raise Http404
    return render(request, "articles/page.html", {"page": found})
