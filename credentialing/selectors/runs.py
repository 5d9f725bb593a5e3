"""Runs of questions put to machines: what they could ask, how far they are, what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import TruncDate

from config.accounts.policies import facilities_with
from config.kernel import clock
from config.organization.models import Facility
from credentialing.choices import CallOutcome, ItemStatus, StepState
from credentialing.models import Application, RunStep, SourceCall, VerificationItem, VerificationRun
from credentialing.rules.resting import CUT_OFF
from credentialing.selectors.expirables import expiring
from credentialing.selectors.sources import SourceState, states
from practitioners.choices import Standing
from practitioners.models import Credential, CredentialPeriod

VERIFY = "credentialing.verify"
#: Items a machine may be asked about: nobody has answered them.
ASKABLE = (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING, ItemStatus.UNABLE)
#: Days after its end for which a licence is asked about, and as good as for ever.
DAYS_PAST, EVER = 90, 40000
#: Days for which an ended run reminds of what it could not check.
REMINDS_DAYS = 30


def machine_can_ask(application: Application) -> QuerySet[VerificationItem]:
    """Items of the file a machine can check and nobody has answered."""
    return application.items.filter(status__in=ASKABLE).exclude(automatic_source="").order_by("id")


def due_licences(
    facility: Facility, *, days: int, states: Sequence[str], viewer, days_past: int = DAYS_PAST
) -> QuerySet[Credential]:
    """Licences of people at the facility that end within so many days, or ended in the last ninety, of states
    whose board is asked; never the viewer's own, never one a run is asking about.
    """
    return _to_ask(_ending(facility, days, states, days_past), viewer)


def licences_to_reverify(
    facility: Facility, *, days: int, again_days: int, states: Sequence[str], viewer
) -> QuerySet[Credential]:
    """As :func:`due_licences`, whenever a licence without a renewal ended, and without those whose board has
    answered in the last ``again_days``: unless the licence ended since, when it is asked that day.
    """
    today = clock.today(facility)
    answered = RunStep.objects.filter(
        credential=OuterRef("identity"),
        outcome=StepState.ANSWERED,
        ended_at__gt=clock.now() - dt.timedelta(days=again_days),
    )
    since = answered.annotate(day=TruncDate("ended_at", tzinfo=ZoneInfo(facility.time_zone)))
    ending = _ending(facility, days, states, EVER).filter(
        Q(valid__endswith__gt=today) & ~Exists(answered)
        | Q(valid__endswith__lte=today) & ~Exists(since.filter(day__gte=OuterRef("ends")))
    )
    return _to_ask(ending, viewer)


def _ending(facility: Facility, days: int, states: Sequence[str], days_past: int) -> QuerySet:
    rows = expiring([facility.pk], on=clock.today(facility), days_ahead=days, days_past=days_past)
    return rows.filter(identity__credential_type__code="LICENSE", identity__state__in=states).order_by()


def _to_ask(ending: QuerySet, viewer) -> QuerySet[Credential]:
    asked = RunStep.objects.filter(credential=OuterRef("pk"), outcome="")
    return (
        Credential.objects.filter(pk__in=ending.values("identity"))
        .exclude(number="")
        .exclude(practitioner__user_id=viewer.pk)
        .exclude(Exists(asked))
        .order_by("practitioner__sort_name", "pk")
    )


# --- how far ----------------------------------------------------------------------------------------------


def visible_runs(viewer) -> QuerySet[VerificationRun]:
    """Runs at the facilities where the viewer verifies; never of their own file."""
    steps = {
        f"number_{name}": Count("steps", filter=Q(steps__outcome__in=outcomes))
        for name, outcomes in {
            "open": ("",),
            "answered": (StepState.ANSWERED,),
            "unchecked": (StepState.COULD_NOT_CHECK,),
        }.items()
    }
    return (
        VerificationRun.objects.filter(facility_id__in=facilities_with(viewer, VERIFY))
        .exclude(application__practitioner__user_id=viewer.pk)
        .select_related("facility", "started_by", "cancelled_by", "application__practitioner")
        .annotate(number=Count("steps"), **steps)
    )


@dataclass(frozen=True)
class Step:
    """One step as the page of its run shows it."""

    step: RunStep
    state: StepState
    sentence: str
    tries: int
    source: str
    next_try: dt.datetime | None  # None: at once, or never again
    since: dt.datetime | None = None  # of a question that is under way

    @property
    def over(self) -> bool:
        """Whether it ended."""
        return bool(self.step.outcome)

    @property
    def to_review(self) -> bool:
        """Whether the answer waits in the file for a person's review."""
        item = self.step.item
        return item is not None and item.status in (ItemStatus.RECEIVED, ItemStatus.DISCREPANT)

    @property
    def by_hand(self) -> bool:
        """Whether nobody has answered the item and no machine is asking: a person goes on."""
        item = self.step.item
        return item is not None and self.over and item.status in (ItemStatus.AWAITING, ItemStatus.UNABLE)

    @property
    def to_confirm(self) -> bool:
        """Whether a person verifies the licence now, with the answer or without one."""
        return self.step.credential is not None and self.state in (
            StepState.ANSWERED,
            StepState.COULD_NOT_CHECK,
        )


@dataclass(frozen=True)
class Progress:
    """A run with its steps, the open ones first as they stand now."""

    run: VerificationRun
    steps: Sequence[Step]

    @property
    def done(self) -> int:
        """How many steps ended."""
        return sum(each.over for each in self.steps)

    @property
    def counts(self) -> list[tuple[StepState, int]]:
        """How many steps are in each state, in the order of the states; states nobody is in are left out."""
        numbers = {state: sum(each.state == state for each in self.steps) for state in StepState}
        return [(state, number) for state, number in numbers.items() if number]

    @property
    def working(self) -> bool:
        """Whether something is still to come."""
        return self.run.ended_at is None

    @property
    def unchecked(self) -> int:
        """How many could not be checked."""
        return sum(each.state == StepState.COULD_NOT_CHECK for each in self.steps)

    @property
    def summary(self) -> str:
        """``5 answered, 1 could not be checked.``"""
        parts = [f"{number} {state.label[0].lower()}{state.label[1:]}" for state, number in self.counts]
        return f"{', '.join(parts)}."


def progress(run: VerificationRun, *, again_after: dt.timedelta) -> Progress:
    """How far a run is, from its steps and the questions put for them; some six queries for any number.

    ``again_after`` is how long the sweep waits before it asks again.
    """
    calls = SourceCall.objects.order_by("-asked_at", "-id")
    steps = run.steps.select_related(
        "item__application__practitioner", "credential__credential_type", "credential__practitioner"
    ).prefetch_related(Prefetch("calls", queryset=calls))
    known = {each.source.code: each for each in states()}
    now = clock.now()
    found = [_step(each, known, again_after, now) for each in steps.order_by("id")]
    return Progress(run, found)


def _step(
    step: RunStep, known: Mapping[str, SourceState], again_after: dt.timedelta, now: dt.datetime
) -> Step:
    calls = list(step.calls.all())  # newest first, fetched with all the others
    failed = [each for each in calls if each.outcome == CallOutcome.COULD_NOT_CHECK]
    source = known.get(step.source)
    name = source.source.name if source else step.source
    tries = sum(1 for each in calls if each.outcome)
    if step.outcome:
        return Step(step, StepState(step.outcome), step.sentence, tries, name, None)
    told = f"Could not be checked: {failed[0].reason}." if failed else ""
    if calls and not calls[0].outcome and now - calls[0].asked_at < CUT_OFF:
        return Step(step, StepState.ASKING, told, tries, name, None, since=calls[0].asked_at)
    if source is not None and source.rest.until is not None and source.rest.until > now:
        rests = f"{name} did not answer {source.rest.failures} times in a row."
        return Step(step, StepState.HELD, told or rests, tries, name, source.rest.until)
    if calls and not calls[0].outcome:
        cut = "The last question was cut off; it is put again."
        return Step(step, StepState.WAITING, cut, tries, name, calls[0].asked_at + again_after)
    if failed:
        return Step(step, StepState.AGAIN, told, tries, name, failed[0].asked_at + again_after)
    return Step(step, StepState.WAITING, "", tries, name, None)


# --- what is left for a person ------------------------------------------------------------------------------


def left_steps(viewer, facility: Facility) -> QuerySet[RunStep]:
    """Steps of ended runs a person has to go on with: what could not be checked and nobody has settled since,
    and answers about licences that nobody has confirmed.
    """
    since = clock.now() - dt.timedelta(days=REMINDS_DAYS)
    runs = VerificationRun.objects.filter(
        facility=facility, facility_id__in=facilities_with(viewer, VERIFY), ended_at__gte=since
    )
    asked_again = RunStep.objects.filter(credential=OuterRef("credential"), pk__gt=OuterRef("pk"))
    confirmed = CredentialPeriod.objects.filter(
        identity=OuterRef("credential"), standing=Standing.CONFIRMED, recorded_at__gte=OuterRef("ended_at")
    )
    licence = Q(credential__isnull=False) & ~Exists(asked_again) & ~Exists(confirmed)
    return (
        RunStep.objects.filter(run__in=runs)
        .filter(
            Q(outcome=StepState.COULD_NOT_CHECK, item__status__in=ASKABLE)
            | Q(outcome__in=(StepState.COULD_NOT_CHECK, StepState.ANSWERED)) & licence
        )
        .exclude(item__application__practitioner__user_id=viewer.pk)
        .exclude(credential__practitioner__user_id=viewer.pk)
    )


def runs_left(viewer, facility: Facility) -> QuerySet[VerificationRun]:
    """Ended runs with something left for a person (see :func:`left_steps`); ``unchecked`` and ``to_confirm``
    count it.
    """
    left = left_steps(viewer, facility)
    return (
        VerificationRun.objects.filter(pk__in=left.order_by().values("run"))
        .select_related("facility", "application__practitioner", "application__facility")
        .annotate(
            unchecked=Count("steps", filter=Q(steps__in=left, steps__outcome=StepState.COULD_NOT_CHECK)),
            to_confirm=Count("steps", filter=Q(steps__in=left, steps__outcome=StepState.ANSWERED)),
        )
        .order_by("-ended_at", "-id")
    )


def answer_to_confirm(credential: Credential) -> RunStep | None:
    """What a board answered about this licence in a run and nobody has confirmed yet; one query."""
    confirmed = CredentialPeriod.objects.filter(
        identity=OuterRef("credential"), standing=Standing.CONFIRMED, recorded_at__gte=OuterRef("ended_at")
    )
    return (
        RunStep.objects.filter(credential=credential, outcome=StepState.ANSWERED)
        .exclude(Exists(confirmed))
        .select_related("evidence")
        .order_by("-ended_at")
        .first()
    )
