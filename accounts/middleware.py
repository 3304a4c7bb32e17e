from django.contrib.auth.middleware import AuthenticationMiddleware as StockMiddleware
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User


class AuthenticationMiddleware(StockMiddleware):
    """A session whose user's id is none is a damaged one: ended, where the stock one is a 500."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


def user_of(request: HttpRequest) -> User | AnonymousUser:
    try:
        return get_user(request)
    except ValidationError:
        request.session.flush()
        return AnonymousUser()
