"""What stops membership and privileges of one person by itself, judged live as the lookup judges it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bylaws.choices import BarScope
from bylaws.models import AppointmentPeriod, BarPeriod
from bylaws.parameters import STANDING_CONDITIONS, condition_entries
from config.kernel.periods import covers
from config.organization.models import Facility
from config.rulebook.rules import judge_many, rules
from config.rulebook.selectors.parameters import Bound, resolve_many
from config.rulebook.verdicts import Outcome, parts_of
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among


@dataclass(frozen=True)
class Stop:
    """One standing condition that is not met, or cannot be confirmed, on the day.

    ``codes`` are the privileges it concerns; empty: all of them. With a ``condition`` it does not stop: they
    may be used under it.
    """

    sure: bool
    since: dt.date | None
    sentence: str
    codes: frozenset[str] = frozenset()
    condition: str = ""

    @property
    def colour(self) -> str:
        """How it looks."""
        return "bad" if self.sure and not self.condition else "warn"

    @property
    def word(self) -> str:
        """What it comes to, for a narrow column."""
        if self.condition:
            return "With a condition"
        return "Not usable" if self.sure else "Cannot be confirmed"

    @property
    def label(self) -> str:
        """``Not usable since 24 Nov 2026``, or that nobody can say."""
        since = (
            f" since {self.since.day} {self.since:%b} {self.since.year}" if self.sure and self.since else ""
        )
        return f"{self.word}{since}"

    def concerns(self, code: str) -> bool:
        """Whether it stops the privilege of that code."""
        return not self.codes or code in self.codes


def terms_of(practitioner: Practitioner) -> list[AppointmentPeriod]:
    """Everything known now of the person's terms, the latest first; one query, kept on the object because
    several parts of the file ask.
    """
    kept = practitioner.__dict__
    if "_terms" not in kept:
        kept["_terms"] = list(
            AppointmentPeriod.objects.live()
            .filter(practitioner__in=among([practitioner.pk]))
            .select_related("category", "department", "facility", "identity")
            .order_by("-valid", "pk")
        )
    return kept["_terms"]


def bars_of(practitioner: Practitioner) -> list[BarPeriod]:
    """Everything known now of the person's bars, the latest first; one query, kept like :func:`terms_of`."""
    kept = practitioner.__dict__
    if "_bars" not in kept:
        kept["_bars"] = list(
            BarPeriod.objects.live()
            .filter(identity__practitioner__in=among([practitioner.pk]))
            .select_related("identity__facility")
            .order_by("-valid", "pk")
        )
    return kept["_bars"]


def stops(
    practitioner: Practitioner, facility: Facility, on: dt.date, *, privileges_held: bool = False
) -> list[Stop]:
    """The standing conditions of the facility that stop the person on the day; sure ones first.
    ``privileges_held``: the person holds privileges that rest on no appointment.

    Judged once per person, facility and day (kept on the object): two queries for the parameters, and those
    of each rule that is not met without doubt and whose consequence is not recorded as a bar yet.
    """
    kept = practitioner.__dict__.setdefault("_stops", {})
    asked = facility.pk, on, privileges_held
    if asked not in kept:
        kept[asked] = _judge(practitioner, facility, on, privileges_held)
    return kept[asked]


def _judge(practitioner: Practitioner, facility: Facility, on: dt.date, privileges_held: bool) -> list[Stop]:
    known = {rule.code: rule for rule in rules() if rule.standing}
    wanted = {STANDING_CONDITIONS.code} | {code for rule in known.values() for code in rule.parameters}
    bounds = resolve_many(wanted, facility=facility, on=on)
    listed = bounds.get((STANDING_CONDITIONS.code, ""), Bound(STANDING_CONDITIONS.code, "", None))
    standing_bars = {
        bar.identity.rule_code: bar
        for bar in bars_of(practitioner)
        if bar.identity.facility_id == facility.pk and covers(bar.valid, on)
    }
    found = []
    for entry in condition_entries(listed.value):
        codes = entry.codes if entry.scope == BarScope.LISTED else frozenset()
        if entry.scope == BarScope.LISTED and not codes:
            continue  # it reaches nothing
        rule = known.get(entry.rule)
        if rule is None:  # the lookup cannot confirm anything under it either
            found.append(Stop(False, None, "A standing condition of the bylaws could not be judged.", codes))
            continue
        barred = standing_bars.get(rule.code) if rule.for_privilege is None else None
        if barred is not None:
            found.append(Stop(True, barred.start, barred.cause, codes))
            continue
        if rule.surely_met and practitioner.pk in rule.surely_met(facility, on, None, [practitioner.pk]):
            continue
        verdict = judge_many(
            rule,
            facility=facility,
            on=on,
            practitioner_ids=[practitioner.pk],
            parameters=rule.bounds(bounds),
            privileges_held=[practitioner.pk] if privileges_held else (),
        ).get(practitioner.pk)
        if verdict is None or verdict.met:
            continue
        for part in parts_of(verdict):
            reached = frozenset(part.reaches) & (codes or frozenset(part.reaches)) if part.part else codes
            if part.met or (part.part and not reached):
                continue
            found.append(Stop(part.outcome == Outcome.NOT_MET, part.since, part.sentence, reached))
    return sorted(found, key=lambda stop: (not stop.sure, stop.since or on))
