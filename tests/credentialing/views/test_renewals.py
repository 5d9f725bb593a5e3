"""Verifying a renewal from what runs out, from the file, from a finding; a claim never hides a last day."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bylaws.models import StaffCategory
from config.accounts.choices import Role
from config.accounts.services.users import give_role
from config.home.selectors.today import queues_for
from config.kernel.periods import days, through
from config.kernel.registries import queues
from credentialing.selectors.expirables import expiring, forecast
from practitioners.choices import Method, SourceKind
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.evidence import add_evidence
from tests.credentialing.world import PDF, TODAY

DAY = dt.timedelta(days=1)
BOARD = "State Medical Board of Ohio"


@pytest.fixture
def office(client, world):
    client.force_login(world.coordinator)
    return client


def member_with_licence(world, last=TODAY + 20 * DAY, **given):
    person = world.practitioner(**given)
    world.category = StaffCategory.objects.get(code="active")
    world.appoint(person)
    person.licence = world.claim(
        person, "LICENSE", dt.date(2024, 3, 9), last, state="OH", number=given.get("number", "35.100001"),
        issuer=BOARD,
    )  # fmt: skip
    evidence = add_evidence(
        actor=world.coordinator, practitioner=person, title="Print", source=BOARD,
        source_kind=SourceKind.PRIMARY, method=Method.WEB, content=b"Active", media_type="text/plain",
    )  # fmt: skip
    confirm(
        actor=world.coordinator, credential=person.licence, evidence=evidence,
        valid=days(dt.date(2024, 3, 9), through(last)),
    )  # fmt: skip
    return person


def claim_renewal(world, person):
    record_claim(
        actor=world.coordinator, practitioner=person, type_code="LICENSE", state="OH", number="35.100001",
        valid=days(dt.date(2024, 3, 9), through(dt.date(2028, 3, 31))),
    )  # fmt: skip


def queue(world, code, user=None):
    found = next(each for each in queues.all() if each.code == f"credentialing-{code}")
    return found.items(user or world.coordinator, world.facility, 8)


class TestVerify:
    def fill(self, **more):
        return {
            "source": BOARD, "source_kind": "primary", "method": "web", "verified_on": TODAY.isoformat(),
            "status": "ACTIVE", "valid_from": (TODAY + 21 * DAY).isoformat(), "valid_through": "2028-03-31",
            "compared": "on", "document": SimpleUploadedFile("board.pdf", PDF, "application/pdf"),
        } | more  # fmt: skip

    def test_the_next_row_of_the_list_opens(self, office, world):
        first, second, third = (
            member_with_licence(world, TODAY + number * DAY, npi=npi)
            for number, npi in ((15, "2000000101"), (19, "2000000200"), (20, "2000000309"))
        )
        listed = "/expirables/?type=LICENSE"
        shown = office.get(listed).content.decode()
        assert f"/credentials/{first.licence.uid}/verify/?next=%2Fexpirables%2F%3Ftype%3DLICENSE" in shown
        page = f"{reverse('credentialing:verify', args=[first.licence.uid])}?next={quote(listed)}"
        answer = office.post(page, self.fill(valid_from=(TODAY + 16 * DAY).isoformat()))
        assert answer.headers["Location"].startswith(f"/credentials/{second.licence.uid}/verify/?next=")
        page = f"{reverse('credentialing:verify', args=[third.licence.uid])}?next={quote(listed)}"
        answer = office.post(page, self.fill())
        assert answer.headers["Location"] == listed

    def test_from_the_form_to_the_confirmed_period(self, office, world):
        person = member_with_licence(world)
        page = reverse("credentialing:verify", args=[person.licence.uid])
        shown = office.get(page)
        assert BOARD.encode() in shown.content
        assert f'value="{(TODAY + 21 * DAY).isoformat()}"'.encode() in shown.content
        document = shown.content.decode().split('for="id_document"')[1]
        assert "optional" not in document[: document.index("</label>")]
        answer = office.post(f"{page}?next=/expirables/", self.fill())
        assert (answer.status_code, answer.headers["Location"]) == (303, "/expirables/")
        last = person.licence.periods.live().order_by("valid").last()
        assert (last.standing, last.end) == ("confirmed", dt.date(2028, 3, 31))
        assert last.evidence.document.file_name == "board.pdf"

    def test_what_is_missing_is_said_at_its_field(self, office, world):
        person = member_with_licence(world)
        page = reverse("credentialing:verify", args=[person.licence.uid])
        for given, sentence in (
            ({"document": ""}, b"Attach what the source said"),
            ({"document": "", "method": "phone"}, b"Write down who said what"),
            ({"compared": ""}, b"Compare the answer with the file"),
            ({"valid_through": ""}, b"Enter the last valid day"),
            ({"verified_on": "1900-01-01"}, b"An answer of 1 Jan 1900"),
        ):
            answer = office.post(page, self.fill(**given))
            assert answer.status_code == 422, given
            assert sentence in answer.content, given

    def test_from_a_finding_straight_to_the_licence(self, client, world):
        person = member_with_licence(world, last=TODAY - 2 * DAY)
        client.force_login(world.director)
        found = client.get(reverse("bylaws:compliance"))
        address = f"{reverse('credentialing:verify_choose', args=[person.uid])}?kind=LICENSE&amp;state=OH"
        assert address.encode() in found.content
        onward = client.get(address.replace("&amp;", "&"))
        assert onward.status_code == 303
        assert onward.headers["Location"].startswith(
            reverse("credentialing:verify", args=[person.licence.uid])
        )

    def test_from_the_file_and_from_what_runs_out(self, office, world):
        person = member_with_licence(world)
        address = reverse("credentialing:verify", args=[person.licence.uid]).encode()
        for page in (
            reverse("practitioners:file", args=[person.uid]),
            reverse("practitioners:more_privileges", args=[person.uid]),
            reverse("credentialing:expirables"),
        ):
            assert address in office.get(page).content, page

    def test_nothing_to_choose_from_says_what_to_do(self, office, world):
        person = world.practitioner()
        address = f"{reverse('credentialing:verify_choose', args=[person.uid])}?kind=LICENSE"
        answer = office.get(address)
        assert b"Record what is claimed first" in answer.content


class TestExpirables:
    def test_a_claimed_renewal_stays_on_the_list_and_somebody_is_asked(self, office, world):
        person = member_with_licence(world)
        assert queue(world, "renewals")[0] == 0
        claim_renewal(world, person)
        answer = office.get(reverse("credentialing:expirables"))
        assert b"Renewal claimed, not confirmed" in answer.content
        count, items = queue(world, "renewals")
        assert count == 1
        assert items[0].url.startswith(reverse("credentialing:verify", args=[person.licence.uid]))
        assert queue(world, "expiring")[0] == 1

    def test_what_ran_out_is_never_green(self, office, world):
        member_with_licence(world, last=TODAY - 2 * DAY)
        content = office.get(reverse("credentialing:expirables")).content.decode()
        table = content[content.index('id="list"') :]
        row = table[table.index("<tbody") : table.index("</tbody")]
        assert "Ran out" in row
        assert "st-good" not in row
        assert "35.100001" in row

    def test_every_row_still_to_come_is_in_a_bar(self, world):
        for number, last in enumerate((TODAY, TODAY + 30 * DAY, TODAY + 360 * DAY, TODAY + 365 * DAY)):
            member_with_licence(world, last=last, npi=None, last_name=f"Member{number}")
        rows = expiring([world.facility.pk], on=TODAY)
        ahead = forecast(rows, on=TODAY)
        assert sum(count for _, count in ahead.months) == rows.count() == 4
        assert sum(total for *_, total in ahead.kinds) == 4
        assert all(sum(counts) == total for _, _, counts, total in ahead.kinds)


class TestTodayAgreesWithItsLists:
    """What "Show all" opens is what the card counts."""

    def more(self, user, world, code):
        mine = queues_for(user, world.facility)
        return next(each.more_url for each in mine if each.code == f"credentialing-{code}")

    def rows(self, client, address):
        return client.get(address).context["listing"].page.paginator.count

    def test_everywhere(self, client, world):
        coordinator = world.user("Two Places", Role.CREDENTIALING_COORDINATOR)
        give_role(
            actor=world.system, user=coordinator, role=Role.CREDENTIALING_COORDINATOR, facility=world.other,
            start=dt.date(2020, 1, 1),
        )  # fmt: skip
        world.accepted(coordinator=coordinator)
        world.accepted(_stated(world, "Colleagues"), coordinator=world.colleague)
        world.application(world.practitioner(npi=None, last_name="Draft"))
        elsewhere = {"facility": world.other, "department": world.other_surgery, "actor": coordinator}
        world.application(world.practitioner(npi=None, last_name="Elsewhere"), **elsewhere)
        member_with_licence(world, npi=None, last_name="Expires")
        client.force_login(coordinator)
        for code in ("new", "mine", "chase", "review", "renewals", "expiring", "lapsed", "matches"):
            count, _ = queue(world, code, coordinator)
            assert self.rows(client, self.more(coordinator, world, code)) == count, code
        assert queue(world, "mine", coordinator)[0] == 1
        assert queue(world, "new", coordinator)[0] == 1


def _stated(world, name):
    person = world.practitioner(npi=None, last_name=name)
    world.state_everything(person)
    return person


class TestLate:
    def test_a_term_that_lapsed_before_the_reappointment_is_late(self, office, world):
        person = world.practitioner()
        world.appoint(person, start=dt.date(2024, 2, 1))
        application = world.application(person, kind="reappointment")
        count, items = queue(world, "lapsed")
        assert (count, items[0].due) == (1, dt.date(2026, 1, 31))
        page = office.get(reverse("credentialing:file", args=[application.uid])).content
        assert b"The appointment lapsed on 31 Jan 2026" in page
        file = office.get(reverse("practitioners:file", args=[person.uid])).content
        assert b"Appointment ended" in file

    def test_a_query_of_the_data_bank_that_is_too_old_is_late(self, world):
        person = world.practitioner()
        world.appoint(person, start=dt.date(2024, 6, 1))
        world.query(person, queried_on=dt.date(2024, 3, 1))
        count, items = queue(world, "queries")
        assert (count, items[0].due) == (1, dt.date(2026, 3, 1))
        assert items[0].url == reverse("credentialing:npdb_add", args=[person.uid])


class TestTheFileSaysWhatTheLookupSays:
    def test_a_term_is_not_usable_from_the_day_the_licence_was_gone(self, office, world):
        person = member_with_licence(world, last=TODAY - 2 * DAY)
        page = office.get(reverse("practitioners:file", args=[person.uid])).content.decode()
        assert f"Not usable since {(TODAY - DAY).day} {TODAY - DAY:%b %Y}" in page
        assert "In force" not in page

    def test_a_term_with_a_licence_is_in_force(self, office, world):
        person = member_with_licence(world)
        page = office.get(reverse("practitioners:file", args=[person.uid])).content.decode()
        assert "In force" in page
        assert "Not usable" not in page
