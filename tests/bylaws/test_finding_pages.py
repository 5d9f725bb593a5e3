"""Pages of compliance: by provision, person and department, over time, and each finding; what is unknown or
waived counts as compliant nowhere.
"""

import csv
import dataclasses
import datetime as dt
import io
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import BarKind, FindingStatus
from bylaws.models import Finding
from bylaws.panels import compliance_panel
from bylaws.selectors.compliance import by_department, by_person, compliance
from bylaws.selectors.findings import ASKED_JOB, note_progress
from bylaws.services.bars import open_bar
from bylaws.services.compliance_asked import GAVE_UP, NO_MORE, STOPPED, ask_for_run, carry_out, sweep_lost
from bylaws.services.compliance_runs import record_run
from bylaws.services.findings import send_notice, waive
from bylaws.views.compliance import DRAWN, drawn
from bylaws.worklist.compliance import at_a_glance, consequences_to_decide, not_met
from config.accounts.choices import DataClass, Role
from config.accounts.models import User
from config.audit.models import JobRun, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook import rules as registry
from config.rulebook.rules import rule, rules
from config.rulebook.verdicts import Outcome
from practitioners.choices import LetterKind
from practitioners.models import Letter
from tests.bylaws.world import NOON, TODAY

DAY = dt.timedelta(days=1)
LICENCE, TERM = "BL-LIC-1", "BL-APP-1"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STANDING_STORE = tmp_path


@pytest.fixture
def lapsed(world):
    one = world.practitioner("Lena Lapsed")
    world.appoint(one, department=world.medicine)
    world.licence(one, dt.date(2024, 3, 1), dt.date(2026, 2, 28))
    return one


@pytest.fixture
def blank(world):
    """A member of whom nothing is known."""
    one = world.practitioner("Bea Blank")
    world.appoint(one)
    return one


@pytest.fixture
def suspended(world):
    """A precautionary suspension nobody reviewed in time: peer review."""
    one = world.practitioner("Petra Peer")
    world.appoint(one)
    with clock.freeze(NOON - 40 * DAY):
        open_bar(
            actor=world.system,
            practitioner=one,
            facility=world.facility,
            kind=BarKind.PRECAUTIONARY_SUSPENSION,
            cause="Three complications in a week.",
            start=TODAY - 40 * DAY,
        )
    return one


def run(world):
    return record_run(actor=world.system, facility=world.facility)


def finding(practitioner, code=LICENCE) -> Finding:
    return Finding.objects.get(practitioner=practitioner, rule_code=code)


def url(name, *args, **asked):
    return reverse(f"bylaws:{name}", args=args, query=asked or None)


def text(answer) -> str:
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def rows_of(answer) -> list[dict[str, str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


# --- unknown is never compliant -------------------------------------------------------------------------


@pytest.fixture
def only_unknown(world):
    """Two members of whom the rule about licences knows nothing."""
    for name in ("Uma Unknown", "Una Unknown"):
        world.appoint(world.practitioner(name))


def test_unknown_counts_as_compliant_nowhere(world, only_unknown, sign_in, capsys):
    """Everything that prints a count: the selector, both sums, the run, Today, pages, CSV, the command."""
    results = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
    licence = next(each for each in results if each.rule.code == LICENCE)
    assert (licence.compliant, licence.total, licence.counts[Outcome.UNKNOWN]) == (0, 2, 2)
    for person in by_person([licence]):
        assert (person.compliant, person.total, person.attention) == (0, 1, 1)
    for department in by_department([licence]):
        assert (department.compliant, department.total, department.attention) == (0, 2, 2)
    recorded = run(world).run
    assert recorded.counts[LICENCE] == {
        "MET": 0, "NOT_MET": 0, "UNKNOWN": 2, "NOT_APPLICABLE": 0, "waived": 0,
    }  # fmt: skip
    chief = world.user("Cleo Chief", Role.CHIEF_EXECUTIVE)
    glance = next(item for item in at_a_glance(chief, world.facility, 20)[1] if LICENCE in item.url)
    assert (glance.detail, glance.colour) == ("0 of 2 comply, 2 unknown", "warn")

    browser = sign_in(world.coordinator)
    page = browser.get(url("compliance", rule=LICENCE))
    card = next(each for each in page.context["cards"] if each.result.rule.code == LICENCE)
    assert {str(part["outcome"]): part["number"] for part in card.parts}["UNKNOWN"] == 2
    assert "0 of 2 comply" in text(page)
    trend = browser.get(url("compliance_trend"))
    row = next(each for each in trend.context["rules"] if each["last"].code == LICENCE)
    assert (row["last"].compliant, row["last"].total, row["unknown"]) == (0, 2, 2)
    everything = {
        (each.rule.code, person): each.verdicts[person].outcome
        for each in results
        for person in each.population
    }
    comply = [each for each in everything.values() if each == Outcome.MET]
    (department,) = rows_of(browser.get(url("compliance_departments", format="csv")))
    general = [each for each in results if each.rule.about_people and not each.rule.data_class]
    assert department["Comply"] == (
        f"{sum(each.compliant for each in general)} of {sum(each.concerned for each in general)}"
    )
    assert len(comply) < len(everything)
    people = rows_of(browser.get(url("compliance_people", format="csv")))
    assert sum(int(each["Unknown"]) for each in people) == int(department["Unknown"]) > 0
    listed = rows_of(browser.get(url("compliance", rule=LICENCE, outcome="MET", format="csv")))
    assert listed == []

    call_command("check_compliance")
    out = capsys.readouterr().out
    assert f"{LICENCE} Current license in the state of the facility: 2 judged; 0 met, 0 not met" in out
    call_command("check_compliance", "--json")
    data = json.loads(capsys.readouterr().out)[0]["rules"]
    assert next(each for each in data if each["code"] == LICENCE)["counts"]["MET"] == 0


def test_what_is_waived_counts_as_compliant_nowhere(world, blank, sign_in, capsys):
    world.parameter("bylaws.appointment_term_months", 12)
    run(world)
    before = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
    waive(
        actor=world.director,
        finding=finding(blank, TERM),
        last_day=TODAY + 30 * DAY,
        justification="The board meets late.",
    )
    after = compliance(viewer=world.coordinator, facility=world.facility, on=TODAY)
    assert [each.compliant for each in after] == [each.compliant for each in before]
    (person,) = by_person(after)
    people = [each for each in after if each.rule.about_people]
    assert (person.waived, person.compliant) == (1, sum(each.compliant for each in people))
    recorded = run(world).run
    assert (recorded.counts[TERM]["NOT_MET"], recorded.counts[TERM]["waived"]) == (1, 1)
    browser = sign_in(world.coordinator)
    page = browser.get(url("compliance", rule=TERM, outcome="waived"))
    assert "Waived by Dolores Finch" in text(page)
    assert "1 of these waived" in text(page)
    assert [row.thing.practitioner for row in page.context["listing"].rows] == [blank]
    (row,) = rows_of(browser.get(url("compliance", rule=TERM, outcome="NOT_MET", format="csv")))
    assert (row["Outcome"], row["State of the finding"]) == ("Not met", "Waived")
    assert row["Waiver"].startswith("Waived by Dolores Finch through 9 Apr 2026")
    chief = world.user("Cleo Chief", Role.CHIEF_EXECUTIVE)
    glance = next(item for item in at_a_glance(chief, world.facility, 20)[1] if TERM in item.url)
    assert glance.detail == "0 of 1 comply, 1 not met, 1 waived"
    call_command("check_compliance")
    out = capsys.readouterr().out
    assert "0 not applicable; 1 of these waived" in out
    assert "Waived by Dolores Finch through 9 Apr 2026: The board meets late." in out


# --- pages ----------------------------------------------------------------------------------------------


def test_by_person_and_by_department(world, lapsed, blank, sign_in):
    browser = sign_in(world.coordinator)
    people = browser.get(url("compliance_people"))
    shown = [row.thing.judged.practitioner for row in people.context["listing"].rows]
    assert shown == [lapsed, blank]  # who does not meet something comes before what is only unknown
    assert [
        row.thing.judged.practitioner
        for row in browser.get(url("compliance_people", department="surgery")).context["listing"].rows
    ] == [blank]
    named = browser.get(url("compliance_people", q="LAPS")).context["listing"].rows
    assert [row.thing.judged.practitioner for row in named] == [lapsed]
    departments = browser.get(url("compliance_departments")).context["listing"].rows
    assert [(row.thing.name, row.thing.people) for row in departments] == [("Medicine", 1), ("Surgery", 1)]
    assert "department=medicine" in departments[0].url
    past = browser.get(url("compliance_people", on="2026-02-28"))
    assert past.context["listing"].rows[0].thing.counts[Outcome.NOT_MET] == 0


def test_the_coordinator_runs_compliance_from_the_page(world, lapsed, sign_in):
    browser = sign_in(world.coordinator)
    assert "Compliance was not recorded yet." in text(browser.get(url("findings")))
    assert browser.post(url("compliance_run")).status_code == 303
    assert not Finding.objects.exists()  # nobody waits for it: a worker does it
    asked = JobRun.objects.get(job=ASKED_JOB)
    watched = browser.get(url("compliance_run_progress"))
    assert "Everybody is being judged" in text(watched)
    assert "HX-Refresh" not in watched
    browser.post(url("compliance_run"))
    assert "asked for already and is not finished" in text(browser.get(url("findings")))
    assert carry_out(str(asked.uid)) == "done"
    assert carry_out(str(asked.uid)) == "nothing to do"
    assert browser.get(url("compliance_run_progress"))["HX-Refresh"] == "true"
    assert finding(lapsed).status == FindingStatus.OPEN
    listed = browser.get(url("findings", outcome="NOT_MET"))
    people = [row.thing.practitioner for row in listed.context["listing"].rows]
    assert [each for each in people if each is not None] == [lapsed]  # leaders have not disclosed either
    assert "1 person judged under every rule. Findings: " in text(listed)
    browser.post(url("compliance_run"))
    carry_out(str(asked.uid))
    assert "Nothing new was found." in text(browser.get(url("findings")))
    with clock.freeze(clock.now() + dt.timedelta(hours=2)):
        assert "Nothing new was found." not in text(browser.get(url("findings")))


def test_how_far_an_asked_run_is_and_that_it_failed_is_told(world, lapsed, sign_in):
    browser = sign_in(world.coordinator)
    asked = ask_for_run(actor=world.coordinator, facility=world.facility)
    seen = []
    record_run(
        actor=world.system, facility=world.facility, progress=lambda done, all_of: seen.append((done, all_of))
    )
    assert seen == [(done, len(rules())) for done in range(1, len(rules()) + 1)]
    note_progress(world.facility, (3, 60))
    assert 'max="60"' in text(browser.get(url("findings")))
    # Who asked may do so no more by the time the worker comes to it.
    nobody = world.user("Nora Nobody", Role.PRACTITIONER)
    JobRun.objects.filter(pk=asked.pk).update(counts={"asked_by": str(nobody.uid), "asked_by_name": "Nora"})
    assert carry_out(str(asked.uid)) == "failed"
    page = text(browser.get(url("findings")))
    assert "The run that was asked for failed" in page
    assert NO_MORE in page


def test_an_error_in_an_asked_run_is_told_and_raised(world, lapsed, sign_in, monkeypatch):
    """A rule breaks in the middle: nothing is half recorded, the page says so, and the log has it."""

    def broken(facts, parameters):
        raise ZeroDivisionError("a fault of the rule")

    faulty = dataclasses.replace(rule(LICENCE), code="BL-ZZZ-1", judge=broken)
    asked = ask_for_run(actor=world.coordinator, facility=world.facility)
    with monkeypatch.context() as patched:
        patched.setitem(registry._rules, "BL-ZZZ-1", faulty)
        with pytest.raises(ZeroDivisionError):
            carry_out(str(asked.uid))
    assert not Finding.objects.exists()
    page = text(sign_in(world.coordinator).get(url("findings")))
    assert STOPPED in page
    assert "a fault of the rule" not in page
    assert carry_out(str(ask_for_run(actor=world.coordinator, facility=world.facility).uid)) == "done"


def test_a_lost_run_is_sent_again_by_the_sweep(world, django_capture_on_commit_callbacks):
    ask_for_run(actor=world.coordinator, facility=world.facility)
    assert sweep_lost() == 0
    with clock.freeze(clock.now() + dt.timedelta(minutes=66)):
        with django_capture_on_commit_callbacks() as sent:
            assert sweep_lost() == 1
        assert len(sent) == 1


def test_a_run_that_is_cut_off_again_and_again_is_given_up(world, sign_in):
    """A worker killed in the middle leaves the row as it was: begun twice, it is not begun a third time."""
    asked = ask_for_run(actor=world.coordinator, facility=world.facility)
    JobRun.objects.filter(pk=asked.pk).update(counts={**asked.counts, "tries": 1})
    later = clock.now() + dt.timedelta(minutes=66)
    with clock.freeze(later):
        assert sweep_lost() == 1
        assert sweep_lost() == 0  # it has its time anew
    JobRun.objects.filter(pk=asked.pk).update(counts={**asked.counts, "tries": 2})
    with clock.freeze(later + dt.timedelta(minutes=66)):
        assert sweep_lost() == 0
        assert carry_out(str(asked.uid)) == "nothing to do"
        assert GAVE_UP in text(sign_in(world.coordinator).get(url("findings")))
        assert ask_for_run(actor=world.coordinator, facility=world.facility).counts.get("tries") is None
        assert carry_out(str(asked.uid)) == "done"


def test_a_third_message_of_a_run_begins_nothing(world):
    asked = ask_for_run(actor=world.coordinator, facility=world.facility)
    JobRun.objects.filter(pk=asked.pk).update(counts={**asked.counts, "tries": 2})
    assert carry_out(str(asked.uid)) == "failed"
    assert JobRun.objects.get(pk=asked.pk).message == GAVE_UP


def test_a_run_nothing_is_heard_of_is_asked_for_anew(world):
    asked = ask_for_run(actor=world.coordinator, facility=world.facility)
    begun = clock.now()
    with clock.freeze(begun + dt.timedelta(minutes=9)):
        with pytest.raises(Refused, match="not finished yet"):
            ask_for_run(actor=world.coordinator, facility=world.facility)
        note_progress(world.facility, (3, 60))
    with clock.freeze(begun + dt.timedelta(minutes=18)), pytest.raises(Refused, match="not finished yet"):
        ask_for_run(actor=world.coordinator, facility=world.facility)
    with clock.freeze(begun + dt.timedelta(minutes=20)):
        assert ask_for_run(actor=world.coordinator, facility=world.facility).started_at > asked.started_at


def test_who_asked_is_gone_and_the_run_says_that_it_failed(world):
    asked = ask_for_run(actor=world.coordinator, facility=world.facility)
    JobRun.objects.filter(pk=asked.pk).update(counts={"asked_by": str(world.facility.uid)})
    with pytest.raises(User.DoesNotExist):
        carry_out(str(asked.uid))
    run = JobRun.objects.get(pk=asked.pk)
    assert (run.status, run.message) == ("failed", STOPPED)


def test_a_findings_page_says_why_and_what_would_change_it(world, lapsed, sign_in):
    run(world)
    one = finding(lapsed)
    page = text(sign_in(world.coordinator).get(url("finding", one.uid)))
    assert "IL license 036.100200 ran out with 28 Feb 2026." in page
    assert "Verify a renewal with the IL board." in page
    assert "can never be waived" in page
    assert "Days a practitioner has to answer the notice of a finding: 14 days" in page
    assert "036.100200" in page
    assert "what is not met suspends by itself" in page
    assert "What follows when a rule stays unmet after the notice: nothing follows" in page
    assert "Send a notice" in page
    chief = world.user("Cleo Chief", Role.CHIEF_EXECUTIVE)
    seen = text(sign_in(chief).get(url("finding", one.uid)))
    assert "Send a notice" not in seen
    assert "What can be done" not in seen
    assert sign_in(world.chair).get(url("finding", one.uid)).status_code == 404


def test_acts_on_the_page(world, blank, sign_in):
    world.parameter("bylaws.appointment_term_months", 12)
    world.parameter("bylaws.finding_consequence", "proposal", subject=TERM)
    run(world)
    one = finding(blank, TERM)
    page = url("finding", one.uid)
    office, director = sign_in(world.coordinator), sign_in(world.director)

    def send(browser, act, **given):
        answer = browser.post(page, {"act": act, **{f"{act}-{name}": value for name, value in given.items()}})
        one.refresh_from_db()
        return answer.status_code, one.status

    assert send(office, "waive", kind="waiver", last_day="2026-04-09", justification="Late.") == (
        403,
        FindingStatus.OPEN,
    )
    assert send(office, "answer", said="") == (422, FindingStatus.OPEN)
    assert send(office, "notice") == (303, FindingStatus.NOTIFIED)
    refused = office.post(page, {"act": "notice"})
    assert refused.status_code == 422
    assert "It is notified." in refused.content.decode()
    assert send(office, "consequence", reason="No.") == (422, FindingStatus.NOTIFIED)
    assert send(office, "answer", said="I know.") == (303, FindingStatus.ANSWERED)
    assert [item.title for item in consequences_to_decide(world.coordinator, world.facility, 5)[1]] == [
        "Bea Blank, MD"
    ]
    assert send(office, "consequence", reason="It is still so.") == (303, FindingStatus.CONSEQUENCE)
    assert send(office, "reverse", reason="Agreed.") == (303, FindingStatus.OPEN)
    wrong = send(director, "waive", kind="forever", last_day="2026-04-09", justification="Late.")
    assert wrong == (422, FindingStatus.OPEN)
    assert send(director, "waive", kind="exemption", last_day="2026-04-09", justification="Late.") == (
        303,
        FindingStatus.WAIVED,
    )
    assert "Exempted by Dolores Finch" in text(office.get(page))
    assert send(director, "end_waiver", reason="The board met.") == (303, FindingStatus.OPEN)
    assert send(office, "nonsense")[0] == 422


def test_a_finding_says_how_far_its_notice_is(world, lapsed, sign_in):
    """It is not late for an answer where the letter was never sent."""
    run(world)
    one = finding(lapsed)
    letter = send_notice(actor=world.coordinator, finding=one)
    with clock.freeze(NOON + 20 * DAY):
        office, address = sign_in(world.coordinator), url("finding", one.uid)
        shown = office.get(address).content.decode()
        assert "Notice not sent" in shown
        assert "Time is over" not in shown
        assert "Notice not sent" in office.get(url("findings")).content.decode()
        assert "To send" in shown
        assert reverse("credentialing:letter", args=[letter.uid]) in shown
        item = next(each for each in not_met(world.coordinator, world.facility, 50)[1] if each.url == address)
        assert (item.due, item.detail.endswith(", notice not sent")) == (None, True)
        world.sent(letter)
        item = next(each for each in not_met(world.coordinator, world.facility, 50)[1] if each.url == address)
        assert (item.due, item.detail.endswith(", notified")) == (finding(lapsed).answer_by, True)
        shown = office.get(url("finding", one.uid)).content.decode()
        assert "Notice not sent" not in shown
        assert "Time is over" in shown
        listed = office.get(url("findings")).content.decode()
        assert "Notice not sent" not in listed
        assert "Answer by" in listed


def test_rules_are_chosen_by_name(world, lapsed, sign_in):
    """Nobody knows the codes by heart."""
    office = sign_in(world.coordinator)
    for page in ("compliance", "findings"):
        assert f">{LICENCE} {rule(LICENCE).title}</option>" in office.get(url(page)).content.decode(), page


def test_notices_of_many_are_looked_at_first(world, lapsed, blank, sign_in):
    run(world)
    both = [finding(lapsed), finding(blank)]
    send_notice(actor=world.coordinator, finding=both[1])
    office = sign_in(world.coordinator)
    chosen = {"selected": [str(each.uid) for each in both] + ["no uid"]}
    preview = office.post(url("finding_notices"), chosen)
    assert [each for each, _ in preview.context["ready"]] == [both[0]]
    assert preview.context["left_out"] == [(Finding.objects.get(pk=both[1].pk), "It is notified.")]
    assert Letter.objects.count() == 1
    office.post(url("finding_notices"), {**chosen, "act": "send"})
    assert Letter.objects.filter(kind=LetterKind.FINDING_NOTICE).count() == 2
    assert finding(lapsed).status == FindingStatus.NOTIFIED
    empty = office.post(url("finding_notices"), {"act": "send"})
    assert empty.status_code == 422
    assert "Choose the findings" in empty.content.decode()


def test_today_shows_what_waits_and_its_list_the_same(world, lapsed, blank, sign_in):
    run(world)
    total, items = not_met(world.coordinator, world.facility, 30)
    page = sign_in(world.coordinator).get(url("findings", status="todo", outcome="NOT_MET"))
    assert total == len(items) == len(page.context["listing"].rows)
    assert url("finding", finding(lapsed).uid) in [item.url for item in items]


def test_the_trend_shows_the_runs_of_the_past(world, sign_in):
    with clock.freeze(NOON - 30 * DAY):  # each run knows what was known in its night
        lapsed = world.practitioner("Lena Lapsed")
        world.appoint(lapsed)
        world.licence(lapsed, dt.date(2024, 3, 1), dt.date(2026, 2, 28))
    for days_ago in (20, 13, 6, 0):
        with clock.freeze(NOON - days_ago * DAY):
            run(world)
    page = sign_in(world.coordinator).get(url("compliance_trend"))
    assert [label for label, _, _ in page.context["not_met"]] == [
        "18 Feb",
        "25 Feb",
        "4 Mar",
        "10 Mar",
    ]
    licence = next(each for each in page.context["rules"] if each["last"].code == LICENCE)
    assert (licence["not_met"], licence["change"], licence["line"]) == (1, 1, [0, 0, 1, 1])
    assert "As numbers" in text(page)


def test_a_picture_of_many_runs_keeps_the_first_and_the_last():
    few, many = list(range(DRAWN)), list(range(100))
    assert drawn(few) == few
    shown = drawn(many)
    assert (len(shown), shown[0], shown[-1]) == (DRAWN, 0, 99)
    assert shown == sorted(set(shown))


@pytest.mark.parametrize(
    "name", ["compliance_trend", "findings", "compliance_people", "compliance_departments", "finding"]
)
def test_pages_ask_few_queries_however_many_people_there_are(world, lapsed, sign_in, name):
    run(world)
    args = [finding(lapsed).uid] if name == "finding" else []
    browser = sign_in(world.coordinator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(url(name, *args)).status_code == 200
        return len(counted)

    cost()
    before = cost()
    for number in range(4):
        world.appoint(world.practitioner(f"More People{number}"))
    run(world)
    assert cost() == before


# --- protected ------------------------------------------------------------------------------------------


def test_what_is_protected_is_in_no_file_panel_or_list_of_others(world, suspended, sign_in):
    run(world)
    one = finding(suspended, "BL-HRG-2")
    office = sign_in(world.coordinator)
    for name in ("compliance", "findings"):
        rows = rows_of(office.get(url(name, format="csv", outcome="NOT_MET")))
        assert all("HRG" not in " ".join(row.values()) for row in rows)
    shown = compliance_panel(world.coordinator, suspended, TODAY)
    assert one not in (shown["findings"] if shown else [])
    chief = world.user("Cleo Chief", Role.CHIEF_EXECUTIVE)
    browser = sign_in(chief)
    for address in (url("findings"), url("compliance"), url("compliance_trend"), url("compliance_people")):
        assert "HRG" not in text(browser.get(address))
    assert browser.get(url("finding", one.uid)).status_code == 404
    assert all("HRG" not in item.url for item in at_a_glance(chief, world.facility, 50)[1])
    assert not ProtectedRead.objects.filter(actor_uid=chief.uid).exists()


@pytest.mark.parametrize("name", ["finding", "findings", "compliance_trend", "compliance_people"])
def test_reading_what_is_protected_is_logged(world, suspended, sign_in, name):
    run(world)
    browser = sign_in(world.coordinator)
    args = [finding(suspended, "BL-HRG-2").uid] if name == "finding" else []
    text(browser.get(url(name, *args)))
    assert DataClass.PEER_REVIEW in ProtectedRead.objects.values_list("data_class", flat=True)


def test_the_panel_of_a_file_shows_what_stands(world, blank, sign_in):
    world.parameter("bylaws.appointment_term_months", 12)
    run(world)
    waive(
        actor=world.director,
        finding=finding(blank, TERM),
        last_day=TODAY + 30 * DAY,
        justification="The board meets late.",
    )
    with CaptureQueriesContext(connection) as counted:
        shown = compliance_panel(world.coordinator, blank, TODAY)
    assert len(counted) <= 3
    assert {each.rule_code for each in shown["findings"]} >= {TERM, LICENCE}
    term = next(each for each in shown["findings"] if each.rule_code == TERM)
    assert term.waiver.startswith("Waived by Dolores Finch")
    assert compliance_panel(world.chair, blank, TODAY) is None
