"""Queues of the Today page for those who work files and screenings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F
from django.urls import reverse
from django.utils.text import Truncator

from config.accounts.choices import DataClass
from config.accounts.policies import data_classes
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.pages import address
from config.kernel.registries import Queue, WorkItem, queues
from credentialing import links, policies
from credentialing.affiliation_queue import affiliations_to_answer
from credentialing.choices import (
    ApplicationStatus,
    EnquiryStatus,
    FlagStatus,
    ItemStatus,
    MailStatus,
    MatchClass,
    MatchStatus,
    PaperStatus,
)
from credentialing.delegation_queue import delegation_owed
from credentialing.enrolment_queue import enrolments_ending
from credentialing.letter_queues import hearing_notices, letters_awaited, letters_unsent
from credentialing.models import (
    Application,
    Enquiry,
    OutboxMessage,
    RedFlag,
    ScreeningMatch,
)
from credentialing.models.applications import OPEN_STATUSES
from credentialing.models.enquiries import OUT
from credentialing.packet_queues import (
    corrections_answered,
    deficiencies_overdue,
    packets_late,
    packets_to_review,
)
from credentialing.reappointment_queues import reappointments_to_launch, terms_that_lapse
from credentialing.return_list import addresses_failing
from credentialing.rules import red_flags
from credentialing.run_list import runs_to_go_on_with
from credentialing.screening_queues import lists_too_old, months_to_certify, people_not_screened
from credentialing.screening_run_list import month_cut_short
from credentialing.selectors import expirables
from credentialing.selectors.enquiries import needing_a_person
from credentialing.selectors.intake import attach_filed
from credentialing.selectors.items import items_waiting
from credentialing.selectors.next_actor import moments_given_up
from credentialing.selectors.overdue import npdb_overdue, reappointments_lapsed
from credentialing.selectors.screening import INFORMATION, STANDING, left_the_list
from credentialing.selectors.sources import silent_sources
from credentialing.tables import filed_in_words, listed_name
from credentialing.telemedicine_queue import distant_agreements
from credentialing.verification_queues import to_ask_today, to_verify_again
from credentialing.work_list import OVERLOOKED, not_asked_for

Items = tuple[int, Sequence[WorkItem]]
#: What runs out soon is counted so far: more than a day's work, and few enough to read by themselves.
MOST = 200


def _files(queryset, limit: int, make) -> Items:
    total = queryset.count()
    return total, [make(row) for row in queryset[:limit]] if total else []


def _applications(user, facility, *statuses: str):
    return policies.visible_applications(user).filter(facility=facility, status__in=statuses)


def _since(application: Application) -> dt.date:
    return application.received_on or clock.date_at(application.opened_at, application.facility)


def new_applications(user, facility, limit: int) -> Items:
    """Submitted and waiting to be accepted, or in draft."""
    rows = _applications(user, facility, ApplicationStatus.SUBMITTED, ApplicationStatus.DRAFT).order_by(
        F("received_on").asc(nulls_last=True), "opened_at"
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"{row.get_kind_display()}, {row.department}",
            since=_since(row),
            colour=ApplicationStatus(row.status).colour,
            waiting_for="" if row.status == ApplicationStatus.SUBMITTED else "claims and submission",
        ),
    )


def _items(user, facility, what: str):
    """Items of the facility's files that wait for ``what``; the list behind the queue shows the same."""
    return items_waiting(policies.visible_items(user).filter(application__facility=facility), what)


def to_review(user, facility, limit: int) -> Items:
    """Answers that wait for a person's review, and discrepancies."""
    rows = (
        _items(user, facility, "review")
        .select_related("application__practitioner")
        .order_by("verified_on", "pk")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=str(row.application.practitioner),
            since=row.verified_on,
            colour=ItemStatus(row.status).colour,
        ),
    )


def _tries(number: int) -> str:
    return f"{number} attempt{'s' if number != 1 else ''}"


def to_chase(user, facility, limit: int) -> Items:
    """Sources that were asked and have not answered, the oldest first."""
    rows = (
        _items(user, facility, "chase")
        .select_related("application__practitioner")
        .annotate(tries=Count("attempts"))
        .order_by("requested_at", "pk")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=str(row.application.practitioner) + (f", {_tries(row.tries)}" if row.tries else ""),
            since=row.requested_at and clock.date_at(row.requested_at, facility),
            colour=ItemStatus(row.status).colour,
        ),
    )


def forms_stuck(user, facility, limit: int) -> Items:
    """Forms no reminder helps: came back, declined, or not answered in the time asked for."""
    today = clock.today(facility)
    visible = policies.visible_enquiries(user).filter(item__application__facility=facility)
    rows = needing_a_person(visible, today=today).order_by("due_on", "pk")
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.item.label,
            url=links.item(row.item),
            detail=f"{row.item.application.practitioner}, {row.recipient_name}: {_stuck(row)}",
            due=row.due_on if row.status in OUT else None,
            since=clock.date_at(row.sent_at or row.created_at, facility),
            colour="bad" if row.status == EnquiryStatus.BOUNCED else "warn",
        ),
    )


def _stuck(row: Enquiry) -> str:
    if row.status not in OUT:
        return row.get_status_display().lower()
    return "the link has expired" if row.expires_at <= clock.now() else "not answered in time"


def in_verification(user, facility, limit: int) -> Items:
    """Files in verification, the oldest first, with how much is still open."""
    rows = (
        _applications(user, facility, ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE)
        .filter(coordinator=user)
        .order_by(F("scheduled_decision_on").asc(nulls_last=True), "opened_at")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"{row.get_status_display()}, {row.department}",
            due=row.scheduled_decision_on,
            since=_since(row),
            colour=ApplicationStatus(row.status).colour,
        ),
    )


def to_waive(user, facility, limit: int) -> Items:
    """Could not be verified: the director waives in writing, or sends it back."""
    rows = (
        _items(user, facility, "unable")
        .select_related("application__practitioner")
        .order_by("requested_at", "pk")
    )
    total = rows.count()
    shown = list(rows[:limit]) if total else []
    since = moments_given_up(shown)
    return total, [
        WorkItem(
            title=row.label,
            url=links.item(row),
            detail=f"{row.application.practitioner}: {row.note}"[:200],
            since=clock.date_at(since[row.uid], facility) if row.uid in since else None,
            colour="warn",
        )
        for row in shown
    ]


def open_flags(user, facility, limit: int) -> Items:
    """Red flags without a written disposition, the gravest first."""
    rows = (
        RedFlag.objects.filter(
            application__facility=facility,
            application__status__in=OPEN_STATUSES,
            status=FlagStatus.OPEN,
            # Others do not even learn that there is one.
            data_class__in=data_classes(user, facility),
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
        .order_by("-severity", "opened_at")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.application.practitioner),
            url=f"{_where_of(row)}#flags",
            detail=_told_of(row),
            since=clock.date_at(row.opened_at, facility),
            colour="bad" if row.severity == "serious" else "warn",
        ),
    )


def _told_of(flag: RedFlag) -> str:
    """What a queue says of a flag: of a protected class its kind, of health nothing but that it waits."""
    if flag.data_class == DataClass.GENERAL:
        return Truncator(flag.sentence).chars(160)
    if flag.data_class == DataClass.HEALTH:
        return "A confidential matter is routed to you."
    title = red_flags.RULES[flag.code].title if flag.code in red_flags.RULES else flag.code
    return f"{title}. Open it to read what it says: {flag.get_data_class_display().lower()}."


def _where_of(flag: RedFlag) -> str:
    """Where the flag is read and disposed of: a matter of health stands on the summary alone."""
    if flag.data_class == DataClass.HEALTH:
        return links.summary(flag.application)
    return links.application(flag.application)


def matches(user, facility, limit: int) -> Items:
    """Possible exclusions to be reviewed, the strongest first."""
    rows = (
        policies.visible_matches(user)
        .filter(STANDING, status=MatchStatus.NEW)
        .exclude(INFORMATION)
        .order_by("gravity", "pk")
    )

    def make(row: ScreeningMatch) -> WorkItem:
        second = row.proposed_by_id is not None
        word = MatchClass(row.match_class).label
        gone = left_the_list(row)
        return WorkItem(
            title=f"{row.practitioner} and {listed_name(row)}",
            url=links.match(row),
            detail=(f"{word}. {gone}" if gone else word)
            + (", a second person has to agree" if second and not gone else ""),
            since=clock.date_at(row.found_at, facility),
            colour=MatchClass(row.match_class).colour,
            waiting_for="a second person" if second else "",
        )

    return _files(rows, limit, make)


def expiring_soon(user, facility, limit: int) -> Items:
    """Credentials of members and applicants that run out within 30 days, or did; counted to :data:`MOST`, so
    that it costs what is shown and not what a large staff holds.
    """
    today = clock.today(facility)
    rows = expirables.expiring([facility.pk], on=today, first=True).filter(expirables.near(today))
    total = len(rows.order_by("valid__endswith").values_list("pk")[:MOST])
    return total, [
        WorkItem(
            title=str(row.identity.practitioner),
            url=links.practitioner(row.identity.practitioner),
            detail=f"{_which(row)}: renewal claimed, not confirmed" if row.renewal_claimed else _which(row),
            due=row.end,
            runs_out=True,
            colour="bad" if row.end and row.end < today else "warn",
        )
        for row in (rows[:limit] if total else ())
    ]


def renewals_to_verify(user, facility, limit: int) -> Items:
    """Renewals somebody claims and no source has confirmed, the first to run out in front."""
    today = clock.today(facility)
    rows = (
        expirables.expiring([facility.pk], on=today)
        .filter(expirables.renewal_waits())
        .filter(policies.not_own(user, "identity__practitioner"))
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.identity.practitioner),
            url=links.verify(row.identity, back="/"),
            detail=f"{_which(row)}: ask the source whether it is renewed",
            due=row.end,
            runs_out=True,
            colour="bad" if row.end < today else "warn",
        ),
    )


def _which(row) -> str:
    """Which credential it is: ``State licence IL 036.168655``."""
    return str(row.identity)


def lapsed(user, facility, limit: int) -> Items:
    """Members whose appointment ran out before the board decided on their reappointment."""
    rows = reappointments_lapsed(
        _applications(user, facility, *OPEN_STATUSES), on=clock.today(facility)
    ).order_by("lapsed_from", "pk")
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"The appointment lapsed; the reappointment is {row.get_status_display().lower()}",
            due=row.lapsed_from - ONE_DAY,
            runs_out=True,
            colour="bad",
        ),
    )


def queries_due(user, facility, limit: int) -> Items:
    """Members and applicants for reappointment whose last data bank query is too old (BL-NPDB-1)."""
    today = clock.today(facility)
    people = npdb_overdue(user, facility, on=today)
    return len(people), [
        WorkItem(
            title=str(person),
            url=f"{reverse('credentialing:npdb_add', args=[person.uid])}",
            detail=verdict.sentence,
            due=verdict.due,
            colour="bad",
        )
        for person, verdict in people[:limit]
    ]


def papers_to_file(user, facility, limit: int) -> Items:
    """What arrived on paper and is not filed yet, the oldest first."""
    rows = (
        policies.visible_papers(user)
        .filter(facility=facility, status=PaperStatus.TO_FILE)
        .order_by("arrived_on", "pk")
    )
    total = rows.count()
    shown = list(rows[:limit]) if total else []
    attach_filed(shown)
    return total, [
        WorkItem(
            title=row.title,
            url=links.paper(row),
            detail=f"{row.get_channel_display()}, {filed_in_words(row)} filed",
            since=row.arrived_on,
            colour="warn",
        )
        for row in shown
    ]


def failed_mail(user, facility, limit: int) -> Items:
    """Reminders the mail system refused."""
    rows = (
        OutboxMessage.objects.filter(
            status=MailStatus.FAILED, practitioner_id__in=expirables.people_ids([facility.pk])
        )
        .select_related("practitioner")
        .order_by("created_at")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=f"{row.practitioner} ({row.recipient})",
            url=f"{reverse('credentialing:reminders')}?status=failed",
            detail=row.problem[:160],
            since=clock.date_at(row.created_at, facility),
            colour="bad",
        ),
    )


def _queue(
    code: str, title: str, permission: str, items: Any, order: int, more: Any = "", empty: str = "", **given
):
    queues.register(
        Queue(
            code=f"credentialing-{code}",
            title=title,
            permission=permission,
            items=items,
            order=order,
            more_url=more,
            empty=empty or "Nothing waits here.",
            **given,
        )
    )


def silent(user, facility, limit: int) -> Items:
    """Sources left alone after failures while files wait for them."""
    rows = silent_sources()
    return len(rows), [
        WorkItem(
            title=str(each.source),
            url=reverse("credentialing:source", args=[each.source.code]),
            detail=f"{each.waiting} item{'s' if each.waiting != 1 else ''} wait for it",
            since=each.last_failure.ended_at and clock.date_at(each.last_failure.ended_at, facility)
            if each.last_failure
            else None,
            colour="bad",
        )
        for each in rows[:limit]
    ]


def _list(name: str, **asked: str):
    """The list of that name, narrowed to the facility."""
    return lambda user, facility: address(reverse(name), **asked, facility=facility.code)


def _mine(user, facility) -> str:
    return address(
        reverse("credentialing:list"), status="working", coordinator=user.uid, facility=facility.code
    )


MANAGE, VERIFY = "credentialing.manage_application", "credentialing.verify"
REMIND = "credentialing.send_reminders"
_queue(
    "matches",
    "Possible exclusions",
    "credentialing.screen",
    matches,
    10,
    "/screening/?status=new&match_class=attention",
    "No match waits for review.",
)
SCREEN = "credentialing.screen"
_queue(
    "lists-old",
    "Exclusion lists too old",
    SCREEN,
    lists_too_old,
    12,
    slow=True,
    empty="Every list is recent enough.",
)
_queue(
    "not-screened",
    "Not screened against the newest lists",
    SCREEN,
    people_not_screened,
    13,
    slow=True,
    empty="Everybody was compared with the newest load of every list.",
)
_queue(
    "certify",
    "Screening to certify",
    SCREEN,
    months_to_certify,
    14,
    slow=True,
    empty="Every month that is over is certified.",
)
_queue(
    "screening-cut",
    "Screening cut short",
    "credentialing.screen",
    month_cut_short,
    11,
    "/screening/runs/",
    "The month's screening of the staff was not canceled.",
)
_queue(
    "lapsed",
    "Lapsed before reappointment",
    MANAGE,
    lapsed,
    15,
    _list("credentialing:list", status="lapsed"),
    "No appointment lapsed while its renewal was worked on.",
)
_queue(
    "will-lapse",
    "Will lapse",
    MANAGE,
    terms_that_lapse,
    16,
    lambda user, facility: "/reappointments/?month=&outlook=will_lapse",
    "The board can decide on every term before it ends.",
    slow=True,
)
_queue(
    "launch",
    "Reappointments to launch",
    MANAGE,
    reappointments_to_launch,
    18,
    "/reappointments/",
    "Everybody whose packet is due to go out has an application.",
)
_queue(
    "review",
    "Answers to review",
    VERIFY,
    to_review,
    20,
    _list("credentialing:items", waiting="review"),
    "Every answer is reviewed.",
)
_queue(
    "ask-today",
    "To ask the source today",
    VERIFY,
    to_ask_today,
    19,
    empty="Of every member it is known that the standing conditions are met, or that they are not.",
    slow=True,
)
_queue(
    "again",
    "Too old by the planned decision",
    VERIFY,
    to_verify_again,
    21,
    empty="Everything that was verified still counts on the day of its decision.",
    slow=True,
)
_queue(
    "renewals",
    "Renewals to verify",
    VERIFY,
    renewals_to_verify,
    22,
    lambda user, facility: address(reverse("credentialing:expirables"), standing="renewal"),
    "No renewal waits to be verified.",
    slow=True,
)
_queue(
    "affiliations",
    "Affiliation letters to answer",
    VERIFY,
    affiliations_to_answer,
    24,
    _list("credentialing:affiliations", status="open"),
    "Every request for an affiliation letter is answered.",
)
_queue(
    "notices",
    "Notice owed",
    "practitioners.log_contact",
    hearing_notices,
    19,
    empty="Of every recommendation against somebody the notice has gone out.",
)
_queue(
    "letters",
    "Letters to send",
    "practitioners.log_contact",
    letters_unsent,
    26,
    "/letters/?state=waiting",
    "Every letter that was issued has been sent.",
)
_queue(
    "letters-awaited",
    "Delivery not recorded",
    "practitioners.log_contact",
    letters_awaited,
    27,
    "/letters/?state=awaited",
    "Of every letter on its way it is recorded when it came.",
)
_queue("papers", "Paper to file", VERIFY, papers_to_file, 23, "/incoming/",
       "All paper is filed.")  # fmt: skip
_queue(
    "sources",
    "Sources that do not answer",
    VERIFY,
    silent,
    24,
    lambda user, facility: reverse("credentialing:sources"),
    "Every source that is asked by machine answers.",
)
_queue(
    "runs",
    "Checked by machine, for you to go on with",
    VERIFY,
    runs_to_go_on_with,
    23,
    lambda user, facility: reverse("credentialing:runs"),
    "No run has left anything open.",
)
_queue(
    "waive",
    "Could not be verified",
    "credentialing.waive",
    to_waive,
    25,
    _list("credentialing:items", waiting="unable"),
    "Nothing waits for a waiver.",
)
_queue(
    "new",
    "New applications",
    MANAGE,
    new_applications,
    30,
    _list("credentialing:list", status="new"),
    "No application waits to be accepted.",
)
_queue(
    "mine",
    "My files in verification",
    MANAGE,
    in_verification,
    40,
    _mine,
    "You have no file in verification.",
)
_queue(
    "forms",
    "Forms without an answer",
    VERIFY,
    forms_stuck,
    48,
    empty="No form came back, was declined or is late.",
)
_queue(
    "chase",
    "Sources to chase",
    VERIFY,
    to_chase,
    50,
    _list("credentialing:items", waiting="chase"),
    "No source owes an answer.",
)
_queue(
    "unasked",
    "Not asked for in time",
    VERIFY,
    not_asked_for,
    49,
    lambda user, facility: address(reverse("credentialing:work"), kind=OVERLOOKED),
    "Everything planned has been asked for.",
    slow=True,
)
_queue(
    "packets",
    "Packets to review",
    MANAGE,
    packets_to_review,
    28,
    empty="Every signed packet is reviewed.",
)
_queue(
    "corrections",
    "Discrepancies the practitioner answered",
    VERIFY,
    corrections_answered,
    29,
    empty="No answer to a discrepancy waits to be read.",
)
_queue(
    "deficiencies",
    "Owed by applicants, overdue",
    MANAGE,
    deficiencies_overdue,
    45,
    empty="No applicant owes anything that is overdue.",
)
_queue(
    "packets-late",
    "Packets not signed in time",
    MANAGE,
    packets_late,
    46,
    empty="Every packet that is out is still in time.",
)
_queue(
    "delegation",
    "Owed to payers that delegate",
    MANAGE,
    delegation_owed,
    66,
    slow=True,
    empty="Every report is sent, and no audit or corrective action is due.",
)
_queue(
    "distant-sites",
    "Agreements with distant sites",
    MANAGE,
    distant_agreements,
    67,
    slow=True,
    empty="No agreement ends soon, and none lacks what it must contain.",
)
_queue("flags", "Open red flags", MANAGE, open_flags, 60, empty="Every red flag is disposed of.")
_queue(
    "queries",
    "Data bank queries overdue",
    "credentialing.log_npdb",
    queries_due,
    65,
    slow=True,
    empty="Everybody was queried within two years.",
)
_queue(
    "enrolments",
    "Continuous Query that ends",
    "credentialing.log_npdb",
    enrolments_ending,
    66,
    empty="No enrollment ends soon.",
)
_queue(
    "expiring",
    "Running out",
    REMIND,
    expiring_soon,
    70,
    lambda user, facility: address(reverse("credentialing:expirables"), window="now"),
    "Nothing runs out in the next 30 days.",
    slow=True,
    counts_to=MOST,
)
_queue(
    "addresses",
    "Addresses that do not work",
    REMIND,
    addresses_failing,
    79,
    lambda user, facility: reverse("credentialing:addresses"),
    "No mail came back.",
)
_queue("failed-mail", "Reminders that could not be sent", REMIND, failed_mail, 80,
       "/reminders/?status=failed", "Every reminder went out.")  # fmt: skip
