"""Going live: an earlier system's export is checked, loaded whole or not at all, and day one answers."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from bylaws.models import AppointmentPeriod
from bylaws.selectors.compliance import compliance
from bylaws.selectors.membership import appointments_in_force
from config.golive.fields import load_mapping_of
from config.golive.services.loading import apply_load, check_load
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.models import NPDBQuery
from practitioners.models import Practitioner
from practitioners.rules.npi import npi_from_nine
from privileging.choices import FPPEStatus
from privileging.models import FormLine, FPPEPlan, GrantPeriod
from privileging.selectors.lookup import LookupOutcome, can_perform
from tests.journeys.world import Hospital, build_hospital
from tests.worlds import shared

TODAY = dt.date(2026, 3, 9)
COLUMNS = (
    "NPI", "Last name", "First name", "Provider type", "Birth date", "License state", "License number",
    "License issued", "License expires", "License verified", "Facility", "Category", "Department",
    "Appointed from",
    "Appointed through", "Board date", "Next reappointment", "Privilege code", "Conditions", "Granted from",
    "Granted through", "FPPE due", "FPPE cases", "Last NPDB query", "NPDB DCN",
)  # fmt: skip


NOON = dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC)


def _build() -> Hospital:
    """The hospital, whose surgeons may ask for the example form."""
    with clock.freeze(NOON):
        built = build_hospital()
        for line in FormLine.objects.filter(version__form__code="GS").select_related("version__form"):
            line.version.form.facilities.add(built.facility)
    return built


@pytest.fixture(scope="module")
def _hospital(request, django_db_setup: None, django_db_blocker):
    with shared(request, django_db_blocker, _build) as built:
        yield built


@pytest.fixture
def hospital(_hospital, db, settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    with clock.freeze(NOON):
        yield _hospital.mine()


def codes() -> list[str]:
    lines = FormLine.objects.filter(version__form__code="GS").order_by("kind", "order")
    return list(lines.values_list("privilege__code", flat=True))


def export(people: int, privileges: int, *, today: dt.date = TODAY) -> list[dict[str, str]]:
    """A generated export: each person's first row brings everything, the others a privilege each. Its days
    lie round ``today``.
    """
    later = today - TODAY

    def day(year: int, month: int, day_of_month: int) -> str:
        return (dt.date(year, month, day_of_month) + later).isoformat()

    rows = []
    some = codes()[:privileges]
    for number in range(people):
        npi = npi_from_nine(f"2{number:08}")
        start = dt.date(2025, 1, 1) + later + dt.timedelta(days=7 * number)
        for place, code in enumerate(some):
            row = dict.fromkeys(COLUMNS, "") | {
                "NPI": npi, "Last name": f"Member{chr(65 + number)}", "First name": "Ada",
                "Category": "active", "Department": "surgery", "Appointed from": start.isoformat(),
                "Appointed through": day(2026, 12, 31),
                "Board date": (start - dt.timedelta(days=3)).isoformat(), "Privilege code": code,
            }  # fmt: skip
            if place == 0:
                row |= {
                    "Provider type": "MD", "Birth date": "1970-05-01", "License state": "IL",
                    "License number": f"036.{number:06}", "License issued": day(2020, 1, 1),
                    "License expires": day(2027, 7, 31), "License verified": day(2025, 8, 2),
                    "Next reappointment": day(2026, 12, 31),
                    "Last NPDB query": day(2025, 1, 15), "FPPE due": day(2026, 6, 30), "FPPE cases": "5",
                    "Conditions": "With a proctor",
                }  # fmt: skip
            rows.append(row)
    return rows


def as_csv(rows) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def check(hospital, rows, user: str = "director"):
    return check_load(
        actor=hospital[user],
        content=as_csv(rows),
        file_name="export.csv",
        mapping=load_mapping_of("generic"),
        facility=hospital.facility,
    )


def test_day_one_answers_for_everyone(hospital):
    rows = export(6, 4)
    batch = check(hospital, rows)
    assert {name: count for name, count in batch.counts.items() if count} == {"new": 24}
    assert not Practitioner.objects.exists(), "a check writes nothing"
    apply_load(actor=hospital["director"], batch=batch)
    assert Practitioner.objects.count() == 6
    for row in rows:
        answer = can_perform(npi=row["NPI"], privilege_code=row["Privilege code"], facility=hospital.facility)
        assert answer.outcome == LookupOutcome.YES, row
    assert (
        can_perform(npi=rows[0]["NPI"], privilege_code=codes()[-1], facility=hospital.facility).outcome
        == LookupOutcome.NO
    )
    after = dt.date(2027, 1, 1)
    assert (
        can_perform(
            npi=rows[0]["NPI"], privilege_code=codes()[0], facility=hospital.facility, on=after
        ).outcome
        == LookupOutcome.NO
    ), "the term is over"

    grant = GrantPeriod.objects.get(practitioner__npi=rows[0]["NPI"], privilege__code=codes()[0])
    assert grant.conditions == "With a proctor"
    assert grant.identity.authority == "As recorded before, board of 29 Dec 2024"
    assert FPPEPlan.objects.filter(status=FPPEStatus.IN_PROGRESS, due_on=dt.date(2026, 6, 30)).count() == 6
    assert NPDBQuery.objects.filter(queried_on=dt.date(2025, 1, 15)).count() == 6
    terms = appointments_in_force(facility=hospital.facility, on=TODAY)
    assert {term.end for term in terms} == {dt.date(2026, 12, 31)}, "reappointment is due then"
    results = compliance(viewer=hospital["director"], facility=hospital.facility, on=TODAY)
    assert results
    assert all(len(result.population) == 6 for result in results if result.rule.about_people)
    short = [result.rule.code for result in results if result.counts[Outcome.NOT_MET]]
    assert short == ["BL-COI-1"]  # whoever leads has yet to disclose here

    again = check(hospital, rows)
    assert {name: count for name, count in again.counts.items() if count} == {"unchanged": 24}


#: Column, what stands in it, words of the sentence; planted in a row each.
FAULTS = (
    ("Privilege code", "XX-NOTHING", "not in the catalog"),
    ("Category", "emperor", "no staff category"),
    ("Department", "alchemy", "no department"),
    ("Facility", "NOWHERE", "no facility"),
    ("Board date", "", "Board date is missing"),
    ("Board date", "2026-12-01", "future"),
    ("Appointed from", "2020-01-01", "before the board"),
    ("Appointed through", "2024-01-01", "before it begins"),
    ("Appointed through", "2031-12-31", "at most"),
    ("Next reappointment", "2026-01-31", "not the end of the term"),
    ("Granted through", "2027-12-31", "after the appointment"),
    ("Granted from", "2020-01-01", "before the board"),
    ("FPPE due", "2020-01-01", "before the privilege"),
    ("Last NPDB query", "2027-01-01", "future"),
    ("NPI", "1234567890", "check digit"),
)


def test_every_bad_row_is_named_and_one_keeps_everything_out(hospital):
    rows = export(len(FAULTS) + 2, 3)
    for number, (column, value, _) in enumerate(FAULTS):
        rows[3 * number][column] = value
    differing, twice = rows[-3], rows[-6]
    rows[-2]["Category"] = "courtesy"
    rows[-4]["Privilege code"] = twice["Privilege code"]
    batch = check(hospital, rows)
    rejected = {row.number: row.problems for row in batch.rows.filter(outcome="rejected")}
    for number, (column, value, words) in enumerate(FAULTS):
        problems = rejected.get(2 + 3 * number, [])
        assert any(each["column"] == column and words in each["sentence"] for each in problems), (
            f"{column} {value}: {problems}"
        )
    assert "differs from row" in rejected[len(rows)][0]["sentence"], differing
    assert "already stands in row" in rejected[len(rows) - 2][0]["sentence"]
    with pytest.raises(Refused, match="whole or nothing"):
        apply_load(actor=hospital["director"], batch=batch)
    assert not AppointmentPeriod.objects.exists()
    assert not Practitioner.objects.exists()
    with pytest.raises(Forbidden):
        check(hospital, export(1, 1), user="coordinator")


def test_the_page_says_that_a_load_cannot_be_undone(hospital, client):
    batch = check(hospital, export(1, 1))
    client.force_login(hospital["director"])
    page = client.get(reverse("practitioners:import", args=[batch.uid])).content.decode()
    assert "Go-live load of" in page
    assert "This cannot be undone." in page
    assert "Simple roster" not in page


def test_the_command(hospital, tmp_path, capsys):
    path = tmp_path / "export.csv"
    path.write_bytes(as_csv(export(2, 2)))
    call_command("go_live", str(path), "--facility", "WMC", "--dry-run")
    assert not Practitioner.objects.exists()
    call_command("go_live", str(path), "--facility", "WMC", "--json")
    assert '"new": 4' in capsys.readouterr().out
    assert GrantPeriod.objects.live().count() == 4
    bad = export(1, 1)
    bad[0]["Privilege code"] = "XX"
    path.write_bytes(as_csv(bad))
    with pytest.raises(SystemExit) as stopped:
        call_command("go_live", str(path), "--facility", "WMC")
    assert stopped.value.code == 1
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(SystemExit) as stopped:
        call_command("go_live", str(path), "--facility", "WMC")
    assert stopped.value.code == 2
