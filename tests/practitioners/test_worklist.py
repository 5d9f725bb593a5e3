import datetime as dt

from config.kernel.registries import queues
from practitioners.choices import RegistryStatus
from practitioners.importing.registry_status import StatusSaid
from practitioners.models import Practitioner
from practitioners.services.people import correct_practitioner
from practitioners.services.registry_status import record_registry_status


def test_records_without_a_birth_date_are_counted_and_the_first_are_named(coordinator, facility, surgeon):
    queue = next(each for each in queues.all() if each.code == "practitioners.without_birth_date")
    total, items = queue.items(coordinator, facility, 5)
    assert (total, [item.title for item in items]) == (1, ["Kowalski, Maria Ewa"])
    Practitioner.objects.update(birth_date=dt.date(1980, 2, 29))
    assert queue.items(coordinator, facility, 5) == (0, [])


def test_deactivated_numbers_stand_on_today_until_the_record_has_another(coordinator, facility, surgeon):
    queue = next(each for each in queues.all() if each.code == "practitioners.deactivated_numbers")
    assert queue.items(coordinator, facility, 5) == (0, [])
    said = StatusSaid(surgeon.npi, RegistryStatus.DEACTIVATED, dt.date(2026, 1, 15), "2000000101")
    record_registry_status(actor=coordinator, practitioner=surgeon, said=said, said_in="npidata.csv")
    total, [item] = queue.items(coordinator, facility, 5)
    assert (total, item.title, item.since) == (1, "Kowalski, Maria Ewa", dt.date(2026, 1, 15))
    assert item.detail == "NPI 1234567893 is deactivated; 2000000101 took its place"
    correct_practitioner(actor=coordinator, practitioner=surgeon, npi="2000000101")
    assert queue.items(coordinator, facility, 5) == (0, [])
