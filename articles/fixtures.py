"""Renders the articles of a fixture, whose rows `loaddata` writes without save()."""

from typing import Any

from articles.models import Article
from core.markdown import VERSION


def render_fixture(instance: Article, raw: bool, **kwargs: Any) -> None:
    """Receiver of pre_save. A text over a limit keeps the HTML of the fixture."""
    if not raw or instance.rendered_by >= VERSION:
        return
    try:
        instance.render_body()
    except ValueError:
        return
