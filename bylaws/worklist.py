"""Queues of this room on the Today page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Q
from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy

from bylaws.choices import (
    ALONE,
    SETTLED_TRACKS,
    AgendaStatus,
    AmendmentStatus,
    ClockState,
    DataBankQuestionKind,
    FindingStatus,
    MeetingStatus,
    StepStatus,
    TrackStatus,
)
from bylaws.models import AgendaItem, Amendment
from bylaws.rules import supervised
from bylaws.selectors.acknowledgements import mine_to_acknowledge
from bylaws.selectors.amendments import before_members
from bylaws.selectors.bars import deemed_relinquished, refused_lately, to_review, visible_bars
from bylaws.selectors.committees import CHAIRED, vacancies, without_office
from bylaws.selectors.compliance import standing_problems
from bylaws.selectors.data_bank import clocks, open_clocks
from bylaws.selectors.disclosures import is_asked_now, mine
from bylaws.selectors.disclosures import to_see_to as disclosures_to_see_to
from bylaws.selectors.due_process import RUN as RUN_DUE_PROCESS
from bylaws.selectors.due_process import days_due, to_open, tracks
from bylaws.selectors.duties import sheets_missing
from bylaws.selectors.findings import counts_of, latest_run, to_decide, to_see_to
from bylaws.selectors.follow_ups import open_follow_ups
from bylaws.selectors.meetings import COMING, visible_meetings
from bylaws.selectors.minutes_of_meeting import to_sign, to_write
from bylaws.selectors.offices import offices_to_fill
from bylaws.selectors.policies import before_bodies
from bylaws.selectors.policies import to_review as documents_due
from bylaws.selectors.questions import open_questions
from bylaws.selectors.requests import LEADERS, tasks_to_do, to_answer, waiting
from bylaws.selectors.reviews import LIVE, steps_for, visible_steps
from bylaws.selectors.supervision import under_lapsed_supervisors
from bylaws.selectors.ties import ties_to_rule_on
from bylaws.selectors.written_consents import consents_to_give
from bylaws.tables import asked_in
from config.accounts.choices import Role
from config.accounts.policies import may
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.registries import Queue, WorkItem, queues
from config.rulebook.verdicts import Outcome

Answer = tuple[int, Sequence[WorkItem]]

#: Bodies that act alone by an office of their own, not by the chair's seat of a committee.
_BY_OFFICE = [body for body in ALONE if body not in CHAIRED]

#: How far ahead the office looks for meetings, in days.
WEEK = 7
#: The findings the queue counts; what is unknown is listed beside them on the page.
NOT_MET = format_lazy("{}?status=todo&outcome=NOT_MET", reverse_lazy("bylaws:findings"))


def _steps(steps, limit: int) -> Answer:
    rows = list(steps[: limit + 1])
    total = len(rows) if len(rows) <= limit else steps.count()
    return total, [
        WorkItem(
            title=str(step.case.practitioner),
            url=reverse("bylaws:review", args=[step.uid]),
            detail=f"{asked_in(step)}, {step.case.department}",
            since=clock.date_at(step.opened_at, step.case.facility) if step.opened_at else None,
        )
        for step in rows[:limit]
    ]


def to_recommend(viewer, facility, limit: int) -> Answer:
    """Files that wait for my word as a department's chair or an officer."""
    return _steps(steps_for(viewer).filter(body__in=_BY_OFFICE, case__facility=facility), limit)


def on_my_agenda(viewer, facility, limit: int) -> Answer:
    """Files on a coming agenda of a committee I sit on, or waiting for my word as its chair."""
    return _steps(steps_for(viewer).filter(case__facility=facility).exclude(body__in=_BY_OFFICE), limit)


def ties_to_rule(viewer, facility, limit: int) -> Answer:
    """Ties of members to whom a file is about, on which I am to rule."""
    rows = ties_to_rule_on(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(each.step.case.practitioner),
            url=reverse("bylaws:interests", args=[each.step.uid]),
            detail=f"{each.user} declared an interest before the {each.step.get_body_display()}",
            since=clock.date_at(each.recorded_at, facility),
        )
        for each in rows[:limit]
    ]


def to_schedule(viewer, facility, limit: int) -> Answer:
    """Files whose body is a committee and that stand on no coming agenda; those held for a hearing have a
    queue of their own.
    """
    scheduled = AgendaItem.objects.filter(
        status=AgendaStatus.OPEN, meeting__status__in=COMING, step__isnull=False
    )
    steps = (
        visible_steps(viewer)
        .filter(case__facility=facility, status__in=LIVE)
        .exclude(body__in=ALONE)
        .exclude(status=StepStatus.HELD)
        .exclude(pk__in=scheduled.values("step_id"))
        .order_by("opened_at", "pk")
    )
    return _steps(steps, limit)


def meetings_this_week(viewer, facility, limit: int) -> Answer:
    """Meetings in session and those of the coming days."""
    until = clock.wall() + dt.timedelta(days=WEEK)
    meetings = (
        visible_meetings(viewer)
        .filter(committee__facility=facility)
        .filter(Q(status=MeetingStatus.IN_SESSION) | Q(status=MeetingStatus.SCHEDULED, starts_at__lt=until))
        .annotate(matters=Count("agenda_items", filter=Q(agenda_items__status=AgendaStatus.OPEN)))
        .order_by("starts_at", "pk")
    )
    rows = list(meetings)
    return len(rows), [
        WorkItem(
            title=f"{meeting.committee.name}, {day_text(clock.date_at(meeting.starts_at, facility))}",
            url=reverse("bylaws:meeting", args=[meeting.uid]),
            detail=f"{meeting.get_status_display()}, {meeting.matters} on the agenda",
            due=clock.date_at(meeting.starts_at, facility),
            colour="good" if meeting.status == MeetingStatus.IN_SESSION else "info",
        )
        for meeting in rows[:limit]
    ]


def sheets_to_record(viewer, facility, limit: int) -> Answer:
    """Meetings of the staff and of departments that are over without anybody written down."""
    rows = list(sheets_missing(facility))
    return len(rows), [
        WorkItem(
            title=f"{meeting.committee.name}, {day_text(clock.date_at(meeting.starts_at, facility))}",
            url=reverse("bylaws:staff_sheet", args=[meeting.uid]),
            detail="Who was there is not written down",
            due=clock.date_at(meeting.starts_at, facility),
            colour="warn",
        )
        for meeting in rows[:limit]
    ]


def vacant_seats(viewer, facility, limit: int) -> Answer:
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


def officers_to_choose(viewer, facility, limit: int) -> Answer:
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


def my_disclosure(viewer, facility, limit: int) -> Answer:
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


def disclosures_waiting(viewer, facility, limit: int) -> Answer:
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


def bars_standing(viewer, facility, limit: int) -> Answer:
    """Suspensions, leaves and restrictions that stand today, the oldest first."""
    rows = (
        visible_bars(viewer, facility)
        .filter(valid__contains=clock.today(facility))
        .order_by("valid__startswith", "pk")
    )
    shown = list(rows[: limit + 1])
    return (len(shown) if len(shown) <= limit else rows.count()), [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:bar", args=[row.identity.uid]),
            detail=row.identity.get_kind_display(),
            since=row.valid.lower,
            colour="bad",
        )
        for row in shown[:limit]
    ]


def suspensions_to_review(viewer, facility, limit: int) -> Answer:
    """Precautionary suspensions the Medical Executive Committee has not reviewed, the oldest first."""
    rows = to_review(viewer, facility)
    today = clock.today(facility)
    return len(rows), [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:bar", args=[row.identity.uid]),
            detail="Not reviewed by the Medical Executive Committee",
            since=row.valid.lower,
            due=due,
            colour="bad" if due is not None and today > due else "warn",
        )
        for row, due in rows[:limit]
    ]


def data_bank_clocks(viewer, facility, limit: int) -> Answer:
    """Adverse actions whose days are counted or whose report is due, what is due first."""
    rows = open_clocks(clocks(viewer, facility))
    return len(rows), [
        WorkItem(
            title=str(each.practitioner),
            url=reverse("bylaws:data_bank_action", args=[each.uid]),
            detail=each.clock.state.label,
            since=each.clock.effective,
            due=each.clock.due if each.clock.state in (ClockState.DUE, ClockState.OVERDUE) else None,
            colour=each.clock.state.colour,
        )
        for each in rows[:limit]
    ]


def data_bank_questions(viewer, facility, limit: int) -> Answer:
    """What only a person can answer for the data bank, asked longest ago first."""
    rows = open_questions(viewer, facility)
    shown = list(rows[: limit + 1])
    return (len(shown) if len(shown) <= limit else rows.count()), [
        WorkItem(
            title=str(each.practitioner),
            url=reverse("bylaws:data_bank_question", args=[each.uid]),
            detail=each.get_kind_display(),
            since=clock.date_at(each.raised_at, facility),
            colour=DataBankQuestionKind(each.kind).colour,
        )
        for each in shown[:limit]
    ]


def relinquished(viewer, facility, limit: int) -> Answer:
    """Automatic suspensions not cured in time: the privileges are deemed relinquished."""
    rows = deemed_relinquished(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:bar", args=[row.identity.uid]),
            detail=f"Could be cured until {day_text(until)}; only the bodies give it back",
            since=row.valid.lower,
            colour="bad",
        )
        for row, until in rows[:limit]
    ]


def standing_refused(viewer, facility, limit: int) -> Answer:
    """What of the standing conditions could not be applied: entries of the bylaws that are not sound, and
    people whose suspension could not be recorded in the last day.
    """
    today = clock.today(facility)
    items = [
        WorkItem(title=sentence, url=reverse("bylaws:parameters"), due=today, colour="bad")
        for sentence in standing_problems(facility=facility, on=today)
    ]
    items += [
        WorkItem(
            title=name, url=reverse("practitioners:file", args=[uid]), detail=why, due=today, colour="bad"
        )
        for name, uid, why in refused_lately(viewer, facility)
    ]
    return len(items), items[:limit]


def _not_recorded() -> Answer:
    """What a queue of recorded findings says before the first run: nothing known is not nothing found."""
    return 1, [
        WorkItem(
            title="Compliance was not recorded yet",
            url=reverse("bylaws:findings"),
            detail="It is recorded every night; or run it now",
            colour="warn",
        )
    ]


def not_met(viewer, facility, limit: int) -> Answer:
    """Rules not met as last recorded, neither waived nor with their consequence, the oldest first."""
    rows = to_see_to(viewer, facility)
    shown = list(rows[: limit + 1])
    if not shown and latest_run(facility) is None:
        return _not_recorded()
    return (len(shown) if len(shown) <= limit else rows.count()), [
        WorkItem(
            title=each.about,
            url=reverse("bylaws:finding", args=[each.uid]),
            detail=f"{each.said('title')}"
            + ("" if each.status == FindingStatus.OPEN else f", {each.get_status_display().lower()}"),
            since=each.since,
            due=each.answer_by if each.status == FindingStatus.NOTIFIED else None,
            colour="bad",
        )
        for each in shown[:limit]
    ]


def consequences_to_decide(viewer, facility, limit: int) -> Answer:
    """Findings for which the bylaws let a consequence be proposed: answered, or the time for it is over."""
    rows = to_decide(viewer, facility)
    return len(rows), [
        WorkItem(
            title=each.about,
            url=reverse("bylaws:finding", args=[each.uid]),
            detail=f"{each.said('title')}, {each.get_status_display().lower()}",
            since=each.since,
            due=each.answer_by,
            colour="warn",
        )
        for each in rows[:limit]
    ]


def supervisors_lapsed(viewer, facility, limit: int) -> Answer:
    """Who is supervised by somebody who may not supervise any more, those first who have nobody else."""
    found = sorted(
        under_lapsed_supervisors(facility, clock.today(facility)),
        key=lambda each: each[1].outcome != Outcome.NOT_MET,
    )
    opens = may(viewer, "practitioners.view", facility)
    return len(found), [
        WorkItem(
            title=person.display_name,
            url=reverse("practitioners:file", args=[person.uid])
            if opens
            else f"{reverse('bylaws:compliance')}?rule={supervised.CODE}#list",
            detail=f"{' '.join(verdict.facts['lapsed'])} "
            + (
                "Nobody else supervises."
                if verdict.outcome == Outcome.NOT_MET
                else "Somebody else supervises."
            ),
            colour="bad" if verdict.outcome == Outcome.NOT_MET else "warn",
        )
        for person, verdict in found[:limit]
    ]


def at_a_glance(viewer, facility, limit: int) -> Answer:
    """Every rule with how many complied in the last run, those that need attention first."""
    run = latest_run(facility)
    if run is None:
        return _not_recorded()
    rules = sorted(
        counts_of(run, viewer, facility),
        key=lambda one: (-one.of(Outcome.NOT_MET), -one.of(Outcome.UNKNOWN), one.code),
    )
    return len(rules), [
        WorkItem(
            title=each.title,
            url=f"{reverse('bylaws:compliance')}?rule={each.code}#list",
            detail=(f"{each.compliant} of {each.concerned} comply" if each.concerned else "Concerns nobody")
            + "".join(
                f", {each.of(what)} {word}"
                for what, word in (
                    (Outcome.NOT_MET, "not met"),
                    (Outcome.UNKNOWN, "unknown"),
                    ("waived", "waived"),
                )
                if each.of(what)
            ),
            colour="bad" if each.of(Outcome.NOT_MET) else "warn" if each.of(Outcome.UNKNOWN) else "good",
        )
        for each in rules[:limit]
    ]


def documents_to_acknowledge(viewer, facility, limit: int) -> Answer:
    """Bylaws and policies the viewer, as a member, has not acknowledged."""
    rows = mine_to_acknowledge(viewer, facility)
    return len(rows), [
        WorkItem(
            title=version.policy.title,
            url=f"{reverse('bylaws:policy', args=[version.policy.uid])}?version={version.number}",
            detail="Read it and acknowledge it",
            since=version.in_force_from,
            due=version.acknowledge_until,
            colour="warn",
        )
        for version, _ in rows[:limit]
    ]


def requests_to_answer(viewer, facility, limit: int) -> Answer:
    """What the viewer, as a leader, was asked by the office; what is protected by no more than its day."""
    rows = list(to_answer(viewer, facility))
    return len(rows), [
        WorkItem(
            title=str(each),
            url=reverse("bylaws:request", args=[each.uid]),
            detail=f"Asked by {each.asked_by}" + (", reminded" if each.reminded else ""),
            due=each.due,
            colour="bad" if each.reminded else "warn",
        )
        for each in sorted(rows, key=lambda one: (not one.reminded, one.due))[:limit]
    ]


def requests_waiting(viewer, facility, limit: int) -> Answer:
    """What the office asked of leaders and has no answer to, what is due first."""
    rows = list(waiting(viewer, facility))
    return len(rows), [
        WorkItem(
            title=str(each),
            url=reverse("bylaws:request", args=[each.uid]),
            due=each.due,
            waiting_for=str(each.asked_of),
            colour="warn",
        )
        for each in rows[:limit]
    ]


def my_tasks(viewer, facility, limit: int) -> Answer:
    """The viewer's tasks of the office, and those of people who work here no more."""
    rows = list(tasks_to_do(viewer, facility))
    return len(rows), [
        WorkItem(
            title=each.title,
            url=reverse("bylaws:task", args=[each.uid]),
            detail=each.about
            if each.owner_id == viewer.pk
            else f"{each.owner} works here no more: give it to somebody",
            due=each.due,
        )
        for each in rows[:limit]
    ]


def ballots_waiting(viewer, facility, limit: int) -> Answer:
    """Amendments under notice, and those on which the viewer, as a voting member, has not voted."""
    rows = before_members(viewer, facility)
    return len(rows), [_amendment(each) for each in rows[:limit]]


def consents_waiting(viewer, facility, limit: int) -> Answer:
    """Written consents that wait for the viewer's answer."""
    rows = consents_to_give(viewer, facility)
    return len(rows), [
        WorkItem(
            title=each.title,
            url=reverse("bylaws:written_consent", args=[each.uid]),
            detail=f"{each.committee.name}, in writing: consent or object",
            due=each.until,
            colour="warn",
        )
        for each in rows[:limit]
    ]


def _amendment(each: Amendment) -> WorkItem:
    if each.status == AmendmentStatus.BALLOT:
        return WorkItem(
            title=each.title,
            url=reverse("bylaws:amendment_vote", args=[each.uid]),
            detail="Amendment of the bylaws: your vote",
            due=each.ballot_until,
            colour="warn",
        )
    return WorkItem(
        title=each.title,
        url=reverse("bylaws:amendment_read", args=[each.uid]),
        detail="Amendment of the bylaws: notice is given, the ballot follows",
        colour="info",
    )


def documents_to_review(viewer, facility, limit: int) -> Answer:
    """Documents of one's own office whose review is due, the most urgent first."""
    rows = documents_due(viewer, facility, clock.today(facility))
    return len(rows), [
        WorkItem(
            title=str(row.policy),
            url=reverse("bylaws:policy", args=[row.policy.uid]),
            detail=f"Last approved or reviewed {day_text(row.due.last)}",
            due=row.due.on,
            colour=row.due.state.colour,
        )
        for row in rows[:limit]
        if row.due is not None
    ]


def documents_before_bodies(viewer, facility, limit: int) -> Answer:
    """Versions of documents that wait for the approval of a body, the oldest first."""
    rows = before_bodies(facility)
    return len(rows), [
        WorkItem(
            title=str(each.policy),
            url=f"{reverse('bylaws:policy', args=[each.policy.uid])}?version={each.number}",
            detail=f"Version {each.number} waits for the bodies",
            since=clock.date_at(each.made_at, facility),
            colour="info",
        )
        for each in rows[:limit]
    ]


queues.register(
    Queue(
        code="bylaws.recommend",
        title="Files waiting for my recommendation or grant",
        permission="bylaws.recommend",
        items=to_recommend,
        order=10,
        more_url=reverse_lazy("bylaws:reviews"),
        empty="No file waits for your recommendation.",
    )
)
queues.register(
    Queue(
        code="bylaws.agenda",
        title="On the agenda of my committees",
        permission="bylaws.vote",
        items=on_my_agenda,
        order=20,
        more_url=reverse_lazy("bylaws:reviews"),
        empty="Nothing stands on a coming agenda of yours.",
    )
)
queues.register(
    Queue(
        code="bylaws.ties",
        title="Declared interests to rule on",
        permission="bylaws.vote",
        items=ties_to_rule,
        slow=True,
        order=15,
        empty="No member waits for your ruling on a declared interest.",
    )
)
queues.register(
    Queue(
        code="bylaws.schedule",
        title="Files to put on an agenda",
        permission="bylaws.run_meeting",
        items=to_schedule,
        order=20,
        more_url=reverse_lazy("bylaws:reviews"),
        empty="Every file that waits for a committee is on an agenda.",
    )
)
queues.register(
    Queue(
        code="bylaws.meetings",
        title="Meetings this week",
        permission="bylaws.view_reviews",
        items=meetings_this_week,
        order=30,
        more_url=reverse_lazy("bylaws:meetings"),
        empty="No meeting in the coming days.",
    )
)
queues.register(
    Queue(
        code="bylaws.sheets",
        title="Attendance to write down",
        permission="bylaws.run_meeting",
        items=sheets_to_record,
        slow=True,
        order=35,
        more_url=reverse_lazy("bylaws:meetings"),
        empty="Of every meeting of the staff it is recorded who was there.",
    )
)
queues.register(
    Queue(
        code="bylaws.vacant_seats",
        title="Vacant seats",
        permission="bylaws.run_meeting",
        items=vacant_seats,
        slow=True,
        order=35,
        more_url=reverse_lazy("bylaws:committees"),
        empty="Every seat on record is held by whom it goes to.",
    )
)
queues.register(
    Queue(
        code="bylaws.officers",
        title="Offices of the medical staff to fill",
        permission="bylaws.keep_offices",
        items=officers_to_choose,
        slow=True,
        order=36,
        more_url=reverse_lazy("bylaws:officers"),
        empty="Every office on record is held, and no term ends soon.",
    )
)
queues.register(
    Queue(
        code="bylaws.my_disclosure",
        title="My yearly disclosure of interests",
        permission="bylaws.view_reviews",
        items=my_disclosure,
        slow=True,
        order=37,
        more_url=reverse_lazy("bylaws:disclosure_mine"),
        empty="No disclosure of interests is due.",
        roles=(
            Role.DEPARTMENT_CHAIR,
            Role.COMMITTEE_MEMBER,
            Role.BOARD_MEMBER,
            Role.MEDICAL_STAFF_PRESIDENT,
            Role.CHIEF_MEDICAL_OFFICER,
            Role.CHIEF_EXECUTIVE,
        ),
    )
)
queues.register(
    Queue(
        code="bylaws.disclosures",
        title="Disclosures of interests",
        permission="bylaws.review_disclosures",
        items=disclosures_waiting,
        slow=True,
        order=38,
        more_url=reverse_lazy("bylaws:disclosures"),
        empty="Every yearly disclosure is there, and reviewed.",
    )
)
queues.register(
    Queue(
        code="bylaws.glance",
        title="Compliance at a glance",
        permission="bylaws.view_compliance",
        items=at_a_glance,
        slow=True,
        order=45,
        more_url=reverse_lazy("bylaws:compliance"),
        roles=(Role.CHIEF_EXECUTIVE, Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER),
    )
)
queues.register(
    Queue(
        code="bylaws.not_met",
        title="Rules not met",
        permission="bylaws.view_compliance",
        items=not_met,
        slow=True,
        order=40,
        more_url=NOT_MET,
        empty="The last run found nothing not met that waits.",
        roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR, Role.COMPLIANCE_OFFICER),
    )
)
queues.register(
    Queue(
        code="bylaws.consequences",
        title="Findings to decide on",
        permission="bylaws.manage_findings",
        items=consequences_to_decide,
        slow=True,
        order=41,
        empty="No finding waits for what the bylaws let follow.",
    )
)
queues.register(
    Queue(
        code="bylaws.supervisors_lapsed",
        title="Supervised by somebody who may not supervise",
        permission="bylaws.view_compliance",
        items=supervisors_lapsed,
        slow=True,
        order=42,
        empty="Everybody who is supervised works under somebody who may supervise.",
        roles=(
            Role.CREDENTIALING_COORDINATOR,
            Role.MEDICAL_STAFF_COORDINATOR,
            Role.DIRECTOR,
            Role.COMPLIANCE_OFFICER,
        ),
    )
)
queues.register(
    Queue(
        code="bylaws.bars",
        title="Suspensions and leaves",
        permission="bylaws.manage_bars",
        items=bars_standing,
        order=50,
        more_url=reverse_lazy("bylaws:bars"),
        empty="Nobody is suspended or on leave.",
    )
)
queues.register(
    Queue(
        code="bylaws.standing_refused",
        title="Standing conditions that could not be applied",
        permission="bylaws.manage_bars",
        items=standing_refused,
        slow=True,
        order=55,
        empty="Every standing condition of the bylaws can be applied.",
    )
)
queues.register(
    Queue(
        code="bylaws.suspensions_to_review",
        title="Precautionary suspensions to be reviewed",
        permission="bylaws.record_minutes",
        items=suspensions_to_review,
        slow=True,
        order=15,
        more_url=reverse_lazy("bylaws:bars"),
        empty="Every precautionary suspension that stands was reviewed.",
    )
)
queues.register(
    Queue(
        code="bylaws.data_bank",
        title="Data bank clock",
        permission="bylaws.report_actions",
        items=data_bank_clocks,
        slow=True,
        order=25,
        more_url=reverse_lazy("bylaws:data_bank"),
        empty="No adverse action is counted or due.",
    )
)
queues.register(
    Queue(
        code="bylaws.data_bank_questions",
        title="Questions for the data bank",
        permission="bylaws.report_actions",
        items=data_bank_questions,
        slow=True,
        order=24,
        more_url=reverse_lazy("bylaws:data_bank_questions"),
        empty="Nothing is asked for the data bank.",
    )
)
queues.register(
    Queue(
        code="bylaws.relinquished",
        title="Deemed relinquished: not cured in time",
        permission="bylaws.manage_bars",
        items=relinquished,
        slow=True,
        order=52,
        more_url=reverse_lazy("bylaws:bars"),
        empty="No automatic suspension has outlasted its cure time.",
    )
)


def due_process_waiting(viewer, facility, limit: int) -> Answer:
    """Suspensions that go on and have no due process, then due process under way, the longest first, each
    with where it is and the day it waits for; nothing of what it is about. Of an applicant this is where the
    day is seen: compliance judges members.
    """
    missing = [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("bylaws:due_process_new", args=[row.identity.practitioner.uid]),
            detail="Suspension continued: open due process",
            since=row.valid.lower,
            colour="bad",
        )
        for row in to_open(viewer, facility)
    ]
    rows = list(tracks(viewer, facility).exclude(status__in=SETTLED_TRACKS).order_by("opened_at", "pk"))
    due = days_due(rows[:limit])
    under_way = [
        WorkItem(
            title=str(each.practitioner),
            url=reverse("bylaws:due_process", args=[each.uid]),
            due=due.get(each.pk),
            detail=TrackStatus(each.status).label,
            since=each.proposed_on,
            colour=TrackStatus(each.status).colour,
        )
        for each in rows[:limit]
    ]
    return len(missing) + len(rows), [*missing, *under_way][:limit]


queues.register(
    Queue(
        code="bylaws.due_process",
        title="Due process under way",
        permission=RUN_DUE_PROCESS,
        items=due_process_waiting,
        order=24,
        more_url=reverse_lazy("bylaws:due_processes"),
        empty="No due process is under way.",
    )
)
queues.register(
    Queue(
        code="bylaws.acknowledge",
        title="Bylaws and policies to acknowledge",
        permission="bylaws.read_documents",
        items=documents_to_acknowledge,
        order=60,
        more_url=reverse_lazy("bylaws:policies"),
        empty="You have acknowledged everything that is asked of you.",
    )
)
queues.register(
    Queue(
        code="bylaws.requests_to_answer",
        title="Questions of the office",
        permission="bylaws.view_reviews",
        items=requests_to_answer,
        roles=LEADERS,
        slow=True,
        order=12,
        more_url=reverse_lazy("bylaws:own_requests"),
        empty="The office has asked you nothing.",
    )
)
queues.register(
    Queue(
        code="bylaws.requests_waiting",
        title="Requests to leaders without an answer",
        permission="bylaws.ask_leaders",
        items=requests_waiting,
        slow=True,
        order=58,
        more_url=reverse_lazy("bylaws:requests"),
        empty="No leader owes an answer.",
    )
)
queues.register(
    Queue(
        code="bylaws.tasks",
        title="My tasks of the office",
        permission="bylaws.office_tasks",
        items=my_tasks,
        slow=True,
        order=57,
        empty="No task of yours is open.",
    )
)
queues.register(
    Queue(
        code="bylaws.written_consents",
        title="Written consents asked of you",
        permission="bylaws.vote",
        items=consents_waiting,
        slow=True,
        order=11,
        more_url=reverse_lazy("bylaws:written_consents"),
        empty="No written consent is asked of you.",
    )
)
queues.register(
    Queue(
        code="bylaws.ballots",
        title="Amendments before the members",
        permission="bylaws.read_documents",
        items=ballots_waiting,
        order=59,
        empty="No amendment is before the members.",
    )
)
queues.register(
    Queue(
        code="bylaws.documents_to_review",
        title="Bylaws and policies due for review",
        permission="bylaws.read_documents",
        items=documents_to_review,
        slow=True,
        order=65,
        more_url=reverse_lazy("bylaws:policies"),
        empty="No document is due for review.",
        roles=(Role.CREDENTIALING_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
    )
)
queues.register(
    Queue(
        code="bylaws.documents_before_bodies",
        title="Bylaws and policies before the bodies",
        permission="bylaws.record_minutes",
        items=documents_before_bodies,
        slow=True,
        order=62,
        more_url=reverse_lazy("bylaws:policies"),
        empty="No document waits for a body.",
    )
)


def minutes_to_write(viewer, facility, limit: int) -> Answer:
    """Meetings that are over and whose minutes are not circulated."""
    rows = to_write(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(meeting),
            url=reverse("bylaws:meeting_minutes", args=[meeting.uid]),
            detail="Minutes to write, or a draft to circulate",
            since=clock.date_at(meeting.starts_at, facility),
            colour="warn",
        )
        for meeting in rows[:limit]
    ]


def minutes_to_sign(viewer, facility, limit: int) -> Answer:
    """Approved minutes that wait for my signature as chair of the body."""
    rows = to_sign(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(each.meeting),
            url=reverse("bylaws:meeting_minutes", args=[each.meeting.uid]),
            detail="Approved minutes, to be signed",
            since=clock.date_at(each.meeting.starts_at, facility),
        )
        for each in rows[:limit]
    ]


def _follow_ups(viewer, facility, limit: int, *, everybody: bool) -> Answer:
    rows = list(open_follow_ups(viewer, facility, everybody=everybody))
    today = clock.today(facility)
    return len(rows), [
        WorkItem(
            title="After a matter of peer review" if each.item.subject_kind else each.what,
            url=reverse("bylaws:follow_up_done", args=[each.uid]),
            detail=f"{each.owner}, after {each.item.meeting}" if everybody else f"After {each.item.meeting}",
            due=each.due,
            colour="bad" if each.due < today else "info",
        )
        for each in rows[:limit]
    ]


def my_follow_ups(viewer, facility, limit: int) -> Answer:
    """What I am to do after meetings, the first due first."""
    return _follow_ups(viewer, facility, limit, everybody=False)


def follow_ups_of_others(viewer, facility, limit: int) -> Answer:
    """What others are to do after meetings I run."""
    return _follow_ups(viewer, facility, limit, everybody=True)


queues.register(
    Queue(
        code="bylaws.minutes_to_write",
        title="Minutes to write",
        permission="bylaws.run_meeting",
        items=minutes_to_write,
        slow=True,
        order=34,
        more_url=reverse_lazy("bylaws:meetings"),
        empty="The minutes of every meeting are circulated.",
    )
)
queues.register(
    Queue(
        code="bylaws.minutes_to_sign",
        title="Minutes to sign",
        permission="bylaws.vote",
        items=minutes_to_sign,
        slow=True,
        order=35,
        more_url=reverse_lazy("bylaws:meetings"),
        empty="No approved minutes wait for your signature.",
    )
)
queues.register(
    Queue(
        code="bylaws.my_follow_ups",
        title="My follow-ups from meetings",
        permission="bylaws.read_documents",
        items=my_follow_ups,
        order=36,
        more_url=reverse_lazy("bylaws:follow_ups"),
        empty="Nothing is yours to do after a meeting.",
    )
)
queues.register(
    Queue(
        code="bylaws.follow_ups",
        title="Follow-ups of others",
        permission="bylaws.run_meeting",
        items=follow_ups_of_others,
        slow=True,
        order=37,
        more_url=reverse_lazy("bylaws:follow_ups"),
        empty="Nobody owes anything after a meeting.",
    )
)
