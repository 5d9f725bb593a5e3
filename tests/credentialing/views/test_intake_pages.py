"""The tray in the browser: what waits, one paper, filing for one and for many, taking out."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.accounts.choices import DataClass, Role
from config.audit.models import ProtectedRead
from config.home.selectors.today import queues_for
from config.kernel.registries import queues
from credentialing.choices import Element, ItemStatus, PaperStatus
from credentialing.models import FiledPart, IncomingPaper
from credentialing.services import filing, intake
from practitioners.services.people import link_user
from tests.credentialing.scans import blank, png, scan
from tests.credentialing.world import TODAY

TEN = scan(10)


@pytest.fixture
def office(client, world):
    client.force_login(world.coordinator)
    return client


@pytest.fixture
def paper(world):
    return receive(world, "Fax of Tuesday.pdf", TEN, sender="Fernwick College")


def receive(world, name, content, **more):
    values = {
        "actor": world.coordinator, "facility": world.facility, "files": [(name, content)],
        "channel": "fax", "arrived_on": TODAY,
    }  # fmt: skip
    return intake.receive_papers(**values | more)[0]


def page_of(paper, name="paper"):
    return reverse(f"credentialing:{name}", args=[paper.uid])


def read_on(client, address, sent):
    """What stands on the page one is led to after sending a form."""
    answer = client.post(address, sent)
    assert answer.status_code == 303, answer.content.decode()
    return client.get(answer.headers["Location"]).content.decode()


def pdf(name, content):
    return SimpleUploadedFile(name, content, "application/pdf")


class TestTray:
    address = "/incoming/"

    def test_an_empty_tray_says_what_to_do(self, office):
        assert b"No paper waits to be filed." in office.get(self.address).content

    def test_several_files_become_several_papers_oldest_first(self, office, world):
        sent = {
            "papers": [pdf("b.pdf", scan(2)), SimpleUploadedFile("a.png", png(170, 220), "image/png")],
            "channel": "mail", "arrived_on": TODAY.isoformat(), "sender": "", "title": "ignored for two",
        }  # fmt: skip
        assert office.post(f"{self.address}add/", sent).headers["Location"] == self.address
        older = receive(world, "older.pdf", scan(1), arrived_on=TODAY - dt.timedelta(days=9))
        shown = office.get(self.address).content.decode()
        assert shown.index("older") < shown.index(">b<") < shown.index(">a<")
        assert "0 of 2 pages" in shown
        queue = next(each for each in queues.all() if each.code == "credentialing-papers")
        count, items = queue.items(world.coordinator, world.facility, 8)
        assert (count, items[0].title, items[0].since) == (3, "older", older.arrived_on)
        assert "credentialing-papers" in {each.code for each in queues_for(world.coordinator, world.facility)}

    @pytest.mark.parametrize(
        ("files", "sentence"),
        [
            ([], "Choose a file."),
            ([pdf("a.pdf", b"%PDF-1.4 broken %%EOF")], "The PDF is damaged"),
            ([pdf("a.pdf", b"")], "The file is empty"),
            ([pdf("a.pdf", blank(1)), pdf("b.pdf", blank(0))], "b.pdf: The PDF has no pages."),
        ],
    )
    def test_what_is_wrong_with_a_file_stands_at_the_field(self, office, files, sentence):
        sent = {"papers": files, "channel": "scan", "arrived_on": TODAY.isoformat()}
        answer = office.post(f"{self.address}add/", sent)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not IncomingPaper.objects.exists()

    def test_it_is_searched_by_title_sender_and_person_and_filtered(self, office, world, paper):
        person = world.practitioner()
        filing.file_pages(
            actor=world.coordinator, paper=paper, practitioner=person, first_page=1, last_page=10
        )
        assert b"Fax of Tuesday" not in office.get(self.address).content
        for words in ("tuesday", "fernwick", "quillfeather", "2000000101"):
            found = office.get(self.address, {"status": "", "q": words}).content
            assert b"Fax of Tuesday" in found, words
        assert b"Fax of Tuesday" not in office.get(self.address, {"status": "", "q": "nobody"}).content
        assert b"10 of 10 pages" in office.get(self.address, {"status": "filed"}).content

    def test_another_hospital_sees_its_own(self, client, world, paper):
        client.force_login(world.user("Else Where", Role.DIRECTOR, facility=world.other))
        assert b"Fax of Tuesday" not in client.get(self.address).content
        assert client.get(page_of(paper)).status_code == 404


class TestFiling:
    def test_the_form_begins_at_the_first_page_that_is_left(self, office, world, paper):
        person = world.practitioner()
        filing.file_pages(
            actor=world.coordinator, paper=paper, practitioner=person, first_page=1, last_page=3
        )
        shown = office.get(page_of(paper)).content.decode()
        assert 'value="4"' in shown
        assert "Page 4 <span" in shown
        assert "Quillfeather" in shown

    def test_pages_are_filed_and_it_is_said_where(self, office, world, paper):
        person = world.practitioner()
        sent = {"pages": "2-3", "person": "Quillfeather, Marisol Tessa · 2000000101", "what": ""}
        assert "Pages 2 to 3 are in the file of Quillfeather, Marisol Tessa" in read_on(
            office, page_of(paper), sent
        )
        part = FiledPart.objects.get()
        assert (part.practitioner, part.first_page, part.last_page) == (person, 2, 3)
        assert part.document.title == "Fax of Tuesday"

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"pages": "0"}, "The paper has the pages 1 to 10"),
            ({"pages": "one"}, "like 3-5"),
            ({"person": ""}, "Enter it."),
            ({"person": "Zzyzx"}, "Nobody is found under “Zzyzx”"),
            ({"person": "Smith"}, "may be several people. Enter one of: Smith, "),
            ({"person": "1234567890"}, "No practitioner has the NPI"),
            ({"what": "item:5f2d"}, "from this person&#x27;s list"),
        ],
    )
    def test_what_cannot_be_filed_is_said(self, office, world, paper, given, sentence):
        world.practitioner()
        for first in ("Ada", "Bea"):
            world.practitioner(npi=None, last_name="Smith", first_name=first, middle_name="")
        answer = office.post(page_of(paper), {"pages": "1", "person": "Quillfeather", "what": ""} | given)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not FiledPart.objects.exists()

    def test_what_it_may_be_follows_from_the_person(self, office, world, paper):
        application = world.accepted()
        offered = office.get("/incoming/kinds/", {"person": "Quillfeather"}).content.decode()
        item = world.item(application, Element.MEDICAL_SCHOOL)
        assert f'value="item:{item.uid}"' in offered
        assert "Credentials on file" in offered
        nobody = office.get("/incoming/kinds/", {"person": "Nobody at all"}).content.decode()
        assert nobody.count("<option") == 1
        assert b"2000000101" in office.get("/incoming/people/", {"person": "quill"}).content

    def test_the_answer_is_recorded_with_the_part_as_its_evidence(self, office, world, paper):
        application = world.accepted()
        item = world.item(application, Element.MEDICAL_SCHOOL)
        sent = {"pages": "5", "person": "Quillfeather", "what": f"item:{item.uid}"}
        shown = read_on(office, page_of(paper), sent)
        assert "Record the answer" in shown
        document = FiledPart.objects.get().document
        item_page = reverse("credentialing:item", args=[item.uid])
        assert f'value="{document.uid}" selected' in office.get(item_page).content.decode()
        answer = {
            "source": "Fernwick College of Medicine", "source_kind": "primary", "method": "letter",
            "verified_on": TODAY.isoformat(), "filed": str(document.uid),
        }  # fmt: skip
        assert office.post(f"{item_page}do/answer/", answer).status_code == 303
        item.refresh_from_db()
        assert (item.status, item.evidence.document) == (ItemStatus.RECEIVED, document)
        assert "Serves as evidence" in office.get(page_of(paper)).content.decode()

    def test_a_renewal_is_confirmed_with_the_part_as_its_evidence(self, office, world, paper):
        person = world.practitioner()
        world.state_everything(person)
        licence = person.credentials.get(credential_type__code="LICENSE")
        sent = {"pages": "5", "person": "Quillfeather", "what": f"credential:{licence.uid}"}
        assert "Verify the renewal" in read_on(office, page_of(paper), sent)
        document = FiledPart.objects.get().document
        given = {
            "source": "State Medical Board of Ohio", "source_kind": "primary", "method": "letter",
            "verified_on": TODAY.isoformat(), "status": "ACTIVE", "valid_from": "2012-07-01",
            "valid_through": "2029-06-30", "compared": "on", "filed": str(document.uid),
        }  # fmt: skip
        assert office.post(reverse("credentialing:verify", args=[licence.uid]), given).status_code == 303
        newest = licence.periods.live().order_by("valid").last()
        assert newest.evidence.document == document

    def test_a_paper_about_oneself_is_closed_to_oneself(self, office, client, world, paper):
        person = world.practitioner()
        link_user(actor=world.system, practitioner=person, user=world.colleague)
        client.force_login(world.colleague)
        answer = client.post(page_of(paper), {"pages": "1", "person": "Quillfeather", "what": ""})
        assert answer.status_code == 403
        assert b"own file" in answer.content
        filing.file_pages(
            actor=world.coordinator, paper=paper, practitioner=person, first_page=1, last_page=1
        )
        assert client.get(page_of(paper)).status_code == 404
        assert client.get(f"{page_of(paper)}pages/2/").status_code == 404


class TestPictures:
    def test_a_page_is_a_picture_or_404(self, office, paper):
        shown = office.get(f"{page_of(paper)}pages/3/")
        assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/png", "private, no-store")
        assert shown.content.startswith(b"\x89PNG")
        assert len(office.get(f"{page_of(paper)}pages/3/?small=1").content) < len(shown.content)
        for number in ("0", "11", "99999999999999999999"):
            assert office.get(f"{page_of(paper)}pages/{number}/").status_code == 404
        whole = office.get(page_of(paper, "paper_original"))
        assert whole.content == TEN
        assert "attachment" in whole["Content-Disposition"]

    def test_only_the_page_is_answered_when_only_the_page_is_asked_for(self, office, paper):
        headers = {"HX-Request": "true", "HX-Target": "page-viewer"}
        part = office.get(f"{page_of(paper)}?page=7", headers=headers).content.decode()
        assert part.count("<section") == 1
        assert "Page 7 of Fax of Tuesday" in part
        for asked in ("0", "11", "-1", "x", "²", "9" * 400):
            assert "Page 1 <span" in office.get(f"{page_of(paper)}?page={asked}").content.decode()

    def test_a_page_that_became_protected_opens_by_class_and_is_logged(self, client, world, paper):
        person = world.practitioner()
        for first, kind in ((1, DataClass.HEALTH), (2, DataClass.PEER_REVIEW)):
            filing.file_pages(
                actor=world.director, paper=paper, practitioner=person, first_page=first, last_page=first,
                data_class=kind,
            )  # fmt: skip
        client.force_login(world.coordinator)
        shown = client.get(f"{page_of(paper)}?page=1").content.decode()
        assert "This page is protected" in shown
        assert client.get(f"{page_of(paper)}pages/1/").status_code == 403
        assert client.get(page_of(paper, "paper_original")).status_code == 403
        assert not ProtectedRead.objects.exists()
        assert client.get(f"{page_of(paper)}pages/2/").status_code == 200
        read = ProtectedRead.objects.get()
        assert (read.data_class, read.practitioner_uid) == (DataClass.PEER_REVIEW, person.uid)


class TestMany:
    @pytest.fixture
    def insured(self, world):
        people = []
        for letter in "abc":
            person = world.practitioner(npi=None, last_name=f"Insured{letter}", middle_name="")
            person.cover = world.claim(
                person, "MALPRACTICE", dt.date(2025, 4, 1), dt.date(2026, 3, 31), number=f"POL-{letter}",
                issuer="Imaginary Mutual", extra={"per_claim_usd": 1000000, "aggregate_usd": 3000000},
            )  # fmt: skip
            people.append(person)
        return people

    def fill(self, **more):
        return {
            "pages": "1-10", "kind": "MALPRACTICE", "title": "",
            "people": "Marisol Insureda\nInsuredb, Marisol\nINSUREDC MARISOL\nInsuredb, Marisol",
            "source": "Imaginary Mutual", "source_kind": "agent", "method": "letter",
            "verified_on": TODAY.isoformat(), "valid_from": "2026-04-01", "valid_through": "2027-03-31",
        } | more  # fmt: skip

    def test_looked_at_first_then_filed_and_renewed(self, office, paper, insured):
        address = page_of(paper, "paper_many")
        shown = office.post(address, self.fill())
        assert shown.status_code == 200
        assert "File for 3 people" in shown.content.decode()
        assert "POL-b" in shown.content.decode()
        assert not FiledPart.objects.exists()
        seen = re.search(r'name="seen" value="(\w+)"', shown.content.decode())[1]
        changed = self.fill(file="yes", seen=seen, people="Insureda")
        assert b"Something was changed after the preview." in office.post(address, changed).content
        assert not FiledPart.objects.exists()
        done = read_on(office, address, self.fill(file="yes", seen=seen))
        assert "Pages 1 to 10: in the files of 3 people, and the renewals are confirmed." in done
        for person in insured:
            assert person.cover.periods.live().order_by("valid").last().end == dt.date(2027, 3, 31)
        paper.refresh_from_db()
        assert paper.status == PaperStatus.FILED

    def test_people_whose_npi_can_be_read_stand_there_already(self, office, world):
        person = world.practitioner(npi="2000000101")
        content = scan(2, about="Covered: 2000000101 and 1000000004, sheet")
        listed = receive(world, "list.pdf", content)
        shown = office.get(page_of(listed, "paper_many")).content.decode()
        assert f"2000000101 {person}" in shown
        assert "1000000004" not in shown
        picture = receive(world, "list.png", png(170, 220))
        assert office.get(page_of(picture, "paper_many")).status_code == 200

    def test_without_a_day_the_pages_are_only_kept(self, office, paper, insured):
        sent = self.fill(valid_from="", valid_through="", kind="", source="")
        shown = office.post(page_of(paper, "paper_many"), sent).content.decode()
        sent |= {"file": "yes", "seen": re.search(r'name="seen" value="(\w+)"', shown)[1]}
        assert office.post(page_of(paper, "paper_many"), sent).status_code == 303
        assert FiledPart.objects.filter(credential__isnull=True).count() == 3
        assert insured[0].cover.periods.live().get().standing == "claimed"

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"people": ""}, "Enter it."),
            ({"people": "Insureda\nWho Ever"}, "Nobody is found under this name"),
            ({"people": "1234567890"}, "No practitioner has the NPI 1234567890"),
            ({"people": "Insureda\nStranger"}, "is on file."),
            ({"source": ""}, "Needed for a renewal"),
            ({"kind": ""}, "Say which credential is renewed"),
            ({"valid_through": ""}, "Enter the last valid day"),
            ({"pages": "11"}, "The paper has the pages 1 to 10"),
            ({"valid_through": "2026-03-01"}, "The last valid day lies before the first"),
        ],
    )
    def test_what_is_not_in_order_is_said_and_nothing_is_filed(
        self, office, world, paper, insured, given, sentence
    ):
        world.practitioner(npi=None, last_name="Stranger")
        address = page_of(paper, "paper_many")
        sent = self.fill(**given)
        if found := re.search(r'name="seen" value="(\w+)"', office.post(address, sent).content.decode()):
            sent["seen"] = found[1]
        answer = office.post(address, sent | {"file": "yes"})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not FiledPart.objects.exists()

    def test_a_list_costs_no_more_queries_than_one(
        self, office, paper, insured, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(20):
            office.post(page_of(paper, "paper_many"), self.fill())


class TestUndo:
    def test_a_part_is_taken_out_with_a_reason(self, office, world, paper):
        person = world.practitioner()
        part = filing.file_pages(
            actor=world.coordinator, paper=paper, practitioner=person, first_page=1, last_page=10
        )
        address = reverse("credentialing:part_undo", args=[part.uid])
        shown = office.get(address).content.decode()
        assert "Do pages 1 to 10 not belong into the file of Quillfeather" in shown
        assert office.post(address, {"reason": ""}).status_code == 422
        done = read_on(office, address, {"reason": "Her namesake's"})
        assert "Taken out" in done
        assert "Her namesake&#x27;s" in done
        paper.refresh_from_db()
        assert paper.status == PaperStatus.TO_FILE
        papers = office.get(reverse("practitioners:papers", args=[person.uid])).content.decode()
        assert "Her namesake&#x27;s" in papers


class TestLife:
    def test_discarded_and_taken_back(self, office, paper):
        assert office.post(page_of(paper, "paper_discard"), {"reason": "Advertising"}).status_code == 303
        shown = office.get(page_of(paper)).content.decode()
        assert "Discarded by" in shown
        assert "File pages" not in shown
        assert office.post(page_of(paper, "paper_reopen")).status_code == 303
        assert b"File pages" in office.get(page_of(paper)).content

    def test_the_director_erases_what_the_office_should_not_have(self, office, client, world, paper):
        intake.discard_paper(actor=world.coordinator, paper=paper, reason="Not for us")
        assert office.get(page_of(paper, "paper_erase")).status_code == 403
        assert b"Erase the content" not in office.get(page_of(paper)).content
        client.force_login(world.director)
        assert b"Erase the content" in client.get(page_of(paper)).content
        shown = read_on(client, page_of(paper, "paper_erase"), {"reason": "Patient data"})
        assert "Its content was erased by Morgan Tallis" in shown
        assert "<img" not in shown.split("page-head")[1].split("How it arrived")[0]
        for name in ("paper_original", "paper_many"):
            assert client.get(page_of(paper, name)).status_code in (200, 422), name
        assert client.get(f"{page_of(paper)}pages/1/").status_code == 422

    def test_nothing_more_to_file_and_the_next_one(self, office, world, paper):
        receive(world, "next.pdf", scan(1))
        filing.file_pages(
            actor=world.coordinator, paper=paper, practitioner=world.practitioner(), first_page=2, last_page=9
        )
        assert b"2 of its 10 pages" in office.get(page_of(paper, "paper_finish")).content
        assert office.post(page_of(paper, "paper_finish"), {"reason": ""}).status_code == 303
        assert "Next: <a" in office.get(page_of(paper)).content.decode()
