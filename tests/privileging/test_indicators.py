"""Indicators of ongoing evaluation on their pages: added, changed, retired, the examples loaded."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from privileging.models import OPPEIndicator, PrivilegeForm
from privileging.rules.indicators_file import read_indicators
from privileging.services.indicators import (
    add_indicator,
    change_indicator,
    export_indicators,
    load_indicator_text,
    load_indicators,
    look_at_indicators,
)
from privileging.services.oppe import open_cycle
from tests.privileging.conftest import set_parameter
from tests.privileging.test_ongoing_evaluation import FIRST, LAST

pytestmark = pytest.mark.django_db


@pytest.fixture
def quality(user):
    return user(Role.QUALITY_COORDINATOR)


@pytest.fixture
def door(client, quality):
    client.force_login(quality)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def edit(one: OPPEIndicator) -> str:
    return reverse("privileging:indicator", args=[one.uid])


LEAKS = {"name": "Leaks", "code": "leaks", "kind": "rate", "per": "resections"}


def test_added_changed_and_retired_from_the_page(door, world):
    listed = reverse("privileging:indicators")
    assert "No indicator here." in text_of(door.get(listed))
    surgery = PrivilegeForm.objects.get(code="GS")
    sent = LEAKS | {"specialties": [str(surgery.uid)], "target": "2.5"}
    assert door.post(reverse("privileging:indicator_add"), sent).status_code == 303
    one = OPPEIndicator.objects.get()
    assert (one.code, one.kind, one.target, list(one.forms.all())) == (
        "leaks", "rate", Decimal("2.5"), [surgery],
    )  # fmt: skip
    shown = text_of(door.get(edit(one)))
    assert "Anastomosis" not in shown
    assert 'value="2.500"' in shown
    assert 'name="kind"' not in shown
    changed = {"name": "Anastomosis leaks", "per": "resections", "higher_is_better": "", "target": ""}
    assert door.post(edit(one), changed).status_code == 303
    one.refresh_from_db()
    assert (one.name, one.target, one.forms.count()) == ("Anastomosis leaks", None, 0)
    event = AuditEvent.objects.get(verb="oppe.indicator_changed")
    assert event.data["name"] == ["Leaks", "Anastomosis leaks"]
    assert event.data["forms"] == [["GS"], []]
    assert door.post(edit(one), changed | {"retired": "on"}).status_code == 303
    door.get(listed)  # says once what was done
    assert "Anastomosis" not in text_of(door.get(listed))
    assert "Anastomosis" in text_of(door.get(listed, {"state": "retired"}))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "a b"}, "code"),
        ({"code": "leaks"}, "code"),
        ({"per": ""}, "per"),
        ({"kind": "count"}, "per"),
        ({"kind": "many"}, "kind"),
        ({"target": Decimal(101)}, "target"),
        ({"trigger_at": Decimal(3)}, "trigger_at"),
        ({"name": " "}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(quality, world, given, field):
    add_indicator(actor=quality, **LEAKS)
    with pytest.raises(Refused) as refused:
        add_indicator(actor=quality, **LEAKS | {"code": "others"} | given)
    assert refused.value.field == field
    assert OPPEIndicator.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"per": ""}, "A rate says per what."),
        ({"code": "a b"}, "It has 1 to 40 letters, digits and dashes."),
        ({"target": Decimal(101)}, "It lies between 0 and 100."),
    ],
)
def test_in_a_sentence_that_stands_at_the_field(quality, world, given, said):
    with pytest.raises(Refused) as refused:
        add_indicator(actor=quality, **LEAKS | given)
    assert refused.value.sentence == said


def test_nothing_changed_is_refused(quality, world):
    one = add_indicator(actor=quality, **LEAKS)
    with pytest.raises(Refused, match="Nothing is changed"):
        change_indicator(actor=quality, indicator=one, name="Leaks", per="resections")


def test_the_examples_are_loaded_and_changing_one_makes_it_ones_own(door, world):
    assert door.post(reverse("privileging:indicator_examples")).status_code == 303
    one = OPPEIndicator.objects.get(code="complaints")
    assert one.example
    assert "Example" in text_of(door.get(reverse("privileging:indicators")))
    assert door.post(edit(one), {"name": one.name, "trigger_at": "3"}).status_code == 303
    one.refresh_from_db()
    assert (one.example, one.trigger_at) == (False, 3)


def test_they_are_one_for_all_hospitals_that_evaluate(world, quality, user):
    set_parameter(world.system, "privileging.oppe_months", 12)
    one = add_indicator(actor=quality, **LEAKS)
    open_cycle(actor=world.system, facility=world.harbor, first_day=FIRST, last_day=LAST)
    with pytest.raises(Forbidden, match="one for all hospitals"):
        change_indicator(actor=quality, indicator=one, name="Others", per="resections")


def test_the_list_stays_within_its_queries_and_others_stay_out(door, client, user, world):
    door.post(reverse("privileging:indicator_examples"))
    listed = reverse("privileging:indicators")
    door.get(listed)
    with CaptureQueriesContext(connection) as queries:
        door.get(listed)
    assert len(queries) <= 12
    client.force_login(user(Role.DEPARTMENT_CHAIR))
    assert client.get(listed).status_code == 403
    assert client.post(reverse("privileging:indicator_add"), LEAKS).status_code == 403
    assert client.post(reverse("privileging:indicator_examples")).status_code == 403


# --- by file --------------------------------------------------------------------------------------------

FILE = """\
# ours
- {code: leaks, name: Leaks, kind: rate, per: resections, forms: [GS], target: 2.5}
- {code: falls, name: Falls, kind: count, trigger_at: 3}
"""


def test_what_is_written_is_read_again_and_changes_nothing(quality, world):
    load_indicators(actor=world.system)
    add_indicator(actor=quality, **LEAKS | {"target": Decimal("2.125"), "higher_is_better": True})
    one = OPPEIndicator.objects.get(code="complaints")
    change_indicator(
        actor=quality, indicator=one, name="Grievances: all", trigger_at=Decimal(10), retired=True
    )
    text = export_indicators(actor=quality)
    before = len(text.splitlines())
    assert load_indicator_text(actor=quality, text=text) == {"added": 0, "changed": 0, "unchanged": 11}
    assert len(export_indicators(actor=quality).splitlines()) == before
    assert "trigger_at: 10" in text
    assert "target: 2.125" in text
    assert OPPEIndicator.objects.get(code="complaints").retired


def test_a_file_adds_what_is_new_and_changes_what_it_says_otherwise(quality, world):
    add_indicator(actor=quality, **LEAKS)
    untouched = add_indicator(actor=quality, code="other", name="Other", kind="count")
    looked = look_at_indicators(actor=quality, text=FILE)
    assert [each.code for each in looked.added] == ["falls"]
    assert looked.changed == [("leaks", {"target": (None, "2.5"), "forms": ([], ["GS"])})]
    assert OPPEIndicator.objects.count() == 2, "it was only looked at"
    assert load_indicator_text(actor=quality, text=FILE) == {"added": 1, "changed": 1, "unchanged": 0}
    one = OPPEIndicator.objects.get(code="leaks")
    assert (one.target, [form.code for form in one.forms.all()]) == (Decimal("2.5"), ["GS"])
    assert AuditEvent.objects.get(verb="oppe.indicator_changed").data["forms"] == [[], ["GS"]]
    untouched.refresh_from_db()
    assert not untouched.retired
    assert load_indicator_text(actor=quality, text=FILE) == {"added": 0, "changed": 0, "unchanged": 2}


def test_every_mistake_is_told_with_line_and_field_and_nothing_is_loaded(quality, world):
    add_indicator(actor=quality, **LEAKS)
    wrong = FILE.replace("kind: rate, per: resections", "kind: count").replace(
        "trigger_at: 3", "trigger_at: many, forms: [GS]"
    )
    found = look_at_indicators(actor=quality, text=wrong).mistakes
    assert [str(each) for each in found] == [
        "line 2: kind of leaks stays rate: its numbers rest on it. Retire it instead.",
        "line 3: trigger_at is no number.",
    ]
    with pytest.raises(Refused, match=r"^ours\.yaml, line 2: kind of leaks stays rate"):
        load_indicator_text(actor=quality, text=wrong, name="ours.yaml")
    assert OPPEIndicator.objects.count() == 1


#: Each list names the one before ten times: nine levels are 5 GB as a text.
NESTED = "\n".join(
    ["- {name: &a0 [1, 1], code: x, kind: count}"]
    + [f"- {{name: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}], code: x{n}, kind: count}}" for n in range(1, 10)]
)


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ("code: 010, name: X, kind: count", "code is a text; put it in quotation marks."),
        ("code: yes, name: X, kind: count", "code is a text; put it in quotation marks."),
        ("code: *a9, name: X, kind: count", "code is a text; put it in quotation marks."),
        ("code: '010', name: X, kind: count, target: *a9", "target is no number."),
        ("code: '010', name: X, kind: count, target: yes", "target is no number."),
        (
            f"code: '010', name: X, kind: count, target: 0x{'f' * 5000}",
            "target lies between 0 and 999,999.",
        ),
        (
            "code: '010', name: X, kind: count, per: cases",
            "per: only a rate is per something; leave it empty.",
        ),
        (
            "code: '010', name: X, kind: rate, per: cases, trigger_at: 5",
            "trigger_at: of a rate the peers say when somebody looks at it; leave it empty.",
        ),
    ],
)
def test_what_is_no_code_and_no_number_is_refused_however_long_its_text(entry, mistake):
    tracemalloc.start()
    try:
        *_, last = read_indicators(f"{NESTED}\n- {{{entry}}}\n")[1]
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(last) == f"line 11: {mistake}"
    assert most < 10_000_000


def test_the_page_looks_first_then_loads_and_gives_the_file(door, world):
    here = reverse("privileging:indicator_load")
    wrong = door.post(here, {"file": SimpleUploadedFile("ours.yaml", b"- {code: x, name: X, kind: rate}")})
    assert wrong.status_code == 422
    assert "line 1: per: a rate says per what." in text_of(wrong)
    looked = door.post(here, {"file": SimpleUploadedFile("ours.yaml", FILE.encode())})
    assert looked.status_code == 200
    assert "2 new indicators" in text_of(looked)
    assert not OPPEIndicator.objects.exists()
    assert door.post(here, {"name": "ours.yaml", "text": FILE}).status_code == 303
    kept = door.get(reverse("privileging:indicator_file"))
    assert kept["Content-Disposition"] == 'attachment; filename="indicators.yaml"'
    assert kept.content.decode() == export_indicators(actor=world.system)


def test_files_are_for_those_who_run_ongoing_evaluation_everywhere(client, user, world, quality):
    set_parameter(world.system, "privileging.oppe_months", 12)
    open_cycle(actor=world.system, facility=world.harbor, first_day=FIRST, last_day=LAST)
    for act in (look_at_indicators, load_indicator_text):
        with pytest.raises(Forbidden):
            act(actor=quality, text=FILE)
    with pytest.raises(Forbidden):
        export_indicators(actor=quality)
    client.force_login(user(Role.DEPARTMENT_CHAIR))
    assert client.get(reverse("privileging:indicator_load")).status_code == 403
    assert client.get(reverse("privileging:indicator_file")).status_code == 403
