"""BL-NPDB-3: an adverse action that lasted is reported to the data bank in time (see
:mod:`bylaws.rules.data_bank_clock` for how the days are counted).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from bylaws.choices import AdverseActionKind, ClockState
from bylaws.models import AdverseAction, AdverseActionPeriod, Bar, DataBankRecord
from bylaws.rules.data_bank_clock import MUST_BE_REPORTED, Clock, clock_of
from bylaws.rules.population import appointed
from bylaws.rules.protected_bars import protected_bars, protected_bars_of
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
class Counted:
    """One adverse action with its clock. ``subject`` is the bar or the other action it is."""

    subject: Bar | AdverseAction
    person: int
    clock: Clock

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
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
    practitioner_ids: Iterable[int] | None = None,
    subject: uuid.UUID | None = None,
) -> list[Counted]:
    """Every action of the facility that the data bank counts, as known at the moment (None: now), the
    earliest first; two queries.

    Suspensions and restrictions recorded by a person enter; what follows by itself and leaves never do.
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
        AdverseActionPeriod.objects.filter(known_at_q(known_at), identity__facility=facility, **whose, **one)
        .select_related("identity__practitioner", "identity__facility")
        .annotate(
            person=person_id("identity__practitioner_id", known_at),
            last=Subquery(records.order_by("-recorded_at", "-pk").values("kind")[:1]),
        )
        .order_by("identity_id", "valid")
    )
    by_a_person = [row for row in bars if not row.identity.rule_code]
    # Who must be reported is said by the person's record, not by one that was merged into it.
    with_canonical([row.identity for row in (*by_a_person, *actions)], known_at=known_at)
    found = [*_counted(by_a_person, on), *_counted(actions, on)]
    return sorted(found, key=lambda each: (each.clock.effective, str(each.uid)))


def _counted(rows: Iterable[Any], on: dt.date) -> list[Counted]:
    """The clocks of periods of one table, in the order of their days."""
    spans: dict[int, list[Any]] = {}
    for row in rows:
        spans.setdefault(row.identity_id, []).append(row)
    return [
        Counted(
            subject=live[0].identity,
            person=live[0].person,
            clock=clock_of(
                effective=live[0].valid.lower,
                ends=live[-1].valid.upper,
                on=on,
                must=live[0].identity.practitioner.provider_type in MUST_BE_REPORTED,
                at_once=live[0].identity.kind == AdverseActionKind.SURRENDER,
                last=live[0].last,
            ),
        )
        for live in spans.values()
    ]


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """How the clock of each action stands that day, by practitioner id; the queries of :func:`counted`."""
    people = list(appointed(facility, on, known_at, None) if practitioner_ids is None else practitioner_ids)
    facts: dict[int, dict[str, Any]] = {pk: {"on": on, "clocks": []} for pk in people}
    for each in counted(facility, on, known_at, people):
        if each.person in facts and each.clock.number is not None:
            facts[each.person]["clocks"].append(
                {"state": str(each.clock.state), "effective": each.clock.effective, "due": each.clock.due}
            )
    return dict(facts)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: what is overdue longest speaks, then what is due next. Pure."""

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=LAW,
            confidence="unconfirmed",
            **more,
        )

    clocks = sorted(facts["clocks"], key=lambda each: each["due"])
    overdue = [each for each in clocks if each["state"] == ClockState.OVERDUE]
    if overdue:
        one = overdue[0]
        return say(
            Outcome.NOT_MET,
            f"In force since {day_text(one['effective'])}; the report was due by {day_text(one['due'])}.",
            facts={"effective": one["effective"], "report_due": one["due"]},
            since=one["due"] + dt.timedelta(days=1),
            due=one["due"],
            cure="File the report, or record why none is due.",
        )
    due = [each for each in clocks if each["state"] == ClockState.DUE]
    if due:
        one = due[0]
        return say(
            Outcome.MET,
            f"In force since {day_text(one['effective'])}; the report is due by {day_text(one['due'])}.",
            facts={"effective": one["effective"], "report_due": one["due"]},
            due=one["due"],
        )
    if any(each["state"] == ClockState.FILED for each in clocks):
        return say(Outcome.MET, "What was to be reported is reported.")
    return say(Outcome.NOT_APPLICABLE, "Nothing is to be reported on this day.")


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        data_class=DataClass.PEER_REVIEW,
        parameters=(),
        facts=gather,
        judge=judge,
        waivable=False,
    )
)
