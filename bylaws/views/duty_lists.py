"""Lists of overdue records, dues and call from other systems: which there are, what one says, loading one,
taking one back.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import DutyKind
from bylaws.filters import DutyListFilter
from bylaws.forms.duty_lists import WHOLE, DutyListForm, SureDutyListForm, TakeBackForm
from bylaws.models import DutyCount, DutyList
from bylaws.selectors.duty_counts import duty_lists_of, list_before
from bylaws.services.duty_counts import PERMISSION, import_counts, look_at_counts, undo_counts
from bylaws.tables import DUTY_COUNTS, DUTY_LISTS
from bylaws.views.common import facility_for, found
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list
from config.kernel.pages.deliveries import Looked, answer_delivery

TITLE = "Records, dues and call"
SHOWN = 100  # rows in a preview; the rest is counted


def _here() -> str:
    return reverse("bylaws:duty_lists")


@login_required
@require_safe
def duty_lists(request: HttpRequest) -> HttpResponse:
    """Every list of the facility, the newest first."""
    facility = facility_for(request, PERMISSION)
    rows = duty_lists_of(facility)
    load = Action("Load a list", reverse("bylaws:duty_list_load"), icon="upload", kind="primary")
    return render_list(
        request,
        DUTY_LISTS,
        rows,
        filterset=DutyListFilter(request.GET, queryset=rows),
        title=TITLE,
        subtitle=f"At {facility}: lists of other systems by which compliance judges what members owe",
        noun="list",
        actions=[load],
        empty=Empty(
            "No list here.",
            "Without one it is not known who owes records, dues or call, and nobody counts as compliant.",
            load,
            icon="list-details",
        ),
    )


def _list_or_404(request: HttpRequest, uid: Any) -> DutyList:
    facility = facility_for(request, PERMISSION)
    return found(duty_lists_of(facility).filter(uid=uid).first())


@login_required
@require_safe
def duty_list(request: HttpRequest, uid: Any) -> HttpResponse:
    """What one list says, row by row."""
    one = _list_or_404(request, uid)
    rows = DutyCount.objects.filter(duty_list=one).select_related("practitioner")
    told = f"{one.file_name}, loaded by {one.recorded_by}; "
    told += "it names everybody whom it concerns" if one.whole else "it names only some"
    if one.undone_at is not None:
        told += f". Taken back by {one.undone_by}: {one.undo_reason}"
    undo = Action("Take it back", reverse("bylaws:duty_list_undo", args=[one.uid]), icon="x")
    return render_list(
        request,
        DUTY_COUNTS,
        rows,
        title=str(one),
        subtitle=told,
        noun="row",
        crumbs=[Crumb(TITLE, _here()), Crumb(str(one))],
        actions=[undo] if one.undone_at is None else [],
        empty=Empty("The list has no rows.", "", icon="list-details"),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_list_load(request: HttpRequest) -> HttpResponse:
    """A list from another system: looked at first."""
    facility = facility_for(request, PERMISSION)
    page: dict[str, Any] = {
        "title": "Load a list",
        "subtitle": f"Overdue records, dues or call shifts of members of {facility}",
        "crumbs": [Crumb(TITLE, _here()), Crumb("Load a list")],
        "submit": "Look at it first",
        "cancel_url": _here(),
        "upload": True,
    }

    def look(sent: dict[str, Any]) -> Looked:
        looked = look_at_counts(
            actor=request.user,
            facility=facility,
            as_of=sent["as_of"],
            whole=sent["whole"] == WHOLE,
            content=sent["text"].encode(),
        )
        told = {
            "kind": DutyKind(sent["kind"]).label,
            "day": sent["as_of"],
            "whole": sent["whole"] == WHOLE,
            "rows": looked.rows[:SHOWN],
            "number": len(looked.rows),
        }
        return Looked(looked.wrong, told)

    def load(sent: dict[str, Any]) -> Done:
        made = import_counts(
            actor=request.user,
            facility=facility,
            kind=sent["kind"],
            as_of=sent["as_of"],
            whole=sent["whole"] == WHOLE,
            content=sent["text"].encode(),
            file_name=sent["name"],
        )
        return Done(f"Loaded: {made}. The next run of compliance reads it.", _url(made))

    return answer_delivery(
        request,
        page,
        "bylaws/duty_list_load.html",
        form=partial(DutyListForm, initial={"as_of": clock.today(facility)}),
        look=look,
        load=load,
        sure=SureDutyListForm,
    )


def _url(one: DutyList) -> str:
    return reverse("bylaws:duty_list", args=[one.uid])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duty_list_undo(request: HttpRequest, uid: Any) -> HttpResponse:
    """Take one list back; the page says first what speaks then."""
    one = _list_or_404(request, uid)
    form = TakeBackForm(request.POST or None)
    page = {
        "title": f"Take back: {one}",
        "subtitle": one.file_name,
        "crumbs": [Crumb(TITLE, _here()), Crumb(str(one), _url(one)), Crumb("Take back")],
        "intro": _what_follows(one, clock.today(one.facility)),
        "form": form,
        "submit": "Take it back",
        "cancel_url": _url(one),
    }

    def undo(given: dict[str, Any]) -> Done:
        undo_counts(actor=request.user, duty_list=one, reason=given["reason"])
        return Done("Taken back. It stays on record and says nothing any more.", _url(one))

    return answer_form(request, page, undo)


def _what_follows(one: DutyList, today: dt.date) -> str:
    """What is known once the list is taken back."""
    before = list_before(one, today)
    kind = one.get_kind_display().lower()
    if before is None:
        then = (
            f"No other list of {kind} stands: from then on it is not known, and nobody counts as compliant."
        )
    elif before.as_of > one.as_of:
        then = f"For today the list of {day_text(before.as_of)} speaks either way."
    else:
        then = f"For today the list of {day_text(before.as_of)} speaks again, as long as it is not too old."
    return f"The list stays on record and says nothing any more. {then} Suspensions stay until the next run."
