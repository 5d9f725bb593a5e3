"""The verification matrix: which elements an application needs, for whom, where, and by whose rule."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from bylaws.models import Bar, StaffCategory
from bylaws.parameters import STANDING_CONDITIONS
from bylaws.services.standing import apply_standing_conditions
from config.accounts.choices import Role
from config.accounts.policies import forget_roles
from config.accounts.services.users import give_role
from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.choices import Confidence
from config.rulebook.services.parameters import set_parameter
from credentialing import parameters
from credentialing.choices import ApplicationKind, Element, FlagStatus, ItemStatus
from credentialing.models import Application, VerificationItem
from credentialing.selectors.ageing import too_old_by_decision
from credentialing.selectors.audit_files import audit_file
from credentialing.selectors.expirables import expiring
from credentialing.selectors.gate import completeness, examine
from credentialing.selectors.ladder import preview
from credentialing.selectors.requirements import requirements
from credentialing.services import applications, verification
from credentialing.services.renewals import verify_credential
from credentialing.worklist.ageing import to_ask_today, to_verify_again
from practitioners.choices import CredentialStatus
from tests.credentialing.files import hospitals_with_person_and_list
from tests.credentialing.world import TODAY, adopt

HOSPITALS = hospitals_with_person_and_list
DAY = dt.timedelta(days=1)
SINCE = DateRange(dt.date(2000, 1, 1), None)


@pytest.fixture
def person(world):
    return world.person


def labels(application, *elements):
    return [one.label for one in requirements(application).wanted if one.element in elements]


def lacking(application):
    return {one.element: one for one in requirements(application).missing}


def by_policy(world, code, value, *, subject="", facility=None):
    set_parameter(
        actor=world.system, code=code, subject=subject, source="bylaws", facility=facility or world.facility,
        valid=SINCE, value=value, citation="Policy", confidence=Confidence.ADOPTED,
    )  # fmt: skip


def also_there(world):
    """The coordinator works in the other hospital too."""
    give_role(
        actor=world.system, user=world.coordinator, role=Role.CREDENTIALING_COORDINATOR,
        facility=world.other, start=dt.date(2020, 1, 1),
    )  # fmt: skip
    forget_roles(world.coordinator)


# --- licences -------------------------------------------------------------------------------------------


def licence(world, person, state, first, last, number, **more):
    return world.claim(
        person, "LICENSE", first, last, state=state, number=number, issuer=f"Board of {state}", **more
    )


def test_every_licence_that_runs_in_every_state_and_the_history_of_all(world, person):
    licence(world, person, "IN", dt.date(2015, 1, 1), dt.date(2026, 4, 30), "01099")
    licence(world, person, "MI", dt.date(2008, 1, 1), dt.date(2012, 6, 30), "4301")
    licence(world, person, "OH", dt.date(2007, 7, 1), dt.date(2012, 6, 30), "57.1")
    application = world.accepted(person)
    assert labels(application, Element.STATE_LICENSE) == [
        "State license: IN 01099, Board of IN",
        "State license: OH 35.100001, State Medical Board of Ohio",
    ]
    past = ["Past license: MI 4301, Board of MI", "Past license: OH 57.1, Board of OH"]
    assert labels(application, Element.PAST_LICENSE) == past
    # A licence elsewhere that ends before the decision stays what it was when the file was opened.
    later = requirements(application, dt.date(2026, 6, 1))
    assert [one.label for one in later.wanted if one.element == Element.PAST_LICENSE] == past


def test_the_states_own_licence_has_to_run_on_the_day_and_that_of_another_state_not(world, person):
    other = licence(world, person, "IN", dt.date(2015, 1, 1), dt.date(2026, 4, 30), "01099")
    application = world.accepted(person)
    world.find_out(application)
    day = dt.date(2026, 5, 15)
    leaves = examine(application, day).leaves
    item = application.items.get(credential=other)
    assert leaves[item.pk].met
    Application.objects.filter(pk=application.pk).update(decided_on=TODAY)
    own = application.items.get(credential=world.claims["licence"])
    assert (
        examine(application, dt.date(2027, 7, 1))
        .leaves[own.pk]
        .sentence.startswith("What was verified runs out on 30 Jun 2027")
    )


def test_a_licence_of_the_state_that_ran_out_is_not_taken_for_history(world, person):
    verification.claims.withdraw_claim(
        actor=world.coordinator, credential=world.claims["licence"], reason="Another number"
    )
    licence(world, person, "OH", dt.date(2012, 7, 1), dt.date(2026, 1, 31), "35.9")
    application = world.application(person)
    assert labels(application, Element.STATE_LICENSE) == ["State license: OH 35.9, Board of OH"]
    assert labels(application, Element.PAST_LICENSE) == []


# --- who else is concerned ------------------------------------------------------------------------------


def test_a_state_registration_where_the_state_has_one_and_controlled_substances_are_handled(world, person):
    also_there(world)
    world.claim(person, "LICENSE", dt.date(2015, 1, 1), dt.date(2027, 1, 1), state="IN", number="01")
    ohio = world.application(person)
    indiana = world.application(person, facility=world.other, department=world.other_surgery)
    assert Element.CDS not in lacking(indiana), "nobody who states no DEA registration is asked"
    world.claim(person, "DEA", dt.date(2024, 1, 1), dt.date(2027, 1, 1), number="FQ1234563", issuer="DEA")
    assert Element.CDS not in lacking(ohio), "Ohio has none"
    assert (
        lacking(indiana)[Element.CDS].sentence == "State controlled substances registration: none is stated."
    )
    world.claim(person, "CDS", dt.date(2024, 1, 1), dt.date(2027, 1, 1), state="IN", number="CS1")
    assert Element.CDS not in lacking(indiana)
    wanted = ["State controlled substances registration: IN CS1"]
    assert labels(indiana, Element.CDS) == labels(ohio, Element.CDS) == wanted, "what is stated is verified"


@pytest.mark.parametrize(("abroad", "asked"), [(True, True), (False, False)])
def test_the_ecfmg_for_graduates_of_schools_abroad_alone(world, abroad, asked):
    person = world.practitioner(npi=None)
    world.claim(
        person, "MEDICAL_SCHOOL", dt.date(2003, 8, 1), dt.date(2007, 5, 31), issuer="Port Meridian",
        extra={"degree": "MD", "international": abroad},
    )  # fmt: skip
    application = world.application(person)
    assert (Element.ECFMG in lacking(application)) is asked
    world.claim(person, "ECFMG", dt.date(2007, 7, 1), number="0-111-222-3", issuer="ECFMG")
    wanted = ["ECFMG certification: 0-111-222-3, ECFMG"] if asked else []
    assert labels(application, Element.ECFMG) == wanted


def test_every_hospital_of_the_last_years_and_none_before(world, person):
    for name, first, last in (
        ("Of old", dt.date(2005, 1, 1), dt.date(2021, 3, 9)),
        ("Edge", dt.date(2010, 1, 1), dt.date(2021, 3, 10)),
        ("Now", dt.date(2020, 1, 1), None),
    ):
        world.claim(person, "AFFILIATION", first, last, issuer=name)
    application = world.application(person)
    assert labels(application, Element.HOSPITAL_AFFILIATION) == [
        "Hospital affiliation: Edge", "Hospital affiliation: Now",
    ]  # fmt: skip
    by_policy(world, parameters.AFFILIATION_YEARS, 10)
    assert len(labels(application, Element.HOSPITAL_AFFILIATION)) == 3


def test_background_by_policy_and_hours_by_state(world, person):
    also_there(world)
    member = world.practitioner(last_name="Member", npi="")
    first = world.application(person)
    again = world.application(member, kind=ApplicationKind.REAPPOINTMENT)
    assert labels(first, Element.BACKGROUND) == []
    by_policy(world, parameters.BACKGROUND_KINDS, ["initial"])
    assert labels(first, Element.BACKGROUND) == ["Criminal background"]
    assert labels(again, Element.BACKGROUND) == []
    hours = "Continuing education: 50 hours in 24 months (OH)"
    assert (labels(first, Element.CME), labels(again, Element.CME)) == ([], [hours])
    elsewhere = world.application(
        member, kind=ApplicationKind.REAPPOINTMENT, facility=world.other, department=world.other_surgery
    )
    assert labels(elsewhere, Element.CME) == [], "Indiana counts none"
    assert labels(first, Element.LICENSE_SANCTIONS, Element.MALPRACTICE_HISTORY) == [
        "License sanctions, last 5 years", "Malpractice history, last 5 years",
    ]  # fmt: skip


def educated(world, member, hours, day):
    world.claim(
        member, "CME", day - dt.timedelta(days=1), day,
        extra={"activity": f"Course of {day:%d %b %Y}", "hours": hours},
    )  # fmt: skip


def test_hours_stated_are_summed_over_the_cycle_and_its_first_day_counts(world):
    member = world.practitioner(npi="")
    again = world.application(member, kind=ApplicationKind.REAPPOINTMENT)
    assert Element.CME not in lacking(again), "none is stated: the certificates are seen"
    educated(world, member, 30, dt.date(2024, 3, 10))  # 24 months ago to the day: the cycle before
    educated(world, member, 20, dt.date(2024, 3, 11))
    educated(world, member, 29.5, TODAY)
    educated(world, member, 40, TODAY + dt.timedelta(days=1))
    lack = lacking(again)[Element.CME]
    told = "Hours of continuing education completed from 11 Mar 2024 on: 49 of 50 stated."
    assert (lack.sentence, lack.type_code) == (told, "CME")
    assert labels(again, Element.CME) == [
        "Continuing education: 50 hours in 24 months (OH), 49.5 stated",
    ]  # fmt: skip
    assert Element.CME not in {one.element for one in requirements(again, TODAY + DAY).missing}
    educated(world, member, 0.5, dt.date(2025, 1, 1))
    assert Element.CME not in lacking(again), "exactly as many as are asked for"


def test_immunizations_are_asked_by_name_of_whom_the_policy_says(world, person):
    application = world.application(person)
    nurse = world.practitioner(last_name="Nurse", npi="", provider_type="NP")
    other = world.application(nurse)

    def asked(file, on=None):
        found = requirements(file, on)
        return [one.sentence for one in found.missing if one.element == Element.IMMUNIZATION]

    assert asked(application) == []
    by_policy(world, parameters.IMMUNIZATIONS, [
        {"requirement": "influenza", "provider_types": ["MD"], "why": "every winter"},
        {"requirement": "hepatitis B", "provider_types": ["*"], "why": "blood is handled"},
    ])  # fmt: skip
    flu, liver = (
        f"Immunization or screening, {each}: none is stated." for each in ("influenza", "hepatitis B")
    )
    assert (asked(application), asked(other)) == ([flu, liver], [liver])
    for requirement, last in (("influenza", TODAY), ("hepatitis B", None)):
        world.claim(
            person, "IMMUNIZATION", dt.date(2025, 10, 1), last,
            extra={"requirement": requirement, "met_by": "vaccination"},
        )  # fmt: skip
    assert asked(application) == [], "good through its last day"
    assert asked(application, TODAY + DAY) == [flu]
    because = [one.because for one in requirements(application).wanted if one.element == Element.IMMUNIZATION]
    assert len(because) == 2
    also_there(world)
    elsewhere = world.application(person, facility=world.other, department=world.other_surgery)
    assert asked(elsewhere) == [], "the policy is of one facility"


def test_training_and_work_stated_since_are_verified_at_renewal_once(world, person):
    application = world.accepted(person, kind=ApplicationKind.REAPPOINTMENT)
    elements = Element.RESIDENCY, Element.WORK_HISTORY
    assert len(labels(application, *elements)) == application.items.filter(element__in=elements).count() == 2
    world.find_out(application)
    assert labels(application, *elements) == [], "a source has confirmed both"
    assert {leaf.code for leaf in completeness(application).leaves()} >= {"CR-RESIDENCY", "CR-WORK_HISTORY"}
    assert completeness(application).met
    assert audit_file(application).complete


# --- whose rule -----------------------------------------------------------------------------------------


def test_an_item_names_every_body_that_asks_and_the_one_whose_limit_binds(world, person):
    adopt(world, "urac")
    application = world.accepted(person)
    item = world.item(application, Element.STATE_LICENSE)
    assert (item.max_age_days, item.bound_by) == (120, "Product default")
    assert item.required_because.endswith("(CMS Conditions of Participation, Product default, URAC)")
    by_policy(world, parameters.MAX_AGE_DAYS, 365, subject=Element.STATE_LICENSE)
    verification.plan(actor=world.coordinator, application=application)
    item.refresh_from_db()
    assert (item.max_age_days, item.bound_by) == (180, "URAC")
    by_policy(world, parameters.MAX_AGE_DAYS, 150, subject=Element.STATE_LICENSE)
    verification.plan(actor=world.coordinator, application=application)
    item.refresh_from_db()
    assert item.max_age_days == 150
    row = next(row for row in audit_file(application).rows if row.element == Element.STATE_LICENSE)
    assert row.asked.body == "CMS Conditions of Participation, Product default, URAC"
    assert row.asked.confidence == "unconfirmed", "as sure as the least sure of them"


def test_a_file_is_judged_by_the_numbers_of_the_day_it_is_decided(world):
    """NCQA: files processed from 1 Jul 2025 on take the new limits, older files the old."""
    adopt(world, "ncqa")
    by_policy(world, parameters.MAX_AGE_DAYS, 300, subject=Element.STATE_LICENSE)
    seen = dt.date(2025, 1, 15)
    with clock.freeze(dt.datetime(2025, 6, 20, 16, tzinfo=dt.UTC)):
        person = world.practitioner(npi=None)
        licence(world, person, "OH", dt.date(2012, 7, 1), dt.date(2027, 6, 30), "35.1")
        application = world.accepted(person)
        item = world.item(application, Element.STATE_LICENSE)
        assert item.max_age_days == 180
        world.verify(item, verified_on=seen)
        before, after = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
        assert examine(application, before).leaves[item.pk].met
        leaf = examine(application, after).leaves[item.pk]
        assert not leaf.met
        assert leaf.bound_by == "NCQA"
        assert leaf.facts["max_age_days"] == 120


# --- what the data bank answers too ---------------------------------------------------------------------


def test_a_response_without_a_report_answers_sanctions_and_claims(world, person):
    application = world.accepted(person)
    query = world.query(person)
    for element in (Element.LICENSE_SANCTIONS, Element.MALPRACTICE_HISTORY):
        item = world.item(application, element)
        assert (item.status, item.evidence) == (ItemStatus.VERIFIED, query.response)
        assert item.reviewed_by == world.coordinator


def test_a_report_leaves_both_to_a_person_and_what_another_source_said_stays(world, person):
    application = world.accepted(person)
    world.verify(world.item(application, Element.LICENSE_SANCTIONS))
    world.query(person, adverse=True)
    sanctions, claims = (
        world.item(application, each) for each in (Element.LICENSE_SANCTIONS, Element.MALPRACTICE_HISTORY)
    )
    assert (sanctions.status, sanctions.source) == (ItemStatus.VERIFIED, "FSMB")
    assert claims.status == ItemStatus.RECEIVED
    verification.verify(actor=world.coordinator, item=claims, adverse=True, note="One payment.")
    flag = application.red_flags.get(item=claims)
    assert (flag.code, flag.status) == ("RF-CLAIM", FlagStatus.OPEN)
    assert "One payment" not in flag.sentence, "what the data bank said stays in its class"


def test_no_report_does_not_answer_what_the_applicant_states_otherwise(world, person):
    world.claim(
        person, "CLAIM", dt.date(2022, 3, 1), dt.date(2024, 3, 1), number="CV-1", issuer="County court",
        extra={"outcome": "settled", "paid_usd": 40000, "occurred_on": "2021-05-01"},
    )  # fmt: skip
    application = world.accepted(person)
    world.query(person)
    claims = world.item(application, Element.MALPRACTICE_HISTORY)
    assert claims.status == ItemStatus.RECEIVED
    assert claims.result.endswith("say how both can be true.")
    assert world.item(application, Element.LICENSE_SANCTIONS).status == ItemStatus.VERIFIED


def test_health_is_told_as_confidential_and_a_background_is_protected(world, person):
    by_policy(world, parameters.BACKGROUND_KINDS, ["initial"])
    application = world.accepted(person)
    health = world.answer(world.item(application, Element.HEALTH_STATUS))
    verification.verify(actor=world.coordinator, item=health, adverse=True, note="Not cleared.")
    flag = application.red_flags.get(item=health)
    assert (flag.code, flag.data_class) == ("RF-HEALTH", "health")
    assert "Not cleared" not in flag.sentence
    (leaf,) = [leaf for leaf in completeness(application).leaves() if leaf.code == "CR-HEALTH_STATUS"]
    assert (leaf.sentence, leaf.facts["status"]) == ("Found out.", "Verified"), "the bodies read no more"
    checked = world.verify(world.item(application, Element.BACKGROUND))
    assert checked.evidence.data_class == "identity"


def test_a_sanction_in_another_state_is_a_serious_flag(world, person):
    past = licence(world, person, "MI", dt.date(2008, 1, 1), dt.date(2012, 6, 30), "4301")
    application = world.accepted(person)
    item = world.answer(
        application.items.get(credential=past), findings={"status": str(CredentialStatus.REVOKED)}
    )
    verification.verify(actor=world.coordinator, item=item)
    flag = application.red_flags.get(item=item)
    assert (flag.code, flag.severity) == ("RF-LIC-ADV", "serious")


# --- ages move with the meeting -------------------------------------------------------------------------


def plan_for(application, day):
    Application.objects.filter(pk=application.pk).update(scheduled_decision_on=day)
    application.refresh_from_db()


def test_what_is_too_old_by_the_decision_comes_up_again_and_is_fine_when_the_meeting_moves_back(
    world, person
):
    by_policy(world, parameters.BACKGROUND_KINDS, ["initial"])
    world.claim(
        person, "IMMUNIZATION", dt.date(2026, 1, 1), dt.date(2028, 1, 1), issuer="Employee health",
        extra={"requirement": "influenza"},
    )  # fmt: skip
    application = world.accepted(person)
    world.find_out(application)
    limited = {
        subject for code, subject in requirements(application).bounds if code == parameters.MAX_AGE_DAYS
    } & set(application.items.values_list("element", flat=True))

    def again():
        return {
            each.item.element for each in too_old_by_decision(VerificationItem.objects.all(), world.facility)
        }

    def unmet():
        return {leaf.code.removeprefix("CR-") for leaf in completeness(application).leaves() if not leaf.met}

    assert (again(), unmet()) == (set(), set())
    for limit in sorted({requirements(application).max_age(each).value for each in limited} - {30}):
        aged = {each for each in limited if requirements(application).max_age(each).value <= limit}
        aged -= {Element.EXCLUSION}  # screened again with every list, whatever day is planned
        plan_for(application, TODAY + dt.timedelta(days=limit))
        younger = {each for each in aged if requirements(application).max_age(each).value < limit}
        assert again() == younger, limit
        plan_for(application, TODAY + dt.timedelta(days=limit + 1))
        assert again() == aged, limit
        assert aged <= unmet()
        stale = {row.element for row in audit_file(application).rows if "stale" in row.defects}
        assert stale == aged | {Element.EXCLUSION}
    plan_for(application, TODAY)
    assert (again(), unmet()) == (set(), set())
    assert audit_file(application).complete


# --- what is not known of a member ----------------------------------------------------------------------


def test_missing_data_suspends_nobody_and_has_the_source_asked_the_same_day(world, person):
    by_policy(world, STANDING_CONDITIONS.code, [{"rule": "BL-LIC-1", "scope": "all"}])
    world.category = StaffCategory.objects.get(code="active")
    bare, lapsed = (world.practitioner(last_name=name, npi="") for name in ("Bare", "Lapsed"))
    for each in (person, bare, lapsed):
        world.appoint(each)
    confirmed(world, world.claims["licence"], dt.date(2012, 7, 1), dt.date(2027, 6, 30))
    ended = licence(world, lapsed, "OH", dt.date(2012, 7, 1), dt.date(2026, 3, 1), "35.2")
    confirmed(world, ended, dt.date(2012, 7, 1), dt.date(2026, 3, 1))
    counts = apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)
    assert (counts["opened"], counts["unknown"]) == (1, 1)
    assert Bar.objects.get().practitioner == lapsed
    total, items = to_ask_today(world.coordinator, world.facility, 5)
    assert (total, [(one.title, one.due) for one in items]) == (1, [(str(bare), TODAY)])
    assert "No OH license is on record." in items[0].detail
    found = licence(world, bare, "OH", dt.date(2020, 7, 1), dt.date(2027, 6, 30), "35.3")
    assert to_ask_today(world.coordinator, world.facility, 5)[0] == 1, "claimed is not confirmed"
    confirmed(world, found, dt.date(2020, 7, 1), dt.date(2027, 6, 30))
    assert to_ask_today(world.coordinator, world.facility, 5) == (0, [])


def confirmed(world, credential, first, last, **more):
    values = {
        "source": "State Medical Board", "source_kind": "primary", "method": "web", "verified_on": TODAY,
        "valid_from": first, "valid_through": last, "content": b"the page", "media_type": "text/plain",
    } | more  # fmt: skip
    return verify_credential(
        actor=world.coordinator, credential=credential, facility=world.facility, **values
    )


def test_the_queue_names_what_is_too_old_and_until_when_it_counts(world, person, client):
    application = world.accepted(person)
    world.find_out(application, but=(Element.PEER_REFERENCE,))

    def today_once_planned(days: int) -> str:
        applications.change_plan(
            actor=world.coordinator, application=application, department=application.department,
            category=application.category, scheduled_decision_on=TODAY + dt.timedelta(days=days),
        )  # fmt: skip
        application.refresh_from_db()
        part = client.get(reverse("home:queue", args=["credentialing-again"]), headers={"HX-Request": "true"})
        return part.content.decode()

    client.force_login(world.coordinator)
    assert today_once_planned(120) == ""
    assert "counts through 8 Jul 2026" in today_once_planned(121)
    assert today_once_planned(60) == ""  # the meeting moved back
    assert "counts through 8 Jul 2026" in today_once_planned(121)
    total, items = to_verify_again(world.coordinator, world.facility, 3)
    assert total == len({"STATE_LICENSE", "LICENSE_SANCTIONS", "WORK_HISTORY", "MALPRACTICE_HISTORY", "NPI",
                         "NPDB", "ATTESTATION"})  # fmt: skip
    assert items[0].due == application.scheduled_decision_on
    assert items[0].detail.endswith("counts through 8 Jul 2026")
    assert to_verify_again(world.user("Some Body", Role.LOOKUP), world.facility, 3) == (0, [])


# --- what runs out between applications -----------------------------------------------------------------


def test_a_clearance_of_employee_health_runs_out_is_reminded_of_and_renewed(world, person):
    world.appoint(person)
    world.email(person, "quillfeather@example.org")
    held = world.claim(
        person, "HEALTH_CLEARANCE", dt.date(2025, 4, 1), dt.date(2026, 3, 31), issuer="Employee health"
    )
    checked = world.claim(
        person, "BACKGROUND_CHECK", dt.date(2024, 4, 1), dt.date(2026, 3, 31), number="BC-1", issuer="Agency"
    )
    ahead = {row.identity_id for row in expiring([world.facility.pk], on=TODAY)}
    assert {held.pk, checked.pk} <= ahead
    mails = {mail.credential for mail in preview([world.facility.pk], on=TODAY, ahead=30).mails}
    assert mails >= {"Clearance of employee health", "Background check"}
    confirmed(world, held, dt.date(2026, 4, 1), dt.date(2027, 3, 31), source="Employee health")
    row = confirmed(world, checked, dt.date(2026, 4, 1), dt.date(2028, 3, 31), source="Agency")
    assert (row.evidence.data_class, row.evidence.summary) == ("identity", "")
    assert not {mail.credential for mail in preview([world.facility.pk], on=TODAY, ahead=30).mails} & mails
    with pytest.raises(Refused, match=r"older than|days"):
        confirmed(world, held, None, dt.date(2028, 3, 31), verified_on=TODAY - dt.timedelta(days=366))


# --- the page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("element", [Element.LICENSE_SANCTIONS, Element.HEALTH_STATUS])
def test_the_page_says_whom_to_ask_whose_word_counts_and_whose_limit_it_is(
    world, person, client, element, django_assert_max_num_queries
):
    adopt(world, "urac")
    by_policy(world, parameters.MAX_AGE_DAYS, 300, subject=Element.LICENSE_SANCTIONS)
    item = world.item(world.accepted(person), element)
    client.force_login(world.coordinator)
    with django_assert_max_num_queries(30):
        page = client.get(f"/verification/{item.uid}/").content.decode()
    assert "Whom to ask" in page
    assert "Asked for by" in page
    assert "Product default: Common hospital practice" in page
    assert "Accepted" in page
    if element == Element.LICENSE_SANCTIONS:
        assert 'href="https://www.fsmb.org/PDC/"' in page
        assert "These addresses are not confirmed" in page
        assert "URAC credentialing standards (current edition not seen)" in page
        assert "180 days on the day of the decision" in page
    else:
        assert "Only that is recorded here, never a finding." in page
    assert "Not confirmed - check before relying on it" in page
    assert "a unconfirmed" not in page
