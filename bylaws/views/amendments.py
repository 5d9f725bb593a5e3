"""Amendments: drafted, tried on the staff, put on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import AmendmentStatus, WaitsFor
from bylaws.forms.amendments import (
    AmendmentForm,
    BallotForm,
    BoardForm,
    CountForm,
    DayForm,
    PapersForm,
    TextForm,
    TryForm,
    ValueForm,
    VoteForm,
)
from bylaws.forms.meetings import ReasonForm
from bylaws.models import Amendment
from bylaws.papers import said, simulation_paper, value_title
from bylaws.selectors.amendments import (
    amendable,
    amendment_page,
    amendments_of,
    changed_values,
    drafts_of,
    drafts_to_amend_with,
    text_changes,
    told_to,
    too_early,
    turnout_of,
    voter_for,
)
from bylaws.selectors.simulation import Simulation, simulate, simulate_for_members
from bylaws.services.amendments import (
    DRAFT,
    cast_ballot,
    close_ballot,
    draft_amendment,
    drop_value,
    edit_amendment,
    give_notice,
    link_text,
    open_ballot,
    put_value,
    record_board,
    record_papers,
    withdraw_amendment,
)
from bylaws.tables import SIMULATED
from bylaws.views.common import facility_for, found, who_was_told
from bylaws.views.compliance import tabs
from config.accounts.choices import DataClass
from config.accounts.policies import may, require
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Table,
    address,
    answer_form,
    build_table,
    render_page,
    stored,
    stream_csv,
)
from config.organization.models import Facility

TITLE = "Amendments"
READ = "bylaws.read_documents"
#: Findings shown on the page; all of them are in the CSV and on paper.
SHOWN = 200


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(TITLE, reverse("bylaws:amendments")), *more]


def _url(amendment: Amendment, name: str = "amendment") -> str:
    return reverse(f"bylaws:{name}", args=[amendment.uid])


@login_required
@require_safe
def amendment_list(request) -> HttpResponse:
    """Every amendment of the facility, with how far it has come."""
    facility = facility_for(request, "bylaws.view_compliance")
    drafts = may(request.user, DRAFT, facility)
    new = Action("Draft an amendment", url=reverse("bylaws:amendment_new"), icon="plus", kind="primary")
    return render_page(
        request,
        "bylaws/amendments.html",
        {
            "title": TITLE,
            "subtitle": f"Of the bylaws of {facility}: drafted, tried on the staff, voted on",
            "tabs": tabs("amendments"),
            "amendments": list(amendments_of(facility)),
            "actions": [new] if drafts else [],
            "today": clock.today(facility),
            "empty": Empty(
                "No amendment has been drafted.",
                "Draft one to see whom it would make non-compliant before anybody votes.",
                new if drafts else None,
                icon="scale",
            ),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_new(request) -> HttpResponse:
    """Draft an amendment."""
    facility = facility_for(request, DRAFT)
    page = {
        "title": "Draft an amendment",
        "crumbs": _crumbs(Crumb("Draft")),
        "form": AmendmentForm(request.POST or None),
        "submit": "Draft it",
        "cancel_url": reverse("bylaws:amendments"),
    }

    def draft(given: dict) -> Done:
        amendment = draft_amendment(actor=request.user, facility=facility, **given)
        return Done("Drafted. Add the values it changes, then try it on the staff.", _url(amendment))

    return answer_form(request, page, draft)


def _found(request, uid, permission: str) -> Amendment:
    return found(amendment_page(facility_for(request, permission), uid))


@login_required
@require_safe
def amendment(request, uid) -> HttpResponse:
    """One amendment: its words, the values it changes, what it would do to the staff, and its way."""
    shown = _found(request, uid, "bylaws.view_compliance")
    facility = shown.facility
    today = clock.today(facility)
    form = TryForm(request.GET or None)
    on = (form.cleaned_data.get("on") if form.is_bound and form.is_valid() else None) or today
    tried: Simulation | None = None
    if shown.values.all():
        try:
            tried = _tried(request, shown, on)
        except Refused as refused:
            form = TryForm(request.GET)
            form.add_error("on", refused.sentence)
            on, tried = today, _tried(request, shown, today)
    if tried is not None and request.GET.get("format") == "csv":
        # A file takes away nothing of a protected class, whoever asks for it.
        open_to_all = [each for each in tried.changes if not each.rule.data_class]
        return stream_csv(SIMULATED, open_to_all, name=f"amendment-{on.isoformat()}")
    changes = tried.changes if tried else []
    drafting = shown.status == AmendmentStatus.DRAFT and may(request.user, DRAFT, facility)
    return render_page(
        request,
        "bylaws/amendment.html",
        {
            "title": shown.title,
            "subtitle": f"Amendment, {shown.get_status_display().lower()}",
            "crumbs": _crumbs(Crumb(shown.title)),
            "amendment": shown,
            "status": AmendmentStatus(shown.status),
            "actions": _ways(shown) if may(request.user, DRAFT, facility) else [],
            "drafting": drafting,
            "rows": _rows(shown, tried) if tried else [],
            "steps": shown.steps.all(),
            "sections": text_changes(shown),
            "turnout": turnout_of(shown) if shown.ballot_until else None,
            "tried": tried,
            "table": build_table(_table(request, facility), changes[:SHOWN]) if changes else None,
            "more": max(0, len(changes) - SHOWN),
            "form": form,
            "on": on,
            "today": today,
            "csv_url": address(_url(shown), on=on.isoformat(), format="csv"),
            "paper_url": address(_url(shown, "amendment_paper"), on=on.isoformat()),
            "voters_paper_url": address(_url(shown, "amendment_paper"), on=on.isoformat(), readers="voters"),
        },
    )


def _table(request: HttpRequest, facility: Facility) -> Table:
    """What is judged otherwise; it leads to the files for whoever may open them."""
    opens = may(request.user, "practitioners.view", facility)
    return SIMULATED if opens else replace(SIMULATED, row_url=None)


def _rows(shown: Amendment, tried: Simulation) -> list[dict[str, Any]]:
    """Each value it changes, as it is and as it would be."""
    uids = {(value.code, value.subject): value.uid for value in shown.values.all()}
    return [
        {
            "title": value_title(before),
            "before": said(before),
            "after": said(after),
            "uid": uids[before.code, before.subject],
        }
        for before, after in tried.values
    ]


def _tried(request, shown: Amendment, on) -> Simulation:
    """The amendment on the day; what of it is protected is logged as read."""
    tried = simulate(viewer=request.user, facility=shown.facility, on=on, drafts=drafts_of(shown))
    for data_class in sorted({each.rule.data_class for each in tried.rules if each.rule.data_class}):
        record_protected_read(
            actor=request.user,
            data_class=DataClass(data_class),
            subject_kind=shown._meta.label_lower,
            subject_uid=shown.uid,
        )
    return tried


def _ways(shown: Amendment) -> list[Action]:
    """What comes next on its way, and the way out."""
    edit = Action("Edit", url=_url(shown, "amendment_edit"), icon="pencil")
    early = too_early(shown)
    withdraw = Action("Withdraw", url=_url(shown, "amendment_withdraw"), icon="x", kind="danger")
    steps = {
        AmendmentStatus.DRAFT: [
            Action("Give notice", url=_url(shown, "amendment_notice"), icon="bell", kind="primary"),
            edit,
            Action("Link a document", url=_url(shown, "amendment_text"), icon="file-text"),
            withdraw,
        ],
        AmendmentStatus.NOTICED: [
            Action(
                "Open the ballot",
                url=_url(shown, "amendment_ballot"),
                icon="list-check",
                kind="primary",
                refusal=early,
            ),
            withdraw,
        ],
        AmendmentStatus.BALLOT: [
            Action("Papers returned", url=_url(shown, "amendment_papers"), icon="file-check"),
            Action(
                "Count the ballot",
                url=_url(shown, "amendment_count"),
                icon="list-check",
                kind="primary",
                refusal=early,
            ),
            withdraw,
        ],
        AmendmentStatus.CARRIED: [
            Action(
                "Record the board's decision",
                url=_url(shown, "amendment_board"),
                icon="gavel",
                kind="primary",
            )
        ],
    }
    if shown.status == AmendmentStatus.DRAFT:
        return steps[AmendmentStatus.DRAFT]
    told = who_was_told(WaitsFor.NOTICE if shown.ballot_until is None else WaitsFor.BALLOT, shown.uid)
    return [*steps.get(AmendmentStatus(shown.status), []), told]


@login_required
@require_safe
def amendment_paper(request, uid) -> HttpResponse:
    """The result as a PDF: in numbers for the vote (``readers=voters``), with names for the office and the
    leaders. Peer review stands on neither.
    """
    shown = _found(request, uid, "bylaws.view_compliance")
    form = TryForm(request.GET or None)
    on = (form.cleaned_data.get("on") if form.is_bound and form.is_valid() else None) or clock.today(
        shown.facility
    )
    tried = simulate(viewer=request.user, facility=shown.facility, on=on, drafts=drafts_of(shown))
    named = request.GET.get("readers") != "voters"
    return stored(simulation_paper(shown, tried, named=named, made_at=clock.now()), "application/pdf")


# --- members --------------------------------------------------------------------------------------------


def _told(request, uid) -> Amendment:
    """The amendment for somebody who is told of it as a member; 404 for everybody else."""
    facility = facility_for(request, READ)
    shown = found(amendment_page(facility, uid))
    return found(shown if told_to(request.user, facility).filter(pk=shown.pk).exists() else None)


def _in_numbers(shown: Amendment) -> Simulation | None:
    return simulate_for_members(shown) if shown.values.all() else None


@login_required
@require_safe
def amendment_read(request, uid) -> HttpResponse:
    """An amendment for the members it is told to: its words, the values, and in numbers what it would do."""
    shown = _told(request, uid)
    voter = voter_for(request.user, shown)
    until = shown.ballot_until if shown.status == AmendmentStatus.BALLOT else None
    open_now = until is not None and clock.today(shown.facility) <= until
    vote = Action("Vote", url=_url(shown, "amendment_vote"), icon="list-check", kind="primary")
    mine = voter is not None and open_now and not hasattr(voter, "returned")
    return render_page(
        request,
        "bylaws/amendment_read.html",
        {
            "title": shown.title,
            "subtitle": f"Amendment of the bylaws, {shown.get_status_display().lower()}",
            "actions": [vote] if mine else [],
            "amendment": shown,
            "status": AmendmentStatus(shown.status),
            "steps": shown.steps.all(),
            "changed": _changed(shown),
            "sections": text_changes(shown),
            "tried": _in_numbers(shown),
            "paper_url": _url(shown, "amendment_read_paper"),
        },
    )


@login_required
@require_safe
def amendment_read_paper(request, uid) -> HttpResponse:
    """The same on paper."""
    shown = _told(request, uid)
    tried = found(_in_numbers(shown))
    return stored(simulation_paper(shown, tried, named=False, made_at=clock.now()), "application/pdf")


def _changed(shown: Amendment) -> list[dict[str, str]]:
    return [
        {"title": value_title(before), "before": said(before), "after": said(after)}
        for before, after in changed_values(shown)
    ]


# --- acts -----------------------------------------------------------------------------------------------


def _act(
    request,
    uid,
    *,
    title: str,
    submit: str,
    form: Any,
    act: Any,
    intro: str | Callable[[Amendment], str] = "",
    danger: bool = False,
):
    """One step on the way of an amendment, as a form of its own."""
    shown = _found(request, uid, DRAFT)
    require(request.user, DRAFT, shown.facility)
    page = {
        "title": title,
        "crumbs": _crumbs(Crumb(shown.title, _url(shown)), Crumb(title)),
        "intro": intro(shown) if callable(intro) else intro,
        "form": form(shown),
        "submit": submit,
        "danger": danger,
        "cancel_url": _url(shown),
    }

    def do(given: dict) -> Done:
        said = act(shown, given)
        return Done(said, _url(shown))

    return answer_form(request, page, do)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_edit(request, uid) -> HttpResponse:
    """Other words of a draft."""

    def edit(shown, given) -> str:
        edit_amendment(actor=request.user, amendment=shown, **given)
        return "Saved."

    def form(shown):
        names = ("title", "text", "reason", "takes_effect_on")
        return AmendmentForm(request.POST or None, initial={each: getattr(shown, each) for each in names})

    return _act(request, uid, title="Edit the amendment", submit="Save", form=form, act=edit)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_value(request, uid) -> HttpResponse:
    """A value the amendment changes."""

    def put(shown, given) -> str:
        code, subject = given.pop("which")
        put_value(actor=request.user, amendment=shown, code=code, subject=subject, **given)
        return "Added. Below stands what it would do."

    return _act(
        request,
        uid,
        title="A value it changes",
        submit="Add it",
        intro="What the law or the accreditor sets binds beside it: the stricter one counts.",
        form=lambda shown: ValueForm(request.POST or None, amendable=amendable(shown.facility)),
        act=put,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_text(request, uid) -> HttpResponse:
    """The draft of the document as it would read."""

    def link(shown, given) -> str:
        link_text(actor=request.user, amendment=shown, **given)
        return "Linked." if given["version"] else "It is linked to no document."

    def form(shown):
        versions = drafts_to_amend_with(shown.facility)
        return TextForm(request.POST or None, versions=versions, initial={"version": shown.version_id})

    return _act(
        request, uid, title="The document as it would read", submit="Link it", form=form, act=link,
        intro="Approved by the board, the draft is published from the day the amendment takes effect, in the "
        "same act: the ballot counts as the approval of the medical staff.",
    )  # fmt: skip


@login_required
@require_http_methods(["POST"])
def amendment_drop(request, uid, other) -> HttpResponse:
    """The draft does not change this value after all."""
    shown = _found(request, uid, DRAFT)
    return answer_form(
        request,
        {"title": shown.title, "form": forms.Form(request.POST), "cancel_url": _url(shown)},
        lambda given: _dropped(request, shown, other),
    )


def _dropped(request, shown: Amendment, value_uid) -> Done:
    drop_value(actor=request.user, amendment=shown, uid=value_uid)
    return Done("It does not change this any more.", _url(shown))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_notice(request, uid) -> HttpResponse:
    """The members were told."""

    def give(shown, given) -> str:
        give_notice(actor=request.user, amendment=shown, **given)
        return "Notice is on record."

    return _act(
        request, uid, title="Give notice", submit="Notice was given", form=_day_form(request), act=give,
        intro=_noticed,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_ballot(request, uid) -> HttpResponse:
    """The ballot opened."""

    def open_it(shown, given) -> str:
        done = open_ballot(actor=request.user, amendment=shown, **given)
        return f"The ballot is open: votes are taken through {day_text(done.ballot_until)}."

    def form(shown):
        return BallotForm(request.POST or None, initial={"day": clock.today(shown.facility)})

    return _act(
        request, uid, title="Open the ballot", submit="The ballot opened", form=form, act=open_it,
        intro="Whoever is a voting member on that day may vote, on the own account or on paper; who comes "
        "or leaves afterwards changes nothing. Who voted is kept; how is counted, and kept nowhere.",
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_vote(request, uid) -> HttpResponse:
    """One's own vote; opens for the voters of this ballot alone."""
    facility = facility_for(request, READ)
    shown = found(amendment_page(facility, uid))
    voter = found(voter_for(request.user, shown))
    open_now = shown.status == AmendmentStatus.BALLOT and clock.today(facility) <= shown.ballot_until
    page = {
        "title": shown.title,
        "subtitle": "Amendment of the bylaws, before the voting members",
        "form": VoteForm(request.POST or None),
        "submit": "Cast the vote",
        "cancel_url": reverse("home:today"),
        "amendment": shown,
        "changed": _changed(shown),
        "read_url": _url(shown, "amendment_read"),
        "sections": text_changes(shown),
        "voted": hasattr(voter, "returned"),
        "open_now": open_now,
    }

    def cast(given: dict) -> Done:
        cast_ballot(actor=request.user, amendment=shown, **given)
        return Done("Your vote is cast. Nobody can see what it was.", _url(shown, "amendment_vote"))

    return answer_form(request, page, cast, template="bylaws/amendment_vote.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_papers(request, uid) -> HttpResponse:
    """Papers that came back."""

    def record(shown, given) -> str:
        number = record_papers(actor=request.user, amendment=shown, **given)
        return f"{number} papers are on record as returned."

    def form(shown):
        missing = turnout_of(shown).missing
        initial = {"day": clock.today(shown.facility)}
        return PapersForm(request.POST or None, voters=missing, initial=initial)

    return _act(
        request, uid, title="Papers returned", submit="Record them", form=form, act=record,
        intro="Whoever has returned a paper cannot vote again. What is on the papers is counted at the end.",
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_count(request, uid) -> HttpResponse:
    """The ballot is counted."""

    def count(shown, given) -> str:
        done = close_ballot(actor=request.user, amendment=shown, **given)
        return f"Counted: {AmendmentStatus(done.status).label.lower()}."

    def form(shown):
        return CountForm(request.POST or None, initial={"day": clock.today(shown.facility)})

    turnout = turnout_of(_found(request, uid, DRAFT))
    return _act(
        request, uid, title="Count the ballot", submit="Record the count", form=form, act=count,
        intro=f"{len(turnout.returned)} of {len(turnout.voters)} voting members voted, {turnout.on_paper} "
        "on paper. Count the papers here; votes on accounts are added by themselves. Turnout and votes say "
        "whether it is carried.",
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_board(request, uid) -> HttpResponse:
    """What the board decided."""

    def decide(shown, given) -> str:
        done = record_board(actor=request.user, amendment=shown, **given)
        return f"On record: {AmendmentStatus(done.status).label.lower()}."

    def form(shown):
        initial = {"day": clock.today(shown.facility), "takes_effect_on": shown.takes_effect_on}
        return BoardForm(request.POST or None, initial=initial)

    return _act(
        request, uid, title="Record the board's decision", submit="Record it", form=form, act=decide,
        intro="Approved, the values it changes bind from the day it takes effect, and not before.",
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_withdraw(request, uid) -> HttpResponse:
    """It is not pursued."""

    def withdraw(shown, given) -> str:
        withdraw_amendment(actor=request.user, amendment=shown, **given)
        return "Withdrawn. What was recorded stays."

    return _act(
        request, uid, title="Withdraw the amendment", submit="Withdraw it", act=withdraw, danger=True,
        form=lambda shown: ReasonForm(request.POST or None),
        intro="It is not pursued any more. To bring it again, draft another.",
    )  # fmt: skip


def _noticed(shown: Amendment) -> str:
    stands = "From here on its words and values stand; to change them it is withdrawn and drafted again."
    if shown.values.all():
        return stands
    return (
        "It changes the text only: no number or list that the rules read. Where it was to change one, go "
        f"back and add the value first. {stands}"
    )


def _day_form(request):
    return lambda shown: DayForm(request.POST or None, initial={"day": clock.today(shown.facility)})
