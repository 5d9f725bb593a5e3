import json

import pytest
from django.core.management import call_command

from config.accounts.models import User
from config.audit.models import AuditEvent
from practitioners.choices import ContactKind, NameKind, SaidBy, Standing
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    Evidence,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.selectors.evidence import read_content, verify_everything
from practitioners.services.credentials import record_claim, withdraw_claim
from practitioners.services.people import add_name, set_contact_point
from tests.practitioners.conftest import FIXTURES

REGISTRY = FIXTURES / "nppes" / "registry.json"
MIXED = FIXTURES / "nppes" / "mixed.json"
NUCC = FIXTURES / "nucc" / "taxonomy.csv"

pytestmark = pytest.mark.django_db


def run(capsys, path, *options):
    """Exit code, standard output and standard error of the import."""
    code = 0
    try:
        call_command("import_nppes", str(path), *options)
    except SystemExit as left:
        code = left.code
    told = capsys.readouterr()
    return code, told.out, told.err


def write(tmp_path, change):
    """The fixture's records after ``change(results)``, as a file."""
    answer = json.loads(REGISTRY.read_text())
    change(answer["results"])
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(answer))
    return path


def counted():
    tables = (
        Practitioner,
        PractitionerName,
        ContactPoint,
        CredentialPeriod,
        Evidence,
        PractitionerTaxonomy,
        AuditEvent,
    )
    return [table.objects.count() for table in tables]


def test_people_come_in_told_apart_with_names_address_specialty_and_claims(capsys, taxonomy):
    code, told, _ = run(capsys, REGISTRY)
    assert code == 0
    assert "8 records: 8 new, 0 changed, 0 unchanged, 0 rejected." in told
    person = Practitioner.objects.get(npi="2000000101")
    assert person.display_name.startswith("Quillfeather, Marisol")
    assert person.names.get(kind=NameKind.FORMER).last_name == "Bramblethorpe"
    assert person.contact_points.get(kind=ContactKind.PRACTICE).said_by == SaidBy.NPPES
    assert person.taxonomies.get(primary=True).taxonomy.classification == "Surgery"
    period = CredentialPeriod.objects.get(identity__practitioner=person)
    assert (period.standing, period.said_by) == (Standing.CLAIMED, SaidBy.NPPES)
    assert (period.identity.state, period.identity.number) == ("OH", "35.100001")
    assert period.evidence.summary.endswith("nothing of it is verified.")


def test_suffixes_are_not_part_of_surnames(capsys, taxonomy):
    run(capsys, REGISTRY)
    name = PractitionerName.objects.get(practitioner__npi="2000000127", kind=NameKind.LEGAL)
    assert (name.last_name, name.suffix) == ("McTesterly", "Jr.")
    assert PractitionerName.objects.get(practitioner__npi="2000000176").last_name == "Inventon"
    assert PractitionerName.objects.get(practitioner__npi="2000000168").last_name == "Do"


def test_several_licences_of_one_person_are_several_claims(capsys, taxonomy):
    run(capsys, REGISTRY)
    licences = Credential.objects.filter(practitioner__npi="2000000119").order_by("state")
    assert [(row.state, row.number) for row in licences] == [("KY", "E-7788"), ("OH", "35.100002")]


def test_running_it_again_changes_nothing(capsys, taxonomy):
    run(capsys, REGISTRY)
    before = counted()
    code, told, _ = run(capsys, REGISTRY)
    assert code == 0
    assert "0 new, 0 changed, 8 unchanged" in told
    assert counted() == before


def test_a_dry_run_tells_the_same_and_writes_nothing(capsys, taxonomy, store_folder):
    before = counted()
    code, told, _ = run(capsys, REGISTRY, "--dry-run")
    assert code == 0
    assert "8 new" in told
    assert "Nothing was written" in told
    assert counted() == before
    assert not store_folder.exists()


def test_bad_records_stay_out_with_a_sentence_and_the_rest_goes_in(capsys, taxonomy):
    code, told, complaints = run(capsys, MIXED)
    assert code == 1
    assert "2 new" in told
    assert "9 rejected" in told
    assert "Record 2 (NPI 2000000318)" in complaints
    assert "check digit" in complaints
    assert "an organization (NPI-2)" in complaints
    assert "Traceback" not in complaints
    assert {row.npi for row in Practitioner.objects.all()} == {"2000000309", "2000000390"}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b"Number,Name\n1,2\n", "not valid JSON"),
        (b"NPI,Name\n1,2\n", "not the NPPES dissemination (V2)"),
        (b'{"Errors": [{"number": "07", "description": "more criteria"}]}', "error of the registry"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b'{"rows": []}', "no list of records"),
    ],
)
def test_a_file_of_another_kind_is_unusable(capsys, tmp_path, content, part):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    code, _, complaints = run(capsys, path)
    assert code == 2
    assert part in complaints


def test_a_missing_file_is_a_sentence(capsys, tmp_path):
    code, _, complaints = run(capsys, tmp_path / "nowhere.json")
    assert code == 2
    assert "cannot be read" in complaints


def test_a_known_npi_under_another_name_is_rejected_and_both_names_are_told(capsys, taxonomy, tmp_path):
    run(capsys, REGISTRY)
    before = counted()

    def rename(results):
        results[0]["basic"]["last_name"] = "SOMEBODYELSE"

    code, told, complaints = run(capsys, write(tmp_path, rename))
    assert code == 1
    assert "7 unchanged, 1 rejected" in told
    assert "NPI 2000000101" in complaints
    assert "Somebodyelse" in complaints
    assert "on file under another name, Quillfeather, Marisol" in complaints
    assert counted() == before


def test_a_name_the_office_has_added_makes_it_the_same_person(capsys, taxonomy, tmp_path, system):
    run(capsys, REGISTRY)
    person = Practitioner.objects.get(npi="2000000101")
    add_name(
        actor=system,
        practitioner=person,
        kind=NameKind.PROFESSIONAL,
        last_name="Newname",
        first_name="Marisol",
    )

    def rename(results):
        results[0]["basic"]["last_name"] = "NEWNAME"

    code, _, _ = run(capsys, write(tmp_path, rename))
    assert code == 0
    person.refresh_from_db()
    assert person.display_name.startswith("Quillfeather")


def test_the_same_npi_twice_in_one_file_is_rejected(capsys, taxonomy, tmp_path):
    code, _, complaints = run(capsys, write(tmp_path, lambda results: results.append(results[0])))
    assert code == 1
    assert "already record 1 of this file" in complaints


def test_what_the_registry_said_before_follows_it_and_what_others_said_stays(
    capsys, taxonomy, tmp_path, system
):
    run(capsys, REGISTRY)
    mine, theirs = (Practitioner.objects.get(npi=npi) for npi in ("2000000101", "2000000119"))
    set_contact_point(
        actor=system, practitioner=mine, kind=ContactKind.PRACTICE, line_1="1 Own Street", city="Columbus"
    )

    def move(results):
        for record in results[:2]:
            record["addresses"][0]["address_1"] = "9 NEW ROAD"
        results[1]["taxonomies"].append(
            {"code": "207R00000X", "desc": "", "license": "NEW-1", "state": "WV", "primary": False}
        )

    code, told, _ = run(capsys, write(tmp_path, move))
    assert code == 0
    assert "1 changed, 7 unchanged" in told
    assert mine.contact_points.get(kind=ContactKind.PRACTICE).line_1 == "1 Own Street"
    assert theirs.contact_points.get(kind=ContactKind.PRACTICE).line_1 == "9 NEW ROAD"
    assert theirs.credentials.filter(state="WV", number="NEW-1").exists()


def test_claims_of_the_office_and_withdrawn_ones_are_not_touched(capsys, taxonomy, system):
    run(capsys, REGISTRY)
    person = Practitioner.objects.get(npi="2000000101")
    credential = person.credentials.get()
    withdraw_claim(actor=system, credential=credential, reason="Not hers")
    run(capsys, REGISTRY)
    assert not credential.periods.live().exists()
    other = Practitioner.objects.get(npi="2000000127")
    licence = other.credentials.get()
    valid = licence.periods.get().valid
    record_claim(
        actor=system, practitioner=other, type_code="LICENSE", state="OH", number=licence.number, valid=valid
    )
    run(capsys, REGISTRY)
    assert licence.periods.live().get().said_by == SaidBy.COORDINATOR


def test_unknown_specialties_are_left_out_and_told(capsys):
    code, told, _ = run(capsys, REGISTRY)
    assert code == 0
    assert "8 new" in told
    assert "specialty 208600000X" in told
    assert "not in the loaded taxonomy" in told
    assert "run import_nucc" in told
    call_command("import_nucc", str(NUCC))
    capsys.readouterr()
    code, told, _ = run(capsys, REGISTRY)
    assert "8 changed" in told or "changed" in told
    assert PractitionerTaxonomy.objects.filter(practitioner__npi="2000000101", primary=True).exists()


def test_a_licence_without_a_state_is_left_out_and_told(capsys, taxonomy, tmp_path):
    def lose(results):
        results[0]["taxonomies"][0]["state"] = ""

    code, told, _ = run(capsys, write(tmp_path, lose))
    assert code == 0
    assert "license 35.100001 was left out: the registry names no state" in told


def test_what_the_registry_said_is_kept_as_evidence_that_verifies(capsys, taxonomy):
    run(capsys, REGISTRY)
    piece = Evidence.objects.get(practitioner__npi="2000000119")
    raw = json.loads(read_content(viewer=User.objects.get(is_system=True), evidence=piece))
    assert raw["basic"]["last_name"] == "GARCÍA-LUMBRERAS"
    assert verify_everything() == []


def test_the_bare_list_of_records_is_read_too(capsys, taxonomy):
    code, told, _ = run(capsys, FIXTURES / "nppes" / "bare_list.json")
    assert (code, "2 new" in told) == (0, True)
