"""Files made by the services up to where a journey begins: complete, in review, before a body in session."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from django.core.management import call_command

from bylaws.choices import Body, LineOutcome, VoteChoice
from bylaws.models import AgendaItem, Decision, Motion, ReviewStep, StaffCategory
from bylaws.selectors.committees import KIND_OF_BODY
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.meetings import call_to_order, schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_present
from bylaws.services.reviews import recommend
from bylaws.subjects import CaseLine, LineAnswer, handler
from config.kernel import clock
from config.kernel.periods import days
from credentialing.choices import Element
from credentialing.models import Application, ListSnapshot, VerificationItem
from credentialing.services import applications, verification
from credentialing.services.screening import screen
from practitioners.choices import Method, SourceKind
from practitioners.models import Practitioner
from practitioners.rules.npi import npi_from_nine
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner
from privileging.models import PrivilegeFormVersion
from privileging.services.requests import request_with_cases
from tests.journeys.test_walk_in_browser import FIXTURES
from tests.journeys.test_walk_over_services import record_claims
from tests.journeys.world import Hospital

NPI = "2000000614"
DAY = dt.timedelta(days=1)
#: Found out otherwise than by an answer on paper.
ASIDE = (Element.NPI, Element.ATTESTATION, Element.EXCLUSION)


def new_surgeon(hospital: Hospital) -> Practitioner:
    """Somebody nobody here knows yet."""
    return create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name="Kowalczyk", first_name="Marta",
        npi=NPI, birth_date=dt.date(1980, 6, 14),
    )  # fmt: skip


def surgeons(hospital: Hospital, number: int) -> list[Practitioner]:
    """So many people nobody here knows yet, in the order of their names."""
    return [
        create_practitioner(
            actor=hospital["coordinator"], provider_type="MD", last_name=f"Surgeon{letter}",
            first_name="Ines", npi=npi_from_nine(f"2000007{place:02}"), birth_date=dt.date(1980, 6, 14),
        )
        for place, letter in enumerate(ascii_uppercase[:number], start=1)
    ]  # fmt: skip


def complete_file(hospital: Hospital, surgeon: Practitioner, *, licence: str = "036-771204") -> Application:
    """Her application for general surgery and moderate sedation: clean, complete, and sent nowhere."""
    if not ListSnapshot.objects.exists():
        call_command("import_leie", str(FIXTURES / "leie" / "planted.csv"), verbosity=0)
    actor, today = hospital["coordinator"], clock.today(hospital.facility)
    term = days(today - 90 * DAY, today + 500 * DAY)
    for kind in ("LICENSE", "MALPRACTICE"):
        more: dict[str, Any] = (
            {"state": "IL", "number": licence} if kind == "LICENSE" else {"issuer": "Prairie Mutual"}
        )
        record_claim(actor=actor, practitioner=surgeon, type_code=kind, valid=term, **more)
    record_claims(actor, surgeon, without=("LICENSE", "MALPRACTICE", "DEA", "CDS"))
    application = applications.open_application(
        actor=actor, practitioner=surgeon, facility=hospital.facility, kind="initial",
        department=hospital.surgery, category=StaffCategory.objects.get(code="active"),
    )  # fmt: skip
    form = PrivilegeFormVersion.objects.get(form__code="GS", status="published")
    cases = {
        "procedure_group": "gs-major", "cases": 212, "source": "Case log of the applicant",
        "performed_from": today - 600 * DAY, "performed_through": today - DAY,
    }  # fmt: skip
    request_with_cases(
        actor=actor, application=application, version=form, special=["GS-SEDATION"], cases=cases
    )
    applications.submit(actor=actor, application=application)
    application.refresh_from_db()
    application = applications.accept(actor=actor, application=application)
    application.items.filter(element=Element.NPI).update(status="not_applicable")
    for item in application.items.filter(element=Element.ATTESTATION):
        answered(actor, item, today)
    for item in application.items.exclude(element__in=ASIDE):
        answered(actor, item, today)
    screen(actor=actor, practitioner=surgeon)
    return applications.complete(actor=actor, application=application)


def file_in_review(hospital: Hospital, surgeon: Practitioner) -> Application:
    """The same, before the chair of the department."""
    application = complete_file(hospital, surgeon)
    applications.send_to_review(actor=hospital["coordinator"], application=application)
    application.refresh_from_db()
    return application


def files_before_committee(hospital: Hospital, number: int) -> list[Application]:
    """So many clean files the chair of the department recommends as asked for, in the order of the names."""
    found = []
    for place, surgeon in enumerate(surgeons(hospital, number), start=1):
        application = complete_file(hospital, surgeon, licence=f"036-7720{place:02}")
        applications.send_to_review(actor=hospital["coordinator"], application=application)
        chair_signs(hospital, application)
        found.append(application)
    return found


def answered(actor, item: VerificationItem, today: dt.date) -> None:
    """The source said so today, and a person reviewed it."""
    kinds = item.accepted_sources or [SourceKind.PRIMARY]
    kind = SourceKind.PRIMARY if SourceKind.PRIMARY in kinds else kinds[0]
    verification.receive(
        actor=actor, item=item, source="The source", source_kind=kind, method=Method.LETTER,
        verified_on=today, result="As stated.", content=b"As stated.", media_type="text/plain",
    )  # fmt: skip
    verification.verify(actor=actor, item=item)


# -- before the bodies ---------------------------------------------------------------------------------------


def lines_of(hospital: Hospital, application: Application) -> Sequence[CaseLine]:
    """The lines a body answers today."""
    return handler("application").lines(application.uid, clock.today(hospital.facility))


def every_line(hospital: Hospital, application: Application) -> list[LineAnswer]:
    """Every line recommended."""
    return [LineAnswer(each.uid, LineOutcome.RECOMMEND) for each in lines_of(hospital, application)]


def step_of(application: Application, body: str) -> ReviewStep:
    """The step of the file before that body."""
    return ReviewStep.objects.select_related("case__practitioner", "case__facility").get(
        case__subject_uid=application.uid, body=body
    )


def chair_signs(hospital: Hospital, application: Application) -> None:
    """The chair of the department recommends every line."""
    step = step_of(application, Body.DEPARTMENT_CHAIR)
    recommend(actor=hospital["chair"], step=step, lines=every_line(hospital, application))


def in_session(hospital: Hospital, application: Application, body: str, here: Sequence[str]) -> AgendaItem:
    """The file on the agenda of the body, which is in session with these members."""
    runner = hospital["staff_coordinator"]
    meeting = schedule_meeting(
        actor=runner, committee=hospital.committees[KIND_OF_BODY[Body(body)]], starts_at=clock.wall()
    )
    meeting = call_to_order(actor=runner, meeting=meeting)
    for username in here:
        mark_present(actor=runner, meeting=meeting, user=hospital[username])
    return add_step_to_agenda(actor=runner, meeting=meeting, step=step_of(application, body))


def moved(hospital: Hospital, application: Application, item: AgendaItem, movers: Sequence[str]) -> Motion:
    """A motion to recommend every line, or grant it."""
    return move(
        actor=hospital["staff_coordinator"], item=item, mover=hospital[movers[0]],
        seconder=hospital[movers[1]], lines=every_line(hospital, application),
    )  # fmt: skip


def all_for(hospital: Hospital, motion: Motion, voters: Sequence[str]) -> None:
    """These members vote for the motion."""
    for username in voters:
        cast_vote(actor=hospital[username], motion=motion, user=hospital[username], choice=VoteChoice.FOR)


def carried(
    hospital: Hospital, application: Application, item: AgendaItem, voters: Sequence[str]
) -> Decision:
    """The body's act: every line, by all of these."""
    motion = moved(hospital, application, item, voters)
    all_for(hospital, motion, voters)
    close_vote(actor=hospital["staff_coordinator"], motion=motion)
    return Decision.objects.get(motion=motion)
