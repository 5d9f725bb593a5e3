"""Bars: what keeps granted authority from being used for a time. The grant itself never changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import PROTECTED_CAUSES, BarKind, BarReviewOutcome, BarScope
from bylaws.held import held_privileges, hold_without_appointment
from bylaws.models import Bar, BarPeriod, BarReview
from bylaws.policies import require_not_own_file
from bylaws.rules.reach import require_within
from bylaws.selectors.bars import curable_until
from bylaws.selectors.compliance import standing_rules
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, last_day, open_period, rewrite, void
from config.rulebook.rules import judge_many, rules
from config.rulebook.verdicts import Outcome, Verdict, part_of
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.people import lock_practitioner, lock_record

#: How far from today a bar may begin, how far ahead it may end or be lifted, in years; and how long its cause
#: may be, in characters.
YEARS_BACK, YEARS_AHEAD, YEARS_LONG, YEARS_EVER = 10, 1, 10, 100
LONGEST_CAUSE, LONGEST_CONDITION = 4000, 500


@transaction.atomic
def open_bar(
    *,
    actor,
    practitioner,
    facility,
    kind: str,
    cause: str,
    start: dt.date,
    end: dt.date | None = None,
    rule_code: str = "",
    rule_part: str = "",
    credential=None,
    scope: str = BarScope.ALL_PRIVILEGES,
    privilege_codes: Sequence[str] = (),
    citation: str = "",
    condition: str = "",
) -> Bar:
    """Record a suspension, leave or restriction from ``start`` to before ``end`` (None: until lifted).

    ``condition`` is of a restriction that does not forbid: what is still allowed, as the ward reads it in the
    answer of the lookup, so without the cause. Where it reaches listed privileges, each is one the person
    holds at the facility on a day of it, unless a rule says which it reaches. Refused: a first day more than
    ten years back or one ahead, a last day more than ten years ahead. Of the consequence of one rule
    (``rule_code``), or of one thing it asks (``rule_part``), a person has one live bar per facility; asking
    again answers with the one there is.
    """
    require(actor, "bylaws.manage_bars", facility)
    return _open(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=kind,
        cause=cause,
        start=start,
        end=end,
        rule_code=rule_code,
        rule_part=rule_part,
        credential=credential,
        scope=scope,
        privilege_codes=privilege_codes,
        citation=citation,
        condition=condition,
    )


@transaction.atomic
def suspend_at_once(
    *,
    actor,
    practitioner,
    facility,
    cause: str,
    scope: str = BarScope.ALL_PRIVILEGES,
    privilege_codes: Sequence[str] = (),
) -> Bar:
    """An officer's precautionary suspension, from today until it is lifted; it waits for no second person.

    Refused where one without an end already stands that reaches as far, so that a page sent twice suspends
    once. One that is about to end is no reason to wait.
    """
    require(actor, "bylaws.suspend_at_once", facility)
    lock_practitioner(practitioner)
    today = clock.today(facility)
    codes = {code.strip().upper() for code in privilege_codes}
    standing = BarPeriod.objects.in_force(today).filter(
        valid__upper_inf=True,
        identity__practitioner__in=among([practitioner.pk]),
        identity__facility=facility,
        identity__kind=BarKind.PRECAUTIONARY_SUSPENSION,
    )
    for row in standing:
        whole = row.scope == BarScope.ALL_PRIVILEGES
        if whole or (scope == BarScope.LISTED and codes and codes <= set(row.privilege_codes)):
            raise Refused(f"{practitioner} is already suspended since {day_text(row.valid.lower)}.")
    return _open(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=BarKind.PRECAUTIONARY_SUSPENSION,
        cause=cause,
        start=today,
        scope=scope,
        privilege_codes=privilege_codes,
    )


def _open(
    *,
    actor,
    practitioner,
    facility,
    kind: str,
    cause: str,
    start: dt.date,
    end: dt.date | None = None,
    rule_code: str = "",
    rule_part: str = "",
    credential=None,
    scope: str,
    privilege_codes: Sequence[str],
    citation: str = "",
    condition: str = "",
) -> Bar:
    """As :func:`open_bar`, for whoever may."""
    lock_practitioner(practitioner)
    require_not_own_file(actor, practitioner, doing="record a suspension or leave on")
    if not rule_code:  # what follows from a rule begins when the rule says
        _require_days(facility, start, end)
    valid = days(start, end)
    if kind not in BarKind.values:
        raise Refused(f'"{kind}" is no kind of bar.', field="kind")
    if not cause.strip():
        raise Refused("Say the cause.", field="cause")
    if len(cause.strip()) > LONGEST_CAUSE:
        raise Refused(f"Say the cause in at most {LONGEST_CAUSE:,} characters.", field="cause")
    if condition.strip() and kind != BarKind.RESTRICTION:
        raise Refused(
            "Only a restriction leaves something allowed under a condition; leave it empty.",
            field="condition",
        )
    if len(condition.strip()) > LONGEST_CONDITION:
        raise Refused(f"Say the condition in at most {LONGEST_CONDITION} characters.", field="condition")
    codes = _codes(scope, privilege_codes)
    if not rule_code:  # what a rule reaches it reaches, whichever of it is granted later
        _require_held(practitioner, facility, start, end, codes)
    if rule_code:
        standing = (
            Bar.objects.filter(
                practitioner__in=among([practitioner.pk]),
                facility=facility,
                rule_code=rule_code,
                rule_part=rule_part,
                periods__superseded_at__isnull=True,
                periods__valid__overlap=valid,
            )
            .order_by("pk")
            .first()
        )
        if standing is not None:
            return standing
    moment = clock.now()
    bar = Bar.objects.create(
        practitioner=practitioner,
        facility=facility,
        kind=kind,
        rule_code=rule_code,
        rule_part=rule_part,
        credential=credential,
        created_at=moment,
        created_by=actor,
    )
    open_period(
        BarPeriod,
        bar,
        valid=valid,
        actor=actor,
        at=moment,
        cause=cause.strip(),
        scope=scope,
        privilege_codes=codes,
        citation=citation,
        condition=" ".join(condition.split()),
    )
    record_event(
        actor=actor,
        verb="bar.opened",
        subject=bar,
        practitioner=practitioner,
        facility=facility,
        data={
            "kind": str(kind),
            "from": start.isoformat(),
            "through": last_day(end).isoformat() if end else None,
            "rule": rule_code,
            "scope": str(scope),
        },
    )
    return bar


def _require_days(facility, start: dt.date, end: dt.date | None) -> None:
    today = clock.today(facility)
    require_within(
        start, today=today, back=YEARS_BACK, ahead=YEARS_AHEAD, field="start", what="The first day"
    )
    if end is not None:
        require_within(
            end, today=today, back=YEARS_BACK, ahead=YEARS_LONG, field="last_day", what="The last day"
        )


def _codes(scope: str, given: Sequence[str]) -> list[str]:
    """The codes of the privileges it reaches, in order; none where it reaches all of them."""
    codes = sorted({code.strip().upper() for code in given if code.strip()})
    if scope == BarScope.ALL_PRIVILEGES:
        if codes:
            raise Refused("It reaches all privileges; leave the list empty.", field="privilege_codes")
        return []
    if not codes:
        raise Refused("List the privileges it reaches, or choose all privileges.", field="privilege_codes")
    return codes


def _require_held(practitioner, facility, start: dt.date, end: dt.date | None, codes: Sequence[str]) -> None:
    if not codes:
        return
    held = held_privileges(practitioner, facility, start, end)
    strange = [code for code in codes if code not in held]
    if strange:
        raise Refused(
            f"{practitioner} does not hold {', '.join(strange[:5])} at {facility} then: choose among "
            "the privileges held.",
            field="privilege_codes",
        )


@transaction.atomic
def lift_bar(*, actor, bar: Bar, day: dt.date, reason: str, authority: str = "") -> None:
    """The bar no longer stands from ``day`` on; the days before stay barred.

    Refused where the law or the bylaws let it follow by itself and its condition is not met on ``day``: the
    lookup judges a condition of the bylaws live and would go on saying no, so the file must not say
    otherwise. After the cure time of an automatic suspension the bodies decide: ``authority`` says which
    minutes or decision lifts it.
    """
    _check(actor, bar, reason)
    live = list(bar.periods.live().order_by("valid"))
    if not live:
        raise Refused("This bar was recorded by mistake and stands no longer.")
    if day <= live[0].valid.lower:
        raise Refused(
            f"It stands since {day_text(live[0].valid.lower)}; one that never should have is a mistake.",
            field="day",
        )
    if live[-1].valid.upper is not None and live[-1].valid.upper <= day:
        raise Refused(f"It has ended on {day_text(last_day(live[-1].valid.upper))}.", field="day")
    require_within(
        day,
        today=clock.today(bar.facility),
        back=YEARS_EVER,  # after its first day it is in any case
        ahead=YEARS_AHEAD,
        field="day",
        what="The first day without it",
    )
    cause = standing_cause(bar, day)
    if cause is not None:
        raise Refused(_still(cause, f"It cannot be lifted from {day_text(day)}"), field="day")
    until = curable_until(bar, live[0].valid.lower, day)
    told = " ".join(authority.split())
    if until is not None and day > until:
        if not told:
            raise Refused(
                f"It could be cured until {day_text(until)}; since then the privileges are deemed "
                "relinquished and only the bodies give them back. Say which minutes or decision does.",
                field="authority",
            )
        require(actor, "bylaws.record_minutes", bar.facility)
    _lift(actor, bar, day, f"{reason} ({told})" if told else reason)


@transaction.atomic
def take_back_lift(*, actor, bar: Bar, reason: str) -> None:
    """It was lifted by mistake, or the lifting is reversed: it stands again as before, without a day between
    and no longer than it was to. Refused where it was not lifted, or was recorded by mistake.
    """
    _check(actor, bar, reason)
    last = bar.periods.live().order_by("valid").last()
    upper = last.valid.upper if last is not None else None
    cut = _cut_off(bar, upper) if upper is not None else []
    if not cut:
        raise Refused("It was not lifted.")
    at = clock.now()
    for row in cut:
        rewrite(
            BarPeriod,
            bar,
            valid=DateRange(max(row.valid.lower, upper), row.valid.upper),
            actor=actor,
            reason=reason,
            at=at,
            content=row.content(),
        )
    record_event(
        actor=actor,
        verb="bar.lift_taken_back",
        subject=bar,
        reason=_told(bar, reason),
        practitioner=bar.practitioner,
        facility=bar.facility,
    )


def _cut_off(bar: Bar, day: dt.date) -> list[BarPeriod]:
    """What was said of the days from ``day`` on until the newest lifting took them away, in their order."""
    said = bar.periods.filter(superseded_at__isnull=False, valid__overlap=DateRange(day, None))
    newest = said.order_by("superseded_at").last()
    return list(said.filter(superseded_at=newest.superseded_at).order_by("valid")) if newest else []


@transaction.atomic
def void_bar(*, actor, bar: Bar, reason: str) -> None:
    """The bar was a mistake: it never stood. Asked as known before, it still did.

    Refused where the bylaws let it follow by itself and its condition was surely not met on its last day (or
    today, while it stands): then it was no mistake.
    """
    _check(actor, bar, reason)
    live = list(bar.periods.live().order_by("valid"))
    if not live:
        raise Refused("This bar was already recorded as a mistake.")
    upper, today = live[-1].valid.upper, clock.today(bar.facility)
    day = max(today if upper is None or upper > today else last_day(upper), live[0].valid.lower)
    cause = standing_cause(bar, day)
    if cause is not None and cause.outcome == Outcome.NOT_MET:
        raise Refused(_still(cause, "It was no mistake"))
    void(BarPeriod, bar, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="bar.voided",
        subject=bar,
        reason=_told(bar, reason),
        practitioner=bar.practitioner,
        facility=bar.facility,
    )


@transaction.atomic
def record_review(*, actor, bar: Bar, reviewed_on: dt.date, outcome: str, authority: str) -> BarReview:
    """What the Medical Executive Committee said of a precautionary suspension, from its minutes or recorded
    decision (``authority`` says which). ``LIFTED`` lifts it from the day of the review.

    Refused: a day before it began, after it ended or ahead; another kind of bar; one's own file.
    """
    require(actor, "bylaws.record_minutes", bar.facility)
    lock_record(bar.practitioner)
    require_not_own_file(actor, bar.practitioner, doing="record a review of a suspension on")
    if bar.kind != BarKind.PRECAUTIONARY_SUSPENSION:
        raise Refused("The Medical Executive Committee reviews precautionary suspensions in this way.")
    live = list(bar.periods.live().order_by("valid"))
    if not live:
        raise Refused("This bar was recorded by mistake and stands no longer.")
    if outcome not in BarReviewOutcome.values:
        raise Refused("Say what the committee decided.", field="outcome")
    authority = " ".join(authority.split())
    if not authority:
        raise Refused("Say which minutes or decision it is.", field="authority")
    if reviewed_on > clock.today(bar.facility):
        raise Refused("The review lies ahead.", field="reviewed_on")
    if reviewed_on < live[0].valid.lower:
        raise Refused(f"It began only on {day_text(live[0].valid.lower)}.", field="reviewed_on")
    if live[-1].valid.upper is not None and live[-1].valid.upper <= reviewed_on:
        raise Refused(f"It has ended on {day_text(last_day(live[-1].valid.upper))}.", field="reviewed_on")
    review = BarReview.objects.create(
        bar=bar,
        reviewed_on=reviewed_on,
        outcome=outcome,
        authority=authority,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb="bar.reviewed",
        subject=bar,
        practitioner=bar.practitioner,
        facility=bar.facility,
        data={"on": reviewed_on.isoformat(), "outcome": str(outcome)},
    )
    if outcome == BarReviewOutcome.LIFTED:
        # Lifted on its first day, it stood that day.
        _lift(
            actor,
            bar,
            max(reviewed_on, live[0].valid.lower + ONE_DAY),
            "Lifted by the review of the executive committee.",
        )
    return review


def _lift(actor, bar: Bar, day: dt.date, reason: str) -> None:
    end_before(BarPeriod, bar, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="bar.lifted",
        subject=bar,
        reason=_told(bar, reason),
        practitioner=bar.practitioner,
        facility=bar.facility,
        data={"from": day.isoformat()},
    )


def _told(bar: Bar, reason: str) -> str:
    """What the trail keeps of a reason: nothing where it is peer review. It stands with the bar itself."""
    return "" if bar.kind in PROTECTED_CAUSES else reason


def standing_cause(bar: Bar, day: dt.date) -> Verdict | None:
    """What keeps the bar from being lifted: the verdict of its condition on the day, not met or unknown. None
    where the condition is met, or neither the law asks for it nor the bylaws list it (any more).
    """
    if not bar.rule_code:
        return None
    by_law = [rule for rule in rules() if rule.by_law]
    by_bylaws = [each.rule for each in standing_rules(facility=bar.facility, on=day)]
    rule = next((rule for rule in (*by_law, *by_bylaws) if rule.code == bar.rule_code), None)
    if rule is None:
        return None
    person = canonical_of(bar.practitioner).pk  # a bar may stand on a record that was merged since
    verdict = judge_many(
        rule,
        facility=bar.facility,
        on=day,
        practitioner_ids=[person],
        privileges_held=hold_without_appointment([person], bar.facility, day),
    ).get(person)
    verdict = part_of(verdict, bar.rule_part) if verdict is not None else None
    stands = verdict is not None and verdict.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN)
    return verdict if stands else None


def _still(cause: Verdict, what: str) -> str:
    """Why not, and what would settle it: then it ends by itself."""
    return " ".join(
        part
        for part in (
            f"{what}, because what it follows from by itself still stands: {cause.sentence}",
            cause.cure,
            "Once that is so, the bar is lifted by itself.",
        )
        if part
    )


def _check(actor, bar: Bar, reason: str) -> None:
    require(actor, "bylaws.manage_bars", bar.facility)
    lock_record(bar.practitioner)
    require_not_own_file(actor, bar.practitioner, doing="lift a suspension on")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
