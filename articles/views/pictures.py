"""An author's pictures: uploading, their list with uses, deleting; and the files in /media/."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.images.decoding_slots import WAIT, Busy
from articles.images.picture_files import open_file, place_of
from articles.images.removal import KEPT_FOR, delete_unused
from articles.images.signatures import ImageRefused
from articles.images.storing import FILE, store_image, used_by
from articles.images.upload_form import UploadForm, markdown_of
from articles.models import Image, ImageUse
from articles.views.reading import PER_PAGE
from articles.views.writing import may_write, signed_in
from core.backends.form_renderer import form_status
from core.db.deadlock_retry import retry_deadlocks
from core.db.pagination import BoundedPaginator
from core.http.attempts import Limit, over
from core.http.error_pages import problem
from core.http.file_refusal import takes_files
from core.http.request_limits import FORM_BODY, takes_body

logger = logging.getLogger(__name__)
UPLOADS = Limit("upload", 100, 10 * 60)  # for each account
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
FOREVER = "public, max-age=31536000, immutable"
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@takes_files
@takes_body(FILE + FORM_BODY)
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@may_write
def images(request: HttpRequest) -> HttpResponse:
    """The list of the author's pictures with the form to upload one; a POST uploads it."""
    if request.method != "POST":
        return picture_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if wait := over(UPLOADS, str(request.user.pk)):
        form.add_error(None, _("There were too many uploads. Try again later."))
        return refused(request, form, 429, wait)
    if not form.is_valid():
        return refused(request, form, form_status(form))
    return upload(request, form)


def upload(request: HttpRequest, form: UploadForm) -> HttpResponse:
    try:
        owner: Any = request.user.pk
        image = store_image(owner, form.cleaned_data["file"].file, form.cleaned_data["alt"])
    except ImageRefused as refusal:
        form.add_error("file", str(refusal))
        return refused(request, form, 200)
    except Busy:
        form.add_error(None, _("Other pictures are being processed. Try again in a moment."))
        return refused(request, form, 503, int(WAIT))
    except OSError:
        logger.exception("A picture cannot be stored.")
        form.add_error(None, _("The picture could not be stored. Try again later."))
        return refused(request, form, 503, 60)
    if is_script(request):
        return JsonResponse({"markdown": markdown_of(image), "address": image.address}, status=201)
    messages.success(request, _("Uploaded. Copy its line of Markdown into your text."))
    return redirect(f"{reverse('articles:images')}?uploaded={image.pk}")


def is_script(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def refused(request: HttpRequest, form: UploadForm, status: int, wait: int = 0) -> HttpResponse:
    if is_script(request):
        errors = [str(error) for found in form.errors.values() for error in found]
        response: HttpResponse = JsonResponse({"errors": errors}, status=max(status, 400))
    else:
        response = picture_page(request, form, status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def picture_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    owner: Any = request.user.pk
    uses = ImageUse.objects.select_related("article", "page").order_by("article_id", "page_id")
    uses = uses.only(
        "image_id",
        "in_text",
        "article__title",
        "article__author",
        "article__status",
        "page__title",
        "page__slug",
    )
    own = Image.objects.filter(owner_id=owner).prefetch_related(Prefetch("uses", uses))
    page = BoundedPaginator(own.order_by("-uploaded_at", "-pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "rows": [row(image, owner) for image in page],
        "uploaded": request.GET.get("uploaded"),
        "used": used_by(owner),
        "quota": settings.INKPOOL_MEDIA_QUOTA,
        "days": KEPT_FOR.days,
        "body_limit": FILE + FORM_BODY,
    }
    return render(request, "articles/images.html", context, status=status)


def row(image: Image, owner: int) -> dict[str, Any]:
    uses = list(image.uses.all())
    pages = [use.page for use in uses if use.page and use.in_text]
    own = [use for use in uses if use.article and use.article.author_id == owner]
    return {
        "image": image,
        "markdown": markdown_of(image),
        "own": own,
        "pages": pages,
        "others": sum(use.in_text for use in uses) - sum(use.in_text for use in own) - len(pages),
        "may_delete": not any(use.in_text for use in uses),
        "gone_at": None if uses else image.unused_since + KEPT_FOR,
    }


@require_POST
@signed_in
def delete_image(request: HttpRequest, image_pk: int) -> HttpResponse:
    image = get_object_or_404(Image, pk=image_pk, owner_id=request.user.pk)
    if retry_deadlocks(lambda: delete_unused([image.pk], shown_in_history=True)):
        messages.success(request, _("The picture is deleted."))
    else:
        messages.error(request, _("A text shows this picture, so it was not deleted."))
    return redirect("articles:images")


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of a picture. Its name is the only secret: no account is asked for."""
    try:
        response = proxied(name) if settings.INKPOOL_MEDIA_ACCEL else FileResponse(open_file(name))
    except FileNotFoundError:
        raise Http404 from None
    except OSError:
        logger.exception("The picture %s cannot be read.", name)
        return unreadable(request)
    response["Content-Type"] = TYPES[name.rpartition(".")[2]]
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    return response


def proxied(name: str) -> HttpResponse:
    """Lets nginx send the file."""
    if not default_storage.exists(place_of(name)):
        raise FileNotFoundError
    response = HttpResponse()
    response["X-Accel-Redirect"] = f"{settings.INKPOOL_MEDIA_ACCEL}{place_of(name)}"
    return response


def unreadable(request: HttpRequest) -> HttpResponse:
    response = problem(request, 503, _("The picture cannot be read. Try again later."))
    response["Retry-After"] = "60"
    return response
