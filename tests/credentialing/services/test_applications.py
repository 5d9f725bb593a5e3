"""The life of an application."""

from __future__ import annotations

import datetime as dt

import pytest

from config.kernel.errors import Forbidden, Refused
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.selectors.next_actor import next_actor
from credentialing.services import applications
from tests.credentialing.world import TODAY


def test_one_open_application_of_a_kind(world):
    person = world.practitioner()
    world.application(person)
    with pytest.raises(Refused, match="already has an open application"):
        world.application(person)
    applications.withdraw(
        actor=world.coordinator, application=Application.objects.get(), reason="Opened by mistake"
    )
    world.application(person)


def test_only_coordinators_open_and_never_their_own(world):
    with pytest.raises(Forbidden):
        world.application(actor=world.staff_coordinator)
    person = world.practitioner(npi=None)
    person.user = world.coordinator
    person.save()
    with pytest.raises(Forbidden, match="own file"):
        world.application(person)


def test_a_department_of_another_hospital_is_refused(world):
    with pytest.raises(Refused, match="no department") as refused:
        world.application(department=world.other_surgery)
    assert refused.value.field == "department"


def test_a_planned_day_lies_not_in_the_past(world):
    with pytest.raises(Refused, match="past"):
        world.application(scheduled_decision_on=TODAY - dt.timedelta(days=1))


def test_returned_and_answered(world):
    application = world.application()
    applications.submit(actor=world.coordinator, application=application)
    with pytest.raises(Refused, match="has to add"):
        applications.return_incomplete(actor=world.coordinator, application=application, reason="  ")
    applications.return_incomplete(
        actor=world.coordinator, application=application, reason="The gap of 2019 is not explained."
    )
    application.refresh_from_db()
    assert next_actor(application).role == "Applicant"
    answered = applications.record_answer(actor=world.coordinator, application=application)
    assert answered.status == ApplicationStatus.SUBMITTED
    assert answered.received_on == TODAY


def test_a_move_that_is_not_in_the_table_is_refused(world):
    with pytest.raises(Refused, match='cannot become "In verification"'):
        applications.accept(actor=world.coordinator, application=world.application())


class TestNextActor:
    def test_exactly_one_in_every_status(self, world):
        application = world.application()
        assert "record the claims" in next_actor(application).what
        applications.submit(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert "accept" in next_actor(application).what
        applications.accept(actor=world.coordinator, application=application)
        application.refresh_from_db()
        assert next_actor(application).user == world.coordinator


def test_files_change_hands_all_or_none(world):
    one, two = world.application(), world.application(world.practitioner(npi=None, last_name="Other"))
    with pytest.raises(Refused, match="no coordinator"):
        applications.assign(actor=world.coordinator, applications=[one, two], coordinator=world.lookup)
    assert applications.assign(
        actor=world.coordinator, applications=[one, two], coordinator=world.colleague
    ) == 2  # fmt: skip
    assert set(Application.objects.values_list("coordinator", flat=True)) == {world.colleague.pk}


def test_an_initial_appointment_does_not_open_beside_a_reappointment(world):
    person = world.practitioner()
    world.application(person, kind="reappointment")
    with pytest.raises(Refused, match="already has an open application"):
        world.application(person, kind="initial")
