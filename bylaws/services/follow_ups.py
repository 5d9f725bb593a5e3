"""What somebody is to do after a meeting: given from a matter of its agenda, done once, with a note."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.choices import MeetingStatus
from bylaws.matters import may_know
from bylaws.models import AgendaItem, FollowUp
from bylaws.policies import is_own_file, require_not_own_file
from bylaws.services.meeting_guards import locked_meeting, record_in_meeting
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.texts import needed
from config.organization.models import Facility

#: Whoever reads the bylaws here reads what is theirs to do.
OPENS = "bylaws.read_documents"
LONGEST = 300
#: How far ahead something can be due: beyond it a year is mistyped.
FARTHEST = dt.timedelta(days=731)


@transaction.atomic
def add_follow_up(*, actor, item: AgendaItem, what: str, owner, due: dt.date) -> FollowUp:
    """Give somebody something to do after a matter, by a day from today on.

    Refused for an owner the matter is closed to: one it is about, or whose roles do not open its class.
    """
    meeting = locked_meeting(item.meeting)
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, item.practitioner, doing="give something to do about")
    if meeting.status == MeetingStatus.CANCELLED:
        raise Refused("This meeting is canceled: nothing follows from it.")
    what = needed(what, LONGEST, field="what", otherwise="Say what is to be done.")
    _check_owner(owner, item, facility)
    _check_due(due, facility)
    made = FollowUp.objects.create(
        item=item, what=what, owner=owner, due=due, made_at=clock.now(), made_by=actor
    )
    record_in_meeting(
        actor=actor,
        verb="follow_up.given",
        subject=made.item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"follow_up": str(made.uid), "owner": str(owner), "due": due.isoformat()},
    )
    return made


def _check_owner(owner, item: AgendaItem, facility: Facility) -> None:
    if is_own_file(owner, item.practitioner) or not may_know(owner, item):
        raise Refused(f"{owner} has no part in this matter: choose somebody else.", field="owner")
    if not may(owner, OPENS, facility):
        raise Refused(
            f"{owner} holds no role here that opens follow-ups: choose somebody else.", field="owner"
        )


def _check_due(due: dt.date, facility: Facility) -> None:
    today = clock.today(facility)
    if not today <= due <= today + FARTHEST:
        raise Refused(f"It is due from today on, at the latest on {day_text(today + FARTHEST)}.", field="due")


@transaction.atomic
def give_follow_up(*, actor, follow_up: FollowUp, owner, due: dt.date) -> FollowUp:
    """Another owner, or another day: whoever had it has left, or it takes longer. Whose it was and until when
    stays in the audit trail. By who runs the meetings; refused as :func:`add_follow_up` says, and once it is
    done.
    """
    follow_up = _locked(follow_up)
    item = follow_up.item
    meeting = item.meeting
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, item.practitioner, doing="change what is to be done about")
    if not may_know(actor, item):
        raise Forbidden("This matter is closed to you.")
    if follow_up.done_at is not None:
        raise Conflict(f"{follow_up.done_by} has said already that it is done.")
    if owner == follow_up.owner and due == follow_up.due:
        raise Refused("That is who does it, and by when, already.", field="due")
    _check_owner(owner, item, facility)
    if due != follow_up.due:
        _check_due(due, facility)
    was = {"was_owner": str(follow_up.owner), "was_due": follow_up.due.isoformat()}
    follow_up.owner, follow_up.due = owner, due
    follow_up.save(update_fields=["owner", "due"])
    record_in_meeting(
        actor=actor,
        verb="follow_up.changed",
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"follow_up": str(follow_up.uid), "owner": str(owner), "due": due.isoformat(), **was},
    )
    return follow_up


def _locked(follow_up: FollowUp) -> FollowUp:
    return (
        FollowUp.objects.select_for_update(of=("self",))
        .select_related("item__practitioner", "item__meeting__committee__facility", "owner")
        .get(pk=follow_up.pk)
    )


@transaction.atomic
def finish_follow_up(*, actor, follow_up: FollowUp, note: str) -> FollowUp:
    """It is done, with what came of it; by its owner or by who runs the meetings, once."""
    follow_up = _locked(follow_up)
    meeting = follow_up.item.meeting
    if actor.pk != follow_up.owner_id and not may(actor, "bylaws.run_meeting", meeting.committee.facility):
        raise Forbidden(f"{follow_up.owner} says when it is done, or the office.")
    require_not_own_file(actor, follow_up.item.practitioner, doing="say what came of")
    if not may_know(actor, follow_up.item):
        raise Forbidden("This matter is closed to you: the office says when it is done.")
    if follow_up.done_at is not None:
        raise Conflict(f"{follow_up.done_by} has said already that it is done.")
    follow_up.done_note = needed(note, LONGEST, field="note", otherwise="Say what came of it.")
    follow_up.done_at, follow_up.done_by = clock.now(), actor
    follow_up.save(update_fields=["done_at", "done_by", "done_note"])
    record_in_meeting(
        actor=actor,
        verb="follow_up.done",
        subject=follow_up.item,
        meeting=meeting,
        practitioner=follow_up.item.practitioner,
        data={"follow_up": str(follow_up.uid)},
    )
    return follow_up
