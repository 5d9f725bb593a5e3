"""Findings have a life: a run opens and closes them, people notify, answer, waive and suspend; a run twice
writes nothing.
"""

import datetime as dt
import threading
import weakref

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from bylaws.choices import BarKind, BarScope, FindingStatus, FindingStepKind
from bylaws.models import Bar, ComplianceRun, Finding, FindingStep
from bylaws.selectors.compliance import as_data, compliance, judge_each
from bylaws.selectors.findings import recorded_for, standing_findings, to_decide, to_see_to, visible_findings
from bylaws.selectors.judged import Judged
from bylaws.selectors.membership import bars_in_force
from bylaws.services import compliance_runs
from bylaws.services.bars import lift_bar, open_bar
from bylaws.services.compliance_runs import Found, _Bars, _Life, _Night, record_run
from bylaws.services.findings import (
    apply_consequence,
    end_waiving,
    record_answer,
    reverse_consequence,
    send_notice,
    send_notices,
    waive,
)
from bylaws.services.letters import typeset_again
from bylaws.services.standing import apply_standing_conditions
from bylaws.tasks import record_compliance
from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent, JobRun, ProtectedRead
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes, digest
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import void
from config.rulebook.choices import ExceptionKind
from config.rulebook.models import Parameter, ParameterPeriod
from config.rulebook.rules import rule, rules
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import LetterKind
from practitioners.models import Letter
from practitioners.services.merging import merge_records
from tests.bylaws.world import NOON, TODAY, build

DAY = dt.timedelta(days=1)
LICENCE, TERM = "BL-LIC-1", "BL-APP-1"
ENDED = dt.date(2026, 2, 28)


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STANDING_STORE = tmp_path


@pytest.fixture
def lapsed(world):
    """A member whose licence ran out ten days ago."""
    one = world.practitioner("Lena Lapsed")
    world.appoint(one)
    world.licence(one, dt.date(2024, 3, 1), ENDED)
    return one


@pytest.fixture
def long_term(world):
    """A member whose term is longer than the bylaws allow: a rule that can be waived."""
    one = world.practitioner("Lorna Longterm")
    world.appoint(one)
    world.parameter("bylaws.appointment_term_months", 12)  # it was 24 when the term was given
    return one


def run(world, actor=None):
    return record_run(actor=actor or world.system, facility=world.facility)


def finding(practitioner, code=LICENCE) -> Finding:
    return Finding.objects.filter(practitioner=practitioner, rule_code=code).latest("pk")


def kinds(one: Finding) -> list[str]:
    return list(one.steps.values_list("kind", flat=True))


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (ComplianceRun, Finding, FindingStep)]


# --- the run --------------------------------------------------------------------------------------------


def test_what_is_not_met_or_unknown_becomes_a_finding_and_nothing_else(world, lapsed):
    recorded = run(world)
    assert set(Finding.objects.values_list("outcome", flat=True)) == {"NOT_MET", "UNKNOWN"}
    judged = compliance(viewer=world.system, facility=world.facility, on=TODAY)
    open_ones = sum(each.counts[outcome] for each in judged for outcome in (Outcome.NOT_MET, Outcome.UNKNOWN))
    assert Finding.objects.count() == recorded.counts["opened"] == open_ones
    one = finding(lapsed)
    assert (one.status, one.since, one.opened_on) == (FindingStatus.OPEN, ENDED + DAY, TODAY)
    assert one.said("sentence") == "IL license 036.100200 ran out with 28 Feb 2026."
    step = one.steps.get()
    assert (step.kind, step.run, step.by) == (FindingStepKind.OPENED, recorded.run, world.system)
    for each in judged:
        assert recorded.run.counts[each.rule.code] == {
            **{str(outcome): number for outcome, number in each.counts.items()},
            "waived": 0,
        }
        assert recorded.run.versions[each.rule.code] == each.rule.version


def test_run_twice_writes_nothing(world, lapsed):
    first = run(world)
    before = everything()
    with clock.freeze(NOON + dt.timedelta(hours=3)):
        again = run(world)
    assert (again.new, again.run) == (False, first.run)
    assert everything() == before


def judged_again(world, recorded, **known) -> str:
    """The digest of a run made from what compliance answers: of each rule a line of what it said altogether
    and one of each it judged; then of the digests of all rules.
    """
    results = compliance(viewer=world.system, facility=world.facility, on=recorded.on, **known)
    said = as_data(results, facility=world.facility, on=recorded.on, known_at=None)
    rules_said = {}
    for each in said["rules"]:
        findings = each.pop("findings")
        lines = b"".join(canonical_bytes(line) + b"\n" for line in (each, *findings))
        rules_said[each["code"]] = bytes_digest(lines)
    return digest({"facility": said["facility"], "on": said["on"], "rules": rules_said})


def test_the_digest_is_that_of_what_was_judged_and_can_be_judged_again(world, lapsed):
    recorded = run(world).run
    with clock.freeze(NOON + 5 * DAY):
        world.licence(lapsed, ENDED + DAY, dt.date(2028, 2, 29))
        assert judged_again(world, recorded, known_at=recorded.known_at) == recorded.digest
        assert judged_again(world, recorded) != recorded.digest


def test_a_run_holds_one_rule_at_a_time(world, lapsed):
    """What a rule said is forgotten before the next one is judged: memory does not grow with their number."""
    night = _Night(world.system, world.facility, TODAY, NOON)
    results, alive = [], []

    def take(result):
        alive.append(sum(one() is not None for one in results))
        results.append(weakref.ref(result))
        night.take(result)

    with transaction.atomic():
        judge_each(rules(), take, facility=world.facility, on=TODAY, known_at=NOON)
        recorded, new = night.end()
    assert (len(alive), set(alive)) == (len(rules()), {0})
    assert new is True
    assert recorded.digest == run(world).run.digest


def test_of_a_run_no_more_is_held_than_one_batch(world, lapsed, monkeypatch):
    monkeypatch.setattr(compliance_runs, "BATCH", 1)
    night = _Night(world.system, world.facility, TODAY, NOON)
    held = []

    def take(result):
        night.take(result)
        held.append(night.life.collected)

    with transaction.atomic():
        judge_each(rules(), take, facility=world.facility, on=TODAY, known_at=NOON)
        night.end()
    assert set(held) == {0}  # each rule is written before the next
    before = everything()
    again = run(world)
    assert (again.new, everything()) == (False, before)


def test_what_a_run_does_belongs_to_it_though_the_rules_before_said_the_same(world, lapsed, long_term):
    """A run is new with the first rule that says something else; what was collected before is its own too."""
    first = run(world)
    open_bar(
        actor=world.system, practitioner=long_term, facility=world.facility, cause="Too long a term.",
        kind=BarKind.ADMINISTRATIVE_SUSPENSION, start=TODAY, rule_code=TERM,
    )  # fmt: skip
    with clock.freeze(NOON + dt.timedelta(hours=1)):
        world.licence(lapsed, ENDED + DAY, dt.date(2028, 2, 29))
        again = run(world)
    assert again.new is True
    assert again.run != first.run
    assert TERM < LICENCE  # judged before what is new
    assert first.run.digests[TERM] == again.run.digests[TERM]
    assert finding(long_term, TERM).steps.get(kind=FindingStepKind.CONSEQUENCE).run == again.run
    assert finding(lapsed).steps.get(kind=FindingStepKind.CURED).run == again.run


def test_a_cure_closes_by_itself_and_a_relapse_is_found_anew(world, lapsed):
    run(world)
    with clock.freeze(NOON + DAY):
        world.licence(lapsed, ENDED + DAY, dt.date(2026, 3, 20))
        assert run(world).counts["cured"] >= 1
    one = finding(lapsed)
    assert (one.status, one.closed_on) == (FindingStatus.CURED, TODAY + DAY)
    assert kinds(one) == ["opened", "cured"]
    with clock.freeze(NOON + 20 * DAY):
        run(world)
    anew = finding(lapsed)
    assert anew != one
    assert (anew.status, anew.since) == (FindingStatus.OPEN, dt.date(2026, 3, 21))


def test_unknown_never_closes_a_finding_and_never_looks_met(world, lapsed):
    run(world)
    with clock.freeze(NOON + DAY):
        world.licence(lapsed, ENDED + DAY, dt.date(2028, 2, 29), number="036.7", status="UNKNOWN")
        recorded = run(world)
    one = finding(lapsed)
    assert not one.is_closed
    assert recorded.run.counts[LICENCE]["MET"] == 0


def test_who_leaves_the_staff_is_asked_nothing_any_more(world, lapsed):
    run(world)
    with clock.freeze(dt.datetime(2027, 7, 1, 18, tzinfo=dt.UTC)):
        run(world)
    one = finding(lapsed)
    assert (one.status, one.closed_on) == (FindingStatus.MOOT, dt.date(2027, 7, 1))


def test_what_is_found_otherwise_is_told_as_a_step(world, lapsed):
    run(world)
    with clock.freeze(NOON + DAY):
        world.licence(lapsed, None, None, number="036.9", confirmed=False)
        run(world)
    one = finding(lapsed)
    assert kinds(one) == ["opened", "changed"]
    assert "claimed but not confirmed" in one.said("sentence")


def test_more_people_cost_a_run_no_more_queries(world, lapsed):
    run(world)
    run(world)

    def cost():
        with CaptureQueriesContext(connection) as counted:
            run(world)
        return len(counted)

    world.appoint(world.practitioner("One More"))
    before = cost()
    for number in range(12):
        world.appoint(world.practitioner(f"More People{number}"))
    assert cost() == before


def test_only_who_runs_compliance_runs_it(world):
    for user in (world.chair, world.members[0], world.user("Cleo Chief", Role.CHIEF_EXECUTIVE)):
        with pytest.raises(Forbidden):
            run(world, user)
    assert run(world, world.coordinator).run.ran_by == world.coordinator


def test_the_database_keeps_the_life_in_order(world, lapsed):
    run(world)
    one = finding(lapsed)
    for changes in (
        {"status": "cured"},  # without its day
        {"status": "consequence"},  # without a bar
        {"outcome": "MET"},
        {"rule_code": "BL-OTHER"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Finding.objects.filter(pk=one.pk).update(**changes)
    Finding.objects.filter(pk=one.pk).update(status="cured", closed_on=TODAY)
    for changes in ({"status": "open", "closed_on": None}, {"status": "waived", "closed_on": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Finding.objects.filter(pk=one.pk).update(**changes)
    for rows in (FindingStep.objects.all(), ComplianceRun.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def at_once(*works) -> list[Exception]:
    """Do all of it in threads that begin together; what went wrong."""
    ready, problems = threading.Barrier(len(works)), []

    def begin(work):
        try:
            ready.wait(10)
            work()
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return problems


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_record_one_and_a_notice_waits_for_its_turn(at_noon):
    world = build()
    one = world.practitioner("Lena Lapsed")
    world.appoint(one)
    world.licence(one, dt.date(2024, 3, 1), ENDED)
    assert at_once(lambda: run(world), lambda: run(world)) == []
    assert ComplianceRun.objects.count() == 1
    found = Finding.objects.values_list("rule_code", "subject_uid")
    assert len(found) == len(set(found)) == FindingStep.objects.count()
    world.licence(one, None, None, number="036.9", confirmed=False)  # told otherwise by the next run
    assert at_once(
        lambda: run(world), lambda: send_notice(actor=world.coordinator, finding=finding(one))
    ) == []  # fmt: skip
    assert sorted(kinds(finding(one))) == ["changed", "notified", "opened"]
    assert finding(one).status == FindingStatus.NOTIFIED


# --- waivers --------------------------------------------------------------------------------------------


def waived(world, one, **more):
    given = {"last_day": TODAY + 30 * DAY, "justification": "The board meets late this year."} | more
    return waive(actor=world.director, finding=one, **given)


def licence_result(world, code=TERM, on=TODAY):
    found = compliance(viewer=world.coordinator, facility=world.facility, on=on)
    return next(each for each in found if each.rule.code == code)


def test_a_waiver_leaves_the_outcome_and_is_counted_apart(world, long_term):
    before = licence_result(world)
    run(world)
    waived(world, finding(long_term, TERM))
    after = licence_result(world)
    assert after.counts == before.counts
    assert after.counts[Outcome.NOT_MET] == 1
    assert (before.waived, after.waived) == (0, 1)
    assert after.compliant == before.compliant
    one = finding(long_term, TERM)
    assert one.status == FindingStatus.WAIVED
    assert "Waived by Dolores Finch through 9 Apr 2026: The board" in one.steps.last().reason
    assert not to_see_to(world.coordinator, world.facility).filter(pk=one.pk).exists()
    data = as_data([after], facility=world.facility, on=TODAY, known_at=None)["rules"][0]
    assert data["waived"] == 1
    row = next(each for each in data["findings"] if each["practitioner"] == str(long_term.uid))
    assert row["outcome"] == "NOT_MET"
    assert row["waiver"]["approved_by"] == "Dolores Finch"


def test_the_end_of_a_waiver_opens_the_finding_again(world, long_term):
    run(world)
    waived(world, finding(long_term, TERM), last_day=TODAY + 2 * DAY)
    with clock.freeze(NOON + 2 * DAY):
        run(world)
        assert finding(long_term, TERM).status == FindingStatus.WAIVED
    with clock.freeze(NOON + 3 * DAY):
        run(world)
    one = finding(long_term, TERM)
    assert (one.status, kinds(one)) == (FindingStatus.OPEN, ["opened", "waived", "waiver_over"])


@pytest.mark.parametrize("days_later", [0, 5])
def test_a_waiver_that_is_ended_opens_the_finding_at_once(world, long_term, days_later):
    run(world)
    waived(world, finding(long_term, TERM))
    with clock.freeze(NOON + days_later * DAY):
        end_waiving(actor=world.director, finding=finding(long_term, TERM), reason="The board met.")
        assert finding(long_term, TERM).status == FindingStatus.OPEN
        assert licence_result(world, on=TODAY + days_later * DAY).waived == 0
        with pytest.raises(Refused, match="No waiver is in force"):
            end_waiving(actor=world.director, finding=finding(long_term, TERM), reason="Again.")


def test_an_exemption_is_named_as_such(world, long_term):
    run(world)
    waived(world, finding(long_term, TERM), kind=ExceptionKind.EXEMPTION)
    assert finding(long_term, TERM).steps.last().reason.startswith("Exempted by Dolores Finch")
    assert licence_result(world).waivers[long_term.pk].sentence.startswith("Exempted by")


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"last_day": TODAY - DAY}, "has passed"),
        ({"last_day": dt.date(2036, 1, 1)}, "3 years at most"),
        ({"justification": " "}, "why the exception"),
    ],
)
def test_a_waiver_needs_its_reason_and_its_end(world, long_term, more, match):
    run(world)
    with pytest.raises(Refused, match=match):
        waived(world, finding(long_term, TERM), **more)
    assert finding(long_term, TERM).status == FindingStatus.OPEN


def test_what_can_never_be_waived_is_refused_with_the_reason(world, lapsed):
    run(world)
    with pytest.raises(Refused, match=r"Current license .* can never be waived"):
        waived(world, finding(lapsed))
    with pytest.raises(Forbidden):
        waive(
            actor=world.coordinator,
            finding=finding(lapsed),
            last_day=TODAY + DAY,
            justification="I would like it.",
        )


def test_a_waiver_at_another_hospital_is_none_here(world, long_term):
    run(world)
    waived(world, finding(long_term, TERM))
    other = type(world.facility).objects.create(
        code="OTH",
        name="Other Hospital",
        health_system=world.facility.health_system,
        state="IL",
        time_zone="America/Chicago",
        npdb_entity=world.facility.npdb_entity,
    )
    found = compliance(viewer=world.system, facility=other, on=TODAY)
    assert all(not each.waivers for each in found)


# --- notices and answers --------------------------------------------------------------------------------


def test_a_notice_is_a_letter_with_a_day_for_the_answer(world, lapsed):
    run(world)
    letter = send_notice(actor=world.coordinator, finding=finding(lapsed))
    one = finding(lapsed)
    assert (one.status, one.answer_by) == (FindingStatus.NOTIFIED, TODAY + 14 * DAY)
    assert one.steps.last().letter == letter
    assert (letter.kind, letter.practitioner, letter.issued_by) == (
        LetterKind.FINDING_NOTICE,
        lapsed,
        world.coordinator,
    )
    assert letter.content["found"] == "IL license 036.100200 ran out with February 28, 2026."
    assert letter.content["answer_by"] == "March 24, 2026"
    assert bytes_digest(typeset_again(letter)) == letter.sha256
    with pytest.raises(Refused, match="It is notified"):
        send_notice(actor=world.coordinator, finding=one)
    record_answer(actor=world.coordinator, finding=one, said="The renewal is in the mail.")
    assert kinds(one) == ["opened", "notified", "answered"]
    send_notice(actor=world.coordinator, finding=finding(lapsed))  # the answer was not enough
    assert Letter.objects.filter(kind=LetterKind.FINDING_NOTICE).count() == 2


def test_an_answer_cures_nothing(world, lapsed):
    run(world)
    record_answer(actor=world.coordinator, finding=finding(lapsed), said="It was renewed, honestly.")
    run(world)
    assert finding(lapsed).status == FindingStatus.ANSWERED


def test_many_notices_go_in_one_act_or_none_does(world, lapsed, long_term):
    run(world)
    both = [finding(lapsed), finding(long_term, TERM)]
    send_notice(actor=world.coordinator, finding=both[1])
    with pytest.raises(Refused, match=r"Lorna Longterm.*It is notified"):
        send_notices(actor=world.coordinator, findings=both)
    assert Letter.objects.count() == 1
    with pytest.raises(Refused, match="Choose the findings"):
        send_notices(actor=world.coordinator, findings=[])


def test_nobody_acts_on_a_finding_about_themselves(world):
    own = world.practitioner("Mara Quist", user=world.director)
    world.appoint(own)
    world.licence(own, dt.date(2024, 3, 1), ENDED)
    run(world)
    with pytest.raises(Forbidden, match="own file"):
        send_notice(actor=world.director, finding=finding(own))


# --- what follows ---------------------------------------------------------------------------------------


@pytest.fixture
def proposed(world, long_term):
    """The bylaws let a consequence be proposed for a term too long, and the notice was answered."""
    world.parameter("bylaws.finding_consequence", "proposal", subject=TERM)
    run(world)
    world.sent(send_notice(actor=world.coordinator, finding=finding(long_term, TERM)))
    return long_term


def test_nothing_follows_from_a_notice_that_was_never_sent(world, long_term):
    """A letter that lies in the office tells nobody anything, however long its time is over."""
    world.parameter("bylaws.finding_consequence", "proposal", subject=TERM)
    run(world)
    letter = send_notice(actor=world.coordinator, finding=finding(long_term, TERM))
    with clock.freeze(NOON + 15 * DAY):
        one = finding(long_term, TERM)
        assert to_decide(world.coordinator, world.facility) == []
        with pytest.raises(Refused, match="The notice was not sent"):
            apply_consequence(actor=world.coordinator, finding=one, reason="No answer.")
        world.sent(letter)
        assert to_decide(world.coordinator, world.facility) == [one]
        apply_consequence(actor=world.coordinator, finding=one, reason="No answer.")


def test_a_consequence_waits_for_the_answer_and_is_a_persons(world, proposed):
    one = finding(proposed, TERM)
    with pytest.raises(Refused, match="There is time for an answer until 24 Mar 2026"):
        apply_consequence(actor=world.coordinator, finding=one, reason="No answer.")
    with clock.freeze(NOON + 14 * DAY):
        assert to_decide(world.coordinator, world.facility) == []
    with clock.freeze(NOON + 15 * DAY):
        assert run(world).counts["suspended"] == 0  # only proposed
        assert to_decide(world.coordinator, world.facility) == [one]
        bar = apply_consequence(actor=world.coordinator, finding=one, reason="No answer.")
    assert (bar.kind, bar.rule_code) == (BarKind.ADMINISTRATIVE_SUSPENSION, "")
    period = bar.periods.get()
    assert (period.valid.lower, period.scope) == (TODAY + 15 * DAY, BarScope.ALL_PRIVILEGES)
    one.refresh_from_db()
    assert (one.status, one.bar) == (FindingStatus.CONSEQUENCE, bar)
    letter = one.steps.last().letter
    assert letter.kind == LetterKind.ADMINISTRATIVE_SUSPENSION
    assert "after notice" in letter.content["opening"]


@pytest.mark.parametrize("days_later", [0, 4])
def test_a_consequence_is_taken_back_with_a_reason(world, proposed, days_later):
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    with clock.freeze(NOON + days_later * DAY):
        with pytest.raises(Refused, match="Say why"):
            reverse_consequence(actor=world.coordinator, finding=one, reason=" ")
        reverse_consequence(actor=world.coordinator, finding=one, reason="The board acted meanwhile.")
        today = TODAY + days_later * DAY
        assert not bars_in_force(on=today).filter(identity=bar).exists()
    one.refresh_from_db()
    assert one.status == FindingStatus.OPEN
    assert Letter.objects.filter(kind=LetterKind.REINSTATEMENT, subject_uid=bar.uid).exists()


def test_the_cure_gives_back_what_was_suspended(world, proposed):
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    with clock.freeze(NOON + 3 * DAY):
        shorter = Parameter.objects.get(code="bylaws.appointment_term_months", facility=world.facility)
        void(ParameterPeriod, shorter, actor=world.system, reason="Misread the bylaws.")
        recorded = run(world)
        assert (recorded.counts["cured"], recorded.counts["given_back"]) == (1, 1)
        assert not bars_in_force(on=TODAY + 3 * DAY).filter(identity=bar).exists()
        assert run(world).counts["given_back"] == 0
    assert finding(proposed, TERM).status == FindingStatus.CURED


def test_what_was_cured_since_the_last_run_suspends_nobody(world, proposed):
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="The board acts today.")
    with clock.freeze(NOON + 3 * DAY):
        shorter = Parameter.objects.get(code="bylaws.appointment_term_months", facility=world.facility)
        void(ParameterPeriod, shorter, actor=world.system, reason="Misread the bylaws.")
        with pytest.raises(Refused, match="As known now it is no longer found: "):
            apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    assert not Bar.objects.filter(practitioner=proposed).exists()


def test_a_term_that_ends_gives_nothing_back(world, proposed):
    """Only the cure ends a suspension by itself; whoever is appointed again goes on under it."""
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    after = dt.datetime(2027, 7, 1, 18, tzinfo=dt.UTC)
    with clock.freeze(after):
        counts = run(world).counts
        assert (counts["given_back"], counts["changed"] > 0) == (0, True)
        assert bars_in_force(on=after.date()).filter(identity=bar).exists()
        told = one.steps.last().reason
        assert told.startswith("Nothing asks for it at present. The suspension stands")
        before = everything()
        run(world)
        assert everything() == before
    assert not Letter.objects.filter(kind=LetterKind.REINSTATEMENT).exists()
    with clock.freeze(after + 9 * DAY):
        assert finding(proposed, TERM).status == FindingStatus.CONSEQUENCE
        world.appoint(proposed, dt.date(2027, 7, 10), dt.date(2028, 7, 9))  # no longer than is allowed
        assert run(world).counts["given_back"] == 1
    one.refresh_from_db()
    assert one.status == FindingStatus.CURED
    assert Letter.objects.filter(kind=LetterKind.REINSTATEMENT).count() == 1


def test_a_suspension_taken_back_by_hand_lets_the_finding_close(world, proposed):
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    with clock.freeze(dt.datetime(2027, 7, 1, 18, tzinfo=dt.UTC)):
        run(world)
        lift_bar(actor=world.coordinator, bar=bar, day=dt.date(2027, 7, 1), reason="Left the staff.")
        run(world)
    assert finding(proposed, TERM).status == FindingStatus.MOOT


def test_two_findings_that_move_twice_in_one_run_are_written(world):
    """A waiver ends and a suspension that follows by itself stands: for two people in the same run."""
    people = [world.practitioner(name) for name in ("Lorna Longterm", "Otto Longterm")]
    for each in people:
        world.appoint(each)
    world.parameter("bylaws.appointment_term_months", 12)
    done = run(world).run
    for each in people:
        waived(world, finding(each, TERM))
    bars = {
        (each.pk, TERM, ""): open_bar(
            actor=world.system, practitioner=each, facility=world.facility, cause="Too long a term.",
            kind=BarKind.ADMINISTRATIVE_SUSPENSION, start=TODAY, rule_code=TERM,
        ).pk
        for each in people
    }  # fmt: skip
    life = _Life(world.system, world.facility, done, TODAY, NOON)
    for each in people:
        one = finding(each, TERM)
        now = Found(rule(TERM), Judged(each, TODAY, None, False), Verdict(Outcome.NOT_MET, TERM, "X", "X."))
        life._set_aside(one, now)
        life._bars(one, now, _Bars(frozenset(bars.values()), frozenset(), bars))
    life.write()
    for each in people:
        one = finding(each, TERM)
        assert (one.status, one.bar_id) == (FindingStatus.CONSEQUENCE, bars[each.pk, TERM, ""])


# --- merged records ---------------------------------------------------------------------------------------


def merged(world, record):
    """The record that stands for the person from now on."""
    keep = world.practitioner("Kay Kept")
    merge_records(actor=world.director, keep=keep, record=record, reason="One person")
    return keep


def test_a_merge_gives_no_suspension_back(world, proposed):
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    with clock.freeze(NOON + DAY):
        keep = merged(world, proposed)
        counts = run(world).counts
        assert (counts["given_back"], counts["opened"]) == (0, 0)
        assert bars_in_force(on=TODAY + DAY).filter(identity=bar).exists()
        assert standing_findings(world.coordinator, world.facility).filter(pk=one.pk).exists()
        assert recorded_for(world.facility, [keep.uid])[TERM, keep.uid] == [one]
    assert not Letter.objects.filter(kind=LetterKind.REINSTATEMENT).exists()
    assert not Finding.objects.filter(practitioner=keep, rule_code=TERM).exists()
    one.refresh_from_db()
    assert one.status == FindingStatus.CONSEQUENCE
    with clock.freeze(NOON + 2 * DAY):
        shorter = Parameter.objects.get(code="bylaws.appointment_term_months", facility=world.facility)
        void(ParameterPeriod, shorter, actor=world.system, reason="Misread the bylaws.")
        assert run(world).counts["given_back"] == 1


def test_a_notice_and_what_follows_go_on_after_a_merge(world, proposed):
    one = finding(proposed, TERM)
    with clock.freeze(NOON + DAY):
        alias = merge_records(
            actor=world.director, keep=world.practitioner("Kay Kept"), record=proposed, reason="One person"
        )
        run(world)
        one.refresh_from_db()
        assert (one.status, one.answer_by) == (FindingStatus.NOTIFIED, dt.date(2026, 3, 24))
        record_answer(actor=world.coordinator, finding=one, said="No.")
        send_notice(actor=world.coordinator, finding=one)
        record_answer(actor=world.coordinator, finding=one, said="Still no.")
        bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
        assert bar.practitioner == alias.canonical


def test_a_waiver_granted_before_a_merge_still_holds_and_can_be_ended(world, long_term):
    run(world)
    waived(world, finding(long_term, TERM))
    with clock.freeze(NOON + DAY):
        merged(world, long_term)
        counts = run(world).counts
        assert (counts["opened"], counts["moot"], counts["reopened"]) == (0, 0, 0)
        one = finding(long_term, TERM)
        assert one.status == FindingStatus.WAIVED
        assert licence_result(world, on=TODAY + DAY).waived == 1
        end_waiving(actor=world.director, finding=one, reason="The board met.")
        assert finding(long_term, TERM).status == FindingStatus.OPEN


def test_what_the_bylaws_make_automatic_follows_the_notice_by_itself(world, long_term):
    world.parameter("bylaws.finding_consequence", "automatic", subject=TERM)
    assert run(world).counts["notices"] == 1
    one = finding(long_term, TERM)
    assert (one.status, one.answer_by) == (FindingStatus.NOTIFIED, TODAY + 14 * DAY)
    world.sent(one.steps.last().letter)
    with clock.freeze(NOON + 14 * DAY):
        assert run(world).counts["suspended"] == 0
    with clock.freeze(NOON + 15 * DAY):
        assert run(world).counts["suspended"] == 1
        assert run(world).counts["suspended"] == 0
    assert finding(long_term, TERM).status == FindingStatus.CONSEQUENCE


def test_what_followed_by_itself_after_a_notice_is_taken_back_and_begins_anew_with_one(world, long_term):
    """Each step has its trace and letter; taken back, nothing suspends again without another notice."""
    world.parameter("bylaws.finding_consequence", "automatic", subject=TERM)
    run(world)
    one = finding(long_term, TERM)
    world.sent(one.steps.last().letter)
    with clock.freeze(NOON + 15 * DAY):
        run(world)
    one.refresh_from_db()
    bar = one.bar
    with clock.freeze(NOON + 17 * DAY):
        reverse_consequence(actor=world.coordinator, finding=one, reason="The letter never came.")
        assert not bars_in_force(on=TODAY + 17 * DAY).filter(identity=bar).exists()
        one.refresh_from_db()
        assert (one.status, one.answer_by) == (FindingStatus.OPEN, None)
        counts = run(world).counts
        assert (counts["notices"], counts["suspended"]) == (1, 0)
    one.refresh_from_db()
    assert (one.status, one.answer_by) == (FindingStatus.NOTIFIED, TODAY + 31 * DAY)
    assert kinds(one) == ["opened", "notified", "consequence", "reversed", "notified"]
    letters = [step.letter.kind for step in one.steps.order_by("at", "pk") if step.letter]
    assert letters == [
        LetterKind.FINDING_NOTICE,
        LetterKind.ADMINISTRATIVE_SUSPENSION,
        LetterKind.REINSTATEMENT,
        LetterKind.FINDING_NOTICE,
    ]
    assert bar.periods.exists()  # ended, and not gone
    verbs = AuditEvent.objects.filter(verb__startswith="finding.").values_list("verb", flat=True)
    assert {"finding.notified", "finding.consequence", "finding.reversed"} <= set(verbs)


def test_an_answer_makes_what_is_automatic_a_persons_decision(world, long_term):
    world.parameter("bylaws.finding_consequence", "automatic", subject=TERM)
    run(world)
    one = finding(long_term, TERM)
    record_answer(actor=world.coordinator, finding=one, said="The board acts on Friday.")
    with clock.freeze(NOON + 30 * DAY):
        assert run(world).counts["suspended"] == 0
        assert to_decide(world.coordinator, world.facility) == [one]


def test_nothing_follows_where_the_bylaws_provide_nothing_nor_from_what_is_unknown(world, long_term):
    run(world)
    one = finding(long_term, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    with pytest.raises(Refused, match="provide nothing"):
        apply_consequence(actor=world.coordinator, finding=one, reason="I would like to.")
    unknown = finding(long_term, LICENCE)
    assert unknown.outcome == "UNKNOWN"
    with pytest.raises(Refused, match="unknown suspends nobody"):
        apply_consequence(actor=world.coordinator, finding=unknown, reason="I would like to.")
    assert not Bar.objects.exists()


def test_a_suspension_that_followed_by_itself_is_the_consequence_and_ends_with_its_cure(world, lapsed):
    run(world)
    apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)
    run(world)
    one = finding(lapsed)
    assert (one.status, one.bar) == (FindingStatus.CONSEQUENCE, Bar.objects.get())
    with pytest.raises(Refused, match="ends by itself"):
        reverse_consequence(actor=world.coordinator, finding=one, reason="Please.")
    with clock.freeze(NOON + DAY):
        world.licence(lapsed, TODAY, dt.date(2028, 2, 29))
        apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY + DAY)
        run(world)
    one.refresh_from_db()
    assert (one.status, kinds(one)) == (FindingStatus.CURED, ["opened", "consequence", "cured"])


def test_a_suspension_lifted_by_hand_opens_the_finding_again(world, proposed):
    one = finding(proposed, TERM)
    record_answer(actor=world.coordinator, finding=one, said="No.")
    bar = apply_consequence(actor=world.coordinator, finding=one, reason="Not enough.")
    with clock.freeze(NOON + 2 * DAY):
        lift_bar(actor=world.coordinator, bar=bar, day=TODAY + 2 * DAY, reason="Agreed otherwise.")
        run(world)
    one.refresh_from_db()
    assert one.status == FindingStatus.OPEN


# --- protected rules ------------------------------------------------------------------------------------


@pytest.fixture
def suspended(world):
    """A precautionary suspension nobody reviewed in time: peer review."""
    one = world.practitioner("Petra Peer")
    world.appoint(one)
    world.licence(one, dt.date(2024, 1, 1), dt.date(2027, 12, 31), number="036.5")
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


def test_a_protected_finding_is_told_with_the_class_alone_and_nobody_is_written_to(world, suspended):
    run(world)
    one = finding(suspended, "BL-HRG-2")
    assert (one.data_class, one.outcome) == (DataClass.PEER_REVIEW, "NOT_MET")
    chief = world.user("Cleo Chief", Role.CHIEF_EXECUTIVE)
    assert one in standing_findings(world.coordinator, world.facility)
    assert not visible_findings(chief, world.facility).exclude(data_class=DataClass.GENERAL).exists()
    for act in (
        lambda: send_notice(actor=world.coordinator, finding=one),
        lambda: record_answer(actor=world.coordinator, finding=one, said="Words."),
        lambda: apply_consequence(actor=world.coordinator, finding=one, reason="Words."),
        lambda: waived(world, one),
    ):
        with pytest.raises(Refused):
            act()
    assert not Letter.objects.exists()
    told = " ".join(
        f"{event.subject_label} {event.reason} {event.data}" for event in AuditEvent.objects.all()
    )
    assert "HRG" not in told
    assert "review was due" not in told


def test_a_protected_finding_is_never_told_to_whom_it_is_about(world, suspended):
    suspended.user = world.director
    suspended.save()
    run(world)
    one = finding(suspended, "BL-HRG-2")
    assert one not in visible_findings(world.director, world.facility)
    assert one in visible_findings(world.coordinator, world.facility)


def test_the_command_prints_protected_rows_only_when_told_and_that_is_logged(world, suspended, capsys):
    call_command("check_compliance")
    call_command("check_compliance", "--json")
    assert "HRG" not in capsys.readouterr().out
    assert not ProtectedRead.objects.exists()
    call_command("check_compliance", "--json", "--protected")
    assert "BL-HRG-2" in capsys.readouterr().out
    assert ProtectedRead.objects.get().data_class == DataClass.PEER_REVIEW


def test_the_command_records_a_run(world, lapsed, capsys):
    call_command("check_compliance", "--record")
    out = capsys.readouterr().out
    run_of = ComplianceRun.objects.get()
    assert run_of.digest in out
    assert "opened" in out
    call_command("check_compliance", "--record")
    assert "Nothing new" in capsys.readouterr().out
    assert ComplianceRun.objects.count() == 1


# --- the night ------------------------------------------------------------------------------------------


def test_the_night_records_every_facility_once_a_day(world, lapsed):
    done = record_compliance()
    assert done["TST"]["digest"] == ComplianceRun.objects.get().digest
    assert done["TST"]["opened"] == Finding.objects.count() > 0
    world.licence(lapsed, ENDED + DAY, dt.date(2028, 2, 29))
    record_compliance()
    assert ComplianceRun.objects.count() == 1
    assert JobRun.objects.get(job="bylaws.record_compliance").key == "TST:2026-03-10"
    with clock.freeze(NOON + DAY):
        record_compliance()
    assert finding(lapsed).status == FindingStatus.CURED
