"""Which cached results a model's rows are part of: its cache subject.

    class Comment(models.Model):
        cache_subject = "articles"      # written together with what the articles' pages show

    class Visit(models.Model):
        cache_subject = NEVER_CACHED    # no cached page shows it: a write outdates nothing

For the models of a package, an app calls `declare("taggit", "articles")` in AppConfig.ready().
A model that declares nothing belongs to the subject named after its app, and `check` names it.
The table of a ManyToManyField follows the model that has the field.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Model

NEVER_CACHED = ""  # the subject of a model that no cached page shows
_declared: dict[str, str] = {}  # "app" or "app.model" in lower case, and its subject


class Table(NamedTuple):
    """`ignores` are columns that no cached page shows."""

    subject: str
    ignores: frozenset[str] = frozenset()


class _Tables:
    """The tables of installed models, collected again whenever the models have changed."""

    def __init__(self) -> None:
        self.models: list[type[Model]] | None = None
        self.by_name: dict[str, Table] = {}
        self.subjects: frozenset[str] = frozenset()

    def find(self) -> dict[str, Table]:
        if not apps.models_ready:
            return {}
        models = apps.get_models(include_auto_created=True)  # the same list until they change
        if models is not self.models:
            self.by_name = dict(_entries(models))
            subjects = frozenset(each.subject for each in self.by_name.values())
            self.subjects = subjects - {NEVER_CACHED}
            self.models = models
        return self.by_name


_tables = _Tables()


def declare(label: str, subject: str) -> None:
    """Declare the subject of models that cannot have a `cache_subject`: those of a package.

    `label` is "app" or "app.Model"; the latter overrides the class attribute, too.
    """
    _declared[label.lower()] = subject
    _tables.models = None


def declared_subject(model: type[Model]) -> str | None:
    """The subject that `model` declares or was declared for it; None if there is none."""
    owner = _owner(model)
    attribute: str | None = getattr(owner, "cache_subject", None)
    by_app = _declared.get(owner._meta.app_label.lower())
    return _declared.get(owner._meta.label_lower, by_app if attribute is None else attribute)


def subject_of(model: type[Model]) -> str:
    """The subject that a write to `model` outdates; NEVER_CACHED if it outdates nothing."""
    declared = declared_subject(model)
    return model._meta.app_label if declared is None else declared


def undeclared() -> list[tuple[type[Model], str]]:
    """The models that declare no subject, each with the one that it belongs to."""
    return [(each, subject_of(each)) for each in apps.get_models() if is_undeclared(each)]


def is_undeclared(model: type[Model]) -> bool:
    meta = model._meta
    return meta.managed and not meta.proxy and declared_subject(model) is None


def table(name: str) -> Table | None:
    """The table of this name, in any case; None if no installed model has it."""
    return _tables.find().get(name.lower())


def names() -> frozenset[str]:
    """All subjects of the installed models."""
    _tables.find()
    return _tables.subjects


def tables_of(*subjects: str) -> list[str]:
    """The tables whose models belong to `subjects`, by their names in the database."""
    models = apps.get_models(include_auto_created=True)
    return [each._meta.db_table for each in models if subject_of(each) in subjects]


def _entries(models: list[type[Model]]) -> Iterator[tuple[str, Table]]:
    """An unmanaged model may stand for a view, so only a declared one is known."""
    yield "django_migrations", Table(NEVER_CACHED)
    for model in models:
        if model._meta.managed or declared_subject(model) is not None:
            ignores = frozenset(getattr(model, "cache_ignores", ()))
            yield model._meta.db_table.lower(), Table(subject_of(model), ignores)


def _owner(model: type[Model]) -> Any:
    return model._meta.auto_created or model._meta.concrete_model
