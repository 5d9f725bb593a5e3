"""One press that reminds whoever must act next on a file before the bodies."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from bylaws.choices import LIVE_STEPS, CaseStatus
from bylaws.models import ReviewStep
from bylaws.selectors.reviews import get_step
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import go_to
from credentialing import links, policies
from credentialing.services import nudges


@login_required
@require_POST
def nudge(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Remind by mail, once a day, and go back to the file."""
    application = policies.application_or_404(request.user, uid)
    if not policies.may_nudge(request.user, application.facility):
        raise Forbidden("The Medical Staff Office reminds whoever must act next.")
    step = (
        ReviewStep.objects.select_related("case__practitioner", "case__facility", "case__department")
        .filter(case__subject_uid=uid, case__status=CaseStatus.OPEN, status__in=LIVE_STEPS)
        .first()
    )
    if step is None:
        raise Http404
    try:
        mail = nudges.nudge(actor=request.user, step=step)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        messages.success(request, f"{mail.recipient} is reminded by e-mail.")
    if get_step(viewer=request.user, uid=step.uid) is None:
        return go_to(request, links.application(application))
    return go_to(request, reverse("bylaws:review", args=[step.uid]))
