"""Where sources contradict each other: side by side, and the decision between them."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import require_class
from config.audit.services.events import record_protected_read
from config.kernel.display.dates import day_text
from config.kernel.pages import Done, answer_form
from practitioners import links
from practitioners.forms.provenance import ResolveForm
from practitioners.policies import may_change, require_change
from practitioners.rules.provenance import BIRTH_DATE
from practitioners.selectors.provenance import Conflict, conflict_about
from practitioners.services.conflicts import resolve_conflict
from practitioners.views.shared import crumbs_of

TEMPLATE, EDIT = "practitioners/conflict.html", "practitioners.edit"


@login_required
@require_http_methods(["GET", "POST"])
def conflict(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Who says what of one fact, what was decided before, and the form that decides it now."""
    found = conflict_about(request.user, uid)
    if found is None:
        raise Http404
    practitioner = found.practitioner
    if request.method == "POST":
        require_change(request.user, EDIT, practitioner)
    if found.fact == BIRTH_DATE:
        require_class(request.user, DataClass.IDENTITY)
        record_protected_read(
            actor=request.user,
            data_class=DataClass.IDENTITY,
            subject_kind="practitioners.practitioner",
            subject_uid=practitioner.uid,
            practitioner=practitioner,
            reason="Contradicting birth dates shown",
        )
    form = ResolveForm(request.POST or None, words=_words(found))
    page = {
        "title": found.title,
        "subtitle": practitioner.display_name,
        "crumbs": crumbs_of(practitioner, found.title, viewer=request.user),
        "conflict": found,
        "practitioner": practitioner,
        "form": form if found.open and may_change(request.user, EDIT, practitioner) else None,
        "submit": "Use this one",
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        resolve_conflict(actor=request.user, taken=form.statement, reason=given["reason"])
        return Done(f"Decided: {found.title}. The record follows it.", links.practitioner(practitioner))

    return answer_form(request, page, act, template=TEMPLATE)


def _words(found: Conflict) -> list[tuple]:
    """Each word to choose from, and how it reads: the value first, whoever says it behind it."""
    choices = []
    for word in found.words:
        value = word.value if isinstance(word.value, str) else day_text(word.value)
        choices.append((word.statement, f"{value} ({word.statement.who})"))
    return choices
