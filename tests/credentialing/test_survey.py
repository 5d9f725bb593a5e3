"""Samples, survey-ready files and the turnaround, from files as if the board had decided them."""

import ast
import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Forbidden, Refused
from credentialing import rules
from credentialing.choices import Element
from credentialing.models import Application, Deficiency
from credentialing.rules.file_review import draw, review, sample_sentence
from credentialing.selectors.audit_files import audit_file
from credentialing.selectors.turnaround import turnaround
from credentialing.services.survey import audit_paper, export_survey_file
from credentialing.survey_archive import LATE, LONGEST, NEVER_THERE, WRONG, Lack, Names
from tests.credentialing.files import hospitals_with_file
from tests.credentialing.world import NOON, TODAY, World
from tests.worlds import more_of

SECRET = "No reports found."
OPINION = "Her judgment is sound"


@more_of(hospitals_with_file)
def hospitals_with_decided_file(world: World) -> World:
    """Everything about ``file`` was found out, and it counts as decided today."""
    with clock.freeze(NOON):
        world.load_list()
        application = world.file
        for item in application.items.filter(element=Element.PEER_REFERENCE):
            world.verify(item, content=OPINION.encode(), result=OPINION)
        world.find_out(application)
        Application.objects.filter(pk=application.pk).update(decided_on=TODAY)
        application.refresh_from_db()
    return world


HOSPITALS = hospitals_with_decided_file


@pytest.fixture
def application(world):
    return world.file


def entries(file):
    with file, zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_survey_file_carries_what_a_surveyor_may_see_and_nothing_protected(world, application):
    found = entries(export_survey_file(actor=world.coordinator, applications=[application], title="Survey"))
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest["sha256"] == {name: bytes_digest(content) for name, content in found.items()}
    assert "audit/quillfeather-marisol-tessa-initial-appointment-2026-03-10.pdf" in found
    kept = [name for name in found if name.startswith("evidence/")]
    assert len(kept) == len(set(kept)) >= 6
    folder = "evidence/quillfeather-marisol-tessa"
    board = f"{folder}/state-license-oh-35100001-state-medical-board-of-ohio-2026-03-10.txt"
    assert board in kept
    told = manifest["evidence"][board]
    assert (told["element"], told["verified_on"]) == (Element.STATE_LICENSE, TODAY.isoformat())
    index = found["index.html"].decode()
    assert "<style>" in index
    assert f'href="{board}"' in index
    assert "Missing: 0" in index
    assert "protected, on file" in index
    licence = manifest["elements"][Element.STATE_LICENSE]
    assert licence["citations"]
    assert licence["entries"][0] in found
    assert manifest["elements"][Element.NPDB]["entries"] == ["data-bank-queries.csv"]
    assert manifest["elements"][Element.PEER_REFERENCE]["entries"] == []
    assert manifest["left_out"]["evidence"] == {
        "Data bank (NPDB)": 1, "Health": 1, "Identity (birth date, SSN)": 1,
        "Peer review": 3,  # two references, and what the employer said
    }  # fmt: skip
    everything = b"".join([*found.values(), json.dumps(manifest).encode()])
    for protected in (SECRET, OPINION, "Ines Calloway", "Nazarbekov", "passport", "1980-05-04"):
        assert protected.encode() not in everything, protected
    rows = list(csv.DictReader(io.StringIO(found["data-bank-queries.csv"].decode("utf-8-sig"))))
    assert rows[0]["DCN"].startswith("5500")
    event = AuditEvent.objects.get(verb="survey_file.exported")
    assert event.data["title"] == "Survey"


def test_what_is_missing_late_and_wrong_stands_apart(world, application):
    item = application.items.get(element=Element.STATE_LICENSE)
    application.items.filter(pk=item.pk).update(verified_on=TODAY.replace(day=11))
    application.facility.npdb_entity = world.other.npdb_entity
    found = entries(export_survey_file(actor=world.coordinator, applications=[application], title="Survey"))
    page = found["missing-and-late.html"].decode()
    missing, late, wrong = (page.index(f"<h2>{lack.label}</h2>") for lack in Lack)
    assert missing < late < page.index("Verified on 11 Mar 2026, after the decision") < wrong
    assert wrong < page.index("Riverbend entity had to query")
    assert "Late: 1" in found["index.html"].decode()
    assert "Ines Calloway" not in page


def test_every_defect_is_sorted():
    """Whoever adds a defect says in which way such a row does not pass."""
    named = set()
    for name in ("audit_file", "audit_registers"):
        path = Path(rules.__file__).parent / f"{name}.py"
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Fault":
                named.add(call.args[0].value)
    assert named - LATE - WRONG - NEVER_THERE == set()


def test_names_in_the_archive_are_safe_and_given_once():
    names = Names()
    first = names.unique("evidence", ("State license", "OH/35..", ""), "pdf")
    assert first == "evidence/state-license-oh35.pdf"
    assert names.unique("evidence", ("State license", "OH/35"), "pdf") == "evidence/state-license-oh35-2.pdf"
    assert names.unique("a", ("../..",), "txt") == "a/unnamed.txt"
    assert len(names.unique("a", ("x" * 300,), "txt")) == len("a/.txt") + LONGEST


def test_who_may_not_export_or_see_gets_nothing(world, application):
    with pytest.raises(Forbidden):
        export_survey_file(actor=world.compliance, applications=[application], title="Survey")
    elsewhere = world.user("Ellis Far", "director", facility=world.other)
    with pytest.raises(Refused, match="may not see all"):
        export_survey_file(actor=elsewhere, applications=[application], title="Survey")
    assert not AuditEvent.objects.filter(verb="survey_file.exported").exists()


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "pdf"])
def test_what_leaves_as_a_file_is_recorded_and_names_no_peer(client, world, application, file_format):
    client.force_login(world.coordinator)
    address = reverse("credentialing:audit", args=[application.uid])
    page = client.get(address)
    assert "Ines Calloway" in page.content.decode(), "the office knows its peers"
    assert SECRET not in page.content.decode()
    answer = client.get(f"{address}?format={file_format}")
    assert answer.status_code == 200
    content = b"".join(answer) if answer.streaming else answer.content
    assert content.startswith({"csv": "\ufeff".encode(), "xlsx": b"PK", "pdf": b"%PDF"}[file_format])
    if file_format == "csv":
        text = content.decode("utf-8-sig")
        assert "Peer reference 2" in text
        for protected in ("Ines Calloway", OPINION, SECRET, "passport"):
            assert protected not in text
    assert AuditEvent.objects.get(verb="audit_file.exported").data == {"format": file_format}


def test_a_draw_that_cannot_be_made_is_refused_in_words(client, world, application):
    client.force_login(world.coordinator)
    Application.objects.filter(pk=application.pk).update(decided_on=None)
    address = reverse("credentialing:file_reviews")
    given = {"kind": "initial", "first_day": "2026-03-01", "last_day": "2026-03-10", "seed": "autumn"}
    empty = client.post(address, given)
    assert empty.status_code == 422
    assert "No file of this kind was decided within these days." in empty.content.decode()
    backwards = client.post(address, given | {"first_day": "2026-03-11"})
    assert "The last day lies before the first." in backwards.content.decode()
    assert not AuditEvent.objects.filter(verb="file_review.drawn").exists()


def test_the_audit_paper_repeats_its_bytes(application):
    file = audit_file(application)
    paper = audit_paper(file, issued_at=NOON)
    assert paper.startswith(b"%PDF")
    assert audit_paper(file, issued_at=NOON) == paper


def test_a_draw_repeats_by_its_seed_and_stops_at_eight_when_nothing_fails(application):
    universe = [f"{number:02}" for number in range(40)]
    drawn = draw(universe, "autumn")
    assert drawn == draw(reversed(universe), "autumn")
    assert drawn != draw(universe, "winter")
    assert len(set(drawn)) == 30
    good = audit_file(application).rows
    result = review([good] * 30)
    assert (result.looked_at, result.failed, result.went_on) == (8, 0, False)
    assert result.sentence == "The first 8 files meet every element: the review ends here."
    bad = [row for row in good if row.element != Element.NPDB]
    assert review([good] * 3).sentence == "All 3 files meet every element."
    assert review([good]).sentence == "The only file meets every element."
    assert sample_sentence(40, 30) == "40 files were decided; 30 of them were drawn at random."
    assert "so all 5 are looked at" in sample_sentence(5, 5)
    short = review([good] * 7 + [[*bad]] + [good] * 22)
    assert short.looked_at == 8, "an element not asked for is not applicable"


def test_one_failure_among_the_first_eight_brings_all_thirty(world, application):
    good = audit_file(application).rows
    application.facility.npdb_entity = world.other.npdb_entity
    bad = audit_file(application).rows
    result = review([good] * 7 + [bad] + [good] * 22)
    assert (result.looked_at, result.failed, result.went_on) == (30, 1, True)
    assert result.sentence.endswith("short, in: NPDB query.")
    score = next(each for each in result.scores if each.element == Element.NPDB)
    assert (score.yes, score.no, score.percent) == (29, 1, 97)
    late = review([good] * 8 + [bad] * 22)
    assert late.looked_at == 8


def test_turnaround_counts_days_by_step_in_three_statements(world, application):
    Application.objects.filter(pk=application.pk).update(
        received_on=TODAY.replace(day=1), complete_on=TODAY.replace(day=5)
    )
    with CaptureQueriesContext(connection) as asked:
        report = turnaround([world.facility.pk], first_day=TODAY, last_day=TODAY)
    assert len(asked.captured_queries) == 3
    steps = {step.code: step for step in report.steps}
    assert (steps["complete"].n, steps["complete"].median, steps["complete"].p90) == (1, 4, 4)
    assert (steps["board"].n, steps["board"].median) == (1, 5), "no body was asked in between"
    assert steps["chair"].n == steps["notified"].n == 0
    assert report.n == 1
    assert [cause.n for cause in report.causes] == [1]
    assert turnaround([world.other.pk], first_day=TODAY, last_day=TODAY).n == 0


def test_turnaround_says_for_whom_a_file_waited_each_day_once(world, application):
    """Received on the 1st, complete on the 9th, decided on the 10th, with no body in between."""
    Application.objects.filter(pk=application.pk).update(
        received_on=TODAY.replace(day=1), complete_on=TODAY.replace(day=9)
    )
    at = dict(zip(range(1, 11), (NOON.replace(day=day) for day in range(1, 11)), strict=True))
    application.items.update(requested_at=None)
    licence, school = (
        application.items.get(element=each) for each in (Element.STATE_LICENSE, Element.MEDICAL_SCHOOL)
    )
    spans = ((licence, 2, 4), (school, 3, 6))  # four days together, however many were asked
    for item, first, last in spans:
        application.items.filter(pk=item.pk).update(
            requested_at=at[first], verified_on=TODAY.replace(day=last)
        )
    Deficiency.objects.create(
        application=application, what="Diploma", asked_on=TODAY.replace(day=5), asked_at=at[5],
        asked_by=world.coordinator, due_on=TODAY, answered_at=at[7], answered_by=world.coordinator,
        answer="So.",
    )  # fmt: skip
    waits = {
        each.code: each for each in turnaround([world.facility.pk], first_day=TODAY, last_day=TODAY).waits
    }
    assert {code: each.median for code, each in waits.items() if each.n} == {
        "applicant": 2, "source": 4, "office": 3, "board": 1,
    }  # fmt: skip
    assert {code: each.longest for code, each in waits.items() if each.longest} == {"source": 1}
    assert waits["chair"].n == waits["committee"].n == 0
