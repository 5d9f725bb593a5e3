"""What the tests of letters start from: the shipped templates, a member, an applicant, a recommendation."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bylaws.choices import Body, CaseStatus, DecisionKind, LineKind, LineOutcome
from bylaws.models import Decision, DecisionLine, ReviewCase, ReviewStep
from config.kernel import clock
from credentialing.models import Application, LetterTemplate
from credentialing.selectors.letter_facts import About, facts_of, offered
from credentialing.services import letter_templates, letters
from practitioners.models import Letter, Practitioner
from practitioners.services.people import set_contact_point
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.world import NOON, TODAY, World
from tests.worlds import more_of

#: Templates for everybody whose appointment is in force.
OF_MEMBERS = ("committee_appointment", "proctor_assignment")
TO = "Marisol T. Quillfeather, MD\n14 Alder Court\nColumbus, OH 43004"


def ready(world: World) -> World:
    """The shipped templates, and a telephone of the office."""
    letter_templates.load_letter_templates(actor=world.system)
    world.facility.office_phone = "555 0100"
    world.facility.save(update_fields=["office_phone"])
    return world


@more_of(build_at_noon)
def hospitals_with_letters(world: World) -> World:
    """The hospitals, ready to write letters."""
    with clock.freeze(NOON):
        return ready(world)


@more_of(hospitals_with_letters)
def hospitals_with_letters_and_file(world: World) -> World:
    """Ready to write letters, with a file in verification as ``file``."""
    with clock.freeze(NOON):
        world.file = world.accepted()
    return world


def template(code: str) -> LetterTemplate:
    """A template by its code."""
    return LetterTemplate.objects.get(code=code)


def about(world: World, application: Application | None = None, person: Practitioner | None = None) -> About:
    """Whom a letter is about."""
    who = application.practitioner if application else person
    assert who is not None
    return About(who, world.facility, application)


def usable(whom: About) -> set[str]:
    """Codes of the templates that may be used now."""
    return {each.code for each, verdict in offered(facts_of(whom)) if verdict.met}


def issue(world: World, code: str, whom: About, **more: Any) -> Letter:
    """A letter as the coordinator issues it."""
    return letters.issue_letter(
        **({"actor": world.coordinator, "about": whom, "template": template(code), "to": TO} | more)
    )


def draft(world: World, code: str, whom: About, **more: Any) -> letters.Draft:
    """A letter as it would be issued."""
    return letters.draft_letter(
        actor=world.coordinator, about=whom, facts=facts_of(whom), template=template(code), **more
    )


def member(world: World, **given: Any) -> Practitioner:
    """Somebody with an appointment in force and an address."""
    person = world.practitioner(**given)
    world.appoint(person)
    address(world, person)
    return person


def address(world: World, person: Practitioner) -> None:
    """Where letters go."""
    set_contact_point(
        actor=world.coordinator, practitioner=person, kind="mailing", line_1="14 Alder Court",
        city="Columbus", state="OH", postal_code="43004",
    )  # fmt: skip
    world.email(person, "quillfeather@example.org")


def recommend(
    world: World,
    application: Application,
    body: str = Body.MEC,
    outcome: str = LineOutcome.NOT_RECOMMEND,
    on: dt.date = TODAY,
    reason: str = "The case volume was not shown.",
    proposed: bool = False,
) -> Decision:
    """A body's recommendation on the open case of the application, or the board's decision; ``proposed``:
    what the board proposes, and has not decided.
    """
    decides = body == Body.BOARD and not proposed
    case = ReviewCase.objects.filter(subject_uid=application.uid).first() or ReviewCase.objects.create(
        subject_kind="application", subject_uid=application.uid, practitioner=application.practitioner,
        facility=world.facility, department=world.surgery, title="File", status=CaseStatus.OPEN,
        opened_at=clock.now(),
    )  # fmt: skip
    step = ReviewStep.objects.create(case=case, order=case.steps.count() + 1, body=body)
    made = Decision.objects.create(
        step=step, kind=DecisionKind.DECISION if decides else DecisionKind.RECOMMENDATION,
        body=body, practitioner=application.practitioner, facility=world.facility, decided_on=on,
        recorded_at=clock.now(), recorded_by=world.staff_coordinator, frozen="{}", frozen_hash="0" * 64,
    )  # fmt: skip
    DecisionLine.objects.create(
        decision=made, order=1, line_kind=LineKind.APPOINTMENT, line_uid=application.uid,
        label="Appointment", outcome=outcome,
        reason=reason if outcome == LineOutcome.NOT_RECOMMEND else "",
    )  # fmt: skip
    return made
