"""The page on which other organizations ask, and the office's pages of affiliation letters."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.audit.models import ProtectedRead
from credentialing.models import AffiliationRequest
from credentialing.services import affiliations
from credentialing.services.affiliation_intake import About, Release
from credentialing.views import affiliation_asking
from tests.credentialing.affiliations import ASKER, asked, deliver, member, release, set_parameter
from tests.credentialing.scans import scan
from tests.credentialing.world import World

ASK = "/affiliations/ask/fernwick/"


@pytest.fixture(autouse=True)
def nothing_counted():
    """Nobody has asked from anywhere within the hour."""
    cache.clear()


@pytest.fixture
def office(client, world: World):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


def typed(**given) -> dict:
    """What another hospital types."""
    return {
        "asker_name": ASKER.name,
        "asker_title": "",
        "asker_organization": ASKER.organization,
        "asker_email": ASKER.email,
        "asker_phone": "",
        "about_last_name": "Quillfeather",
        "about_first_name": "Marisol",
        "about_npi": "2000000101",
        "about_birth_year": "",
        "purpose": "appointment",
        "note": "",
    } | given


def attached() -> SimpleUploadedFile:
    return SimpleUploadedFile("release.pdf", scan(1))


def main(response) -> str:
    """What a page says, without its frame, which carries a token of its own each time."""
    return response.content.decode().partition("<main")[2]


def page_of(request: AffiliationRequest) -> str:
    return reverse("credentialing:affiliation", args=[request.uid])


# --- the page for others --------------------------------------------------------------------------------


def test_the_answer_is_the_same_whether_or_not_the_person_exists(world: World):
    member(world)
    other = Client()
    answers = []
    for name in ("Quillfeather", "Nobody"):
        sent = other.post(ASK, typed(about_last_name=name, release=attached()))
        assert sent.status_code == 303
        reference = parse_qs(urlsplit(sent["Location"]).query)["reference"][0]
        shown = main(other.get(sent["Location"]))
        assert reference in shown
        assert name not in shown
        answers.append(shown.replace(reference, ""))
    assert answers[0] == answers[1]
    known, unknown = AffiliationRequest.objects.order_by("pk")
    assert known.practitioner is not None
    assert unknown.practitioner is None
    made_up = main(other.get(f"{ASK}?reference=ABCD-2345"))
    assert made_up.replace("ABCD-2345", "") == answers[0]
    assert (
        "<script"
        not in other.get(f"{ASK}?reference=<script>alert(1)</script>").content.decode().partition("<main")[2]
    )


def test_what_is_wrong_is_told_in_the_order_of_the_page(client, world: World):
    page = client.post(f"/affiliations/ask/{world.facility.code}/", {"note": "Soon"}).content.decode()
    summary = page[page.index("Please correct this") :]
    assert 0 < summary.index("Last name: ") < summary.index("Your name: ")


def test_what_was_typed_stays_beside_the_sentence(world: World):
    answer = Client().post(ASK, typed(about_npi="1234567890"))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "The check digit of NPI" in shown
    assert 'value="Harborview Medical Center"' in shown
    assert not AffiliationRequest.objects.exists()
    too_large = SimpleUploadedFile("big.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024 + 1))
    answer = Client().post(ASK, typed(release=too_large))
    assert answer.status_code == 422
    assert "10 MB" in answer.content.decode()


@pytest.mark.parametrize(
    "nonsense", ["x" * 20_000, "a\x00b", "-1", "1" + "0" * 400, "   ", "\u202e</script>{{ 7 }}"]
)
def test_nonsense_is_answered_with_a_sentence(world: World, nonsense: str):
    for name in typed():
        answer = Client().post(ASK, typed(**{name: nonsense}, release=SimpleUploadedFile("a.pdf", b"\x00")))
        assert answer.status_code == 422
        cache.clear()


def test_a_closed_or_unknown_page_tells_nothing(world: World):
    set_parameter(world, "credentialing.affiliation_page", False)
    closed, unknown = Client().get(ASK), Client().get("/affiliations/ask/nowhere/")
    assert closed.status_code == unknown.status_code == 404
    assert main(closed) == main(unknown)
    assert "Fernwick" not in closed.content.decode()
    assert Client().post(ASK, typed()).status_code == 404


def test_one_place_asks_so_often_within_an_hour(world: World):
    for _ in range(affiliation_asking.MOST_SENT):
        assert Client().post(ASK, typed(about_npi="")).status_code == 422
    assert Client().post(ASK, typed()).status_code == 429
    assert Client().get(ASK).status_code == 200
    assert Client(REMOTE_ADDR="10.0.0.9").post(ASK, typed()).status_code == 303


# --- the office -----------------------------------------------------------------------------------------


def test_the_list_and_today_show_what_waits(office, world: World):
    member(world)
    waits = asked(world)
    asked(world, release=Release())
    answered = asked(world)
    affiliations.reply(actor=world.coordinator, request=answered, kind="standard")
    with CaptureQueriesContext(connection) as queries:
        shown = office.get("/affiliations/").content.decode()
    assert len(queries) <= 12
    assert waits.reference in shown
    assert answered.reference not in shown
    assert ASK in shown
    assert answered.reference in office.get("/affiliations/?status=").content.decode()
    found = office.get(f"/affiliations/?status=&q={answered.reference}").content.decode()
    assert answered.reference in found
    assert waits.reference not in found
    csv = b"".join(office.get("/affiliations/?status=open&format=csv").streaming_content).decode()
    assert waits.reference in csv
    assert "Affiliation letters to answer" in office.get("/").content.decode()
    assert "without a release" in office.get("/today/credentialing-affiliations/").content.decode()


def test_a_coordinator_sends_the_standard_reply(office, world: World):
    person = member(world)
    request = asked(world)
    shown = office.get(page_of(request)).content.decode()
    assert "The standard reply can go." in shown
    assert "is in good standing." in shown
    pdf = office.get(reverse("credentialing:affiliation_preview", args=[request.uid, "standard"]))
    assert pdf.content.startswith(b"%PDF")
    office.post(page_of(request), {"do": "standard"})
    answer = office.get(page_of(request))
    assert "It goes out in two minutes" in answer.content.decode()
    assert "Take it back" in answer.content.decode()
    office.post(reverse("credentialing:affiliation_undo", args=[request.uid]))
    office.post(page_of(request), {"do": "standard"})
    request.refresh_from_db()
    assert deliver(request.replies.get(status="waiting")) == "sent"
    shown = office.get(page_of(request)).content.decode()
    assert "Download the PDF" in shown
    file = office.get(reverse("practitioners:file", args=[person.uid])).content.decode()
    more = office.get(reverse("practitioners:more_office", args=[person.uid])).content.decode()
    assert "Harborview Medical Center" in file + more
    assert (
        "Affiliation of Marisol Tessa Quillfeather, MD"
        in office.get(reverse("practitioners:papers", args=[person.uid])).content.decode()
    )


def test_what_does_not_fit_says_why_and_offers_the_rest(office, world: World):
    person = member(world)
    request = asked(world, about=About("Quillfeather", "Mary", "", 1980))
    shown = office.get(page_of(request)).content.decode()
    assert "Who is it?" in shown
    assert "Send the standard reply" not in shown
    refused = office.post(page_of(request), {"do": "identify", "npi": ""})
    assert refused.status_code == 422
    assert office.post(page_of(request), {"do": "identify", "npi": "1"}).status_code == 422
    office.post(page_of(request), {"do": "identify", "person": str(person.uid), "npi": ""})
    assert "Recognized by Dana Whitlock." in office.get(page_of(request)).content.decode()
    assert office.post(page_of(request), {"do": "own", "text": ""}).status_code == 422
    assert office.post(page_of(request), {"do": "nothing"}).status_code == 422
    assert office.post(page_of(request), {"do": "decline", "text": "Not by us."}).status_code == 303
    late = office.post(page_of(request), {"do": "decline", "text": "Not by us."})
    assert (late.status_code, "This is not possible" in late.content.decode()) == (409, True)
    other = asked(world)
    office.post(page_of(other), {"do": "close", "reason": "Asked twice."})
    assert "Asked twice." in office.get(page_of(other)).content.decode()
    office.post(reverse("credentialing:affiliation_reopen", args=[other.uid]))
    assert "Send the standard reply" in office.get(page_of(other)).content.decode()


def test_the_release_is_looked_at_and_that_is_logged(office, world: World):
    request = asked(world, release=release("Signed by hand"))
    office.get(page_of(request))
    assert ProtectedRead.objects.filter(subject_uid=request.uid).count() == 1
    first = reverse("credentialing:affiliation_release_page", args=[request.uid, 1])
    assert office.get(first)["Content-Type"] == "image/png"
    assert office.get(first.replace("/1/", "/2/")).status_code == 404
    download = office.get(reverse("credentialing:affiliation_release", args=[request.uid]))
    assert "attachment" in download["Content-Disposition"]
    none = asked(world, release=Release())
    assert office.get(reverse("credentialing:affiliation_release", args=[none.uid])).status_code == 404


def test_a_request_by_telephone_from_the_file(office, world: World):
    person = member(world)
    address = reverse("credentialing:affiliation_add_for", args=[person.uid])
    given = {name: value for name, value in typed().items() if not name.startswith("about_")}
    sent = office.post(address, given | {"channel": "phone", "release_seen": "on", "send": "standard"})
    request = AffiliationRequest.objects.get()
    assert sent["Location"] == page_of(request)
    assert (request.status, request.practitioner) == ("replying", person)
    answer = office.get(office.post(address, given | {"channel": "phone", "send": "standard"})["Location"])
    assert "Recorded, nothing sent." in answer.content.decode()
    assert AffiliationRequest.objects.filter(status="to_answer").count() == 1
    by_hand = office.post("/affiliations/add/", typed(channel="fax", release=attached()))
    assert by_hand.status_code == 303
    assert AffiliationRequest.objects.filter(channel="fax", practitioner=person).exists()


def test_nobody_of_another_office_or_about_themselves(client, world: World):
    person = member(world)
    request = asked(world)
    for viewer in (world.lookup, world.staff_coordinator):
        client.force_login(viewer)
        assert client.get(page_of(request)).status_code in (403, 404)
    person.user = world.coordinator
    person.save()
    client.force_login(world.coordinator)
    assert client.get(page_of(request)).status_code == 404
    address = reverse("credentialing:affiliation_add_for", args=[person.uid])
    assert client.get(address).status_code == 403
