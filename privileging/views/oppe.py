"""Ongoing evaluation: cycles, deliveries of values, profiles, the chair's signature, a profile on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from bylaws.policies import is_own_file
from bylaws.selectors.peer_review import statement_of
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, require, require_class
from config.accounts.selectors.facilities import current_facility
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    address,
    answer_form,
    go_to,
    render_list,
    render_page,
    render_refused,
)
from config.kernel.pages.deliveries import Looked, answer_delivery, require_right
from config.kernel.papers import typeset
from privileging.choices import OPPEConclusion, OPPEProposal, OPPEStatus
from privileging.filters import ProfileFilter
from privileging.forms.oppe import CycleForm, DeliveryForm, SignForm
from privileging.models import OPPEBatch, OPPECycle, OPPEIndicator, OPPEProfile
from privileging.rules.oppe_file import read_csv
from privileging.selectors import oppe as selectors
from privileging.services import oppe as services
from privileging.tables import profiles_table

MANAGE, SIGN = services.MANAGE, "privileging.sign_oppe"
TITLE = "Ongoing evaluation"


def _place(request: HttpRequest):
    """The facility where the reader works now, with a role there that runs or signs; the class as well."""
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    if not may(request.user, SIGN, facility):
        require(request.user, MANAGE, facility)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    return facility


@login_required
@require_GET
def oppe(request: HttpRequest) -> HttpResponse:
    """The profiles of the facility where the reader works now: those of the newest cycle unless another is
    chosen; the cycles above them.
    """
    facility = _place(request)
    cycles = selectors.cycles(request.user, facility)
    wanted = request.GET.get("cycle", "")
    cycle = next((each for each in cycles if str(each.uid) == wanted), cycles[0] if cycles else None)
    rows = selectors.profiles(request.user).filter(cycle=cycle)
    filterset = ProfileFilter(request.GET, queryset=rows, facility=facility, cycles=cycles)
    runs = may(request.user, MANAGE, facility)
    actions = []
    if runs:
        actions.append(
            Action("Open a cycle", reverse("privileging:oppe_cycle"), icon="calendar-plus", kind="primary")
        )
        actions.append(Action("Load values", reverse("privileging:oppe_load"), icon="upload"))
        actions.append(Action("Indicators", reverse("privileging:indicators"), icon="list-details"))
        if cycle is not None and clock.today(facility) > cycle.last_day:
            counted: Any = cycle
            if counted.n_open:
                actions.append(
                    Action(
                        "Put before the chairs",
                        reverse("privileging:oppe_before_chair", args=[cycle.uid]),
                        icon="send",
                        method="post",
                    )
                )
    told = _days(cycle) if cycle else "no cycle yet"
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=facility._meta.label_lower,
        subject_uid=facility.uid,
        reason="List of profiles of ongoing evaluation",
    )
    return render_list(
        request,
        profiles_table(),
        filterset.qs,
        title=TITLE,
        subtitle=f"At {facility}, {told} (OPPE). Peer review",
        noun="profile",
        filterset=filterset,
        export=False,  # working exports carry no peer review
        actions=actions,
        empty=Empty(
            "No profile here yet.",
            "Open a cycle: everybody with privileges gets a profile, also without a single case."
            if runs
            else "They come here once the quality coordinator puts them before you.",
            icon="chart-line",
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def cycle_new(request: HttpRequest) -> HttpResponse:
    """A new cycle."""
    facility = facility_for(request, MANAGE)

    def act(values: dict[str, Any]) -> Done:
        cycle = services.open_cycle(actor=request.user, facility=facility, **values)
        number, people = cycle.profiles.count(), cycle.profiles.filter(main=True).count()
        of = "" if number == people else f" of {people} {'person' if people == 1 else 'people'}"
        return Done(
            f"The cycle is open with {number} profile{'' if number == 1 else 's'}{of}.",
            address(reverse("privileging:oppe"), cycle=str(cycle.uid)),
        )

    page = {
        "title": "Open a cycle",
        "subtitle": str(facility),
        "crumbs": [Crumb(TITLE, reverse("privileging:oppe")), Crumb("Open a cycle")],
        "intro": "Everybody with privileges on a day of it gets a profile, in each specialty they hold some "
        "of; doing nothing here is data too.",
        "form": CycleForm(request.POST if request.method == "POST" else None),
        "submit": "Open the cycle",
        "cancel_url": reverse("privileging:oppe"),
    }
    return answer_form(request, page, act)


@login_required
@require_POST
def before_chair(request: HttpRequest, uid) -> HttpResponse:
    """The profiles of the cycle go before the chairs."""
    cycle = found(OPPECycle.objects.select_related("facility").filter(uid=uid).first())
    require(request.user, MANAGE, cycle.facility)
    try:
        number = services.put_before_chair(actor=request.user, cycle=cycle)
    except Refused as refused:
        page = {
            "title": TITLE,
            "crumbs": [Crumb(TITLE, reverse("privileging:oppe")), Crumb("Put before the chairs")],
        }
        return render_refused(request, refused, "privileging/oppe_refused.html", page)
    messages.success(request, f"Before the chairs: {number} profile{'' if number == 1 else 's'}.")
    return go_to(request, address(reverse("privileging:oppe"), cycle=str(cycle.uid)))


# --- values ---------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def load_page(request: HttpRequest) -> HttpResponse:
    """A CSV of values: looked at first, with every mistake by row and column, then loaded as a whole."""
    facility = facility_for(request, MANAGE)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    page: dict[str, Any] = {
        "title": "Load values",
        "subtitle": str(facility),
        "crumbs": [Crumb(TITLE, reverse("privileging:oppe")), Crumb("Load values")],
        "indicators": OPPEIndicator.objects.filter(retired=False).prefetch_related("forms"),
        "batches": OPPEBatch.objects.filter(facility=facility).select_related("recorded_by")[:10],
        "submit": "Look at it first",
        "cancel_url": reverse("privileging:oppe"),
    }

    def look(sent: dict[str, Any]) -> Looked:
        given, mistakes = read_csv(sent["text"])
        if mistakes:
            return Looked(mistakes)
        delivery = services.look_at_delivery(actor=request.user, facility=facility, given=given)
        told = {"number": len(given), "replaces": delivery.replaces, "preview": given[:5]}
        return Looked(delivery.mistakes, told)

    def load(sent: dict[str, Any]) -> Done:
        given, mistakes = read_csv(sent["text"])
        require_right(mistakes)
        batch = services.load_values(actor=request.user, facility=facility, name=sent["name"], given=given)
        return Done(
            f"Loaded: {batch.number} value{'' if batch.number == 1 else 's'}.", reverse("privileging:oppe")
        )

    return answer_delivery(
        request, page, "privileging/oppe_load.html", form=DeliveryForm, look=look, load=load
    )


# --- one profile ----------------------------------------------------------------------------------------


@login_required
@require_GET
def profile_page(request: HttpRequest, uid) -> HttpResponse:
    """One person in one cycle beside their nameless peers."""
    profile = _profile(request, uid)
    return render_page(request, "privileging/oppe_profile.html", _page(request, profile))


@login_required
@require_POST
def sign(request: HttpRequest, uid) -> HttpResponse:
    """The chair's conclusion."""
    profile = _profile(request, uid)
    require(request.user, SIGN, profile.cycle.facility)
    page = _page(request, profile)

    def act(values: dict[str, Any]) -> Done:
        shown = request.POST.get("shown", "")
        services.sign_profile(actor=request.user, profile=profile, shown=shown, **values)
        waiting = selectors.to_sign(request.user, profile.cycle.facility).first()
        if waiting is not None:
            return Done(
                "Signed. Here is the next one.", reverse("privileging:oppe_profile", args=[waiting.uid])
            )
        return Done("Signed. None is left.", reverse("privileging:oppe"))

    if page["form"] is None:  # nothing is left to sign here: the service says why, above the page
        try:
            done = act({"conclusion": request.POST.get("conclusion", "")})
        except Refused as refused:
            return render_refused(request, refused, "privileging/oppe_profile.html", page)
        return go_to(request, done.url)
    return answer_form(request, page, act, template="privileging/oppe_profile.html")


@login_required
@require_safe
def paper(request: HttpRequest, uid) -> HttpResponse:
    """The profile on paper."""
    profile = _profile(request, uid)
    view = selectors.view_of(profile, pictures=False)
    now = clock.now()
    cycle = profile.cycle
    content = {
        "title": f"Ongoing evaluation: {profile.practitioner}",
        "facility": str(cycle.facility),
        "person": str(profile.practitioner),
        "npi": profile.practitioner.npi or "",
        "specialty": profile.form.name,
        "department": str(profile.department or ""),
        "cycle": _days(cycle),
        "peer_review": statement_of(cycle.facility),
        "printed": f"Printed {moment(now)} by {request.user}",
        "lines": [
            {
                "name": line.indicator.name,
                "value": line.value,
                "peers": line.peers,
                "number": str(line.comparison.peers),
                "place": "At the limit of the policy" if line.over else line.comparison.word,
                "trend": line.trend.said,
            }
            for line in view.lines
        ],
        "unconfirmed": list(view.unconfirmed),
        "since": list(view.since),
        "conclusion": OPPEConclusion(profile.conclusion).label if profile.conclusion else "",
        "proposal": _proposal_said(profile, view.proposing),
        "words": profile.words,
        "signed": f"{profile.signed_by}, {moment(profile.signed_at)}" if profile.signed_at else "",
    }
    _log(request, profile, "Profile of ongoing evaluation on paper")
    response = HttpResponse(typeset("oppe_profile", content, issued_at=now), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="oppe-{profile.uid}.pdf"'
    return response


def _proposal_said(profile: OPPEProfile, why: Sequence[str]) -> str:
    """That the numbers proposed a focused evaluation, and what the chair answered, for the paper."""
    if not why:
        return ""
    said = f"The numbers propose a focused evaluation: {'; '.join(why)}."
    answer = {OPPEProposal.ACCEPTED: " The chair agrees.", OPPEProposal.DECLINED: " The chair says no."}
    return said + answer.get(OPPEProposal(profile.proposal), "") if profile.proposal else said


def _profile(request: HttpRequest, uid) -> OPPEProfile:
    if not (may(request.user, MANAGE) or may(request.user, SIGN)):
        raise Forbidden('Your roles do not include "Run ongoing evaluations".')
    profile = found(selectors.profile(request.user, uid))
    if is_own_file(request.user, profile.practitioner):
        raise Http404
    return profile


def _page(request: HttpRequest, profile: OPPEProfile) -> dict[str, Any]:
    view = selectors.view_of(profile)
    _log(request, profile, "Profile of ongoing evaluation")
    facility = profile.cycle.facility
    signs = (
        profile.status == OPPEStatus.CHAIR_REVIEW
        and may(request.user, SIGN, facility)
        and selectors.may_sign(request.user, profile)
    )
    actions = [Action("On paper", reverse("privileging:oppe_paper", args=[profile.uid]), icon="printer")]
    person = profile.practitioner
    if may(request.user, "practitioners.view", facility):
        actions.append(Action("File", reverse("practitioners:file", args=[person.uid]), icon="folder"))
    if profile.conclusion == OPPEConclusion.TRIGGER_FPPE and may(
        request.user, "privileging.manage_fppe", facility
    ):
        actions.append(
            Action(
                "Open a focused evaluation",
                address(reverse("privileging:fppe_open", args=[person.uid]), reason="for_cause"),
                icon="microscope",
                kind="primary",
            )
        )
    return {
        "title": str(person),
        "subtitle": f"{profile.form}, {_days(profile.cycle)}",
        "page_badge": view.state,
        "person": person.display_name,
        "crumbs": [
            Crumb(TITLE, address(reverse("privileging:oppe"), cycle=str(profile.cycle.uid))),
            Crumb(str(person)),
        ],
        "actions": actions,
        "profile": profile,
        "view": view,
        "others": selectors.other_profiles(request.user, profile),
        "conclusion": OPPEConclusion(profile.conclusion) if profile.conclusion else None,
        "declined": profile.proposal == OPPEProposal.DECLINED,
        "form": SignForm(request.POST or None, proposing=view.proposing) if signs else None,
        "sign_url": reverse("privileging:oppe_sign", args=[profile.uid]),
        "submit": "Sign",
    }


def _days(cycle: OPPECycle) -> str:
    return f"{day_text(cycle.first_day)} to {day_text(cycle.last_day)}"


def _log(request: HttpRequest, profile: OPPEProfile, what: str) -> None:
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=profile._meta.label_lower,
        subject_uid=profile.uid,
        practitioner=profile.practitioner,
        reason=what,
    )
