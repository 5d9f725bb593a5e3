"""BL-APP-4: a complete application is acted on in time.

Judged are the applications the bodies have not decided. The days are counted from the day the application was
complete; the first act of the executive committee, the board or whoever else may grant it ends the count (to
defer all of it is none). The day the last of them falls on still counts. The rule is about what waits: acted
on late, an application is no longer waiting, and the verdict says by how many days it was late.

What is not complete has no clock yet, and what is granted before it is verified (a volunteer in a disaster)
has another one. How an application stood on a past day, and as known then, is read from its moves: whether it
waited for the bodies or was withdrawn, complete or back in verification.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, Subquery
from django.urls import reverse

from bylaws.choices import GRANTING, Body, LineOutcome
from bylaws.models import Decision, DecisionLine
from bylaws.rules.population import remembered
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.subjects import Subject, SubjectKind, register_kind
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import kinds, parameters
from credentialing.choices import ApplicationStatus
from credentialing.models import Application, ApplicationMove
from credentialing.models.applications import OPEN_STATUSES

CODE = "BL-APP-4"
TITLE = "Complete application acted on in time"
#: Whose first act ends the count: the executive committee and whoever may grant.
ACTING = (Body.MEC, *GRANTING)
#: To put the whole file off is no act: the days go on.
LINES_ACTED_ON = DecisionLine.objects.filter(decision=OuterRef("pk")).exclude(outcome=LineOutcome.DEFER)


@dataclass(frozen=True)
class Waiting:
    """An application that waits on a day, and since when it was complete then."""

    application: Application
    complete_on: dt.date | None


def _undecided(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Mapping[int, Waiting]:
    return remembered(("undecided", facility.pk, on, known_at), partial(_ask, facility, on, known_at))


def _ask(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Waiting]:
    moves = ApplicationMove.objects.filter(application=OuterRef("pk"))
    later = Q(day__gt=on)
    by_then = moves.filter(day__lte=on).order_by("-at", "-pk")
    if known_at is not None:
        later |= Q(at__gt=known_at)
        by_then = by_then.filter(at__lte=known_at)
    # Complete, until it goes back into verification.
    turns = by_then.filter(status__in=(ApplicationStatus.COMPLETE, ApplicationStatus.IN_VERIFICATION))
    rows = (
        Application.objects.filter(
            Q(status__in=OPEN_STATUSES) | Exists(moves.filter(later)),  # what was closed before is no matter
            facility=facility,
            received_on__lte=on,
        )
        .annotate(
            stood=Subquery(by_then.values("status")[:1]),
            turned_to=Subquery(turns.values("status")[:1]),
            turned_on=Subquery(turns.values("day")[:1]),
        )
        .filter(stood__in=OPEN_STATUSES)
        .select_related("practitioner", "department")
        .order_by("practitioner__sort_name", "uid")
    )
    return {
        each.pk: Waiting(each, each.turned_on if each.turned_to == ApplicationStatus.COMPLETE else None)
        for each in rows
    }


def _population(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    return {
        pk: Subject(
            kind="application",
            uid=each.uid,
            name=f"{each.practitioner.display_name}, {str(each.get_kind_display()).lower()}",
            practitioner=each.practitioner,
            department=each.department.name,
            department_code=each.department.code,
        )
        for pk, waits in _undecided(facility, on, known_at).items()
        for each in [waits.application]
    }


APPLICATION = register_kind(
    SubjectKind(
        code="application",
        noun="application",
        plural="applications",
        population=_population,
        page=lambda uid: reverse("credentialing:file", args=[uid]),
        permission="credentialing.view",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, application_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """When each was complete and first acted on; two queries, one where they were asked for already."""
    found = _undecided(facility, on, known_at)
    if application_ids is not None:
        wanted = set(application_ids)
        found = {pk: each for pk, each in found.items() if pk in wanted}
    acts = Decision.objects.filter(
        step__case__subject_uid__in=[each.application.uid for each in found.values()],
        body__in=ACTING,
        decided_on__lte=on,
    )
    if known_at is not None:
        acts = acts.filter(recorded_at__lte=known_at)
    first = dict(
        acts.filter(Exists(LINES_ACTED_ON))
        .order_by()
        .values_list("step__case__subject_uid")
        .annotate(day=Min("decided_on"))
        if found
        else ()
    )
    return {
        pk: {
            "on": on,
            "kind": str(each.application.get_kind_display()),
            "verified_after": kinds.kind_of(each.application.kind).verified_after,
            "complete_on": each.complete_on,
            "acted_on": first.get(each.application.uid),
        }
        for pk, each in found.items()
    }


def judge(facts: Facts, bound: Parameters) -> Verdict:
    """The verdict on one application. Pure."""
    limit = bound[parameters.ACTION_DAYS]
    on, complete, acted = facts["on"], facts["complete_on"], facts["acted_on"]
    told: dict[str, Any] = {"complete_on": complete, "acted_on": acted}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    if facts["verified_after"]:
        return say(Outcome.NOT_APPLICABLE, f"{facts['kind']} are decided before they are verified.")
    if complete is None or complete > on:
        return say(Outcome.NOT_APPLICABLE, "The application is not complete: the days are not counted yet.")
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            f"Complete since {day_text(complete)}; in how many days it is acted on is not recorded for this "
            "facility.",
            cure="Record the days of the bylaws among the parameters.",
        )
    days = int(limit.value)
    due = complete + dt.timedelta(days=days)
    told |= {"limit_days": days, "act_by": due}
    if acted is not None:
        late = (acted - due).days
        how = f"{plural_text(late, 'day')} late" if late > 0 else f"within {plural_text(days, 'day')}"
        return say(
            Outcome.MET,
            f"Complete on {day_text(complete)} and acted on on {day_text(acted)}, {how}.",
            since=acted,
        )
    waited = (on - complete).days
    if on > due:
        return say(
            Outcome.NOT_MET,
            f"Complete since {day_text(complete)}, {plural_text(waited, 'day')} ago, and neither the "
            f"executive committee nor the board has acted; {plural_text(days, 'day')} are allowed.",
            since=due + ONE_DAY,
            due=due,
            cure="The executive committee or the board acts on the application.",
        )
    return say(
        Outcome.MET,
        f"Complete since {day_text(complete)}; it is to be acted on by {day_text(due)}.",
        since=complete,
        due=due,
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(parameters.ACTION_DAYS,),
        facts=gather,
        judge=judge,
        subject=APPLICATION.code,
    )
)
