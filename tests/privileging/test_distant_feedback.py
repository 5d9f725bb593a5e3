"""By proxy: the board grants on the distant site's list, and the site is told of what happened here."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import Error, transaction
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.registries import queues
from credentialing.services import telemedicine
from practitioners.services.merging import merge_records
from privileging.models import DistantSiteFeedback, GrantPeriod
from privileging.selectors.feedback import feedback_rows, granted_by_proxy, to_send, uncovered
from privileging.services.feedback import Sent, record_feedback, record_feedback_sent
from tests.credentialing.telemedicine import line, listed, load
from tests.privileging.conftest import NPIS, TODAY
from tests.privileging.files import account, answers, before_the_board, decide
from tests.privileging.kinds import built, by_proxy, physician
from tests.worlds import shared

DAY = dt.timedelta(days=1)
SECRET = "The clot was overlooked for an hour."


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
def agreement(world, staff):
    return listed(staff.coordinator, world.lakeside, world.remote)


@pytest.fixture
def quality(world):
    return account(world, "quinn", Role.QUALITY_COORDINATOR)


@pytest.fixture
def file(world, staff, agreement):
    """Somebody granted by proxy."""
    return granted(world, staff, agreement)


def asked(world, staff, agreement):
    return by_proxy(world, staff, world.remote, agreement, granted=False)


def granted(world, staff, agreement):
    return by_proxy(world, staff, world.remote, agreement)


def dropped(world, staff, agreement, number=5):
    """The site's list of today names somebody else."""
    load(staff.coordinator, agreement, line(NPIS[number], state="IL", number="2"))


# --- granting ---------------------------------------------------------------------------------------------


def test_the_board_grants_under_an_agreement_in_force_whoever_is_listed(world, file):
    assert GrantPeriod.objects.get().kind == "telemedicine"
    assert file.status == "approved"


def test_nothing_is_granted_to_whom_the_site_dropped_before_the_board_met(world, staff, agreement):
    application = asked(world, staff, agreement)
    step = before_the_board(staff, application)
    with clock.freeze(clock.now() + DAY):
        dropped(world, staff, agreement)
        said = answers(application, on=TODAY + DAY)
        with pytest.raises(Refused, match="is not on the list of Northgate Medical Center on 25 Nov 2026"):
            decide(staff, step, said, on=TODAY + DAY)
        assert not GrantPeriod.objects.exists()
        application.refresh_from_db()
        assert application.status == "in_review"


def test_nothing_is_granted_once_the_agreement_has_ended(world, staff, agreement):
    application = asked(world, staff, agreement)
    step = before_the_board(staff, application)
    telemedicine.end_agreement(
        actor=staff.coordinator, agreement=agreement, last_day=TODAY, reason="Notice given"
    )
    with clock.freeze(clock.now() + DAY), pytest.raises(Refused, match="is not in force on 25 Nov 2026"):
        decide(staff, step, answers(application, on=TODAY + DAY), on=TODAY + DAY)
    decide(staff, step, answers(application))
    assert GrantPeriod.objects.count() == 1, "on its last day it is"


# --- what the grants rest on ------------------------------------------------------------------------------


def why(world, viewer, on=TODAY) -> list[tuple[str, ...]]:
    return [each.why for each in uncovered(viewer, world.lakeside, on)]


def test_who_holds_privileges_without_what_they_rest_on_is_named(world, staff, agreement, file):
    site = "Northgate Medical Center"
    viewer = staff.coordinator
    assert why(world, viewer) == []
    with clock.freeze(clock.now() + DAY):
        load(viewer, agreement, line(world.remote.npi))
        assert why(world, viewer, TODAY + DAY) == [(f"the list of {site} names no license of IL",)]
    with clock.freeze(clock.now() + 2 * DAY):
        dropped(world, staff, agreement)
        assert why(world, viewer, TODAY + 2 * DAY) == [(f"not on the list of {site} any more",)]
        telemedicine.end_agreement(
            actor=viewer, agreement=agreement, last_day=TODAY + 2 * DAY, reason="Notice given"
        )
        assert why(world, viewer, TODAY + 3 * DAY) == [
            (f"the agreement with {site} is not in force", f"not on the list of {site} any more")
        ]
        assert why(world, viewer, dt.date(2030, 1, 1)) == [], "the grant has ended by then"


def test_the_page_of_the_agreement_names_who_holds_without_being_listed(
    world, client, staff, agreement, file
):
    client.force_login(staff.coordinator)
    said = "Not on the list, and holding privileges by proxy"
    assert said not in client.get(f"/distant-sites/{agreement.uid}/").content.decode()
    with clock.freeze(clock.now() + DAY):
        dropped(world, staff, agreement)
        page = client.get(f"/distant-sites/{agreement.uid}/").content.decode()
        assert f"{said}: {world.remote}." in page
    with clock.freeze(dt.datetime(2029, 1, 2, 17, tzinfo=dt.UTC)):
        assert said not in client.get(f"/distant-sites/{agreement.uid}/").content.decode(), "it has ended"


def test_where_today_leads_it_stands_what_is_missing(world, client, staff, agreement, file):
    client.force_login(staff.coordinator)
    here = reverse("privileging:for_a_time", args=[file.uid])

    def said() -> str:
        return client.get(here).content.decode()

    assert "Northgate Medical Center names no license" not in said()
    with clock.freeze(clock.now() + DAY):
        load(staff.coordinator, agreement, line(world.remote.npi))
        assert "The list of Northgate Medical Center names no license of IL for Vargas, Ines." in said()
    with clock.freeze(clock.now() + 2 * DAY):
        dropped(world, staff, agreement)
        assert "Vargas, Ines is not on the list of Northgate Medical Center on 26 Nov 2026" in said()
    with clock.freeze(dt.datetime(2029, 1, 2, 17, tzinfo=dt.UTC)):
        assert "is not on the list" not in said(), "nothing is held any more"


def test_a_listed_number_of_a_merged_record_covers_the_person(world, staff, agreement, file):
    other = physician(world, "Vargasova", 5)
    with clock.freeze(clock.now() + DAY):
        dropped(world, staff, agreement)
        assert why(world, staff.coordinator, TODAY + DAY)
        merge_records(actor=world.system, keep=world.remote, record=other, reason="The same license")
        assert why(world, staff.coordinator, TODAY + DAY) == []


# --- feedback ---------------------------------------------------------------------------------------------


def record(actor, file, **more):
    given = {"kind": "adverse_event", "happened_on": TODAY - DAY, "what": SECRET} | more
    return record_feedback(actor=actor, application=file, **given)


SENT = Sent(TODAY, "Peer review office, Northgate", "portal")


def test_what_happened_waits_until_the_site_was_told_once(world, staff, quality, file):
    made = record(quality, file)
    assert list(to_send(quality, world.lakeside)) == [made]
    record_feedback_sent(actor=staff.meetings, feedback=made, sent=SENT)
    made.refresh_from_db()
    assert (made.sent_on, made.sent_to, made.sent_by_way, made.sent_recorded_by) == (
        TODAY, "Peer review office, Northgate", "portal", staff.meetings,
    )  # fmt: skip
    assert not to_send(quality, world.lakeside).exists()
    with pytest.raises(Conflict, match="recorded already"):
        record_feedback_sent(actor=quality, feedback=made, sent=SENT)
    assert record(quality, file, sent=SENT).sent_on == TODAY
    verbs = list(
        AuditEvent.objects.filter(verb__startswith="feedback").order_by("pk").values_list("verb", "data")
    )
    assert [verb for verb, _ in verbs] == [
        "feedback.recorded", "feedback.sent", "feedback.recorded", "feedback.sent",
    ]  # fmt: skip
    assert SECRET not in str(verbs)
    assert "adverse" not in str(verbs)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "praise"}, "kind"),
        ({"what": " "}, "what"),
        ({"what": "x" * 8001}, "what"),
        ({"happened_on": TODAY + DAY}, "happened_on"),
        ({"sent": Sent(TODAY, "", "portal")}, "sent_to"),
        ({"sent": Sent(TODAY, "x" * 201, "portal")}, "sent_to"),
        ({"sent": Sent(TODAY, "Northgate", "pigeon")}, "sent_by_way"),
        ({"sent": Sent(TODAY + DAY, "Northgate", "portal")}, "sent_on"),
        ({"sent": Sent(TODAY - 2 * DAY, "Northgate", "portal")}, "sent_on"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(quality, file, more, field):
    with pytest.raises(Refused) as refused:
        record(quality, file, **more)
    assert refused.value.field == field
    assert not DistantSiteFeedback.objects.exists()


def test_only_of_whom_something_was_granted_by_proxy(world, staff, quality, agreement):
    application = asked(world, staff, agreement)
    assert not granted_by_proxy(quality, world.lakeside).exists()
    with pytest.raises(Refused, match="granted privileges by proxy"):
        record(quality, application)


def test_peer_review_opens_to_those_who_evaluate_and_never_to_wards(world, staff, quality, file):
    made = record(quality, file)
    for actor in (
        staff.coordinator, staff.president, account(world, "wanda", Role.LOOKUP),
        account(world, "otto", Role.COMPLIANCE_OFFICER), account(world, "remi", Role.PRACTITIONER),
    ):  # fmt: skip
        assert not feedback_rows(actor).exists()
        with pytest.raises(Forbidden):
            record(actor, file)
        with pytest.raises(Forbidden):
            record_feedback_sent(actor=actor, feedback=made, sent=SENT)
    assert feedback_rows(quality).exists()


def test_nobody_sees_or_writes_what_is_told_of_themselves(world, quality, file):
    record(quality, file)
    world.remote.user = quality
    world.remote.save(update_fields=["user"])
    file.practitioner.refresh_from_db()
    assert not feedback_rows(quality).exists()
    assert not granted_by_proxy(quality, world.lakeside).exists()
    with pytest.raises(Forbidden):
        record(quality, file)


def test_the_database_keeps_what_was_written_and_sent(quality, file):
    made = record(quality, file)
    for change in ({"what": "Nothing"}, {"sent_on": TODAY}, {"kind": "review"}):
        with pytest.raises(Error), transaction.atomic():
            DistantSiteFeedback.objects.filter(pk=made.pk).update(**change)
    record_feedback_sent(actor=quality, feedback=made, sent=SENT)
    for change in ({"sent_to": "Nobody"}, {"sent_on": TODAY - DAY}):
        with pytest.raises(Error), transaction.atomic():
            DistantSiteFeedback.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(Error), transaction.atomic():
        made.delete()


# --- pages and Today --------------------------------------------------------------------------------------


def queue(code, user, facility):
    one = next(each for each in queues.all() if each.code == code)
    return one.items(user, facility, 10)


def test_today_names_whom_and_where_and_never_what(world, staff, quality, agreement, file):
    record(quality, file)
    number, (item,) = queue("feedback_to_send", quality, world.lakeside)
    assert number == 1
    assert (item.title, item.detail) == (str(world.remote), "Northgate Medical Center is to be told")
    assert queue("proxy_uncovered", staff.coordinator, world.lakeside) == (0, [])
    with clock.freeze(clock.now() + DAY):
        dropped(world, staff, agreement)
        number, (item,) = queue("proxy_uncovered", staff.coordinator, world.lakeside)
    assert item.detail == "Privileges by proxy: not on the list of Northgate Medical Center any more"


def test_feedback_is_recorded_and_sent_on_its_pages_and_reading_is_logged(world, client, quality, file):
    client.force_login(quality)
    page = client.get("/distant-feedback/").content.decode()
    assert "Nothing is recorded." in page
    assert str(world.remote) in client.get("/distant-feedback/add/").content.decode()
    given = {"application": file.pk, "kind": "complaint", "happened_on": "2026-11-24", "what": SECRET}
    half = client.post("/distant-feedback/add/", given | {"sent_to": "Northgate"})
    assert half.status_code == 422
    assert "Enter the day it was sent." in half.content.decode()
    answer = client.post("/distant-feedback/add/", given)
    made = DistantSiteFeedback.objects.get()
    here = reverse("privileging:feedback_entry", args=[made.uid])
    assert answer.headers["Location"] == here
    before = ProtectedRead.objects.count()
    page = client.get(here).content.decode()
    assert SECRET in page
    assert ProtectedRead.objects.count() == before + 1
    assert ProtectedRead.objects.order_by("-pk").first().practitioner_uid == world.remote.uid
    assert SECRET not in client.get("/distant-feedback/").content.decode()
    assert ProtectedRead.objects.count() == before + 2
    assert client.post(here, {}).status_code == 422
    sent = {"sent_on": "2026-11-24", "sent_to": "Northgate", "sent_by_way": "letter"}
    assert client.post(here, sent).status_code == 303
    assert "Sent on" in client.get(here).content.decode()
    assert client.post(here, sent).status_code == 404
    assert (
        str(world.remote)
        in client.get(f"/distant-feedback/?sent=yes&agreement={file.agreement.uid}").content.decode()
    )
    assert client.get("/distant-feedback/?format=csv").headers["Content-Type"].startswith("text/html")


def test_wards_and_credentialing_find_no_feedback(world, client, staff, quality, file):
    made = record(quality, file)
    for actor in (staff.coordinator, account(world, "wanda", Role.LOOKUP)):
        client.force_login(actor)
        for address in ("/distant-feedback/", "/distant-feedback/add/", f"/distant-feedback/{made.uid}/"):
            assert client.get(address).status_code in (403, 404), address
