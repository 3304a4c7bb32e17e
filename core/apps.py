from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import checks as of_settings  # noqa: F401  (registers them)
        from core import g  # noqa: F401  (registers its check and its receiver)
        from core.db import storage_checks  # noqa: F401
        from core.invalidation import checks as of_caches  # noqa: F401
        from core.page_cache import checks as of_pages  # noqa: F401
        from core.sessions import checks as of_sessions  # noqa: F401
        from core.startup import release_checks  # noqa: F401
        from core.subjects import NEVER_CACHED, declare

        for label in ("admin", "contenttypes", "sessions"):
            declare(label, NEVER_CACHED)
