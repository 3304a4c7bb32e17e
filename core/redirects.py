"""Where to send somebody who named an address: only to this site."""

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def safe_target(request: HttpRequest, target: str, default: str) -> str:
    """`target` if it is an address of this site, else `default` (a URL or the name of one)."""
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()):
        return target
    return resolve_url(default)
