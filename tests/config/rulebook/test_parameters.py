"""Setting parameters, loading them from files, and which value binds."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import days
from config.rulebook.models import ParameterPeriod, SourceBody
from config.rulebook.parameters import ParameterDefinition, _definitions, define
from config.rulebook.selectors.parameters import Candidate, combine, resolve
from config.rulebook.services.parameters import load_file, set_parameter
from config.rulebook.services.sources import adopt_standard, drop_standard, load_source_bodies

pytestmark = pytest.mark.django_db
ALWAYS = days(dt.date(2000, 1, 1), None)
DAY = dt.date(2026, 3, 9)


@pytest.fixture(autouse=True)
def declared():
    """Parameters of no room."""
    define(
        ParameterDefinition(
            "test.months", "Months", "min", "months", floor=1, ceiling=36, limit_reason="No law allows more."
        )
    )
    define(ParameterDefinition("test.words", "Words", "union"))
    define(ParameterDefinition("test.chain", "Chain", "no_merge"))
    define(ParameterDefinition("test.hours", "Hours", "max"))
    define(ParameterDefinition("test.way", "Way", "no_merge", choices=("here", "there")))
    define(ParameterDefinition("test.names", "Names", "union", of_text=True))
    define(ParameterDefinition("test.days", "Days", "min", default_binds=True))
    yield
    for code in [each for each in _definitions if each.startswith("test.")]:
        del _definitions[code]


@pytest.fixture
def bodies(system, frozen):
    load_source_bodies(actor=system)
    return {body.code: body for body in SourceBody.objects.all()}


def put(system, code="test.months", source="default", value=24, valid=ALWAYS, **more):
    return set_parameter(
        actor=system,
        code=code,
        source=source,
        value=value,
        valid=valid,
        citation=more.pop("citation", "somewhere"),
        confidence=more.pop("confidence", "confirmed"),
        **more,
    )


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (37, "Months: at most 36 months is allowed, not 37 (No law allows more)."),
        (0, "Months: at least 1 months is allowed, not 0 (No law allows more)."),
        ("24", "Months: the value must be a whole number."),
        (True, "Months: the value must be a whole number."),
        (24.0, "Months: the value must be a whole number."),
        (None, "Months: a value is needed."),
    ],
)
def test_a_value_that_may_not_be_is_refused_with_the_reason(system, bodies, value, sentence):
    with pytest.raises(Refused) as refused:
        put(system, value=value)
    assert refused.value.sentence == sentence
    assert not ParameterPeriod.objects.exists()


@pytest.mark.parametrize("value", [1, 36])
def test_the_limits_themselves_are_allowed(system, bodies, value):
    assert put(system, value=value).value == value


@pytest.mark.parametrize("value", ["her", "", 3, ["here"]])
def test_of_a_few_words_it_must_be_one(system, bodies, value):
    with pytest.raises(Refused, match="Way: the value must be here or there") as refused:
        put(system, code="test.way", value=value)
    assert refused.value.field == "value"
    assert put(system, code="test.way", value="there").value == "there"


@pytest.mark.parametrize("value", [[3], ["one", None], [" "], [["one"]]])
def test_a_list_of_texts_holds_nothing_else(system, bodies, value):
    with pytest.raises(Refused, match="Names: each entry of the list must be a text"):
        put(system, code="test.names", value=value)
    assert put(system, code="test.names", value=["one"]).value == ["one"]


def test_lists_must_be_lists(system, bodies):
    with pytest.raises(Refused, match="must be a list"):
        put(system, code="test.words", value="one")


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"code": "test.unknown"}, "is not a parameter"),
        ({"source": "nobody"}, "is not the code of a source body"),
        ({"citation": " "}, "where it is written"),
        ({"confidence": "sure"}, "how sure we are"),
    ],
)
def test_what_is_missing_is_named(system, bodies, more, match):
    with pytest.raises(Refused, match=match):
        put(system, **more)


def test_setting_the_same_again_changes_nothing(system, bodies):
    first = put(system)
    assert put(system) == first
    assert put(system, valid=days(dt.date(2020, 1, 1), dt.date(2021, 1, 1))) == first
    assert ParameterPeriod.objects.count() == 1


def test_a_new_value_leaves_other_days_and_the_past_as_they_were(system, bodies, facility):
    put(system, value=24)
    before = clock.now()
    with clock.freeze(dt.datetime(2026, 3, 10, tzinfo=dt.UTC)):
        put(system, value=12, valid=days(dt.date(2026, 1, 1), None))

        def ask(on, known_at=None):
            return resolve("test.months", facility=facility, on=on, known_at=known_at).value

        assert ask(dt.date(2025, 12, 31)) == 24
        assert ask(dt.date(2026, 1, 1)) == 12
        assert ask(dt.date(2026, 1, 1), before) == 24


def test_only_administrators_set_parameters(bodies, make_user, facility, other_facility):
    coordinator = make_user("cora", facility, Role.CREDENTIALING_COORDINATOR)
    with pytest.raises(Forbidden):
        put(coordinator, facility=facility)
    administrator = make_user("ada", facility, Role.ADMINISTRATOR)
    assert put(administrator, facility=facility).value == 24
    with pytest.raises(Forbidden, match="every facility"):
        put(administrator)
    with pytest.raises(Forbidden):
        put(administrator, facility=other_facility)


def test_the_strictest_adopted_source_binds_and_defaults_only_fill_in(system, bodies, facility):
    put(system, source="default", value=30)

    def ask(on=DAY):
        return resolve("test.months", facility=facility, on=on)

    assert (ask().value, ask().source) == (30, "Product default")
    put(system, source="tjc", value=36)
    put(system, source="state-il", value=24)
    assert ask().source == "Product default", "nobody has adopted them yet"
    adopt_standard(actor=system, facility=facility, source="tjc", start=dt.date(2026, 1, 1))
    assert (ask().value, ask().source) == (36, "The Joint Commission")
    adopt_standard(actor=system, facility=facility, source="state-il", start=dt.date(2026, 2, 1))
    assert (ask().value, ask().source) == (24, "State of Illinois")
    assert ask(dt.date(2026, 1, 31)).value == 36
    assert ask(dt.date(2025, 12, 31)).value == 30
    drop_standard(actor=system, facility=facility, source="state-il", day=DAY, reason="moved")
    assert ask().value == 36
    assert ask(DAY - dt.timedelta(days=1)).value == 24


def test_a_default_that_binds_is_not_relaxed_by_a_body_that_is_adopted_only_by_the_bylaws(
    system, bodies, facility
):
    put(system, code="test.days", source="default", value=120)
    put(system, code="test.days", source="urac", value=180)

    def ask():
        bound = resolve("test.days", facility=facility, on=DAY)
        return bound.value, bound.source

    adopt_standard(actor=system, facility=facility, source="urac", start=dt.date(2026, 1, 1))
    assert ask() == (120, "Product default")
    put(system, code="test.days", source="bylaws", value=365, facility=facility)
    assert ask() == (180, "URAC"), "the hospital set another value: now the bodies bind"
    put(system, code="test.days", source="tjc", value=120)
    adopt_standard(actor=system, facility=facility, source="tjc", start=dt.date(2026, 1, 1))
    assert ask() == (120, "The Joint Commission")


def test_of_equally_strict_values_the_default_is_named_last():
    both = (candidate(24, "default", kind="default"), candidate(24, "ncqa"))
    assert combine("test.days", "", both).source == "ncqa"
    assert [each.source for each in combine("test.days", "", both).merged] == ["default", "ncqa"]


def test_the_facilitys_own_row_replaces_the_general_one_of_its_source(
    system, bodies, facility, other_facility
):
    put(system, source="bylaws", value=24)
    put(system, source="bylaws", value=36, facility=facility)
    assert resolve("test.months", facility=facility, on=DAY).value == 36
    assert resolve("test.months", facility=other_facility, on=DAY).value == 24


def test_a_body_that_always_binds_is_not_adopted(system, bodies, facility):
    with pytest.raises(Refused, match="binds every facility"):
        adopt_standard(actor=system, facility=facility, source="cms")


def candidate(value, source, *, kind="accreditor", confidence="confirmed"):
    return Candidate(
        uid=source,
        value=value,
        source=source,
        citation=f"{source} 1",
        confidence=confidence,
        always_binds=True,
        is_default=kind == "default",
        at_facility=False,
        kind=kind,
    )


@pytest.mark.parametrize(
    ("code", "candidates", "value", "source"),
    [
        ("test.months", [("tjc", 36), ("state", 24), ("ncqa", 36)], 24, "state"),
        ("test.months", [("a", 24), ("b", 24)], 24, "a"),
        ("test.hours", [("a", 2), ("b", 3)], 3, "b"),
        ("test.words", [("a", ["x", "y"]), ("b", ["y", "z"])], ["x", "y", "z"], "a, b"),
        ("test.words", [("a", [{"k": 1}]), ("b", [{"k": 1}, {"k": 2}])], [{"k": 1}, {"k": 2}], "a, b"),
    ],
)
def test_values_combine_as_declared(code, candidates, value, source):
    bound = combine(code, "", tuple(candidate(each, name) for name, each in candidates))
    assert (bound.value, bound.source) == (value, source)


def test_where_nothing_is_merged_the_bylaws_decide():
    speaking = (
        candidate(["a"], "ACHC"),
        candidate(["b"], "bylaws", kind="bylaws"),
        candidate(["c"], "law", kind="law"),
        candidate(["d"], "default", kind="default"),
    )
    assert combine("test.chain", "", speaking).value == ["b"]
    assert combine("test.chain", "", (speaking[0], speaking[2])).value == ["c"]
    assert combine("test.chain", "", (speaking[3],)).value == ["d"]


def test_a_joined_value_is_as_sure_as_its_least_sure_part():
    speaking = (
        candidate(["a"], "x", confidence="confirmed"),
        candidate(["b"], "y", confidence="unconfirmed"),
    )
    assert combine("test.words", "", speaking).confidence == "unconfirmed"


# --- files ----------------------------------------------------------------------------------------------

ROW = """
- code: test.months
  subject: ""
  source: tjc
  from: 2000-01-01
  value: {value}
  citation: before 2022
  confidence: secondary
- code: test.months
  source: tjc
  from: 2022-11-04
  value: 36
  citation: after
  confidence: secondary
"""


@pytest.fixture
def load(system, bodies, tmp_path):
    def loading(text):
        path = tmp_path / "parameters.yaml"
        path.write_text(text)
        return load_file(actor=system, path=path)

    return loading


def test_rows_of_one_source_follow_each_other_and_loading_again_changes_nothing(load, system, facility):
    adopt_standard(actor=system, facility=facility, source="tjc", start=dt.date(2000, 1, 1))
    assert load(ROW.format(value=24)).added == 2
    again = load(ROW.format(value=24))
    assert (again.added, again.unchanged) == (0, 2)
    assert resolve("test.months", facility=facility, on=dt.date(2022, 11, 3)).value == 24
    assert resolve("test.months", facility=facility, on=dt.date(2022, 11, 4)).value == 36


def test_a_changed_value_is_a_new_period_and_the_old_one_stays_as_known(load, system, facility):
    adopt_standard(actor=system, facility=facility, source="tjc", start=dt.date(2000, 1, 1))
    load(ROW.format(value=24))
    moment = clock.now()
    with clock.freeze("2026-04-01"):
        changed = load(ROW.format(value=12))
        assert (changed.added, changed.unchanged) == (1, 1)
        on = dt.date(2010, 1, 1)
        assert resolve("test.months", facility=facility, on=on).value == 12
        assert resolve("test.months", facility=facility, on=on, known_at=moment).value == 24
    assert ParameterPeriod.objects.count() == 3


def test_what_a_person_has_set_is_not_overwritten(load, administrator, system, facility):
    load(ROW.format(value=24))
    put(administrator, source="tjc", value=18, valid=days(dt.date(2021, 1, 1), dt.date(2022, 1, 1)))
    again = load(ROW.format(value=24))
    assert again.kept == ["test.months (The Joint Commission) was set by hand and stays as it is."]
    assert again.unchanged == 1


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("- {code: test.months}", "entry 1: missing citation, confidence, from, source, value"),
        ("just words", "not a list"),
        ("- [1, 2]", "not a parameter"),
        ("{: :", "cannot be read"),
        (ROW.format(value=99), "entry 1: Months: at most 36"),
        (ROW.format(value=24).replace("tjc", "nobody"), "is not the code of a source body"),
        (ROW.format(value=24).replace("2000-01-01", "2022-11-04"), "the same parameter from the same day"),
        (ROW.format(value=24).replace("2000-01-01", "last year"), "must be a day"),
        (ROW.format(value=24).replace("source: tjc", "facility: XYZ\n  source: tjc"), "code of a facility"),
        (ROW.format(value=24).replace("citation", "quotation"), "unknown quotation"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_the_place(load, text, match):
    with pytest.raises(Refused, match=match):
        load(text)
    assert not ParameterPeriod.objects.exists()


def test_the_command_loads_what_ships_twice(db, capsys):
    call_command("load_parameters")
    first = ParameterPeriod.objects.count()
    assert first > 0
    call_command("load_parameters")
    assert ParameterPeriod.objects.count() == first
    assert "0 recorded" in capsys.readouterr().out.splitlines()[-1]


def test_the_command_names_what_is_wrong(db, monkeypatch, tmp_path):
    monkeypatch.setattr("config.rulebook.services.sources.REFERENCE", tmp_path / "sources.yaml")
    (tmp_path / "sources.yaml").write_text("[]")
    with pytest.raises(CommandError, match="is not the code of a source body"):
        call_command("load_parameters")
