"""BL-NPDB-3: an adverse action that lasted is reported to the data bank in time (see
:mod:`bylaws.rules.data_bank_clock` for how the days are counted).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from bylaws.choices import REPORTABLE_AT_ONCE, ClockState
from bylaws.models import AdverseAction, AdverseActionPeriod, Bar, DataBankRecord
from bylaws.parameters import REPORT_DAYS, bind
from bylaws.rules.data_bank_clock import MUST_BE_REPORTED, Clock, clock_of
from bylaws.rules.population import appointed
from bylaws.rules.protected_bars import (
    mistaken_q,
    profession_of,
    protected_bars,
    protected_bars_of,
    taken_back,
)
from config.accounts.choices import DataClass
from config.kernel.display.dates import day_text
from config.kernel.periods import known_at_q
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, person_id, with_canonical

CODE = "BL-NPDB-3"
TITLE = "Adverse actions reported to the data bank"
LAW = "45 CFR 60.5, 60.12"


@dataclass(frozen=True)
class Taken:
    """One adverse action: ``subject`` is the bar or the other action it is, ``happened`` what of it the clock
    counts (the values of :func:`.clock_of` but the day and the parameter).
    """

    subject: Bar | AdverseAction
    person: int
    happened: Mapping[str, Any]


@dataclass(frozen=True)
class Counted:
    """One adverse action with its clock. ``subject`` is the bar or the other action it is."""

    subject: Bar | AdverseAction
    person: int
    clock: Clock
    mistake: bool = False

    @property
    def practitioner(self) -> Practitioner:
        """Whose it is."""
        return self.subject.practitioner

    @property
    def must(self) -> bool:
        """Whether the data bank must be told; else it may be."""
        return self.practitioner.provider_type in MUST_BE_REPORTED

    @property
    def what(self) -> str:
        """What it is, in words."""
        return self.subject.get_kind_display()

    @property
    def uid(self) -> uuid.UUID:
        """What an address names it by."""
        return self.subject.uid


def counted(
    facility: Facility, on: dt.date, known_at: dt.datetime | None = None, subject: uuid.UUID | None = None
) -> list[Counted]:
    """Every action of the facility that the data bank counts with its clock, as known at the moment (None:
    now), the earliest first, each of the person whichever record it stands on; the queries of :func:`taken`,
    one for merged records, and those of the parameter.
    """
    limit = bind(REPORT_DAYS.code, facility=facility, on=on, known_at=known_at)
    days = limit.value if limit.is_set else None
    actions = taken(facility, on, known_at, subject=subject)
    with_canonical([each.subject for each in actions], known_at=known_at)
    found = [
        Counted(
            subject=each.subject,
            person=each.person,
            clock=clock_of(on=on, days_to_report=days, **each.happened),
            mistake=each.happened["mistake"],
        )
        for each in actions
    ]
    return sorted(found, key=lambda each: (each.clock.effective, str(each.uid)))


def taken(
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    practitioner_ids: Iterable[int] | None = None,
    subject: uuid.UUID | None = None,
) -> list[Taken]:
    """Every action of the facility that the data bank counts, as known at the moment; two queries.

    Suspensions and restrictions recorded by a person enter; what follows by itself and leaves never do. What
    was recorded by mistake enters as such: a bar only where something was done about the data bank, since a
    report on record is still to be voided.
    """
    whose = (
        {}
        if practitioner_ids is None
        else {"identity__practitioner_id__in": among(practitioner_ids, known_at)}
    )
    one = {} if subject is None else {"identity__uid": subject}
    if practitioner_ids is not None and subject is None:
        bars: Iterable[Any] = protected_bars_of(list(practitioner_ids), facility, on, known_at)
    else:
        bars = protected_bars(facility, on, known_at).filter(**whose, **one)
    seen = Q() if known_at is None else Q(recorded_at__lte=known_at)
    records = DataBankRecord.objects.filter(seen, day__lte=on, action=OuterRef("identity"))
    actions = (
        AdverseActionPeriod.objects.filter(
            known_at_q(known_at) | mistaken_q(known_at), identity__facility=facility, **whose, **one
        )
        .select_related("identity__practitioner", "identity__facility")
        .annotate(
            person=person_id("identity__practitioner_id", known_at),
            profession=profession_of("identity__practitioner", known_at),
            last=Subquery(records.order_by("-recorded_at", "-pk").values("kind")[:1]),
        )
        .order_by("identity_id", "valid")
    )
    by_a_person = [row for row in bars if not row.identity.rule_code]
    return [*_taken(by_a_person, known_at), *_taken(actions, known_at)]


def _taken(rows: Iterable[Any], known_at: dt.datetime | None) -> list[Taken]:
    """What happened, of periods of one table in the order of their days."""
    spans: dict[int, list[Any]] = {}
    for row in rows:
        spans.setdefault(row.identity_id, []).append(row)
    return [
        Taken(
            subject=live[0].identity,
            person=live[0].person,
            happened={
                "effective": live[0].valid.lower,
                "ends": live[-1].valid.upper,
                "must": live[0].profession in MUST_BE_REPORTED,
                "at_once": live[0].identity.kind in REPORTABLE_AT_ONCE,
                "last": live[0].last,
                "mistake": taken_back(live[0], known_at),
            },
        )
        for live in spans.values()
    ]


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """What happened of each action that has begun by that day, by practitioner id; the queries of
    :func:`taken`.
    """
    people = list(appointed(facility, on, known_at, None) if practitioner_ids is None else practitioner_ids)
    facts: dict[int, dict[str, Any]] = {pk: {"on": on, "actions": []} for pk in people}
    for each in taken(facility, on, known_at, people):
        if each.person in facts and each.happened["effective"] <= on:
            facts[each.person]["actions"].append(dict(each.happened))
    return dict(facts)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: what is overdue longest speaks, then what is due next. Pure."""
    limit = parameters[REPORT_DAYS.code]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=limit.citation or LAW,
            confidence=limit.confidence or "unconfirmed",
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    days = limit.value if limit.is_set else None
    clocks = [clock_of(on=facts["on"], days_to_report=days, **each) for each in facts["actions"]]
    clocks.sort(key=lambda each: each.reportable_on)
    waiting = [each for each in clocks if each.state in (ClockState.DUE, ClockState.OVERDUE)]
    if waiting:
        one = waiting[0]
        began = f"In force since {day_text(one.effective)}"
        if one.due is None:
            return say(
                Outcome.UNKNOWN,
                f"{began}; how soon a report is due is not recorded for this facility.",
                facts={"effective": one.effective},
                cure="Record the days of the law among the parameters.",
            )
        shown = {"effective": one.effective, "report_due": one.due}
        if one.state == ClockState.OVERDUE:
            return say(
                Outcome.NOT_MET,
                f"{began}; the report was due by {day_text(one.due)}.",
                facts=shown,
                since=one.due + dt.timedelta(days=1),
                due=one.due,
                cure="File the report, or record why none is due.",
            )
        return say(
            Outcome.MET, f"{began}; the report is due by {day_text(one.due)}.", facts=shown, due=one.due
        )
    if any(each.state == ClockState.FILED for each in clocks):
        return say(Outcome.MET, "What was to be reported is reported.")
    return say(Outcome.NOT_APPLICABLE, "Nothing is to be reported on this day.")


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="2",
        data_class=DataClass.PEER_REVIEW,
        parameters=(REPORT_DAYS.code,),
        facts=gather,
        judge=judge,
        waivable=False,
    )
)
