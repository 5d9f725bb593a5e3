"""Seats, offices and the interests their holders disclose."""

from __future__ import annotations

from django.urls import reverse, reverse_lazy

from bylaws.selectors.committees import vacancies, without_office
from bylaws.selectors.disclosures import is_asked_now, mine
from bylaws.selectors.disclosures import to_see_to as disclosures_to_see_to
from bylaws.selectors.offices import offices_to_fill
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from config.rulebook.verdicts import Outcome


@queue(
    code="bylaws.vacant_seats",
    title="Vacant seats",
    permission="bylaws.run_meeting",
    slow=True,
    order=35,
    more_url=reverse_lazy("bylaws:committees"),
    empty="Every seat on record is held by whom it goes to.",
)
def vacant_seats(viewer, facility, limit: int) -> Waiting:
    """Seats of bodies to be given anew: those that went with an office their holder does not have today, then
    those nobody holds, by body.
    """
    today = clock.today(facility)
    rows, lost = vacancies(facility=facility, on=today), without_office(facility=facility, on=today)
    items = [
        WorkItem(
            title=f"{seat.identity.committee}: {seat.identity.user}",
            url=reverse("bylaws:committee", args=[seat.identity.committee.uid]),
            detail=f"Not the {office.lower()} any more: end the seat, which goes with that office",
            colour="bad",
        )
        for seat, office in lost[:limit]
    ]
    return len(lost) + len(rows), items + [
        WorkItem(
            title=f"{slot.identity.committee}: {slot.title}",
            url=reverse("bylaws:committee", args=[slot.identity.committee.uid])
            + f"?seat={slot.identity.uid}",
            detail="Vacant, with a vote" if slot.votes else "Vacant, no vote",
            colour="warn",
        )
        for slot in rows[: limit - len(items)]
    ]


@queue(
    code="bylaws.officers",
    title="Offices of the medical staff to fill",
    permission="bylaws.keep_offices",
    slow=True,
    order=36,
    more_url=reverse_lazy("bylaws:officers"),
    empty="Every office on record is held, and no term ends soon.",
)
def officers_to_choose(viewer, facility, limit: int) -> Waiting:
    """Offices of the medical staff that are vacant, and those whose term ends soon without a successor."""
    rows = offices_to_fill(facility, clock.today(facility))
    return len(rows), [
        WorkItem(
            title=str(card.office.label),
            url=f"{reverse('bylaws:officers')}#{card.office.value}",
            detail=f"The term of {card.holder.practitioner} ends, and nobody is chosen"
            if card.holder
            else "Vacant: nobody holds the office",
            due=card.holder.ends if card.holder else None,
            colour="warn" if card.holder else "bad",
        )
        for card in rows[:limit]
    ]


@queue(
    code="bylaws.my_disclosure",
    title="My yearly disclosure of interests",
    permission="bylaws.read_documents",
    slow=True,
    order=37,
    more_url=reverse_lazy("bylaws:disclosure_mine"),
    empty="No disclosure of interests is due.",
    roles=(
        Role.PRACTITIONER,  # an officer of the staff may be nothing else here
        Role.DEPARTMENT_CHAIR,
        Role.COMMITTEE_MEMBER,
        Role.BOARD_MEMBER,
        Role.MEDICAL_STAFF_PRESIDENT,
        Role.CHIEF_MEDICAL_OFFICER,
        Role.CHIEF_EXECUTIVE,
    ),
)
def my_disclosure(viewer, facility, limit: int) -> Waiting:
    """The viewer's own yearly disclosure of interests, once it is due soon or late."""
    today = clock.today(facility)
    one = mine(viewer, facility, today)
    if one is None or not is_asked_now(one, today):
        return 0, []
    return 1, [
        WorkItem(
            title="Disclose your interests, or that there are none",
            url=reverse("bylaws:disclosure_mine"),
            detail=one.held,
            due=one.verdict.due,
            colour="bad" if one.verdict.outcome == Outcome.NOT_MET else "warn",
        )
    ]


@queue(
    code="bylaws.disclosures",
    title="Disclosures of interests",
    permission="bylaws.review_disclosures",
    slow=True,
    order=38,
    more_url=reverse_lazy("bylaws:disclosures"),
    empty="Every yearly disclosure is there, and reviewed.",
)
def disclosures_waiting(viewer, facility, limit: int) -> Waiting:
    """Yearly disclosures that are missing, then those that name an interest nobody reviewed."""
    rows = disclosures_to_see_to(facility, clock.today(facility))
    return len(rows), [
        WorkItem(
            title=str(each.user),
            url=reverse("bylaws:disclosure", args=[each.disclosure.uid])
            if each.disclosure and each.verdict.outcome != Outcome.NOT_MET
            else f"{reverse('bylaws:disclosures')}#person-{each.user.uid}",
            detail=f"{each.state.label}: {each.held}",
            due=each.verdict.due if each.verdict.outcome == Outcome.NOT_MET else None,
            colour=each.state.colour,
        )
        for each in rows[:limit]
    ]
