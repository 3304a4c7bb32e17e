"""A browser that talks to the session middleware only."""

from http.cookies import SimpleCookie

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from core.sessions.middleware import SessionMiddleware

NAME = "sessionid"


class Browser:
    """Keeps its session cookie; each visit runs a piece of a view."""

    def __init__(self):
        self.cookies = SimpleCookie()

    def visit(self, view=lambda session: None, status=200):
        request = RequestFactory().get("/", headers={"accept": "text/html"})
        request.COOKIES = {name: morsel.value for name, morsel in self.cookies.items()}

        def get_response(request):
            try:
                self.seen = view(request.session)
            except Exception as error:
                if answer := middleware.process_exception(request, error):
                    return answer
                raise
            return HttpResponse(status=status)

        # As Django does: a session that has ended becomes a 400. Other errors are raised.
        middleware = SessionMiddleware(convert_exception_to_response(get_response))
        with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True):
            answer = convert_exception_to_response(middleware)(request)
        for name, morsel in answer.cookies.items():
            self.cookies.pop(name, None)
            if morsel["max-age"] != 0:
                self.cookies[name] = morsel.value
        return answer

    @property
    def key(self):
        return self.cookies[NAME].value


def sign_in(session):
    session["user"] = "alice"


def user(session):
    return session.get("user")
