"""A withdrawn record keeps what it said, and is in no list, search, queue or answer."""

from __future__ import annotations

import pytest

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Refused
from practitioners import links
from practitioners.choices import ImportStatus
from practitioners.filters import PractitionerFilter
from practitioners.importing.roster_fields import roster_mapping
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.selectors.duplicates import likely_pairs
from practitioners.selectors.people import find_by_npi, practitioner_list, similar_people
from practitioners.selectors.provenance import open_conflicts
from practitioners.selectors.registry import npis_on_file
from practitioners.selectors.roster_export import roster_lines
from practitioners.selectors.search import search
from practitioners.selectors.withdrawn import withdrawn_record
from practitioners.services.people import create_practitioner, set_contact_point
from practitioners.services.roster_import import apply_roster, check_roster
from practitioners.services.roster_undo import undo_import
from practitioners.services.statements import record_statements
from practitioners.services.withdrawal import withdraw_records
from tests.practitioners.rosters import as_csv, roster_rows

pytestmark = pytest.mark.usefixtures("kinds", "taxonomy")
ROWS = roster_rows(2, seed=21)


def imported(actor):
    mapping = roster_mapping("generic")
    batch = check_roster(actor=actor, content=as_csv(ROWS), file_name="roster.csv", mapping=mapping)
    batch = apply_roster(actor=actor, batch=batch)
    assert batch.status == ImportStatus.APPLIED
    return batch


@pytest.fixture
def gone(coordinator, system):
    """One of two people of an import that was undone, with a contradiction that was open until then."""
    batch = imported(coordinator)
    person = Practitioner.objects.get(npi=ROWS[0]["NPI"])
    other = "Female" if person.sex == "M" else "Male"
    record_statements(actor=system, practitioner=person, said={"sex": other}, said_by="nppes")
    assert len(open_conflicts(coordinator)) == 1
    undo_import(actor=coordinator, batch=batch, reason="The wrong file")
    return Practitioner.every.get(pk=person.pk)


def test_it_is_nowhere(coordinator, gone):
    row = ROWS[0]
    for words in (row["Last name"], row["NPI"], row["License number"], row["CAQH ID"], row["NPI"][-4:],
                  row["Last name"][:-1] + "x", row["DEA number"]):  # fmt: skip
        assert search(viewer=coordinator, text=words) == [], words
    assert practitioner_list(viewer=coordinator).count() == 0
    assert find_by_npi(viewer=coordinator, npi=row["NPI"]) is None
    assert similar_people(last_name=row["Last name"], first_name=row["First name"]) == []
    assert open_conflicts(coordinator) == []
    assert npis_on_file() == set()
    assert not CredentialPeriod.objects.live().exists()
    people = practitioner_list(viewer=coordinator)
    found = PractitionerFilter({"q": row["NPI"]}, queryset=people, viewer=coordinator, on=clock.today())
    assert list(found.qs) == []
    assert len(list(roster_lines(people, roster_mapping("generic")))) == 1, "the header alone"


def test_the_same_people_can_come_again_and_are_no_duplicates(coordinator, gone):
    imported(coordinator)
    assert Practitioner.every.filter(npi=ROWS[0]["NPI"]).count() == 2
    assert len(search(viewer=coordinator, text=ROWS[0]["Last name"])) == 1
    assert likely_pairs(coordinator) == []


def test_it_keeps_what_it_said_and_says_why_it_is_gone(client, coordinator, gone, user_with):
    assert gone.display_name.startswith(ROWS[0]["Last name"])
    assert gone.npi == ROWS[0]["NPI"]
    assert gone.names.exists()
    assert gone.history.count() == 2
    assert AuditEvent.objects.filter(subject_uid=gone.uid, verb="practitioner.withdrawn").count() == 1
    record = withdrawn_record(viewer=coordinator, uid=gone.uid)
    assert record is not None
    assert len(record.claims) == 3
    client.force_login(coordinator)
    address = links.practitioner(gone)
    text = client.get(address).content.decode()
    for words in ("Withdrawn", "The wrong file", "Ada coordinator", gone.npi, ROWS[0]["License number"]):
        assert words in text, words
    assert client.get(links.history(gone)).status_code == 404
    client.force_login(user_with(username="nobody"))
    assert client.get(address).status_code in (403, 404)


def test_it_takes_nothing_new(coordinator, gone):
    with pytest.raises(Refused, match="was withdrawn: it takes nothing new"):
        set_contact_point(actor=coordinator, practitioner=gone, kind="phone", line_1="312-555-0100")
    with pytest.raises(Refused, match="was withdrawn already"):
        withdraw_records(actor=coordinator, people=[gone], reason="Again")
    with pytest.raises(Refused, match="Say why"):
        withdraw_records(actor=coordinator, people=[gone], reason=" ")
    create_practitioner(actor=coordinator, provider_type="MD", last_name="New", npi=gone.npi)
    assert find_by_npi(viewer=coordinator, npi=gone.npi).display_name == "New"
