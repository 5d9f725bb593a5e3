"""Where a practitioner sends the document of a renewal."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Done, answer_form
from credentialing import links
from credentialing.forms.intake import RenewalPaperForm
from credentialing.services.renewal_papers import send_renewal
from practitioners.models import Credential
from practitioners.selectors.canonical import own_records


@login_required
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, uid) -> HttpResponse:
    """Send the renewed document of one's own credential to the office; 404 for anybody else's."""
    credential = (
        Credential.objects.select_related("credential_type", "practitioner")
        .filter(uid=uid, practitioner__in=own_records(request.user))
        .first()
    )
    if credential is None:
        raise Http404
    back = links.practitioner(credential.practitioner)
    page = {
        "title": "Send a renewed document",
        "subtitle": str(credential),
        "crumbs": [Crumb("My file", back), Crumb("Send a renewed document")],
        "intro": "The Medical Staff Office files it and verifies the renewal at its source. Your file shows "
        "the new last day once that is done.",
        "form": RenewalPaperForm(request.POST or None, request.FILES or None),
        "submit": "Send",
        "upload": True,
        "cancel_url": back,
    }

    def act(given: dict) -> Done:
        file = given["papers"]
        if file.size > settings.STANDING_UPLOAD_LIMIT:
            limit = settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)
            raise Refused(
                f"The file is larger than {limit} MB. Scan it with a lower resolution.", field="papers"
            )
        send_renewal(actor=request.user, credential=credential, file_name=file.name, content=file.read())
        return Done("It is with the Medical Staff Office, which verifies the renewal at its source.", back)

    return answer_form(request, page, act)
