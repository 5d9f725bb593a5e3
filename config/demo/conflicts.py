"""Sources of the demo world that contradict each other, and what was said on the telephone about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from practitioners.choices import ContactChannel, SaidBy, Sex
from practitioners.models import Practitioner, Statement
from practitioners.services.conflicts import resolve_conflict
from practitioners.services.contact_log import finish_follow_up, log_contact
from practitioners.services.people import add_identifier
from practitioners.services.statements import record_statements

#: Days ago on which the registry was last compared with the files.
COMPARED = 12
_ODD = {"F": Sex.MALE, "M": Sex.FEMALE}


def tell_conflicts(
    people: Sequence[Person], on_file: Mapping[str, Practitioner], hospital: Hospital, timeline: Timeline
) -> None:
    """Four facts in dispute among the first of ``people`` (by NPI ``on_file``), one of them decided, and
    calls to follow up. The people are of the hospital LMC.
    """
    married, renumbered, misfiled, misread = people[:4]
    actor = hospital.office("LMC")
    day = timeline.workday(COMPARED + 30)
    with clock.freeze(at(day, 10)):
        for person in (married, misfiled, misread):
            _said(hospital, on_file[person.npi], SaidBy.APPLICANT, "Application", _own_words(person))
        numbered = on_file[renumbered.npi]
        _caqh(hospital, numbered, "14820377", SaidBy.APPLICANT)
    with clock.freeze(at(timeline.workday(COMPARED), 10)):
        former = f"{married.last_name}-Hale, {married.first_name}"
        _said(hospital, on_file[married.npi], SaidBy.NPPES, "", {"legal_name": former})
        _caqh(hospital, numbered, "14820733", SaidBy.ROSTER)
        _said(hospital, on_file[misfiled.npi], SaidBy.NPPES, "", {"sex": _ODD[misfiled.sex].label})
        wrong = misread.birth_date.replace(year=misread.birth_date.year - 9)
        _said(hospital, on_file[misread.npi], SaidBy.ROSTER, "Roster of the group", {"birth_date": wrong})
    with clock.freeze(at(timeline.workday(COMPARED - 3), 14)):
        taken = Statement.objects.get(
            practitioner=on_file[misfiled.npi], fact="sex", said_by=SaidBy.APPLICANT
        )
        resolve_conflict(actor=actor, taken=taken, reason="Driver's license seen at the identity check.")
    _calls(on_file[married.npi], numbered, hospital, timeline)


def _own_words(person: Person) -> dict[str, object]:
    return {
        "legal_name": f"{person.last_name}, {person.first_name}",
        "sex": Sex(person.sex).label,
        "birth_date": person.birth_date,
    }


def _said(
    hospital: Hospital, practitioner: Practitioner, said_by: SaidBy, source: str, said: dict[str, object]
) -> None:
    record_statements(
        actor=hospital.office("LMC"), practitioner=practitioner, said=said, said_by=said_by, source=source
    )


def _caqh(hospital: Hospital, practitioner: Practitioner, number: str, said_by: SaidBy) -> None:
    add_identifier(
        actor=hospital.office("LMC"), practitioner=practitioner, kind="caqh", value=number, said_by=said_by
    )


def _calls(married: Practitioner, numbered: Practitioner, hospital: Hospital, timeline: Timeline) -> None:
    """Three calls: one done, one late, one ahead."""
    office, place = hospital.office("LMC"), hospital.facilities["LMC"]
    calls = (
        (9, numbered, ContactChannel.CALL_OUT, "Asked which CAQH number is right; will look it up.", 2, True),
        (6, married, ContactChannel.CALL_IN, "Sends the marriage certificate by mail this week.", 4, False),
        (1, numbered, ContactChannel.MAIL_IN, "Wrote that the portal shows 14820377.", 4, False),
    )
    for days_ago, about, channel, said, ahead, done in calls:
        day = timeline.ago(days_ago)
        with clock.freeze(at(day, 11)):
            entry = log_contact(
                actor=office,
                practitioner=about,
                facility=place,
                said=said,
                channel=channel,
                with_whom=about.display_name,
                follow_up_on=day + dt.timedelta(days=ahead),
            )
        if done:
            with clock.freeze(at(day + dt.timedelta(days=ahead), 9)):
                finish_follow_up(actor=office, entry=entry)
