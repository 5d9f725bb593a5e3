"""Suspensions, leaves and restrictions: the list, one of them, opening, lifting, voiding."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import PROTECTED_CAUSES, BarKind
from bylaws.filters import BarFilter
from bylaws.forms.bars import LiftForm, OpenBarForm, VoidForm
from bylaws.held import held_privileges
from bylaws.models import Bar, BarPeriod
from bylaws.selectors.bars import curable_until, get_bar, letters_of, review_due_of, reviews_of, visible_bars
from bylaws.selectors.due_process import RUN
from bylaws.selectors.membership import membership_status
from bylaws.services.bars import lift_bar, open_bar, standing_cause, void_bar
from bylaws.tables import BARS
from bylaws.views.common import facility_for, found
from bylaws.wording import meaning_of_bar, notice_draft
from config.accounts.choices import DataClass
from config.accounts.policies import may, require, require_class
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    render_list,
)
from config.kernel.periods import covers, through
from practitioners.models import Practitioner
from practitioners.selectors.addressing import salutation

TITLE = "Suspensions and leaves"
#: What a bar does, said before it is recorded.
_FOLLOWS = (
    "From its first day on, what it reaches cannot be used: the lookup says no, and the wards are told "
    "without the cause. Of a restriction that leaves something allowed they read the condition. The grants "
    "keep their dates; a precautionary suspension or a restriction is counted for the data bank."
)


@login_required
@require_safe
def bar_list(request) -> HttpResponse:
    """What keeps granted authority from being used at the facility."""
    facility = facility_for(request, "bylaws.manage_bars")
    rows = visible_bars(request.user, facility)
    # It is recorded in the person's file: the way there.
    choose = Action("Choose whom to record one for", url=reverse("practitioners:list"), icon="plus")
    return render_list(
        request,
        BARS,
        rows,
        filterset=BarFilter(request.GET, queryset=rows, today=clock.today(facility)),
        title=TITLE,
        subtitle=f"At {facility}, recorded in the practitioner's file; no grant changes by one of these",
        noun="entry,entries",
        actions=[choose] if may(request.user, "practitioners.view", facility) else [],
        empty=Empty(
            "Nobody is suspended or on leave.",
            "Open a practitioner's file to record a suspension or a leave; the nightly run records those the "
            "bylaws let follow by themselves.",
            icon="circle-check",
        ),
    )


def _reached(bar: Bar, current: BarPeriod | None) -> list[tuple[str, str]]:
    """Code and name of each privilege that is listed, as it was held while the entry stands; one query where
    any is.
    """
    if current is None or not current.privilege_codes:
        return []
    names = held_privileges(bar.practitioner, bar.facility, current.valid.lower, current.valid.upper)
    return [(code, names.get(code, "")) for code in current.privilege_codes]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bar_new(request, uid) -> HttpResponse:
    """Record a suspension, leave or restriction of one practitioner."""
    facility = facility_for(request, "bylaws.manage_bars")
    practitioner = found(Practitioner.objects.filter(uid=uid).first())
    today = clock.today(facility)
    status = membership_status(practitioner=practitioner, facility=facility, on=today)
    held = held_privileges(practitioner, facility, today, None)
    without = [] if status.is_member else [f"{practitioner} holds no appointment at {facility} today."]
    form = OpenBarForm(request.POST or None, initial={"start": today}, held=held)
    page = {
        "title": "Record a suspension or leave",
        "subtitle": f"{practitioner}, at {facility}",
        "person": practitioner.display_name,
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:bars")),
            Crumb(str(practitioner), reverse("practitioners:file", args=[practitioner.uid])),
            Crumb("Record"),
        ],
        "form": form,
        "intro": " ".join([_FOLLOWS, *without]),
        "submit": "Record it",
        "cancel_url": reverse("practitioners:file", args=[practitioner.uid]),
    }

    def record(given: dict) -> Done:
        bar = open_bar(
            actor=request.user,
            practitioner=practitioner,
            facility=facility,
            end=through(given.pop("last_day")),
            **given,
        )
        return Done(f"{BarKind(bar.kind).label} recorded.", reverse("bylaws:bar", args=[bar.uid]))

    return answer_form(request, page, record)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bar(request, uid) -> HttpResponse:
    """One suspension or leave: what is known of it now and what was known before; lift it or void it."""
    thing = found(get_bar(viewer=request.user, uid=uid))
    facility = thing.facility
    require(request.user, "bylaws.manage_bars", facility)
    if thing.kind in PROTECTED_CAUSES:
        require_class(request.user, DataClass.PEER_REVIEW, facility)
        record_protected_read(
            actor=request.user,
            data_class=DataClass.PEER_REVIEW,
            subject_kind=thing._meta.label_lower,
            subject_uid=thing.uid,
            practitioner=thing.practitioner,
        )
    today = clock.today(facility)
    periods = sorted(thing.periods.all(), key=lambda row: (row.recorded_at, row.pk))
    live = [row for row in periods if row.superseded_at is None]
    current = next((row for row in live if covers(row.valid, today)), live[-1] if live else None)
    asked = request.POST.get("act") if request.method == "POST" else ""
    lift = LiftForm(request.POST if asked == "lift" else None, initial={"day": today}, prefix="lift")
    undo = VoidForm(request.POST if asked == "void" else None, prefix="void")
    page = {
        "title": f"{thing.get_kind_display()}",
        "subtitle": f"{thing.practitioner}, at {facility}",
        "person": thing.practitioner.display_name,
        "crumbs": [Crumb(TITLE, reverse("bylaws:bars")), Crumb(str(thing.practitioner))],
        "bar": thing,
        "current": current,
        "reached": _reached(thing, current),
        "standing": bool(current and covers(current.valid, today)),
        "ended": bool(current and current.valid.upper is not None and current.valid.upper <= today),
        "history": list(reversed(periods)),
        "letters": letters_of(thing),
        "meaning": meaning_of_bar(thing.kind, by_itself=bool(thing.rule_code)),
        "cause_stands": standing_cause(thing, today) if current and covers(current.valid, today) else None,
        "curable_until": curable_until(thing, current.valid.lower, today) if current else None,
        "precautionary": thing.kind == BarKind.PRECAUTIONARY_SUSPENSION,
        "may_review": may(request.user, "bylaws.record_minutes", facility),
        **(_reviewed(thing, current, today) if thing.kind == BarKind.PRECAUTIONARY_SUSPENSION else {}),
        "lift": lift,
        "undo": undo,
        "today": today,
        "actions": [
            Action(
                "Open the file",
                url=reverse("practitioners:file", args=[thing.practitioner.uid]),
                icon="folder",
            )
        ]
        + (
            [
                Action(
                    "Data bank clock", url=reverse("bylaws:data_bank_action", args=[thing.uid]), icon="clock"
                )
            ]
            if live
            and thing.kind in PROTECTED_CAUSES
            and not thing.rule_code
            and may(request.user, "bylaws.report_actions", facility)
            else []
        )
        + (
            [
                Action(
                    "Open due process",
                    url=reverse("bylaws:due_process_new", args=[thing.practitioner.uid]),
                    icon="gavel",
                    kind="secondary",
                )
            ]
            if live and thing.kind in PROTECTED_CAUSES and may(request.user, RUN, facility)
            else []
        ),
    }

    def end(given: dict) -> Done:
        here = reverse("bylaws:bar", args=[thing.uid])
        if asked == "lift":
            lift_bar(actor=request.user, bar=thing, **given)
            return Done("Lifted.", here)
        void_bar(actor=request.user, bar=thing, **given)
        return Done("Recorded as a mistake.", here)

    return answer_form(request, page, end, template="bylaws/bar.html", form=lift if asked == "lift" else undo)


def _reviewed(thing: Bar, current: BarPeriod | None, today: dt.date) -> dict[str, Any]:
    """What the page says of the review of a precautionary suspension, and the draft of the notice."""
    if current is None:
        return {}
    due = review_due_of(thing, current.valid.lower, today)
    return {
        "reviews": reviews_of(thing),
        "review_due": due,
        "review_late": due is not None and today > due,
        "drafted": notice_draft(thing, current, due, salutation(thing.practitioner)),
    }
