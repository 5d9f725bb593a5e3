import datetime as dt
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import credentialing
from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.periods import days, through
from config.rulebook.services.parameters import load_file
from config.rulebook.services.sources import load_source_bodies
from practitioners.models import GapExplanation
from practitioners.services.credentials import record_claim
from practitioners.services.documents import store_document
from practitioners.services.people import create_practitioner
from practitioners.services.photos import set_photo
from tests.drawing import picture
from tests.practitioners.conftest import PDF, House, build
from tests.worlds import more_of

TODAY = dt.date(2026, 3, 10)
PARAMETERS = Path(credentialing.__file__).parent / "parameters.yaml"


@more_of(build)
def house_with_limits(house: House) -> House:
    """The product's defaults: explained from 60 days on, the last five years."""
    with clock.freeze(dt.datetime(2020, 1, 1, 18, tzinfo=dt.UTC)):
        load_source_bodies(actor=house.system)
        load_file(actor=house.system, path=PARAMETERS)
    return house


HOUSE = house_with_limits


@pytest.fixture(autouse=True)
def one_day():
    with clock.freeze(dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)):
        yield


def at(name, *args):
    return reverse(f"practitioners:{name}", args=args)


@pytest.fixture
def desk(client, coordinator):
    client.force_login(coordinator)
    return client


def claim(coordinator, person, code, first, last, **more):
    return record_claim(
        actor=coordinator, practitioner=person, type_code=code, valid=days(first, through(last)), **more
    )


@pytest.fixture
def career(coordinator, surgeon):
    """School, training and work, with half a year of nothing that lies within the last five years."""
    year = TODAY.year
    claim(
        coordinator,
        surgeon,
        "MEDICAL_SCHOOL",
        dt.date(year - 18, 8, 1),
        dt.date(year - 14, 5, 31),
        issuer="Fernwick College",
        extra={"degree": "MD"},
    )
    claim(
        coordinator,
        surgeon,
        "RESIDENCY",
        dt.date(year - 14, 6, 1),
        dt.date(year - 9, 6, 30),
        issuer="Fernwick General",
        extra={"level": "residency", "specialty": "Surgery"},
    )
    claim(
        coordinator,
        surgeon,
        "WORK_HISTORY",
        dt.date(year - 9, 7, 1),
        dt.date(year - 3, 1, 31),
        issuer="Old Clinic",
        extra={"position": "Surgeon"},
    )
    claim(
        coordinator,
        surgeon,
        "WORK_HISTORY",
        dt.date(year - 3, 8, 1),
        None,
        issuer="New Clinic",
        extra={"position": "Surgeon"},
    )
    claim(
        coordinator,
        surgeon,
        "LICENSE",
        dt.date(year - 9, 7, 1),
        dt.date(year + 1, 6, 30),
        state="IL",
        number="036-1",
    )
    return dt.date(year - 3, 2, 1), dt.date(year - 3, 7, 31)  # fmt: skip


def test_an_empty_record_says_what_to_begin_with(desk, surgeon):
    page = desk.get(at("timeline", surgeon.uid)).content.decode()
    assert "Nothing with a day is on file yet" in page
    assert "Neither work nor training is stated" in page
    assert '<svg class="life"' not in page


def test_the_picture_and_the_table_say_the_same(desk, surgeon, career):
    page = desk.get(at("timeline", surgeon.uid)).content.decode()
    picture = page[page.index('<svg class="life"') : page.index("</svg>", page.index('<svg class="life"'))]
    table = page[page.index("life-table") :]
    for words in ("Fernwick", "New Clinic", "IL 036-1"):
        assert words in picture
        assert words in table
    assert "style=" not in picture
    assert "Gap: 1 Feb" in picture
    assert "Explain this gap" in page
    assert "1 of 1 gap" in page


def test_explaining_from_the_gap_itself(desk, surgeon, career):
    first, last = career
    page = desk.get(at("timeline", surgeon.uid)).content.decode()
    address = re.search(r'href="([^"]+explain/\?[^"]+)"', page)[1].replace("&amp;", "&")
    form = desk.get(address).context["form"]
    assert (form["first_day"].value(), form["last_day"].value()) == (first, last)
    values = {"first_day": first, "last_day": last, "said_by": "applicant", "in_writing": "on"}
    empty = desk.post(address, values)
    assert empty.status_code == 422
    assert desk.post(address, {**values, "explanation": "Cared for a parent."}).status_code == 303
    page = desk.get(at("timeline", surgeon.uid)).content.decode()
    assert "Explained in writing" in page
    assert "Explain this gap" not in page
    row = GapExplanation.objects.get()
    confirm = desk.post(at("gap_withdraw", row.uid), {"reason": ""})
    assert confirm.status_code == 422
    desk.post(at("gap_withdraw", row.uid), {"reason": "Wrong person"})
    assert "Explain this gap" in desk.get(at("timeline", surgeon.uid)).content.decode()


def test_words_alone_do_not_explain_a_long_gap(desk, coordinator, surgeon, career):
    first, last = career
    desk.post(
        at("gap_explain", surgeon.uid),
        {"first_day": first, "last_day": last, "said_by": "coordinator", "explanation": "Said on the phone."},
    )
    page = desk.get(at("timeline", surgeon.uid)).content.decode()
    assert "not in writing" in page
    assert "Not met" in page


@pytest.mark.parametrize("query", ["?first_day=x&last_day=2020-13-01", "?first_day=", "?last_day=%00"])
def test_strange_days_in_the_address_leave_the_form_empty(desk, surgeon, query):
    assert desk.get(at("gap_explain", surgeon.uid) + query).status_code == 200


def test_a_photo_explains_nothing(desk, coordinator, surgeon, career):
    set_photo(actor=coordinator, practitioner=surgeon, content=picture())
    set_photo(actor=coordinator, practitioner=surgeon, content=picture(size=(640, 800)))
    page = desk.get(at("gap_explain", surgeon.uid))
    assert list(page.context["form"].fields["document"].queryset) == []


def test_a_source_is_told_once_and_how_gaps_are_measured(desk, surgeon, career):
    page = desk.get(at("timeline", surgeon.uid)).content.decode()
    assert page.count("Recommended hospital default") == 1
    assert "Gaps are measured between whole months" in page


def test_anothers_document_is_no_choice(desk, coordinator, surgeon, career):
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Other")
    paper = store_document(
        actor=coordinator, practitioner=other, title="Letter", file_name="a.pdf", content=PDF,
        data_class=DataClass.GENERAL,
    )  # fmt: skip
    first, last = career
    answer = desk.post(
        at("gap_explain", surgeon.uid),
        {
            "first_day": first,
            "last_day": last,
            "said_by": "applicant",
            "explanation": "x",
            "document": paper.pk,
        },
    )
    assert answer.status_code == 422
    assert not GapExplanation.objects.exists()


def test_the_file_fetches_the_strip(desk, surgeon, career):
    assert 'hx-get="' + at("timeline", surgeon.uid) in desk.get(at("file", surgeon.uid)).content.decode()
    strip = desk.get(
        at("timeline", surgeon.uid), headers={"HX-Request": "true", "HX-Target": "timeline-strip"}
    ).content.decode()
    assert "<html" not in strip
    assert "life-frame-strip" in strip
    assert "Explain this gap" in strip


def test_the_timeline_costs_the_same_for_a_long_life(desk, coordinator, surgeon, career):
    desk.get(at("timeline", surgeon.uid))
    with CaptureQueriesContext(connection) as few:
        desk.get(at("timeline", surgeon.uid))
    for number in range(12):
        claim(
            coordinator, surgeon, "WORK_HISTORY", dt.date(2000 + number, 1, 1), dt.date(2000 + number, 9, 1),
            issuer=f"Clinic {number}", extra={"position": "Locum"},
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        desk.get(at("timeline", surgeon.uid))
    assert len(many) == len(few) <= 20
