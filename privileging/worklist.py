"""Queues this room adds to the Today page."""

from __future__ import annotations

from django.urls import reverse

from config.accounts.choices import DataClass, Role
from config.accounts.policies import may_see_class
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.pages import address
from config.kernel.periods import last_day
from config.kernel.registries import Queue, WorkItem, queue, queues
from credentialing.choices import LetterOccasion
from credentialing.rules.volunteers import hours_text
from privileging.choices import CaseCover, FPPEStatus
from privileging.selectors.departures import without_supervisor
from privileging.selectors.disasters import due_soon
from privileging.selectors.eligibility import untold
from privileging.selectors.evaluation_letters import templates_for, to_tell
from privileging.selectors.feedback import MANAGE as FEEDBACK
from privileging.selectors.feedback import to_send, uncovered
from privileging.selectors.for_a_time import ended_untold, ending_soon
from privileging.selectors.fppe import people_evaluated, to_take_up
from privileging.selectors.held import held_at, why_waiting
from privileging.selectors.notices import MANAGE, not_reached
from privileging.selectors.oppe import cycles, to_sign, triggers_to_follow
from privileging.selectors.performed import to_explain
from privileging.selectors.requests import drafts_without_privileges

_LETTERS = {
    LetterOccasion.FPPE_BEGUN: "under way",
    LetterOccasion.FPPE_CLOSED: "closed",
    LetterOccasion.CAUSE_BEGUN: "for cause under way",
    LetterOccasion.CAUSE_CLOSED: "for cause closed",
}


@queue(
    code="fppe_open",
    title="Focused evaluations",
    permission="privileging.manage_fppe",
    order=70,
    more_url="/fppe/",
    empty="No focused evaluation is open.",
    roles=(Role.QUALITY_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
)
def _fppe(user, facility, limit):
    """One item per person: the core of a form begins with many plans, which one person works off together."""
    people = people_evaluated(user, facility)
    today = clock.today(facility)
    return len(people), [
        WorkItem(
            title=str(person.practitioner),
            url=reverse("privileging:fppe_person", args=[person.practitioner.uid]),
            detail=person.sentence,
            due=person.due_on,
            since=person.since,
            colour="bad" if person.due_on and person.due_on < today else person.colour,
        )
        for person in people[:limit]
    ]


@queue(
    code="fppe_unsatisfactory",
    title="Focused evaluations to take up",
    permission="bylaws.run_meeting",
    order=25,
    more_url="/fppe/?state=to_take_up",
    empty="Every evaluation that ended without satisfaction is taken up.",
    roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
)
def _to_take_up(user, facility, limit):
    plans = to_take_up(user, facility)
    return plans.count(), [
        WorkItem(
            title=f"{plan.practitioner}: {plan.privilege}",
            url=reverse("privileging:fppe_plan", args=[plan.uid]),
            detail=f"{plan.get_status_display()}: say where it goes from here",
            since=plan.closed_on,
            colour="bad" if plan.status == FPPEStatus.CLOSED_UNSUCCESSFUL else "warn",
        )
        for plan in plans[:limit]
    ]


@queue(
    code="held_for_hearing",
    title="Privileges held for a hearing",
    permission="bylaws.run_meeting",
    slow=True,
    order=16,
    empty="Nothing is held for a hearing.",
)
def _held(user, facility, limit):
    """Lines held for a hearing, those held longest first; what may go to the board is marked."""
    rows = held_at(user, facility)
    total = rows.count()
    today = clock.today(facility)
    shown = list(rows[:limit]) if total else []
    waits = why_waiting(shown, today)
    return total, [
        WorkItem(
            title=f"{line.request.application.practitioner}: {line.form_line.privilege}",
            url=address(reverse("credentialing:hearing", args=[line.application_uid]), act=line.held_by.uid)
            if waits[line.pk]
            else reverse("bylaws:reviews"),
            detail=waits[line.pk] or "The right to a hearing is settled: put it on an agenda of the board",
            since=line.held_by.decided_on,
            colour="warn" if waits[line.pk] else "bad",
        )
        for line in shown
    ]


@queue(
    code="privileges_to_choose",
    title="Privileges to be requested",
    permission="credentialing.manage_application",
    order=35,
    empty="Every application says what it asks for.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR),
)
def _nothing_asked(user, facility, limit):
    found = drafts_without_privileges(facility)
    return found.count(), [
        WorkItem(
            title=str(application.practitioner),
            url=reverse("privileging:request", args=[application.uid]),
            detail=f"{application.get_kind_display()}: no privileges chosen yet",
            since=clock.date_at(application.opened_at, facility),
        )
        for application in found[:limit]
    ]


@queue(
    code="unsupervised",
    title="Without a supervising practitioner",
    permission="practitioners.log_contact",
    order=26,
    empty="Everybody who worked under an agreement still does.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
)
def _unsupervised(user, facility, limit):
    people = without_supervisor(user, facility, clock.today(facility))
    return people.count(), [
        WorkItem(
            title=str(person),
            url=reverse("practitioners:file", args=[person.uid]),
            detail="Every agreement of supervision has ended: another is needed where the bylaws ask for one",
            colour="bad",
        )
        for person in people[:limit]
    ]


@queue(
    code="departments_not_reached",
    title="Departments that changes cannot be told to",
    permission=MANAGE,
    slow=True,
    order=75,
    more_url="/lookup/departments/",
    empty="Every department that is to be told of changes can be reached.",
)
def _not_reached(user, facility, limit):
    rows = not_reached(user, facility)
    return len(rows), [
        WorkItem(
            title=department.name,
            url=reverse("privileging:departments"),
            detail=f"{department.address}: {why}",
            colour="bad",
        )
        for department, why in rows[:limit]
    ]


@queue(
    code="temporary_ended",
    title="Temporary privileges that ended with their application",
    permission="credentialing.manage_application",
    order=12,
    empty="Of every ending a letter tells.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR),
)
def _ended_untold(user, facility, limit):
    rows = ended_untold(facility)
    return rows.count(), [
        WorkItem(
            title=str(row.practitioner),
            url=reverse("credentialing:letter_choose", args=[row.uid]),
            detail=f"{row.awaits.get_kind_display()}: {row.awaits.get_status_display().lower()}. Their "
            "temporary privileges ended with it: write the letter, and tell the wards",
            since=row.awaits.decided_on,
            colour="bad",
        )
        for row in rows[:limit]
    ]


@queue(
    code="not_accepted_untold",
    title="Not accepted for processing, and no letter yet",
    permission="credentialing.manage_application",
    order=13,
    empty="Of everything not accepted a letter tells.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR),
    slow=True,
)
def _not_accepted_untold(user, facility, limit):
    rows = untold(facility)
    return rows.count(), [
        WorkItem(
            title=str(row.practitioner),
            url=reverse("credentialing:letter_choose", args=[row.uid]),
            detail="Something asked for is not accepted for processing: write the letter",
            since=clock.date_at(row.opened_at, facility),
            colour="warn",
        )
        for row in rows[:limit]
    ]


def _volunteers(user, facility, limit):
    found, now = due_soon(facility), clock.now()
    items = []
    for each in found[:limit]:
        near = [line for line in each.open if line.near(now)]
        past = any(line.past(now) for line in near)
        items.append(
            WorkItem(
                title=str(each.application.practitioner),
                url=reverse("privileging:for_a_time", args=[each.application.uid]),
                detail="; ".join(
                    f"{line.what}: by {moment(line.due)} ({hours_text(now, line.due)})" for line in near
                ),
                colour="bad" if past else "warn",
            )
        )
    return len(found), items


def _ending(user, facility, limit):
    rows = ending_soon(facility, clock.today(facility))
    return rows.count(), [
        WorkItem(
            title=str(row.practitioner),
            url=reverse("privileging:for_a_time", args=[row.uid]),
            detail=f"{row.get_kind_display()}: let them run longer, or see who does the work then",
            due=last_day(row.runs_before),
            runs_out=True,
            colour="warn",
        )
        for row in rows[:limit]
    ]


for _permission, _roles in (
    ("credentialing.manage_application", (Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR)),
    ("bylaws.recommend", (Role.CHIEF_EXECUTIVE, Role.CHIEF_MEDICAL_OFFICER)),
):
    _mine = _permission.partition(".")[0]
    queues.register(
        Queue(
            code=f"volunteers_{_mine}",
            title="Disaster volunteers: hours running out",
            permission=_permission,
            items=_volunteers,
            order=8,
            empty="Nothing falls due within a day.",
            roles=_roles,
        )
    )
    queues.register(
        Queue(
            code=f"ending_{_mine}",
            title="Privileges for a time that end soon",
            permission=_permission,
            items=_ending,
            order=27,
            empty="Nothing granted for a time ends within two weeks.",
            roles=_roles,
        )
    )


@queue(
    code="cases_uncovered",
    title="Done without the privilege",
    permission="bylaws.run_meeting",
    order=23,
    more_url="/cases/?state=open",
    empty="Every case done without the privilege is explained.",
    roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
    slow=True,
)
def _cases_uncovered(user, facility, limit):
    """Cases done without the privilege, that nobody explained."""
    rows = to_explain(user, facility)
    return rows.count(), [
        WorkItem(
            title=str(row.case.practitioner or f"NPI {row.case.npi}"),
            url=reverse("privileging:case", args=[row.case.uid]),
            detail=f"{row.privilege}: {row.get_cover_display().lower()}. Say what explains it",
            since=row.case.day,
            colour=CaseCover(row.cover).colour,
        )
        for row in rows[:limit]
    ]


@queue(
    code="oppe_to_sign",
    title="Profiles to sign (OPPE)",
    permission="privileging.sign_oppe",
    order=21,
    more_url="/oppe/?state=chair_review",
    empty="No profile waits for your signature.",
    roles=(Role.DEPARTMENT_CHAIR, Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER),
)
def _profiles(user, facility, limit):
    rows = to_sign(user, facility)
    return rows.count(), [
        WorkItem(
            title=str(row.practitioner),
            url=reverse("privileging:oppe_profile", args=[row.uid]),
            detail=f"{row.form}: look at the profile, and sign it",
            since=row.cycle.last_day,
            colour="info",
        )
        for row in rows[:limit]
    ]


@queue(
    code="oppe_cycles",
    title="Cycles of ongoing evaluation",
    permission="privileging.manage_oppe",
    order=71,
    more_url="/oppe/",
    empty="Every profile of the cycles that are over is signed.",
    roles=(Role.QUALITY_COORDINATOR,),
)
def _cycles(user, facility, limit):
    """What the quality coordinator has to do with cycles: load data, put them before the chairs, see to it
    that they are signed, open the next one.
    """
    if not may_see_class(user, DataClass.PEER_REVIEW, facility):
        return 0, []
    today, items = clock.today(facility), []
    found = cycles(user, facility)
    for cycle in found:
        waiting = cycle.n_open
        if today > cycle.last_day and waiting:
            detail = f"{waiting} of {cycle.everybody} profiles are not before a chair yet"
        elif cycle.n_chair_review:
            detail = f"{cycle.n_chair_review} of {cycle.everybody} profiles wait for a signature"
        else:
            continue
        items.append(
            WorkItem(
                title=f"Cycle {day_text(cycle.first_day)} to {day_text(cycle.last_day)}",
                url=f"{reverse('privileging:oppe')}?cycle={cycle.uid}",
                detail=detail,
                since=cycle.last_day,
                colour="warn" if waiting else "info",
            )
        )
    if found and today > found[0].last_day:
        items.append(
            WorkItem(
                title="The next cycle",
                url=reverse("privileging:oppe_cycle"),
                detail="No cycle covers today: open the next one",
                since=found[0].last_day,
                colour="warn",
            )
        )
    return len(items), items[:limit]


@queue(
    code="oppe_triggers",
    title="Focused evaluations a chair proposes",
    permission="privileging.manage_oppe",
    order=22,
    empty="No chair proposes a focused evaluation.",
    roles=(Role.QUALITY_COORDINATOR,),
)
def _triggers(user, facility, limit):
    rows = triggers_to_follow(user, facility)
    return rows.count(), [
        WorkItem(
            title=str(row.practitioner),
            url=reverse("privileging:oppe_profile", args=[row.uid]),
            detail="The chair proposes a focused evaluation: open it, or talk to the chair",
            since=clock.date_at(row.signed_at, facility),
            colour="bad",
        )
        for row in rows[:limit]
    ]


@queue(
    code="proxy_uncovered",
    title="Privileges by proxy without what they rest on",
    permission="credentialing.manage_application",
    slow=True,
    order=27,
    empty="Whoever holds privileges by proxy is listed by a site with an agreement in force.",
    roles=(Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR),
)
def _uncovered(user, facility, limit):
    """Who holds privileges by proxy although something they rest on is missing."""
    rows = uncovered(user, facility, clock.today(facility))
    return len(rows), [
        WorkItem(
            title=str(row.application.practitioner),
            url=reverse("privileging:for_a_time", args=[row.application.uid]),
            detail=f"Privileges by proxy: {'; '.join(row.why)}",
            colour="bad",
        )
        for row in rows[:limit]
    ]


@queue(
    code="feedback_to_send",
    title="Feedback to distant sites",
    permission=FEEDBACK,
    slow=True,
    order=28,
    more_url="/distant-feedback/?sent=no",
    empty="Every distant site is told of what is recorded.",
    roles=(Role.QUALITY_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
)
def _feedback(user, facility, limit):
    """What distant sites have not been told; on the page of each stands what."""
    rows = to_send(user, facility)
    return rows.count(), [
        WorkItem(
            title=str(row.application.practitioner),
            url=reverse("privileging:feedback_entry", args=[row.uid]),
            detail=f"{row.application.distant_site} is to be told",
            since=row.happened_on,
            colour="warn",
        )
        for row in rows[:limit]
    ]


@queue(
    code="evaluations_untold",
    title="Letters about focused evaluations",
    permission="practitioners.log_contact",
    slow=True,
    order=72,
    empty="Everybody is told of the evaluations that began or were closed.",
    roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR),
)
def _evaluations_untold(user, facility, limit):
    """Whom the office has to write that an evaluation began or was closed."""
    rows = to_tell(user, facility, clock.now())
    templates = templates_for({each.occasion for each in rows}) if rows else {}
    items = []
    for each in rows[:limit]:
        template = templates.get(str(each.occasion))
        where = (
            reverse("credentialing:letter_write_for", args=[each.practitioner.uid, template.code])
            if template is not None
            else reverse("credentialing:letter_choose_for", args=[each.practitioner.uid])
        )
        number = f"{each.plans} focused evaluation{'s' if each.plans > 1 else ''}"
        items.append(
            WorkItem(
                title=str(each.practitioner),
                url=where,
                detail=f"{number} {_LETTERS[each.occasion]}: write the letter",
                since=clock.date_at(each.since, facility),
            )
        )
    return len(rows), items
