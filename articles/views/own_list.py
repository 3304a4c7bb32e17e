"""“My articles”: the list of an author's own articles."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles import own_articles
from articles.own_articles import STATUSES, OwnArticlesForm
from articles.working_copies import unsaved_texts
from core.backends.form_renderer import form_status
from core.db.pagination import BoundedPaginator

PER_PAGE = 50


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    form = OwnArticlesForm({"sort": "changed", **request.GET.dict()})
    chosen = form.values()
    status = chosen.get("status", "")
    found = own_articles.found_by_words(request.user, chosen.get("q", ""))
    counts = own_articles.count_by_status(found)
    shown = found.filter(own_articles.with_status(status)) if status else found
    articles = own_articles.in_order(shown, chosen.get("sort", "changed"))
    context = {
        "form": form,
        "page": BoundedPaginator(articles, PER_PAGE).get_page(request.GET.get("page")),
        "status": status,
        "total": sum(counts.values()),
        "tabs": [(name, label, counts[name]) for name, label in STATUSES.items()],
        "is_searching": "q" in chosen,
        "zone": settings.TIME_ZONE,
        "unsaved": [] if request.GET else unsaved_texts(request.user.pk).defer("body"),
    }
    return render(request, "articles/mine.html", context, status=form_status(form))
