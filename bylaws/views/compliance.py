"""Compliance with bylaws and law on any day, and the numbers that bind."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bylaws.filters import ComplianceForm, FindingFilter
from bylaws.rules.reach import require_askable
from bylaws.selectors.compliance import RuleResult, binding_parameters, compliance, rules_shown
from bylaws.selectors.membership import nothing_recorded, records_begin_after
from bylaws.tables import FINDINGS
from bylaws.views.common import facility_for
from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Empty, Tab, address, render_list, render_page
from config.kernel.registries import finding_acts
from config.rulebook.verdicts import Outcome

TITLE = "Compliance"
_COLOURS = {"MET": "good", "NOT_MET": "bad", "UNKNOWN": "warn", "NOT_APPLICABLE": "muted"}


def tabs(active: str) -> list[Tab]:
    """Findings, and the numbers they are judged by."""
    return [
        Tab("Findings", reverse("bylaws:compliance"), active == "findings", icon="checklist"),
        Tab("What binds here", reverse("bylaws:parameters"), active == "parameters", icon="scale"),
    ]


@dataclass
class RuleCard:
    """One rule with its outcomes as a bar of a hundred percent."""

    result: RuleResult
    parts: list[dict[str, Any]]

    @property
    def attention(self) -> int:
        """Not met and unknown together."""
        return self.result.counts[Outcome.NOT_MET] + self.result.counts[Outcome.UNKNOWN]


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
    return RuleCard(result, parts)


def acts_for(viewer, facility):
    """A function that attaches to findings where each of them is settled, for those who may do it."""

    def attach(rows) -> None:
        for row in rows:
            offer = finding_acts.get(row.rule.code)
            open_ones = (Outcome.NOT_MET, Outcome.UNKNOWN)
            settles = offer is not None and row.verdict.outcome in open_ones
            row.act = offer(viewer, facility, row.practitioner, row.verdict) if settles else None

    return attach


@login_required
@require_safe
def compliance_page(request) -> HttpResponse:
    """Every rule over everyone with an appointment or privileges, as of a day, as known at a moment; unknown
    is not compliant.
    """
    facility = facility_for(request, "bylaws.view_compliance")
    today = clock.today(facility)
    given_now = request.GET.copy()
    given_now.setdefault("on", today.isoformat())
    form = ComplianceForm(given_now, facility=facility, rules=rules_shown(request.user, facility))
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
    given = {
        name: request.GET.get(name) or None for name in ("on", "known_at", "department") if name in asked
    }
    for data_class in sorted(
        {each.rule.data_class for each in results if each.rule.data_class and each.total}
    ):
        record_protected_read(
            actor=request.user,
            data_class=DataClass(data_class),
            subject_kind=facility._meta.label_lower,
            subject_uid=facility.uid,
        )
    population = results[0].total if results else 0
    appointments = [each.appointment for each in results[0].population.values()] if results else []
    alone = appointments.count(None)
    read = [each for each in appointments if each is not None]
    begins = records_begin_after(facility=facility, on=on, read=read) if on < today else None
    table = dataclasses.replace(FINDINGS, prepare=acts_for(request.user, facility))
    return render_list(
        request,
        table
        if may(request.user, "practitioners.view", facility)
        else dataclasses.replace(table, row_url=None),
        [],
        filterset=FindingFilter(form, results),
        title=TITLE,
        subtitle=f"Everybody with an appointment or privileges at {facility}, under every rule, on any day",
        noun="finding",
        tabs=tabs("findings"),
        template="bylaws/compliance.html",
        context={
            "cards": [rule_card(result, given) for result in results] if population else [],
            "unrecorded": f"{nothing_recorded(facility, begins)} {_unknown(population)}" if begins else "",
            "population": population,
            "members": population - alone,
            "alone": alone,
            "on": on,
            "known_at": known_at,
            "is_past": on != today or known_at is not None,
            "today": today,
            "form_errors": form.errors,
        },
        empty=Empty(
            "Everybody meets every rule."
            if population
            else "Nobody held an appointment or privileges here on this day.",
            "Choose an outcome to see those who meet it." if population else "Choose another day.",
            icon="circle-check",
        ),
    )


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
            "groups": binding_parameters(viewer=request.user, facility=facility, on=today),
            "today": today,
        },
    )
