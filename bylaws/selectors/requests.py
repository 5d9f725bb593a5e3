"""Requests to leaders and the office's own tasks: what waits, for whom, and whom one may ask."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bylaws.models import LeaderRequest, OfficeTask
from config.accounts.choices import DataClass, Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.accounts.permissions import ROLE_CLASSES, ROLE_PERMISSIONS
from config.accounts.policies import data_classes, may
from config.kernel import clock
from config.organization.models import Facility
from practitioners.models import Practitioner, PractitionerAliasPeriod
from practitioners.selectors.canonical import own_records

ASK, TASKS = "bylaws.ask_leaders", "bylaws.office_tasks"
#: Who leads: may be asked.
LEADERS = (
    Role.DEPARTMENT_CHAIR,
    Role.MEDICAL_STAFF_PRESIDENT,
    Role.CHIEF_MEDICAL_OFFICER,
    Role.CHIEF_EXECUTIVE,
    Role.COMMITTEE_MEMBER,
    Role.BOARD_MEMBER,
)


def _holding(facility: Facility, roles) -> QuerySet[User]:
    held = RoleAssignmentPeriod.objects.in_force(clock.today(facility)).filter(
        identity__facility=facility, identity__role__in=list(roles)
    )
    return User.objects.filter(pk__in=held.values("identity__user_id"), is_active=True).order_by(
        "last_name", "first_name", "pk"
    )


def leaders(facility: Facility) -> QuerySet[User]:
    """Whom the office may ask at the facility today."""
    return _holding(facility, LEADERS)


def office_people(facility: Facility) -> QuerySet[User]:
    """Who works tasks of the office at the facility today."""
    return _holding(facility, [role for role, held in ROLE_PERMISSIONS.items() if TASKS in held])


def visible_requests(viewer, facility: Facility) -> QuerySet[LeaderRequest]:
    """The office sees what was asked, a leader what was asked of them; of a protected class only with the
    class, and never what is about oneself.
    """
    rows = LeaderRequest.objects.filter(facility=facility, data_class__in=data_classes(viewer, facility))
    if not may(viewer, ASK, facility):
        rows = rows.filter(asked_of=viewer)
    own = LeaderRequest.objects.filter(practitioner_id__in=own_records(viewer))
    return (
        rows.exclude(pk__in=own.values("pk"))
        .select_related("asked_of", "asked_by", "recorded_by", "practitioner", "facility")
        .annotate(reminded=Count("reminders"))
    )


def to_answer(viewer, facility: Facility) -> QuerySet[LeaderRequest]:
    """What the viewer was asked and has not answered, what is due first."""
    rows = visible_requests(viewer, facility).filter(asked_of=viewer, answered_on__isnull=True)
    return rows.order_by("due", "pk")


def waiting(viewer, facility: Facility) -> QuerySet[LeaderRequest]:
    """What the office waits for, what is due first."""
    return visible_requests(viewer, facility).filter(answered_on__isnull=True).order_by("due", "pk")


def answerable(rows: QuerySet[LeaderRequest], facility: Facility) -> QuerySet[LeaderRequest]:
    """Those of the facility whose leader can open and answer them today: leads here still, sees what is
    protected, and is not whom it is about. Within the query itself.
    """
    opened = Q(pk__in=[])
    for data_class in (DataClass.GENERAL, DataClass.PEER_REVIEW):  # those a request can have
        roles = [role for role, classes in ROLE_CLASSES.items() if data_class in classes]
        opened |= Q(data_class=data_class, asked_of__in=_holding(facility, roles))
    whom = {"practitioner": OuterRef("practitioner"), "canonical__user": OuterRef("asked_of")}
    own = Practitioner.every.filter(pk=OuterRef("practitioner"), user=OuterRef("asked_of"))
    merged = PractitionerAliasPeriod.objects.live().filter(**whom)
    return rows.filter(opened, ~Exists(own), ~Exists(merged), asked_of__in=leaders(facility))


def why_cannot_answer(request: LeaderRequest) -> str:
    """Why the leader who was asked cannot answer here today, as a sentence; empty where they can. One query,
    two where they cannot.
    """
    facility, whom = request.facility, request.asked_of
    if answerable(LeaderRequest.objects.filter(pk=request.pk), facility).exists():
        return ""
    if not leaders(facility).filter(pk=whom.pk).exists():
        return f"{whom} is no leader of {facility} any more, and cannot answer here."
    return f"{whom} may not read this request any more, and cannot answer here."


def for_files(rows: QuerySet[LeaderRequest]) -> QuerySet[LeaderRequest]:
    """Those that may leave the application in a file."""
    return rows.filter(data_class=DataClass.GENERAL)


def tasks_of(facility: Facility) -> QuerySet[OfficeTask]:
    """Every task of the office."""
    return OfficeTask.objects.filter(facility=facility).select_related(
        "owner", "made_by", "done_by", "facility"
    )


def tasks_to_do(viewer, facility: Facility) -> QuerySet[OfficeTask]:
    """The viewer's own that are not done, and those of people who work here no more; what is due first."""
    left = ~Q(owner__in=office_people(facility))
    rows = tasks_of(facility).filter(Q(owner=viewer) | left, done_at__isnull=True)
    return rows.order_by("due", "pk")
