"""Leaving the medical staff: one act ends what somebody holds at a facility, and can be taken back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import InvestigationAnswer
from bylaws.models import AppointmentPeriod, CommitteeSeatPeriod
from bylaws.policies import require_not_own_file
from bylaws.rules.reach import require_within
from bylaws.services.appointments import end_appointment
from bylaws.services.by_law import bar_by_law
from bylaws.services.committees import end_seat
from bylaws.services.data_bank import take_back_action
from bylaws.services.questions import drop_questions, surrendered
from bylaws.services.supervision import end_agreement
from config.accounts.models import RoleAssignmentPeriod
from config.accounts.policies import forget_roles, require
from config.accounts.services.users import end_role, system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import last_day
from config.organization.models import Facility
from credentialing.services.applications import withdraw_within
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.people import lock_records, refuse_merged, refuse_withdrawn
from privileging.choices import DepartureKind
from privileging.models import Departure, GrantPeriod
from privileging.selectors.departures import Leaver, agreements_with, leavers
from privileging.services.grants import end_grant
from privileging.services.restoring import refuse_ended_since, restore_cut

RECORD = "bylaws.record_minutes"
#: A last day further away is a slip: departures are told some months before, and found out some years after.
YEARS_BACK, YEARS_AHEAD = 10, 2
#: What a departure cuts short, by the name it is kept under.
CUT: dict[str, Any] = {
    "terms": AppointmentPeriod,
    "grants": GrantPeriod,
    "seats": CommitteeSeatPeriod,
    "roles": RoleAssignmentPeriod,
    "agreements": CredentialPeriod,
}
#: Under which name the applications it withdrew are kept beside them.
WITHDRAWN = "applications"


@transaction.atomic
def record_departures(
    *,
    actor,
    practitioners: Iterable[Practitioner],
    facility: Facility,
    kind: str,
    day: dt.date,
    reason: str,
    investigation: str,
) -> list[Departure]:
    """The people leave the medical staff of the facility; ``day`` is the first day without membership.

    Of each, from that day on: every term, every privilege, every seat on a committee of the facility, the
    roles that came with membership, and, unless they stay on the staff of another hospital, the agreements
    under which they supervise others. Open applications there are withdrawn. All of it for all of them, or
    nothing: a refusal names the person it is about.

    ``investigation`` answers whether they leave while under investigation or to avoid one: if so, or if that
    is not known yet, it is an adverse action from ``day`` on, with its data bank clock (45 CFR 60.12).
    """
    require(actor, RECORD, facility)
    text = reason.strip()
    if not text:
        raise Refused("Say why, in a sentence that can stand in the file.", field="reason")
    if kind not in DepartureKind.values:
        raise Refused("Say how it came about.", field="kind")
    if investigation not in InvestigationAnswer.values:
        raise Refused("Answer the question about an investigation.", field="investigation")
    if kind == DepartureKind.DECEASED and day > clock.today(facility) + ONE_DAY:
        raise Refused("A death lies in the past: enter the day it happened.", field="last_day")
    require_within(
        day,
        today=clock.today(facility),
        back=YEARS_BACK,
        ahead=YEARS_AHEAD,
        field="last_day",
        what="The first day without membership",
    )
    people = sorted({person.pk: person for person in practitioners}.values(), key=lambda person: person.pk)
    if not people:
        raise Refused("Choose who leaves.")
    if len(people) > 1 and investigation == InvestigationAnswer.YES:
        raise Refused(
            "Record whoever left under investigation alone, so that it is said of nobody else.",
            field="investigation",
        )
    for person in people:
        require_not_own_file(actor, person, doing="record a departure in")
    # Whoever they supervise is locked with them, everybody in one order.
    under = {
        each.identity.practitioner_id: each.identity.practitioner
        for each in agreements_with([person.npi for person in people if person.npi], day)
    }
    locked = lock_records([*under.values(), *people])
    for person in people:
        refuse_withdrawn(locked[person.pk])
        refuse_merged(locked[person.pk])
    return [
        _record(actor, leaver, facility, kind, day, text, investigation)
        for leaver in leavers(people, facility, day)
    ]


def _record(
    actor, leaver: Leaver, facility: Facility, kind: str, day: dt.date, reason: str, investigation: str
) -> Departure:
    person = leaver.practitioner
    if leaver.leaves_on is not None:
        raise Refused(
            f"{person} leaves already, from {day_text(leaver.leaves_on)} on: take that departure back first."
        )
    if leaver.holds_nothing:
        raise Refused(
            f"{person} holds neither an appointment nor a privilege at {facility} from {day_text(day)} on."
        )
    uid = uuid.uuid4()
    action = surrendered(
        actor=actor,
        practitioner=person,
        facility=facility,
        investigation=investigation,
        what=f"Left the medical staff. {DepartureKind(kind).label}: {reason}",
        day=day,
        subject_uid=uid,
    )
    made = Departure.objects.create(
        uid=uid,
        practitioner=person,
        facility=facility,
        kind=kind,
        day=day,
        reason=reason,
        investigation=investigation,
        action=action,
        ended={name: [str(row.uid) for row in getattr(leaver, name)] for name in (*CUT, WITHDRAWN)},
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    _end(actor, leaver, day, f"{DepartureKind(kind).label}: {reason}")
    record_event(
        actor=actor,
        verb="departure.recorded",
        subject=made,
        reason=reason,
        practitioner=person,
        facility=facility,
        # Whether there was an investigation is peer review and stays out of the trail.
        data={"kind": kind, "from": day.isoformat()},
    )
    return made


def _end(actor, leaver: Leaver, day: dt.date, reason: str) -> None:
    """What a membership carried ends in the actor's name; what only follows, in the system's."""
    for term in {row.identity_id: row.identity for row in leaver.terms}.values():
        end_appointment(actor=actor, appointment=term, day=day, reason=reason)
    for grant in {row.identity_id: row.identity for row in leaver.grants}.values():
        end_grant(actor=actor, grant=grant, day=day, reason=reason)
    system = system_user()
    for seat in {row.identity_id: row.identity for row in leaver.seats}.values():
        end_seat(actor=system, seat=seat, day=day, reason=reason)
    for role in {row.identity_id: row.identity for row in leaver.roles}.values():
        end_role(actor=system, assignment=role, day=day, reason=reason)
    for agreement in {row.identity_id: row.identity for row in leaver.agreements}.values():
        end_agreement(actor=system, agreement=agreement, day=day, reason=reason)
    for application in leaver.applications:
        withdraw_within(actor=system, application=application, reason=reason)


@transaction.atomic
def take_back_departure(*, actor, departure: Departure, reason: str) -> Departure:
    """It was a mistake, or they stay after all: what it cut short holds again as before. Its data bank clock
    stops; a report about it that is on record is still to be voided.

    Refused once something was recorded for those days since. An application it withdrew stays withdrawn.
    Whom the law bars meanwhile (an exclusion that was confirmed) is barred in the same act.
    """
    require(actor, RECORD, departure.facility)
    require_not_own_file(actor, departure.practitioner, doing="take back a departure in")
    under = Practitioner.objects.filter(
        credentials__periods__uid__in=departure.ended.get("agreements", ())
    ).distinct()
    # A record that was merged since is still the person's; whom they supervised is locked with them.
    record = lock_records([departure.practitioner, *under])[departure.practitioner_id]
    refuse_withdrawn(record)
    person = canonical_of(record)
    made = Departure.objects.select_for_update(of=("self",)).get(pk=departure.pk)
    text = reason.strip()
    if made.taken_back_at is not None:
        raise Refused("This departure was taken back already.")
    if not text:
        raise Refused("Say why it is taken back.", field="reason")
    for name, model in CUT.items():
        _restore(actor, person, made, name, model, text)
    bar_by_law(practitioner=person, facility=made.facility)
    because = f"The departure was taken back: {text}"
    if made.action is not None:
        take_back_action(actor=actor, action=made.action, reason=because)
    drop_questions(actor=actor, subject_uids=[made.uid], reason=because)
    made.taken_back_because, made.taken_back_at, made.taken_back_by = text, clock.now(), actor
    made.save(update_fields=["taken_back_because", "taken_back_at", "taken_back_by"])
    record_event(
        actor=actor,
        verb="departure.taken_back",
        subject=made,
        reason=text,
        practitioner=person,
        facility=made.facility,
        data={"from": made.day.isoformat()},
    )
    return made


def _restore(actor, person: Practitioner, made: Departure, name: str, model: Any, reason: str) -> None:
    """Record again what the periods said about the days from the departure on."""
    cut = list(
        model.objects.filter(uid__in=made.ended.get(name, ()))
        .select_related("identity")
        .order_by("valid", "pk")
    )
    _refuse_changed(person, made, model, cut)
    for row in cut:
        restore_cut(row, model=model, actor=actor, day=made.day, reason=reason)
        if model is RoleAssignmentPeriod:
            forget_roles(row.identity.user)


def _refuse_changed(person: Practitioner, made: Departure, model: Any, cut: Sequence[Any]) -> None:
    """Days for which something else was recorded since are not overwritten."""
    since = model.objects.live().filter(valid__overlap=DateRange(made.day, None))
    if model in (AppointmentPeriod, GrantPeriod):
        held = since.filter(practitioner__in=among([person.pk]), facility=made.facility)
    else:
        held = since.filter(identity__in=[row.identity_id for row in cut])
    other = held.first() if cut else None
    if other is not None:
        raise Refused(
            f"Something holds again from {day_text(other.valid.lower)} on ({other}): "
            "it was recorded after this departure, which cannot be taken back any more."
        )
    if model is GrantPeriod:
        refuse_ended_since(person, made.facility, cut, made.recorded_at)


def first_day_without(last: dt.date) -> dt.date:
    """The day a departure counts from, given the last day on the staff."""
    return last + dt.timedelta(days=1)


def last_day_on_staff(departure: Departure) -> dt.date:
    """The last day of membership."""
    return last_day(departure.day) or departure.day
