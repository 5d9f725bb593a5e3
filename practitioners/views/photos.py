"""The photo of a person: shown, set, removed, an earlier one taken again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form, go_to, stored
from practitioners import links
from practitioners.forms.photos import PhotoForm
from practitioners.models import Document, Practitioner
from practitioners.policies import require_photo
from practitioners.rules.photos import MAX_BYTES
from practitioners.selectors.photos import earlier_photos, get_photo, photo_url, read_photo
from practitioners.services.people import refuse_merged
from practitioners.services.photos import remove_photo, set_photo, use_photo
from practitioners.views.shared import crumbs_of, find_practitioner

TEMPLATE = "practitioners/photo.html"
#: Seconds a browser keeps a picture for itself: a list asks once, and a removed one is soon gone.
KEPT_FOR = 600


@login_required
@require_http_methods(["GET", "POST"])
def photo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The photo of a person, a new one, and the earlier ones."""
    practitioner = _find(request, uid)
    form = PhotoForm(request.POST or None, request.FILES or None)
    page = {
        "title": "Photo",
        "crumbs": crumbs_of(practitioner, "Photo", viewer=request.user),
        "practitioner": practitioner,
        "photo_url": photo_url(practitioner),
        "earlier": earlier_photos(practitioner),
        "form": form,
        "submit": "Use this picture",
        "upload": True,
        "cancel_url": links.practitioner(practitioner),
    }

    def use(given: dict) -> Done:
        if given["file"].size > MAX_BYTES:
            raise Refused(f"The picture is larger than {MAX_BYTES // (1024 * 1024)} MB.", field="file")
        set_photo(actor=request.user, practitioner=practitioner, content=given["file"].read())
        return Done("The photo is in the file.", links.practitioner(practitioner))

    return answer_form(request, page, use, template=TEMPLATE)


@login_required
@require_POST
def photo_remove(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show initials again instead of a picture."""
    practitioner = _find(request, uid)
    try:
        remove_photo(actor=request.user, practitioner=practitioner)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, "The photo is no longer shown. It can be used again below.")
    return go_to(request, links.photo(practitioner))


@login_required
@require_POST
def photo_use(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show an earlier picture again."""
    document = get_photo(viewer=request.user, uid=uid)
    if document is None:
        raise Http404
    practitioner = _find(request, document.practitioner.uid)
    use_photo(actor=request.user, practitioner=practitioner, document=document)
    messages.success(request, "The earlier photo is shown again.")
    return go_to(request, links.practitioner(practitioner))


@login_required
@require_GET
def photo_image(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The picture itself, for the pages of those who may see it."""
    document = get_photo(viewer=request.user, uid=uid)
    if document is None:
        raise Http404
    return _picture(document, read_photo(viewer=request.user, document=document))


def _picture(document: Document, content: bytes) -> HttpResponse:
    """Bytes a browser may draw on our own pages and keep for itself for a while, and nothing else."""
    response = stored(content, document.media_type)
    response["Cache-Control"] = f"private, max-age={KEPT_FOR}"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_vary_headers(response, ["Cookie"])
    return response


def _find(request: HttpRequest, uid: uuid.UUID) -> Practitioner:
    """The person whose photo the reader may change; 404 for a file they may not even see."""
    found = find_practitioner(request, uid)
    refuse_merged(found)
    require_photo(request.user, found)
    return found
