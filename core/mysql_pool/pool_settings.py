"""The pool's settings beside DATABASES, each with a default: a project needs none of them."""

import math
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "INKPOOL_POOL_WRAPPER": "core.mysql_pool.wrapper.DatabaseWrapper",  # or the path of a subclass
    "INKPOOL_HOSTS": 1,
    "INKPOOL_WORKERS": 2,  # processes of each host that have a pool
    "INKPOOL_THREADS": math.inf,  # of each worker; infinite: unknown
}


def pool_setting(name: str) -> Any:
    return getattr(settings, name, DEFAULTS[name])
