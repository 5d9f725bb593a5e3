"""Pages of reappointments: the calendar of terms that end, the launch with its preview, and each batch."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.dates import month_first
from config.kernel.errors import Forbidden
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Tab,
    address,
    answer_form,
    build_table,
    go_to,
    is_part,
    render_list,
    render_page,
)
from config.organization.models import Facility
from credentialing import links, policies
from credentialing import reappointment_lists as lists
from credentialing.choices import Outlook
from credentialing.forms.reappointments import LaunchForm, TakeBackForm
from credentialing.selectors import reappointment_batches as batches
from credentialing.selectors import reappointments as selectors
from credentialing.selectors.packets import terms_of
from credentialing.selectors.reappointments import Calendar, Month
from credentialing.services import reappointments as services

MANAGE = policies.MANAGE
NUMBER_LEFT = 5  # names of those left out that a message says


def facility_of(request: HttpRequest) -> Facility:
    """The facility whose reappointments the reader works on."""
    require(request.user, MANAGE)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, MANAGE, facility)
    return facility


def _terms(request: HttpRequest, facility: Facility, today: dt.date):
    """The terms that end, but one's own."""
    return selectors.ending_terms(facility, today=today).filter(policies.not_own(request.user))


def _tabs(facility: Facility, here: str) -> list[Tab]:
    calendar = reverse("credentialing:reappointments")
    lapse = address(calendar, month="", outlook=Outlook.WILL_LAPSE)
    batch = reverse("credentialing:reappointment_batches")
    return [
        Tab("Calendar", calendar, active=here == "calendar", icon="calendar"),
        Tab("Will lapse", lapse, active=here == "lapse", icon="alert-triangle"),
        Tab("Batches", batch, active=here == "batches", icon="send"),
    ]


# --- the calendar ---------------------------------------------------------------------------------------


@login_required
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Terms that end in the coming 12 months; those of the month to be launched unless asked otherwise."""
    facility = facility_of(request)
    today = clock.today(facility)
    judged = selectors.read_calendar(facility, today)
    terms = _terms(request, facility, today)
    found = selectors.months(terms, today=today)
    data = request.GET.copy()
    if "month" not in data:
        data["month"] = f"{selectors.month_to_open(found, judged):%Y-%m}"
    filterset = lists.TermFilter(data, queryset=terms, facility=facility, calendar=judged, months=found)
    shown = _month(data["month"])
    lapse = data.get("outlook") == Outlook.WILL_LAPSE and shown is None
    return render_list(
        request,
        lists.terms_table(judged),
        filterset.qs,
        title="Reappointments",
        subtitle=(
            f"{facility.name}: terms that end in the coming 12 months. Packets go out "
            f"{judged.windows.latest} to {judged.windows.earliest} days before."
        ),
        noun="term",
        filterset=filterset,
        empty=Empty(
            "No term ends in this month.",
            "Choose another month above.",
            icon="calendar",
        ),
        tabs=_tabs(facility, "lapse" if lapse else "calendar"),
        actions=_launch_action(found, shown),
        template="credentialing/reappointments.html",
        context={} if is_part(request, "list") else _picture(found, judged, shown, today),
    )


def _launch_action(found: Sequence[Month], shown: dt.date | None) -> list[Action]:
    """Launching the month that is shown; the reason where nobody waits."""
    month = next((each for each in found if each.first == shown), None)
    if month is None:
        return []
    label = f"Launch {month.first:%B %Y}"
    if not month.waiting:
        return [Action(label, refusal=f"Nobody whose term ends in {month.first:%B %Y} waits to be launched.")]
    url = address(reverse("credentialing:reappointments_launch"), month=month.code)
    return [Action(label, url=url, kind="primary", icon="send")]


def _picture(
    found: Sequence[Month], judged: Calendar, shown: dt.date | None, today: dt.date
) -> dict[str, Any]:
    """The chart and its months as links."""
    due = judged.months_due
    here = reverse("credentialing:reappointments")
    months = []
    for each in found:
        late = each.waiting > 0 and each.first < due[0]
        launch = each.waiting > 0 and each.first in due
        months.append(
            {
                "month": each,
                "url": address(here, month=each.code),
                "here": each.first == shown,
                "late": late,
                "launch": launch,
                "colour": "bad" if late else "warn" if launch else "info",
            }
        )
    return {
        "months": months,
        "ahead": [(_label(each["month"], found), each["month"].ending, each["colour"]) for each in months],
        "to_launch": sum(each["month"].waiting for each in months if each["launch"]),
        "late": sum(each["month"].waiting for each in months if each["late"]),
        "first_late": next((each["url"] for each in months if each["late"]), ""),
        "first_due": address(here, month=f"{selectors.month_to_open(found, judged):%Y-%m}"),
        "all_url": address(here, month=""),
        "ending": sum(each.ending for each in found),
        "today": today,
    }


def _label(month: Month, found: Sequence[Month]) -> str:
    named = month in (found[0], found[-1]) or month.first.month == 1
    return f"{month.first:%b %y}" if named else f"{month.first:%b}"


def _month(text: str) -> dt.date | None:
    """The first day of the month an address names; None for all of them, or for nonsense."""
    with contextlib.suppress(ValueError):
        return month_first(dt.datetime.strptime(text, "%Y-%m").date())  # noqa: DTZ007 - a month has no zone
    return None


# --- launching ------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def launch(request: HttpRequest) -> HttpResponse:
    """What a launch will do, for a month or for the rows that were ticked; confirmed, it is done."""
    facility = facility_of(request)
    today = clock.today(facility)
    terms, back = _terms(request, facility, today), reverse("credentialing:reappointments")
    if request.method == "POST":
        keys = _uids(request.POST.getlist("selected"))
        asked = list(batches.chosen(terms, keys))
        if not asked:
            messages.warning(request, "Select at least one term first.")
            return go_to(request, back)
    else:
        keys = []
        month = _month(request.GET.get("month", ""))
        if month is None:
            month = selectors.read_calendar(facility, today).months_due[0]
        asked = list(selectors.of_month(terms, month))
        back = address(back, month=f"{month:%Y-%m}")
    found = batches.candidates(asked, facility=facility, today=today)
    confirmed = request.method == "POST" and "confirm" in request.POST
    form = LaunchForm(
        request.POST if confirmed else None,
        initial={"due_on": today + dt.timedelta(days=terms_of(facility, today).answer_days)},
    )
    page = _preview(found, form, back)
    if not confirmed:
        return render_page(request, "credentialing/reappointments_launch.html", page)

    def go(given: dict[str, Any]) -> Done:
        done = services.launch_batch(actor=request.user, facility=facility, terms=keys, **given)
        if done.left:
            names = "; ".join(f"{name}: {sentence}" for name, sentence in done.left[:NUMBER_LEFT])
            messages.warning(request, f"Left out: {names}")
        several = "s are" if done.number != 1 else " is"
        return Done(f"{done.number} reappointment{several} launched.", links.batch(done.batch))

    return answer_form(request, page, go, template="credentialing/reappointments_launch.html")


def _preview(found: Sequence[batches.Candidate], form: LaunchForm, back: str) -> dict[str, Any]:
    ready = [each for each in found if not each.problem]
    months = sorted(batches.months_of(each.term for each in found))
    when = f"{months[0]:%B %Y}" if len(months) == 1 else "several months"
    title = f"Launch the reappointments of {when}" if months else "Launch reappointments"
    return {
        "title": title,
        "crumbs": [Crumb("Reappointments", back), Crumb("Launch")],
        "ready": ready,
        "left": [each for each in found if each.problem],
        "form": form,
        "submit": f"Launch {len(ready)} reappointment{'s' if len(ready) != 1 else ''}",
        "cancel_url": back,
    }


def _uids(values: list[str]) -> list[uuid.UUID]:
    """Of what was sent, what is a uid at all."""
    found = []
    for value in values[: services.MOST_AT_ONCE + 1]:
        with contextlib.suppress(ValueError):
            found.append(uuid.UUID(value))
    return found


# --- batches --------------------------------------------------------------------------------------------


@login_required
@require_GET
def batch_list(request: HttpRequest) -> HttpResponse:
    """What was launched, the newest first."""
    facility = facility_of(request)
    return render_list(
        request,
        lists.BATCHES,
        batches.batches_at(facility),
        title="Reappointments",
        subtitle=f"{facility.name}: launched together, and how far they are.",
        noun="batch,batches",
        empty=Empty(
            "Nothing has been launched yet.",
            "The calendar shows whose terms end, and launches a month of them.",
            action=Action("To the calendar", url=reverse("credentialing:reappointments"), icon="calendar"),
            icon="send",
        ),
        tabs=_tabs(facility, "batches"),
    )


@login_required
@require_GET
def batch(request: HttpRequest, uid) -> HttpResponse:
    """How far each of a batch is, who has to be invited again, and taking back."""
    one = policies.batch_or_404(request.user, uid)
    rows = batches.launches_of(one)
    url = reverse("credentialing:reappointment_take_back", args=[one.uid])
    for row in rows:
        row.take_back_url = address(url, only=row.uid) if row.can_be_taken_back else ""
    actions = []
    if any(row.can_be_taken_back for row in rows):
        actions = [Action("Take back", url=url, icon="arrow-back-up", kind="danger")]
    page = _head(one) | {
        "subtitle": (
            f"{one.facility.name}, launched on {_said(lists.launched_on(one))} by {one.launched_by}; "
            f"packets due on {_said(one.due_on)}."
        ),
        "crumbs": [*_crumbs(), Crumb(f"{one.month:%B %Y}")],
        "progress": batches.progress_of(rows),
        "takings": batches.takings_of(rows),
        "listing": build_table(lists.LAUNCHES, rows),
        "here": links.batch(one),
        "actions": actions,
    }
    return render_page(request, "credentialing/reappointment_batch.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def batch_take_back(request: HttpRequest, uid) -> HttpResponse:
    """Withdraw those whose packet nobody has opened, or some of them, with a reason."""
    one = policies.batch_or_404(request.user, uid)
    rows = [row for row in batches.launches_of(one) if row.can_be_taken_back]
    back = links.batch(one)
    whom = [(str(row.uid), f"{row.application.practitioner}, {row.sent_to}") for row in rows]
    asked = [key for key, _ in whom if key == request.GET.get("only")] or [key for key, _ in whom]
    page = {
        "title": "Take back",
        "subtitle": str(one),
        "crumbs": [*_crumbs(), Crumb(f"{one.month:%B %Y}", back), Crumb("Take back")],
        "question": "Whose invitation is withdrawn?" if rows else "Nobody is left to be taken back.",
        "consequence": (
            "Their links open nothing from then on, and their applications are withdrawn. Packets that were "
            "opened stay as they are. The same terms can be launched again."
        ),
        "form": TakeBackForm(request.POST or None, rows=whom, initial={"only": asked}),
        "submit": "Take back",
        "danger": True,
        "cancel_url": back,
    }

    def go(given: dict[str, Any]) -> Done:
        number = services.take_back(actor=request.user, batch=one, **given)
        return Done(f"{number} taken back; nothing was filled in.", back)

    return answer_form(request, page, go, template="pages/confirm.html")


def _head(one) -> dict[str, Any]:
    return {"title": str(one), "batch": one}


def _crumbs() -> list[Crumb]:
    return [Crumb("Reappointments", reverse("credentialing:reappointment_batches"))]


def _said(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
