"""The views of the guide's pages and pictures. The page cache keeps them for anonymous visitors.

A page changes only with the code, and the restart of a deployment empties the page cache.
"""

from datetime import UTC, datetime
from mimetypes import guess_type

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import last_modified, require_safe

from core.guide import documents
from core.page_cache.common_pages import public

PICTURES_AGE = 3600  # seconds


@public()
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return shown(request, documents.INDEX)


@public()
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    if slug == documents.INDEX:
        raise Http404
    return shown(request, slug)


def changed(request: HttpRequest, name: str) -> datetime | None:
    path = documents.picture(name)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path else None


@require_safe
@cache_control(public=True, max_age=PICTURES_AGE)
@last_modified(changed)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    path = documents.picture(name)
    if path is None:
        raise Http404
    return HttpResponse(path.read_bytes(), guess_type(name)[0])


def shown(request: HttpRequest, slug: str) -> HttpResponse:
    language = get_language() or documents.ORIGINAL
    found = documents.page(slug, language)
    if found is None:
        raise Http404
    before, after = documents.neighbours(slug, language)
    is_index = slug == documents.INDEX
    context = {
        "page": found,
        "is_index": is_index,
        "is_tour_open": settings.DEBUG,  # to everybody, or to the staff only
        "is_translated": found.language == language,
        "before": before,
        "after": after,
    }
    return render(request, "guide/page.html", context)
