"""Paper in the tray of the demo world: a fax about several people, a carrier's list, an old letter."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence

from pypdf import PdfWriter

from config.demo.hospital import Hospital
from config.demo.papers import page
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from credentialing.choices import PaperChannel
from credentialing.services.filing import file_pages
from credentialing.services.intake import discard_paper, receive_papers
from practitioners.models import Practitioner

#: People a carrier's list names at most.
MOST_INSURED = 8


def fill_tray(
    people: Sequence[Person], on_file: Mapping[str, Practitioner], hospital: Hospital, timeline: Timeline
) -> None:
    """Three papers that wait and one that was discarded, of members of the hospital LMC (by NPI ``on_file``).

    Of the fax the first letter is filed already; the list is of those of ``people`` whom one carrier covers.
    """
    office, place = hospital.office("LMC"), hospital.facilities["LMC"]

    def arrived(days_ago: int, name: str, pages: Sequence[bytes], channel: PaperChannel, sender: str):
        day = timeline.workday(days_ago)
        with clock.freeze(at(day, 9, 20)):
            (paper,) = receive_papers(
                actor=office,
                facility=place,
                files=[(f"{name}.pdf", _bound(pages))],
                channel=channel,
                arrived_on=day,
                sender=sender,
            )
        return paper, day

    first, second, third = people[:3]
    paper, day = arrived(4, "Fax of the Illinois board", _fax(people[:3], timeline), PaperChannel.FAX, BOARD)
    with clock.freeze(at(day, 9, 50)):
        file_pages(
            actor=office, paper=paper, practitioner=on_file[first.npi], first_page=1, last_page=2,
            title="Letter of the board",
        )  # fmt: skip
    insured = [each for each in people if each.carrier == second.carrier][:MOST_INSURED]
    arrived(2, "Covered physicians", _carrier_list(insured, timeline), PaperChannel.MAIL, second.carrier)
    arrived(11, "Curriculum vitae", _cv(third), PaperChannel.SCAN, third.name)
    paper, day = arrived(6, "Conference invitation", [page("Credentialing in practice", ["Register now."])],
                         PaperChannel.EMAIL, "Summit Conferences")  # fmt: skip
    with clock.freeze(at(day, 10)):
        discard_paper(actor=office, paper=paper, reason="Advertising, nothing for a file.")


BOARD = "Department of Financial and Professional Regulation"


def _fax(people: Sequence[Person], timeline: Timeline) -> list[bytes]:
    """A cover sheet, a letter for each of them, and the sheet that ends every fax."""
    day = f"{timeline.workday(4):%d %b %Y}"
    pages = [page("Fax", [f"From: {BOARD}", "To: Medical Staff Office", f"Date: {day}"])]
    for person in people:
        pages.append(
            page(
                BOARD,
                [
                    f"Licensee: {person.name}, {person.provider_type}",
                    f"License number: {person.licence_number}",
                    "Status: active. No discipline is on record.",
                    f"Expires: {person.licence_until:%d %b %Y}",
                ],
            )
        )
    return [*pages, page("End of transmission", [f"{len(pages) + 1} pages, all received."])]


def _carrier_list(people: Sequence[Person], timeline: Timeline) -> list[bytes]:
    """Whom the carrier covers, with the days of the new period."""
    start = timeline.ahead(30)
    until = start + dt.timedelta(days=364)
    lines = [
        f"The following physicians are covered from {start:%d %b %Y} through {until:%d %b %Y}:", "",
        *(f"{each.npi}   {each.last_name}, {each.first_name}   {each.policy_number}" for each in people),
        "", "Limits: $1,000,000 per claim, $3,000,000 aggregate.",
    ]  # fmt: skip
    return [page(people[0].carrier, lines)]


def _cv(person: Person) -> list[bytes]:
    jobs = []
    for job in person.jobs:
        until = f"{job.end:%b %Y}" if job.end else "today"
        jobs.append(f"{job.start:%b %Y} to {until}: {job.position}, {job.organization}")
    return [
        page(f"Curriculum vitae: {person.name}", [f"{person.degree}, {person.school}", person.programme]),
        page("Positions", jobs),
    ]


def _bound(pages: Sequence[bytes]) -> bytes:
    """One-page papers as one file."""
    writer, out = PdfWriter(), io.BytesIO()
    for each in pages:
        writer.append(io.BytesIO(each))
    writer.write(out)
    return out.getvalue()
