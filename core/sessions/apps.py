from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "core.sessions"
    label = "core_sessions"  # "sessions" is django.contrib.sessions

    def ready(self) -> None:
        from core.sessions import checks  # noqa: F401  (registers them)
