"""Django's side of a page of pairs: python -m tests.parity.django_pairs PAGE.

It runs on a new project, not on this site: the settings of `startproject`, SQLite in memory, and
one app, `blog`. All modules of the app are one module, so that a sample may name any of them. A
sample that assigns a setting changes it. Models get their tables when they are defined.
"""

import logging
import os
import sys
from copy import deepcopy
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import django
from django.apps import apps
from django.conf import global_settings, settings
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connection
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import clear_url_caches

from tests.parity.pairs import evaluated, main

PARTS = "admin context context_processors forms managers middleware models tags tests urls views"
CONTRIB = ["admin", "auth", "contenttypes", "sessions", "messages", "staticfiles"]
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]


class Shared(dict[str, str]):
    """Template files: settings that are copied keep the same ones."""

    def __deepcopy__(self, memo: Any) -> "Shared":
        return self


class DjangoSide:
    name = "django"

    def __init__(self) -> None:
        self.templates = Shared()
        self.blog = sys.modules["blog"] = ModuleType("blog")
        os.mkdir("blog")
        self.blog.__path__, self.blog.__spec__ = [os.path.abspath("blog")], ModuleSpec("blog", None)
        sys.modules.update({f"blog.{part}": self.blog for part in PARTS.split()})
        self.names = vars(self.blog)
        self.settings = project(self.templates)
        self.names.update(deepcopy(self.settings), urlpatterns=[])
        settings.configure(**deepcopy(self.settings))
        logging.disable()
        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)

    def sample(self, code: str) -> None:
        self.names["__name__"] = "blog.models"  # where a model is looked for
        exec(compile(code, "sample", "exec"), self.names)
        self.apply_settings()
        clear_url_caches()
        make_tables()

    def apply_settings(self) -> None:
        for name in [each for each in self.names if each.isupper() and is_setting(each)]:
            if self.names[name] != self.settings.get(name):
                value = self.settings[name] = deepcopy(self.names[name])
                setattr(settings, name, value)
                setting_changed.send(sender=None, setting=name, value=value, enter=True)

    def template(self, name: str, code: str) -> None:
        self.templates[name] = code.rstrip("\n")

    def client(self) -> Any:
        return SimpleNamespace(open=Opened(Client(raise_request_exception=False)))

    def run(self, code: str) -> Any:
        return evaluated(code, self.names)

    def render(self, source: str) -> str:
        template = engines["django"].from_string(source)
        return template.render(self.names.get("context", {}), RequestFactory().get("/"))


class Opened:
    """The test client with the signature of Flask's."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, method: str, path: str, **given: Any) -> Any:
        given["content_type"] = given.get("content_type") or "application/octet-stream"
        response = self.client.generic(method, path, **given)
        response.iter_encoded = lambda: [b"".join(response)]
        return response


def is_setting(name: str) -> bool:
    return hasattr(global_settings, name) or hasattr(settings, name)


def make_tables() -> None:
    """Makes the tables of new models, unless the page does so by migrations."""
    if hasattr(sys.modules["blog"], "call_command"):
        return
    tables = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("blog").get_models():
            if model._meta.db_table not in tables:
                editor.create_model(model)


def project(templates: dict[str, str]) -> dict[str, Any]:
    """The settings of a new project."""
    loaders = [
        ("django.template.loaders.locmem.Loader", templates),
        "django.template.loaders.app_directories.Loader",
    ]
    return {
        "SECRET_KEY": "asdfasdf",
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": "blog.urls",
        "INSTALLED_APPS": [*(f"django.contrib.{each}" for each in CONTRIB), "blog"],
        "MIGRATION_MODULES": dict.fromkeys(CONTRIB),  # their tables are made without migrations
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"context_processors": list(PROCESSORS), "loaders": loaders},
            }
        ],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],  # fast
        "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "STATIC_URL": "static/",
    }


if __name__ == "__main__":
    main(DjangoSide)
