from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import checks as of_settings  # noqa: F401  (registers them)
        from core import g  # noqa: F401  (registers its check and its receiver)
        from core.caching.caching_hooks import hooks
        from core.db import storage_checks  # noqa: F401
        from core.invalidation import checks as of_caches  # noqa: F401
        from core.invalidation.checked_memory import in_transaction
        from core.invalidation.subject_stamps import SubjectStamps
        from core.invalidation.write_hooks import after_transaction
        from core.page_cache import checks as of_pages  # noqa: F401
        from core.sessions import backend, connection
        from core.shared_memory.cache_counters import REDIS, SESSIONS
        from core.shared_memory.process_counters import Counters
        from core.startup import release_checks  # noqa: F401
        from core.subjects import NEVER_CACHED, declare
        from core.workers.worker_threads import worker

        for label in ("admin", "contenttypes", "sessions"):
            declare(label, NEVER_CACHED)
        hooks.in_transaction, hooks.after_transaction = in_transaction, after_transaction
        hooks.subjects, hooks.sleep = SubjectStamps(), worker.sleep
        hooks.count = Counters("functions").add
        backend.counters.append(Counters("sessions", SESSIONS).add)
        connection.breaker.numbers = Counters("sessions", REDIS)
