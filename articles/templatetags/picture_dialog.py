"""The dialog in which pictures are described and uploaded (core/static/inkpool/pictures.js)."""

from typing import Any

from django import template

from articles.images.storing import FILE
from articles.images.upload_form import ACCEPT
from articles.models.image import LONGEST_ALT

register = template.Library()


@register.inclusion_tag("includes/picture_dialog.html")
def picture_dialog(target: str = "") -> dict[str, Any]:
    """`target` is the id of the text that gets the Markdown; without one the page is reloaded."""
    return {"target": target, "file_limit": FILE, "accept": ACCEPT, "longest_alt": LONGEST_ALT}
