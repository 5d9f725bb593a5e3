"""What a hearing is made of, a page each: the panel, witnesses, exhibits, sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.forms.due_process import (
    ExhibitForm,
    MemberForm,
    ObjectionForm,
    ReasonForm,
    RulingForm,
    SessionForm,
    WitnessForm,
    paper_of,
)
from bylaws.models import (
    HearingExhibit,
    HearingSession,
    HearingWitness,
    PanelMember,
    PanelObjection,
)
from bylaws.selectors.due_process import seats_of
from bylaws.services import hearings
from bylaws.views.due_process import address_of, page_of, part_for, track_for
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form
from config.rulebook.verdicts import Outcome
from practitioners.selectors.people import find_by_npi


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_new(request: HttpRequest, uid) -> HttpResponse:
    """Propose somebody for the panel, or as hearing officer."""
    track = track_for(request, uid)
    page = page_of(
        track,
        "Propose for the panel",
        form=MemberForm(request.POST or None),
        intro="Whether the person may sit is judged at once: nobody in direct economic competition with the "
        "practitioner, nobody who took part in the matter. What is unknown is ruled in writing.",
        submit="Propose",
    )

    def act(given: dict[str, Any]) -> Done:
        number = given.pop("npi").strip()
        person = find_by_npi(viewer=request.user, npi=number) if number else None
        if number and person is None:
            raise Refused("Nobody on file has this NPI.", field="npi")
        made = hearings.propose_member(actor=request.user, track=track, practitioner=person, **given)
        return Done(f"{made.name}: {made.verdict['sentence']}", address_of(track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, uid) -> HttpResponse:
    """One member: what the facts say, the ruling, objections, releasing them."""
    one: PanelMember = part_for(request, PanelMember, uid)
    track = one.track
    seat = next(each for each in seats_of(track) if each.member.pk == one.pk)
    sent = request.POST.get("act") if request.method == "POST" else ""
    ruling = RulingForm(request.POST if sent == "rule" else None, prefix="rule")
    objection = ObjectionForm(
        request.POST if sent == "object" else None,
        initial={"day": clock.today(track.facility)},
        prefix="object",
    )
    release = ReasonForm(request.POST if sent == "release" else None, prefix="release")
    page = page_of(
        track,
        one.name,
        person=one.name,
        subtitle=f"{one.get_part_display()}, about {track.practitioner}",
        seat=seat,
        one=one,
        ruling=ruling,
        objection=objection,
        release=release,
        preparing=track.status in hearings.HEARING,
        may_rule=one.outcome == Outcome.UNKNOWN and not one.ruling and not seat.released,
    )
    acts: dict[str, tuple[Any, Callable[..., Any], str]] = {
        "rule": (ruling, hearings.rule_on_member, "The ruling is recorded."),
        "object": (objection, hearings.object_to_member, "The objection is recorded; it is to be ruled on."),
        "release": (release, hearings.release_member, "Released."),
    }
    form, service, done = acts.get(sent or "rule", acts["rule"])

    def act(given: dict[str, Any]) -> Done:
        service(actor=request.user, member=one, **given)
        return Done(done, reverse("bylaws:panel_member", args=[one.uid]))

    return answer_form(request, page, act, template="bylaws/panel_member.html", form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def objection_rule(request: HttpRequest, uid) -> HttpResponse:
    """How an objection was ruled."""
    one: PanelObjection = part_for(request, PanelObjection, uid, "member__track")
    page = page_of(
        one.member.track,
        "Rule on the objection",
        form=RulingForm(request.POST or None),
        intro=f"Against {one.member.name}: {one.words}",
        why_not="This was ruled already." if one.ruling else "",
        cancel_url=reverse("bylaws:panel_member", args=[one.member.uid]),
    )

    def act(given: dict[str, Any]) -> Done:
        hearings.rule_on_objection(actor=request.user, objection=one, **given)
        return Done("The ruling is recorded.", reverse("bylaws:panel_member", args=[one.member.uid]))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def witness_new(request: HttpRequest, uid) -> HttpResponse:
    """A witness one side expects to call."""
    track = track_for(request, uid)
    page = page_of(
        track,
        "Name a witness",
        form=WitnessForm(request.POST or None),
        intro="The hospital's witnesses stand in the notice of the hearing (42 USC 11112(b)(2)(B)).",
    )

    def act(given: dict[str, Any]) -> Done:
        made = hearings.name_witness(actor=request.user, track=track, **given)
        return Done(f"{made.name} is on the list.", address_of(track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exhibit_new(request: HttpRequest, uid) -> HttpResponse:
    """A paper one side brings."""
    track = track_for(request, uid)
    page = page_of(
        track, "Add an exhibit", form=ExhibitForm(request.POST or None, request.FILES or None), upload=True
    )

    def act(given: dict[str, Any]) -> Done:
        paper = paper_of(given.pop("paper"))
        made = hearings.add_exhibit(actor=request.user, track=track, paper=paper, **given)
        return Done(f"Exhibit {made.number} is added.", address_of(track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_new(request: HttpRequest, uid) -> HttpResponse:
    """One day of the hearing."""
    track = track_for(request, uid)
    panel = {str(each.member.uid): each.member for each in seats_of(track) if each.sits}
    page = page_of(
        track,
        "Record a session",
        form=SessionForm(
            request.POST or None,
            initial={"day": clock.today(track.facility), "practitioner_present": True},
            panel=[(key, f"{each.name}, {each.get_part_display()}") for key, each in panel.items()],
        ),
        why_not="" if panel else "Nobody on the panel may sit yet.",
    )

    def act(given: dict[str, Any]) -> Done:
        present = [panel[key] for key in given.pop("present")]
        hearings.record_session(actor=request.user, track=track, present=present, **given)
        return Done("The session is recorded.", address_of(track))

    return answer_form(request, page, act)


def _drop(request: HttpRequest, model: Any, uid, title: str, service: Callable[..., None], name: str):
    thing = part_for(request, model, uid)
    page = page_of(
        thing.track,
        title,
        form=ReasonForm(request.POST or None),
        submit="Take it back",
        danger=True,
        intro="The row stays, marked as taken back.",
        why_not="This was taken back already." if thing.taken_back_at else "",
    )

    def act(given: dict[str, Any]) -> Done:
        service(actor=request.user, **{name: thing}, **given)
        return Done("Taken back.", address_of(thing.track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def witness_drop(request: HttpRequest, uid) -> HttpResponse:
    """A witness is not called."""
    return _drop(request, HearingWitness, uid, "Drop the witness", hearings.drop_witness, "witness")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exhibit_drop(request: HttpRequest, uid) -> HttpResponse:
    """A paper is not used."""
    return _drop(request, HearingExhibit, uid, "Drop the exhibit", hearings.drop_exhibit, "exhibit")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_drop(request: HttpRequest, uid) -> HttpResponse:
    """A session was recorded wrongly."""
    return _drop(request, HearingSession, uid, "Take back the session", hearings.take_back_session, "session")
