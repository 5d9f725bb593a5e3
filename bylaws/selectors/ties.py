"""Declared ties on which somebody is to rule, over all files before the bodies they lead."""

from __future__ import annotations

from bylaws.choices import KIND_OF_BODY, LIVE_STEPS, Body, CommitteeKind, SeatRole
from bylaws.models import CommitteeSeatPeriod, DeclaredInterest
from bylaws.selectors.alternates import StandIns, leaders, seats_stood_in
from bylaws.selectors.interests import rulers_among, who_declared
from bylaws.selectors.reviews import seats_of, visible_steps
from config.kernel import clock

_LEADING = (SeatRole.CHAIR, SeatRole.VICE_CHAIR)


def ties_to_rule_on(viewer, facility) -> list[DeclaredInterest]:
    """Interests of others, in files whose turn it is before a body the person leads, on which that person is
    to rule, the oldest first; each with its step, case and practitioner. One query, five where there are
    some; none for whoever leads no body.
    """
    stood_in = [seat for seat, _ in seats_stood_in(viewer)]
    kinds = {
        seat.identity.committee.kind
        for seat in (*seats_of(viewer), *stood_in)
        if seat.seat_role in _LEADING
        and seat.identity.committee.facility_id == facility.pk
        and seat.identity.committee.kind in KIND_OF_BODY.values()
    }
    if not kinds:
        return []
    waiting = list(
        DeclaredInterest.objects.filter(
            step__in=visible_steps(viewer),
            step__status__in=LIVE_STEPS,
            step__body__in=[body for body, kind in KIND_OF_BODY.items() if kind in kinds],
            step__case__facility=facility,
            rulings__isnull=True,
        )
        .exclude(user=viewer)
        .select_related("user", "step__case__practitioner", "step__case__facility")
        .order_by("recorded_at", "pk")
    )
    if not waiting:
        return []
    declared = who_declared({each.step_id: each.step for each in waiting}.values())
    leading = _leaders(facility, kinds)
    return [
        each
        for each in waiting
        if viewer
        in rulers_among(
            leading.get(KIND_OF_BODY[Body(each.step.body)], []),
            each.step,
            declared.get(each.step_id, set()),
            of=each.user,
        )
    ]


def _leaders(facility, kinds) -> dict[CommitteeKind, list]:
    """Who leads the facility's bodies of these kinds today, the chair first; three queries."""
    rows = (
        CommitteeSeatPeriod.objects.in_force(clock.today(facility))
        .filter(
            identity__committee__facility=facility,
            identity__committee__kind__in=kinds,
            seat_role__in=_LEADING,
        )
        .select_related("identity__user", "identity__committee")
    )
    seats: dict[CommitteeKind, list[CommitteeSeatPeriod]] = {}
    for row in rows:
        seats.setdefault(CommitteeKind(row.identity.committee.kind), []).append(row)
    stand_ins = StandIns({facility.pk: clock.today(facility)})
    return {kind: leaders(held, stand_ins) for kind, held in seats.items()}
