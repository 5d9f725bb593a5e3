"""Payers, enrolments with them, and the files they are given.

A file is kept as it was handed out, with its hash: what a payer was told, and when, can be shown for ever.
Nothing of a protected class can be in it: the fields a column may hold name none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import Event, record_event, record_events
from config.kernel import clock, periods
from config.kernel.canonical import bytes_digest
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days, through
from config.kernel.texts import needed
from config.organization.models import Facility
from credentialing.choices import DayForm, RosterKind
from credentialing.models import Payer, PayerEnrolment, PayerEnrolmentPeriod, RosterFile
from credentialing.rules.payer_rosters import Line, csv_text, read_columns
from credentialing.selectors.payers import MANAGE, READ, changes, roster, standing_with
from credentialing.services.guards import refuse_own_file
from practitioners.models import Practitioner
from practitioners.selectors.canonical import merged_into
from practitioners.services.people import lock_record, refuse_withdrawn

LONGEST_NAME = 120
LONGEST_NUMBER = 40
LONGEST_ADDRESS = 200
LONGEST_REASON = 1000


# --- payers -----------------------------------------------------------------------------------------------


@transaction.atomic
def add_payer(
    *, actor, facility: Facility, name: str, columns: str, day_form: str, delegated: bool = False
) -> Payer:
    """A payer of the facility; ``columns`` are lines ``heading = field`` (``rules.payer_rosters``)."""
    require(actor, MANAGE, facility)
    payer = Payer(facility=facility, created_at=clock.now(), created_by=actor)
    _write(payer, name, columns, day_form, delegated, active=True)
    payer.save(force_insert=True)
    record_event(actor=actor, verb="payer.added", subject=payer, facility=facility)
    return payer


@transaction.atomic
def change_payer(
    *, actor, payer: Payer, name: str, columns: str, day_form: str, delegated: bool, active: bool
) -> Payer:
    """Another name or other columns; files that were made stay as they are. A payer no longer ``active``
    takes no new enrolments.
    """
    require(actor, MANAGE, payer.facility)
    payer = Payer.objects.select_for_update(of=("self",)).select_related("facility").get(pk=payer.pk)
    _write(payer, name, columns, day_form, delegated, active=active)
    payer.save()
    record_event(actor=actor, verb="payer.changed", subject=payer, facility=payer.facility)
    return payer


def _write(payer: Payer, name: str, columns: str, day_form: str, delegated: bool, *, active: bool) -> None:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Refused(f"Give it a name of at most {LONGEST_NAME} characters.", field="name")
    if Payer.objects.filter(facility=payer.facility, name__iexact=name).exclude(pk=payer.pk).exists():
        raise Refused(f"{payer.facility} has a payer of that name already.", field="name")
    if day_form not in DayForm.values:
        raise Refused("Choose how the payer wants days written.", field="day_form")
    payer.name, payer.columns, payer.day_form = name, read_columns(columns), day_form
    payer.delegated, payer.active = delegated, active


# --- enrolments -------------------------------------------------------------------------------------------


@transaction.atomic
def enrol(
    *,
    actor,
    payer: Payer,
    practitioners: Sequence[Practitioner],
    effective: dt.date,
    payer_number: str = "",
) -> int:
    """Enrol members of the facility's staff with the payer from ``effective`` on. Answers how many; all of
    them or none.

    ``payer_number`` is the payer's number of the person, which only one person can have.
    """
    require(actor, MANAGE, payer.facility)
    if not payer.active:
        raise Refused(f"{payer} is no longer active: nobody is enrolled any more.")
    number = payer_number.strip()
    if len(number) > LONGEST_NUMBER:
        raise Refused(f"The number is longer than {LONGEST_NUMBER} characters.", field="payer_number")
    if number and len(practitioners) > 1:
        raise Refused("A payer's number belongs to one person: enroll them one by one.", field="payer_number")
    if not practitioners:
        raise Refused("Choose at least one member.")
    people = _people(actor, practitioners)
    members, enrolled = standing_with(payer, [each.pk for each in people], from_day=effective)
    for each in people:
        if each.pk not in members:
            raise Refused(f"{each} is no member of the staff of {payer.facility} then.", field="effective")
        if each.pk in enrolled:
            raise Refused(f"{each} is enrolled with {payer} already.", field="effective")
    _enrol(actor, payer, people, effective, number)
    return len(people)


def _people(actor, practitioners: Sequence[Practitioner]) -> list[Practitioner]:
    """Their rows, locked in the order of every other writer; refused where one may take nothing new. Three
    queries for any number of people.
    """
    rows = Practitioner.every.select_for_update(of=("self",), no_key=True)
    people = list(rows.filter(pk__in={each.pk for each in practitioners}).order_by("pk"))
    merged = merged_into([each.pk for each in people])
    own = Practitioner.every.filter(user_id=actor.pk, user_id__isnull=False).values_list("pk", flat=True)
    own_rows = set(own)
    for each in people:
        refuse_withdrawn(each)
        if each.pk in merged:
            raise Refused(f"{each} was merged into {merged[each.pk]}: enroll under that record.")
        if each.pk in own_rows:
            raise Forbidden("Nobody acts on their own file; a colleague of the office has to do this.")
    return people


def _enrol(actor, payer: Payer, people: Sequence[Practitioner], effective: dt.date, number: str) -> None:
    """The enrolments of all of them, in a fixed number of statements; the caller holds the locks."""
    now, valid = clock.now(), days(effective, None)
    held = {each.practitioner_id: each for each in payer.enrolments.filter(practitioner__in=people)}
    fresh = [
        PayerEnrolment(practitioner=each, payer=payer, created_at=now, created_by=actor)
        for each in people
        if each.pk not in held
    ]
    held |= {each.practitioner_id: each for each in PayerEnrolment.objects.bulk_create(fresh)}
    PayerEnrolmentPeriod.objects.bulk_create(
        PayerEnrolmentPeriod(
            identity=held[each.pk], valid=valid, payer_number=number, recorded_at=now, recorded_by=actor
        )
        for each in people
    )
    said = {"payer": payer.name, "effective": effective.isoformat()}
    events = [Event("payer_enrolment.opened", held[each.pk], each, said) for each in people]
    record_events(actor=actor, events=events, facility=payer.facility, at=now)


@transaction.atomic
def end_enrolment(*, actor, enrolment: PayerEnrolment, last_day: dt.date, reason: str) -> None:
    """The person takes part through ``last_day`` and no longer. A wrong end is mended by ending it anew."""
    payer = enrolment.payer
    require(actor, MANAGE, payer.facility)
    refuse_own_file(actor, enrolment.practitioner)
    # Also of a record merged since: what stands on it can be brought to its end.
    person = lock_record(enrolment.practitioner)
    text = needed(reason, LONGEST_REASON, field="reason", otherwise="Write why the enrollment ends.")
    held = enrolment.periods.live().order_by("-valid").first()
    if held is None or (held.start is not None and last_day < held.start):
        raise Refused("The last day lies before the first day of the enrollment.", field="last_day")
    end = through(last_day)  # refuses the last day of the calendar
    if held.end is not None and last_day > held.end:
        valid = days(held.valid.upper, end)
        periods.rewrite(
            PayerEnrolmentPeriod, enrolment, valid=valid, actor=actor, reason=text, content=held.content()
        )
    else:
        after = last_day + ONE_DAY
        periods.end_before(PayerEnrolmentPeriod, enrolment, day=after, actor=actor, reason=text)
    record_event(
        actor=actor,
        verb="payer_enrolment.ended",
        subject=enrolment,
        practitioner=person,
        facility=payer.facility,
        reason=text,
        data={"payer": payer.name, "last_day": last_day.isoformat()},
    )


# --- files ------------------------------------------------------------------------------------------------


@transaction.atomic
def make_roster(*, actor, payer: Payer, on: dt.date) -> RosterFile:
    """The full roster of the day in the payer's columns, kept."""
    _may_make(actor, payer, on)
    lines = roster(payer, on)
    return _keep(actor, payer, RosterKind.FULL, on, lines, list(lines.values()))


@transaction.atomic
def make_changes(*, actor, payer: Payer, since: dt.date, on: dt.date) -> RosterFile:
    """Adds, changes and terms after ``since`` through ``on`` in the payer's columns, kept. A month in which
    nothing changed makes a file without lines: it says so to the payer.
    """
    _may_make(actor, payer, on)
    if since >= on:
        raise Refused("The day it was told last lies before the day of the roster.", field="since")
    told, after = changes(payer, since=since, on=on)
    counts = {"adds": len(told.adds), "changes": len(told.changes), "terms": len(told.terms)}
    lines = [each.line for each in told.told]
    return _keep(actor, payer, RosterKind.CHANGES, on, after, lines, since_day=since, **counts)


def _may_make(actor, payer: Payer, on: dt.date) -> None:
    require(actor, READ, payer.facility)
    require_known_day(payer, on)


def require_known_day(payer: Payer, on: dt.date) -> None:
    """Refuse a day to come: nobody knows yet who will stand on its roster."""
    if on > clock.today(payer.facility):
        raise Refused("What will be on that day is not known yet: choose today or a day before.", field="on")


def _keep(
    actor, payer: Payer, kind: str, on: dt.date, after: Mapping[str, Line], lines: Sequence[Line], **more
) -> RosterFile:
    content = csv_text(payer.columns, lines, payer.day_form)
    file = RosterFile.objects.create(
        payer=payer,
        kind=kind,
        on_day=on,
        lines=len(lines),
        content=content,
        sha256=bytes_digest(content.encode()),
        roster=[{"uid": uid, **line} for uid, line in after.items()],
        made_at=clock.now(),
        made_by=actor,
        **more,
    )
    record_event(
        actor=actor,
        verb="roster_file.made",
        subject=file,
        facility=payer.facility,
        data={"kind": str(kind), "on": on.isoformat(), "lines": len(lines), "sha256": file.sha256},
    )
    return file


@transaction.atomic
def record_sent(*, actor, file: RosterFile, sent_on: dt.date, sent_to: str) -> RosterFile:
    """The payer was given this file on the day, at that address or portal. Said once."""
    require(actor, MANAGE, file.payer.facility)
    file = (
        RosterFile.objects.select_for_update(of=("self",)).select_related("payer__facility").get(pk=file.pk)
    )
    to = " ".join(sent_to.split())
    if file.sent_on is not None:
        raise Refused("It is recorded already that this file was sent.")
    if not to or len(to) > LONGEST_ADDRESS:
        raise Refused("Write where it was sent to.", field="sent_to")
    if sent_on > clock.today(file.payer.facility):
        raise Refused("The day lies in the future.", field="sent_on")
    if sent_on < clock.date_at(file.made_at, file.payer.facility):
        raise Refused("The file was made only after that day.", field="sent_on")
    file.sent_on, file.sent_to = sent_on, to
    file.sent_recorded_at, file.sent_recorded_by = clock.now(), actor
    file.save(update_fields=["sent_on", "sent_to", "sent_recorded_at", "sent_recorded_by"])
    record_event(
        actor=actor,
        verb="roster_file.sent",
        subject=file,
        facility=file.payer.facility,
        data={"sent_on": sent_on.isoformat(), "sha256": file.sha256},
    )
    return file
