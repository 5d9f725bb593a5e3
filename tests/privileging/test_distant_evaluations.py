"""By proxy the distant site evaluates: what it sends is filed where a focused evaluation is looked for."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, transaction
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.services.telemedicine import Paper
from practitioners.services.merging import merge_records
from privileging.models import DistantSiteEvaluation, FPPEPlan
from privileging.selectors.distant_evaluations import distant_evaluations, evaluated_elsewhere, files_by_proxy
from privileging.services.distant_evaluations import record_distant_evaluation, take_back_distant_evaluation
from tests.credentialing.telemedicine import listed
from tests.privileging.conftest import TODAY
from tests.privileging.files import account
from tests.privileging.kinds import built, by_proxy, granted_for_a_time, physician
from tests.worlds import shared

DAY = dt.timedelta(days=1)
SECRET = "Two discrepancies in four hundred studies."
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker):
    def make(world):
        world.remote = physician(world, "Vargas", 3)

    with shared(request, django_db_blocker, built(make)) as facilities:
        yield facilities


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def quality(world):
    return account(world, "quinn", Role.QUALITY_COORDINATOR)


@pytest.fixture
def agreement(world, staff):
    return listed(staff.coordinator, world.lakeside, world.remote)


@pytest.fixture
def file(world, staff, agreement):
    """Somebody granted by proxy."""
    return by_proxy(world, staff, world.remote, agreement)


def record(actor, file, **more):
    given = {"dated": TODAY - DAY, "summary": SECRET} | more
    return record_distant_evaluation(actor=actor, application=file, **given)


def page_of(client, person) -> str:
    return client.get(reverse("privileging:fppe_person", args=[person.uid])).content.decode()


def test_where_a_focused_evaluation_is_looked_for_the_sites_own_is_filed(world, client, quality, file):
    assert not FPPEPlan.objects.exists()
    client.force_login(quality)
    before = page_of(client, world.remote)
    assert "no focused evaluation opens here" in before
    assert "Nothing has come from the distant site yet" in before
    answer = client.post(
        reverse("privileging:fppe_distant", args=[world.remote.uid]),
        {
            "dated": (TODAY - DAY).isoformat(),
            "summary": SECRET,
            "paper": SimpleUploadedFile("review.pdf", PDF, "application/pdf"),
        },
    )
    assert answer.status_code == 303, answer.content.decode()
    made = DistantSiteEvaluation.objects.get()
    page = page_of(client, world.remote)
    assert SECRET in page
    assert "Northgate Medical Center" in page
    kept = client.get(reverse("privileging:fppe_distant_paper", args=[made.uid]))
    assert kept.status_code == 200, (kept.status_code, made.store_key, made.file_name)
    assert (kept.content, kept["Content-Disposition"]) == (PDF, 'attachment; filename="review.pdf"')
    assert ProtectedRead.objects.filter(actor_uid=quality.uid, subject_uid=made.uid).exists()
    event = AuditEvent.objects.get(verb="distant_evaluation.recorded")
    assert SECRET not in str(event.data)
    assert not FPPEPlan.objects.exists(), "it opens nothing here"


def test_the_list_says_of_whom_nothing_has_come(world, client, quality, file):
    (row,) = evaluated_elsewhere(quality, world.lakeside)
    assert (row.told, row.newest) == (0, None)
    first = record(quality, file, dated=TODAY - 9 * DAY)
    record(quality, file)
    (row,) = evaluated_elsewhere(quality, world.lakeside)
    assert (row.told, row.newest) == (2, TODAY - DAY)
    take_back_distant_evaluation(actor=quality, evaluation=first, reason="Of somebody else")
    (row,) = evaluated_elsewhere(quality, world.lakeside)
    assert row.told == 1
    client.force_login(quality)
    here = reverse("privileging:fppe_by_proxy")
    assert "Vargas, Ines" in client.get(here).content.decode()
    assert "Vargas, Ines" not in client.get(here, {"sent": "no"}).content.decode()
    assert reverse("privileging:fppe_by_proxy") in client.get(reverse("privileging:fppe")).content.decode()
    with clock.freeze(dt.datetime(2029, 1, 2, 17, tzinfo=dt.UTC)):
        assert not evaluated_elsewhere(quality, world.lakeside).exists(), "nothing is held any more"


def test_what_was_filed_by_mistake_stays_and_is_said_once(world, client, quality, file):
    made = record(quality, file)
    client.force_login(quality)
    answer = client.post(
        reverse("privileging:fppe_distant_take_back", args=[made.uid]), {"reason": "Of somebody else"}
    )
    assert answer.status_code == 303
    assert "Of somebody else" in page_of(client, world.remote)
    with pytest.raises(Conflict, match="taken back already"):
        take_back_distant_evaluation(actor=quality, evaluation=made, reason="Again")
    with pytest.raises(Error), transaction.atomic():
        DistantSiteEvaluation.objects.update(summary="Nothing")
    with pytest.raises(Error), transaction.atomic():
        DistantSiteEvaluation.objects.all().delete()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"dated": TODAY + DAY}, "dated"),
        ({"summary": "  "}, "summary"),
        ({"summary": "x" * 8001}, "summary"),
        ({"paper": Paper("review.exe", b"MZ\x90\x00")}, "paper"),
        ({"paper": Paper("empty.pdf", b"")}, "paper"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(quality, file, more, field):
    with pytest.raises(Refused) as refused:
        record(quality, file, **more)
    assert refused.value.field == field
    assert not DistantSiteEvaluation.objects.exists()


def test_a_form_sent_twice_files_one(quality, file):
    made = record(quality, file)
    with pytest.raises(Refused, match="This is filed already") as refused:
        record(quality, file)
    assert refused.value.field == "summary"
    assert DistantSiteEvaluation.objects.get() == made
    take_back_distant_evaluation(actor=quality, evaluation=made, reason="Of somebody else")
    record(quality, file)


def test_only_of_whom_something_was_granted_by_proxy(world, client, staff, quality, agreement):
    draft = by_proxy(world, staff, world.remote, agreement, granted=False)
    with pytest.raises(Refused, match="granted by proxy"):
        record(quality, draft)
    other = physician(world, "Okonkwo", 4)
    here = granted_for_a_time(world, staff, other)
    with pytest.raises(Refused, match="granted by proxy"):
        record(quality, here)
    client.force_login(quality)
    assert "From the distant site" not in page_of(client, other)
    assert client.get(reverse("privileging:fppe_distant", args=[other.uid])).status_code == 404


def test_peer_review_alone_opens_it(world, client, staff, quality, file):
    made = record(quality, file, paper=Paper("review.pdf", PDF))
    for actor in (staff.president, staff.executive, account(world, "wanda", Role.LOOKUP), staff.coordinator):
        with pytest.raises(Forbidden):
            record(actor, file)
        with pytest.raises(Forbidden):
            take_back_distant_evaluation(actor=actor, evaluation=made, reason="No")
        assert not distant_evaluations(actor).exists()
        client.force_login(actor)
        address = reverse("privileging:fppe_distant_paper", args=[made.uid])
        assert client.get(address).status_code in (403, 404)


def test_nobody_files_or_reads_their_own(world, quality, file):
    record(quality, file)
    world.remote.user = quality
    world.remote.save(update_fields=["user"])
    file.refresh_from_db()
    assert not distant_evaluations(quality).exists()
    assert files_by_proxy(quality, world.remote, world.lakeside) == []
    with pytest.raises(Forbidden):
        record(quality, file)


def test_it_follows_a_merged_record(world, client, quality, file):
    record(quality, file)
    other = physician(world, "Vargasova", 5)
    with clock.freeze(clock.now() + DAY):
        merge_records(actor=world.system, keep=other, record=world.remote, reason="The same license")
        client.force_login(quality)
        assert SECRET in page_of(client, other)
