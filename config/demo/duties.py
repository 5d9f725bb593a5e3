"""Meetings of the whole medical staff with their sheets, amendments on their way, and a written consent."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from bylaws.choices import CommitteeKind, ConsentChoice, MeetingStatus, Repeats, StaffPresence, VoteChoice
from bylaws.models import Committee, Meeting, StaffAttendance
from bylaws.selectors.amendments import turnout_of
from bylaws.selectors.duties import members_to_attend
from bylaws.services.amendments import (
    cast_ballot,
    draft_amendment,
    give_notice,
    open_ballot,
    put_value,
    record_papers,
)
from bylaws.services.committees import form_committee
from bylaws.services.requests import ask_leader, remind_leader, set_task
from bylaws.services.written_consents import answer_consent, ask_consent
from config.demo.hospital import Hospital
from config.demo.timeline import Timeline, at
from config.kernel import clock
from config.kernel.bulk_load import bulk_load
from config.rulebook.services.parameters import set_by_house

#: How long ago the meetings were; nobody wrote down yet who was at the last one.
MEETINGS_AGO = (320, 230, 140, 52, 3)
#: How reliable a member is: how often such a one comes.
RELIABLE = (0.95, 0.8, 0.6, 0.3)
EXCUSE = "On call"


def tell_duties(hospital: Hospital, timeline: Timeline, *, seed: int) -> None:
    """Quarterly meetings of the staff of the larger hospital, and what is proposed because few come."""
    facility = hospital.facilities["LMC"]
    office = hospital.staff_office("LMC")
    with clock.freeze(at(timeline.set_up, 10)):
        staff = form_committee(
            actor=hospital.system, facility=facility, kind=CommitteeKind.GENERAL_STAFF, name="Medical staff",
            purpose="Adopts the bylaws and elects its officers.",
            reports_to=hospital.committee("LMC", CommitteeKind.BOARD), meetings_a_year=4,
        )  # fmt: skip
    meetings, rows = [], []
    for days_ago in MEETINGS_AGO:
        day = timeline.workday(days_ago)
        starts = at(day, 18, zone=facility.time_zone)
        meeting = Meeting(
            uid=uuid.uuid5(uuid.NAMESPACE_URL, f"demo/staff-meeting/{day}"),
            committee=staff,
            starts_at=starts,
            place="Auditorium",
            status=str(MeetingStatus.ADJOURNED),
            called_to_order_at=starts + dt.timedelta(minutes=3),
            adjourned_at=starts + dt.timedelta(minutes=75),
        )
        meetings.append(meeting)
    with bulk_load(Meeting) as loader:
        loader.insert(meetings)
    for meeting in Meeting.objects.filter(committee=staff).order_by("starts_at")[: len(MEETINGS_AGO) - 1]:
        for member in members_to_attend(meeting):
            presence = _came(f"{seed}/{member.uid}", f"{seed}/{member.uid}/{meeting.uid}")
            rows.append(
                StaffAttendance(
                    meeting=meeting,
                    practitioner=member,
                    presence=str(presence),
                    reason=EXCUSE if presence == StaffPresence.EXCUSED else "",
                    recorded_at=meeting.starts_at + dt.timedelta(hours=16),
                    recorded_by=office,
                )
            )
    with bulk_load(StaffAttendance) as loader:
        loader.insert(rows)
    _amend(hospital, timeline)
    _vote(hospital, timeline)
    _ask(hospital, timeline)


def _came(who: str, drawn: str) -> StaffPresence:
    """What a member of some reliability did at one meeting."""
    often = random.Random(who).choice(RELIABLE)  # noqa: S311 - reproducible invention, nothing secret
    chance = random.Random(drawn)  # noqa: S311
    if chance.random() < often:
        return StaffPresence.REMOTE if chance.random() < 0.15 else StaffPresence.PRESENT
    return StaffPresence.EXCUSED if chance.random() < 0.2 else StaffPresence.ABSENT


def _amend(hospital: Hospital, timeline: Timeline) -> None:
    facility, office = hospital.facilities["LMC"], hospital.staff_office("LMC")
    with clock.freeze(at(timeline.workday(20), 10)):
        longer = draft_amendment(
            actor=office,
            facility=facility,
            title="Leave of absence of up to eighteen months",
            text="A leave of absence lasts at most eighteen months. The Medical Executive Committee may "
            "extend it once by six months.",
            reason="Two members asked for more than a year after the birth of a child.",
            takes_effect_on=timeline.ahead(60),
        )
        put_value(
            actor=office, amendment=longer, code="bylaws.leave_months", value=18,
            citation="Medical Staff Bylaws, article 7 (leave of absence)",
        )  # fmt: skip
    with clock.freeze(at(timeline.workday(9), 11)):
        give_notice(actor=office, amendment=longer, day=timeline.workday(9))
    with clock.freeze(at(timeline.workday(2), 15)):
        more = draft_amendment(
            actor=office,
            facility=facility,
            title="Attendance raised from 50 to 60 %",
            text="Members of the active staff attend at least sixty percent of the meetings of the medical "
            "staff and of their department in each medical staff year.",
            reason="Two of the last four meetings had to do without a quorum.",
            takes_effect_on=timeline.ahead(90),
        )
        put_value(
            actor=office, amendment=more, code="bylaws.attendance_percent", value=60,
            citation="Medical Staff Bylaws, article 12 (attendance)",
        )  # fmt: skip


def _vote(hospital: Hospital, timeline: Timeline) -> None:
    """An open ballot, with some votes and papers back, and a written consent some members have given."""
    facility, office = hospital.facilities["LMC"], hospital.staff_office("LMC")
    with clock.freeze(at(timeline.workday(30), 10)):
        voted = draft_amendment(
            actor=office,
            facility=facility,
            title="Electronic notice of meetings",
            text="Notice of a meeting of the medical staff is given by mail or electronically, at least ten "
            "days before it.",
            reason="Letters arrive late, and most members read their mail every day.",
            takes_effect_on=timeline.ahead(45),
        )
    with clock.freeze(at(timeline.workday(26), 11)):
        give_notice(actor=office, amendment=voted, day=timeline.workday(26))
    with clock.freeze(at(timeline.workday(4), 9)):
        voted = open_ballot(actor=office, amendment=voted, day=timeline.workday(4))
    with clock.freeze(at(timeline.workday(2), 16)):
        voters = list(turnout_of(voted).missing)
        on_account = [each for each in voters if each.practitioner.user_id][:2]
        for each, choice in zip(on_account, (VoteChoice.FOR, VoteChoice.AGAINST), strict=False):
            cast_ballot(actor=each.practitioner.user, amendment=voted, choice=choice)
        came = [each.pk for each in voters if each not in on_account][:9]
        record_papers(actor=office, amendment=voted, voters=came, day=timeline.workday(2))
    committee = Committee.objects.get(facility=facility, kind=CommitteeKind.CREDENTIALS_COMMITTEE)
    with clock.freeze(at(timeline.workday(1), 9)):
        set_by_house(
            actor=hospital.system, facility=facility, code="bylaws.written_consent",
            subject=committee.kind, start=timeline.workday(1), value="all_taking_part",
            citation="Medical Staff Bylaws, article 12 (written consent)",
        )  # fmt: skip
        consent = ask_consent(
            actor=office, committee=committee, title="Checklist of files that are ready",
            text="The committee uses the revised checklist from the next meeting on.",
            until=timeline.ahead(10),
        )  # fmt: skip
        for asked in consent.asked.select_related("user")[:2]:
            answer_consent(
                actor=office, consent=consent, user=asked.user, choice=ConsentChoice.CONSENTS,
                filed_at="Binder of the Credentials Committee",
            )  # fmt: skip


def _ask(hospital: Hospital, timeline: Timeline) -> None:
    """Two questions to leaders, one of them overdue, and what the office has set itself to do."""
    facility, office = hospital.facilities["LMC"], hospital.staff_office("LMC")
    with clock.freeze(at(timeline.workday(12), 9)):
        late = ask_leader(
            actor=office, facility=facility, asked_of=hospital.users["surgery-chair"],
            title="Call in the summer", question="Who covers general surgery in July and August?",
            due=timeline.workday(4),
        )  # fmt: skip
        set_task(
            actor=office, facility=facility, title="Renew the conflict of interest forms",
            about="Members of all committees", owner=office, due=timeline.ahead(20), repeats=Repeats.YEARLY,
        )  # fmt: skip
    with clock.freeze(at(timeline.workday(2), 9)):
        remind_leader(actor=office, request=late)
        ask_leader(
            actor=office, facility=facility, asked_of=hospital.users["president"],
            title="Speaker of the next meeting", question="Who speaks at the next meeting of the staff?",
            due=timeline.ahead(7),
        )  # fmt: skip
