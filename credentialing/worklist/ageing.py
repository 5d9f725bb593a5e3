"""Verifications that age, and members of whom the source has to be asked today."""

from __future__ import annotations

from bylaws.held import held_without_appointment
from bylaws.selectors.compliance import standing_rules
from bylaws.selectors.membership import appointments_in_force
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.registries import Waiting, WorkItem, queue
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from credentialing import links, policies
from credentialing.selectors.ageing import too_old_by_decision
from credentialing.worklist.shared import VERIFY
from practitioners.models import Practitioner
from practitioners.selectors.canonical import own_records, person_id


@queue(
    code="credentialing-again",
    title="Too old by the planned decision",
    permission=VERIFY,
    order=21,
    empty="Everything that was verified still counts on the day of its decision.",
    slow=True,
)
def to_verify_again(user, facility, limit: int) -> Waiting:
    """Verified, and too old by the planned decision: it is found out again before."""
    rows = too_old_by_decision(policies.visible_items(user), facility)
    return len(rows), [
        WorkItem(
            title=each.item.label,
            url=links.item(each.item),
            detail=f"{each.item.application.practitioner}; counts through {day_text(each.counts_through)}",
            due=each.decision_on,
            since=each.item.verified_on,
            colour="warn",
        )
        for each in rows[:limit]
    ]


@queue(
    code="credentialing-ask-today",
    title="To ask the source today",
    permission=VERIFY,
    order=19,
    empty="Of every member it is known that the standing conditions are met, or that they are not.",
    slow=True,
)
def to_ask_today(user, facility, limit: int) -> Waiting:
    """Members, and holders of privileges that rest on no appointment, of whom it is not known whether a
    standing condition of the bylaws is met.

    What is missing never suspends anybody: the source is asked the same day.
    """
    today = clock.today(facility)
    members = appointments_in_force(facility=facility, on=today).filter(policies.not_own(user))
    people = set(
        members.order_by().annotate(person=person_id("practitioner_id")).values_list("person", flat=True)
    )
    alone = set(held_without_appointment(facility, today))
    own = set(Practitioner.objects.filter(pk__in=own_records(user)).values_list("pk", flat=True))
    people |= alone - own
    found: dict[int, str] = {}
    for each in standing_rules(facility=facility, on=today):
        sure = each.rule.surely_met(facility, today, None, people) if each.rule.surely_met else set()
        verdicts = judge_many(
            each.rule,
            facility=facility,
            on=today,
            practitioner_ids=people - sure,
            privileges_held=alone,
        )
        for person, verdict in verdicts.items():
            if verdict.outcome == Outcome.UNKNOWN:
                found.setdefault(person, f"{verdict.sentence} {verdict.cure}".strip())
    shown = Practitioner.objects.filter(pk__in=found).order_by("sort_name", "pk")[:limit] if found else ()
    return len(found), [
        WorkItem(
            title=str(person),
            url=links.practitioner(person),
            detail=found[person.pk],
            due=today,
            colour="warn",
        )
        for person in shown
    ]
