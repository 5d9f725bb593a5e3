import datetime as dt

from config.kernel.registries import queues
from practitioners.models import Practitioner


def test_records_without_a_birth_date_are_counted_and_the_first_are_named(coordinator, facility, surgeon):
    queue = next(each for each in queues.all() if each.code == "practitioners.without_birth_date")
    total, items = queue.items(coordinator, facility, 5)
    assert (total, [item.title for item in items]) == (1, ["Kowalski, Maria Ewa"])
    Practitioner.objects.update(birth_date=dt.date(1980, 2, 29))
    assert queue.items(coordinator, facility, 5) == (0, [])
