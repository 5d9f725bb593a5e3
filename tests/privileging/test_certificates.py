"""Certificates of privileges: what one says, that it proves itself, and which version counts."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader

from bylaws.choices import BarKind, BarScope
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from practitioners.services.merging import merge_records
from privileging.models import PrivilegeCertificate
from privileging.rules.grant_kinds import EXAMPLE
from privileging.selectors.certificates import STOPPED, later_of, problems_of
from privileging.services.certificates import certify_privileges, typeset_certificate
from tests.privileging.conftest import NOON, TODAY, bar, grant

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"


@pytest.fixture
def office(user):
    return user(Role.CREDENTIALING_COORDINATOR)


def certify(world, office, one) -> PrivilegeCertificate:
    return certify_privileges(actor=office, practitioner=one, facility=world.lakeside)


def test_it_says_what_is_granted_as_known_at_its_moment(world, surgeon, office, bylaws_rule):
    grant(world, surgeon, code="GS-COLECTOMY", conditions="With a proctor\nNot at night")
    row = certify(world, office, surgeon)
    days = {"since": "2026-01-01", "through": "2027-12-31"}
    colectomy, cholecystectomy = ({**line} for line in row.content["privileges"])
    assert colectomy.pop("name").startswith("Colectomy")
    assert colectomy == days | {
        "code": "GS-COLECTOMY", "conditions": [EXAMPLE, "With a proctor", "Not at night"], "note": ""
    }  # fmt: skip
    assert cholecystectomy == days | {
        "code": CODE, "name": "Laparoscopic cholecystectomy", "conditions": [EXAMPLE], "note": ""
    }  # fmt: skip
    assert (row.version, row.content["day"]) == (1, str(TODAY))
    assert row.content["as_of"] == "2026-11-24T17:00:00.000000Z"
    assert problems_of(row) == []


def test_what_may_not_be_used_stands_on_it_without_the_cause(world, surgeon, office, bylaws_rule):
    bar(world, surgeon, TODAY, kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Marked outcomes")
    row = certify(world, office, surgeon)
    assert [line["note"] for line in row.content["privileges"]] == [STOPPED]
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(typeset_certificate(row))).pages)
    assert "utcomes" not in text + str(row.content)
    assert row.sha256 in "".join(text.split())
    assert "as known at 11:00 on November 24, 2026" in " ".join(text.split())


def test_a_restriction_that_leaves_it_allowed_is_a_condition(world, surgeon, office, bylaws_rule):
    bar(
        world, surgeon, TODAY, kind=BarKind.RESTRICTION, scope=BarScope.LISTED, codes=[CODE],
        condition="Only by day.",
    )  # fmt: skip
    (line,) = certify(world, office, surgeon).content["privileges"]
    assert (line["conditions"], line["note"]) == ([EXAMPLE, "Only by day."], "")


def test_the_next_version_counts_and_the_one_before_stays(world, surgeon, office, bylaws_rule):
    first = certify(world, office, surgeon)
    pdf = typeset_certificate(first)
    assert later_of(first) is None
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        grant(world, surgeon, code="GS-COLECTOMY", at=clock.now())
        second = certify(world, office, surgeon)
    assert (second.version, len(second.content["privileges"])) == (2, 2)
    assert later_of(first) == second
    assert typeset_certificate(PrivilegeCertificate.objects.get(pk=first.pk)) == pdf
    first.content = {}
    with pytest.raises(DatabaseError), transaction.atomic():
        first.save()
    assert problems_of(first) == ["Its content was changed after it was issued: the hash is another."]


def test_after_a_merge_the_last_certificate_of_the_person_counts(world, surgeon, person, office, bylaws_rule):
    first = certify(world, office, surgeon)
    keep = person(last="Keep")
    merge_records(actor=world.system, keep=keep, record=surgeon, reason="One license")
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        second = certify(world, office, keep)
    assert (second.version, second.practitioner) == (2, keep)
    assert later_of(first) == second
    assert later_of(second) is None


def test_the_paper_says_the_same_whatever_is_renamed_later(world, surgeon, office, bylaws_rule):
    row = certify(world, office, surgeon)
    pdf = typeset_certificate(row)
    world.lakeside.name, world.lakeside.office_phone = "Renamed Hospital", "555-0199"
    world.lakeside.save()
    office.first_name = "Renamed"
    office.save()
    assert typeset_certificate(PrivilegeCertificate.objects.get(pk=row.pk)) == pdf


def test_nothing_to_certify_and_nobody_certifies_their_own(world, person, surgeon, office, user):
    with pytest.raises(Refused, match="nothing to certify"):
        certify(world, office, person(last="New"))
    surgeon.user = office
    surgeon.save()
    with pytest.raises(Forbidden, match="own file"):
        certify(world, office, surgeon)
    with pytest.raises(Forbidden):
        certify(world, user(Role.LOOKUP), surgeon)


def test_from_the_file_to_the_paper(world, surgeon, office, client, user, bylaws_rule):
    client.force_login(office)
    address = reverse("privileging:certify", args=[surgeon.uid])
    assert client.get(address).status_code == 200
    answer = client.post(address)
    row = PrivilegeCertificate.objects.get()
    assert answer["Location"] == reverse("privileging:certificate", args=[row.uid])
    client.force_login(user(Role.LOOKUP))
    page = client.get(answer["Location"]).content.decode()
    since = dt.date.fromisoformat(row.content["privileges"][0]["since"])
    for text in ("It proves itself", "Laparoscopic cholecystectomy", row.sha256, day_text(since)):
        assert text in page
    listed = reverse("privileging:certificates")
    assert row.sha256[:12] in client.get(listed).content.decode()
    for words, found in ((row.sha256[:9], True), (surgeon.sort_name.split()[0], True), ("nobody", False)):
        assert (str(row.uid) in client.get(listed, {"q": words}).content.decode()) == found, words
    assert client.get(reverse("privileging:certificate_pdf", args=[row.uid])).content.startswith(b"%PDF")
    client.force_login(user(Role.LOOKUP, facility=world.harbor))
    assert client.get(answer["Location"]).status_code == 404
