"""Interests in a file: declared by its reviewers, ruled on by the chair."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.choices import ALONE, InterestRuling
from bylaws.forms.interests import DeclareForm, RulingForm
from bylaws.models import DeclaredInterest, ReviewStep
from bylaws.selectors.committees import committee_of, may_sit
from bylaws.selectors.disclosures import own_interests
from bylaws.selectors.interests import interests_before, rulers_of
from bylaws.selectors.reviews import reviewers_of
from bylaws.services.interests import declare_interest, rule_on_interest
from bylaws.views.case import TITLE, find_step
from bylaws.views.common import found
from config.kernel import clock
from config.kernel.pages import Crumb, Done, answer_form


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def interests(request, uid) -> HttpResponse:
    """What was declared in one step, the reviewer's own declaration, and the chair's ruling on others'."""
    step = find_step(request, uid)
    rows = interests_before(step, clock.today(step.case.facility))
    to_rule = _to_rule(request.user, step, [each for each in rows if each.ruling is None])
    # Who is to rule on another's tie may have one of their own: the page carries both forms.
    sent = request.POST if request.method == "POST" else None
    rules = sent is not None and "interest" in sent
    ruling = RulingForm(sent if rules else None, initial={"interest": to_rule.uid if to_rule else None})
    declaring = DeclareForm(None if rules else sent)
    form: Any = ruling if rules else declaring
    back = reverse("bylaws:interests", args=[step.uid])
    page = {
        "title": "Declared interests",
        "subtitle": f"{step.case.practitioner}, {step.get_body_display()}",
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:reviews")),
            Crumb(str(step.case.practitioner), reverse("bylaws:review", args=[step.uid])),
            Crumb("Interests"),
        ],
        "rows": [(each, InterestRuling(each.ruling) if each.ruling else None) for each in rows],
        "to_rule": to_rule,
        "mine": any(each.user_id == request.user.pk for each in rows),
        "takes_part": _takes_part(request.user, step),
        "disclosed": own_interests(request.user, step.case.facility),
        "alone": step.body in ALONE,
        "form": form,
        "ruling_form": ruling,
        "declare_form": declaring,
        "cancel_url": reverse("bylaws:review", args=[step.uid]),
    }

    def keep(given: dict[str, Any]) -> Done:
        if not rules:
            declare_interest(actor=request.user, step=step, **given)
            return Done("Declared.", back)
        interest = found(DeclaredInterest.objects.filter(step=step, uid=given["interest"]).first())
        rule_on_interest(
            actor=request.user, interest=interest, ruling=given["ruling"], reason=given["reason"]
        )
        return Done("Ruled.", back)

    return answer_form(request, page, keep, template="bylaws/interests.html", form=form)


def _takes_part(user, step: ReviewStep) -> bool:
    """Whether the reader acts alone on the step, sits on its body or stands in there: nobody else declares an
    interest.
    """
    if step.body in ALONE:
        return user in [each.user for each in reviewers_of(step)]
    committee = committee_of(step.body, facility=step.case.facility)
    return committee is not None and may_sit(user, committee, clock.today(step.case.facility))


def _to_rule(user, step: ReviewStep, waiting: list[Any]) -> Any:
    """The first interest on which the person is to rule; None where there is none."""
    today = clock.today(step.case.facility)
    for each in waiting:
        if user in rulers_of(step, today, of=each.user):
            return each
    return None
