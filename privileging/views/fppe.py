"""Focused evaluations: the list, one person's, one of them, and what is done to several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bylaws.models import Meeting
from bylaws.selectors.meetings import coming_meetings_at, sees_meeting
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class, require, require_class
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    address,
    answer_form,
    chosen_uids,
    go_to,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from credentialing.choices import LetterOccasion
from credentialing.evaluated import FOR_CAUSE
from credentialing.selectors.letters import WRITE as WRITE_LETTERS
from practitioners.forms.people import ReasonForm
from practitioners.models import Practitioner
from privileging.choices import FPPEReason, FPPEStatus, FPPEWay
from privileging.filters import FPPEFilter
from privileging.forms.fppe import (
    CaseForm,
    ConclusionForm,
    EndAssignmentForm,
    ExtendFPPEForm,
    FewerForm,
    OpenForm,
    ProctorForm,
    TakeUpForm,
)
from privileging.models import FPPEPlan
from privileging.selectors import distant_evaluations as distant
from privileging.selectors import proctors as selectors
from privileging.selectors.evaluation_letters import evaluations_of, templates_for
from privileging.selectors.fppe import (
    REVIEWING,
    TO_TAKE_UP,
    FollowedUp,
    closed_with,
    ever_granted,
    followed_up,
    fppe_plan,
    fppe_plans,
    may_be_evaluated,
)
from privileging.services import endings, evaluations, proctors
from privileging.services import fppe as services
from privileging.tables import FPPE

MANAGE = evaluations.MANAGE
TAKE_UP, RECORD = "bylaws.run_meeting", endings.RECORD
TEMPLATE = "privileging/fppe_plan.html"
TITLE = "Focused evaluations"


@login_required
@require_GET
def fppe(request: HttpRequest) -> HttpResponse:
    """The focused evaluations of the facility where the reader works now; those not closed, unless others are
    asked for.
    """
    facility = facility_for(request, MANAGE)
    plans = fppe_plans(request.user, facility)
    if "format" in request.GET:  # a file that leaves carries nothing that is for cause
        plans = plans.exclude(reason=FPPEReason.FOR_CAUSE)
    filterset = FPPEFilter(request.GET, queryset=plans, facility=facility, today=clock.today(facility))
    actions = []
    if may_see_class(request.user, DataClass.PEER_REVIEW, facility):  # it may name those evaluated for cause
        actions.append(Action("By proxy", reverse("privileging:fppe_by_proxy"), icon="device-desktop"))
        _log(request, None, facility, "List of focused evaluations", facility)
    return render_list(
        request,
        FPPE,
        filterset.qs,
        title=TITLE,
        subtitle=f"At {facility}; every newly granted privilege begins with one (FPPE)",
        noun="evaluation",
        filterset=filterset,
        actions=actions,
        empty=Empty(
            "No focused evaluation here.",
            "One opens for every privilege the board newly grants.",
            icon="microscope",
        ),
    )


# --- one person -----------------------------------------------------------------------------------------


@login_required
@require_GET
def person_page(request: HttpRequest, uid) -> HttpResponse:
    """All evaluations of one person at the facility where the reader works now."""
    facility = facility_for(request, MANAGE)
    practitioner = _practitioner(uid, facility)
    return render_page(request, "privileging/fppe_person.html", _person(request, practitioner, facility))


def _person(request: HttpRequest, practitioner: Practitioner, facility) -> dict[str, Any]:
    plans = selectors.plans_of(request.user, practitioner, facility)
    may_read = may_see_class(request.user, DataClass.PEER_REVIEW, facility)
    if not plans and not may_read:
        raise Http404
    assignments = selectors.assignments_of(plans) if plans else []
    cases = selectors.cases_of(plans) if plans and may_read else []
    by_proxy = distant.files_by_proxy(request.user, practitioner, facility) if may_read else []
    from_site = distant.sent_of(request.user, practitioner, facility) if by_proxy else []
    told = any(each.ended_reason for each in assignments)
    for_cause = any(plan.reason == FPPEReason.FOR_CAUSE for plan in plans)
    if may_read and (cases or told or for_cause or from_site):
        _log(request, practitioner, facility, "Focused evaluations of a person", practitioner)
    units = selectors.units_of(plans)
    actions = []
    if may(request.user, "practitioners.view", facility):
        actions.append(Action("File", reverse("practitioners:file", args=[practitioner.uid]), icon="folder"))
    if may_read and (plans or not by_proxy):  # by proxy the distant site evaluates
        actions.append(
            Action(
                "Open an evaluation",
                address(reverse("privileging:fppe_open", args=[practitioner.uid])),
                icon="plus",
            )
        )
    actions += _letters(request, practitioner, facility)
    return {
        "title": str(practitioner),
        "subtitle": f"Focused evaluations at {facility}",
        "person": practitioner.display_name,
        "crumbs": [Crumb(TITLE, reverse("privileging:fppe")), Crumb(str(practitioner))],
        "actions": actions,
        "practitioner": practitioner,
        "open_units": [unit for unit in units if unit.open],
        "closed_units": [unit for unit in units if not unit.open],
        "assignments": assignments,
        "cases": cases,
        "may_read": may_read,
        "may_start": any(plan.status == FPPEStatus.PLANNED for plan in plans),
        "by_proxy": by_proxy,
        "from_site": from_site,
        "empty": Empty(
            "No evaluation of this person here.",
            "One opens with every newly granted privilege.",
            icon="microscope",
        ),
    }


_WRITE = {
    LetterOccasion.FPPE_BEGUN: "Write that it began",
    LetterOccasion.FPPE_CLOSED: "Write that it is closed",
    LetterOccasion.CAUSE_BEGUN: "Write that one for cause began",
    LetterOccasion.CAUSE_CLOSED: "Write that one for cause is closed",
}


def _letters(request: HttpRequest, practitioner: Practitioner, facility) -> list[Action]:
    """Letters that have something to tell the person, for whoever writes letters and may know of it."""
    if not may(request.user, WRITE_LETTERS, facility):
        return []
    told = evaluations_of(practitioner, facility)
    occasions = [each for each in _WRITE if told.of(each)]
    if not may_see_class(request.user, DataClass.PEER_REVIEW, facility):
        occasions = [each for each in occasions if each not in FOR_CAUSE]
    templates = templates_for(occasions) if occasions else {}
    return [
        Action(
            _WRITE[each],
            reverse("credentialing:letter_write_for", args=[practitioner.uid, templates[str(each)].code]),
            icon="mail",
        )
        for each in occasions
        if str(each) in templates
    ]


@login_required
@require_POST
def start(request: HttpRequest, uid) -> HttpResponse:
    """Of the evaluations chosen, those planned are under way."""
    practitioner, facility, chosen = _chosen(request, uid)
    plans = [plan for plan in chosen if plan.status == FPPEStatus.PLANNED]
    try:
        if chosen and not plans:
            raise Refused("There is nothing to start: of those ticked, each was started before.")
        done = services.start_fppe(actor=request.user, plans=plans)
    except Refused as refused:
        page = _person(request, practitioner, facility)
        return render_refused(request, refused, "privileging/fppe_person.html", page)
    messages.success(request, f"Under way: {_number(done)}.")
    return go_to(request, _person_url(practitioner))


@login_required
@require_http_methods(["GET", "POST"])
def name_proctor(request: HttpRequest, uid) -> HttpResponse:
    """A proctor for the evaluations chosen."""
    practitioner, _, plans = _chosen(request, uid)
    people: QuerySet[Practitioner] = selectors.candidates(plans) if plans else Practitioner.objects.none()

    def act(values: dict[str, Any]) -> Done:
        proctors.name_proctor(actor=request.user, plans=plans, **values)
        return Done("The proctor is named. Give them the link that stands below.", _person_url(practitioner))

    return _act(
        request,
        practitioner,
        plans,
        ProctorForm(request.POST if request.method == "POST" else None, people=people),
        act,
        title="Name a proctor",
        submit="Name the proctor",
    )


@login_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, uid) -> HttpResponse:
    """The data of the evaluations chosen is put up for review."""
    practitioner, _, plans = _chosen(request, uid)

    def act(values: dict[str, Any]) -> Done:
        done = services.review_fppe(actor=request.user, plans=plans, **values)
        return Done(f"Under review: {_number(done)}.", _person_url(practitioner))

    form = FewerForm(request.POST if request.method == "POST" else None)
    return _act(
        request, practitioner, plans, form, act, title="Put up for review", submit="Put up for review"
    )


@login_required
@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, uid) -> HttpResponse:
    """More time and more cases for the evaluations chosen."""
    practitioner, _, plans = _chosen(request, uid)

    def act(values: dict[str, Any]) -> Done:
        done = services.extend_fppe(actor=request.user, plans=plans, **values)
        return Done(f"Extended: {_number(done)}.", _person_url(practitioner))

    form = ExtendFPPEForm(request.POST if request.method == "POST" else None)
    return _act(request, practitioner, plans, form, act, title="Extend", submit="Extend")


@login_required
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, uid) -> HttpResponse:
    """How the evaluations chosen ended; anything but satisfactory is asked again."""
    practitioner, _, plans = _chosen(request, uid)
    form = ConclusionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and not {"sure", "choose"} & set(request.POST):
        stated = form.cleaned_data
        if stated["outcome"] != FPPEStatus.CLOSED_SUCCESS and plans:
            return render_page(request, "pages/confirm.html", _ask_again(practitioner, plans, stated))

    def act(values: dict[str, Any]) -> Done:
        done = services.close_fppe(actor=request.user, plans=plans, **values)
        return Done(f"Closed: {_number(done)}.", _person_url(practitioner))

    return _act(request, practitioner, plans, form, act, title="Close", submit="Close")


def _ask_again(practitioner: Practitioner, plans: Sequence[FPPEPlan], stated: dict[str, Any]) -> dict:
    """Asks before evaluations are closed without satisfaction: a closed one is not opened again."""
    outcome = FPPEStatus(stated["outcome"])
    how = "as not satisfactory" if outcome == FPPEStatus.CLOSED_UNSUCCESSFUL else "for insufficient volume"
    return {
        "title": f"Close {how}?",
        "subtitle": str(practitioner),
        "crumbs": [
            Crumb(TITLE, reverse("privileging:fppe")),
            Crumb(str(practitioner), _person_url(practitioner)),
            Crumb("Close"),
        ],
        "question": f"Close {_number(plans)} of {practitioner} {how}?",
        "consequence": "A closed evaluation is not opened again. The medical staff coordinator is told on "
        "their Today page and takes it to the body it belongs before; the privilege itself does not change "
        "by it.",
        "preview": [*(str(plan.privilege) for plan in plans), stated["conclusion"]],
        "hidden": [
            *(("selected", str(plan.uid)) for plan in plans),
            *((name, stated[name]) for name in ("outcome", "conclusion", "fewer")),
            ("sure", "yes"),
        ],
        "submit": f"Close {how}",
        "danger": True,
        "cancel_url": _person_url(practitioner),
    }


@login_required
@require_http_methods(["GET", "POST"])
def open_page(request: HttpRequest, uid) -> HttpResponse:
    """An evaluation opened by hand: for low volume or for cause."""
    facility = facility_for(request, MANAGE)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    practitioner = _practitioner(uid, facility)
    form = OpenForm(
        request.POST if request.method == "POST" else None,
        held=may_be_evaluated(practitioner, facility),
        initial={"reason": request.GET.get("reason", ""), "privileges": []},
    )

    def act(values: dict[str, Any]) -> Done:
        ids = [int(each) for each in values.pop("privileges")]
        plans = evaluations.open_fppe(
            actor=request.user, practitioner=practitioner, facility=facility, privilege_ids=ids, **values
        )
        return Done(f"Opened: {_number(plans)}.", _person_url(practitioner))

    page = {
        "title": "Open an evaluation",
        "subtitle": f"{practitioner}, {facility}",
        "person": practitioner.display_name,
        "crumbs": [
            Crumb(TITLE, reverse("privileging:fppe")),
            Crumb(str(practitioner), _person_url(practitioner)),
            Crumb("Open"),
        ],
        "form": form,
        "submit": "Open the evaluation",
        "cancel_url": _person_url(practitioner),
    }
    return answer_form(request, page, act)


# --- proctors and cases ---------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def end_assignment(request: HttpRequest, uid) -> HttpResponse:
    """A proctor no longer does it."""
    assignment = _assignment(request, uid)

    def act(values: dict[str, Any]) -> Done:
        proctors.end_assignment(actor=request.user, assignment=assignment, **values)
        return Done(
            "The proctor is free of it; the link opens nothing now.", _person_url(assignment.practitioner)
        )

    form = EndAssignmentForm(request.POST if request.method == "POST" else None)
    page = _of_assignment(assignment, f"{assignment.who} no longer proctors", form, "End it")
    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def record_case(request: HttpRequest, uid) -> HttpResponse:
    """A case that the proctor reported on paper."""
    assignment = _assignment(request, uid)
    plans = fppe_plans(request.user, assignment.facility).filter(pk__in=assignment.assigned.values("plan"))
    units = selectors.units_of([plan for plan in plans if plan.is_open])
    form = CaseForm(request.POST if request.method == "POST" else None, units=units)

    def act(values: dict[str, Any]) -> Done:
        values.pop("shown")
        proctors.report_case(actor=request.user, assignment=assignment, plans=form.plans(), **values)
        return Done("The case is written down.", _person_url(assignment.practitioner))

    page = _of_assignment(assignment, f"A case {assignment.who} reported on paper", form, "Write it down")
    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def take_back_case(request: HttpRequest, uid) -> HttpResponse:
    """A case was reported by mistake."""
    require(request.user, MANAGE)
    case = found(selectors.case(request.user, uid))
    require_class(request.user, DataClass.PEER_REVIEW, case.facility)

    def act(values: dict[str, Any]) -> Done:
        proctors.take_back_case(actor=request.user, case=case, **values)
        return Done("The case no longer counts.", _person_url(case.practitioner))

    form = ReasonForm(request.POST if request.method == "POST" else None)
    page = _of_assignment(case.assignment, f"Take back the case {case.encounter}", form, "Take it back")
    return answer_form(request, page, act)


def _assignment(request: HttpRequest, uid):
    require(request.user, MANAGE)
    assignment = found(selectors.assignment(request.user, uid))
    require(request.user, MANAGE, assignment.facility)
    return assignment


def _of_assignment(assignment, title: str, form, submit: str) -> dict[str, Any]:
    person = assignment.practitioner
    return {
        "title": title,
        "subtitle": f"{person}, {assignment.facility}",
        "crumbs": [
            Crumb(TITLE, reverse("privileging:fppe")),
            Crumb(str(person), _person_url(person)),
            Crumb(submit),
        ],
        "form": form,
        "submit": submit,
        "cancel_url": _person_url(person),
    }


# --- one evaluation -------------------------------------------------------------------------------------


@login_required
@require_GET
def plan_page(request: HttpRequest, uid) -> HttpResponse:
    """One evaluation: what is planned, what was done, and how it ended."""
    return render_page(request, TEMPLATE, _page(request, _plan(request, uid)))


@login_required
@require_POST
def take_up(request: HttpRequest, uid) -> HttpResponse:
    """What an evaluation found goes to the body it belongs before."""
    require(request.user, TAKE_UP)
    plan = _plan(request, uid)
    require(request.user, TAKE_UP, plan.facility)
    page = _page(request, plan)
    beside = page["beside"]
    form = TakeUpForm(request.POST, meetings=_meetings(plan), beside=beside)
    waits = page["take_up"] is not None
    if waits:
        page["take_up"] = form
    if not form.is_valid():
        return render_invalid(request, TEMPLATE, page)
    try:
        stated = dict(form.cleaned_data)
        chosen = beside if stated.pop("together", False) else []
        made = services.take_up_fppe(actor=request.user, plan=plan, beside=chosen, **stated)
    except Refused as refused:  # where there is no form any more, it is said above the page
        return render_refused(request, refused, TEMPLATE, page, form=form if waits else None)
    messages.success(request, _SAID[FPPEWay(made.way)])
    if made.way == FPPEWay.GIVE_UP and may(request.user, RECORD, plan.facility):
        return go_to(request, _give_up_url(plan, chosen))
    return go_to(request, reverse("privileging:fppe_plan", args=[plan.uid]))


#: What was done, by the way it goes.
_SAID = {
    FPPEWay.COMMITTEE: "Taken up: it is on the agenda.",
    FPPEWay.AGAIN: "Taken up: the next evaluation is open.",
    FPPEWay.GIVE_UP: "Taken up. Record here what is given up, once the practitioner does.",
    FPPEWay.NOTHING: "Taken up. It no longer waits on Today.",
}


def _meetings(plan: FPPEPlan) -> QuerySet[Meeting]:
    return coming_meetings_at(plan.facility, REVIEWING)


def _give_up_url(plan: FPPEPlan, beside: Sequence[FPPEPlan] = ()) -> str:
    """The page on which privileges are given up, with those of the evaluations chosen."""
    codes = [each.privilege.code for each in (plan, *beside)]
    return address(reverse("privileging:relinquish", args=[plan.practitioner.uid]), privilege=codes)


def _done(request: HttpRequest, plan: FPPEPlan, found: FollowedUp) -> dict[str, Any]:
    """What was done about it, with where it is looked at further, for the page."""
    made = found.made
    told: dict[str, Any] = {"made": made, "way": FPPEWay(made.way), "lines": []}
    told["lines"] += [
        (f"Together with {each.plan.privilege}", reverse("privileging:fppe_plan", args=[each.plan.uid]))
        for each in found.beside
    ]
    if made.next_plan is not None:
        told["lines"].append(
            (
                f"The next evaluation: {FPPEStatus(made.next_plan.status).label.lower()}",
                reverse("privileging:fppe_plan", args=[made.next_plan.uid])
                if may(request.user, MANAGE, plan.facility)
                else "",
            )
        )
    for item in found.items:
        url = reverse("bylaws:meeting", args=[item.meeting.uid])
        told["lines"].append(
            (
                f"On the agenda of {item.meeting.named}: {item.get_status_display().lower()}",
                url if sees_meeting(request.user, item.meeting) else "",
            )
        )
    if made.way == FPPEWay.GIVE_UP:
        if found.held:
            may_record = may(request.user, RECORD, plan.facility)
            told["lines"].append(
                ("Still held: record it once it is given up", _give_up_url(plan) if may_record else "")
            )
        else:
            told["lines"].append(("No longer held here", ""))
    return told


def _plan(request: HttpRequest, uid) -> FPPEPlan:
    """For whoever runs evaluations, and for the committee before which this one is."""
    if not may(request.user, MANAGE):
        require(request.user, "bylaws.view_reviews")
    return found(fppe_plan(request.user, uid))


def _page(request: HttpRequest, plan: FPPEPlan) -> dict[str, Any]:
    may_read = may_see_class(request.user, DataClass.PEER_REVIEW, plan.facility)
    steps = list(plan.steps.select_related("recorded_by").order_by("-recorded_at", "-pk"))
    for_cause = plan.reason == FPPEReason.FOR_CAUSE
    if may_read and (plan.conclusion or for_cause or any(step.note for step in steps)):
        _log(request, plan.practitioner, plan.facility, "A focused evaluation", plan)
    status = FPPEStatus(plan.status)
    runs = may(request.user, MANAGE, plan.facility)
    actions = (
        [Action("All evaluations of this person", _person_url(plan.practitioner), icon="microscope")]
        if runs
        else []
    )
    ended = status in TO_TAKE_UP
    taken = followed_up(plan) if ended else None
    takes_up = ended and taken is None and may(request.user, TAKE_UP, plan.facility)
    beside = closed_with(request.user, plan) if takes_up else []
    return {
        "title": str(plan.practitioner),
        "subtitle": f"Focused evaluation: {plan.privilege} at {plan.facility}",
        "page_badge": status,
        "person": plan.practitioner.display_name,
        "crumbs": [
            Crumb(TITLE, reverse("privileging:fppe")),
            Crumb(str(plan.practitioner), _person_url(plan.practitioner)),
            Crumb(str(plan.privilege)),
        ]
        if runs
        else [Crumb("Meetings", reverse("bylaws:meetings")), Crumb(str(plan.privilege))],
        "actions": actions,
        "plan": plan,
        "facts": [
            {"label": "Privilege", "value": f"{plan.privilege} ({plan.privilege.code})"},
            {"label": "Why", "value": plan.get_reason_display()},
            {"label": "How", "value": plan.method or plan.get_looking_display()},
            {"label": "Began", "day": plan.opened_on},
            {"label": "Due", "day": plan.due_on} if plan.due_on else {"label": "Due", "value": "To be set"},
            {"label": "Granted by", "value": plan.grant.authority},
        ]
        + ([{"label": "Closed", "day": plan.closed_on}] if plan.closed_on else []),
        "events": [
            {
                "when": step.recorded_at,
                "text": step.get_status_display(),
                "who": step.recorded_by,
                "detail": step.note if may_read else "",
                "colour": FPPEStatus(step.status).colour,
            }
            for step in steps
        ],
        "conclusion": plan.conclusion if may_read else "",
        "grounds": plan.grounds if may_read else "",
        "for_cause": for_cause,
        "ended": ended,
        "taken": _done(request, plan, taken) if taken else None,
        "call_url": reverse("bylaws:meeting_new"),
        "beside": beside,
        "take_up": TakeUpForm(meetings=_meetings(plan), beside=beside) if takes_up else None,
    }


# --- shared ---------------------------------------------------------------------------------------------


def _practitioner(uid, facility) -> Practitioner:
    """Somebody who was ever granted something at the facility."""
    return found(ever_granted(uid, facility))


def _chosen(request: HttpRequest, uid):
    """The person, the facility, and of their evaluations those chosen."""
    facility = facility_for(request, MANAGE)
    practitioner = _practitioner(uid, facility)
    sent = request.POST if request.method == "POST" else request.GET
    uids = set(chosen_uids(sent.getlist("selected")))
    plans = [plan for plan in selectors.plans_of(request.user, practitioner, facility) if plan.uid in uids]
    return practitioner, facility, plans


def _act(
    request: HttpRequest,
    practitioner: Practitioner,
    plans: Sequence[FPPEPlan],
    form,
    act,
    *,
    title: str,
    submit: str,
) -> HttpResponse:
    """A form about the evaluations chosen, with their names above it. The page on which they were ticked
    posts them: its token has no place in an address.
    """
    if request.method == "POST" and "choose" in request.POST:
        return go_to(request, address(request.path, selected=[str(plan.uid) for plan in plans] or None))
    page = {
        "title": title,
        "subtitle": str(practitioner),
        "person": practitioner.display_name,
        "crumbs": [
            Crumb(TITLE, reverse("privileging:fppe")),
            Crumb(str(practitioner), _person_url(practitioner)),
            Crumb(title),
        ],
        "form": form,
        "units": selectors.units_of(plans),
        "hidden": [("selected", str(plan.uid)) for plan in plans],
        "submit": submit,
        "cancel_url": _person_url(practitioner),
        "refusal": "" if plans else "Choose at least one evaluation on the page before.",
    }
    return answer_form(request, page, act, template="privileging/fppe_act.html")


def _person_url(practitioner: Practitioner) -> str:
    return reverse("privileging:fppe_person", args=[practitioner.uid])


def _number(plans: Sequence[FPPEPlan]) -> str:
    return f"{len(plans)} evaluation{'' if len(plans) == 1 else 's'}"


def _log(request: HttpRequest, practitioner: Practitioner | None, facility, what: str, subject) -> None:
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=subject._meta.label_lower,
        subject_uid=subject.uid,
        practitioner=practitioner,
        reason=what,
    )
