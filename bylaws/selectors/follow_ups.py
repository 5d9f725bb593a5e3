"""What members are to do after meetings, as each person may read it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from bylaws.choices import FollowUpState
from bylaws.models import FollowUp
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, facilities_with_class
from config.kernel import clock
from practitioners.selectors.canonical import own_records


def follow_ups(viewer, facility) -> QuerySet[FollowUp]:
    """Follow-ups at the facility: the viewer's own, and for who runs its meetings everybody's; but none of
    matters about the viewer, or of peer review their roles do not open (any more).
    """
    rows = FollowUp.objects.filter(item__meeting__committee__facility=facility).select_related(
        "owner", "done_by", "item__practitioner", "item__meeting__committee__facility"
    )
    if facility.pk not in facilities_with(viewer, "bylaws.run_meeting"):
        rows = rows.filter(owner=viewer)
    open_to = Q(item__practitioner__isnull=True) | ~Q(item__practitioner__in=own_records(viewer))
    if facility.pk not in facilities_with_class(viewer, DataClass.PEER_REVIEW):
        open_to &= Q(item__subject_kind="")
    return rows.filter(open_to)


def get_follow_up(*, viewer, facility, uid) -> FollowUp | None:
    """The follow-up, if the person may read it."""
    return follow_ups(viewer, facility).filter(uid=uid).first()


def open_follow_ups(viewer, facility, *, everybody: bool) -> QuerySet[FollowUp]:
    """What is not done, the first due first: the viewer's own, or what others owe."""
    rows = follow_ups(viewer, facility).filter(done_at__isnull=True)
    rows = rows.exclude(owner=viewer) if everybody else rows.filter(owner=viewer)
    return rows.order_by("due", "pk")


def state_of(one: FollowUp) -> FollowUpState:
    """How it stands today, by the facility's calendar; it comes with its meeting."""
    if one.done_at is not None:
        return FollowUpState.DONE
    late = one.due < clock.today(one.item.meeting.committee.facility)
    return FollowUpState.OVERDUE if late else FollowUpState.OPEN
