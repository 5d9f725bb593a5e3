"""Who has to be at a meeting of the medical staff, and who was written down."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from bylaws.choices import CommitteeKind, MeetingStatus
from bylaws.models import Meeting, StaffAttendance
from bylaws.selectors.membership import appointments_in_force
from config.kernel import clock
from config.organization.models import Facility
from practitioners.models import Practitioner

#: A sheet that nobody wrote down is asked for this long after the meeting; the rule asks for it ever after.
ASKED_FOR = dt.timedelta(days=400)


def members_to_attend(meeting: Meeting) -> list[Practitioner]:
    """Members by name whose appointment was in force on the day of the meeting: of the department, or of
    the whole staff. Which categories have the duty is for the rule.
    """
    facility, department = meeting.committee.facility, meeting.committee.department_id
    day = clock.date_at(meeting.starts_at, facility)
    rows = appointments_in_force(facility=facility, on=day)
    if department is not None:
        rows = rows.filter(department_id=department)
    found = {row.practitioner_id: row.practitioner for row in rows}
    return sorted(found.values(), key=lambda each: (each.sort_name, each.pk))


def on_the_sheet(meeting: Meeting) -> dict[int, str]:
    """What was written down last of each member, by the id of the record."""
    rows = StaffAttendance.objects.filter(meeting=meeting).order_by("recorded_at", "pk")
    return dict(rows.values_list("practitioner_id", "presence"))


def sheets_missing(facility: Facility) -> QuerySet[Meeting]:
    """Meetings of the staff and of departments that are over without anybody written down."""
    written = StaffAttendance.objects.filter(meeting=OuterRef("pk"))
    return (
        Meeting.objects.filter(
            ~Exists(written),
            committee__facility=facility,
            committee__kind__in=[CommitteeKind.GENERAL_STAFF, CommitteeKind.DEPARTMENT],
            status=MeetingStatus.ADJOURNED,
            starts_at__gte=clock.now() - ASKED_FOR,
        )
        .select_related("committee")
        .order_by("starts_at")
    )
