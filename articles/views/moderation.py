"""An editor hides a published article, with a reason that its author sees, and shows it again."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from articles.models import LONGEST_REASON, Article
from articles.status_changes import Action, change_status
from articles.views.writing import View, signed_in
from core.backends.form_renderer import form_status
from core.http.error_pages import permission_denied


class HidingForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The author sees it, and it stays in the history of the article."),
    )


def may_hide(view: View) -> View:
    """For the signed-in: 403 for all but staff with the right, such as editors."""

    @signed_in
    def guarded(request: HttpRequest, pk: int) -> HttpResponse:
        if request.user.is_staff and request.user.has_perm("articles.hide_article"):
            return view(request, pk)
        return permission_denied(request)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@may_hide
def hide(request: HttpRequest, pk: int) -> HttpResponse:
    article = get_object_or_404(Article.objects.all(), pk=pk)
    form = HidingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"article": article, "form": form}
        return render(request, "articles/hide.html", context, status=form_status(form))
    reason = form.cleaned_data["reason"]
    if change_status(pk, Action.HIDDEN, request.user, reason):
        messages.success(request, _("The article is hidden; its author sees the reason."))
    else:
        messages.info(request, _("Nothing was changed: only a published article can be hidden."))
    return redirect("articles:history", pk)


@require_POST
@may_hide
def show(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Article.objects.all(), pk=pk)
    if change_status(pk, Action.SHOWN, request.user):
        messages.success(request, _("The article is shown again."))
    else:
        messages.info(request, _("Nothing was changed: the article is not hidden."))
    return redirect("articles:history", pk)
