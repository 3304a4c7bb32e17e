"""{% editor_tools %}: the toolbar, the preview and the help panel, which a script shows."""

from typing import Any

from django import template

from articles.editor_help import KEYS, TOOLS

register = template.Library()


@register.inclusion_tag("includes/editor_tools.html")
def editor_tools() -> dict[str, Any]:
    return {"tools": TOOLS, "keys": KEYS}


@register.filter
def aria_keys(keys: str) -> str:
    """Spells a shortcut as aria-keyshortcuts does: Control+Shift+7."""
    return keys.replace("Ctrl", "Control")
