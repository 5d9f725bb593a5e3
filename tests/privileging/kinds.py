"""Files of the other kinds on their way: opened, asked on, before the officers, granted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from bylaws.services.reviews import recommend
from config.accounts.choices import Role
from config.kernel import clock
from credentialing.models import Activation, Application
from credentialing.services import applications
from credentialing.services.emergencies import start_activation
from credentialing.services.opening import Particulars
from practitioners.models import CredentialType, Evidence, Practitioner
from practitioners.services.evidence import add_evidence
from practitioners.services.people import create_practitioner
from privileging.selectors.lookup import can_perform
from privileging.services.requests import request_privileges
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import (
    NOON,
    NPIS,
    TODAY,
    build_today,
    credential,
    licensed,
    say,
    set_parameter,
)
from tests.privileging.files import account, answers, before_the_board, decide, office, surgery_form

NEED = Particulars(ground="need", need="No other surgeon is on call until the new year.")


def built(make: Callable[[SimpleNamespace], None]) -> Callable[[], SimpleNamespace]:
    """How a module builds its hospital once: with the officers as ``staff``, and what ``make`` adds to it."""

    def build() -> SimpleNamespace:
        with clock.freeze(NOON):
            world = build_today()
            set_parameter(world.system, "bylaws.standing_conditions", [{"rule": "BL-LIC-1", "scope": "all"}])
            world.staff = officers(world)
            make(world)
        return world

    return build


def hospital_with_officers() -> SimpleNamespace:
    """The hospital with its officers as ``staff``."""
    world = build_today()
    with clock.freeze(NOON):
        world.staff = officers(world)
    return world


def physician(world, last: str, number: int) -> Practitioner:
    """A licensed physician nobody has granted anything."""
    one = create_practitioner(
        actor=world.system, provider_type="MD", last_name=last, first_name="Ines", npi=NPIS[number]
    )
    licensed(world, one)
    return one


def officers(world) -> SimpleNamespace:
    """The office with the officers who recommend and grant alone, and the limits of what they grant."""
    people = office(world)
    people.president = account(world, "petra", Role.MEDICAL_STAFF_PRESIDENT)
    people.medical = account(world, "medea", Role.CHIEF_MEDICAL_OFFICER)
    people.executive = account(world, "celia", Role.CHIEF_EXECUTIVE)
    for kind in ("temporary", "locum"):
        set_parameter(
            world.system, "bylaws.approval_chain", ["staff_president", "chief_executive"], subject=kind
        )
        set_parameter(world.system, "privileging.longest_days", 120, subject=kind)
    signed = [{"element": "ATTESTATION", "instances": "one", "minimum": 1}]
    for kind in ("category_change", "reinstatement"):
        set_parameter(world.system, "credentialing.required_elements", signed, subject=kind)
    set_parameter(world.system, "bylaws.approval_chain", ["chief_executive"], subject="disaster")
    set_parameter(world.system, "privileging.longest_days", 30, subject="disaster")
    set_parameter(world.system, "credentialing.volunteer_hours", 72)
    set_parameter(world.system, "privileging.bridge_days", 365)
    return people


def open_kind(world, staff, practitioner, kind, particulars=None, **more) -> Application:
    return applications.open_application(
        actor=staff.coordinator,
        practitioner=practitioner,
        facility=world.lakeside,
        kind=kind,
        department=world.surgery,
        particulars=particulars,
        **more,
    )


def special_only(staff, application, *codes):
    """Ask for these special privileges and nothing of the core."""
    form = surgery_form()
    core = form.lines.filter(kind="core").values_list("privilege__code", flat=True)
    return request_privileges(
        actor=staff.coordinator, application=application, version=form, struck=list(core), special=codes
    )


def qualified(world, staff, practitioner):
    """What the criteria of GS-SEDATION, GS-ROBOTIC and GS-BARIATRIC ask for, confirmed and on file."""
    trained, current = dt.date(2019, 6, 30), dt.date(2028, 6, 30)
    confirmed: list[tuple[str, dict[str, Any], dt.date]] = [
        ("RESIDENCY", {"specialty": "General surgery", "level": "residency", "completed": True}, trained),
        (
            "RESIDENCY",
            {"specialty": "Minimally invasive surgery", "level": "fellowship", "completed": True},
            trained,
        ),
        ("BOARD_CERT", {"specialty": "Surgery"}, current),
        ("LIFE_SUPPORT", {"course": "ACLS"}, current),
        ("COURSE", {"course": "Robotic surgery console course"}, current),
    ]
    CredentialType.objects.get_or_create(
        code="LIFE_SUPPORT",
        defaults={
            "name": "Life support certificate",
            "category": "life_support",
            "fields": {"type": "object", "properties": {"course": {"type": "string"}}},
        },
    )
    # The evidence of a ``physician`` has no chain; that of everybody else continues one.
    chained = not practitioner.evidence.exists()
    for code, extra, last_day in confirmed:
        proof = None
        if chained:
            proof = add_evidence(
                actor=staff.coordinator,
                practitioner=practitioner,
                title=code,
                source="Source",
                source_kind="primary",
                method="web",
                summary="As stated.",
            )
        held = credential(world, practitioner, code, issuer=", ".join(map(str, extra.values())))
        say(world, held, dt.date(2015, 7, 1), last_day, extra=extra, proof=proof)
    for group in ("gs-robotic", "gs-bariatric"):
        record_case_volume(
            actor=staff.coordinator,
            practitioner=practitioner,
            procedure_group=group,
            performed_from=TODAY - dt.timedelta(days=700),
            performed_through=TODAY - dt.timedelta(days=10),
            cases=40,
            source="Log",
            evidence=Evidence.objects.filter(practitioner=practitioner).latest("sequence"),
        )


def in_review(staff, application):
    """The file before its first body; nothing is required by any parameter here."""
    applications.submit(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    applications.accept(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    application.items.update(status="not_applicable")
    applications.complete(actor=staff.coordinator, application=application)
    application.refresh_from_db()
    case = applications.send_to_review(actor=staff.coordinator, application=application)
    return case.steps.order_by("order")


def act(actor, step, application, **more):
    step.refresh_from_db()
    return recommend(actor=actor, step=step, lines=answers(application), **more)


def lookup(practitioner, world, on=TODAY, code="GS-BARIATRIC"):
    return can_perform(practitioner=practitioner, privilege_code=code, facility=world.lakeside, on=on)


def granted_for_a_time(world, staff, practitioner, particulars=NEED, kind="temporary"):
    application = open_kind(world, staff, practitioner, kind, particulars)
    special_only(staff, application, "GS-BARIATRIC")
    first, second = in_review(staff, application)
    act(staff.president, first, application)
    act(staff.executive, second, application)
    application.refresh_from_db()
    return application


def by_proxy(world, staff, practitioner, agreement, *, granted: bool = True) -> Application:
    """A telemedicine application under the agreement for one privilege, granted by the board or in draft."""
    application = open_kind(world, staff, practitioner, "telemedicine", Particulars(agreement=agreement))
    special_only(staff, application, "GS-BARIATRIC")
    if granted:
        decide(staff, before_the_board(staff, application), answers(application))
        application.refresh_from_db()
    return application


def activated(world, staff, hours_ago: int = 10) -> Activation:
    """The emergency operations plan, activated so many hours ago."""
    return start_activation(
        actor=staff.coordinator,
        facility=world.lakeside,
        emergency="Flood of 24 November",
        started_at=clock.now() - dt.timedelta(hours=hours_ago),
    )
