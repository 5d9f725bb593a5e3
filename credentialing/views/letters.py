"""Pages of letters: the log, one letter with what became of it, how it goes out, what came back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import Action, Crumb, Done, Empty, address, answer_form, render_list, render_page
from config.organization.models import Facility
from credentialing import letter_lists, links, policies
from credentialing.choices import LetterState, SendingChannel, SendingOutcome
from credentialing.forms.letters import ArrivalForm, EmailForm, PaperForm
from credentialing.models import LetterSending
from credentialing.rules.letter_occasions import clock_days
from credentialing.selectors import letters as selectors
from credentialing.selectors.letter_facts import email_of
from credentialing.services import letter_sending
from credentialing.services.letter_sending import channels_for, needs_proof
from practitioners.models import Letter

WRITE = selectors.WRITE
HERE = Crumb("Letters", "/letters/")


def facility_of(request: HttpRequest) -> Facility:
    """The facility whose office the reader writes for."""
    require(request.user, WRITE)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, WRITE, facility)
    return facility


@login_required
@require_GET
def letter_list(request: HttpRequest) -> HttpResponse:
    """Every letter of the facility: of what kind, about whom, how far it is. Files leave protected ones
    out.
    """
    facility = facility_of(request)
    rows = selectors.visible_letters(request.user).filter(facility=facility)
    if "format" in request.GET:
        rows = rows.filter(data_class=DataClass.GENERAL)
    filterset = letter_lists.LetterFilter(request.GET, queryset=selectors.with_state(rows))
    return render_list(
        request,
        letter_lists.LETTERS,
        filterset.qs,
        title="Letters",
        subtitle=f"{facility.name}. Exports leave out letters of a protected class.",
        noun="letter",
        filterset=filterset,
        empty=Empty(
            "No letter has been issued.",
            "Open a practitioner or an application and write one from there.",
            icon="mail",
        ),
        actions=[Action("Templates", url=reverse("credentialing:letter_templates"), icon="template")],
    )


# --- one letter -----------------------------------------------------------------------------------------


@login_required
@require_GET
def letter_page(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What it says, from which version, how it went out, and the time limit that runs from its delivery."""
    letter = _letter(request, uid)
    _log_read(request, letter)
    office = getattr(letter, "office", None)
    sendings = selectors.sendings_of(letter)
    protected = letter.data_class != DataClass.GENERAL
    return render_page(
        request,
        "credentialing/letters/letter.html",
        {
            "title": letter.content.get("title", letter.title) if office else letter.title,
            "subtitle": f"{selectors.kind_of(letter)} · {letter.facility}",
            "crumbs": [HERE, Crumb(str(letter.practitioner))],
            "page_badge": LetterState(letter.state),
            "badges": [DataClass(letter.data_class)] if protected else [],
            "letter": letter,
            "office": office,
            "content": letter.content if office else {},
            "ways": [_told(each) for each in sendings],
            "limit": _limit(letter, office),
            "practitioner_url": links.practitioner(letter.practitioner),
            "application_url": _application_url(office),
            "hearing_url": _hearing_url(request.user, letter, office),
            "template_url": links.letter_template(office.version.template) if office else "",
            "actions": _actions(letter),
        },
    )


def _application_url(office) -> str:
    told = office.application if office is not None else None
    return links.application(told) if told is not None else ""


def _hearing_url(viewer, letter: Letter, office) -> str:
    """The right to a hearing of which the letter is the notice; empty where it is none, or not to be read."""
    told = office.application if office is not None and office.decision_id else None
    if told is None or not policies.may_keep_hearings(viewer, letter.facility):
        return ""
    return address(reverse("credentialing:hearing", args=[told.uid]), act=office.decision.uid)


def _letter(request: HttpRequest, uid: uuid.UUID) -> Letter:
    letter = selectors.get_letter(request.user, uid)
    if letter is None:
        raise Http404
    return letter


def _actions(letter: Letter) -> list[Action]:
    channels = channels_for(letter)
    actions = [
        Action("PDF", url=reverse("practitioners:letter", args=[letter.uid]), icon="download"),
    ]
    first = letter.state in (LetterState.TO_SEND, LetterState.CAME_BACK, LetterState.FAILED)
    if SendingChannel.EMAIL in channels:
        url = reverse("credentialing:letter_email", args=[letter.uid])
        actions.append(Action("E-mail it", url=url, icon="mail-forward", kind="secondary"))
    if channels:
        url = reverse("credentialing:letter_send", args=[letter.uid])
        kind = "primary" if first else "secondary"
        actions.append(Action("Record how it went out", url=url, icon="send", kind=kind))
    return actions


def _told(sending: LetterSending) -> dict[str, Any]:
    """One sending as the page shows it: corrected or standing, and what can still be recorded."""
    arrivals = list(sending.arrivals.all())
    corrected = getattr(sending, "corrected_by", None)
    mail = getattr(sending, "mail", None)
    gone = mail is None or mail.status == "sent"
    return {
        "sending": sending,
        "arrivals": [
            {
                "row": each,
                "badge": SendingOutcome(each.outcome),
                "proof_url": links.evidence(each.proof.uid) if each.proof else "",
                "counts": each is arrivals[-1],
            }
            for each in arrivals
        ],
        "mail": mail,
        "corrected": corrected,
        "arrived_url": (
            reverse("credentialing:letter_arrived", args=[sending.uid]) if not corrected and gone else ""
        ),
        "correct_url": (
            reverse("credentialing:letter_sending_correct", args=[sending.uid])
            if not corrected and (mail is None or mail.status in ("waiting", "failed"))
            else ""
        ),
    }


def _limit(letter: Letter, office) -> dict[str, Any] | None:
    """The time limit that runs from receipt, with its first and last day where that is known."""
    if office is None or not office.clock_days:
        return None
    limit: dict[str, Any] = {"days": office.clock_days, "delivered_on": letter.delivered_on}
    if letter.delivered_on:
        limit["first"], limit["last"] = clock_days(letter.delivered_on, office.clock_days)
        limit["over"] = limit["last"] < clock.today(letter.facility)
    return limit


def _log_read(request: HttpRequest, letter: Letter) -> None:
    if letter.data_class != DataClass.GENERAL:
        record_protected_read(
            actor=request.user,
            data_class=DataClass(letter.data_class),
            subject_kind="practitioners.letter",
            subject_uid=letter.uid,
            practitioner=letter.practitioner,
        )


# --- how it goes out ------------------------------------------------------------------------------------


def _page(letter: Letter, title: str, form, submit: str, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "subtitle": f"{letter.title}, {letter.practitioner}",
        "crumbs": [HERE, Crumb(letter.title, links.letter(letter)), Crumb(title)],
        "form": form,
        "submit": submit,
        "cancel_url": links.letter(letter),
    } | more


def _paper_form(letter: Letter, data=None, *, corrects: LetterSending | None = None) -> PaperForm:
    initial = {
        "recipient": "\n".join(letter.content.get("to", [])) or str(letter.practitioner),
        "sent_on": clock.today(letter.facility),
    }
    if corrects is not None:
        for name in ("channel", "recipient", "carrier", "tracking", "sent_on"):
            initial[name] = getattr(corrects, name)
    return PaperForm(data, channels=channels_for(letter), correcting=corrects is not None, initial=initial)


@login_required
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Record by whom the letter was carried on paper, and its number."""
    letter = _letter(request, uid)
    if not channels_for(letter):
        raise Http404
    form = _paper_form(letter, request.POST or None)
    page = _page(letter, "How it went out", form, "Record it", intro=_proof_hint(letter))

    def record(given: dict) -> Done:
        letter_sending.send_letter(actor=request.user, letter=letter, handed=form.handed())
        return Done("Recorded.", links.letter(letter))

    return answer_form(request, page, record)


def _proof_hint(letter: Letter) -> str:
    if not needs_proof(letter):
        return ""
    return "It goes on a way that proves the day of receipt: the time to ask for a hearing runs from it."


@login_required
@require_http_methods(["GET", "POST"])
def send_email(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Mail the PDF."""
    letter = _letter(request, uid)
    if SendingChannel.EMAIL not in channels_for(letter):
        raise Http404
    form = EmailForm(request.POST or None, initial={"email": email_of(letter.practitioner)})
    page = _page(
        letter, "E-mail it", form, "Send the e-mail",
        intro="The PDF is attached; the message itself says only that a letter of the office has come.",
    )  # fmt: skip

    def mail(given: dict) -> Done:
        letter_sending.send_letter(actor=request.user, letter=letter, handed=form.handed())
        return Done("The e-mail is on its way.", links.letter(letter))

    return answer_form(request, page, mail)


@login_required
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Put a further row in the place of a sending that was recorded wrongly."""
    sending, letter = _sending(request, uid)
    if sending.channel == SendingChannel.EMAIL:
        form: Any = EmailForm(request.POST or None, correcting=True, initial={"email": sending.recipient})
    else:
        form = _paper_form(letter, request.POST or None, corrects=sending)
    page = _page(
        letter, "Correct how it went out", form, "Record the correction",
        intro="What was recorded stays on the page, marked as corrected, with your reason.",
    )  # fmt: skip

    def record(given: dict) -> Done:
        letter_sending.send_letter(
            actor=request.user, letter=letter, handed=form.handed(), corrects=sending, reason=given["reason"]
        )
        return Done("Corrected.", links.letter(letter))

    return answer_form(request, page, record)


@login_required
@require_http_methods(["GET", "POST"])
def arrived(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that a letter was delivered, refused or came back, with its proof."""
    sending, letter = _sending(request, uid)
    form = ArrivalForm(
        request.POST or None,
        request.FILES or None,
        today=clock.today(letter.facility),
        needed=needs_proof(letter),
        correcting=sending.arrivals.exists(),
    )
    page = _page(
        letter, "What became of it", form, "Record it", upload=True,
        intro=f"{sending.get_channel_display()} of {sending.sent_on:%d %b %Y} {sending.tracking}".strip(),
    )  # fmt: skip

    def record(given: dict) -> Done:
        letter_sending.record_arrival(
            actor=request.user,
            sending=sending,
            outcome=given["outcome"],
            happened_on=given["happened_on"],
            told_by=given["told_by"],
            proof=form.proof_given(),
            reason=given.get("reason", ""),
        )
        return Done("Recorded.", links.letter(letter))

    return answer_form(request, page, record)


def _sending(request: HttpRequest, uid: uuid.UUID) -> tuple[LetterSending, Letter]:
    sending = LetterSending.objects.select_related("letter").filter(uid=uid).first()
    if sending is None:
        require(request.user, WRITE)
        raise Http404
    letter = _letter(request, sending.letter.uid)
    sending.letter = letter
    if LetterSending.objects.filter(corrects=sending).exists():
        raise Refused("This sending was corrected already.")
    return sending, letter
