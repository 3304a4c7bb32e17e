"""The root of all URLs. It names the apps' URLs, as core.settings names the apps."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from core import views
from core.admin import admin_site, purge

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("articles.urls")),
    path("", include("accounts.urls")),
    path("about/", views.about, name="about"),
    path("docs/", include("core.guide.urls")),
    path("language/", csrf_exempt(set_language), name="language"),
    path("", include("core.monitoring.urls")),
    path("robots.txt", views.robots, {"sitemap": "articles:sitemaps"}, name="robots"),
    path("admin/login/", admin_site.admin_login),
    path("admin/purge/", admin.site.admin_view(purge.page), name="purge"),
    path("admin/", admin.site.urls),
]

handler400 = "core.http.error_pages.bad_request"
handler403 = "core.http.error_pages.permission_denied"
handler404 = "core.http.error_pages.page_not_found"
handler500 = "core.http.error_pages.server_error"
