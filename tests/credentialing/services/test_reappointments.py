"""Launching a month of reappointments: who is launched, who is left out, that nobody is launched twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bylaws.choices import BarKind
from bylaws.services.appointments import end_appointment, open_appointment
from bylaws.services.bars import open_bar
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Outlook, PacketStage
from credentialing.models import Application, Packet, ReappointmentBatch, ReappointmentLaunch
from credentialing.selectors import reappointment_batches as batches
from credentialing.selectors.reappointments import at_stage, month_to_open, months, read_calendar
from credentialing.services import applications, packet_answers, packet_mails, packets
from credentialing.services import reappointments as services
from practitioners.models import Practitioner
from tests.credentialing.reappointments import (
    AUGUST,
    ENDS,
    SEPTEMBER,
    board_meets,
    deliver,
    member,
    members,
    terms,
    uids,
)
from tests.credentialing.world import NOON, TODAY, World

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def launch(world: World, appointments, **more):
    return services.launch_batch(
        actor=world.coordinator, facility=world.facility, terms=uids(appointments), **more
    )


def test_a_month_is_launched_with_department_and_category_held_now(world: World):
    held = members(world)
    done = launch(world, held)
    assert (done.number, done.left, done.batch.month, done.batch.due_on) == (3, [], AUGUST, TODAY + 30 * DAY)
    for each in Application.objects.all():
        assert (each.kind, each.status, each.coordinator) == ("reappointment", "draft", world.coordinator)
        assert (each.department, each.category) == (world.surgery, world.category)
    deliver()
    assert sorted(one.to[0] for one in mail.outbox) == [
        "abbot@example.org", "brisk@example.org", "calder@example.org",
    ]  # fmt: skip
    assert "Please finish by 9 April 2026." in mail.outbox[0].body
    event = AuditEvent.objects.get(verb="reappointment_batch.launched")
    assert event.data == {"month": "2026-08", "launched": 3, "left_out": 0}


def test_the_same_month_again_launches_nobody(world: World):
    held = members(world, 2)
    launch(world, held)
    with pytest.raises(Refused, match=r"Nobody can be launched\. Abbot, Ada: An application is open already"):
        launch(world, held)
    third = member(world, "Zabel")
    done = launch(world, [*held, third])
    assert (done.number, len(done.left)) == (1, 2)
    assert Application.objects.count() == Packet.objects.count() == 3
    row = ReappointmentLaunch.objects.first()
    with pytest.raises(IntegrityError, match="term_launched_once"), transaction.atomic():
        ReappointmentLaunch.objects.create(
            batch=done.batch, appointment=row.appointment, application=world.application()
        )


def test_who_is_left_out_and_why(world: World):
    members(world, 1)
    quiet = member(world, "Nomail", email=False)
    away, gone, retires = member(world, "Away"), member(world, "Gone"), member(world, "Retires")
    open_bar(
        actor=world.staff_coordinator, practitioner=away.practitioner, facility=world.facility,
        kind=BarKind.LEAVE, cause="Family", start=TODAY, end=None,
    )  # fmt: skip
    end_appointment(
        actor=world.staff_coordinator, appointment=gone, day=dt.date(2026, 8, 10), reason="Resigned"
    )
    draft = world.application(retires.practitioner, kind="reappointment")
    applications.withdraw(actor=world.coordinator, application=draft, reason="Retires.")
    found = {
        str(each.term.practitioner).split(",")[0]: each.problem
        for each in batches.candidates(terms(world), facility=world.facility, today=TODAY)
    }
    assert found == {
        "Abbot": "",
        "Nomail": "No e-mail address is on file.",
        "Away": "Leave of absence since 10 Mar 2026: the office decides first whether and how to ask.",
        "Gone": "The membership ends before its term would: Resigned.",
        "Retires": "An application for the next term was closed (withdrawn: Retires.); open one by hand.",
    }
    with pytest.raises(Refused, match=r"Away, Ada: Leave of absence .* So it is with 1 more"):
        launch(world, [quiet, away])


def test_candidates_cost_the_same_for_one_and_for_many(world: World):
    members(world, 1)
    with CaptureQueriesContext(connection) as one:
        batches.candidates(terms(world), facility=world.facility, today=TODAY)
    for name in ("Many", "More", "Others"):
        member(world, name)
    with CaptureQueriesContext(connection) as four:
        batches.candidates(terms(world), facility=world.facility, today=TODAY)
    assert len(one) == len(four) <= 6


def test_what_cannot_be_meant_is_refused(world: World):
    held = members(world, 1)
    september = member(world, "Autumn", ends=dt.date(2026, 9, 11))
    for given, sentence in (
        ({"terms": uids([*held, september])}, "one month at a time"),
        ({"terms": uids(held), "due_on": TODAY - DAY}, "lies in the past"),
        ({"terms": uids(held), "due_on": ENDS}, "due before the terms end"),
        ({"terms": []}, "Choose at least one term"),
        ({"terms": [held[0].uid] * 201}, "At most 200"),
    ):
        with pytest.raises(Refused, match=sentence):
            services.launch_batch(actor=world.coordinator, facility=world.facility, **given)
    with pytest.raises(Forbidden):
        services.launch_batch(actor=world.compliance, facility=world.facility, terms=uids(held))
    assert not ReappointmentBatch.objects.exists()


def test_nobody_launches_their_own(world: World):
    held = members(world, 2)
    own = Practitioner.objects.get(pk=held[0].practitioner_id)
    own.user = world.coordinator
    own.save()
    done = launch(world, held)
    assert done.number == 1
    assert done.left == [("Abbot, Ada", "Nobody acts on their own file; ask a colleague.")]


def test_what_nobody_opened_is_taken_back_and_launched_again(world: World):
    held = members(world)
    batch = launch(world, held).batch
    opened = Packet.objects.get(application__practitioner=held[0].practitioner)
    packet_answers.note_opened(link=opened.links.get())
    with pytest.raises(Refused, match="Write why"):
        services.take_back(actor=world.coordinator, batch=batch, reason=" ")
    assert services.take_back(actor=world.coordinator, batch=batch, reason="Too early.") == 2
    deliver()
    assert [one.to for one in mail.outbox] == [["abbot@example.org"]]  # the others' mails went out no more
    rows = batches.launches_of(batch)
    progress = batches.progress_of(rows)
    assert (progress.launched, progress.opened, progress.taken_back) == (3, 1, 2)
    assert {row.application.status for row in rows} == {"draft", "withdrawn"}
    with pytest.raises(Refused, match="has been opened, or was taken back"):
        services.take_back(actor=world.coordinator, batch=batch, reason="Again.")
    assert launch(world, held).number == 2


def test_the_calendar_says_how_far_each_is(world: World):
    board_meets(world, dt.date(2026, 7, 15), dt.date(2026, 9, 16))
    held = members(world, 4)
    soon = member(world, "Soon", ends=dt.date(2026, 5, 2))
    batch = launch(world, held[:2]).batch
    packet_answers.note_opened(link=Packet.objects.order_by("pk").first().links.get())
    calendar = read_calendar(world.facility, TODAY)
    assert calendar.months_due == [AUGUST, SEPTEMBER]
    found = months(terms(world), today=TODAY)
    assert [(each.first.month, each.ending, each.waiting) for each in found if each.ending] == [
        (5, 1, 1), (8, 4, 2),
    ]  # fmt: skip
    assert month_to_open(found, calendar) == AUGUST
    rows = {row.identity_id: row for row in terms(world)}
    seen = calendar.renewals(rows.values())
    by = {pk: seen[row.pk] for pk, row in rows.items()}
    first, second, third = (by[each.pk] for each in held[:3])
    assert (first.stage, second.stage, third.stage) == ("open", "invited", "none")
    assert first.packet.percent == 0
    assert first.missing == (f"{first.packet.total} sections",)
    assert second.status == "draft"
    # Nobody has seated the bodies before the board: the department's chair acts outside meetings.
    assert by[soon.pk].foreseen.outlook == Outlook.WILL_LAPSE
    assert by[soon.pk].foreseen.why.startswith("The packet and the verification take until 24 May 2026")
    assert calendar.ids_with(terms(world), Outlook.WILL_LAPSE) == [rows[soon.pk].pk]
    with CaptureQueriesContext(connection) as asked:
        fresh = read_calendar(world.facility, TODAY)
        fresh.renewals(terms(world))
        fresh.renewals(terms(world))
    assert len(asked) <= 7
    assert batches.batches_at(world.facility).get().opened == 1
    assert batch.month == AUGUST


def test_who_leaves_is_neither_launched_nor_lapses(world: World):
    leaves, stays = members(world, 2)
    end_appointment(
        actor=world.staff_coordinator, appointment=leaves, day=dt.date(2026, 4, 10), reason="Retires"
    )
    calendar, rows = read_calendar(world.facility, TODAY), terms(world)
    one = calendar.renewals(rows)[rows.get(identity=leaves).pk].foreseen
    assert (one.outlook, one.why) == (Outlook.LEAVES, "The membership ends: Retires.")
    assert calendar.ids_with(rows, Outlook.WILL_LAPSE) == []
    waiting = {each.first.month: each.waiting for each in months(rows, today=TODAY) if each.ending}
    assert waiting == {4: 0, 8: 1}
    assert rows.get(identity=stays).leaving is None


def test_an_invitation_that_ran_out_is_shown_and_sent_again(world: World):
    held = members(world, 2)
    launch(world, held)
    with clock.freeze(NOON + 61 * DAY):
        later = TODAY + 61 * DAY
        assert at_stage(terms(world), PacketStage.EXPIRED).count() == 2
        assert at_stage(terms(world), PacketStage.INVITED).count() == 0
        packet = Packet.objects.order_by("pk").first()
        link = packets.invite_again(actor=world.coordinator, packet=packet)
        assert at_stage(terms(world), PacketStage.EXPIRED).count() == 1
        assert at_stage(terms(world), PacketStage.INVITED).count() == 1
        assert clock.date_at(link.expires_at, world.facility) == later + 60 * DAY
        with pytest.raises(Refused, match="still works"):
            packets.invite_again(actor=world.coordinator, packet=packet)
    assert packet_mails.PacketMail.objects.filter(link=link).count() == 1
    for stage in PacketStage:
        at_stage(terms(world), stage).count()


def test_a_replaced_term_is_gone_and_one_decided_early_is_told(world: World):
    replaced, early = members(world, 2)
    world.appoint(replaced.practitioner, start=TODAY)
    assert replaced.pk not in terms(world).values_list("identity_id", flat=True)
    open_appointment(
        actor=world.system, practitioner=early.practitioner, facility=world.facility, decision=None,
        decided_on=TODAY, category=world.category, department=world.surgery, start=ENDS,
        end=dt.date(2028, 8, 21), authority="Taken over",
    )  # fmt: skip
    row = terms(world).get(identity=early)
    one = read_calendar(world.facility, TODAY).renewals([row])[row.pk]
    assert (one.foreseen.outlook, one.foreseen.why) == (
        Outlook.DECIDED, "The next term begins on 21 Aug 2026.",
    )  # fmt: skip
    (found,) = batches.candidates([row], facility=world.facility, today=TODAY)
    assert found.problem == "The next term is decided: it begins on 21 Aug 2026."
