"""The page that asks for temporary privileges while a complete application waits for its bodies."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.policies import is_own_file
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.pages import Crumb, Done, answer_form
from credentialing.policies import application_or_404
from credentialing.selectors.awaited import concern_of
from privileging.forms.meanwhile import MeanwhileForm
from privileging.selectors.for_a_time import may_wait_beside
from privileging.selectors.requests import lines_of
from privileging.services.meanwhile import Signed, ask_meanwhile

MANAGE = "credentialing.manage_application"
INTRO = (
    "Everything that was verified for the complete application and counts here is taken over, and the person "
    "is screened anew. Where nothing is left to find out, it goes to those who recommend and grant it."
)


@login_required
@require_http_methods(["GET", "POST"])
def meanwhile(request: HttpRequest, uid) -> HttpResponse:
    """Choose among the privileges asked for; everything else is done in one act."""
    awaited = application_or_404(request.user, uid)
    require(request.user, MANAGE, awaited.facility)
    if is_own_file(request.user, awaited.practitioner) or not may_wait_beside(awaited):
        raise Http404
    file_url = reverse("credentialing:file", args=[awaited.uid])
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = MeanwhileForm(
        *sent, lines=list(lines_of(awaited)), initial={"signed_on": clock.today(awaited.facility)}
    )

    def ask(given: dict) -> Done:
        upload = given["document"]
        application, found_out = ask_meanwhile(
            actor=request.user,
            awaited=awaited,
            lines=given["lines"],
            signed=Signed(given["signed_on"], upload.name, upload.read()),
            until=given["until"],
        )
        open_leaves = [leaf.title for leaf in found_out.leaves() if not leaf.met]
        said = (
            "Asked for, and sent to those who recommend and grant it."
            if found_out.met
            else f"Asked for. Still to find out: {', '.join(open_leaves)}."
        )
        return Done(said, reverse("credentialing:file", args=[application.uid]))

    concern, _ = concern_of(awaited)
    page = {
        "title": "Temporary privileges meanwhile",
        "subtitle": f"{awaited.practitioner}, {awaited.facility}",
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(awaited.practitioner), file_url),
            Crumb("Temporary privileges"),
        ],
        "form": form,
        "intro": f"{INTRO} As it stands it would not be granted. {concern}" if concern else INTRO,
        "submit": "Ask for them",
        "cancel_url": file_url,
        "upload": True,
    }
    return answer_form(request, page, ask)
