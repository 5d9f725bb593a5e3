"""BL-BRV-1: a governing document is gone through as often as its review cycle says.

So many months after it was approved or reviewed last, whichever is later; its own cycle counts where it is
shorter than the parameter's. The day it is due still counts. A document that is not in force has no cycle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery

from bylaws.choices import PolicyKind, VersionStatus
from bylaws.models import PolicyReview, PolicyVersion
from bylaws.parameters import DOCUMENT_REVIEW
from bylaws.rules.bodies import DOCUMENT, documents_of
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-BRV-1"
TITLE = "Governing document reviewed in time"


def review_day(last: dt.date, own: int | None, general: int | None) -> dt.date | None:
    """The last day for the next review; None where nobody says how often. Pure."""
    cycle = min(filter(None, (own, general)), default=None)
    return None if cycle is None else add_months(last, cycle)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, document_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """When each was approved and reviewed last; two queries."""
    documents = documents_of(facility, known_at, document_ids)
    done = _done(documents, on, known_at)
    return {
        pk: {
            "on": on,
            "kind": each.kind,
            "own_cycle": each.review_months,
            "approved_on": done.get(pk, (None, None))[0],
            "reviewed_on": done.get(pk, (None, None))[1],
        }
        for pk, each in documents.items()
    }


def _done(
    documents: Iterable[int], on: dt.date, known_at: dt.datetime | None
) -> dict[int, tuple[dt.date, dt.date | None]]:
    """When the version in force was approved last, else since when it is in force, and when the document was
    reviewed last; by document.
    """
    rows = PolicyVersion.objects.filter(
        policy__in=documents, status=VersionStatus.PUBLISHED, in_force_from__lte=on
    )
    reviews = PolicyReview.objects.filter(policy=OuterRef("policy"), reviewed_on__lte=on)
    known = None
    if known_at is not None:
        rows, known = rows.filter(published_at__lte=known_at), Q(approvals__recorded_at__lte=known_at)
        reviews = reviews.filter(recorded_at__lte=known_at)
    newest = (
        rows.values("policy", "in_force_from", "number")
        .annotate(
            last=Max("approvals__approved_on", filter=known),
            reviewed=Subquery(reviews.order_by("-reviewed_on").values("reviewed_on")[:1]),
        )
        .order_by("policy", "-in_force_from", "-number")
        .values_list("policy", "last", "in_force_from", "reviewed")
    )
    found: dict[int, tuple[dt.date, dt.date | None]] = {}
    for policy, last, in_force_from, reviewed in newest:
        approved = last or in_force_from
        if approved is not None:  # what is published is in force from a day
            found.setdefault(policy, (approved, reviewed))
    return found


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one document. Pure."""
    general = parameters[f"{DOCUMENT_REVIEW.code}:{facts['kind']}"]
    on, approved, reviewed = facts["on"], facts["approved_on"], facts["reviewed_on"]

    own = facts["own_cycle"]
    by_own = bool(own) and not (general.is_set and general.value < own)

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        general_bound = f"{general.source}: {general.value} months" if general.is_set else ""
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation="Review cycle of the document" if by_own else general.citation,
            confidence="" if by_own else general.confidence,
            bound_by=f"The document: {own} months" if by_own else general_bound,
            **more,
        )

    if approved is None:
        return say(Outcome.NOT_APPLICABLE, "Not in force on this day.")
    last = max(approved, reviewed or approved)
    done = f"{'Reviewed' if last == reviewed else 'Approved'} last on {day_text(last)}"
    due = review_day(last, facts["own_cycle"], general.value)
    told = {"approved_on": approved, "reviewed_on": reviewed, "review_by": due}
    if due is None:
        return say(
            Outcome.UNKNOWN,
            f"{done}; how often it is reviewed is not recorded.",
            facts=told,
            cure="Set its review cycle, or record the months among the parameters.",
        )
    if on > due:
        return say(
            Outcome.NOT_MET,
            f"{done}; its review was due by {day_text(due)}.",
            facts=told,
            since=due + ONE_DAY,
            due=due,
            cure="Review it and record that nothing changes, or have a new version approved.",
        )
    return say(Outcome.MET, f"{done}; to be reviewed by {day_text(due)}.", facts=told, since=last, due=due)


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(DOCUMENT_REVIEW.code,),
        narrowed=tuple((DOCUMENT_REVIEW.code, str(kind)) for kind in PolicyKind.values),
        facts=gather,
        judge=judge,
        subject=DOCUMENT.code,
    )
)
