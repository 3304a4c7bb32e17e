"""The rendered text beside the typed one, for the editor's script.

Guarantees: the HTML is made by the renderer of the article's page. Each preview is counted for its
account, long texts apart from short ones, so that typing cannot occupy the site. The script is told
the seconds between two previews at which it is never refused.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import ngettext

from articles.language import language_of
from articles.reading_time import Length, length_of
from articles.views.scripted import for_authors_script, too_often
from core.http.attempts import Limit
from core.markdown import TextRefused, render, summarise
from core.markdown.budgets import CHARACTERS
from core.markdown.remarks import remarks

LIMITS = {  # for each account, by the most characters of a text
    20_000: Limit("preview-short", 600, 10 * 60),
    100_000: Limit("preview-long", 150, 10 * 60),
    CHARACTERS: Limit("preview-longest", 30, 10 * 60),
}


@for_authors_script
def live_preview(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("body", "").replace("\r\n", "\n")
    limit = limit_for(len(text))
    if refusal := too_often(request, limit):
        return refusal
    try:
        answer = previewed(text, breaks="breaks" in request.POST)
    except TextRefused as refused:
        answer = {"remarks": [str(refused)], "length": in_words(length_of(text))}
    return JsonResponse(answer | {"pause": limit.window / limit.attempts})


def limit_for(length: int) -> Limit:
    return next((LIMITS[most] for most in LIMITS if length <= most), LIMITS[CHARACTERS])


def previewed(text: str, *, breaks: bool) -> dict[str, Any]:
    html = render(text, breaks=breaks, lines=True)
    return {
        "html": html,
        "language": language_of(summarise(html)),
        "remarks": remarks(text, html),
        "length": in_words(length_of(text)),
    }


def in_words(length: Length) -> str:
    """Says how long a text is, and how long it takes to read."""
    parts = []
    if length.han:
        message = ngettext("%s Chinese character", "%s Chinese characters", length.han)
        parts.append(message % f"{length.han:,}")
    if length.words or not length.han:
        parts.append(ngettext("%s word", "%s words", length.words) % f"{length.words:,}")
    if length.han or length.words:
        message = ngettext(
            "%(minutes)s minute to read", "%(minutes)s minutes to read", length.minutes
        )
        parts.append(message % {"minutes": length.minutes})
    return " · ".join(parts)
