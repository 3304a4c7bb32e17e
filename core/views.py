"""The pages that belong to no app: about, robots.txt."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.page_cache.common_pages import public


@public()
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Redirects to the team's own page if SITE_LINKS has one."""
    if settings.INKPOOL_OWN_ABOUT:
        return redirect(settings.INKPOOL_OWN_ABOUT)
    is_open = settings.INKPOOL_REGISTRATION == "open"
    return render(request, "about.html", {"registration_open": is_open})


@public()
@require_safe
def robots(request: HttpRequest, sitemap: str) -> HttpResponse:
    """`sitemap` is the URL name of the sitemap that robots.txt names."""
    context = {"sitemap": request.build_absolute_uri(reverse(sitemap))}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")
