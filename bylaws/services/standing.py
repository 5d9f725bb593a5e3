"""Standing conditions: what the bylaws let follow by itself, recorded as bars.

Nothing here decides anything: the lookup judges the conditions live, whether or not this ran. The bar records
the consequence with its cause and scope. Nothing goes to the board, there is no hearing and no data bank
report, and the dates of appointment and grants never change.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db import transaction
from django.db.models import Q

from bylaws.choices import BarKind, BarScope
from bylaws.held import held_privileges, hold_without_appointment
from bylaws.models import BarPeriod
from bylaws.rules.current_credential import required
from bylaws.rules.licence import LICENCE
from bylaws.selectors.bars import REFUSED, curable_until
from bylaws.selectors.compliance import (
    StandingCondition,
    standing_problems,
    standing_rules,
)
from bylaws.selectors.judged import Judged, alone_of, judged_people
from bylaws.services.bars import lift_bar, open_bar, void_bar
from bylaws.services.by_law import bar_whoever_is_not
from bylaws.services.letters import issue_bar_letter
from config.accounts.policies import require
from config.audit.models import AuditEvent
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Refused
from config.rulebook.rules import Rule, judge_many, rules
from config.rulebook.verdicts import Outcome, Verdict, part_of, parts_of
from practitioners.choices import LetterKind
from practitioners.models import Credential
from practitioners.selectors.canonical import among, person_id, persons
from practitioners.services.people import lock_practitioner, lock_record

#: Bars that ended longer ago than this are corrected by hand only.
LOOK_BACK = dt.timedelta(days=366)


def apply_standing_conditions(*, actor, facility, on: dt.date) -> dict[str, int]:
    """Open, lift and void the bars of the standing conditions at the facility as of the day ``on``.

    Opens an administrative suspension for each member who does not meet a condition, and for each holder of
    privileges that rest on no appointment, from the first day not met (within the term or since the first of
    those privileges), and for everybody whom the law bars, member or not, from ``on``. Where the days of
    a bar are met as known now (a renewal without a gap was verified late) it is voided as a mistake; where
    the condition is met again after a gap it is lifted from the day of the cure, and where nothing that is
    held asks for it any more, from ``on``. Unknown neither opens nor
    lifts. Each person is a transaction of its own, so a run cut off is simply repeated; running twice, also
    at the same time, changes nothing more.

    An entry of the bylaws that cannot be applied, and a person whose bar is refused, stop none of the others:
    they are counted as ``refused``, told in the audit trail and shown on Today. Who holds none of the
    privileges a condition reaches counts as ``untouched``.
    """
    require(actor, "bylaws.manage_bars", facility)
    counts: Counter[str] = Counter(
        judged=0, opened=0, standing=0, untouched=0, lifted=0, voided=0, unknown=0, refused=0, relinquished=0
    )
    counts["refused"] += len(standing_problems(facility=facility, on=on))
    conditions = standing_rules(facility=facility, on=on)
    people = judged_people(facility, on)
    alone = alone_of(people)
    for condition in conditions:
        rule = condition.rule
        verdicts = judge_many(
            rule, facility=facility, on=on, practitioner_ids=list(people), privileges_held=alone
        )
        barred = set(
            _bars(facility, rule.code)
            .filter(valid__contains=on)
            .annotate(person=person_id("identity__practitioner_id"))
            .values_list("person", "identity__rule_part")
        )
        for practitioner_id, whole in verdicts.items():
            counts["judged"] += 1
            counts["unknown"] += whole.outcome == Outcome.UNKNOWN
            for verdict in parts_of(whole):
                if verdict.outcome != Outcome.NOT_MET:
                    continue
                if (practitioner_id, verdict.part) in barred:
                    counts["standing"] += 1
                    continue
                try:
                    counts[_open(actor, facility, people[practitioner_id], condition, verdict, on)] += 1
                except Refused as refusal:
                    _tell_refused(actor, facility, people[practitioner_id].practitioner, rule, refusal)
                    counts["refused"] += 1
    bar_whoever_is_not(facility=facility, on=on, counts=counts)
    for rule in rules():
        if rule.standing or rule.by_law:
            _review_bars(actor, facility, rule, on, counts)
    return dict(counts)


@transaction.atomic
def _open(
    actor, facility, judged: Judged, condition: StandingCondition, verdict: Verdict, on: dt.date
) -> str:
    """Open the bar of one person; answers what it counts as: ``opened``, ``standing`` when another run was
    first, ``untouched`` when the person holds none of the privileges it reaches.
    """
    rule, practitioner = condition.rule, judged.practitioner
    lock_practitioner(practitioner)
    scope, codes = _reach(condition, verdict)
    if scope == BarScope.LISTED and not set(codes) & set(held_privileges(practitioner, facility, on, None)):
        return "untouched"
    before = _bars(facility, rule.code).filter(identity__practitioner__in=among([practitioner.pk]))
    start = max(verdict.since or on, judged.first_day)
    known = set(before.values_list("identity_id", flat=True))
    bar = open_bar(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=BarKind.ADMINISTRATIVE_SUSPENSION,
        cause=verdict.sentence,
        start=start,
        rule_code=rule.code,
        rule_part=verdict.part,
        credential=_credential(practitioner.pk, verdict),
        scope=scope,
        privilege_codes=codes,
        citation=condition.citation or verdict.citation,
    )
    if bar.pk in known:
        return "standing"
    issue_bar_letter(
        actor=actor, bar=bar, period=bar.periods.live().get(), kind=LetterKind.ADMINISTRATIVE_SUSPENSION
    )
    return "opened"


def _reach(condition: StandingCondition, verdict: Verdict) -> tuple[str, tuple[str, ...]]:
    """How far it goes: as the bylaws say, and where the verdict is about some privileges no further."""
    if not verdict.part:
        return condition.scope, condition.codes
    codes = set(verdict.reaches)
    return BarScope.LISTED, tuple(sorted(codes & set(condition.codes) if condition.codes else codes))


def _tell_refused(actor, facility, practitioner, rule: Rule, refusal: Refused) -> None:
    """Say in the file why what follows by itself could not be recorded, once in a day: the run comes every
    hour. The lookup says no all the same.
    """
    told = AuditEvent.objects.filter(
        verb=REFUSED,
        practitioner_uid=practitioner.uid,
        facility_code=facility.code,
        reason=str(refusal),
        at__gt=clock.now() - ONE_DAY,
    )
    if told.exists():
        return
    record_event(
        actor=actor,
        verb=REFUSED,
        subject=practitioner,
        practitioner=practitioner,
        facility=facility,
        reason=str(refusal),
        data={"rule": rule.code},
    )


def _review_bars(actor, facility, rule: Rule, on: dt.date, counts: Counter[str]) -> None:
    """Lift or void the bars of a rule whose cause is gone as known now."""
    rows = list(
        _bars(facility, rule.code)
        .filter(valid__startswith__lte=on)
        .filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=on - LOOK_BACK))
        .select_related("identity__practitioner", "identity__facility")
        .order_by("identity_id", "valid")
    )
    by_day: dict[dt.date, list[BarPeriod]] = {}
    for row in rows:
        day = on if row.valid.upper is None or row.valid.upper > on else row.valid.upper - ONE_DAY
        by_day.setdefault(day, []).append(row)
    for day, barred in sorted(by_day.items()):
        person_of = persons(row.identity.practitioner_id for row in barred)
        people = sorted(set(person_of.values()))
        verdicts = judge_many(
            rule,
            facility=facility,
            on=day,
            practitioner_ids=people,
            privileges_held=hold_without_appointment(people, facility, day),
        )
        for row in barred:
            verdict = part_of(verdicts[person_of[row.identity.practitioner_id]], row.identity.rule_part)
            if verdict is None and row.valid.upper is not None:
                continue  # it was lifted, and what is asked now says nothing of its days
            if verdict is not None and verdict.outcome != Outcome.MET:
                continue
            try:
                ended = _lift_unasked(actor, row, day) if verdict is None else _end(actor, row, verdict, day)
                counts[ended] += 1
            except Refused as refusal:
                _tell_refused(actor, facility, row.identity.practitioner, rule, refusal)
                counts["refused"] += 1


@transaction.atomic
def _end(actor, row: BarPeriod, verdict: Verdict, day: dt.date) -> str:
    """Void the bar when its days are met without a gap, else lift it from the first day met again, if that is
    within the cure time.
    """
    bar = row.identity
    if not BarPeriod.objects.live().filter(pk=row.pk).exists():
        return "standing"  # another run was first
    if verdict.since is None or verdict.since <= row.valid.lower:
        void_bar(actor=actor, bar=bar, reason=f"Met without a gap, as is known now: {verdict.sentence}")
        told = f"It is withdrawn: the condition was met without a gap. {verdict.sentence}"
        issue_bar_letter(actor=actor, bar=bar, period=row, kind=LetterKind.REINSTATEMENT, reason=told)
        return "voided"
    if row.valid.upper is not None and row.valid.upper <= verdict.since:
        return "standing"
    until = curable_until(bar, row.valid.lower, verdict.since)
    if until is not None and verdict.since > until:
        return "relinquished"  # met again too late: only the bodies give it back
    lift_bar(actor=actor, bar=bar, day=verdict.since, reason=f"Cured: {verdict.sentence}")
    issue_bar_letter(
        actor=actor,
        bar=bar,
        period=bar.periods.live().get(),
        kind=LetterKind.REINSTATEMENT,
        reason=verdict.sentence,
    )
    return "lifted"


@transaction.atomic
def _lift_unasked(actor, row: BarPeriod, day: dt.date) -> str:
    """Lift from ``day`` a bar for something that no privilege held asks for any more: it was granted anew
    on other criteria. Not while none of the privileges it reaches is held: one that comes back may ask again.
    """
    bar = row.identity
    lock_record(bar.practitioner)
    held = held_privileges(bar.practitioner, bar.facility, day, None)
    if not set(row.privilege_codes) & set(held) or day <= row.valid.lower:
        return "standing"
    if not BarPeriod.objects.live().filter(pk=row.pk).exists():
        return "standing"  # another run was first
    until = curable_until(bar, row.valid.lower, day)
    if until is not None and day > until:
        return "relinquished"  # too late: only the bodies give it back
    told = "Nothing that is held asks for it any more."
    lift_bar(actor=actor, bar=bar, day=day, reason=told)
    issue_bar_letter(
        actor=actor, bar=bar, period=bar.periods.live().get(), kind=LetterKind.REINSTATEMENT, reason=told
    )
    return "lifted"


def _bars(facility, rule_code: str):
    """Live rows of the bars that record the consequence of a rule."""
    return BarPeriod.objects.live().filter(identity__facility=facility, identity__rule_code=rule_code)


def _credential(practitioner_id: int, verdict: Verdict) -> Credential | None:
    """The credential the verdict speaks of, where it names one by its number."""
    what = required.get(verdict.code)
    number = verdict.facts.get(what.fact if what else "licence")
    if not number:
        return None
    rows = Credential.objects.filter(
        practitioner__in=among([practitioner_id]),
        credential_type__code=what.kind if what else LICENCE,
        number=number,
    )
    return (rows if what else rows.filter(state=verdict.facts.get("state"))).order_by("pk").first()
