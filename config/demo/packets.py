"""Packets of members whose term ends: one in every state, as their applicants and the office left them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bylaws.models import AppointmentPeriod
from config.accounts.services.users import system_user
from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from credentialing.choices import ApplicationKind, MailStatus
from credentialing.models import Application, Packet, PacketLink, PacketMail
from credentialing.rules.packets import CLAIMS, DISCLOSURES, FIELDS, PRIVILEGES
from credentialing.selectors.packets import SectionState, read_packet, token_of
from credentialing.services import (
    applications,
    packet_answers,
    packet_mails,
    packet_review,
    packet_signing,
    packets,
)
from practitioners.models import Practitioner

#: How many members have a packet; a small world keeps the first ones.
MEMBERS, FEW = 8, 3


class PacketDesk:
    """The office and the applicants at the hospital LMC, one day after another."""

    def __init__(self, on_file: Mapping[str, Practitioner], hospital: Hospital, timeline: Timeline):
        self.on_file, self.hospital, self.timeline = on_file, hospital, timeline
        self.office, self.place = hospital.office("LMC"), hospital.facilities["LMC"]
        self.system = system_user()

    def day(self, days_ago: int, hour: int = 9, minute: int = 30):
        """The clock stands at that time of a working day."""
        return clock.freeze(at(self.timeline.workday(days_ago), hour, minute))

    def open(self, person: Person) -> Application:
        """A reappointment in the department and category held now."""
        practitioner = self.on_file[person.npi]
        held = AppointmentPeriod.objects.in_force(clock.today(self.place)).get(
            practitioner=practitioner, facility=self.place
        )
        return applications.open_application(
            actor=self.office,
            practitioner=practitioner,
            facility=self.place,
            kind=ApplicationKind.REAPPOINTMENT,
            department=held.department,
            category=held.category,
            scheduled_decision_on=self.timeline.board(2),
        )

    def invite(
        self, person: Person, days_ago: int, *, due_in: int | None = None
    ) -> tuple[Packet, PacketLink]:
        """The invitation, its mail gone out."""
        with self.day(days_ago):
            packet = packets.invite(
                actor=self.office,
                application=self.open(person),
                name=f"{person.first_name} {person.last_name}",
                email=f"{person.first_name}.{person.last_name}@example.org".lower().replace(" ", ""),
                due_on=clock.today(self.place) + dt.timedelta(days=due_in) if due_in else None,
            )
            self.deliver(packet)
        return packet, packet.links.get()

    def deliver(self, packet: Packet) -> None:
        """What the worker does with the mails that wait."""
        for each in PacketMail.objects.filter(link__packet=packet, status=MailStatus.WAITING):
            packet_mails.send(each.uid)

    def unchanged(self, packet: Packet, link: PacketLink | None, days_ago: int, hour: int = 20) -> None:
        """The applicant opens the link and confirms what is unchanged."""
        with self.day(days_ago, hour):
            if link is not None:
                packet_answers.note_opened(link=link)
            packet_answers.confirm_unchanged(actor=self.system, packet=packet, link=link)

    def finish(self, packet: Packet, link: PacketLink, days_ago: int, *, hour: int = 20) -> None:
        """Everything that is left, and the signature."""
        with self.day(days_ago, hour, 40):
            for each in read_packet(packet).sections:
                if not each.is_done:
                    packet_answers.save_section(
                        actor=self.system,
                        packet=packet,
                        code=each.row.code,
                        answers=_said(each, packet),
                        link=link,
                    )
            packet_signing.sign(token=token_of(link), signed_name=link.name, attests=True, releases=True)
        packet.refresh_from_db()

    def accept(self, packet: Packet, days_ago: int, count: int | None = None) -> None:
        """The coordinator takes sections into the file, the first ones first."""
        with self.day(days_ago, 11):
            for section in list(packet.sections.order_by("order"))[:count]:
                packet_review.accept_section(actor=self.office, section=section)
        packet.refresh_from_db()


def send_packets(
    people: Sequence[Person],
    on_file: Mapping[str, Practitioner],
    hospital: Hospital,
    timeline: Timeline,
    *,
    small: bool,
) -> None:
    """Signed and waiting for review, returned and overdue, half filled in by a delegate; then just invited,
    not signed in time, taken into the file, on paper, withdrawn. Members of the hospital LMC, by NPI.
    """
    desk = PacketDesk(on_file, hospital, timeline)
    tell = (_signed, _returned, _by_a_delegate, _invited, _late, _accepted, _on_paper, _withdrawn)
    for story, person in zip(tell[: FEW if small else MEMBERS], people, strict=False):
        story(desk, person)


def _signed(desk: PacketDesk, person: Person) -> None:
    packet, link = desk.invite(person, 12)
    desk.unchanged(packet, link, 6)
    desk.finish(packet, link, 6)
    desk.accept(packet, 1, 2)


def _returned(desk: PacketDesk, person: Person) -> None:
    packet, link = desk.invite(person, 48)
    desk.unchanged(packet, link, 40)
    desk.finish(packet, link, 40)
    with desk.day(30, 10):
        packet_review.return_section(
            actor=desk.office,
            section=packet.sections.get(code="cover"),
            reason="The certificate names another carrier. Please state the cover you have now.",
            due_on=clock.today(desk.place) + dt.timedelta(days=21),
        )
        desk.deliver(packet)


def _by_a_delegate(desk: PacketDesk, person: Person) -> None:
    packet, _ = desk.invite(person, 8)
    with desk.day(7):
        delegate = packets.invite_delegate(
            actor=desk.office, packet=packet, name="Pat Lowe", email="pat.lowe@example.org"
        )
        desk.deliver(packet)
    desk.unchanged(packet, delegate, 5, 14)


def _invited(desk: PacketDesk, person: Person) -> None:
    desk.invite(person, 2)


def _late(desk: PacketDesk, person: Person) -> None:
    packet, link = desk.invite(person, 34, due_in=21)
    with desk.day(30, 21):
        packet_answers.note_opened(link=link)
    with desk.day(14, 6):
        packet_mails.queue_reminders(actor=desk.system)
        desk.deliver(packet)


def _accepted(desk: PacketDesk, person: Person) -> None:
    packet, link = desk.invite(person, 20)
    desk.unchanged(packet, link, 16)
    desk.finish(packet, link, 16)
    desk.accept(packet, 14)


def _on_paper(desk: PacketDesk, person: Person) -> None:
    with desk.day(3, 13):
        packet = packets.open_on_paper(actor=desk.office, application=desk.open(person))
        packet_answers.confirm_unchanged(actor=desk.office, packet=packet)


def _withdrawn(desk: PacketDesk, person: Person) -> None:
    packet, _ = desk.invite(person, 10)
    with desk.day(9, 15):
        packets.withdraw(actor=desk.office, packet=packet, reason="Will resign at the end of the term.")
        applications.withdraw(
            actor=desk.office, application=packet.application, reason="Will resign at the end of the term."
        )


def _said(section: SectionState, packet: Packet) -> dict:
    """What somebody with nothing to tell answers in a section that the file does not fill."""
    known = read_packet(packet).known
    if section.asked.kind == DISCLOSURES:
        return {
            "answers": {
                each["code"]: {"answer": "yes" if each["clear"] else "no"} for each in known.questions
            }
        }
    if section.asked.kind == CLAIMS and section.asked.none and not section.answers["rows"]:
        return {"rows": [], "none": True}
    if section.asked.minimum and "PEER_REFERENCE" in section.asked.minimum and not section.answers["rows"]:
        peer = {"name": "Ines Calloway", "title": "MD", "email": "ines.calloway@example.org"}
        return {"rows": [{"type": "PEER_REFERENCE", **peer}], "none": False}
    if section.asked.kind == FIELDS:
        values = section.answers["values"]
        return {"values": {"email": "office@example.org", "phone": "312-555-0100"} | values}
    if section.asked.kind == PRIVILEGES and not section.answers["asked"]:
        form = known.offered[0]
        return {"asked": {form.uid: [code for code, _ in form.core]}}
    return section.answers
