"""Returns a posted form that could not be processed on the error page, ready to be sent again.

A view names its form with `@gives_back(Form, "button", …)`; each error page that answers a POST to
the view (400, 403, 404, 429, 500, 503) then holds that form with its fields. Forms of the admin are
returned by the names of their fields.

Guarantees: the page uses neither the database nor the session. Passwords, tokens and files are not
returned, nor a form that another site has sent. The form has the token of the present CSRF cookie,
and a ticket that stays valid when a sign-in in another tab renews that cookie: see `ReturnedForms`.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django import forms
from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    FieldDoesNotExist,
    SuspiciousOperation,
)
from django.core.signing import BadSignature, TimestampSigner
from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control
from django.utils.crypto import constant_time_compare
from django.utils.deprecation import MiddlewareMixin

View = TypeVar("View", bound=Callable[..., Any])
Form = forms.BaseForm
UNREADABLE = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError)
NEVER_SHOWN = (forms.PasswordInput, forms.FileInput)
CSRF_FIELD, TICKET_FIELD = "csrfmiddlewaretoken", "returned_ticket"
SECRET = ("csrf", "pwd", "password", "secret", "ticket")  # in the names of fields
OWN = "same-origin"  # in Sec-Fetch-Site, which browsers send over HTTPS and to the loopback
TICKET_AGE = 24 * 3600  # seconds
BROWSER_ID = re.compile(r"[\w-]{43}", re.ASCII)
LONGEST_TICKET = 200  # characters, of which it has about 100


class Source(NamedTuple):
    """The form that a view takes, and the names of its buttons."""

    form: Callable[[], Form]
    buttons: tuple[str, ...]


def gives_back(form: Callable[[], Form], *buttons: str) -> Callable[[View], View]:
    """Decorates a view whose form is returned on error pages, with the button that was pressed.

    `form()` returns an empty form without a query.
    """

    def decorate(view: View) -> View:
        view.returned_form = Source(form, buttons)  # type: ignore[attr-defined]
        return view

    return decorate


def returned_form(request: HttpRequest) -> Form | None:
    """The form that was posted, with the typed text; None if no text was typed."""
    if request.method != "POST" or is_foreign(request):
        return None
    posted = readable_post(request)
    view = view_of(request)
    source, admin = getattr(view, "returned_form", None), getattr(view, "model_admin", None)
    form = None
    if source:
        form = filled(source.form(), posted)
        add_hidden(form, posted, [name for name in source.buttons if name in posted])
    elif admin:
        form = admin_form(admin.model, posted)
    return form if form and is_filled(form) else None


def is_foreign(request: HttpRequest) -> bool:
    """Whether another site has sent the form: users must not be asked to send it as their own."""
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site == OWN:  # a proxy that changes the Host does not change this header
        return False
    if site not in (None, "none"):
        return True
    origin = request.META.get("HTTP_ORIGIN")
    return origin is not None and origin not in own_origins(request)


def own_origins(request: HttpRequest) -> set[str]:
    try:
        own = {f"{request.scheme}://{request.get_host()}"}
    except DisallowedHost:
        own = set()
    return own | {*settings.CSRF_TRUSTED_ORIGINS}


def readable_post(request: HttpRequest) -> QueryDict:
    """The posted fields, or none if the body cannot be read or is too long."""
    try:
        return request.POST
    except UNREADABLE:
        return QueryDict()


def view_of(request: HttpRequest) -> Any:
    try:
        return (request.resolver_match or resolve(request.path_info)).func
    except Resolver404:
        return None


def filled(form: Form, posted: QueryDict) -> Form:
    """The form with the posted values as its initial ones: shown, but not validated."""
    for name, field in form.fields.items():
        if not isinstance(field.widget, NEVER_SHOWN):
            value = field.widget.value_from_datadict(posted, {}, form.add_prefix(name))
            form.initial[name] = value
    return form


def add_hidden(form: Form, posted: QueryDict, names: list[str]) -> None:
    for name in names:
        widget = forms.MultipleHiddenInput()
        form.fields[name] = forms.Field(widget=widget, initial=posted.getlist(name))


def admin_form(model: type[models.Model], posted: QueryDict) -> Form:
    """Shows the text fields of the model with their labels; all others are hidden fields."""
    form, hidden = forms.Form(), []
    for name in posted:
        if is_secret(name):
            continue
        if field := text_field(model, name):
            form.fields[name] = field
            form.initial[name] = posted[name]
        else:
            hidden.append(name)
    add_hidden(form, posted, hidden)
    return form


def text_field(model: type[models.Model], name: str) -> forms.Field | None:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
    return field.formfield() if is_text else None  # type: ignore[union-attr]


def is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRET)


def is_filled(form: Form) -> bool:
    values = [bound.value() for bound in form.visible_fields()]
    return any(isinstance(value, str) and value.strip() for value in values)


def page_context(request: HttpRequest, form: Form) -> dict[str, Any]:
    """The context in which templates/error.html shows the form."""
    return {
        "form": form,
        "action": request.get_full_path(),
        "body_limit": getattr(view_of(request), "body_limit", None),
        "csrf_token": get_token(request),
        "ticket_field": TICKET_FIELD,
        "ticket": signer(request.path).sign(browser_id(request)),
    }


def mark(request: HttpRequest, response: HttpResponse) -> None:
    """Sets the cookie that the ticket of the form is bound to, and keeps the page out of caches."""
    response.set_cookie(
        settings.INKPOOL_RETURNED_FORM_COOKIE_NAME,
        browser_id(request),
        max_age=TICKET_AGE,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    patch_cache_control(response, private=True, no_store=True)


def browser_id(request: HttpRequest) -> str:
    """A random id of this browser, the same for all its returned forms."""
    name = settings.INKPOOL_RETURNED_FORM_COOKIE_NAME
    if not BROWSER_ID.fullmatch(request.COOKIES.get(name, "")):
        request.COOKIES[name] = secrets.token_urlsafe(32)  # the same for form and cookie
    return request.COOKIES[name]


def signer(path: str) -> TimestampSigner:
    return TimestampSigner(salt=f"core.http.returned_forms:{path}")


class ReturnedForms(MiddlewareMixin):
    """Exchanges the ticket of a returned form for the token of the present CSRF cookie.

    A sign-in renews the CSRF cookie, so a form that was returned before would be refused again. Its
    ticket is bound to the path and to a cookie that other sites cannot make the browser send
    (SameSite=Strict) and that expires after TICKET_AGE. The CSRF middleware runs afterwards and
    still compares the origin.
    """

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        cookie = request.COOKIES.get(settings.INKPOOL_RETURNED_FORM_COOKIE_NAME)
        if request.method != "POST" or not cookie:
            return
        ticket = readable_post(request).get(TICKET_FIELD, "")
        if is_valid(ticket, request.path, cookie):
            fields = request.POST.copy()
            fields[CSRF_FIELD] = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
            request.POST = fields  # type: ignore[assignment]


def is_valid(ticket: str, path: str, cookie: str) -> bool:
    if len(ticket) > LONGEST_TICKET:
        return False
    try:
        known = signer(path).unsign(ticket, max_age=TICKET_AGE)
    except BadSignature:
        return False
    return constant_time_compare(known, cookie)
