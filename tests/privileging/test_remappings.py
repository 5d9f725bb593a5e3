"""What a newer form has in place of what somebody holds: told to the holder and to the bodies."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml
from django.urls import reverse

from bylaws.subjects import handler
from config.kernel import clock
from privileging.models import PrivilegeFormVersion
from privileging.rules.catalogue_forms import text_of
from privileging.selectors.catalogue import definition_of, next_number
from privileging.selectors.packets import offered
from privileging.selectors.remappings import instead_of_held, standing_proposals
from privileging.services.catalogue import draft_version, propose_remapping, publish_version
from privileging.services.requests import request_privileges
from tests.privileging.conftest import NOON, TODAY, appoint, grant
from tests.privileging.files import hospital_with_office, opened, surgery_form

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def member(world, person):
    """Holds breast and thyroid surgery, granted on version 1."""
    one = person()
    appoint(world, one)
    for code in ("GS-BREAST", "GS-THYROID"):
        grant(world, one, code)
    return one


def next_version(world, days: int, *, without: str, instead: str | None) -> PrivilegeFormVersion:
    """The version that follows the newest, without a privilege and with a proposal for it (None: none), in
    force ``days`` after today.
    """
    running = PrivilegeFormVersion.objects.filter(status="published").latest("pk")
    data = yaml.safe_load(text_of(next_number(running, definition_of(running))))
    data["core"]["lines"] = [line for line in data["core"]["lines"] if line["code"] != without]
    with clock.freeze(NOON + dt.timedelta(days=days)):
        made = draft_version(actor=world.system, form=running.form, text=yaml.safe_dump(data))
        if instead is not None:
            old = running.lines.get(privilege__code=without)
            propose_remapping(
                actor=world.system, version=made, old_line=old, new_code=instead, note="Bylaws committee."
            )
        return publish_version(actor=world.system, version=made)


def told(application, version, days=5) -> list[str]:
    on = TODAY + dt.timedelta(days=days)
    return [each.to_the_holder for each in instead_of_held(application, [version], on).get(version.pk, [])]


class TestWhatIsTold:
    def test_the_holder_reads_what_the_new_form_has_instead(self, world, staff, member):
        version = next_version(world, 1, without="GS-BREAST", instead="GS-SOFT-TISSUE")
        with clock.freeze(NOON + dt.timedelta(days=2)):
            renewal = opened(world, staff, member, kind="reappointment")
            sentence = (
                "You hold Breast biopsy, lumpectomy and mastectomy. This form has Excision, drainage and "
                "debridement of skin and soft tissue instead: ask for that if you want to go on."
            )
            assert told(renewal, version) == [sentence]
            assert offered(renewal)[0].notes == (sentence,)

    def test_without_a_proposal_or_with_none_in_its_place_it_is_said_as_well(self, world, staff, member):
        version = next_version(world, 1, without="GS-BREAST", instead=None)
        renewal = opened(world, staff, member, kind="reappointment")
        nothing = "This form has nothing in its place."
        assert told(renewal, version) == [f"You hold Breast biopsy, lumpectomy and mastectomy. {nothing}"]
        later = next_version(world, 2, without="GS-THYROID", instead="")
        assert told(renewal, later)[1] == f"You hold Thyroid and parathyroid surgery. {nothing}"

    def test_it_is_followed_from_version_to_version(self, world, staff, member):
        next_version(world, 1, without="GS-BREAST", instead="GS-SPLENECTOMY")
        third = next_version(world, 2, without="GS-SPLENECTOMY", instead="GS-SOFT-TISSUE")
        renewal = opened(world, staff, member, kind="reappointment")
        assert len(told(renewal, third)) == 1
        assert "has Excision, drainage" in told(renewal, third)[0]

    def test_a_proposal_for_a_version_to_come_is_not_told_yet(self, world, staff, member):
        second = next_version(world, 1, without="GS-BREAST", instead="GS-SOFT-TISSUE")
        next_version(world, 90, without="GS-SOFT-TISSUE", instead="")
        renewal = opened(world, staff, member, kind="reappointment")
        assert "has Excision, drainage" in told(renewal, second)[0]

    def test_who_asks_for_the_first_time_is_told_nothing(self, world, staff, person, member):
        version = next_version(world, 1, without="GS-BREAST", instead="GS-SOFT-TISSUE")
        assert told(opened(world, staff, person()), version) == []

    def test_the_newest_proposal_of_a_line_counts(self, world, member):
        version = next_version(world, 1, without="GS-BREAST", instead="GS-SOFT-TISSUE")
        old = surgery_form().lines.get(privilege__code="GS-BREAST")
        propose_remapping(actor=world.system, version=version, old_line=old, new_code="")
        assert [row.new_privilege for row in standing_proposals(version)] == [None]


class TestWhereItIsTold:
    @pytest.fixture
    def renewal(self, world, staff, member):
        self.version = next_version(world, 1, without="GS-BREAST", instead="GS-SOFT-TISSUE")
        with clock.freeze(NOON + dt.timedelta(days=2)):
            one = opened(world, staff, member, kind="reappointment")
            request_privileges(actor=staff.coordinator, application=one, version=self.version)
            yield one

    def test_the_office_on_the_request(self, staff, renewal, client, django_assert_max_num_queries):
        client.force_login(staff.coordinator)
        with django_assert_max_num_queries(20):
            page = client.get(reverse("privileging:request", args=[renewal.uid])).content.decode()
        assert "Held on an earlier version of this form" in page
        assert "Excision, drainage and debridement of skin and soft tissue is proposed in its place" in page
        assert "Bylaws committee." in page

    def test_the_bodies_at_the_head_of_the_file(self, staff, renewal):
        facts = handler("application").page(renewal.uid, TODAY, staff.coordinator).summary.facts
        assert "is proposed in its place" in facts["Held on an earlier version"]
