"""Markdown of a part of a web page that is pasted into the editor."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from articles.pasted_html import markdown_of_paste
from articles.views.scripted import for_authors_script, too_often
from core.http.attempts import Limit
from core.http.error_pages import problem
from core.markdown import TextRefused

PASTES = Limit("paste", 40, 10 * 60)  # for each account


@for_authors_script
def paste(request: HttpRequest) -> HttpResponse:
    if refusal := too_often(request, PASTES):
        return refusal
    try:
        return JsonResponse({"markdown": markdown_of_paste(request.POST.get("html", ""))})
    except TextRefused as refused:
        return problem(request, 400, str(refused))
