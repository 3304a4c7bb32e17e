"""Requests and responses: proxies, limits, request ids, redirects, error pages, returned forms.

Guarantees: the length and origin of a request are checked before it is trusted or parsed, and each
failure is answered with a page that says what to do. Import each other name from its module.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
