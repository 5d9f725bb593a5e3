"""Golden cases of BL-MEC-1: the majority and the numbers beside it, other bodies, unknown; as known then; and
the life of a finding about a body.
"""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import CommitteeKind, FindingStatus
from bylaws.models import ComplianceRun, Finding, LeaderRequest, OfficeTask
from bylaws.rules import composition
from bylaws.selectors.compliance import as_data, by_department, by_person, compliance
from bylaws.selectors.findings import to_see_to
from bylaws.services.committees import end_seat
from bylaws.services.compliance_runs import record_run
from bylaws.services.findings import (
    ask_about,
    consequence_problem,
    note_finding,
    notice_problem,
    record_answer,
    send_notice,
    set_task_about,
    waive,
    waiver_problem,
)
from bylaws.worklist.compliance import at_a_glance, not_met
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.canonical import canonical_bytes
from config.kernel.errors import Forbidden, Refused
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
MEC = CommitteeKind.MEC


def verdict(*professions, kind=MEC):
    return composition.judge({"kind": kind, "professions": list(professions)}, {})


@pytest.mark.parametrize(
    ("professions", "outcome"),
    [
        (["MD", "PA"], Outcome.NOT_MET),  # half is no majority
        (["MD", "MD", "PA"], Outcome.MET),
        (["MD", "DO", "PA", "DPM"], Outcome.NOT_MET),
        (["MD", "DO", "DO", "PA", "DPM"], Outcome.MET),
        (["MD", "", "PA"], Outcome.UNKNOWN),
        (["MD", "MD", ""], Outcome.MET),  # whatever the third is
        (["PA", "PA", ""], Outcome.NOT_MET),
        ([], Outcome.UNKNOWN),
    ],
)
def test_more_than_half_and_the_numbers_beside_it(professions, outcome):
    found = verdict(*professions)
    assert found.outcome == outcome
    assert found.citation == "42 CFR 482.22(b)(3)"
    assert bool(found.cure) == (outcome != Outcome.MET)


@pytest.mark.parametrize("kind", [each for each in CommitteeKind if each != MEC])
def test_the_rule_concerns_no_other_body(kind):
    assert verdict("PA", "PA", kind=kind).outcome == Outcome.NOT_APPLICABLE


SEVERITY = {Outcome.NOT_MET: 0, Outcome.UNKNOWN: 1, Outcome.MET: 2}


@given(st.lists(st.sampled_from(["MD", "DO", "PA", ""]), min_size=1, max_size=12))
def test_one_physician_more_never_makes_it_worse_and_unknown_is_between_what_it_could_be(professions):
    now = SEVERITY[verdict(*professions).outcome]
    assert SEVERITY[verdict(*professions, "MD").outcome] >= now
    assert SEVERITY[verdict(*professions, "PA").outcome] <= now
    best = [each or "MD" for each in professions]
    worst = [each or "PA" for each in professions]
    bounds = (SEVERITY[verdict(*worst).outcome], SEVERITY[verdict(*best).outcome])
    assert bounds[0] <= now <= bounds[1]
    assert (now == 1) == (bounds[0] != bounds[1])


# --- on record ------------------------------------------------------------------------------------------


@pytest.fixture
def executive(world):
    """Four voting members: two physicians, two others: one short of a majority."""
    for number, user in enumerate(world.mec_members):
        person = world.practitioner(user.get_full_name(), user=user)
        if number >= 2:
            person.provider_type = "PA"
            person.save(update_fields=["provider_type"])
    return world.committees[MEC]


def judged(world, on=TODAY, known_at=None):
    found = judge_many(composition.RULE, facility=world.facility, on=on, known_at=known_at)
    return found[world.committees[MEC].pk]


def seat_of(committee, user):
    return committee.seats.get(user=user)


def test_seats_are_read_of_the_day_and_as_they_were_known(world, executive):
    assert judged(world).sentence == (
        "2 of 4 voting members are physicians (MD or DO); more than half must be."
    )
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        end_seat(actor=world.system, seat=seat_of(executive, world.mec_members[3]), day=TODAY, reason="Left")
    assert judged(world).outcome == Outcome.MET
    assert judged(world, known_at=NOON).outcome == Outcome.NOT_MET
    assert judged(world, on=TODAY - DAY).outcome == Outcome.NOT_MET
    assert judged(world, on=dt.date(2023, 12, 31)).outcome == Outcome.UNKNOWN  # nobody sat there yet


def test_every_body_is_judged_and_they_add_up(world, executive):
    results = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
    result = next(each for each in results if each.rule.code == "BL-MEC-1")
    assert result.total == 4
    assert result.counts == {
        Outcome.MET: 0, Outcome.NOT_MET: 1, Outcome.UNKNOWN: 0, Outcome.NOT_APPLICABLE: 3,
    }  # fmt: skip
    # Bodies are in no sum of people: nobody is compliant because a committee is.
    assert by_person(results) == by_department(results) == []


@pytest.fixture
def found(world, executive) -> Finding:
    record_run(actor=world.system, facility=world.facility)
    return Finding.objects.get(rule_code="BL-MEC-1")


def test_what_is_found_is_about_the_body_and_about_no_person(world, executive, found):
    assert (found.subject_kind, found.subject_uid) == ("committee", executive.uid)
    assert (found.practitioner, found.about) == (None, "Medical Executive Committee")
    assert str(found) == "Finding: Medical Executive Committee"
    said = "It is about a body: nobody is written to, and nobody suspended."
    assert notice_problem(found) == consequence_problem(found) == said
    for act in (
        lambda: send_notice(actor=world.coordinator, finding=found),
        lambda: record_answer(actor=world.coordinator, finding=found, said="We know."),
    ):
        with pytest.raises(Refused, match="about a body"):
            act()
    assert waiver_problem(found) == f"{composition.TITLE} can never be waived."
    with pytest.raises(Refused, match="never be waived"):
        waive(actor=world.director, finding=found, last_day=TODAY + DAY, justification="Soon.")
    assert found in to_see_to(world.coordinator, world.facility)
    assert "Medical Executive Committee" in [
        each.title for each in not_met(world.coordinator, world.facility, 60)[1]
    ]
    detail = next(
        each.detail for each in at_a_glance(world.coordinator, world.facility, 60)[1] if "MEC-1" in each.url
    )
    assert detail == "0 of 1 comply, 1 not met"


def test_what_is_about_no_person_can_be_seen_to(
    world, executive, found, client, django_assert_max_num_queries
):
    """A note, a question to a leader and a task of the office stand with the finding, with links."""
    client.force_login(world.coordinator)
    here = reverse("bylaws:finding", args=[found.uid])
    with django_assert_max_num_queries(20):
        text = client.get(here).content.decode()
    for offered in ("Write a note", "Ask a leader about it", "Set a task of the office"):
        assert offered in text
    assert client.post(here, {"act": "note", "note-said": " "}).status_code == 422
    assert client.post(here, {"act": "note", "note-said": "The chair looks for one."}).status_code == 303
    by = (TODAY + 10 * DAY).isoformat()
    asked = {"ask-asked_of": world.chair.uid, "ask-question": "Whom do we elect?", "ask-due": by}
    assert client.post(here, {"act": "ask", **asked}).status_code == 303
    tasked = {"task-title": "Ask for names", "task-owner": world.coordinator.uid, "task-due": by}
    assert client.post(here, {"act": "task", **tasked}).status_code == 303
    request, task = LeaderRequest.objects.get(), OfficeTask.objects.get()
    title = f"{composition.TITLE} (BL-MEC-1): Medical Executive Committee"
    assert (request.title, request.asked_of, task.about) == (title, world.chair, title)
    text = client.get(here).content.decode()
    for told in ("The chair looks for one.", "Whom do we elect?", "Not answered yet", "Ask for names. "):
        assert told in text
    assert list(found.steps.values_list("kind", flat=True)) == ["opened", "noted", "asked", "task"]
    found.refresh_from_db()
    assert found.status == FindingStatus.OPEN
    with clock.freeze(NOON + DAY):
        again = record_run(actor=world.system, facility=world.facility)
    assert again.counts["opened"] == 0


def test_what_is_closed_or_for_others_is_not_seen_to(world, executive, found):
    for act in (
        lambda actor: note_finding(actor=actor, finding=found, said="Seen."),
        lambda actor: ask_about(
            actor=actor, finding=found, asked_of=world.chair, question="Why?", due=TODAY + DAY
        ),
        lambda actor: set_task_about(
            actor=actor, finding=found, title="See to it", owner=world.coordinator, due=TODAY + DAY
        ),
    ):
        with pytest.raises(Forbidden):
            act(world.chair)
    user = world.user("Jo Physician", Role.COMMITTEE_MEMBER)
    world.practitioner("Jo Physician", user=user)
    world.seat(MEC, user, start=TODAY)
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        record_run(actor=world.system, facility=world.facility)
    with pytest.raises(Refused, match="is closed"):
        note_finding(actor=world.coordinator, finding=found, said="Seen.")


def test_a_run_twice_writes_nothing_and_a_new_seat_cures_it(world, executive, found):
    before = [list(model.objects.order_by("pk").values()) for model in (ComplianceRun, Finding)]
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        assert not record_run(actor=world.system, facility=world.facility).new
    assert [list(model.objects.order_by("pk").values()) for model in (ComplianceRun, Finding)] == before
    with clock.freeze(NOON + dt.timedelta(hours=2)):
        user = world.user("Jo Physician", Role.COMMITTEE_MEMBER)
        world.practitioner("Jo Physician", user=user)
        world.seat(MEC, user, start=TODAY)
        record_run(actor=world.system, facility=world.facility)
    found.refresh_from_db()
    assert found.status == FindingStatus.CURED


def test_the_database_lets_no_person_and_no_suspension_into_a_finding_about_a_body(found):
    with pytest.raises(DatabaseError, match="finding_names_whom"), transaction.atomic():
        Finding.objects.create(
            **{
                name: getattr(found, name)
                for name in (
                    "facility", "rule_code", "subject_kind", "outcome", "verdict", "opened_on", "first_run",
                    "last_run",
                )
            },
            subject_uid=found.facility.uid,
            part="other",
        )  # fmt: skip


def test_pages_csv_and_json_show_the_body(world, executive, found, client):
    client.force_login(world.coordinator)
    page = client.get(reverse("bylaws:compliance"), {"rule": "BL-MEC-1", "outcome": "all"})
    text = page.content.decode()
    assert "0 of 1 body comply" in text
    assert reverse("bylaws:finding", args=[found.uid]) in text
    csv = client.get(
        reverse("bylaws:compliance"), {"rule": "BL-MEC-1", "outcome": "NOT_MET", "format": "csv"}
    )
    lines = b"".join(csv.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Medical Executive Committee")
    one = client.get(reverse("bylaws:finding", args=[found.uid])).content.decode()
    assert "Open the body" in one
    assert reverse("bylaws:committee", args=[executive.uid]) in one
    assert "Record an answer" not in one
    assert "No notice: It is about a body" in one
    listed = client.get(reverse("bylaws:findings"), {"q": "executive"}).content.decode()
    assert "Medical Executive Committee" in listed
    results = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
    told = [as_data(results, facility=world.facility, on=TODAY, known_at=NOON) for _ in range(2)]
    rule = next(each for each in told[0]["rules"] if each["code"] == "BL-MEC-1")
    assert rule["about"] == "committee"
    assert {each["committee"] for each in rule["findings"]} >= {str(executive.uid)}
    assert canonical_bytes(told[0]) == canonical_bytes(told[1])
