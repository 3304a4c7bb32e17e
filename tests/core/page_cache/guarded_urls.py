"""A public view with a guard around it, which only Alice passes."""

from django.contrib.auth.decorators import user_passes_test
from django.http import HttpRequest, HttpResponse
from django.urls import path

from core.page_cache.common_pages import public
from core.urls import urlpatterns as site


@user_passes_test(lambda user: user.username == "alice_writes")
@public(until=lambda: None)
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for Alice")


urlpatterns = [*site, path("guarded/", guarded)]
