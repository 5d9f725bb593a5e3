"""Writing down who was at a meeting of the medical staff."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from bylaws.choices import MeetingStatus, StaffPresence
from bylaws.models import Meeting, StaffAttendance
from bylaws.selectors.duties import WITH_A_SHEET, members_to_attend, on_the_sheet, own_rows
from bylaws.services.meeting_guards import locked_meeting, record_in_meeting
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from practitioners.models import Practitioner

LONGEST_REASON = 200


@transaction.atomic
def record_staff_attendance(
    *, actor, meeting: Meeting, said: Mapping[Practitioner, str], excuse: str = ""
) -> int:
    """The sheet of a meeting of the staff or of a department: for each member, present or not.

    ``excuse`` is why the excuses that are new were accepted. What was written down before stays on record;
    only what is different now is written. Answers of how many members.
    """
    meeting = locked_meeting(meeting)
    committee, facility = meeting.committee, meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    if committee.kind not in WITH_A_SHEET:
        raise Refused(f"{committee} is no meeting of the medical staff or of a department.")
    if meeting.status == MeetingStatus.CANCELLED:
        raise Refused("This meeting is canceled: nobody was there.")
    day = clock.date_at(meeting.starts_at, facility)
    if clock.today(facility) < day:
        raise Refused(f"This meeting is on {day_text(day)}; who is here is noted that day.")
    if wrong := [each for each in said.values() if each not in StaffPresence.values]:
        raise Refused(f'"{wrong[0]}" is no answer to whether somebody was there.')
    expected = {each.pk for each in members_to_attend(meeting)}
    if strangers := [str(each) for each in said if each.pk not in expected]:
        raise Refused(f"{', '.join(strangers)}: not a member who was to attend on {day_text(day)}.")
    before = on_the_sheet(meeting)
    new = {each: value for each, value in said.items() if before.get(each.pk) != value}
    if own_rows(actor, list(new)):
        raise Forbidden("Nobody writes down their own attendance; let somebody else of the office do it.")
    excuse = " ".join(excuse.split())
    if len(excuse) > LONGEST_REASON:
        raise Refused(f"Give the reason in at most {LONGEST_REASON} characters.", field="excuse")
    excused = [each for each, value in new.items() if value == StaffPresence.EXCUSED]
    if excused and not excuse:
        raise Refused(
            f"Say why {_names(excused)} {'is' if len(excused) == 1 else 'are'} excused.", field="excuse"
        )
    now = clock.now()
    StaffAttendance.objects.bulk_create(
        StaffAttendance(
            meeting=meeting,
            practitioner=each,
            presence=value,
            reason=excuse if value == StaffPresence.EXCUSED else "",
            recorded_at=now,
            recorded_by=actor,
        )
        for each, value in new.items()
    )
    if new:
        record_in_meeting(
            actor=actor, verb="meeting.attendance_recorded", subject=meeting, data={"members": len(new)}
        )
    return len(new)


def _names(people: list[Practitioner], most: int = 3) -> str:
    names = [str(each) for each in people[:most]]
    return ", ".join(names) + (f" and {len(people) - most} more" if len(people) > most else "")
