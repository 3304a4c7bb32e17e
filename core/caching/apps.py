from django.apps import AppConfig


class CachingConfig(AppConfig):
    name = "core.caching"
    label = "core_caching"

    def ready(self) -> None:
        from core.caching import checks  # noqa: F401  (registers them)
