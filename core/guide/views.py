"""The guide's pages, for everybody; the page cache keeps them for strangers.

They change with the code, that is with a restart, which empties the page cache.
"""

from mimetypes import guess_type

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.guide import pages
from core.page_cache import public


@require_safe
@public(until=lambda: None)
def index(request: HttpRequest) -> HttpResponse:
    return shown(request, pages.INDEX)


@require_safe
@public(until=lambda: None)
def page(request: HttpRequest, slug: str) -> HttpResponse:
    if slug == pages.INDEX:
        raise Http404
    return shown(request, slug)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    path = pages.picture(name)
    if path is None:
        raise Http404
    return HttpResponse(path.read_bytes(), guess_type(name)[0])


def shown(request: HttpRequest, slug: str) -> HttpResponse:
    language = get_language() or pages.ORIGINAL
    found = pages.page(slug, language)
    if found is None:
        raise Http404
    before, after = pages.neighbours(slug, language)
    context = {
        "page": found,
        "is_index": slug == pages.INDEX,
        "is_translated": found.language == language,
        "before": before,
        "after": after,
    }
    return render(request, "guide/page.html", context)
