"""Who has acknowledged a document: the office's list, and the member's own page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bylaws.choices import Acknowledgers
from bylaws.forms.policies import PaperForm
from bylaws.selectors import policies as selectors
from bylaws.selectors.acknowledgements import acknowledgers, mine_to_acknowledge
from bylaws.services import acknowledgements as services
from bylaws.services.policies import may_write, require_owner
from bylaws.tables import ACKNOWLEDGERS
from bylaws.views.common import found
from bylaws.views.policies import crumbs, get_or_404, url_of
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import Crumb, Done, Empty, answer_form, go_to, render_page, stream_csv

METHODS = ["GET", "HEAD", "POST"]


def _asked(request: HttpRequest, uid):
    """The document and the version that is acknowledged: the newest that asks for it, in force or ahead."""
    one = get_or_404(request, uid)
    if not selectors.reads_drafts(request.user, one.facility):
        raise Forbidden(f"Your roles at {one.facility} do not include the list of acknowledgements.")
    versions = selectors.versions_of(one, request.user)
    return one, found(next((each for each in versions if each.acknowledged_by != Acknowledgers.NOBODY), None))


@login_required
@require_safe
def acknowledgement_list(request: HttpRequest, uid) -> HttpResponse:
    """Whom the document concerns, who has acknowledged it, and who is still to; also as CSV."""
    one, version = _asked(request, uid)
    people = acknowledgers(version)
    left = [each for each in people if not each.done]
    if request.GET.get("format") == "csv":
        rows = left if request.GET.get("left") else people
        return stream_csv(ACKNOWLEDGERS, rows, name=f"{one.number} acknowledgements")
    return render_page(
        request,
        "bylaws/acknowledgements.html",
        {
            "title": f"Acknowledgements of {one.number}",
            "subtitle": f"{one.title}, version {version.number}",
            "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Acknowledgements")),
            "policy": one,
            "asked_version": version,
            "left": left,
            "done": [each for each in people if each.done],
            "total": len(people),
            "late": version.acknowledge_until is not None
            and clock.today(one.facility) > version.acknowledge_until,
            "records": may_write(request.user, one),
            "empty": Empty("Everybody has acknowledged it.", icon="circle-check"),
        },
    )


@login_required
@require_http_methods(METHODS)
def acknowledgement_paper(request: HttpRequest, uid) -> HttpResponse:
    """Record a signed paper of a member."""
    one, version = _asked(request, uid)
    require_owner(request.user, one)
    people = [each for each in acknowledgers(version) if not each.done]
    back = reverse("bylaws:acknowledgements", args=[one.uid])
    given_now = {"signed_on": clock.today(one.facility), "practitioner": request.GET.get("person", "")}
    page = {
        "title": "Signed paper",
        "crumbs": crumbs(Crumb(one.number, url_of(one)), Crumb("Acknowledgements", back), Crumb("Paper")),
        "form": PaperForm(request.POST or None, people=people, initial=given_now),
        "submit": "Record it",
        "cancel_url": back,
        "intro": f"The signed acknowledgement of version {version.number} of {one.title}.",
        "why_not": "" if people else "Everybody has acknowledged it.",
    }

    def record(given: dict[str, Any]) -> Done:
        chosen = given.pop("practitioner")
        member = next(each.practitioner for each in people if str(each.practitioner.uid) == chosen)
        services.record_on_paper(actor=request.user, version=version, practitioner=member, **given)
        return Done(f"The paper of {member.display_name} is recorded.", back)

    return answer_form(request, page, record)


@login_required
@require_POST
def acknowledge(request: HttpRequest, uid, number: int) -> HttpResponse:
    """The member acknowledges a version of a document."""
    one = get_or_404(request, uid)
    asked = mine_to_acknowledge(request.user, one.facility)
    mine = next((each for each in asked if each[0].policy_id == one.pk and each[0].number == number), None)
    if mine is None:
        raise Refused("Nothing of this document waits for your acknowledgement.")
    services.acknowledge(actor=request.user, version=mine[0], practitioner=mine[1])
    return go_to(request, url_of(one, mine[0]))
