from django.apps import AppConfig
from django.core.signals import got_request_exception


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import checks as of_settings  # noqa: F401  (registers them)
        from core.g import note_exception
        from core.invalidation import checks as of_caches  # noqa: F401
        from core.mysql_pool import checks as of_pool  # noqa: F401
        from core.mysql_pool import storage_checks  # noqa: F401
        from core.page_cache import checks as of_pages  # noqa: F401
        from core.sessions import checks as of_sessions  # noqa: F401
        from core.startup import release_checks  # noqa: F401
        from core.subjects import NEVER_CACHED, declare

        for label in ("admin", "contenttypes", "sessions"):
            declare(label, NEVER_CACHED)
        got_request_exception.connect(note_exception, dispatch_uid="core.g.note_exception")
