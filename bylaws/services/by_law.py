"""What bars by law, whether or not the bylaws list it: recorded wherever somebody holds authority.

The fact is established in a room above, which registers a rule for it. The bar is opened in the transaction
that establishes the fact, and in the one that gives authority to somebody of whom it is known; a run over
everybody finds what came otherwise (two records that turned out to be one person's, rows taken over in bulk).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db import transaction

from bylaws.choices import BarKind
from bylaws.models import Bar, BarPeriod
from bylaws.selectors.membership import places_of_authority
from bylaws.services.bars import open_bar
from bylaws.services.letters import issue_bar_letter
from config.accounts.services.users import system_user
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.rules import Rule, judge_many, rules
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import LetterKind
from practitioners.models import Practitioner
from practitioners.selectors.canonical import canonical_of, person_id


def rules_by_law() -> list[Rule]:
    """The rules whose breach bars by law, in order of code."""
    return [rule for rule in rules() if rule.by_law]


@transaction.atomic
def bar_by_law(*, practitioner: Practitioner, facility: Facility) -> list[Bar]:
    """Bar the person at the facility from today on where a rule of the law is surely not met; answers the
    bars. The system records it in its own name, whoever gave the authority.

    Called when authority is given, now or for a later day: it is barred from its first day. One query where
    nothing is known against the person.
    """
    today = clock.today(facility)
    opened = []
    for rule in rules_by_law():
        if rule.suspects is None or not rule.suspects([practitioner.pk]):
            continue
        person = canonical_of(practitioner)
        verdicts = judge_many(rule, facility=facility, on=today, practitioner_ids=[person.pk])
        verdict = verdicts.get(person.pk)
        if verdict is not None and verdict.outcome == Outcome.NOT_MET:
            opened.append(_bar(person, facility, rule, verdict, today))
    return opened


def bar_everywhere(*, practitioner: Practitioner) -> list[Bar]:
    """As :func:`bar_by_law`, at every facility where the person is a member or holds a privilege of any kind,
    now or later.
    """
    person = canonical_of(practitioner)
    # The day before: it is still yesterday at a facility further west.
    start = clock.today() - dt.timedelta(days=1)
    places = {place for _, place in places_of_authority([person.pk], start)}
    bars = []
    for facility in Facility.objects.filter(pk__in=places).order_by("pk"):
        bars += bar_by_law(practitioner=person, facility=facility)
    return bars


def bar_whoever_is_not(*, facility: Facility, on: dt.date, counts: Counter[str]) -> None:
    """Bar everybody at the facility who surely does not meet a rule of the law and is not barred yet, from
    ``on``; each in a transaction of its own. Adds to ``counts`` what was opened and what stood.
    """
    for rule in rules_by_law():
        suspects = rule.suspects(None) if rule.suspects else set()
        if not suspects:
            continue
        there = {person for person, place in places_of_authority(suspects, on) if place == facility.pk}
        barred = set(
            BarPeriod.objects.live()
            .filter(identity__facility=facility, identity__rule_code=rule.code, valid__contains=on)
            .annotate(person=person_id("identity__practitioner_id"))
            .values_list("person", flat=True)
        )
        counts["standing"] += len(there & barred)
        verdicts = judge_many(rule, facility=facility, on=on, practitioner_ids=sorted(there - barred))
        failing = {pk: each for pk, each in verdicts.items() if each.outcome == Outcome.NOT_MET}
        for person in Practitioner.objects.filter(pk__in=failing).order_by("pk"):
            with transaction.atomic():
                _bar(person, facility, rule, failing[person.pk], on)
            counts["opened"] += 1


def _bar(person: Practitioner, facility: Facility, rule: Rule, verdict: Verdict, start: dt.date) -> Bar:
    system = system_user()
    bar = open_bar(
        actor=system,
        practitioner=person,
        facility=facility,
        kind=BarKind.ADMINISTRATIVE_SUSPENSION,
        cause=verdict.sentence,
        start=start,
        rule_code=rule.code,
        citation=verdict.citation[:300],
    )
    issue_bar_letter(
        actor=system,
        bar=bar,
        period=bar.periods.live().order_by("valid").last(),
        kind=LetterKind.ADMINISTRATIVE_SUSPENSION,
    )
    return bar
