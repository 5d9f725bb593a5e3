"""Provisions that carry numbers: set where the document says it, held to the law, cited with a link."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from bylaws.selectors.citations import citation_address
from bylaws.services import policies
from bylaws.services.bars import open_bar
from bylaws.services.letters import issue_bar_letter, typeset_again
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.papers import typeset
from config.rulebook.models import ParameterPeriod
from config.rulebook.selectors.parameters import resolve
from config.rulebook.services.parameters import set_by_house
from practitioners import store
from practitioners.choices import LetterKind
from tests.bylaws.documents import document, in_force
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
BODY = """\
# Article 5 Appointment

## 5.1 Terms
A term.

# Article 8 Hearings

## 8.3 Notice
(a) In writing.

(b) In time.

# Article 12 Meetings
"""
NOTICE = "bylaws.hearing_notice_days"


@pytest.fixture
def bylaws(world):
    made = document(world.coordinator, world.facility, BODY)
    in_force(world.coordinator, made.versions.get(), TODAY)
    return made


def number_page(bylaws, code=NOTICE, section="8.3(b)"):
    return f"{reverse('bylaws:policy_number', args=[bylaws.uid])}?section={section}&code={code}"


def test_a_hearing_notice_of_20_days_is_refused_with_the_reason_and_30_is_taken(world, bylaws, sign_in):
    browser, page = sign_in(world.coordinator), number_page(bylaws)
    shown = browser.get(page).content.decode()
    assert "Medical Staff Bylaws 8.3(b)" in shown
    assert "42 USC 11112(b)(2)" in shown
    refused = browser.post(page, {"value": "20", "start": TODAY.isoformat()})
    assert refused.status_code == 422
    said = refused.content.decode()
    assert "at least 30 days is allowed, not 20" in said
    assert "the hearing is not less than 30 days after the date of the notice" in said
    assert browser.post(page, {"value": "29", "start": TODAY.isoformat()}).status_code == 422
    assert not ParameterPeriod.objects.filter(identity__code=NOTICE, identity__facility=world.facility)
    assert browser.post(page, {"value": "30", "start": TODAY.isoformat()}).status_code == 303
    assert browser.post(page, {"value": "45", "start": (TODAY + DAY).isoformat()}).status_code == 303
    bound = resolve(NOTICE, facility=world.facility, on=TODAY + DAY)
    assert (bound.value, bound.citation, bound.confidence) == (45, "Medical Staff Bylaws 8.3(b)", "adopted")
    assert resolve(NOTICE, facility=world.facility, on=TODAY).value == 30
    read = browser.get(f"{reverse('bylaws:policy', args=[bylaws.uid])}?on={TODAY + DAY}").content.decode()
    assert "Days from the notice of a hearing to the hearing" in read
    assert "45 days" in read


def test_who_sets_numbers_and_what_stays_the_administrators(world, bylaws, sign_in):
    def put(actor, **more):
        given = {"code": NOTICE, "start": TODAY, "value": 40, "citation": "Medical Staff Bylaws 8.3(b)"}
        return set_by_house(actor=actor, facility=world.facility, **given | more)

    for nobody in (world.chair, world.user("No Role")):
        with pytest.raises(Forbidden):
            put(nobody)
    assert sign_in(world.chair).get(number_page(bylaws)).status_code == 403
    assert put(world.coordinator).identity.source_body.code == "bylaws"
    with pytest.raises(Refused, match="where it is written"):
        put(world.coordinator, citation=" ")
    with pytest.raises(Refused, match="is not a parameter"):
        put(world.coordinator, code="no.such")


def test_a_value_planned_from_a_later_day_stays_planned(world):
    def put(start, value):
        return set_by_house(
            actor=world.coordinator, facility=world.facility, code=NOTICE, start=start, value=value,
            citation="Bylaws 8",
        )  # fmt: skip

    put(TODAY + 10 * DAY, 60)
    period = put(TODAY, 40)
    assert period.end == TODAY + 9 * DAY
    found = [resolve(NOTICE, facility=world.facility, on=TODAY + n * DAY).value for n in (0, 9, 10)]
    assert found == [40, 40, 60]


def test_what_does_not_bind_is_said_when_it_is_set(world, bylaws, sign_in):
    browser, page = sign_in(world.coordinator), number_page(bylaws, "bylaws.appointment_term_months", "5.1")
    world.parameter("bylaws.appointment_term_months", 12, source="npdb-law")

    def said(value):
        answer = browser.post(page, {"value": value, "start": TODAY.isoformat()})
        return browser.get(answer["Location"].partition("#")[0]).content.decode()

    assert "What binds is 12 months (NPDB-LAW), which goes before it." in said("18")
    assert "Set, from 10 Mar 2026." in said("6")


def test_bodies_quorum_and_votes_are_set_without_knowing_how_they_are_kept(world, bylaws, sign_in):
    browser = sign_in(world.coordinator)
    start = {"start": TODAY.isoformat()}
    chain = number_page(bylaws, "bylaws.document_bodies", "12")
    wrong = browser.post(chain, start | {"subject": "bylaws", "body_1": "mec"})
    assert wrong.status_code == 422
    assert "does not end with the governing board" in wrong.content.decode()
    given = {"subject": "bylaws", "body_1": "medical_staff", "body_2": "board"}
    assert browser.post(chain, start | given).status_code == 303
    assert policies.bodies_for(bylaws) == ["medical_staff", "board"]
    quorum = number_page(bylaws, "bylaws.quorum", "12")
    given = {"subject": "mec", "quorum_kind": "max", "percent": "40", "fixed": "4"}
    assert browser.post(quorum, start | given).status_code == 303
    bound = resolve("bylaws.quorum", facility=world.facility, on=TODAY, subject="mec")
    assert bound.value == {"kind": "max", "percent": 40, "fixed": 4, "recused_count": False}
    votes = number_page(bylaws, "bylaws.vote_threshold", "12")
    assert browser.post(votes, start | {"value": "two_thirds_cast"}).status_code == 303
    bound = resolve("bylaws.vote_threshold", facility=world.facility, on=TODAY)
    assert bound.value == {"kind": "two_thirds_cast"}
    choose = browser.get(reverse("bylaws:policy_number", args=[bylaws.uid])).content.decode()
    assert "Voting members who must be present" in choose
    assert "Rules whose breach suspends" not in choose
    assert browser.get(number_page(bylaws, "bylaws.standing_conditions")).status_code == 422
    assert browser.get(number_page(bylaws, section="99")).status_code == 404


def test_a_citation_leads_to_the_section_in_the_version_of_its_day(world, bylaws):
    page = reverse("bylaws:policy", args=[bylaws.uid])

    def address(citation, on=TODAY):
        return citation_address(citation, facility=world.facility, on=on)

    assert address("Medical Staff Bylaws 8.3(b)") == f"{page}?on={TODAY}#section-8.3(b)"
    assert address("Medical Staff Bylaws, article 12 (voting)") == f"{page}?on={TODAY}#section-12"
    assert address("42 CFR 482.22") == ""
    with clock.freeze(NOON + 10 * DAY):
        body = BODY.replace("## 8.3 Notice", "## 8.3 Request\nIn 30 days.\n\n## 8.4 Notice")
        second = policies.write_version(
            actor=world.coordinator, policy=bylaws, body=body, note="Request", newest=1
        )
        in_force(world.coordinator, second, TODAY + 10 * DAY)
        later = TODAY + 10 * DAY
        assert address("Medical Staff Bylaws 8.3(b)", later) == f"{page}?on={later}#section-8.3(b)"
        assert "8.4 Notice" in next(
            f"{each['label']} {each['heading']}" for each in second.outline if each["key"] == "8.3"
        )


def test_the_tag_links_what_the_reader_may_read_and_leaves_the_rest_text(
    world, bylaws, django_assert_num_queries
):
    template = Template("{% load documents %}{% for each in all %}{% cited each %}|{% endfor %}")
    all_cited = ["Medical Staff Bylaws 8.3", "42 CFR 482.22 <b>", "", "Bylaws 5.1"]

    def drawn(user):
        request = RequestFactory().get("/")
        request.user = user
        return template.render(Context({"request": request, "facility": world.facility, "all": all_cited}))

    world.coordinator.__dict__.pop("_roles_on", None)
    with django_assert_num_queries(2):  # the roles, and the outlines once
        said = drawn(world.coordinator)
    page = reverse("bylaws:policy", args=[bylaws.uid])
    assert said == (
        f'<a href="{page}#section-8.3">Medical Staff Bylaws 8.3</a>|42 CFR 482.22 &lt;b&gt;||'
        f'<a href="{page}#section-5.1">Bylaws 5.1</a>|'
    )
    assert "<a" not in drawn(world.user("No Role"))


def test_a_letter_leads_to_what_it_cites(world, bylaws):
    practitioner = world.practitioner()
    world.appoint(practitioner)
    bar = open_bar(
        actor=world.coordinator, practitioner=practitioner, facility=world.facility, start=TODAY,
        kind="administrative_suspension", cause="The license ran out.", scope="all",
        citation="Medical Staff Bylaws 5.1",
    )  # fmt: skip
    letter = issue_bar_letter(
        actor=world.system, bar=bar, period=bar.periods.get(), kind=LetterKind.ADMINISTRATIVE_SUSPENSION
    )
    page = reverse("bylaws:policy", args=[bylaws.uid])
    assert letter.content["citation_url"].endswith(f"{page}?on={TODAY}#section-5.1")
    assert typeset_again(letter) == store.get(letter.sha256)
    old = {key: value for key, value in letter.content.items() if key != "citation_url"}
    assert b"/URI" in typeset("suspension", letter.content, issued_at=letter.issued_at)
    assert b"/URI" not in typeset("suspension", old, issued_at=letter.issued_at)
