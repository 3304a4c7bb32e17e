"""Redirects only to pages of this site, whichever address a request names (open redirects)."""

import re
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import get_script_prefix
from django.urls.base import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000  # characters; longer addresses are refused by many servers anyway
# Browsers read a backslash as a slash and leave out tabs and line ends.
UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")


def safe_target(request: HttpRequest, target: str, default: str) -> str:
    """`target` if it is the address of a page of this site, else `default` (a URL or its name)."""
    return target if is_page(request, target) else resolve_url(default)


def is_page(request: HttpRequest, target: str) -> bool:
    """Whether `target` is an absolute path, or an address of this host, that has a view."""
    if len(target) > LONGEST or UNSAFE.search(target):
        return False
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()):
        return False
    return has_view(unquote(urlsplit(target).path))


def has_view(path: str) -> bool:
    """Whether a view has this path, also without its last slash, which CommonMiddleware adds."""
    if not path.startswith(get_script_prefix()):
        return False
    inside = f"/{path.removeprefix(get_script_prefix())}"
    return bool(is_valid_path(inside) or is_valid_path(f"{inside}/"))
