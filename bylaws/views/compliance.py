"""Compliance with bylaws and law on any day, over time, and the numbers that bind."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from bylaws.filters import (
    WAIVED,
    ComplianceForm,
    JudgedDayForm,
    JudgedPeopleForm,
    JudgementFilter,
    SumFilter,
)
from bylaws.models import AppointmentPeriod, ComplianceRun
from bylaws.rules.reach import require_askable
from bylaws.selectors.compliance import (
    NEEDS_ATTENTION,
    RuleResult,
    binding_parameters,
    by_department,
    by_person,
    compliance,
    people_judged,
    rules_shown,
)
from bylaws.selectors.findings import (
    RuleCount,
    counts_of,
    progress_of_run,
    recorded_for,
    run_asked_for,
    runs_by_day,
)
from bylaws.selectors.membership import nothing_recorded, records_begin_after
from bylaws.services.compliance_asked import ask_for_run
from bylaws.services.compliance_runs import MANAGE
from bylaws.tables import DEPARTMENTS, JUDGEMENTS, PEOPLE
from bylaws.views.common import facility_for
from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.audit.choices import JobStatus
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Empty, Tab, Table, address, go_to, render_list, render_page
from config.kernel.pages.lists import EXPORTS
from config.kernel.registries import finding_acts
from config.organization.models import Facility
from config.rulebook.subjects import PRACTITIONER, judged_noun, subject_kinds
from config.rulebook.verdicts import Outcome

TITLE = "Compliance"
_COLOURS = {"MET": "good", "NOT_MET": "bad", "UNKNOWN": "warn", "NOT_APPLICABLE": "muted"}


def tabs(active: str) -> list[Tab]:
    """The staff by provision, person and department, what was recorded, and the numbers all is judged by."""
    return [
        Tab("By provision", reverse("bylaws:compliance"), active == "provisions", icon="scale"),
        Tab("By person", reverse("bylaws:compliance_people"), active == "people", icon="users"),
        Tab(
            "By department",
            reverse("bylaws:compliance_departments"),
            active == "departments",
            icon="building",
        ),
        Tab("Findings", reverse("bylaws:findings"), active == "findings", icon="checklist"),
        Tab("Trend", reverse("bylaws:compliance_trend"), active == "trend", icon="chart-bar"),
        Tab("What binds here", reverse("bylaws:parameters"), active == "parameters", icon="scale"),
        Tab("Amendments", reverse("bylaws:amendments"), active == "amendments", icon="pencil"),
    ]


@dataclass
class RuleCard:
    """One rule with its outcomes as a bar of a hundred percent."""

    result: RuleResult
    parts: list[dict[str, Any]]
    waived_url: str = ""

    @property
    def noun(self) -> str:
        """What it judges where that is no person, one and many; empty for people."""
        return "" if self.result.rule.about_people else judged_noun(self.result.rule.subject)

    @property
    def attention(self) -> tuple[int, int]:
        """How many do not meet it, and of how many it is not known; what has most comes first."""
        return self.result.counts[Outcome.NOT_MET], self.result.counts[Outcome.UNKNOWN]


def rule_card(result: RuleResult, given: dict[str, Any]) -> RuleCard:
    """The parts of the bar, in percent of the population; they add up to it."""
    parts, at = [], 0.0
    for outcome in (Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET, Outcome.NOT_APPLICABLE):
        number = result.counts[outcome]
        width = number / result.total * 100 if result.total else 0.0
        parts.append(
            {
                "outcome": outcome,
                "number": number,
                "x": f"{at:.3f}%",
                "width": f"{width:.3f}%",
                "colour": _COLOURS[outcome],
                "url": address(
                    reverse("bylaws:compliance"),
                    **{**given, "rule": result.rule.code, "outcome": str(outcome)},
                )
                + "#list",
            }
        )
        at += width
    waived = {**given, "rule": result.rule.code, "outcome": WAIVED}
    return RuleCard(result, parts, f"{address(reverse('bylaws:compliance'), **waived)}#list")


def acts_for(viewer, facility):
    """A function that attaches to findings where each of them is settled, for those who may do it."""

    def attach(rows) -> None:
        for row in rows:
            offer = finding_acts.get(row.rule.code)
            open_ones = (Outcome.NOT_MET, Outcome.UNKNOWN)
            settles = offer is not None and row.practitioner is not None and row.verdict.outcome in open_ones
            row.act = offer(viewer, facility, row.practitioner, row.verdict) if settles else None

    return attach


@dataclass
class Asked:
    """What a page of compliance was asked, and what the rules say; what is wrong is told at its field."""

    facility: Facility
    form: Any
    on: dt.date
    today: dt.date
    known_at: dt.datetime | None
    results: list[RuleResult]

    @property
    def is_now(self) -> bool:
        """Today, as known now."""
        return self.on == self.today and self.known_at is None

    @property
    def population(self) -> int:
        """How many people were judged."""
        return len(people_judged(self.results))

    @property
    def _appointments(self) -> list[AppointmentPeriod]:
        rows = people_judged(self.results).values()
        return [each.appointment for each in rows if each.appointment is not None]

    @property
    def alone(self) -> int:
        """How many of them hold privileges without an appointment."""
        return self.population - len(self._appointments)

    def context(self) -> dict[str, Any]:
        """What every page of compliance says of itself."""
        begins = (
            records_begin_after(facility=self.facility, on=self.on, read=self._appointments)
            if self.on < self.today
            else None
        )
        told = f"{nothing_recorded(self.facility, begins)} {_unknown(self.population)}" if begins else ""
        return {
            "unrecorded": told,
            "population": self.population,
            "members": self.population - self.alone,
            "alone": self.alone,
            "on": self.on,
            "known_at": self.known_at,
            "is_past": not self.is_now,
            "today": self.today,
            "form_errors": self.form.errors,
        }


def _ask(request, form_class: Any, **more: Any) -> Asked:
    """Judge what the page is asked about, as far as the reader may be told it. A file takes away nothing of a
    protected class, whoever asks for it; that the page shows some is logged.
    """
    facility = facility_for(request, "bylaws.view_compliance")
    today = clock.today(facility)
    given_now = request.GET.copy()
    given_now.setdefault("on", today.isoformat())
    form = form_class(given_now, facility=facility, **more)
    form.is_valid()  # what is wrong is told at its field; what is right takes effect
    asked = form.cleaned_data
    on = asked.get("on") or today
    try:
        require_askable(on, today=today)
    except Refused as refused:
        form.add_error("on", refused.sentence)
        on = today
    known_at = asked.get("known_at")
    results = compliance(viewer=request.user, facility=facility, on=on, known_at=known_at)
    if request.GET.get("format") in EXPORTS:
        results = [each for each in results if not each.rule.data_class]
    log_protected(request.user, facility, {each.rule.data_class for each in results if each.total})
    return Asked(facility, form, on, today, known_at, results)


def log_protected(reader, facility: Facility, classes: Iterable[str]) -> None:
    """That somebody was shown findings of protected classes; general ones are no reading to log."""
    for data_class in sorted({each for each in classes if each and each != DataClass.GENERAL}):
        record_protected_read(
            actor=reader,
            data_class=DataClass(data_class),
            subject_kind=facility._meta.label_lower,
            subject_uid=facility.uid,
        )


def attach_recorded(asked: Asked, viewer):
    """A function that attaches to judgements of today what was recorded and where each is settled."""
    opens = may(viewer, "practitioners.view", asked.facility)
    closed = [each.code for each in subject_kinds() if not may(viewer, each.permission, asked.facility)]
    settle = acts_for(viewer, asked.facility)

    def attach(rows) -> None:
        for row in rows:
            row.opens_file = opens
            row.opens_subject = row.judged.kind not in (PRACTITIONER, *closed)
        settle(rows)
        if not asked.is_now:
            return
        recorded = recorded_for(asked.facility, {row.judged.uid for row in rows})
        for row in rows:
            found = recorded.get((row.rule.code, row.judged.uid), [])
            row.recorded = found if row.verdict.outcome in NEEDS_ATTENTION else []

    return attach


@login_required
@require_safe
def compliance_page(request) -> HttpResponse:
    """Every rule over everyone with an appointment or privileges, as of a day, as known at a moment; unknown
    is not compliant.
    """
    facility = facility_for(request, "bylaws.view_compliance")
    asked = _ask(request, ComplianceForm, rules=rules_shown(request.user, facility))
    given = {
        name: request.GET.get(name) or None
        for name in ("on", "known_at", "department")
        if name in asked.form.cleaned_data
    }
    population = asked.population
    # Of what there is none, no rule has anything to say.
    cards = [rule_card(result, given) for result in asked.results if result.total]
    return render_list(
        request,
        dataclasses.replace(JUDGEMENTS, prepare=attach_recorded(asked, request.user)),
        [],
        filterset=JudgementFilter(asked.form, asked.results),
        title=TITLE,
        subtitle=f"Everybody with an appointment or privileges at {facility}, under every rule, on any day",
        noun="finding",
        tabs=tabs("provisions"),
        actions=run_actions(request.user, facility),
        template="bylaws/compliance.html",
        context={
            **asked.context(),
            "cards": sorted(
                (card for card in cards if any(card.attention)),
                key=lambda card: card.attention,
                reverse=True,
            ),
            "met_cards": [card for card in cards if not any(card.attention)],
        },
        empty=Empty(
            "Everybody meets every rule."
            if population
            else "Nobody held an appointment or privileges here on this day.",
            "Choose an outcome to see those who meet it." if population else "Choose another day.",
            icon="circle-check",
        ),
    )


@login_required
@require_safe
def people_page(request) -> HttpResponse:
    """Compliance by person: of each, how many rules are not met, unknown, waived and met."""
    asked = _ask(request, JudgedPeopleForm)
    department = asked.form.cleaned_data.get("department")
    name = (asked.form.cleaned_data.get("q") or "").strip().casefold()
    rows = [
        each
        for each in by_person(asked.results)
        if each.judged
        and department in (None, "", each.judged.department_code)
        and name in each.judged.practitioner.display_name.casefold()
    ]
    opens = may(request.user, "practitioners.view", asked.facility)
    table = dataclasses.replace(
        PEOPLE,
        row_url=(lambda row: reverse("practitioners:file", args=[row.judged.practitioner.uid]))
        if opens
        else None,
    )
    return _sums_page(request, asked, table, rows, title="Compliance by person", noun="person,people")


@login_required
@require_safe
def departments_page(request) -> HttpResponse:
    """Compliance by department: the same, of everybody in it."""
    asked = _ask(request, JudgedDayForm)
    department = asked.form.cleaned_data.get("department")
    rows = [each for each in by_department(asked.results) if department in (None, "", each.code)]
    given = {name: request.GET.get(name) or None for name in ("on", "known_at")}
    table = dataclasses.replace(
        DEPARTMENTS,
        row_url=lambda row: address(
            reverse("bylaws:compliance_people"), **{**given, "department": row.code or None}
        ),
    )
    return _sums_page(request, asked, table, rows, title="Compliance by department", noun="department")


def _sums_page(request, asked: Asked, table: Table, rows, *, title: str, noun: str) -> HttpResponse:
    return render_list(
        request,
        table,
        [],
        filterset=SumFilter(asked.form, rows),
        title=title,
        subtitle=f"Every rule counts once for each person at {asked.facility}; unknown is not compliant",
        noun=noun,
        tabs=tabs("people" if table.caption == PEOPLE.caption else "departments"),
        template="bylaws/compliance.html",
        context={**asked.context(), "cards": []},
        empty=Empty(
            "Nobody held an appointment or privileges here on this day.", "Choose another day.", icon="users"
        ),
    )


def run_actions(viewer, facility: Facility) -> list[Action]:
    """The button that records a run now, for those who may."""
    if not may(viewer, MANAGE, facility):
        return []
    return [
        Action(
            "Run now",
            url=reverse("bylaws:compliance_run"),
            icon="refresh",
            method="post",
            confirm="Judge everybody now? A worker does it; findings open and close as the rules say.",
            confirm_label="Run now",
        )
    ]


@login_required
@require_POST
def compliance_run(request) -> HttpResponse:
    """Have a worker record a run: findings open, close and change as the rules say then."""
    facility = facility_for(request, MANAGE)
    try:
        ask_for_run(actor=request.user, facility=facility)
    except Refused as refused:
        messages.error(request, refused.sentence)
    return go_to(request, reverse("bylaws:findings"))


#: So long the page of findings says how a run that somebody asked for ended.
TOLD_FOR = dt.timedelta(hours=1)


def asked_state(facility: Facility) -> dict[str, Any]:
    """What the page of findings says of the run somebody asked for last: how far it is, or how it ended."""
    run = run_asked_for(facility)
    working = run is not None and run.status == JobStatus.RUNNING
    told = run if run and run.finished_at and run.finished_at > clock.now() - TOLD_FOR else None
    failed = told is not None and told.status == JobStatus.FAILED
    return {
        "asked": run if working else told,
        "working": working,
        "done": progress_of_run(facility) if working else None,
        "failed": told.message if told and failed else "",
        "said": said_of_run(told.counts) if told and not failed else "",
    }


@login_required
@require_safe
def compliance_progress(request) -> HttpResponse:
    """The part that watches the run; once it is over, the whole page is loaded again."""
    state = asked_state(facility_for(request, "bylaws.view_compliance"))
    response = render_page(request, "bylaws/run_progress.html", state)
    if not state["working"]:
        response["HX-Refresh"] = "true"
    return response


def said_of_run(counts: Mapping[str, Any]) -> str:
    """What a run did, in a sentence; of its counts as the ledger has them."""
    changes = [
        f"{counts[what]} {word}"
        for what, word in (
            ("opened", "opened"),
            ("cured", "cured"),
            ("moot", "no longer asked"),
            ("changed", "found otherwise"),
            ("waived", "waived"),
            ("reopened", "open again"),
            ("consequences", "suspended by itself"),
            ("notices", "notified by itself"),
            ("suspended", "suspended after notice"),
            ("given_back", "given back"),
        )
        if counts.get(what)
    ]
    number = counts["population"]
    judged = f"{number} {'person' if number == 1 else 'people'} judged under every rule."
    return f"{judged} Findings: {', '.join(changes)}." if changes else f"{judged} Nothing new was found."


#: How far back the trend reaches, in days.
TREND = 371
#: So many runs are drawn: of more the last one of each stretch.
DRAWN = 13


@login_required
@require_safe
def trend_page(request) -> HttpResponse:
    """How compliance went over the recorded runs: not met over all rules, and each rule by itself."""
    facility = facility_for(request, "bylaws.view_compliance")
    today = clock.today(facility)
    runs = drawn(runs_by_day(facility, since=today - dt.timedelta(days=TREND)))
    counted = [(run, counts_of(run, request.user, facility)) for run in runs]
    log_protected(
        request.user,
        facility,
        {rule.data_class for rule in rules_shown(request.user, facility) if runs},
    )
    return render_page(
        request,
        "bylaws/trend.html",
        {
            "title": "Compliance over time",
            "subtitle": f"Recorded runs at {facility}, the last one of each day",
            "tabs": tabs("trend"),
            "actions": run_actions(request.user, facility),
            "runs": runs,
            "not_met": [
                (short_day(run.on), sum(each.of(Outcome.NOT_MET) for each in counts), "bad")
                for run, counts in counted
            ],
            "unknown": [
                (short_day(run.on), sum(each.of(Outcome.UNKNOWN) for each in counts), "warn")
                for run, counts in counted
            ],
            "rules": [_trend_of(each, [counts for _, counts in counted]) for each in counted[-1][1]]
            if counted
            else [],
        },
    )


def short_day(day: dt.date) -> str:
    """A day under a column of a picture that reaches back a year: without the year."""
    return f"{day.day} {day:%b}"


def drawn(runs: list[ComplianceRun]) -> list[ComplianceRun]:
    """At most so many runs as can be read in a picture, evenly, the last one always among them. Pure."""
    if len(runs) <= DRAWN:
        return runs
    step = (len(runs) - 1) / (DRAWN - 1)
    return [runs[round(number * step)] for number in range(DRAWN)]


def _trend_of(last: RuleCount, runs: list[list[RuleCount]]) -> dict[str, Any]:
    """One rule over the runs in which it was judged."""
    past = [each for counts in runs for each in counts if each.code == last.code]
    return {
        "last": last,
        "line": [each.of(Outcome.NOT_MET) + each.of(Outcome.UNKNOWN) for each in past],
        "change": last.of(Outcome.NOT_MET) - past[0].of(Outcome.NOT_MET),
        "not_met": last.of(Outcome.NOT_MET),
        "unknown": last.of(Outcome.UNKNOWN),
        "waived": last.of("waived"),
        "url": f"{reverse('bylaws:compliance')}?rule={last.code}#list",
    }


def _unknown(population: int) -> str:
    """What that means for the counts on the page."""
    return (
        "Others may have held an appointment then." if population else "Who complied then is not known here."
    )


@login_required
@require_safe
def parameters_page(request) -> HttpResponse:
    """Which value of every parameter binds at the facility today, from which source, and how sure that is."""
    facility = facility_for(request, "bylaws.view_compliance")
    today = clock.today(facility)
    return render_page(
        request,
        "bylaws/parameters.html",
        {
            "title": "What binds here",
            "subtitle": f"{facility}, {today.day} {today:%b %Y}",
            "tabs": tabs("parameters"),
            "sets_numbers": may(request.user, "bylaws.set_parameters", facility),
            "groups": binding_parameters(viewer=request.user, facility=facility, on=today),
            "today": today,
        },
    )
