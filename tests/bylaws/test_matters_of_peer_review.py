"""A matter of peer review on an agenda is closed to whom it is about, and to alternates who have no part in
it.
"""

import uuid

import pytest
from django.urls import reverse

from bylaws import matters
from bylaws.choices import CommitteeKind
from bylaws.services.agendas import add_matter
from bylaws.services.presence import mark_present
from config.accounts.choices import DataClass, Role
from tests.bylaws.test_alternates import designated

pytestmark = pytest.mark.django_db
KIND = "sample-matter"
TITLE = "Marked evaluation of endoscopy"


@pytest.fixture(autouse=True)
def _kind(monkeypatch):
    """A kind of matter of peer review, known for one test."""
    kind = matters.MatterKind(KIND, DataClass.PEER_REVIEW, lambda viewer, uids: {})
    monkeypatch.setitem(matters._kinds, KIND, kind)


@pytest.fixture
def item(world):
    """An evaluation of Ben, who sits on the committee before which it is."""
    return add_matter(
        actor=world.coordinator,
        meeting=world.meeting(present=world.members),
        title=TITLE,
        practitioner=world.practitioner("Bernhard Membrane", user=world.members[1]),
        subject_kind=KIND,
        subject_uid=uuid.uuid4(),
    )


def page_of(sign_in, user, item):
    return sign_in(user).get(reverse("bylaws:meeting", args=[item.meeting.uid])).content.decode()


def test_nobody_reads_on_an_agenda_that_they_are_under_evaluation(world, sign_in, item):
    page = page_of(sign_in, world.members[0], item)
    assert TITLE in page
    assert "Membrane" in page
    page = page_of(sign_in, world.members[1], item)
    assert TITLE not in page
    assert "Membrane" not in page
    assert "This is your own file" not in page
    assert "You take no part in this matter of peer review" in page
    for name in ("bylaws:item_act", "bylaws:motion_new"):
        assert sign_in(world.members[1]).post(reverse(name, args=[item.uid])).status_code == 404


def test_an_alternate_whose_member_takes_part_reads_neither_of_whom_nor_what(world, sign_in, item):
    alternate = world.user("Alma Stead", Role.COMMITTEE_MEMBER)
    designated(world, CommitteeKind.CREDENTIALS_COMMITTEE, world.members[2], alternate)
    mark_present(actor=alternate, meeting=item.meeting, user=alternate)
    page = page_of(sign_in, alternate, item)
    assert TITLE not in page
    assert "Membrane" not in page
    assert "You take no part in this matter of peer review" in page
