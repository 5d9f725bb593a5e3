"""The head of a file answers the telephone, at a fixed cost, whatever the file is going through."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.models import Meeting
from config.accounts.choices import Role


def head(world, thing, who=Role.DIRECTOR):
    """The words of the head, and what the page cost."""
    person = getattr(world.things[thing], "practitioner", world.things[thing])
    address = reverse("practitioners:file", args=[person.uid])
    client = world.clients[str(who)]
    client.get(address)  # what is read once per process is not the page's cost
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    text = answer.content.decode()
    start = text.index('aria-label="At a glance"')
    words = re.sub(
        r"<[^>]+>", " ", text[start : text.index("</section>\n", text.index("glance-next", start))]
    )
    queries = [each["sql"] for each in asked.captured_queries if "SAVEPOINT" not in each["sql"]]
    return " ".join(html.unescape(words).split()), queries


@pytest.mark.parametrize("thing", ["practitioner", "application", "application_in_verification"])
@pytest.mark.parametrize(
    "who", [Role.DIRECTOR, Role.CREDENTIALING_COORDINATOR, Role.MEDICAL_STAFF_COORDINATOR]
)
def test_the_page_asks_no_more_than_twenty_questions(world, thing, who):
    _, queries = head(world, thing, who)
    assert len(queries) <= 20, "\n".join(queries)


def test_somebody_on_the_staff(world):
    words, _ = head(world, "practitioner")
    assert "Appointed" in words
    for label in ("Category", "Department", "Term until", "Next to run out"):
        assert label in words


def test_a_file_in_verification_says_who_acts_and_that_the_day_is_not_known(world):
    words, _ = head(world, "application_in_verification")
    assert "Initial appointment: in verification" in words
    assert "Waiting for Rosa Delgado" in words
    assert "Decision expected Not known" in words
    assert "The file is not before the bodies yet" in words


def test_a_file_before_the_committee_says_which_meeting_is_missing(world):
    words, _ = head(world, "application")
    assert "in review" in words
    assert "Waiting for Paul Novak" in words  # the chair of the committee that has it on its agenda
    committees = {meeting.committee.kind for meeting in Meeting.objects.select_related("committee")}
    assert "board" not in committees
    assert "No meeting of the" in words
