"""import_nppes with the dissemination file: people on file are brought up to date, nobody else comes in."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.audit.models import AuditEvent
from practitioners.choices import ContactKind, NameKind, RegistryStatus, SaidBy, Standing
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    Evidence,
    Practitioner,
    PractitionerName,
    RegistryStatusEvent,
)
from practitioners.rules.npi import npi_from_nine
from practitioners.selectors.evidence import verify_everything
from practitioners.services.people import correct_practitioner, create_practitioner, set_contact_point
from tests.nppes_file import deactivated, person, write_file
from tests.practitioners.commands.test_import_nppes import REGISTRY

NPI, OTHER, STRANGER = "2000000101", "2000000119", "2000000127"
STREET = "Provider First Line Business Practice Location Address"

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys, tmp_path):
    """``run(rows, *options)``: exit code, output and complaints of the import of these rows."""

    def go(rows, *options, name="npidata.csv"):
        code = 0
        try:
            call_command("import_nppes", str(write_file(tmp_path / name, rows)), *options)
        except SystemExit as left:
            code = left.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return go


@pytest.fixture
def ada(system, kinds, taxonomy):
    return create_practitioner(
        actor=system, provider_type="MD", last_name="Quillfeather", first_name="Ada", npi=NPI
    )


def row(npi=NPI, last="QUILLFEATHER", first="ADA", **more):
    return person(npi, last, first, **more)


def counted():
    tables = (Practitioner, PractitionerName, ContactPoint, CredentialPeriod, Evidence, RegistryStatusEvent,
              AuditEvent)  # fmt: skip
    return [table.objects.count() for table in tables]


def test_the_whole_file_is_not_taken_without_saying_whom(run, ada):
    before = counted()
    code, _, complaints = run([row()])
    assert code == 2
    assert "--only-known" in complaints
    assert counted() == before


def test_people_on_file_are_refreshed_and_nobody_is_added(run, ada):
    code, told, _ = run([row(STRANGER, "NOBODY", "NED"), row()], "--only-known")
    assert code == 0
    assert "2 records: 0 new, 1 changed, 0 unchanged, 0 rejected, 1 of other people passed over." in told
    assert Practitioner.objects.count() == 1
    address = ada.contact_points.get(kind=ContactKind.PRACTICE)
    assert (address.line_1, address.city, address.said_by) == (
        "1 HARBOR STREET",
        "Harbor Point",
        SaidBy.NPPES,
    )
    licence = CredentialPeriod.objects.get(identity__practitioner=ada)
    assert (licence.standing, licence.said_by, licence.identity.state) == (
        Standing.CLAIMED,
        SaidBy.NPPES,
        "IL",
    )
    assert ada.taxonomies.get(primary=True).taxonomy_id == "208600000X"
    assert verify_everything() == []


def test_the_same_file_again_writes_nothing(run, ada):
    run([row()], "--only-known")
    before = counted()
    code, told, _ = run([row()], "--only-known")
    assert (code, "1 unchanged" in told) == (0, True)
    assert counted() == before


def test_the_api_and_the_file_say_the_same_of_the_same_person(run, capsys, taxonomy):
    call_command("import_nppes", str(REGISTRY))
    raw = json.loads(REGISTRY.read_text())["results"][0]
    address = raw["addresses"][0]
    place = "Provider Business Practice Location Address"
    before = counted()
    code, told, _ = run(
        [
            row(
                last=raw["basic"]["last_name"],
                first=raw["basic"]["first_name"],
                **{
                    STREET: address["address_1"],
                    f"{place} City Name": address["city"],
                    f"{place} State Name": address["state"],
                    f"{place} Postal Code": address["postal_code"],
                    f"{place} Telephone Number": address["telephone_number"].replace("-", ""),
                    "Healthcare Provider Taxonomy Code_1": raw["taxonomies"][0]["code"],
                    "Provider License Number_1": raw["taxonomies"][0]["license"],
                    "Provider License Number State Code_1": raw["taxonomies"][0]["state"],
                },
            )
        ],
        "--only-known",
    )
    assert (code, "1 unchanged" in told) == (0, True)
    assert counted() == before


def test_what_the_registry_said_before_follows_it_and_what_others_said_stays(run, system, ada):
    run([row()], "--only-known")
    set_contact_point(
        actor=system, practitioner=ada, kind=ContactKind.MAILING, line_1="PO Box 1", city="Zion"
    )
    mailing = {"Provider First Line Business Mailing Address": "PO BOX 2"}
    run([row(**{STREET: "9 NEW ROAD"}, **mailing)], "--only-known")
    assert ada.contact_points.get(kind=ContactKind.PRACTICE).line_1 == "9 NEW ROAD"
    assert ada.contact_points.get(kind=ContactKind.MAILING).line_1 == "PO Box 1"


def test_a_new_legal_name_that_gives_the_old_one_is_the_same_persons(run, system, ada):
    married = row(
        last="ROWAN",
        **{
            "Provider Other Last Name": "QUILLFEATHER",
            "Provider Other First Name": "ADA",
            "Provider Other Last Name Type Code": "1",
        },
    )
    code, told, _ = run([married], "--only-known")
    assert code == 0
    assert "other name Rowan, Ada" in told
    ada.refresh_from_db()
    assert ada.display_name == "Quillfeather, Ada"  # the office had said so
    assert {name.last_name for name in ada.names.all()} == {"Quillfeather", "Rowan"}
    code, told, _ = run([married], "--only-known")
    assert "1 unchanged" in told


def test_a_legal_name_the_registry_had_given_itself_follows_it(run, taxonomy, tmp_path):
    listed = tmp_path / "npis.txt"
    listed.write_text(NPI)
    run([row()], "--npi-file", str(listed))
    run(
        [
            row(
                last="ROWAN",
                **{
                    "Provider Other Last Name": "QUILLFEATHER",
                    "Provider Other First Name": "ADA",
                    "Provider Other Last Name Type Code": "1",
                },
            )
        ],
        "--only-known",
    )
    ada = Practitioner.objects.get(npi=NPI)
    assert ada.display_name == "Rowan, Ada"
    assert ada.names.get(kind=NameKind.FORMER).last_name == "Quillfeather"


def test_another_persons_row_is_rejected_by_its_number(run, ada):
    before = counted()
    code, _, complaints = run([row(last="SOMEBODYELSE")], "--only-known")
    assert code == 1
    assert f"Row 2 (NPI {NPI}, Somebodyelse, Ada" in complaints
    assert "on file under another name, Quillfeather, Ada" in complaints
    assert counted() == before


def test_listed_npis_are_added_and_what_is_missing_is_told(run, taxonomy, tmp_path):
    listed = tmp_path / "npis.txt"
    listed.write_text(f"{NPI}\n{OTHER}\n12345\n")
    code, told, complaints = run([row(), row(STRANGER)], "--npi-file", str(listed))
    assert code == 1
    assert "1 new" in told
    assert f"Line 2 of the list of NPIs: NPI {OTHER} is not in the file." in complaints
    assert "Line 3 of the list of NPIs" in complaints
    assert [each.npi for each in Practitioner.objects.all()] == [NPI]


def test_a_missing_list_is_a_sentence(run, tmp_path):
    code, _, complaints = run([row()], "--npi-file", str(tmp_path / "nowhere.txt"))
    assert code == 2
    assert "nowhere.txt cannot be read: No such file" in complaints


def test_a_deactivated_number_is_recorded_once(run, ada):
    ends = deactivated(NPI, "01/15/2026", **{"Replacement NPI": OTHER})
    code, told, _ = run([ends], "--only-known")
    assert code == 0
    assert "the registry has deactivated this NPI as of 15 Jan 2026; NPI 2000000119 took its place" in told
    event = ada.registry_events.get()
    assert (event.status, event.effective_on, event.replaced_by, event.said_in) == (
        RegistryStatus.DEACTIVATED,
        dt.date(2026, 1, 15),
        OTHER,
        "npidata.csv",
    )
    before = counted()
    _, told, _ = run([ends], "--only-known")
    assert "1 unchanged" in told
    assert counted() == before


def test_a_number_active_again_is_recorded_too(run, ada):
    run([deactivated(NPI, "01/15/2026")], "--only-known")
    again = row(**{"NPI Deactivation Date": "01/15/2026", "NPI Reactivation Date": "02/20/2026"})
    _, told, _ = run([again], "--only-known")
    assert "the NPI is active in the registry again" in told
    latest = ada.registry_events.first()
    assert (latest.status, latest.effective_on) == (RegistryStatus.ACTIVE, dt.date(2026, 2, 20))
    _, told, _ = run([again], "--only-known")
    assert "1 unchanged" in told


def test_a_number_that_was_always_active_is_no_news(run, ada):
    run([row()], "--only-known")
    assert not RegistryStatusEvent.objects.exists()


def test_nobody_is_added_under_a_deactivated_number(run, taxonomy, tmp_path):
    listed = tmp_path / "npis.txt"
    listed.write_text(NPI)
    code, _, complaints = run([deactivated(NPI, "01/15/2026")], "--npi-file", str(listed))
    assert code == 1
    assert f"Row 2 (NPI {NPI}): the registry has deactivated this NPI" in complaints
    assert not Practitioner.objects.exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(run, ada, store_folder):
    other = npi_from_nine("200000099")
    rows = [row(), row(other), deactivated(STRANGER, "01/15/2026")]
    before = counted()
    code, told, _ = run(rows, "--only-known", "--dry-run")
    assert code == 0
    assert "1 changed" in told
    assert "Nothing was written" in told
    assert counted() == before
    assert not store_folder.exists()


def test_the_same_npi_twice_in_one_file_is_rejected(run, ada):
    code, _, complaints = run([row(), row()], "--only-known")
    assert code == 1
    assert "the same NPI is already row 2 of this file" in complaints


def test_unknown_specialties_are_told_once_with_the_number_of_people(run, ada, system):
    create_practitioner(actor=system, provider_type="MD", last_name="Rowan", first_name="Ben", npi=OTHER)
    odd = {"Healthcare Provider Taxonomy Code_1": "999900000X"}
    _, told, _ = run([row(**odd), row(OTHER, "ROWAN", "BEN", **odd)], "--only-known")
    assert "specialty 999900000X was left out: it is not in the loaded taxonomy. People: 2." in told


def test_a_broken_file_keeps_what_was_read_before_and_says_where_it_broke(run, ada, tmp_path, capsys):
    path = write_file(tmp_path / "broken.csv", [row()] + [row(STRANGER)] * 3)
    path.write_text(path.read_text()[:-700] + '"half')
    with pytest.raises(SystemExit) as left:
        call_command("import_nppes", str(path), "--only-known")
    assert left.value.code == 2
    assert "Row 5 cannot be read" in capsys.readouterr().err


def test_unchanged_people_cost_no_query_each(run, system, kinds, taxonomy):
    def rows_of(count):
        return [row(npi_from_nine(f"2{number:08d}"), "QUILL", f"A{number}") for number in range(count)]

    def queries(count):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            _, told, _ = run(rows_of(count), "--only-known")
        assert f"{count} unchanged" in told
        return len(caught)

    for each in rows_of(12):
        create_practitioner(
            actor=system, provider_type="MD", last_name="Quill", npi=each["NPI"],
            first_name=each["Provider First Name"].capitalize(),
        )  # fmt: skip
    run(rows_of(12), "--only-known")
    assert queries(12) == queries(3)


def test_the_api_says_a_number_is_deactivated_too(run, capsys, taxonomy, tmp_path):
    call_command("import_nppes", str(REGISTRY))
    answer = json.loads(REGISTRY.read_text())
    answer["results"][0]["basic"] |= {"status": "D", "last_updated": "2026-02-01"}
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer))
    capsys.readouterr()
    call_command("import_nppes", str(path))
    assert "1 changed, 7 unchanged" in capsys.readouterr().out
    event = RegistryStatusEvent.objects.get()
    assert (event.npi, event.status, event.effective_on) == ("2000000101", "deactivated", dt.date(2026, 2, 1))
    assert event.said_in == "answer.json"


def test_a_number_replaced_in_the_record_is_no_longer_spoken_of(run, system, ada):
    run([deactivated(NPI, "01/15/2026")], "--only-known")
    correct_practitioner(actor=system, practitioner=ada, npi=OTHER, reason="The registry gave a new number")
    code, _, _ = run([row(OTHER)], "--only-known")
    assert code == 0
    assert RegistryStatusEvent.objects.count() == 1


def test_answers_of_the_api_can_be_narrowed_too(capsys, taxonomy, tmp_path):
    listed = tmp_path / "npis.txt"
    listed.write_text("2000000101\n2000000812\n")
    with pytest.raises(SystemExit) as left:
        call_command("import_nppes", str(REGISTRY), "--npi-file", str(listed))
    told = capsys.readouterr()
    assert left.value.code == 1
    assert "1 new" in told.out
    assert "7 of other people passed over" in told.out
    assert "Line 2 of the list of NPIs" in told.err
    call_command("import_nppes", str(REGISTRY), "--only-known")
    assert "1 unchanged, 0 rejected, 7 of other people passed over" in capsys.readouterr().out
    assert [person.npi for person in Practitioner.objects.all()] == ["2000000101"]
