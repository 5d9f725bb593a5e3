"""Many records of the registry at once are taken in as one after the other: the same rows in every table."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden
from practitioners.choices import ContactKind
from practitioners.importing.dissemination import Columns, Row
from practitioners.importing.nppes import Rejected
from practitioners.models import ContactPoint, Evidence, EvidenceHead, Practitioner, Statement
from practitioners.rules.npi import npi_from_nine
from practitioners.selectors.evidence import verify_everything
from practitioners.services.merging import merge_records
from practitioners.services.people import set_contact_point
from practitioners.services.registry_records import Stays, Taking, specialties_loaded, take_record
from practitioners.services.registry_refresh import RefreshReport, refresh_from_dissemination
from tests.nppes_file import header, person
from tests.practitioners.services.test_roster_bulk import everything

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy")

STREET = "Provider First Line Business Practice Location Address"
MAILED_TO = "Provider First Line Business Mailing Address"
TOWN = "Provider Business Mailing Address City Name"
NPIS = [npi_from_nine(f"1{number:08d}") for number in range(12)]
SAID_IN = "npidata.csv"
#: What is drawn anew with every piece of evidence: keys, numbers, salts and the hashes over them.
_DRAWN = re.compile(r"UUID\('[^']+'\)|\b[0-9a-f]{32,64}\b|(?<=\bevidence=)\d+")


def rows_of(*people: dict[str, str]) -> list[Row]:
    columns = Columns(header())
    return [
        Row(columns, number, [cells.get(name, "") for name in columns.header])
        for number, cells in enumerate(people, start=2)
    ]


def said(position: int, **more: str) -> dict[str, str]:
    return person(NPIS[position], f"QUILLFEATHER{chr(65 + position)}", "ADA", **more)


def first_file(count: int = 9) -> list[Row]:
    return rows_of(*(said(position) for position in range(count)))


def second_file() -> list[Row]:
    """One of each: moved, a first mailing address, both, unchanged, and what is written one by one."""
    return rows_of(
        said(0, **{STREET: "2 NEW STREET"}),
        said(1, **{MAILED_TO: "PO BOX 7", TOWN: "ELSEWHERE"}),
        said(2, **{STREET: "3 NEW STREET", MAILED_TO: "PO BOX 8", TOWN: "ELSEWHERE"}),
        said(3),
        said(4, **{"Provider Sex Code": "M"}),  # contradicts what a person said
        said(5, **{STREET: "4 NEW STREET"}),  # a coordinator said the address
        said(6, **{STREET: "5 NEW STREET", "Provider License Number_1": "036.999999"}),
        person(NPIS[7], "SOMEBODY", "ELSE"),
        said(8, **{STREET: "6 NEW STREET", "Healthcare Provider Taxonomy Code_2": "207R00000X"}),
        said(9),  # not on file
    )


def refreshed(actor, rows: list[Row]) -> RefreshReport:
    return refresh_from_dissemination(actor=actor, rows=rows, wanted=set(NPIS), said_in=SAID_IN)


def one_after_the_other(actor, rows: list[Row]) -> RefreshReport:
    """What a refresh does, by the service that takes one record each."""
    report = RefreshReport()
    taking = Taking(specialties_loaded(), SAID_IN, tell_unknown_specialties=False)
    for row in rows:
        record = row.record()
        try:
            take_record(actor=actor, taking=taking, record=record, status=row.status, report=report)
        except Stays as reason:
            sentence = f"Row {row.number} (NPI {row.npi}, {record.name.display}): {reason}"
            report.rejected.append(Rejected(row.number, row.npi, sentence))
    return report


@pytest.fixture
def staff(system, coordinator) -> list[Practitioner]:
    """Nine people as the registry gave them; of one a coordinator said the address."""
    refreshed(system, first_file())
    people = [Practitioner.objects.get(npi=npi) for npi in NPIS[:9]]
    set_contact_point(
        actor=coordinator, practitioner=people[5], kind=ContactKind.PRACTICE, line_1="9 Old Road"
    )
    return people


def told(report: RefreshReport) -> list[object]:
    return [report.added, report.changed, report.unchanged, report.rejected, report.left_out]


def test_the_same_rows_in_every_table(system, staff):
    moment, written, reports, kept = clock.wall(), [], [], []
    for write in (one_after_the_other, refreshed):
        with clock.freeze(moment), transaction.atomic():
            reports.append(told(write(system, second_file())))
            found = everything()
            written.append(
                {name: sorted(_DRAWN.sub("*", row) for row in rows) for name, rows in found.items()}
            )
            kept.append(list(Evidence.objects.values_list("practitioner__npi", "sequence", "store_key")))
            assert verify_everything() == []
            transaction.set_rollback(True)
    assert reports[0] == reports[1]
    assert reports[0][:2] == [1, 5]
    assert kept[0] == kept[1]
    for name, rows in written[0].items():
        assert written[1][name] == rows, name


def test_the_trail_of_a_person_has_the_same_order(system, staff):
    refreshed(system, second_file())
    verbs = AuditEvent.objects.filter(practitioner_uid=staff[2].uid).order_by("pk")
    assert list(verbs.values_list("verb", flat=True))[-4:] == [
        "practitioner.contact_set",
        "practitioner.contact_set",
        "evidence.added",
        "practitioner.imported",
    ]


def test_a_contradiction_alone_is_stated_and_changes_nothing(system, staff):
    report = refreshed(system, rows_of(said(4, **{"Provider Sex Code": "M"}), said(0, **{STREET: "2 NEW"})))
    assert (report.changed, report.unchanged) == (1, 1)
    assert Statement.objects.filter(practitioner=staff[4], fact="sex", value="Male").count() == 1
    assert Practitioner.objects.get(pk=staff[4].pk).sex == "F"
    assert Evidence.objects.filter(practitioner=staff[4]).count() == 1


def test_more_people_cost_no_more_queries(system):
    npis = [npi_from_nine(f"2{number:08d}") for number in range(60)]
    wanted = set(npis)

    def file(count: int, street: str) -> list[Row]:
        return rows_of(*(person(npi, f"OF{npi}", "ADA", **{STREET: street}) for npi in npis[:count]))

    refresh_from_dissemination(actor=system, rows=file(60, "1 A"), wanted=wanted, said_in=SAID_IN)
    spent = []
    for count, street in ((5, "2 B"), (60, "3 C")):
        with CaptureQueriesContext(connection) as seen:
            report = refresh_from_dissemination(
                actor=system, rows=file(count, street), wanted=wanted, said_in=SAID_IN
            )
        assert report.changed == count
        spent.append(len(seen))
    assert spent[1] == spent[0] <= 40


def test_one_who_is_refused_undoes_nobody_else(system, director, staff):
    merge_records(actor=director, keep=staff[1], record=staff[0], reason="The same person")
    report = refreshed(system, rows_of(*(said(at, **{STREET: "2 NEW STREET"}) for at in range(3))))
    assert report.changed == 2
    assert [row.position for row in report.rejected] == [2]
    assert "was merged into" in str(report.rejected[0])
    assert ContactPoint.objects.filter(line_1="2 NEW STREET").count() == 2


def test_when_the_many_are_refused_each_is_written_alone(system, staff):
    """A damaged end of one chain stops its person, as ever, and not those who stand before them."""
    EvidenceHead.objects.filter(practitioner=staff[2]).update(sequence=0)
    with pytest.raises(IntegrityError):
        refreshed(system, rows_of(*(said(at, **{STREET: "2 NEW STREET"}) for at in range(3))))
    moved = ContactPoint.objects.filter(line_1="2 NEW STREET").values_list("practitioner", flat=True)
    assert set(moved) == {staff[0].pk, staff[1].pk}


def test_a_dry_run_tells_the_same_and_keeps_nothing(system, staff):
    before = everything()
    files = Evidence.objects.count()
    report = refresh_from_dissemination(
        actor=system, rows=second_file(), wanted=set(NPIS), said_in=SAID_IN, dry_run=True
    )
    assert told(report)[:2] == [1, 5]
    assert everything() == before
    assert Evidence.objects.count() == files


def test_somebody_without_the_permission_is_refused(user_with, staff):
    with pytest.raises(Forbidden):
        refreshed(user_with(Role.PRACTITIONER), second_file())
