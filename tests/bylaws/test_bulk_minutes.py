"""A meeting held elsewhere: one paper, many files, each recorded by itself in one act."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import AgendaStatus, Body, LineOutcome, MeetingStatus, StepStatus
from bylaws.models import AgendaItem, Decision, Meeting, MinutesPaper
from bylaws.rules.meetings_held import held_by_body, votes_by_body
from bylaws.selectors.decisions import replay
from bylaws.selectors.minutes_of_meeting import to_write
from bylaws.services.bulk_minutes import Held, Told, foretell, record_minutes
from bylaws.services.minutes_of_meeting import draft_minutes
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from practitioners import store
from practitioners.models import Document
from practitioners.services.evidence import remove_unreferenced
from tests.bylaws.world import NOON, SAMPLE
from tests.credentialing.scans import scan

CREDENTIALS = Body.CREDENTIALS_COMMITTEE
EVENING = NOON - dt.timedelta(hours=2)
PAPER = scan(1, about="Minutes of the evening")


@pytest.fixture
def world(world, settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    return world


def files(world, number):
    """Files the chair has recommended as asked for, before the credentials committee."""
    cases = [world.recommended(world.practitioner(f"Person {letter}")) for letter in "ABCDEFGH"[:number]]
    return [world.step(case, CREDENTIALS) for case in cases]


def held(**more) -> Held:
    values: dict[str, Any] = {
        "starts_at": EVENING,
        "mover": "Ana Member",
        "seconder": "Ben Member",
        "votes_for": 4,
    }
    return Held(**values | more)


def recorded(world, told, **more):
    values = {
        "actor": world.coordinator, "committee": world.committees[CREDENTIALS], "held": held(),
        "paper_name": "minutes.pdf", "paper": PAPER,
    }  # fmt: skip
    return record_minutes(files=told, **values | more)


def test_one_paper_records_every_file_as_the_minutes_say(world):
    first, second, third = files(world, 3)
    changed = world.answers(second.case, LineOutcome.MODIFY, conditions="Five proctored cases")
    done = recorded(
        world,
        [Told(first), Told(second, answers=changed), Told(third, postponed=True)],
        held=held(votes_against=1, place="Boardroom"),
    )
    meeting = Meeting.objects.get(pk=done.meeting.pk)
    assert (meeting.status, meeting.starts_at, meeting.place) == (
        MeetingStatus.ADJOURNED,
        EVENING,
        "Boardroom",
    )
    assert (meeting.called_to_order_at, meeting.quorum_at_order) == (None, {})  # the paper does not tell
    assert [each.step for each in done.decisions] == [first, second]
    assert {each.meeting for each in done.decisions} == {meeting}
    assert [(each.votes_for, each.votes_against) for each in done.decisions] == [(4, 1)] * 2
    assert {line.outcome for line in done.decisions[1].lines.all()} == {LineOutcome.MODIFY}
    assert [step.pk for step in done.postponed] == [third.pk]
    third.refresh_from_db()
    assert third.status == StepStatus.OPEN
    assert list(AgendaItem.objects.filter(meeting=meeting).values_list("step", "status")) == [
        (first.pk, AgendaStatus.ACTED),
        (second.pk, AgendaStatus.ACTED),
        (third.pk, AgendaStatus.POSTPONED),
    ]
    for decision in done.decisions:
        assert replay(decision).problems == []
    event = AuditEvent.objects.get(verb="meeting.recorded_from_minutes")
    assert event.data["decisions"] == 2


def test_the_paper_is_one_encrypted_in_nobodys_file_and_proved_by_each_decision(world):
    done = recorded(world, [Told(step) for step in files(world, 2)])
    paper = MinutesPaper.objects.get()
    assert not Document.objects.exists()
    assert store.get(paper.sha256, encrypted=True) == PAPER
    assert PAPER not in store.stored_bytes(paper.sha256)
    assert {paper.sha256 in each.frozen and str(paper.uid) in each.frozen for each in done.decisions} == {
        True
    }
    with pytest.raises(Error), transaction.atomic():
        MinutesPaper.objects.update(sha256="0" * 64)


def test_a_file_that_cannot_be_recorded_is_named_and_hinders_no_other(world):
    first, second, third = files(world, 3)
    SAMPLE.not_ready[second.case.subject_uid] = "The licence has lapsed since."
    done = recorded(world, [Told(first), Told(second), Told(third, votes_for=1)])
    assert [each.step for each in done.decisions] == [first]
    assert [(step.pk, why) for step, why in done.left] == [
        (second.pk, "The licence has lapsed since."),
        (third.pk, done.left[1][1]),
    ]
    assert "There was no quorum" in done.left[1][1]
    assert AgendaItem.objects.filter(meeting=done.meeting).count() == 1


def test_a_recusal_is_of_one_file(world):
    first, second = files(world, 2)
    recusals = [{"name": "Cy Member", "reason": "Partner"}]
    names = [str(user) for user in world.members]
    recusals[0]["name"] = names[2]
    done = recorded(world, [Told(first), Told(second, votes_for=3, recusals=recusals)])
    assert [(each.votes_for, len(each.recusals)) for each in done.decisions] == [(4, 0), (3, 1)]


def test_recording_it_again_changes_nothing(world):
    told = [Told(step) for step in files(world, 2)]
    recorded(world, told)
    with pytest.raises(Conflict, match="is on record already"):
        recorded(world, told)
    with pytest.raises(Refused, match="Nothing was recorded"):
        recorded(world, told, held=held(starts_at=EVENING - dt.timedelta(hours=1)))
    assert (Meeting.objects.count(), MinutesPaper.objects.count(), Decision.objects.count()) == (1, 1, 4)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"held": held(starts_at=NOON + dt.timedelta(hours=1))}, "still to come"),
        ({"paper": b"no scan", "paper_name": "minutes.txt"}, "not accepted here"),
        ({"held": held(mover="Mickey Mouse")}, "Mickey Mouse was no voting member"),
        ({"held": held(votes_for=0)}, "There was no quorum"),
    ],
)
def test_what_cannot_be_is_refused_whole(world, change, sentence):
    told = [Told(step) for step in files(world, 1)]
    with pytest.raises(Refused, match=sentence):
        recorded(world, told, **change)
    assert not Meeting.objects.exists()
    assert not MinutesPaper.objects.exists()


def test_who_may_and_which_files(world):
    (step,) = files(world, 1)
    with pytest.raises(Forbidden):
        recorded(world, [Told(step)], actor=world.members[0])
    with pytest.raises(Refused, match="at least one file"):
        recorded(world, [])
    with pytest.raises(Refused, match="does not wait for"):
        recorded(world, [Told(step)], committee=world.committees[Body.MEC])


def test_what_is_foretold_is_what_comes(world):
    first, second, third = files(world, 3)
    SAMPLE.not_ready[second.case.subject_uid] = "The licence has lapsed since."
    told = [Told(first), Told(second), Told(third, postponed=True)]
    seen = foretell(actor=world.coordinator, committee=world.committees[CREDENTIALS], held=held(), files=told)
    assert [(each.step.pk, each.sentence, each.refused) for each in seen] == [
        (first.pk, "Recommend: 3 lines.", False),
        (second.pk, "The licence has lapsed since.", True),
        (third.pk, "Postponed: the file stays with the body.", False),
    ]
    assert not Meeting.objects.exists()
    done = recorded(world, told)
    assert [why for _, why in done.left] == ["The licence has lapsed since."]


def test_it_counts_as_a_meeting_with_its_votes_from_when_it_was_recorded(world):
    body = world.committees[CREDENTIALS].pk
    done = recorded(world, [Told(step) for step in files(world, 2)])
    after, before = clock.now(), clock.now() - dt.timedelta(seconds=1)
    day = clock.date_at(EVENING, world.facility)
    assert held_by_body(world.facility, day, after) == {body: [day]}
    assert held_by_body(world.facility, day, before) == {}
    votes = votes_by_body(world.facility, day, after)[body]
    assert [(each["day"], each["met"]) for each in votes] == [(day, True)] * len(done.decisions)
    assert body not in votes_by_body(world.facility, day, before)


def test_nobody_drafts_minutes_of_it_and_nobody_is_asked_to(world):
    done = recorded(world, [Told(step) for step in files(world, 1)])
    with pytest.raises(Refused, match="held elsewhere"):
        draft_minutes(actor=world.coordinator, meeting=done.meeting)
    assert to_write(world.coordinator, world.facility) == []


def test_a_file_decided_in_between_is_not_postponed(world):
    step = files(world, 1)[0]
    told = [Told(step, postponed=True)]
    given = {"mover": "Ana Member", "seconder": "Ben Member", "votes_for": 4}
    recorded(world, [Told(step)], held=held(starts_at=EVENING - dt.timedelta(hours=1), **given))
    with pytest.raises(Refused, match="Nothing was recorded"):
        recorded(world, told)
    assert not Meeting.objects.filter(starts_at=EVENING).exists()


def test_cleaning_the_store_leaves_the_minutes_of_a_meeting(world):
    """Only files and letters were asked whether they need what is removed."""
    recorded(world, [Told(step) for step in files(world, 1)])
    paper = MinutesPaper.objects.get()
    assert not remove_unreferenced(paper.sha256)
    assert store.get(paper.sha256, encrypted=True) == PAPER
    other = store.put(b"of nobody")
    assert remove_unreferenced(other)


class TestPage:
    def url(self, world):
        return reverse("bylaws:bulk_minutes", args=[world.committees[CREDENTIALS].uid])

    def given(self, **more):
        return {
            "starts_at": EVENING.astimezone(dt.timezone(dt.timedelta(hours=-5))).strftime("%Y-%m-%dT%H:%M"),
            "mover": "Ana Member", "seconder": "Ben Member", "votes_for": "4", "votes_against": "0",
            "abstentions": "0",
        } | more  # fmt: skip

    def test_it_is_looked_at_then_recorded(self, world, sign_in):
        first, second = files(world, 2)
        client = sign_in(world.coordinator)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(self.url(world))
        assert len(queries) <= 20
        assert "Files that wait for this body" in page.content.decode()
        given = self.given(**{f"{first.uid}-say": "asked", f"{second.uid}-say": "reviewed"})
        looked = client.post(
            self.url(world), given | {"do": "look"}, headers={"HX-Request": "true", "HX-Target": "foretold"}
        )
        text = looked.content.decode()
        assert text.count("Recommend: 3 lines.") == 2
        assert "<main" not in text
        lacking = client.post(self.url(world), given | {"do": "record"})
        assert (lacking.status_code, "Add the scan" in lacking.content.decode()) == (422, True)
        upload = SimpleUploadedFile("minutes.pdf", PAPER, "application/pdf")
        answer = client.post(self.url(world), given | {"do": "record", "scan": upload})
        meeting = Meeting.objects.get()
        assert answer["Location"] == reverse("bylaws:meeting", args=[meeting.uid])
        page = client.get(answer["Location"]).content.decode()
        assert "2 decisions recorded, 0 postponed." in page
        assert reverse("bylaws:minutes_paper", args=[meeting.uid]) in page

    def test_lines_with_exceptions_start_from_the_review_and_are_changed(self, world, sign_in):
        (step,) = files(world, 1)
        client = sign_in(world.coordinator)
        given = self.given(**{f"{step.uid}-say": "exceptions"})
        text = client.post(self.url(world), given | {"do": "look"}).content.decode()
        assert f'name="{step.uid}-stated"' in text
        lines = {}
        for number, line in enumerate(SAMPLE.lines(step.case.subject_uid, NOON.date())):
            lines[f"line-{line.uid}-outcome"] = "modify" if number == 2 else "recommend"
            lines[f"line-{line.uid}-condition"] = "Daytime only" if number == 2 else ""
        upload = SimpleUploadedFile("minutes.pdf", PAPER, "application/pdf")
        sent = given | lines | {"do": "record", "scan": upload, f"{step.uid}-stated": "yes"}
        answer = client.post(self.url(world), sent)
        assert answer.status_code == 303, re.findall("<li>.*?</li>", answer.content.decode())[-4:]
        outcomes = [line.outcome for line in Decision.objects.latest("pk").lines.order_by("order")]
        assert outcomes == ["recommend", "recommend", "modify"]

    def test_the_paper_is_for_those_who_record_and_its_reading_is_logged(self, world, sign_in):
        done = recorded(world, [Told(step) for step in files(world, 1)])
        url = reverse("bylaws:minutes_paper", args=[done.meeting.uid])
        assert sign_in(world.coordinator).get(url).content == PAPER
        assert ProtectedRead.objects.filter(subject_uid=MinutesPaper.objects.get().uid).count() == 1
        assert sign_in(world.members[0]).get(url).status_code == 403

    def test_nobody_reads_minutes_that_tell_of_their_own_file(self, world, sign_in):
        case = world.recommended(world.practitioner("Cora Coordinator", user=world.director))
        recommended = world.step(case, CREDENTIALS)
        done = recorded(world, [Told(recommended)])
        url = reverse("bylaws:minutes_paper", args=[done.meeting.uid])
        assert sign_in(world.director).get(url).status_code in (403, 404)

    def test_nor_minutes_that_say_their_file_was_postponed(self, world, sign_in):
        case = world.recommended(world.practitioner("Cora Coordinator", user=world.director))
        done = recorded(
            world, [Told(files(world, 1)[0]), Told(world.step(case, CREDENTIALS), postponed=True)]
        )
        url = reverse("bylaws:minutes_paper", args=[done.meeting.uid])
        assert sign_in(world.director).get(url).status_code in (403, 404)
