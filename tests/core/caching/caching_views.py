"""Views that are cached. Each shows the visitor and the address it was called for."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.views import View
from django.views.decorators.http import require_safe

from core.caching import cached

calls: list[str] = []


def described(request: HttpRequest) -> str:
    name = request.user.get_username() or "anonymous"
    kind = request.get_preferred_type(["application/json", "text/html"])
    place = f"{request.method} {request.scheme}://{request.get_host()}{request.path}"
    return f"{name} {place} {get_language()} {kind} {dict(request.session)}"


def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse(
        described(request), headers={"X-Described": described(request)}
    )  # HEAD has no body


def changed(request: HttpRequest, kind: str) -> HttpResponse:
    """A response that must not be stored, for the reason that `kind` names."""
    response = answer(request)
    if kind == "csrf":
        get_token(request)
    elif kind == "cookie":
        response.set_cookie("theme", "dark")
    elif kind == "message":
        messages.info(request, "Saved.")
    elif kind == "session":
        request.session["seen"] = 1
    elif kind == "error":
        response.status_code = 500
    elif kind == "elsewhere":
        response.status_code = 302
    elif kind == "stream":
        response = StreamingHttpResponse([b"a", b"b"])
    elif kind == "file":
        response = FileResponse(open(__file__, "rb"))  # noqa: SIM115
    elif kind == "short":
        response["Cache-Control"] = "max-age=0"
    elif kind == "packed":
        response["Content-Encoding"] = "gzip"
    else:
        header, _, value = kind.partition(":")
        response[header] = value
    return response


async def later(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse((await request.auser()).get_username() or "anonymous")


def asks_anew(view: object, request: HttpRequest, **kwargs: object) -> bool:
    return "anew" in request.GET


@require_safe
@cached(60, unless=asks_anew)
def shared(request: HttpRequest, number: int = 0) -> HttpResponse:
    return answer(request)


@cached(60, query_string=True)
def searched(request: HttpRequest) -> HttpResponse:
    calls.append(request.GET.urlencode())
    return HttpResponse(str(sorted(request.GET.lists())))


@cached(60)
def rendered(request: HttpRequest) -> TemplateResponse:
    calls.append(request.path)
    return TemplateResponse(request, "about.html")


@cached(60)
def odd(request: HttpRequest, kind: str) -> HttpResponse:
    return changed(request, kind)


@cached(60)
def zone(request: HttpRequest) -> HttpResponse:
    calls.append(request.path)
    return HttpResponse(get_current_timezone_name())


@cached(60, make_cache_key=lambda request, number: f"parity {number % 2}")
def parity(request: HttpRequest, number: int) -> HttpResponse:
    return answer(request)


@cached(60, key_prefix="one for all")
def constant(request: HttpRequest, number: int) -> HttpResponse:
    return answer(request)


class Plain(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(request)


@method_decorator(cached(60), name="dispatch")
class Decorated(Plain):
    pass


urlpatterns = [
    path("class", cached(60)(Plain.as_view())),
    path("method", Decorated.as_view()),
    path("site/", include("core.urls")),  # whose addresses about.html names
    path("shared", shared),
    path("shared/<int:number>", shared),
    path("zone", zone),
    path("searched", searched),
    path("rendered", rendered),
    path("odd/<path:kind>", odd),
    path("parity/<int:number>", parity),
    path("constant/<int:number>", constant),
    path("later", cached(60)(later)),
]
