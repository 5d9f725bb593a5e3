"""What the bylaws let follow by itself, recorded once, lifted or taken back."""

import datetime as dt
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod, Bar, BarPeriod
from bylaws.selectors.membership import bars_in_force
from bylaws.services.bars import lift_bar, void_bar
from bylaws.services.letters import typeset_again
from bylaws.services.standing import apply_standing_conditions
from bylaws.tasks import record_standing_conditions
from bylaws.worklist.suspensions import relinquished, standing_refused
from config.audit.models import AuditEvent, JobRun
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Forbidden, Refused
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter
from tests.bylaws.world import NOON, TODAY, build

DAY = dt.timedelta(days=1)
ENDED = dt.date(2026, 2, 28)


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    """Letters of one test are not another's."""
    settings.STANDING_STORE = tmp_path


def run(world, on=TODAY):
    return apply_standing_conditions(actor=world.system, facility=world.facility, on=on)


@pytest.fixture
def lapsed(world):
    """A member whose licence ran out ten days ago."""
    practitioner = world.practitioner()
    world.appoint(practitioner)
    world.licence(practitioner, dt.date(2024, 3, 1), ENDED)
    return practitioner


def test_the_day_after_the_last_valid_day_is_the_first_barred(world, lapsed):
    assert run(world, ENDED)["opened"] == 0
    counts = run(world)
    assert (counts["opened"], counts["judged"]) == (1, 1)
    bar = Bar.objects.get()
    assert (bar.kind, bar.rule_code) == (BarKind.ADMINISTRATIVE_SUSPENSION, "BL-LIC-1")
    assert bar.credential.number == "036.100200"
    period = bar.periods.get()
    assert (period.valid.lower, period.valid.upper) == (ENDED + DAY, None)
    assert period.scope == "all"
    assert period.cause == "IL license 036.100200 ran out with 28 Feb 2026."
    assert "article 7" in period.citation
    assert AuditEvent.objects.get(verb="bar.opened").actor_name == "Standing (automatic)"


def test_the_term_is_untouched_and_nothing_else_happens(world, lapsed):
    before = list(AppointmentPeriod.objects.values())
    run(world)
    assert list(AppointmentPeriod.objects.values()) == before


def test_running_again_changes_nothing(world, lapsed):
    run(world)
    rows = list(BarPeriod.objects.values())
    counts = run(world)
    assert (counts["opened"], counts["standing"]) == (0, 1)
    run(world, TODAY + DAY)
    assert list(BarPeriod.objects.values()) == rows


def test_the_practitioner_is_told_once_and_the_letter_can_be_made_again(world, lapsed):
    run(world)
    run(world)
    letter = Letter.objects.get()
    assert letter.kind == LetterKind.ADMINISTRATIVE_SUSPENSION
    assert letter.content["cause"] == "IL license 036.100200 ran out with February 28, 2026."
    assert letter.content["since"] == "March 1, 2026"
    assert letter.content["to"] == [letter.content["salutation"]] == ["Adaeze Okonkwo, MD"]
    assert bytes_digest(typeset_again(letter)) == letter.sha256
    assert store.get(letter.sha256)[:5] == b"%PDF-"
    with clock.freeze(NOON + 5 * DAY):
        world.licence(lapsed, ENDED + DAY, dt.date(2028, 2, 29))
        run(world, TODAY + 5 * DAY)
    end = Letter.objects.get(kind=LetterKind.REINSTATEMENT)
    assert "met without a gap" in end.content["opening"]
    assert bytes_digest(typeset_again(end)) == end.sha256


def test_unknown_opens_nothing_and_lifts_nothing(world, lapsed):
    claimed = world.practitioner("Clara Claim")
    world.appoint(claimed)
    world.licence(claimed, None, None, number="036.9", confirmed=False)
    counts = run(world)
    assert (counts["opened"], counts["unknown"]) == (1, 1)
    assert Bar.objects.get().practitioner == lapsed


def test_a_renewal_without_a_gap_takes_the_bar_back_as_a_mistake(world, lapsed):
    run(world)
    learned = NOON + 5 * DAY
    with clock.freeze(learned):
        world.licence(lapsed, ENDED + DAY, dt.date(2028, 2, 29))
        assert run(world, TODAY + 5 * DAY)["voided"] == 1
        assert run(world, TODAY + 5 * DAY)["voided"] == 0
    row = BarPeriod.objects.get()
    assert row.end_kind == "mistake"
    assert not bars_in_force(facility=world.facility, on=TODAY).exists()
    assert bars_in_force(facility=world.facility, on=TODAY, known_at=learned - DAY).exists()


def test_a_renewal_after_a_gap_lifts_the_bar_from_the_day_of_the_cure(world, lapsed):
    run(world)
    cured = TODAY + 2 * DAY
    with clock.freeze(NOON + 5 * DAY):
        world.licence(lapsed, cured, dt.date(2028, 2, 29))
        assert run(world, TODAY + 5 * DAY)["lifted"] == 1
        assert run(world, TODAY + 5 * DAY)["lifted"] == 0
    assert bars_in_force(facility=world.facility, on=cured - DAY).exists()
    assert not bars_in_force(facility=world.facility, on=cured).exists()


def test_a_gap_that_turns_out_to_be_none_takes_the_lifted_bar_back(world, lapsed):
    run(world)
    cured = TODAY + 2 * DAY
    with clock.freeze(NOON + 5 * DAY):
        world.licence(lapsed, cured, dt.date(2028, 2, 29))
        run(world, TODAY + 5 * DAY)
    with clock.freeze(NOON + 9 * DAY):
        world.licence(lapsed, ENDED + DAY, cured - DAY, number="036.100200B")
        assert run(world, TODAY + 9 * DAY)["voided"] == 1
    assert not bars_in_force(facility=world.facility, on=TODAY).exists()


def test_a_bar_begins_within_the_term(world):
    practitioner = world.practitioner()
    world.licence(practitioner, dt.date(2024, 3, 1), dt.date(2025, 3, 31))
    world.appoint(practitioner)
    run(world)
    assert BarPeriod.objects.get().valid.lower == dt.date(2025, 7, 1)


def test_a_bar_whose_cause_still_stands_is_neither_lifted_nor_taken_back_by_hand(world, lapsed):
    run(world)
    bar = Bar.objects.get()
    with clock.freeze(NOON + 5 * DAY):
        for day in (TODAY + 5 * DAY, TODAY + 40 * DAY):
            with pytest.raises(Refused, match=r"still stands: IL license .* ran out .* Verify a renewal"):
                lift_bar(actor=world.coordinator, bar=bar, day=day, reason="Back at work")
        with pytest.raises(Refused, match="It was no mistake"):
            void_bar(actor=world.coordinator, bar=bar, reason="Wrong person")
    assert bars_in_force(facility=world.facility, on=TODAY + 40 * DAY).exists()


def test_where_the_bylaws_no_longer_list_the_condition_its_bar_is_lifted_by_hand(world, lapsed):
    run(world)
    world.parameter("bylaws.standing_conditions", [])
    lift_bar(actor=world.coordinator, bar=Bar.objects.get(), day=TODAY + DAY, reason="Bylaws amended")
    assert not bars_in_force(facility=world.facility, on=TODAY + DAY).exists()


def test_somebody_without_an_appointment_is_not_barred(world):
    practitioner = world.practitioner()
    world.licence(practitioner, dt.date(2024, 3, 1), ENDED)
    assert run(world)["judged"] == 0


def test_where_the_bylaws_list_nothing_nothing_follows(world, lapsed):
    world.parameter("bylaws.standing_conditions", [])
    assert run(world)["opened"] == 0


def test_a_condition_nobody_knows_is_left_out(world, lapsed):
    world.parameter("bylaws.standing_conditions", [{"rule": "BL-NONE-1"}, {"rule": "BL-APP-1"}])
    assert run(world)["judged"] == 0


def test_who_may_run_it(world):
    for actor in (world.chair, world.members[0]):
        with pytest.raises(Forbidden):
            apply_standing_conditions(actor=actor, facility=world.facility, on=TODAY)


def test_the_nightly_task_has_one_ledger_row_per_house_and_day(world, lapsed):
    record_standing_conditions()
    counts = record_standing_conditions()
    assert counts["TST"]["standing"] == 1
    assert JobRun.objects.get().key == "TST:2026-03-10"
    assert Bar.objects.count() == 1


def test_the_command_tells_what_it_did(world, lapsed, capsys):
    call_command("apply_standing_conditions", "--on", "2026-03-10", "--facility", "tst")
    assert "TST on 2026-03-10: 1 judged, 1 opened" in capsys.readouterr().out
    with pytest.raises(CommandError, match='"soon" is not a date'):
        call_command("apply_standing_conditions", "--on", "soon")
    with pytest.raises(CommandError, match='no facility "XYZ"; known: TST'):
        call_command("apply_standing_conditions", "--facility", "XYZ")


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_the_same_time_open_one_bar(at_noon):
    world = build()
    practitioner = world.practitioner()
    world.appoint(practitioner)
    world.licence(practitioner, dt.date(2024, 3, 1), ENDED)
    ready, problems = threading.Barrier(2), []

    def work():
        try:
            ready.wait(10)
            run(world)
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []
    assert Bar.objects.count() == 1
    assert BarPeriod.objects.count() == 1


SOUND = {"rule": "BL-LIC-1", "scope": "all"}


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"rule": "BL-LIC-1", "scope": "listed"}, "BL-LIC-1 reaches listed privileges, and none is listed."),
        ({"rule": "BL-LIC-1", "scope": "some"}, 'BL-LIC-1 reaches "some"'),
        ({"rule": "BL-LIC-1", "scope": "all", "privileges": ["A"]}, "reaches all privileges, and lists some"),
        ({"rule": "BL-LIC-1", "scope": "listed", "privileges": "A"}, "needs its privileges as a list"),
        ({"rule": "BL-NONE-1"}, "BL-NONE-1 is no rule of this system that can suspend by itself."),
        ({}, "an unnamed rule is no rule of this system"),
        ("BL-LIC-1", 'BL-LIC-1 reaches ""; it can reach all privileges'),
    ],
)
def test_an_entry_that_cannot_be_applied_stops_none_of_the_others_and_is_shown(
    world, lapsed, entry, sentence
):
    world.parameter("bylaws.standing_conditions", [entry, SOUND])
    counts = run(world)
    assert (counts["opened"], counts["refused"]) == (1, 1)
    total, items = standing_refused(world.coordinator, world.facility, 5)
    assert total == 1
    assert items[0].title.startswith("Standing condition 1: ")
    assert sentence in items[0].title


def test_one_refused_person_stops_none_of_the_others_and_is_shown(world, lapsed):
    """A withdrawn record takes nothing new; whoever else lapsed is barred all the same."""
    withdrawn = world.practitioner("Abel Withdrawn")
    world.appoint(withdrawn)
    world.licence(withdrawn, dt.date(2024, 3, 1), ENDED, number="036.9")
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(withdrawn_at=NOON, withdrawn_by=world.system)
    counts = run(world)
    assert (counts["opened"], counts["refused"]) == (1, 1)
    run(world)
    total, items = standing_refused(world.coordinator, world.facility, 5)
    assert total == 1
    assert "was withdrawn: it takes nothing new" in items[0].detail
    assert str(withdrawn.uid) in items[0].url
    with clock.freeze(NOON + 2 * DAY):
        assert standing_refused(world.coordinator, world.facility, 5)[0] == 0


# --- cure time: six months from 1 March 2026 ------------------------------------------------------------


@pytest.mark.parametrize(
    ("cured", "counted"),
    [
        (dt.date(2026, 8, 31), "lifted"),
        (dt.date(2026, 9, 1), "lifted"),  # barred for six months to the day
        (dt.date(2026, 9, 2), "relinquished"),
    ],
)
def test_what_is_cured_in_time_ends_by_itself_and_later_only_by_the_bodies(world, lapsed, cured, counted):
    run(world)
    bar = Bar.objects.get()
    with clock.freeze(dt.datetime(2026, 9, 5, 17, tzinfo=dt.UTC)):
        world.licence(lapsed, cured, dt.date(2028, 2, 29))
        today = clock.today(world.facility)
        assert run(world, today)[counted] == 1
        stands = bars_in_force(facility=world.facility, on=today).exists()
        assert stands == (counted == "relinquished")
        assert relinquished(world.coordinator, world.facility, 5)[0] == stands
        if stands:
            with pytest.raises(Refused, match="could be cured until 1 Sep 2026") as refusal:
                lift_bar(actor=world.coordinator, bar=bar, day=today, reason="Licensed again")
            assert refusal.value.field == "authority"
            lift_bar(
                actor=world.coordinator,
                bar=bar,
                day=today,
                reason="Licensed again",
                authority="Board minutes, item 2",
            )
            assert not bars_in_force(facility=world.facility, on=today).exists()
