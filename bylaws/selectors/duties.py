"""Who has to be at a meeting of the medical staff, and who was written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from bylaws.choices import AttendanceMode, CommitteeKind, MeetingStatus, StaffPresence
from bylaws.models import Attendance, Meeting, StaffAttendance
from bylaws.parameters import VOTING_CATEGORIES, bind
from bylaws.selectors.amendments import voting_members
from bylaws.selectors.membership import appointments_in_force
from config.kernel import clock
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import own_records, persons

#: Bodies whose meetings have a sheet.
WITH_A_SHEET = (CommitteeKind.GENERAL_STAFF, CommitteeKind.DEPARTMENT)
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


@dataclass(frozen=True)
class OnTheSheet:
    """A member of the staff at one of its meetings: with or without a vote, and what the sheet says
    (:class:`StaffPresence`; empty: nothing yet).
    """

    practitioner: Practitioner
    votes: bool
    presence: str

    @property
    def came(self) -> bool:
        """Whether the sheet says that they were there."""
        return self.presence in (StaffPresence.PRESENT, StaffPresence.REMOTE)

    @property
    def remote(self) -> bool:
        """Whether it says that they attended from elsewhere."""
        return self.presence == StaffPresence.REMOTE

    @property
    def presence_label(self) -> str:
        """What the sheet says, in words."""
        return str(StaffPresence(self.presence).label) if self.presence else "Not on the sheet yet"


def staff_at(meeting: Meeting) -> list[OnTheSheet]:
    """The members of the meeting of a body without seats (the whole staff): everybody appointed on its day,
    by name, with what the sheet says of them; three queries.
    """
    facility = meeting.committee.facility
    day = clock.date_at(meeting.starts_at, facility)
    rows = appointments_in_force(facility=facility, on=day)
    voting = bind(VOTING_CATEGORIES.code, facility=facility, on=day).value or ()
    said = on_the_sheet(meeting)
    votes: dict[int, bool] = {}
    people: dict[int, Practitioner] = {}
    for row in rows:
        people[row.practitioner_id] = row.practitioner
        votes[row.practitioner_id] = votes.get(row.practitioner_id, False) or row.category.code in voting
    return [
        OnTheSheet(each, votes[each.pk], said.get(each.pk, ""))
        for each in sorted(people.values(), key=lambda each: (each.sort_name, each.pk))
    ]


def without_vote(meeting: Meeting, members: Sequence[Practitioner]) -> set[int]:
    """The ids of those of the members' records whose category has no vote at this meeting of the whole staff;
    nobody's at a department's, whose members the bylaws do not tell apart. Three queries.
    """
    facility = meeting.committee.facility
    if meeting.committee.kind != CommitteeKind.GENERAL_STAFF:
        return set()
    voters = voting_members(facility, clock.date_at(meeting.starts_at, facility))
    return {record for record, person in persons(each.pk for each in members).items() if person not in voters}


def own_rows(viewer, members: Sequence[Practitioner]) -> set[int]:
    """The ids of those of the members' records that are the viewer's own, merged ones included; one query."""
    own = Practitioner.every.filter(pk__in=own_records(viewer))
    return {each.pk for each in members} & set(own.values_list("pk", flat=True))


def counted_there(meeting: Meeting, members: Sequence[Practitioner]) -> dict[int, str]:
    """How those of the members came who were marked present for the quorum, by the id of the record; three
    queries.
    """
    came = Attendance.objects.filter(meeting=meeting).order_by("present_from", "pk")
    modes = dict(came.values_list("user_id", "mode"))
    accounts = dict(Practitioner.every.filter(user__in=modes).values_list("pk", "user_id"))
    whose = persons(each.pk for each in members)
    remote = {True: str(StaffPresence.REMOTE), False: str(StaffPresence.PRESENT)}
    return {
        record: remote[modes[accounts[person]] == AttendanceMode.REMOTE]
        for record, person in whose.items()
        if person in accounts
    }


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
