"""What officers, the executive committee and the office do about suspensions and the data bank."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import ClockState, DataBankRecordKind
from bylaws.forms.actions import ActionForm, DataBankForm, EndForm, ReviewForm, SuspendForm
from bylaws.forms.bars import VoidForm
from bylaws.held import forms_of_held, held_privileges
from bylaws.models import AdverseAction
from bylaws.rules.days_picture import picture_of
from bylaws.selectors.bars import get_bar
from bylaws.selectors.data_bank import (
    clocks,
    get_counted,
    mistake_of,
    open_clocks,
    records_of,
    what_stays,
)
from bylaws.selectors.membership import membership_status
from bylaws.services.bars import record_review, suspend_at_once
from bylaws.services.data_bank import end_action, record_action, record_data_bank, void_action
from bylaws.views.bars import TITLE as BARS_TITLE
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, require, require_class
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Done, answer_form, render_page
from practitioners.models import Practitioner
from practitioners.selectors.search import search

SUSPEND, DATA_BANK = "Suspend at once", "Data bank clock"
#: How many people the search for whom to suspend shows.
PEOPLE = 12


@login_required
@require_safe
def suspend_find(request) -> HttpResponse:
    """Whom to suspend: an officer finds the person by name or NPI."""
    facility = facility_for(request, "bylaws.suspend_at_once")
    asked = " ".join(request.GET.get("q", "").split())
    return render_page(
        request,
        "bylaws/suspend_find.html",
        {
            "title": SUSPEND,
            "subtitle": f"A precautionary suspension at {facility}, in force from the moment you confirm it",
            "asked": asked,
            "people": search(viewer=request.user, text=asked, limit=PEOPLE) if asked else [],
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request, uid) -> HttpResponse:
    """An officer suspends one person from today on, until it is lifted."""
    facility = facility_for(request, "bylaws.suspend_at_once")
    person = found(Practitioner.objects.filter(uid=uid).first())
    today = clock.today(facility)
    held = held_privileges(person, facility, today, None)
    form = SuspendForm(
        request.POST or None, held=held, on_forms=forms_of_held(person, facility, today, None) if held else {}
    )
    status = membership_status(practitioner=person, facility=facility, on=today)
    page = {
        "title": SUSPEND,
        "subtitle": f"{person}, at {facility}",
        "person": person.display_name,
        "crumbs": [Crumb(SUSPEND, reverse("bylaws:suspend_find")), Crumb(str(person))],
        "form": form,
        "intro": "It is in force at once, in the lookup too, and stays until it is lifted. The Medical "
        "Executive Committee reviews it; the Medical Staff Office finds it on its Today page."
        + (
            ""
            if status.is_member or held
            else f" {person} is no member and holds nothing at {facility} today."
        ),
        "submit": "Suspend now",
        "cancel_url": reverse("bylaws:suspend_find"),
    }

    def act(given: dict) -> Done:
        bar = suspend_at_once(actor=request.user, practitioner=person, facility=facility, **given)
        office = may(request.user, "bylaws.manage_bars", facility)
        return Done(
            f"{person} is suspended from now on.",
            reverse("bylaws:bar", args=[bar.uid]) if office else reverse("bylaws:suspend_find"),
        )

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bar_review(request, uid) -> HttpResponse:
    """What the Medical Executive Committee said of a precautionary suspension."""
    bar = found(get_bar(viewer=request.user, uid=uid))
    require(request.user, "bylaws.record_minutes", bar.facility)
    require_class(request.user, DataClass.PEER_REVIEW, bar.facility)
    here = reverse("bylaws:bar", args=[bar.uid])
    page = {
        "title": "Record the review",
        "subtitle": f"{bar.get_kind_display()} of {bar.practitioner}, at {bar.facility}",
        "person": bar.practitioner.display_name,
        "crumbs": [
            Crumb(BARS_TITLE, reverse("bylaws:bars")),
            Crumb(str(bar.practitioner), here),
            Crumb("Review"),
        ],
        "form": ReviewForm(request.POST or None, initial={"reviewed_on": clock.today(bar.facility)}),
        "intro": "What the Medical Executive Committee decided. Lifted, it no longer stands from that day "
        "on. Where it became a restriction, record the restriction as well.",
        "submit": "Record it",
        "cancel_url": here,
    }

    def act(given: dict) -> Done:
        record_review(actor=request.user, bar=bar, **given)
        return Done("The review is recorded.", here)

    return answer_form(request, page, act)


@login_required
@require_safe
def data_bank(request) -> HttpResponse:
    """Every adverse action of the facility and how its days stand; what is peer review is read and logged."""
    facility = facility_for(request, "bylaws.report_actions")
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    rows = clocks(request.user, facility)
    closed = [each for each in reversed(rows) if not each.clock.open]
    log_read(request, facility)
    return render_page(
        request,
        "bylaws/data_bank.html",
        {
            "title": DATA_BANK,
            "subtitle": f"Adverse actions at {facility}: the effective day is day 1, reportable on day 31",
            "live": [(each, picture_of(each.clock, clock.today(facility))) for each in open_clocks(rows)],
            "ahead": [each for each in closed if each.clock.state == ClockState.AHEAD],
            "settled": [each for each in closed if each.clock.state != ClockState.AHEAD],
            "actions": [
                Action("Questions", url=reverse("bylaws:data_bank_questions"), icon="help"),
                Action("Investigations", url=reverse("bylaws:investigations"), icon="search"),
            ],
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def data_bank_action(request, uid) -> HttpResponse:
    """One adverse action: its days, what was reported, and recording it."""
    row = found(get_counted(viewer=request.user, uid=uid))
    subject, facility = row.subject, row.subject.facility
    require(request.user, "bylaws.report_actions", facility)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    log_read(request, subject, subject.practitioner)
    today = clock.today(facility)
    here = reverse("bylaws:data_bank_action", args=[subject.uid])
    asked = request.POST.get("act") if request.method == "POST" else ""
    record = DataBankForm(
        request.POST if asked == "record" else None,
        initial={"day": today, "kind": DataBankRecordKind.FILED},
        prefix="record",
    )
    other = isinstance(subject, AdverseAction)
    end = EndForm(request.POST if asked == "end" else None, initial={"day": today}, prefix="end")
    undo = VoidForm(request.POST if asked == "void" else None, prefix="void")
    stays = what_stays(subject) if isinstance(subject, AdverseAction) and not row.mistake else []
    page = {
        "title": row.what,
        "subtitle": f"{row.practitioner}, at {facility}",
        "person": row.practitioner.display_name,
        "crumbs": [Crumb(DATA_BANK, reverse("bylaws:data_bank")), Crumb(str(row.practitioner))],
        "row": row,
        "picture": picture_of(row.clock, today),
        "cause": subject.cause if other else "",
        "records": records_of(subject),
        "record": record,
        "end": end,
        "may_end": other and row.clock.ends is None and not row.mistake,
        "undo": undo,
        "may_void": other and not row.mistake,
        "stays": stays,
        "void_text": " ".join(
            [
                f"The adverse action on {row.practitioner} counts as never taken, as known from now on.",
                "Its clock stops. The entry stays, with your reason.",
                *stays,
            ]
        ),
        "mistake": mistake_of(subject) if row.mistake else None,
        "actions": []
        if other
        else [Action("Open the suspension", url=reverse("bylaws:bar", args=[subject.uid]), icon="ban")],
    }

    def act(given: dict) -> Done:
        if asked == "end" and isinstance(subject, AdverseAction):
            end_action(actor=request.user, action=subject, **given)
            return Done("The end is recorded.", here)
        if asked == "void" and isinstance(subject, AdverseAction):
            void_action(actor=request.user, action=subject, **given)
            return Done("It is recorded as a mistake.", here)
        record_data_bank(actor=request.user, subject=subject, **given)
        return Done("Recorded.", here)

    return answer_form(
        request,
        page,
        act,
        template="bylaws/data_bank_action.html",
        form={"end": end, "void": undo}.get(asked, record),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def data_bank_new(request, uid) -> HttpResponse:
    """Record an adverse action that stands in no suspension or restriction."""
    facility = facility_for(request, "bylaws.report_actions")
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    person = found(Practitioner.objects.filter(uid=uid).first())
    page = {
        "title": "Record an adverse action",
        "subtitle": f"{person}, at {facility}",
        "person": person.display_name,
        "crumbs": [Crumb(DATA_BANK, reverse("bylaws:data_bank")), Crumb(str(person)), Crumb("Record")],
        "form": ActionForm(request.POST or None, initial={"start": clock.today(facility)}),
        "intro": "Suspensions and restrictions are counted by themselves. Record here what is none of them.",
        "submit": "Record it",
        "cancel_url": reverse("practitioners:file", args=[person.uid]),
    }

    def act(given: dict) -> Done:
        action = record_action(actor=request.user, practitioner=person, facility=facility, **given)
        return Done("Recorded; its days are counted.", reverse("bylaws:data_bank_action", args=[action.uid]))

    return answer_form(request, page, act)


def log_read(request, subject: Model, practitioner=None) -> None:
    """That somebody looked at peer review is on record."""
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=subject._meta.label_lower,
        subject_uid=subject.uid,
        practitioner=practitioner,
    )
