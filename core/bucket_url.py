"""Reads MEDIA_STORAGE for core.settings if it names a bucket of an S3-compatible service.

    s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-central-1
    s3://key:password@bucket    without a key boto3 looks for one: AWS_PROFILE, a role of the host

Guarantees: a URL that would be misread is refused, and no refusal shows it.
"""

import re
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from environ.compat import ImproperlyConfigured  # Django's own

from core.database_url import options_of
from core.env import ENCODE, is_misread, is_readable, refusal, text

SCHEME = "s3://"
OPTIONS = {"endpoint": "endpoint_url", "region": "region_name"}
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ALLOWED = (
    f"an absolute path, or s3://key:password@bucket/prefix?endpoint=https://…&region=…; {ENCODE}"
)


def bucket(name: str) -> dict[str, Any]:
    """The options of the bucket as django-storages has them; empty if the variable is a path."""
    value = text(name, "")
    if ":" not in value.partition("/")[0]:
        return {}
    parts = _checked(name, value)
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured(f"{name}: a bucket needs: pip install -r requirements/s3.txt")
    return {
        "bucket_name": parts.hostname,
        "location": parts.path.strip("/"),
        "access_key": unquote(parts.username) if parts.username else None,
        "secret_key": unquote(parts.password) if parts.password else None,
        **_options(name, parts),
    }


def _checked(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_whole = url.startswith(SCHEME) and is_readable(url) and parts.port is None
    except ValueError:  # not a port, or not an IPv6 address
        is_whole = False
    if not is_whole or not BUCKET.fullmatch(parts.hostname or "") or is_misread(parts):
        raise refusal(name, ALLOWED)
    if bool(parts.username) != bool(parts.password):
        raise refusal(name, "a key with its password, or neither")
    return parts


def _options(name: str, parts: SplitResult) -> dict[str, str]:
    given = options_of(name, parts)
    if given.keys() - OPTIONS.keys() or "" in given.values():
        raise refusal(name, "endpoint=https://… and region=… as the only options behind ?")
    endpoint = urlsplit(given.get("endpoint", "https://s3.example.org"))
    if (
        endpoint.scheme not in ("http", "https")
        or not endpoint.hostname
        or endpoint.path.strip("/")
    ):
        raise refusal(name, "an endpoint such as https://s3.example.org:9000")
    return {OPTIONS[word]: value for word, value in given.items()}
