"""Policies in versions: their text, what they name, approval by a body, and what holds on a day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import Error, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.choices import PolicyState
from bylaws.models import PolicyVersion
from bylaws.rules.policy_text import check_text, fill, sections_of
from bylaws.selectors import policies as selectors
from bylaws.services import policies
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from config.rulebook.services.parameters import set_parameter
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
    assert (section.number, section.heading) == (1, "Terms")
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
        ("x" * 60_001, "longer than 60000"),
        ("No heading", "Begin every section"),
        (f"## {'x' * 201}", "A heading is longer"),
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
        actor=world.director, facility=world.facility, number="CR-01", title="Terms", kind="policy", body=BODY
    )


def approve(world, version, *, on=TODAY, start=TODAY, **more):
    return policies.record_approval(
        actor=more.get("actor", world.coordinator), version=version, body=more.get("body", "mec"),
        approved_on=on, in_force_from=start,
    )  # fmt: skip


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
        (lambda: approve(world, first, body="the moon"), "which body"),
        (lambda: write(world, policy, note=" "), "what is different"),
        (lambda: write(world, policy, body=BODY), "Nothing is different"),
        (lambda: add(world, number="cr-01"), "of that number already"),
        (lambda: add(world, kind="poem"), "policy or a procedure"),
    ):
        with pytest.raises(Refused, match=sentence):
            act()
    with pytest.raises(Conflict, match="Version 1 was written"):
        write(world, policy, newest=0)
    with pytest.raises(Forbidden):
        policies.write_version(actor=world.coordinator, policy=policy, body="## A", note="A", newest=1)
    approve(world, write(world, policy))
    with pytest.raises(Refused, match="Version 2 was approved"):
        approve(world, first)


def write(world, policy, **more):
    given = {"body": "## Other\nWords.", "note": "Other", "newest": 1} | more
    return policies.write_version(actor=world.director, policy=policy, **given)


def add(world, **more):
    given = {"number": "CR-02", "title": "Other", "kind": "policy", "body": BODY} | more
    return policies.add_policy(actor=world.director, facility=world.facility, **given)


def test_pages_write_show_and_approve(world, sign_in):
    browser = sign_in(world.director)
    listed = reverse("bylaws:policies")
    assert "No policy is written yet" in browser.get(listed).content.decode()
    sent = {"number": "CR-01", "title": "Terms", "kind": "policy", "body": BODY}
    wrong = browser.post(reverse("bylaws:policy_add"), sent | {"body": "## A\n{no.such}"})
    assert wrong.status_code == 422
    assert "which is no parameter and no rule" in wrong.content.decode()
    page = browser.post(reverse("bylaws:policy_add"), sent)["Location"]
    shown = browser.get(page).content.decode()
    assert "<strong>24 months</strong>" in shown
    assert "Draft" in shown
    approval = reverse("bylaws:policy_approve", args=[page.split("/")[-2], 1])
    given = {"body": "mec", "approved_on": "2026-03-10", "in_force_from": "2026-03-10"}
    assert browser.post(approval, given).status_code == 303
    assert "In force" in browser.get(page).content.decode()
    write_page = f"{page}write/"
    assert "bylaws.appointment_term_months" in browser.get(write_page).content.decode()
    again = browser.post(write_page, {"newest": "1", "body": f"{BODY}\n## B\nC.", "note": "B"})
    assert browser.get(again["Location"]).status_code == 200
    assert browser.get(f"{page}?version=9").status_code == 404
    assert "version 2 is a draft" in browser.get(listed).content.decode()
    assert "Record the approval" not in sign_in(world.coordinator).get(page).content.decode()
