"""Policies in versions: their text, what they name, approval by a body, and what holds on a day."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import Error, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.choices import CommitteeKind, PolicyState, ReviewState
from bylaws.models import PolicyVersion
from bylaws.rules.policy_text import check_text, fill, sections_of
from bylaws.selectors import policies as selectors
from bylaws.services import policies, policy_comments
from bylaws.services.agendas import add_other_business
from bylaws.services.motions import cast_vote, close_vote, move
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from config.rulebook.services.parameters import set_parameter
from tests.bylaws.documents import document, in_force
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)

BODY = """\
## Terms
An appointment runs at most
{bylaws.appointment_term_months}.

- as {BL-APP-1} judges
- and no longer
"""


def test_text_is_read_as_sections_paragraphs_and_points():
    (section,) = sections_of(BODY)
    assert (section.key, section.number, section.heading) == ("terms", "", "Terms")
    assert [block.is_list for block in section.blocks] == [False, True]
    assert section.named == [("bylaws.appointment_term_months", ""), ("BL-APP-1", "")]
    (filled,) = fill([section], {("bylaws.appointment_term_months", ""): "24 months"})
    said = "".join(part.words or part.text for part in filled.blocks[0].points[0])
    assert said == "An appointment runs at most 24 months."
    assert filled.blocks[1].points[0][1].words == "BL-APP-1"
    assert sections_of("plain\n# One\n\n## Two")[0].heading == ""


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("  ", "at least one section"),
        ("x" * 300_001, "longer than 300,000"),
        ("No heading", "Line 1: begin every section"),
        (f"## {'x' * 201}", "Line 1: a heading is longer"),
        ("# Article 1 A\nb\n\n# Article I B\nc", "numbered 1: in line 1 and in line 4"),
        ("## A\n{no.such}", "names {no.such}"),
        ("## A\n{a.days LATER}", "no value for LATER. It has values for: SOON"),
    ],
)
def test_text_is_refused_with_a_sentence(body, sentence):
    with pytest.raises(Refused, match=sentence):
        check_text(body, parameters={"a.days": {"", "SOON"}}, rules={"BL-1"})


@pytest.fixture
def policy(world):
    return policies.add_policy(
        actor=world.director, facility=world.facility, number="CR-01", title="Terms", kind="policy",
        owner="credentialing", body=BODY,
    )  # fmt: skip


def approve(world, version, *, on=TODAY, start=TODAY):
    return in_force(world.director, version, on, start)


def test_a_version_is_a_draft_until_a_body_approves_it_and_holds_from_its_day(world, policy):
    first = policy.versions.get()
    approve(world, first, start=TODAY + DAY)
    second = policies.write_version(
        actor=world.director, policy=policy, body=f"{BODY}\n## More\nMore.", note="More", newest=1
    )

    def standing(on):
        versions = selectors.versions_of(policy)
        holding = selectors.in_force(versions, on)
        return [selectors.state_of(each, holding, on) for each in versions]

    assert standing(TODAY) == [PolicyState.DRAFT, PolicyState.AHEAD]
    assert standing(TODAY + DAY) == [PolicyState.DRAFT, PolicyState.IN_FORCE]
    with clock.freeze(NOON + 10 * DAY):
        approve(world, second, on=TODAY + 10 * DAY, start=TODAY + 10 * DAY)
    assert standing(TODAY + 10 * DAY) == [PolicyState.IN_FORCE, PolicyState.REPLACED]
    assert standing(TODAY + 9 * DAY) == [PolicyState.AHEAD, PolicyState.IN_FORCE]
    (row,) = selectors.policies_on(world.director, world.facility, TODAY + 10 * DAY)
    assert (row.state, row.holding, row.draft) == (PolicyState.IN_FORCE, second, None)
    with pytest.raises(Error, match="never changes"), transaction.atomic():
        PolicyVersion.objects.filter(pk=first.pk).update(in_force_from=TODAY)


def test_an_old_version_shows_the_numbers_of_its_own_time(world, policy, sign_in):
    first = policy.versions.get()
    approve(world, first)
    with clock.freeze(NOON + 10 * DAY):
        second = write(world, policy, body=f"{BODY}\n## More\nMore.")
        approve(world, second, on=TODAY + 10 * DAY, start=TODAY + 10 * DAY)
        set_parameter(
            actor=world.system, code="bylaws.appointment_term_months", source="bylaws",
            facility=world.facility, valid=DateRange(TODAY + 10 * DAY, None), value=18, citation="Bylaws",
            confidence="adopted",
        )  # fmt: skip
        versions, today = selectors.versions_of(policy), TODAY + 10 * DAY
        second, first = versions
        assert selectors.day_of_numbers(first, versions, today) == TODAY + 9 * DAY
        assert selectors.day_of_numbers(second, versions, today) == today
        assert selectors.day_of_numbers(second, versions, TODAY) == today, "ahead: its first day"
        assert selectors.day_of_numbers(first, versions, TODAY) == TODAY, "in force: today"
        browser, page = sign_in(world.director), reverse("bylaws:policy", args=[policy.uid])
        assert "<strong>18 months</strong>" in browser.get(page).content.decode()
        for then in ("version=1", f"on={TODAY + 9 * DAY}"):
            shown = browser.get(f"{page}?{then}").content.decode()
            assert "<strong>24 months</strong>" in shown
            assert "19 Mar 2026" in shown
            assert "version 1" in shown
        assert browser.get(f"{page}?on=yesterday").status_code == 404


def test_who_may_not_and_what_cannot_be_is_refused_with_a_sentence(world, policy):
    first = policy.versions.get()
    for act, sentence in (
        (lambda: approve(world, first, on=TODAY + DAY, start=TODAY + DAY), "cannot lie in the future"),
        (lambda: approve(world, first, on=TODAY - DAY), "written only after"),
        (lambda: approve(world, first, start=TODAY - DAY), "before it was approved"),
        (lambda: record(world, first, body="mec"), 'is "Draft" and cannot become "Approved"'),
        (lambda: write(world, policy, note=" "), "what is different"),
        (lambda: write(world, policy, body=BODY), "Nothing is different"),
        (lambda: add(world, number="cr-01"), "of that number already"),
        (lambda: add(world, kind="poem"), "a policy, a procedure or a manual"),
        (lambda: add(world, owner="nobody"), "which office"),
        (lambda: add(world, review_months=0), "every 1 to 120 months"),
    ):
        with pytest.raises(Refused, match=sentence), transaction.atomic():
            act()
    with pytest.raises(Conflict, match="Version 1 was written"):
        write(world, policy, newest=0)
    with pytest.raises(Forbidden):
        policies.write_version(actor=world.coordinator, policy=policy, body="## A", note="A", newest=1)
    approve(world, write(world, policy))
    first.refresh_from_db()
    with pytest.raises(Refused, match='is "Set aside"'):
        approve(world, first)


def record(world, version, **more):
    given = {"body": "mec", "approved_on": TODAY, "minutes": "Item 4"} | more
    return policies.record_approval(actor=world.coordinator, version=version, **given)


def test_each_office_develops_its_own_documents_and_the_director_both(world):
    credentialing = world.user("Rosa Delgado", Role.CREDENTIALING_COORDINATOR)
    with pytest.raises(Forbidden, match="bylaws, rules and policies of the medical staff"):
        add(world, actor=credentialing, owner="medical_staff", number="MS-09")
    with pytest.raises(Forbidden, match="policies of credentialing"):
        add(world, actor=world.coordinator, owner="credentialing")
    assert add(world, actor=credentialing, owner="credentialing").owner == "credentialing"
    assert add(world, actor=world.coordinator, owner="medical_staff", number="MS-01").owner == "medical_staff"
    assert policies.owners_for(world.director, world.facility) == ["medical_staff", "credentialing"]


def test_bodies_approve_in_their_order_each_with_its_proof(world, policy):
    version = policies.put_before_bodies(actor=world.director, version=policy.versions.get())
    assert policies.next_body(version) == "mec"
    for act, sentence in (
        (lambda: record(world, version, body="board"), "the Medical Executive Committee approves it before"),
        (lambda: record(world, version, body="the moon"), "which body"),
        (lambda: record(world, version, minutes=" "), "where it stands in the minutes"),
        (lambda: record(world, version, approved_on=None), "on which day"),
        (
            lambda: policies.publish(actor=world.director, version=version, in_force_from=TODAY),
            "cannot become",
        ),
    ):
        with pytest.raises(Refused, match=sentence), transaction.atomic():
            act()
    with clock.freeze(NOON + 5 * DAY):
        version = record(world, version, approved_on=TODAY + 5 * DAY)
        assert (version.status, policies.next_body(version)) == ("bodies", "board")
        with pytest.raises(Refused, match="only on 15 Mar 2026"):
            record(world, version, body="board", approved_on=TODAY + 4 * DAY)
        version = record(world, version, body="board", approved_on=TODAY + 5 * DAY)
        assert version.status == "approved"
        with pytest.raises(Refused, match="before it was approved"):
            policies.publish(actor=world.director, version=version, in_force_from=TODAY)
        version = policies.publish(actor=world.director, version=version, in_force_from=TODAY + 5 * DAY)
    assert [(each.body, each.minutes) for each in version.approvals.all()] == [
        ("mec", "Item 4"),
        ("board", "Item 4"),
    ]


def test_a_motion_that_carried_is_the_proof_and_its_day_the_approval(world, policy):
    version = policies.put_before_bodies(actor=world.director, version=policy.versions.get())
    meeting = world.meeting(CommitteeKind.MEC, present=world.mec_members)
    item = add_other_business(actor=world.coordinator, meeting=meeting, title="Policy CR-01")
    mover, seconder = world.mec_members[:2]
    motion = move(
        actor=world.coordinator, item=item, mover=mover, seconder=seconder, text="Approve the policy CR-01."
    )
    with pytest.raises(Refused, match="did not carry"):
        record(world, version, motion=motion, minutes="", approved_on=None)
    for member in world.mec_members:
        cast_vote(actor=world.coordinator, motion=motion, user=member, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    assert policies.motions_for(version, "mec") == [motion]
    assert policies.motions_for(version, "board") == []
    version = record(world, version, motion=motion, minutes="", approved_on=None)
    approval = version.approvals.get()
    assert (approval.motion, approval.approved_on) == (motion, TODAY)


def test_bylaws_need_the_staff_and_the_board_and_no_chain_may_leave_the_board_out(world):
    bylaws = document(world.coordinator, world.facility, BODY)
    assert policies.bodies_for(bylaws) == ["mec", "medical_staff", "board"]
    world.parameter("bylaws.document_bodies", ["mec"], subject="bylaws")
    with pytest.raises(Refused, match=r"does not end with the governing board.*482\.12"):
        policies.put_before_bodies(actor=world.coordinator, version=bylaws.versions.get())


def test_one_version_is_in_development_and_the_next_sets_it_aside(world, policy):
    first = policy.versions.get()
    second = write(world, policy)
    first.refresh_from_db()
    assert (first.status, second.status) == ("set_aside", "draft")
    policies.set_aside(actor=world.director, version=second)
    third = write(world, policy, newest=2)  # the same words as those given up
    assert selectors.basis(selectors.versions_of(policy)) == third
    more = {"body": "## A", "outline": [], "note": "A", "made_at": clock.now(), "made_by": world.director}
    with pytest.raises(Error, match="one_version_in_development"), transaction.atomic():
        PolicyVersion.objects.create(policy=policy, number=third.number + 1, **more)


def test_comments_are_resolved_before_the_bodies_have_it(world, policy):
    version = policy.versions.get()
    chair = world.chair
    with pytest.raises(Refused, match="not out for comments"):
        policy_comments.comment(actor=chair, version=version, section="terms", text="Why?")
    with pytest.raises(Refused, match="in the past"):
        policies.ask_for_comments(actor=world.director, version=version, until=TODAY - DAY)
    version = policies.ask_for_comments(actor=world.director, version=version, until=TODAY + DAY)
    with pytest.raises(Refused, match="no such section"):
        policy_comments.comment(actor=chair, version=version, section="12.5", text="Why?")
    made = policy_comments.comment(actor=chair, version=version, section="terms", text="Why so long?")
    with pytest.raises(Refused, match="1 comment is not resolved"):
        policies.put_before_bodies(actor=world.director, version=version)
    with pytest.raises(Forbidden):
        policy_comments.resolve(actor=chair, comment=made, resolution="Mine")
    policy_comments.resolve(actor=world.director, comment=made, resolution="State law says so.")
    with pytest.raises(Refused, match="resolved already"):
        policy_comments.resolve(actor=world.director, comment=made, resolution="Again")
    with clock.freeze(NOON + 2 * DAY), pytest.raises(Refused, match="until 11 Mar 2026"):
        policy_comments.comment(actor=chair, version=version, section="", text="Too late")
    nobody = world.user("No Role")
    with pytest.raises(Forbidden, match="may not read"):
        policy_comments.comment(actor=nobody, version=version, section="", text="Hello")
    assert policies.put_before_bodies(actor=world.director, version=version).status == "bodies"


def test_a_review_counts_from_its_day_and_is_due_to_the_day(world, policy):
    version = approve(world, policy.versions.get())

    def due(on, months=24, reviewed=()):
        found = selectors.review_due(policy, version, reviewed, months, on)
        return found and (found.on, found.state)

    last_day = dt.date(2028, 3, 10)
    assert due(last_day - 61 * DAY) == (last_day, ReviewState.REVIEWED)
    assert due(last_day - 60 * DAY) == (last_day, ReviewState.SOON)
    assert due(last_day) == (last_day, ReviewState.SOON)
    assert due(last_day + DAY) == (last_day, ReviewState.OVERDUE)
    assert due(last_day + DAY, reviewed=[last_day]) == (dt.date(2030, 3, 10), ReviewState.REVIEWED)
    assert due(TODAY, months=None) is None
    assert selectors.review_due(policy, None, (), 24, TODAY) is None
    with clock.freeze(NOON + 1100 * DAY):
        today = TODAY + 1100 * DAY
        (row,) = selectors.to_review(world.director, world.facility, today)
        assert row.due.state == ReviewState.OVERDUE
        assert selectors.to_review(world.coordinator, world.facility, today) == [], "not of that office"
        for act, sentence in (
            (lambda: review(world, policy, today + DAY), "future"),
            (lambda: review(world, policy, TODAY - DAY), "No version was in force"),
            (lambda: review(world, policy, today, by_whom=" "), "who went through"),
        ):
            with pytest.raises(Refused, match=sentence):
                act()
        review(world, policy, today)
        with pytest.raises(Refused, match="a later one is on record"):
            review(world, policy, today)
        assert selectors.to_review(world.director, world.facility, today) == []


def review(world, policy, on, by_whom="Credentials committee"):
    return policies.record_review(actor=world.director, policy=policy, reviewed_on=on, by_whom=by_whom)


def test_members_and_seated_read_what_is_in_force_and_no_draft(world, policy, sign_in):
    member = world.user("Ada Member")
    world.appoint(world.practitioner("Ada Member", user=member))
    former = world.user("Old Member")
    world.appoint(world.practitioner("Old Member", user=former), dt.date(2020, 1, 1), dt.date(2021, 1, 1))
    page = reverse("bylaws:policy", args=[policy.uid])
    assert sign_in(member).get(page).status_code == 404, "a draft"
    approve(world, policy.versions.get())
    write(world, policy)
    assert "24 months" in sign_in(member).get(page).content.decode()
    assert sign_in(member).get(f"{page}?version=2").status_code == 404, "the draft of the next"
    assert sign_in(world.members[0]).get(page).status_code == 200
    assert sign_in(former).get(page).status_code == 403
    assert sign_in(world.user("No Role")).get(page).status_code == 403


def write(world, policy, **more):
    given = {"body": "## Other\nWords.", "note": "Other", "newest": 1} | more
    return policies.write_version(actor=world.director, policy=policy, **given)


def add(world, **more):
    given = {"number": "CR-02", "title": "Other", "kind": "policy", "owner": "credentialing", "body": BODY}
    return policies.add_policy(**({"actor": world.director, "facility": world.facility} | given | more))


def test_pages_write_show_approve_and_publish(world, sign_in):
    browser = sign_in(world.director)
    listed = reverse("bylaws:policies")
    assert "No document is written yet" in browser.get(listed).content.decode()
    sent = {"number": "CR-01", "title": "Terms", "kind": "policy", "owner": "credentialing", "body": BODY}
    wrong = browser.post(reverse("bylaws:policy_add"), sent | {"body": "## A\n{no.such}"})
    assert wrong.status_code == 422
    assert "which is no parameter and no rule" in wrong.content.decode()
    page = browser.post(reverse("bylaws:policy_add"), sent)["Location"]
    shown = browser.get(page).content.decode()
    assert "<strong>24 months</strong>" in shown
    assert "Draft" in shown
    uid = page.split("/")[-2]
    browser.post(reverse("bylaws:policy_move", args=[uid, 1]), {"to": "bodies"})
    approval = reverse("bylaws:policy_approve", args=[uid, 1])
    assert "Medical Executive Committee then Governing board" in browser.get(approval).content.decode()
    for body in ("mec", "board"):
        given = {"body": body, "approved_on": "2026-03-10", "minutes": "Item 4"}
        assert browser.post(approval, given).status_code == 303
    publication = reverse("bylaws:policy_publish", args=[uid, 1])
    given = {"in_force_from": "2026-03-10", "acknowledged_by": "nobody"}
    assert browser.post(publication, given).status_code == 303
    assert "In force" in browser.get(page).content.decode()
    write_page = f"{page}write/"
    assert "bylaws.appointment_term_months" in browser.get(write_page).content.decode()
    again = browser.post(write_page, {"newest": "1", "body": f"{BODY}\n## B\nC.", "note": "B"})
    assert browser.get(again["Location"]).status_code == 200
    assert browser.get(f"{page}?version=9").status_code == 404
    assert "version 2: draft" in browser.get(listed).content.decode()
    compared = browser.get(reverse("bylaws:policy_compare", args=[uid])).content.decode()
    assert "1 new" in compared
    assert "<ins>C.</ins>" in compared


def test_what_the_office_says_of_a_draft_is_not_read_by_the_staff(world, policy, sign_in):
    version = policy.versions.get()
    policy_comments.comment(actor=world.director, version=version, section="terms", text="Marked doubt")
    version = policies.ask_for_comments(actor=world.director, version=version, until=TODAY + DAY)
    policy_comments.comment(actor=world.chair, version=version, section="terms", text="Marked question")
    address = reverse("bylaws:policy", args=[policy.uid])
    for viewer, expected in ((world.chair, [False, True]), (world.director, [True, True])):
        page = sign_in(viewer).get(address).content.decode()
        assert [words in page for words in ("Marked doubt", "Marked question")] == expected


def test_who_reads_no_drafts_reads_no_comments_on_what_was_set_aside(world, policy):
    version = policies.ask_for_comments(
        actor=world.director, version=policy.versions.get(), until=TODAY + DAY
    )
    policy_comments.comment(actor=world.chair, version=version, section="", text="Marked question")
    policies.set_aside(actor=world.director, version=version)
    assert selectors.comments_of(policy, world.chair) == []
    assert len(selectors.comments_of(policy, world.director)) == 1


def test_many_like_headings_are_read_at_once():
    begun = time.process_time()
    sections = sections_of("# a\n" * 20_000)
    assert time.process_time() - begun < 2
    assert [each.key for each in (*sections[:2], sections[-1])] == ["a", "a-2", "a-20000"]


def test_what_is_too_long_is_refused_before_it_is_read(world, policy):
    begun = time.process_time()
    with pytest.raises(Refused, match="longer than 300,000"):
        policies.write_version(
            actor=world.director, policy=policy, body="# a\n" * 400_000, note="Longer", newest=1
        )
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("zone", "hour", "reads"),
    [("Pacific/Honolulu", 2, True), ("Pacific/Honolulu", 12, False), ("UTC", 2, False)],
)
def test_a_member_reads_to_the_end_of_the_last_day_where_the_hospital_is(world, zone, hour, reads):
    type(world.facility).objects.filter(pk=world.facility.pk).update(time_zone=zone)
    user = world.user("Mona Member")
    world.appoint(world.practitioner("Mona Member", user=user), last=TODAY - DAY)
    with clock.freeze(dt.datetime.combine(TODAY, dt.time(hour), dt.UTC)):
        assert selectors.readable_facilities(user).filter(pk=world.facility.pk).exists() == reads
