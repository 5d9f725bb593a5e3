"""Privileges that end before their term: given up by whoever holds them, or revoked by a body's decision.

The days before stay as they were, and what was known of the grants stays answerable. The change is published
to the wards like any other, and a certificate made afterwards no longer shows them. An act that was recorded
by mistake, or that is reversed, is taken back: the grants hold again as before, without a day between.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import AdverseActionKind, BarScope, InvestigationAnswer
from bylaws.models import AdverseAction
from bylaws.policies import require_not_own_file
from bylaws.rules.reach import require_within
from bylaws.services.by_law import bar_by_law
from bylaws.services.data_bank import record_action, take_back_action
from bylaws.services.questions import drop_questions, surrendered
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.people import lock_practitioner, lock_record, refuse_withdrawn
from privileging.choices import EndingKind
from privileging.models import Departure, GrantPeriod, PrivilegeEnding
from privileging.selectors.endings import cut_by, ordered_by, to_end
from privileging.services.grants import end_grant
from privileging.services.restoring import refuse_ended_since, restore_cut

RECORD = "bylaws.record_minutes"
#: How many years back and ahead the first day without may lie; the longest reason, cause and citation, in
#: characters.
YEARS_BACK, YEARS_AHEAD = 10, 1
LONGEST_REASON, LONGEST_CAUSE, LONGEST_AUTHORITY = 1000, 2500, 300


@transaction.atomic
def relinquish(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    privilege_codes: Collection[str],
    day: dt.date,
    reason: str,
    investigation: str,
) -> PrivilegeEnding:
    """The practitioner gives up the privileges; ``day`` is the first day without them.

    Membership and every other privilege stay. ``investigation`` answers whether it is given up while under
    investigation or to avoid one: if so, or if that is not known yet, an adverse action is recorded from
    ``day``, with its data bank clock; a no is asked again where an investigation is on record for that day
    (45 CFR 60.12). The answer is peer review: it stands there alone.
    """
    require(actor, RECORD, facility)
    text = _said(reason, "Say why, in a sentence that can stand in the file.", "reason", LONGEST_REASON)
    if investigation not in InvestigationAnswer.values:
        raise Refused("Answer the question about an investigation.", field="investigation")
    codes = _codes(privilege_codes)
    if not codes:
        raise Refused("Choose the privileges given up.", field="privilege_codes")
    rows = _end(
        actor, practitioner, facility, codes, day, f"Given up by the practitioner: {text}", "relinquished"
    )
    uid = uuid.uuid4()
    action = surrendered(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        investigation=investigation,
        what=f"Gave up {_named(rows)}. {text}",
        day=day,
        subject_uid=uid,
    )
    return _record(actor, practitioner, facility, EndingKind.RELINQUISHED, day, text, rows, action, uid=uid)


@transaction.atomic
def revoke(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    scope: str,
    privilege_codes: Collection[str] = (),
    decided_on: dt.date,
    authority: str,
    day: dt.date,
    cause: str,
) -> PrivilegeEnding:
    """All privileges at the facility, or those listed, are revoked by a final decision; ``day`` is the first
    day without them.

    ``authority`` cites the minutes or decision of ``decided_on``; it stands with the grants. ``cause`` is
    peer review: it stands with the adverse action alone, whose data bank clock begins on ``day``. The
    appointment is a matter of its own and stays.
    """
    require(actor, RECORD, facility)
    if scope not in BarScope.values:
        raise Refused("Say whether all privileges are revoked or those listed.", field="scope")
    codes = _codes(privilege_codes)
    whole = scope == BarScope.ALL_PRIVILEGES
    if whole and codes:
        raise Refused("All privileges are revoked; leave the list empty.", field="privilege_codes")
    if not whole and not codes:
        raise Refused("List the privileges revoked, or choose all privileges.", field="privilege_codes")
    cited = _said(authority, "Say which minutes or decision it is.", "authority", LONGEST_AUTHORITY)
    why = _said(cause, "Say what happened and why.", "cause", LONGEST_CAUSE)
    if decided_on > clock.today(facility):
        raise Refused("The decision lies ahead: record it once it is made.", field="decided_on")
    if day < decided_on:
        raise Refused(
            f"It was decided on {day_text(decided_on)} and takes effect that day or later.", field="day"
        )
    decision = f"{cited}, {day_text(decided_on)}"
    rows = _end(
        actor, practitioner, facility, None if whole else codes, day, f"Revoked: {decision}", "revoked"
    )
    action = record_action(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=AdverseActionKind.REVOCATION if whole else AdverseActionKind.REDUCTION,
        cause=f"Revoked: {_named(rows)}. {why}",
        start=day,
    )
    return _record(actor, practitioner, facility, EndingKind.REVOKED, day, decision, rows, action)


@transaction.atomic
def take_back_ending(*, actor, ending: PrivilegeEnding, reason: str) -> PrivilegeEnding:
    """It was recorded by mistake, or is reversed: what it cut short holds again as before, and the adverse
    action recorded with it never was (its data bank clock stops; a report on record is still to be voided).

    Refused: taken back already, a privilege of it granted again, given up or revoked since, a departure that
    ended what would hold again; what a final action of due process ended, which is taken back there, so that
    both say the same. What was known while it stood stays answerable. A letter that was issued stays: whoever
    got it has to be told.
    """
    require(actor, RECORD, ending.facility)
    require_not_own_file(actor, ending.practitioner, doing="take back the end of privileges in")
    lock_record(ending.practitioner)
    if ordered_by(ending):
        raise Refused(
            "This is the final action of due process: take that step back on its page, and the privileges "
            "hold again with it."
        )
    return undo_ending(actor=actor, ending=ending, reason=reason)


@transaction.atomic
def undo_ending(*, actor, ending: PrivilegeEnding, reason: str) -> PrivilegeEnding:
    """As :func:`take_back_ending`, for the act that ordered it and takes itself back."""
    require(actor, RECORD, ending.facility)
    require_not_own_file(actor, ending.practitioner, doing="take back the end of privileges in")
    record = lock_record(ending.practitioner)  # a record that was merged since is still the person's
    refuse_withdrawn(record)
    person = canonical_of(record)
    made = PrivilegeEnding.objects.select_for_update(of=("self",)).get(pk=ending.pk)
    if made.taken_back_at is not None:
        raise Refused("This was taken back already.")
    text = _said(reason, "Say why it is taken back.", "reason", LONGEST_REASON)
    rows = cut_by(made)
    _refuse_changed(person, made, rows)
    for row in rows:
        restore_cut(row, model=GrantPeriod, actor=actor, day=made.day, reason=text)
    bar_by_law(practitioner=person, facility=made.facility)
    if made.action is not None:
        take_back_action(actor=actor, action=made.action, reason=text)
    drop_questions(
        actor=actor, subject_uids=[made.uid], reason=f"The end of privileges was taken back: {text}"
    )
    made.taken_back_because, made.taken_back_at, made.taken_back_by = text, clock.now(), actor
    made.save(update_fields=["taken_back_because", "taken_back_at", "taken_back_by"])
    record_event(
        actor=actor,
        verb="privileges.ending_taken_back",
        subject=made,
        reason=text,
        practitioner=person,
        facility=made.facility,
        data={"from": made.day.isoformat(), "kind": str(made.kind)},
    )
    return made


def _refuse_changed(person: Practitioner, made: PrivilegeEnding, rows: Sequence[GrantPeriod]) -> None:
    """Days for which something else was recorded since are not overwritten."""
    again = (
        GrantPeriod.objects.live()
        .filter(
            practitioner__in=among([person.pk]),
            facility=made.facility,
            privilege__in=[row.privilege_id for row in rows],
            valid__overlap=DateRange(made.day, None),
        )
        .select_related("privilege")
        .order_by("valid", "pk")
        .first()
    )
    if again is not None:
        raise Refused(
            f"{again.privilege} was granted again from {day_text(again.valid.lower)} on: this cannot be "
            "taken back any more."
        )
    refuse_ended_since(person, made.facility, rows, made.recorded_at)
    last = max(row.valid.upper for row in rows)
    left = (
        Departure.objects.filter(
            practitioner__in=among([person.pk]), facility=made.facility, taken_back_at=None, day__lt=last
        )
        .filter(recorded_at__gt=made.recorded_at)
        .order_by("day")
        .first()
    )
    if left is not None:
        raise Refused(
            f"{person} leaves {made.facility} from {day_text(left.day)} on, recorded since: take that "
            "departure back first."
        )


def _record(
    actor,
    practitioner: Practitioner,
    facility: Facility,
    kind: EndingKind,
    day: dt.date,
    reason: str,
    rows: Sequence[GrantPeriod],
    action: AdverseAction | None,
    *,
    uid: uuid.UUID | None = None,
) -> PrivilegeEnding:
    return PrivilegeEnding.objects.create(
        uid=uid or uuid.uuid4(),
        practitioner=practitioner,
        facility=facility,
        kind=kind,
        day=day,
        reason=reason,
        ended=[str(row.uid) for row in rows],
        names=_names(rows),
        action=action,
        recorded_at=clock.now(),
        recorded_by=actor,
    )


def _end(
    actor,
    practitioner: Practitioner,
    facility: Facility,
    codes: Collection[str] | None,
    day: dt.date,
    reason: str,
    what: str,
) -> list[GrantPeriod]:
    """End the grants of these codes (None: all) and answer the periods that were cut short; the act is one
    event beside those of the grants.
    """
    require_not_own_file(actor, practitioner, doing="end privileges in")
    lock_practitioner(practitioner)
    require_within(
        day,
        today=clock.today(facility),
        back=YEARS_BACK,
        ahead=YEARS_AHEAD,
        field="day",
        what="The first day without them",
    )
    grants = to_end(practitioner, facility, day, codes)
    cut = list(
        GrantPeriod.objects.live()
        .filter(identity__in=grants, valid__overlap=DateRange(day, None))
        .select_related("identity__privilege")
        .order_by("privilege__name", "valid", "pk")
    )
    for grant in grants:
        end_grant(actor=actor, grant=grant, day=day, reason=reason)
    record_event(
        actor=actor,
        verb=f"privileges.{what}",
        subject=practitioner,
        reason=reason,
        practitioner=practitioner,
        facility=facility,
        data={
            "from": day.isoformat(),
            "privileges": sorted({grant.privilege.code for grant in grants}),
        },
    )
    return cut


def _codes(given: Collection[str]) -> set[str]:
    return {code.strip().upper() for code in given if code.strip()}


def _said(text: str, missing: str, field: str, longest: int) -> str:
    said = " ".join(text.split())
    if not said:
        raise Refused(missing, field=field)
    if len(said) > longest:
        raise Refused(f"Say it in at most {longest:,} characters.", field=field)
    return said


def _names(rows: Sequence[GrantPeriod]) -> list[str]:
    """The privileges in words, each once."""
    return list(dict.fromkeys(str(row.identity.privilege) for row in rows))


def _named(rows: Sequence[GrantPeriod]) -> str:
    """The privileges in words; of many the first ones and how many more."""
    names = _names(rows)
    shown, more = names[:5], len(names) - 5
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
