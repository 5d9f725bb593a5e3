"""Questions for the data bank, and the record of investigations they rest on."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import QUESTION_ENDS, DataBankAnswer, DataBankQuestionKind, InvestigationOutcome
from bylaws.forms.bars import VoidForm
from bylaws.forms.questions import CloseForm, InvestigationForm, LimitForm, NoForm, OpenedForm, YesForm
from bylaws.imposed import last_day_imposed
from bylaws.selectors.due_process import runs, steps_of
from bylaws.selectors.investigations import get_investigation, investigations, investigations_on
from bylaws.selectors.questions import answered_questions, get_question, open_questions
from bylaws.services.investigations import close_investigation, open_investigation, void_investigation
from bylaws.services.questions import answer_question
from bylaws.views.actions import DATA_BANK, log_read
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, answer_form, render_page
from practitioners.models import Practitioner

QUESTIONS, INVESTIGATIONS = "Questions for the data bank", "Investigations"
FOLLOW = "bylaws.report_actions"


@login_required
@require_safe
def question_list(request) -> HttpResponse:
    """What is asked of whoever follows the data bank, and what was answered."""
    facility = facility_for(request, FOLLOW)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    log_read(request, facility)
    return render_page(
        request,
        "bylaws/data_bank_questions.html",
        {
            "title": QUESTIONS,
            "subtitle": f"At {facility}: what no machine may say, a person answers",
            "badges": [DataClass.PEER_REVIEW],
            "crumbs": [Crumb(DATA_BANK, reverse("bylaws:data_bank")), Crumb(QUESTIONS)],
            "open": list(open_questions(request.user, facility)),
            "answered": answered_questions(request.user, facility),
            "actions": [Action(INVESTIGATIONS, url=reverse("bylaws:investigations"), icon="search")],
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_page(request, uid) -> HttpResponse:
    """One question: what happened, what was on record that day, and a yes or a no."""
    asked = found(get_question(viewer=request.user, uid=uid))
    facility = asked.facility
    require(request.user, FOLLOW, facility)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    log_read(request, asked, asked.practitioner)
    opens = asked.kind == DataBankQuestionKind.EVALUATION
    sent = request.POST.get("act") if request.method == "POST" else ""
    ends = asked.kind in QUESTION_ENDS
    initial = {"day": asked.day}
    if ends and not asked.answer:
        initial["last_day"] = last_day_imposed(asked.subject_uid, asked.day)
    yes = (OpenedForm if opens else LimitForm if ends else YesForm)(
        request.POST if sent == "yes" else None, initial=initial, prefix="yes"
    )
    no = NoForm(request.POST if sent == "no" else None, prefix="no")
    page: dict[str, Any] = {
        "title": asked.get_kind_display(),
        "subtitle": f"{asked.practitioner}, at {facility}",
        "person": asked.practitioner.display_name,
        "badges": [DataClass.PEER_REVIEW],
        "crumbs": [
            Crumb(DATA_BANK, reverse("bylaws:data_bank")),
            Crumb(QUESTIONS, reverse("bylaws:data_bank_questions")),
            Crumb(str(asked.practitioner)),
        ],
        "asked": asked,
        "open_then": investigations_on(asked.practitioner, facility, asked.day),
        "yes": yes,
        "no": no,
        "opens": opens,
        "actions": [
            Action(
                "Open the file",
                url=reverse("practitioners:file", args=[asked.practitioner.uid]),
                icon="folder",
            )
        ],
    }
    here = reverse("bylaws:data_bank_question", args=[asked.uid])

    def act(given: dict[str, Any]) -> Done:
        answer = DataBankAnswer.NO if sent == "no" else DataBankAnswer.YES
        done = answer_question(actor=request.user, question=asked, answer=answer, **given)
        if done.action is not None:
            return Done(
                f"It is counted from {day_text(given['day'])}{_through(given)}.",
                reverse("bylaws:data_bank_action", args=[done.action.uid]),
            )
        if done.investigation is not None:
            return Done(
                "The investigation is on record.",
                reverse("bylaws:investigation", args=[done.investigation.uid]),
            )
        return Done("Recorded: nothing is counted.", here)

    return answer_form(
        request, page, act, template="bylaws/data_bank_question.html", form=no if sent == "no" else yes
    )


def _through(given: dict[str, Any]) -> str:
    last = given.get("last_day")
    return f" through {day_text(last)}" if last else ""


@login_required
@require_safe
def investigation_list(request) -> HttpResponse:
    """Every investigation on record at the facility; read by few, and the reading is logged."""
    facility = facility_for(request, FOLLOW)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    log_read(request, facility)
    return render_page(
        request,
        "bylaws/investigations.html",
        {
            "title": INVESTIGATIONS,
            "subtitle": f"At {facility}: whether somebody was under investigation on a day",
            "badges": [DataClass.PEER_REVIEW],
            "crumbs": [Crumb(DATA_BANK, reverse("bylaws:data_bank")), Crumb(INVESTIGATIONS)],
            "rows": list(investigations(request.user, facility)),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def investigation_page(request, uid) -> HttpResponse:
    """One investigation: its days, what it is about, closing it, taking it back."""
    one = found(get_investigation(viewer=request.user, uid=uid))
    facility = one.facility
    require(request.user, FOLLOW, facility)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    log_read(request, one, one.practitioner)
    live = list(one.periods.live().order_by("valid"))
    ended = list(
        one.periods.filter(end_reason__isnull=False)
        .select_related("superseded_by")
        .order_by("-superseded_at")
    )
    sent = request.POST.get("act") if request.method == "POST" else ""
    close = CloseForm(
        request.POST if sent == "close" else None,
        initial={"last_day": clock.today(facility)},
        prefix="close",
    )
    undo = VoidForm(request.POST if sent == "void" else None, prefix="void")
    here = reverse("bylaws:investigation", args=[one.uid])
    steps = steps_of(one)
    replaced = {each.replaces_id for each in steps}
    page: dict[str, Any] = {
        "title": "Investigation",
        "subtitle": f"{one.practitioner}, at {facility}",
        "person": one.practitioner.display_name,
        "badges": [DataClass.PEER_REVIEW],
        "crumbs": [
            Crumb(DATA_BANK, reverse("bylaws:data_bank")),
            Crumb(INVESTIGATIONS, reverse("bylaws:investigations")),
            Crumb(str(one.practitioner)),
        ],
        "one": one,
        "period": live[0] if live else None,
        "ended": ended[0] if ended else None,
        "close": close,
        "may_close": bool(live) and live[-1].valid.upper is None,
        "undo": undo,
        "steps": steps,
        "replaced": replaced,
        "runs": runs(request.user, facility),
        "proposes": any(
            each.outcome == InvestigationOutcome.MEASURE and each.pk not in replaced and not each.withdrawn
            for each in steps
        ),
    }

    def act(given: dict[str, Any]) -> Done:
        if sent == "void":
            void_investigation(actor=request.user, investigation=one, **given)
            return Done("It is recorded as a mistake.", here)
        close_investigation(actor=request.user, investigation=one, **given)
        return Done("It is closed.", here)

    return answer_form(
        request, page, act, template="bylaws/investigation.html", form=undo if sent == "void" else close
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def investigation_new(request, uid) -> HttpResponse:
    """Record that an investigation of somebody began."""
    facility = facility_for(request, FOLLOW)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    person = found(Practitioner.objects.filter(uid=uid).first())
    page = {
        "title": "Record an investigation",
        "subtitle": f"{person}, at {facility}",
        "person": person.display_name,
        "badges": [DataClass.PEER_REVIEW],
        "crumbs": [
            Crumb(DATA_BANK, reverse("bylaws:data_bank")),
            Crumb(INVESTIGATIONS, reverse("bylaws:investigations")),
            Crumb("Record"),
        ],
        "form": InvestigationForm(request.POST or None, initial={"start": clock.today(facility)}),
        "intro": "It keeps nobody from working. What is given up while it is open is reportable from its "
        "first day, so its days decide; only whoever may read peer review sees it.",
        "submit": "Record it",
        "cancel_url": reverse("practitioners:file", args=[person.uid]),
    }

    def act(given: dict[str, Any]) -> Done:
        one = open_investigation(actor=request.user, practitioner=person, facility=facility, **given)
        return Done("The investigation is on record.", reverse("bylaws:investigation", args=[one.uid]))

    return answer_form(request, page, act)
