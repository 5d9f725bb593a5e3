"""The screening of the whole staff while its worker dies: nothing is lost, and nobody is written twice."""

from __future__ import annotations

import datetime as dt

from config.audit.models import AuditEvent
from config.kernel import clock
from credentialing.models import ScreeningMatch, ScreeningRun, StaffScreening
from credentialing.services.queue import enqueue, resting
from credentialing.services.staff_screening import start_screening, sweep
from tests.faults.gates import locked


def test_its_worker_is_killed_in_the_middle_of_writing_and_the_queue_emptied(
    world, celery_worker, queue, wait_until, nothing_left, somebody_waits_for_a_lock
):
    world.load_list()
    for last, first, born in (
        ("Nobody", "Marisol", dt.date(1990, 1, 1)),
        ("Brightwater", "Imogen", dt.date(1968, 7, 4)),
    ):
        person = {"last_name": last, "first_name": first, "middle_name": "", "birth_date": born}
        world.appoint(world.practitioner(npi=None, **person))
    with resting():
        run = start_screening(actor=world.coordinator)
    [part] = run.parts.all()
    with locked(part):
        enqueue("screen_staff", str(run.uid))
        somebody_waits_for_a_lock()  # both are written, and how far that is follows
        celery_worker.kill()
        queue.flushdb()
    assert not ScreeningRun.objects.exists()
    assert sweep() == 0  # somebody may still be working on it
    an_hour_ago = clock.now() - dt.timedelta(hours=1)
    StaffScreening.objects.filter(pk=run.pk).update(touched_at=an_hour_ago)
    assert [sweep(), sweep()] == [1, 1]  # two sweeps in a row queue the same work twice
    celery_worker.start()
    wait_until(lambda: StaffScreening.objects.filter(pk=run.pk, ended_at__isnull=False).exists())
    nothing_left()
    part.refresh_from_db()
    assert (part.done, part.matches, part.ended_at is not None) == (2, 1, True)
    assert (ScreeningRun.objects.count(), ScreeningMatch.objects.count()) == (2, 1)
    assert AuditEvent.objects.filter(verb="screening.run_finished").count() == 1
