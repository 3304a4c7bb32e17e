"""What a template cannot ask by itself.

{% page_numbers page %} is 1 … 4 5 6 … 20; {{ moment|ago }} is a time as one would say it;
{% filter one_line %} is what a title needs.
{% site_name %}, {% site_tagline %} and {% site_links as links %} are the team's own, and
{% own_about as address %} is the team's page in place of /about/.
{{ moment|iso }} is for machines; {{ moment|zone }}, {{ moment|offset }} and {% time_zone %} name
the site's zone.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.time_zone.local_time import iso_text, offset_of, zone_at, zone_label

register = template.Library()
register.filter("iso", iso_text)
register.filter("offset", offset_of)
register.filter("zone", zone_at)
register.simple_tag(zone_label, name="time_zone")


@register.simple_tag
def site_name() -> str:
    return str(settings.INKPOOL_SITE_NAME)


@register.simple_tag
def site_tagline() -> str:
    """SITE_TAGLINE; without one, a sentence in the reader's language."""
    default = _("Developers write down here what they built, what broke, and what they learned.")
    return settings.INKPOOL_SITE_TAGLINE or default


@register.simple_tag
def own_about() -> str | None:
    return settings.INKPOOL_OWN_ABOUT


@register.simple_tag
def site_links() -> list[Any]:
    """The links of SITE_LINKS in the reader's language."""
    shown = {"", get_language()}
    return [link for link in settings.INKPOOL_SITE_LINKS if link.language in shown]


@register.simple_tag
def page_numbers(page: Page) -> Iterator[int | str]:
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


@register.filter(is_safe=True)
def one_line(text: str) -> str:
    """Without the breaks and indents of the template it comes from."""
    return " ".join(text.split())


@register.filter
def ago(moment: datetime) -> str:
    """In the largest unit: 3 hours ago."""
    now = timezone.now()
    if now - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
