"""Months of reappointments at the hospital LMC: nearly done, half way, and to be launched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from config.demo.packets import PacketDesk
from config.demo.people import Person
from config.kernel import clock
from config.kernel.dates import add_months
from credentialing.models import Packet
from credentialing.rules.reappointments import months_due
from credentialing.selectors.reappointment_batches import candidates
from credentialing.selectors.reappointments import ending_terms, of_month, read_calendar
from credentialing.services.reappointments import launch_batch

#: Days ago the office launched the month that is half way, and the one before it.
HALF_WAY, BEFORE = 22, 64
#: Members of the month before whom a packet is filled in for; a demo starts in a minute or two.
MOST = 4


def launch_months(desk: PacketDesk, people: Sequence[Person], *, small: bool) -> None:
    """The month before the one to be launched now: signed, being filled in, not opened. The month before
    that: taken into the file, and an invitation that ran out. ``people`` are those no other story is about.
    """
    today = desk.timeline.workday(0)
    waiting = months_due(today, read_calendar(desk.place, today).windows)[-1]
    half_way = _launch(desk, people, add_months(waiting, -1), HALF_WAY)
    if half_way:
        _fill_in(desk, half_way[0], HALF_WAY - 5, sign=not small)
        for packet in half_way[1 : 1 + len(half_way) // 3]:
            _fill_in(desk, packet, HALF_WAY - 8, sign=False)
    if small:
        return
    before = _launch(desk, people, add_months(waiting, -2), BEFORE)
    for packet in before[:-1]:
        _fill_in(desk, packet, BEFORE - 12, sign=True)
        desk.accept(packet, BEFORE - 16)


def _launch(desk: PacketDesk, people: Sequence[Person], month: dt.date, days_ago: int) -> list[Packet]:
    """Launch the month as it stood so many days ago; the packets by name, their mails gone out."""
    numbers = {person.npi for person in people}
    with desk.day(days_ago):
        today = clock.today(desk.place)
        terms = of_month(ending_terms(desk.place, today=today), month)
        ready = [
            each
            for each in candidates(terms, facility=desk.place, today=today)
            if not each.problem and each.term.practitioner.npi in numbers
        ][:MOST]
        if not ready:
            return []
        done = launch_batch(
            actor=desk.office, facility=desk.place, terms=[each.term.identity.uid for each in ready]
        )
        packets = list(
            Packet.objects.filter(application__launch__batch=done.batch)
            .select_related("application__practitioner", "application__facility", "application__category")
            .order_by("application__practitioner__sort_name", "pk")
        )
        for packet in packets:
            desk.deliver(packet)
    return packets


def _fill_in(desk: PacketDesk, packet: Packet, days_ago: int, *, sign: bool) -> None:
    link = packet.links.get()
    desk.unchanged(packet, link, days_ago)
    if sign:
        desk.finish(packet, link, days_ago - 1)
