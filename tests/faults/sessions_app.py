"""The site with two more views, which write to the session as the site itself hardly does."""

from core.wsgi import application  # isort: skip  (first: it loads the apps)

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from core import urls

__all__ = ["application"]
handler400, handler500 = urls.handler400, urls.handler500
settings.ROOT_URLCONF = __name__


def write(request: HttpRequest, key: str) -> HttpResponse:
    request.session[key] = key
    request.session.increment("writes")
    return HttpResponse()


def show(request: HttpRequest) -> HttpResponse:
    return JsonResponse(dict(request.session.items()))


urlpatterns = [
    path("session/", show),
    path("session/<str:key>/", write),
    *urls.urlpatterns,
]
