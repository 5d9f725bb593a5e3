"""Written consents: asked for, answered by each member, followed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import ConsentStatus, WaitsFor
from bylaws.forms.meetings import ReasonForm
from bylaws.forms.written_consents import AnswerConsentForm, AskConsentForm, PaperConsentForm
from bylaws.models import Committee, WrittenConsent
from bylaws.selectors.meetings import steps_waiting_for
from bylaws.selectors.written_consents import visible_consents
from bylaws.services.written_consents import answer_consent, ask_consent, withdraw_consent
from bylaws.views.common import facility_for, found, who_was_told
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_page

METHODS = ["GET", "HEAD", "POST"]
TITLE = "Written consents"


def _url(name: str, consent: WrittenConsent) -> str:
    return reverse(f"bylaws:{name}", args=[consent.uid])


@login_required
@require_safe
def consent_list(request) -> HttpResponse:
    """What was asked in writing of the bodies the person sits on, or runs; the newest first."""
    facility = facility_for(request, "bylaws.view_reviews")
    rows = visible_consents(request.user).filter(committee__facility=facility)
    return render_page(
        request,
        "bylaws/written_consents.html",
        {
            "title": TITLE,
            "subtitle": f"Decisions of the bodies of {facility} without a meeting",
            "crumbs": [Crumb("Meetings", reverse("bylaws:meetings")), Crumb(TITLE)],
            "consents": list(rows[:200]),
            "empty": Empty(
                "Nothing was decided by written consent.",
                "Where the bylaws let a body do so, it is asked from the body's page.",
                icon="file-certificate",
            ),
        },
    )


@login_required
@require_http_methods(METHODS)
def consent_new(request, uid) -> HttpResponse:
    """Ask a body for its written consent."""
    committee = found(Committee.objects.select_related("facility").filter(uid=uid).first())
    require(request.user, "bylaws.run_meeting", committee.facility)
    back = reverse("bylaws:committee", args=[committee.uid])
    page = {
        "title": "Ask for written consent",
        "subtitle": str(committee),
        "crumbs": [
            Crumb("Committees", reverse("bylaws:committees")),
            Crumb(str(committee), back),
            Crumb("Ask"),
        ],
        "intro": "Every voting member is asked and answers once. It is decided when all have consented; one "
        "objection, or an answer missing after the last day, ends it.",
        "form": AskConsentForm(request.POST or None, steps=steps_waiting_for(committee, request.user)),
        "submit": "Ask the members",
        "cancel_url": back,
    }

    def ask(given: dict) -> Done:
        made = ask_consent(actor=request.user, committee=committee, **given)
        said = "The members are asked." if made.status == ConsentStatus.OPEN else made.outcome
        return Done(said, _url("written_consent", made))

    return answer_form(request, page, ask)


def _found(request, uid) -> WrittenConsent:
    return found(visible_consents(request.user).filter(uid=uid).first())


@login_required
@require_http_methods(METHODS)
def consent_page(request, uid) -> HttpResponse:
    """What is asked, one's own answer, and who has answered."""
    consent = _found(request, uid)
    facility = consent.committee.facility
    asked = list(consent.asked.select_related("user", "answer"))
    mine = next((each for each in asked if each.user_id == request.user.pk), None)
    runs = may(request.user, "bylaws.run_meeting", facility)
    is_open = consent.status == ConsentStatus.OPEN and clock.today(facility) <= consent.until
    acts = [
        Action("Received on paper", url=_url("written_consent_paper", consent), icon="file-check"),
        Action("Withdraw", url=_url("written_consent_withdraw", consent), icon="x", kind="danger"),
    ]
    told = who_was_told(WaitsFor.CONSENT, consent.uid)
    page = {
        "title": consent.title,
        "subtitle": str(consent),
        "crumbs": [
            Crumb("Meetings", reverse("bylaws:meetings")),
            Crumb(TITLE, reverse("bylaws:written_consents")),
            Crumb(consent.title),
        ],
        "consent": consent,
        "status": ConsentStatus(consent.status),
        "asked": asked,
        "missing": [each.user for each in asked if not hasattr(each, "answer")],
        "mine": mine,
        "answers": is_open and mine is not None and not hasattr(mine, "answer"),
        "runs": runs,
        "actions": [*(acts if consent.status == ConsentStatus.OPEN else []), told] if runs else [],
        "form": AnswerConsentForm(request.POST or None),
        "submit": "Give the answer",
        "cancel_url": reverse("home:today"),
    }

    def answer(given: dict) -> Done:
        done = answer_consent(actor=request.user, consent=consent, **given)
        if done.status == ConsentStatus.OPEN:
            return Done("Your answer is on record.", reverse("bylaws:written_consents"))
        return Done(f"Your answer is on record. {done.outcome}", reverse("bylaws:written_consents"))

    return answer_form(request, page, answer, template="bylaws/written_consent.html")


@login_required
@require_http_methods(METHODS)
def consent_paper(request, uid) -> HttpResponse:
    """An answer the office received on paper."""
    consent = _found(request, uid)
    require(request.user, "bylaws.run_meeting", consent.committee.facility)
    members = [each.user for each in consent.asked.filter(answer__isnull=True).select_related("user")]
    page = {
        "title": "An answer on paper",
        "crumbs": [Crumb(consent.title, _url("written_consent", consent)), Crumb("On paper")],
        "form": PaperConsentForm(request.POST or None, members=members),
        "submit": "Record it",
        "cancel_url": _url("written_consent", consent),
    }

    def record(given: dict) -> Done:
        member = given.pop("member")
        answer_consent(actor=request.user, consent=consent, user=member, **given)
        return Done(f"The answer of {member} is on record.", _url("written_consent", consent))

    return answer_form(request, page, record)


@login_required
@require_http_methods(METHODS)
def consent_withdraw(request, uid) -> HttpResponse:
    """It is not asked for any more."""
    consent = _found(request, uid)
    require(request.user, "bylaws.run_meeting", consent.committee.facility)
    page = {
        "title": "Withdraw it",
        "crumbs": [Crumb(consent.title, _url("written_consent", consent)), Crumb("Withdraw")],
        "intro": "Nobody is asked any more; what was answered stays. It can go before a meeting.",
        "form": ReasonForm(request.POST or None),
        "submit": "Withdraw it",
        "danger": True,
        "cancel_url": _url("written_consent", consent),
    }

    def withdraw(given: dict) -> Done:
        withdraw_consent(actor=request.user, consent=consent, **given)
        return Done("It is withdrawn.", _url("written_consent", consent))

    return answer_form(request, page, withdraw)
