"""The mail of the day to a department, by a real worker: one mail, whatever is queued twice or cut off."""

from __future__ import annotations

import email

from config.kernel import clock
from privileging import tasks
from privileging.models import ChangeNotice
from privileging.services.notices import add_department, queue_notices
from privileging.services.publishing import publish_changes
from tests.faults.conftest import let_an_hour_pass


def queued(world) -> ChangeNotice:
    """A department, somebody appointed since, and the mail of the day."""
    given = {"actor": world.system, "facility": world.facility}
    publish_changes(**given)
    add_department(**given, name="Operating room", address="or@fernwick.example")
    world.appoint(world.practitioner(npi=None))
    assert queue_notices(**given, day=clock.today(world.facility))["queued"] == 1
    return ChangeNotice.objects.get()


def is_sent(notice) -> bool:
    notice.refresh_from_db()
    return notice.status == "sent"


def test_queued_twice_it_goes_out_once(world, mail_system, celery_worker, wait_until, nothing_left):
    notice = queued(world)
    for _ in range(2):
        tasks.send_change_notice.delay(str(notice.uid))
    wait_until(lambda: is_sent(notice))
    nothing_left()
    assert mail_system.taken() == [notice.message_id]
    [file] = mail_system.files()
    told = email.message_from_bytes(file.read_bytes())
    assert told["To"] == "or@fernwick.example"
    assert told["Message-ID"].strip() == notice.message_id


def test_killed_while_handing_it_over_the_sweep_takes_it_up(
    world, gate, mail_system, celery_worker, wait_until, nothing_left
):
    held = gate("before")
    notice = queued(world)
    wait_until(held.somebody_waits)
    celery_worker.kill()
    held.open()
    celery_worker.start()
    nothing_left()
    assert mail_system.taken() == []
    let_an_hour_pass(notice)
    tasks.sweep_change_notices.delay()
    wait_until(lambda: is_sent(notice))
    assert mail_system.taken() == [notice.message_id]
