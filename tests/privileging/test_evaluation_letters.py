"""Letters when a focused evaluation begins and when it is closed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import Error, transaction
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.display.dates import long_day
from config.kernel.errors import Forbidden, Refused
from config.kernel.registries import queues
from credentialing.models import LetterMail, LetterTemplate
from credentialing.selectors.letter_facts import About, facts_of
from credentialing.services import letter_mails, letter_sending, letter_templates, letters
from practitioners.services.merging import merge_records
from privileging.choices import FPPEReason, FPPEStatus
from privileging.selectors.evaluation_letters import evaluations_of, to_tell
from privileging.services.fppe import close_fppe, start_fppe
from tests.privileging.conftest import appoint, grant
from tests.privileging.evaluations import evaluation
from tests.privileging.files import account

DAY = dt.timedelta(days=1)
TO = "Adaeze Okonkwo, MD\n14 Alder Court\nSpringfield, IL 62701"
GROUNDS = "Three conversions in a month."


@pytest.fixture
def meetings(world):
    letter_templates.load_letter_templates(actor=world.system)
    return account(world, "mina", Role.MEDICAL_STAFF_COORDINATOR)


@pytest.fixture
def one(world, person):
    someone = person()
    appoint(world, someone)
    return someone


def held(world, one, code="GS-BARIATRIC"):
    return grant(world, one, code).identity


def plan_of(world, one, code="GS-BARIATRIC", **more):
    return evaluation(held(world, one, code), {"cases": 5, "looking": "proctored"}, **more)


def for_cause(world, one, code="GS-ROBOTIC"):
    return plan_of(world, one, code, reason=FPPEReason.FOR_CAUSE, grounds=GROUNDS)


def start(world, *plans):
    start_fppe(actor=world.system, plans=plans)


def close(world, *plans):
    close_fppe(
        actor=world.system, plans=plans, outcome=FPPEStatus.CLOSED_UNSUCCESSFUL,
        conclusion="Slow and unsure.", fewer="Enough was seen",
    )  # fmt: skip


def issue(actor, world, one, code, **more):
    template = LetterTemplate.objects.get(code=code)
    return letters.issue_letter(
        actor=actor, about=About(one, world.lakeside), template=template, to=TO, **more
    )


def text_of(letter) -> str:
    blocks = letter.content["blocks"]
    return letter.content["title"] + "\n".join(
        block.get("text", "") + "\n".join(block.get("lines", ())) for block in blocks
    )


def test_the_letter_tells_what_is_evaluated_how_and_by_when_once(world, meetings, one):
    plan = plan_of(world, one)
    with pytest.raises(Refused, match="No focused evaluation under way that no letter has told yet"):
        issue(meetings, world, one, "fppe_start")
    start(world, plan)
    said = text_of(issue(meetings, world, one, "fppe_start"))
    assert f"{plan.privilege.name}: a proctor is present, 5 cases, by {long_day(plan.due_on)}" in said
    with clock.freeze(clock.now() + DAY):
        with pytest.raises(Refused, match="that no letter has told yet"):
            issue(meetings, world, one, "fppe_start")
        other = plan_of(world, one, "GS-COLECTOMY")
        start(world, other)
        said = text_of(issue(meetings, world, one, "fppe_start"))
        assert other.privilege.name in said
        assert plan.privilege.name not in said, "that one is told"


def test_the_closing_letter_names_what_is_closed_and_never_how_it_ended(world, meetings, one):
    plan = plan_of(world, one)
    start(world, plan)
    close(world, plan)
    letter = issue(meetings, world, one, "fppe_close")
    said = text_of(letter)
    assert plan.privilege.name in said
    for word in ("Slow and unsure", "satisfactory", "Enough was seen"):
        assert word not in said
    assert letter.data_class == "general"
    assert evaluations_of(one, world.lakeside).closed == ()


def test_what_is_for_cause_is_told_by_letters_of_its_class_alone(world, meetings, one):
    plan, cause = plan_of(world, one), for_cause(world, one)
    start(world, plan)
    start(world, cause)
    general = text_of(issue(meetings, world, one, "fppe_start"))
    assert cause.privilege.name not in general
    letter = issue(meetings, world, one, "fppe_cause_start")
    said = text_of(letter)
    assert cause.privilege.name in said
    assert plan.privilege.name not in said
    assert GROUNDS not in said
    assert (letter.data_class, letter.kind, letter.title) == (
        "peer_review",
        "special_notice",
        "Special notice",
    )
    assert "peer review" in letter.content["marking"]
    with clock.freeze(clock.now() + DAY):
        close(world, cause)
        closed = text_of(issue(meetings, world, one, "fppe_cause_close"))
    assert cause.privilege.name in closed
    assert "Slow and unsure" not in closed


def test_a_letter_for_cause_is_for_those_who_may_know_and_goes_by_no_mail(world, meetings, one):
    cause = for_cause(world, one)
    start(world, cause)
    chief = account(world, "celia", Role.CHIEF_EXECUTIVE)
    with pytest.raises(Forbidden):
        issue(chief, world, one, "fppe_cause_start")
    letter = issue(meetings, world, one, "fppe_cause_start")
    with pytest.raises(Refused) as refused:
        letter_sending.send_letter(
            actor=meetings, letter=letter,
            handed=letter_sending.Handed("email", recipient="A", email="adaeze@example.org"),
        )  # fmt: skip
    assert refused.value.field == "channel"
    assert not LetterMail.objects.exists()
    own = account(world, "ada", Role.MEDICAL_STAFF_COORDINATOR)
    one.user = own
    one.save(update_fields=["user"])
    with pytest.raises(Forbidden):
        issue(own, world, one, "fppe_cause_start")


def test_the_subject_of_a_mail_says_nothing_of_an_evaluation(world, meetings, one):
    plan = plan_of(world, one)
    start(world, plan)
    letter = issue(meetings, world, one, "fppe_start")
    letter_sending.send_letter(
        actor=meetings, letter=letter,
        handed=letter_sending.Handed("email", recipient="Adaeze Okonkwo", email="adaeze@example.org"),
    )  # fmt: skip
    letter_mails.send(LetterMail.objects.get().uid)
    (sent,) = mail.outbox
    assert sent.subject == f"A letter of the Medical Staff Office, {world.lakeside}"
    words = f"{sent.subject} {sent.body} {[name for name, *_ in sent.attachments]}".lower()
    for word in ("evaluation", "proctor", plan.privilege.name.lower()):
        assert word not in words


def test_no_template_of_the_office_s_own_tells_what_is_for_cause(world, meetings):
    given = {
        "name": "Ours", "purpose": "Ours.", "recipient": "practitioner", "subject": "S",
        "body": "{evaluations}",
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        letter_templates.add_template(actor=meetings, occasion="cause_begun", **given)
    assert refused.value.field == "occasion"
    made = letter_templates.add_template(actor=meetings, occasion="any", **given)
    with pytest.raises(Error), transaction.atomic():
        LetterTemplate.objects.create(
            code="leak", name="Leak", purpose="x", occasion="cause_begun", recipient="practitioner",
            created_at=clock.now(), created_by=meetings,
        )  # fmt: skip
    assert made.data_class == "general"


def test_a_template_for_any_time_cannot_name_evaluations(world, meetings, one):
    start(world, for_cause(world, one))
    own = letter_templates.add_template(
        actor=meetings, name="Ours", purpose="Ours.", occasion="any", recipient="practitioner", subject="S",
        body="{evaluations}",
    )  # fmt: skip
    letter_templates.publish_version(actor=world.system, version=own.versions.get())
    with pytest.raises(Refused, match="no evaluation is to be told on this occasion"):
        issue(meetings, world, one, own.code)


def test_a_letter_of_a_merged_record_told_it(world, meetings, one, person):
    other = person("Okonkwo", "Ada")
    plan = evaluation(grant(world, other, "GS-BARIATRIC").identity)
    start(world, plan)
    merge_records(actor=world.system, keep=one, record=other, reason="The same license")
    assert len(evaluations_of(one, world.lakeside).begun) == 1
    issue(meetings, world, one, "fppe_start")
    assert evaluations_of(one, world.lakeside).begun == ()
    assert to_tell(meetings, world.lakeside, clock.now()) == []


def queued(user, facility) -> list[str]:
    one = next(each for each in queues.all() if each.code == "evaluations_untold")
    number, items = one.items(user, facility, 10)
    assert number == len(items)
    return [item.detail for item in items]


def test_today_asks_for_the_letters_until_they_are_written(world, meetings, one, client):
    plans = [plan_of(world, one), plan_of(world, one, "GS-COLECTOMY")]
    cause = for_cause(world, one)
    assert queued(meetings, world.lakeside) == []
    start(world, *plans)
    start(world, cause)
    assert sorted(queued(meetings, world.lakeside)) == [
        "1 focused evaluation for cause under way: write the letter",
        "2 focused evaluations under way: write the letter",
    ]
    unaware = account(world, "celia", Role.CHIEF_EXECUTIVE)
    assert queued(unaware, world.lakeside) == ["2 focused evaluations under way: write the letter"]
    client.force_login(meetings)
    page = client.get(reverse("privileging:fppe_person", args=[one.uid])).content.decode()
    write = reverse("credentialing:letter_write_for", args=[one.uid, "fppe_start"])
    assert write in page
    assert "Write that one for cause began" in page
    drafted = client.get(write).content.decode()
    assert plans[0].privilege.name in drafted
    assert cause.privilege.name not in drafted
    issue(meetings, world, one, "fppe_start")
    issue(meetings, world, one, "fppe_cause_start")
    assert queued(meetings, world.lakeside) == []
    assert write not in client.get(reverse("privileging:fppe_person", args=[one.uid])).content.decode()
    with clock.freeze(clock.now() + DAY):
        close(world, *plans)
        assert queued(meetings, world.lakeside) == ["2 focused evaluations closed: write the letter"]
    with clock.freeze(clock.now() + 62 * DAY):
        assert queued(meetings, world.lakeside) == [], "nobody writes so long after"


def test_a_plan_that_only_waits_is_no_occasion(world, meetings, one):
    plan_of(world, one)
    facts = facts_of(About(one, world.lakeside))
    assert facts.evaluated.begun == ()
