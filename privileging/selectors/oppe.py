"""Reading ongoing evaluation: profiles, their comparison with peers, and the pictures of both."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import CommitteeSeatPeriod
from config.accounts.choices import DataClass, Role
from config.accounts.policies import facilities_with, facilities_with_class, roles_by_facility
from config.kernel import canonical, clock
from config.rulebook.selectors.parameters import resolve_many
from practitioners.selectors.canonical import among, own_records, person_id
from privileging.choices import FPPEReason, FPPEStatus, OPPEConclusion, OPPEState, OPPEStatus
from privileging.models import FPPEPlan, OPPECycle, OPPEIndicator, OPPEProfile, OPPEValue
from privileging.parameters import OPPE_INNER_LIMIT, OPPE_MIN_PEERS, OPPE_MIN_VOLUME, OPPE_OUTER_LIMIT
from privileging.rules.oppe import Limits, Tally
from privileging.rules.oppe_profile import (
    Indicator,
    Line,
    Measure,
    Measured,
    changed_since,
    lines_of,
    measured_data,
    measured_from_data,
    proposing,
)

OFFICERS = (Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER)
SETTINGS = (OPPE_MIN_VOLUME, OPPE_MIN_PEERS, OPPE_INNER_LIMIT, OPPE_OUTER_LIMIT)


# --- who may --------------------------------------------------------------------------------------------


def chaired_departments(user) -> list[int]:
    """Ids of the departments of which the person is chair or vice chair today; one query."""
    rows = CommitteeSeatPeriod.objects.in_force(clock.today()).filter(
        identity__user=user,
        identity__committee__kind=CommitteeKind.DEPARTMENT,
        seat_role__in=(SeatRole.CHAIR, SeatRole.VICE_CHAIR),
    )
    return [each for each in rows.values_list("identity__committee__department_id", flat=True) if each]


def officer_at(user) -> list[int]:
    """Ids of the facilities whose medical staff the person leads."""
    return [
        facility
        for facility, roles in roles_by_facility(user).items()
        if roles & {str(role) for role in OFFICERS}
    ]


def may_sign(user, profile: OPPEProfile) -> bool:
    """Whether the person is chair of the profile's department, or an officer of the medical staff there."""
    if getattr(user, "is_system", False):
        return True
    return profile.cycle.facility_id in officer_at(user) or (
        profile.department_id is not None and profile.department_id in chaired_departments(user)
    )


def profiles(viewer) -> QuerySet[OPPEProfile]:
    """Profiles the viewer may see: those who run it see all of their facility, chairs those of their
    department and officers all, once they are before the chair. Only with the class peer review, and never
    the viewer's own.
    """
    rows = OPPEProfile.objects.filter(
        cycle__facility__in=facilities_with_class(viewer, DataClass.PEER_REVIEW)
    ).select_related("cycle__facility", "practitioner", "department", "form", "signed_by")
    if getattr(viewer, "is_system", False):
        return rows
    seen = Q(cycle__facility__in=facilities_with(viewer, "privileging.manage_oppe"))
    signing = facilities_with(viewer, "privileging.sign_oppe")
    if signing:
        shown = Q(status__in=(OPPEStatus.CHAIR_REVIEW, OPPEStatus.SIGNED), cycle__facility__in=signing)
        theirs = Q(cycle__facility__in=officer_at(viewer)) | Q(department__in=chaired_departments(viewer))
        seen |= shown & theirs
    return rows.filter(seen).exclude(practitioner__in=own_records(viewer))


def profile(viewer, uid) -> OPPEProfile | None:
    """One profile the viewer may see, or None."""
    return profiles(viewer).filter(uid=uid).first()


def other_profiles(viewer, profile: OPPEProfile) -> list[OPPEProfile]:
    """The same person's profiles in the other specialties of the cycle, as far as the viewer sees them; one
    query.
    """
    return list(
        profiles(viewer)
        .filter(cycle=profile.cycle_id, practitioner__in=among([profile.practitioner_id]))
        .exclude(pk=profile.pk)
        .order_by("-main", "form__name")
    )


def to_sign(viewer, facility) -> QuerySet[OPPEProfile]:
    """Profiles that wait for this viewer's signature at the facility, the oldest cycle first."""
    rows = profiles(viewer).filter(cycle__facility=facility, status=OPPEStatus.CHAIR_REVIEW)
    if facility.pk not in facilities_with(viewer, "privileging.sign_oppe"):
        return rows.none()
    return rows.order_by("cycle__period", "practitioner__sort_name", "pk")


def cycles(viewer, facility) -> list[OPPECycle]:
    """The cycles of the facility, the newest first, with how many profiles there are in which state; one
    query.
    """
    counts = {str(status): Count("profiles", filter=Q(profiles__status=status)) for status in OPPEStatus}
    return list(
        OPPECycle.objects.filter(facility=facility)
        .annotate(everybody=Count("profiles"), **{f"n_{name}": count for name, count in counts.items()})
        .order_by("-period")
    )


def triggers_to_follow(viewer, facility) -> QuerySet[OPPEProfile]:
    """Signed profiles that propose a focused evaluation which nobody has opened since."""
    # Either may stand under a record that was merged meanwhile.
    opened = FPPEPlan.objects.annotate(person=person_id()).filter(
        person=OuterRef("person"),
        facility=OuterRef("cycle__facility"),
        reason__in=(FPPEReason.FOR_CAUSE, FPPEReason.LOW_VOLUME),
        steps__recorded_at__gte=OuterRef("signed_at"),
        steps__status=FPPEStatus.PLANNED,  # only opening one writes that
    )
    return (
        profiles(viewer)
        .annotate(person=person_id())
        .filter(
            ~Exists(opened),
            cycle__facility=facility,
            status=OPPEStatus.SIGNED,
            conclusion=OPPEConclusion.TRIGGER_FPPE,
        )
        .order_by("signed_at", "pk")
    )


# --- one profile ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProfileView:
    """Everything a chair sees of one person in one cycle and specialty."""

    profile: OPPEProfile
    lines: tuple[Line, ...]
    unconfirmed: tuple[str, ...] = ()
    since: tuple[str, ...] = ()  # what was delivered otherwise after it was signed
    digest: str = ""  # of the numbers shown; of a signed profile, those it was signed with
    intact: bool = True  # the numbers still have the hash they were signed with

    @property
    def flagged(self) -> list[Line]:
        """The indicators a person should look at."""
        return [line for line in self.lines if line.flagged]

    @property
    def proposing(self) -> tuple[str, ...]:
        """What proposes a focused evaluation, in words: the chair says yes or no."""
        return proposing(self.lines)

    @property
    def state(self) -> OPPEStatus | OPPEState:
        """How it stands. Whether it waits for data is derived from whether there is any."""
        status = OPPEStatus(self.profile.status)
        if status != OPPEStatus.OPEN:
            return status
        return OPPEState.WAITS if self.without_cases else OPPEState.LOADED

    @property
    def without_cases(self) -> bool:
        """Whether there is no value at all: zero volume, which is data too."""
        return not any(line.own for line in self.lines)


def limits_of(facility, on: dt.date) -> tuple[Limits, tuple[str, ...]]:
    """What the OPPE policy sets, and the titles of what nobody has confirmed; one query. Where something is
    not on record nobody is compared: no number is invented.
    """
    found = resolve_many([each.code for each in SETTINGS], facility=facility, on=on)
    bound = {code: each for (code, subject), each in found.items() if not subject}
    values = {code: each.value for code, each in bound.items() if each.is_set}
    if any(each.code not in values for each in SETTINGS):
        return Limits(volume=10**9, peers=10**9, inner=0.95, outer=0.998), ("Limits not on record",)
    unconfirmed = tuple(each.title for each in SETTINGS if bound[each.code].confidence == "unconfirmed")
    return (
        Limits(
            volume=int(values[OPPE_MIN_VOLUME.code]),
            peers=int(values[OPPE_MIN_PEERS.code]),
            inner=int(values[OPPE_INNER_LIMIT.code]) / 1000,
            outer=int(values[OPPE_OUTER_LIMIT.code]) / 1000,
        ),
        unconfirmed,
    )


def view_of(profile: OPPEProfile, *, pictures: bool = True) -> ProfileView:
    """The profile with every indicator of its specialty (the main one with those of everybody as well); six
    queries. Peers are nameless.

    A signed one shows the numbers it was signed with, and says what was delivered otherwise since.
    """
    (view,) = views_of([profile], pictures=pictures)
    if profile.status != OPPEStatus.SIGNED:
        return view
    signed = measured_from_data(json.loads(profile.seen))
    (now,) = measured_of([profile])
    return replace(view, since=changed_since(signed, now))


def views_of(found: Sequence[OPPEProfile], *, pictures: bool = False) -> list[ProfileView]:
    """As :func:`view_of`, of many profiles of one cycle at once, with the same six queries; signed ones as
    signed, without a look at what came since.
    """
    unsigned = [each for each in found if each.status != OPPEStatus.SIGNED]
    fresh = {each.pk: numbers for each, numbers in zip(unsigned, measured_of(unsigned), strict=True)}
    return [_view(each, fresh.get(each.pk), pictures) for each in found]


def _view(profile: OPPEProfile, fresh: Measured | None, pictures: bool) -> ProfileView:
    if fresh is None:
        seen = json.loads(profile.seen)
        measured, digest, intact = (
            measured_from_data(seen),
            profile.seen_sha256,
            canonical.digest(seen) == profile.seen_sha256,
        )
    else:
        measured, digest, intact = fresh, canonical.digest(measured_data(fresh)), True
    return ProfileView(
        profile, lines_of(measured, pictures=pictures), measured.unconfirmed, digest=digest, intact=intact
    )


def measured_of(found: Sequence[OPPEProfile]) -> list[Measured]:
    """The numbers of profiles of one cycle as they are now, in their order; six queries.

    Whoever has several records has one set of numbers, and is nobody's peer twice. An indicator of a
    specialty is compared in that specialty, by the numbers delivered for it and those of all somebody's work;
    one that concerns everybody once for each of them, on the main profile and among those whose main
    specialty it is.
    """
    if not found:
        return []
    cycle = found[0].cycle
    limits, unconfirmed = limits_of(cycle.facility, cycle.last_day)
    indicators = list(
        OPPEIndicator.objects.filter(
            Q(forms=None) | Q(forms__in={each.form_id for each in found}), retired=False
        )
        .distinct()
        .prefetch_related("forms")
        .order_by("name")
    )
    concerns = {each.pk: {form.pk for form in each.forms.all()} for each in indicators}
    person_of: dict[int, int] = {}
    in_form: dict[int, set[int]] = {}
    mainly: dict[int, set[int]] = {}
    rows = OPPEProfile.objects.filter(cycle=cycle, form__in={each.form_id for each in found})
    for pk, person, form, main in rows.annotate(person=person_id()).values_list(
        "pk", "person", "form_id", "main"
    ):
        person_of[pk] = person
        in_form.setdefault(form, set()).add(person)
        if main:
            mainly.setdefault(form, set()).add(person)

    def beside(profile: OPPEProfile, indicator: OPPEIndicator) -> set[int]:
        of_form = in_form if concerns[indicator.pk] else mainly
        return of_form.get(profile.form_id, set()) - {person_of[profile.pk]}

    tallies: dict[tuple[int, int, int | None], Tally] = {}  # by the form it was delivered for, None: all work
    history: dict[tuple[int, int], list[tuple[dt.date, int | None, Tally]]] = {}
    mine = {person_of[each.pk] for each in found}
    values = (
        OPPEValue.objects.filter(
            facility=cycle.facility,
            practitioner__in=among(set().union(*in_form.values())),
            indicator__in=indicators,
            superseded_by=None,
        )
        .annotate(person=person_id())
        .order_by("period", "pk")
        .values_list("person", "indicator_id", "form_id", "period", "numerator", "denominator")
    )
    for person, indicator, form, period, numerator, denominator in values:
        number = Tally(numerator, denominator)
        if person in mine:
            history.setdefault((person, indicator), []).append((period.lower, form, number))
        # A value belongs to the cycle in which its days end.
        if cycle.period.lower < period.upper <= cycle.period.upper:
            key = (person, indicator, form)
            tallies[key] = _together(tallies.get(key), number) or number

    def of(person: int, indicator: OPPEIndicator, form: int) -> Tally | None:
        everywhere = tallies.get((person, indicator.pk, None))
        return _together(everywhere, tallies.get((person, indicator.pk, form)))

    return [
        Measured(
            limits,
            unconfirmed,
            tuple(
                Measure(
                    _defined(indicator),
                    of(person_of[each.pk], indicator, each.form_id),
                    tuple(
                        theirs
                        for person in sorted(beside(each, indicator))
                        if (theirs := of(person, indicator, each.form_id)) is not None
                    ),
                    tuple(
                        (day, number)
                        for day, form, number in history.get((person_of[each.pk], indicator.pk), ())
                        if form in (None, each.form_id)
                    ),
                )
                for indicator in indicators
                if (each.form_id in concerns[indicator.pk] if concerns[indicator.pk] else each.main)
            ),
        )
        for each in found
    ]


def _together(one: Tally | None, other: Tally | None) -> Tally | None:
    """The sum of two numbers; a number that is not there adds nothing."""
    if one is None or other is None:
        return one or other
    none = one.denominator is None and other.denominator is None
    return Tally(
        one.numerator + other.numerator,
        None if none else (one.denominator or 0) + (other.denominator or 0),
    )


def _defined(indicator: OPPEIndicator) -> Indicator:
    return Indicator(
        code=indicator.code,
        name=indicator.name,
        is_rate=indicator.is_rate,
        per=indicator.per,
        higher_is_better=indicator.higher_is_better,
        target=indicator.target,
        trigger_at=indicator.trigger_at,
    )
