"""The expedited way: a committee of the board decides clean files, and the full board is told at its next
meeting. Source: domain.md 2.7; MS.06.01.11, in our own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from bylaws.choices import (
    AgendaStatus,
    Body,
    CaseStatus,
    CommitteeKind,
    DecisionKind,
    LineOutcome,
    MeetingStatus,
    StepStatus,
)
from bylaws.models import AgendaItem, Committee, Decision, Meeting, ReviewStep
from bylaws.parameters import EXPEDITED_VOTERS, bind
from bylaws.selectors.committees import seated
from bylaws.services.carried import carry_to_successor
from bylaws.workflow import REVIEW_STEP
from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.kernel.errors import Refused


def voters_needed(facility, on) -> int:
    """Voting members of the board who take part at least; two queries. Refused where no source says."""
    bound = bind(EXPEDITED_VOTERS.code, facility=facility, on=on)
    if not bound.is_set:
        raise Refused(f"No number of voters of the expedited way is on record for {facility}.")
    return int(bound.value)


def _voting(facility, kind: str, on) -> set[Any]:
    """Ids of the users who vote on the facility's committee of the kind that day; two queries."""
    committee = Committee.objects.filter(facility=facility, kind=kind).first()
    if committee is None:
        return set()
    return set(seated(committee, on, voting=True).values_list("identity__user_id", flat=True))


def check_committee(facility, on) -> None:
    """Refuse where the committee of the board has too few members who also vote on the board that day."""
    needed = voters_needed(facility, on)
    both = _voting(facility, CommitteeKind.BOARD, on) & _voting(facility, CommitteeKind.BOARD_COMMITTEE, on)
    if len(both) < needed:
        raise Refused(
            f"The committee of the board needs {plural_text(needed, 'member')} who also vote on the board; "
            f"it has {len(both)} on {day_text(on)}. Seat them under Committees."
        )


def check_act(step: ReviewStep, subject, pairs, act) -> None:
    """Refuse what the committee of the board cannot do: anything but grant what is clean and the executive
    committee recommends whole, or defer; and alone, or with too few who also vote on the board.
    """
    if step.body != Body.BOARD_COMMITTEE:
        return
    if any(answer.outcome == LineOutcome.NOT_RECOMMEND for _, answer in pairs):
        raise Refused(
            "The committee of the board grants, or defers. What it would not grant the full board decides: "
            "send the file there."
        )
    if any(answer.outcome == LineOutcome.DEFER for _, answer in pairs):
        return
    why = _said_against(Body.MEC, _outcomes_of_mec(step)) or subject.why_not_expedited(
        step.case.subject_uid, act.decided_on
    )
    if why:
        raise Refused(f"{why} The full board decides: send the file there.")
    check_committee(step.case.facility, act.decided_on)
    needed = voters_needed(step.case.facility, act.decided_on)
    on_board = _voting(step.case.facility, CommitteeKind.BOARD, act.decided_on)
    votes = sum(count or 0 for count in (act.votes_for, act.votes_against, act.abstentions))
    # Minutes do not say who voted: whoever may have, and does not sit on the board, is taken to have.
    voted = max(0, votes - len(act.voters - on_board))
    if voted < needed:
        sure = "certainly " if act.minutes else ""
        raise Refused(
            f"{plural_text(needed, 'voting member')} of the board decide the expedited way; of "
            f"{plural_text(votes, 'vote')} {voted} {'is' if voted == 1 else 'are'} {sure}by a voting member "
            "of the board."
        )


def _outcomes_of_mec(step: ReviewStep) -> list[str]:
    """What the Medical Executive Committee said of the lines of the same file by its newest act that deferred
    nothing; empty where it did not act. Two queries.
    """
    acts = Decision.objects.filter(step__case_id=step.case_id, body=Body.MEC)
    for made in acts.order_by("-recorded_at", "-pk").prefetch_related("lines"):
        outcomes = [str(line.outcome) for line in made.lines.all()]
        if LineOutcome.DEFER not in outcomes:
            return outcomes
    return []


def _said_against(body: str, outcomes: Iterable[str]) -> str:
    """Why what a body said bars the expedited way, as a sentence; empty where it does not. Of the executive
    committee an adverse or limited recommendation does. Source: domain.md TJC-12, MS.06.01.11.
    """
    said = set(outcomes)
    if LineOutcome.NOT_RECOMMEND in said:
        return f"The {Body(body).label} does not recommend every line."
    if body == Body.MEC and LineOutcome.MODIFY in said:
        return f"The {Body(body).label} recommends a line only with a change or condition."
    return ""


def why_full_board(step: ReviewStep, subject, pairs, on) -> str:
    """Why the file goes to the full board and not to its committee after this act, as a sentence; empty where
    it does not, or no committee of the board follows.
    """
    following = step.case.steps.filter(order__gt=step.order).order_by("order").first()
    if following is None or following.body != Body.BOARD_COMMITTEE:
        return ""
    if why := _said_against(step.body, (answer.outcome for _, answer in pairs)):
        return why
    # Where another body acts between the executive committee and the board's.
    if step.body != Body.MEC and (why := _said_against(Body.MEC, _outcomes_of_mec(step))):
        return why
    return str(subject.why_not_expedited(step.case.subject_uid, on))


@transaction.atomic
def put_before_full_board(*, actor, step: ReviewStep, reason: str) -> ReviewStep:
    """The full board acts in the place of its committee; ``step`` is the committee's, and is canceled. The
    caller holds the lock on the file, and asked who may.
    """
    case = step.case
    REVIEW_STEP.check(step, StepStatus.CANCELLED, permissions(system_user(), case.facility))
    waiting = step.status == StepStatus.WAITING
    step.status = StepStatus.CANCELLED
    step.save(update_fields=["status"])
    instead = ReviewStep.objects.create(
        case=case,
        order=step.order + 1,
        body=Body.BOARD,
        status=StepStatus.WAITING if waiting else StepStatus.OPEN,
        opened_at=None if waiting else clock.now(),
    )
    carry_to_successor(actor=actor, step=step, successor=instead)
    record_event(
        actor=actor,
        verb="review_case.to_full_board",
        subject=case,
        reason=reason,
        practitioner=case.practitioner,
        facility=case.facility,
    )
    return instead


@transaction.atomic
def report_to_board(*, actor, facility) -> int:
    """Put what the committee of the board decided, and the full board was not told, on the agenda of its next
    meeting; how much that was. Nothing happens while no meeting is called. Called within the act that
    decided, or called or canceled a meeting.
    """
    # The meeting first: of two who act at once the second one reads what the first has put there.
    meeting = (
        Meeting.objects.select_for_update(of=("self",))
        .filter(
            committee__facility=facility,
            committee__kind=CommitteeKind.BOARD,
            status=MeetingStatus.SCHEDULED,
        )
        .order_by("starts_at", "pk")
        .first()
    )
    if meeting is None:
        return 0
    told = AgendaItem.objects.filter(
        reports=OuterRef("pk"), status__in=[AgendaStatus.OPEN, AgendaStatus.ACTED]
    )
    untold = (
        Decision.objects.filter(
            body=Body.BOARD_COMMITTEE,
            kind=DecisionKind.DECISION,
            facility=facility,
            step__case__status=CaseStatus.DECIDED,
        )
        .filter(~Exists(told))
        .select_related("step__case", "practitioner")
        .order_by("decided_on", "pk")
    )
    last = meeting.agenda_items.aggregate(last=Max("order"))["last"] or 0
    items = AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=meeting,
            order=last + number,
            title=f"Report: decided the expedited way on {day_text(made.decided_on)}. {made.step.case.title}"[
                :300
            ],
            practitioner=made.practitioner,
            reports=made,
        )
        for number, made in enumerate(untold, start=1)
    )
    for item in items:
        record_event(
            actor=actor,
            verb="agenda_item.added",
            subject=item,
            practitioner=item.practitioner,
            facility=facility,
            data={"reports": str(item.reports.uid) if item.reports else ""},
        )
    return len(items)
