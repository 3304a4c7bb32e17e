"""Starts the session of a user who has just proved to be one."""

from django.contrib import auth
from django.http import HttpRequest

from accounts.models import User


def start_session(request: HttpRequest, user: User) -> None:
    """Sign in under a new session id; auth.login() keeps the id if the same user signs in again."""
    if request.user.is_authenticated:
        request.session.cycle_key()
    auth.login(request, user)
