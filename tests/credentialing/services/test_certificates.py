"""A month's screening certified: everybody, every name, every row, and what came of it; and its proof."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from pypdf import PdfReader

from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.choices import ClearReason
from credentialing.models import ExclusionList, ScreeningCertificate, ScreeningMatch
from credentialing.rules.screening_certificate import differences, hash_of
from credentialing.selectors.certificates import check_certificate
from credentialing.services import certificates, matches, staff_screening
from practitioners.services.people import add_name
from tests.credentialing.world import NOON, TODAY


@pytest.fixture
def month(world):
    """Two members, one under two names and a strong candidate, screened on the tenth of March."""
    world.load_list()
    plain = world.practitioner(last_name="Nobody", npi=None, birth_date=dt.date(1990, 1, 1))
    found = world.practitioner(
        last_name="Brightwater", first_name="Imogen", middle_name="", npi=None, birth_date=dt.date(1968, 7, 4)
    )
    add_name(
        actor=world.coordinator, practitioner=found, kind="former", last_name="Elsewhere", first_name="Imogen"
    )
    for person in (plain, found):
        world.appoint(person)
    staff_screening.screen_everyone(actor=world.system)
    return world


AFTER = NOON + dt.timedelta(days=28)  # in April, when March is over


def certify(world, month=TODAY, **more):
    with clock.freeze(max(clock.now(), AFTER)):
        return certificates.certify_screening(
            actor=world.coordinator, facility=world.facility, month=month, **more
        )


def test_it_says_that_every_name_of_everybody_met_every_row(month):
    content = certify(month).content
    (leie,) = content["lists"]
    (load,) = leie["loads"]
    assert (content["members"], leie["screened"], leie["missing"], leie["names"]) == (2, 2, 0, 3)
    assert leie["comparisons"] == 3 * load["rows"] > 0
    assert (load["people"], load["names"], len(load["sha256"])) == (2, 3, 64)
    (line,) = content["matches"]["lines"]
    assert (line["practitioner"], line["status"], line["days"]) == ("Brightwater, Imogen", "new", 28)


def test_it_names_who_was_left_out(month):
    late = month.practitioner(last_name="Latecomer", first_name="Ann", npi=None)
    month.appoint(late)
    (leie,) = certify(month).content["lists"]
    assert (leie["screened"], leie["missing"], leie["not_screened"]) == (2, 1, ["Latecomer, Ann Tessa"])


def test_it_tells_what_came_of_a_match_by_whom_and_after_how_many_days(month):
    match = ScreeningMatch.objects.get()
    with clock.freeze(NOON + dt.timedelta(days=4)):
        for actor in (month.coordinator, month.colleague):
            matches.clear_match(
                actor=actor, match=match, reason=ClearReason.ADDRESS_HISTORY, note="Never in Ohio"
            )
        certificate = certify(month)
        (line,) = certificate.content["matches"]["lines"]
        assert line["by"] == [str(month.coordinator), str(month.colleague)]
        assert (line["status"], line["reason"], line["days"]) == ("cleared", "Address history differs", 4)
        assert check_certificate(certificate) == []


def test_it_proves_itself_whatever_happens_afterwards(month):
    certificate = certify(month)
    assert check_certificate(certificate) == []
    with clock.freeze(NOON + dt.timedelta(days=40)):
        person = month.practitioner(last_name="Newcomer", npi=None)
        month.appoint(person)
        staff_screening.screen_everyone(actor=month.system, again=True)
        assert check_certificate(certificate) == []


@pytest.mark.parametrize("hashed", [False, True])
def test_one_count_that_was_changed_is_told(month, hashed):
    certificate = certify(month)
    content = certificate.content
    content["lists"][0]["screened"] += 1
    certificate.sha256 = hash_of(content) if hashed else certificate.sha256
    told = check_certificate(certificate)
    assert any("people screened: the certificate says 3, the rows on file 2" in each for each in told)
    assert ("The audit does not know its hash." in told) is hashed
    assert any("hash is another" in each for each in told) is not hashed


def test_a_list_or_a_load_that_was_taken_out_is_told(month):
    said = certify(month).content
    without = {**said, "lists": []}
    assert differences(without, said) == [f"The certificate leaves out {said['lists'][0]['title']}."]
    fewer = {**said, "lists": [{**said["lists"][0], "loads": []}]}
    assert differences(fewer, said) == [f"The certificate leaves out load 1 of {said['lists'][0]['title']}."]
    assert differences(said, without) == [
        f"Nobody was screened against {said['lists'][0]['title']}; the certificate says so."
    ]


def test_a_month_without_screening_is_not_certified(month):
    with pytest.raises(Refused, match="was screened in February 2026"):
        certify(month, dt.date(2026, 2, 1))
    with pytest.raises(Refused, match="not begun"):
        certify(month, dt.date(2026, 5, 1))
    with pytest.raises(Forbidden):
        certificates.certify_screening(actor=month.lookup, facility=month.facility, month=TODAY)


def test_a_month_that_still_runs_is_not_certified(month):
    with pytest.raises(Refused, match=r"still running: it can be certified from April 1, 2026 on"):
        certificates.certify_screening(actor=month.coordinator, facility=month.facility, month=TODAY)


def test_a_month_is_certified_once_and_corrected_with_a_reason(month):
    first = certify(month)
    with pytest.raises(Conflict, match="March 2026 is certified already"):
        certify(month)
    with pytest.raises(Refused, match="what was wrong") as refused:
        certify(month, corrects=first)
    assert refused.value.field == "reason"
    second = certify(month, corrects=first, reason="A name was added late.")
    assert (second.version, second.supersedes, second.reason) == (2, first, "A name was added late.")
    assert second.content["corrects"]["sha256"] == first.sha256
    assert check_certificate(second) == check_certificate(first) == []
    with pytest.raises(Conflict):
        certify(month, corrects=first, reason="Again")
    with pytest.raises(DatabaseError), transaction.atomic():
        ScreeningCertificate.objects.create(
            facility=month.facility, month=second.month, version=3, content={}, sha256="",
            issued_at=second.issued_at, issued_by=month.coordinator,
        )  # fmt: skip


def test_it_names_the_lists_nobody_was_compared_with(month):
    ExclusionList.objects.create(code="oh", name="Ohio", title="Ohio Medicaid list", state="OH")
    told = certify(month).content["not_covered"]
    assert told == [
        {"title": "Ohio Medicaid list", "why": "No load of it was on file in this month."},
        {"title": "SAM.gov exclusions", "why": "It is not in use here."},
    ]


def test_the_database_lets_nobody_change_one(month):
    certificate = certify(month)
    with pytest.raises(DatabaseError, match="Cannot update"):
        ScreeningCertificate.objects.filter(pk=certificate.pk).update(sha256="0" * 64)


def test_the_page_shows_the_proof_and_the_pdf_repeats_itself(month, client):
    late = month.practitioner(last_name="Latecomer", first_name="Ann", npi=None)
    month.appoint(late)
    client.force_login(month.coordinator)
    march = {"facility": month.facility.code, "month": TODAY.replace(day=1).isoformat()}
    assert "March 2026" not in client.get(reverse("credentialing:certificate_add")).content.decode()
    with clock.freeze(AFTER):
        client.force_login(month.coordinator)
        answer = client.post(reverse("credentialing:certificate_add"), march)
        again = client.post(reverse("credentialing:certificate_add"), march)
    certificate = ScreeningCertificate.objects.get()
    assert again.headers["Location"] == answer.headers["Location"]
    address = answer.headers["Location"]
    assert address == reverse("credentialing:certificate", args=[certificate.uid])
    page = client.get(address).content.decode()
    assert "It proves itself" in page
    for words in (
        "Brightwater, Imogen",
        "Latecomer, Ann Tessa",
        "SAM.gov exclusions: It is not in use here.",
    ):
        assert words in page
    pdf = client.get(reverse("credentialing:certificate_pdf", args=[certificate.uid]))
    assert pdf.content.startswith(b"%PDF")
    assert certificates.typeset_certificate(certificate) == pdf.content
    text = " ".join(PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text().split())
    for words in ("Lists not covered", "SAM.gov exclusions. It is", "Latecomer, Ann Tessa", "March 10, 2026"):
        assert words in text
    correct = reverse("credentialing:certificate_correct", args=[certificate.uid])
    with clock.freeze(AFTER):
        client.force_login(month.coordinator)
        assert client.post(correct, {"reason": " "}).status_code == 422
        second = client.post(correct, {"reason": "The roster was late."}).headers["Location"]
        assert "Superseded: The roster was late." in client.get(address).content.decode()
        assert client.get(correct).status_code == 422
        assert "It supersedes" in client.get(second).content.decode()
    assert "March 2026" in client.get(reverse("credentialing:certificates")).content.decode()
