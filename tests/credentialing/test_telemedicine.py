"""Agreements with distant sites: what they say, whom the sites list, and what rests on both."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.models import (
    Application,
    DistantSite,
    DistantSiteList,
    ListedPractitionerPeriod,
    ProxyAgreement,
    ProxyAgreementPeriod,
)
from credentialing.selectors.gate import completeness
from credentialing.selectors.telemedicine import agreed, agreements_offered, listed_on, why_not_by_proxy
from credentialing.services import telemedicine as services
from credentialing.services.opening import Particulars
from credentialing.services.telemedicine import Paper
from credentialing.worklist.telemedicine import distant_agreements
from practitioners import store
from practitioners.services.merging import merge_records
from tests.credentialing.telemedicine import (
    ENTITY_TERMS,
    HEAD,
    HOSPITAL_TERMS,
    agree,
    line,
    listed,
    load,
    terms,
)
from tests.credentialing.world import TODAY

DAY = dt.timedelta(days=1)
ADA, BEN, CAL = "2000000101", "2000000119", "2000000127"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def agreement(world):
    return agree(world.coordinator, world.facility)


@pytest.fixture
def person(world):
    one = world.practitioner()
    world.state_everything(one)
    return one


def opened(world, person, agreement) -> Application:
    return world.application(
        person, kind="telemedicine", category=None, particulars=Particulars(agreement=agreement)
    )


# --- the agreement ----------------------------------------------------------------------------------------


def test_an_agreement_says_its_days_its_clauses_and_where_it_is_filed(world, agreement):
    held = agreed(agreement, TODAY)
    assert held.in_force
    assert held.lacks == []
    assert held.ends_on is None
    assert str(agreement) == "Northgate Medical Center: Telestroke agreement"
    services.change_agreement(
        actor=world.coordinator,
        agreement=agreement,
        name="Northgate Medical Center",
        contact="new@northgate.example",
        terms=terms(TODAY, TODAY + 30 * DAY, signed_on=TODAY - DAY, terms=("list",), filed_at="Binder 2"),
    )
    held = agreed(agreement, TODAY)
    assert [each.code for each in held.lacks] == ["governing_body", "participates", "license", "feedback"]
    assert held.period.filed_at == "Binder 2"
    assert agreed(agreement, TODAY - DAY).lacks == [], "what it said on other days stays"
    assert DistantSite.objects.get().contact == "new@northgate.example"
    services.end_agreement(
        actor=world.coordinator, agreement=agreement, last_day=TODAY + 5 * DAY, reason="Notice given"
    )
    assert agreed(agreement, TODAY + 5 * DAY).in_force
    assert not agreed(agreement, TODAY + 6 * DAY).in_force


def test_a_last_day_that_is_changed_is_the_last_day(world, agreement):
    def change(start, last_day):
        services.change_agreement(
            actor=world.coordinator, agreement=agreement, name="Northgate", contact="x",
            terms=terms(start, last_day, signed_on=dt.date(2020, 1, 1)),
        )  # fmt: skip

    change(TODAY, TODAY + 30 * DAY)
    assert agreed(agreement, TODAY).ends_on == TODAY + 30 * DAY, "nothing of the open end stays behind it"
    change(TODAY + 10 * DAY, TODAY + 20 * DAY)
    assert agreed(agreement, TODAY).ends_on == TODAY + 20 * DAY
    change(TODAY, None)
    assert agreed(agreement, TODAY).ends_on is None


def test_a_correction_of_today_leaves_what_was_agreed_ahead(world, agreement):
    def change(start, last_day, contact):
        services.change_agreement(
            actor=world.coordinator, agreement=agreement, name="Northgate", contact=contact,
            terms=terms(start, last_day, signed_on=dt.date(2020, 1, 1)),
        )  # fmt: skip

    change(TODAY, TODAY + 30 * DAY, "x")
    change(TODAY + 31 * DAY, TODAY + 400 * DAY, "x")
    change(TODAY, TODAY + 30 * DAY, "another number")
    assert agreed(agreement, TODAY + 31 * DAY).in_force
    assert agreed(agreement, TODAY + 400 * DAY).in_force
    change(TODAY, TODAY + 20 * DAY, "another number")
    assert not agreed(agreement, TODAY + 21 * DAY).in_force
    assert agreed(agreement, TODAY + 31 * DAY).in_force


def test_the_signed_paper_is_kept_encrypted_and_stays_when_the_terms_change(world):
    paper = Paper("signed.pdf", PDF)
    agreement = agree(world.coordinator, world.facility, paper=paper)
    first = agreement.periods.live().get()
    assert (first.file_name, first.media_type, first.size) == ("signed.pdf", "application/pdf", len(PDF))
    assert store.get(first.store_key, encrypted=True) == PDF
    assert store.stored_bytes(first.store_key) != PDF
    services.change_agreement(
        actor=world.coordinator, agreement=agreement, name="Northgate", contact="x", terms=terms(TODAY)
    )
    assert agreed(agreement, TODAY).period.store_key == first.store_key
    assert DistantSite.objects.get().name == "Northgate"


@pytest.mark.parametrize(
    ("more", "field", "sentence"),
    [
        ({"name": " "}, "name", "Name the distant site"),
        ({"title": ""}, "title", "what the agreement is called"),
        ({"contact": ""}, "contact", "whom to reach"),
        ({"kind": "clinic"}, "kind", "hospital or a telemedicine entity"),
        ({"filed_at": ""}, "filed_at", "where the signed agreement is filed"),
        ({"signed_on": dt.date(2020, 1, 2)}, "signed_on", "only after its first day"),
        ({"start": TODAY + DAY, "signed_on": TODAY + DAY}, "signed_on", "in the future"),
        ({"last_day": dt.date(2019, 12, 31)}, "last_day", "before the first"),
        ({"terms": ("contractor",)}, "terms", "this kind of site"),
        ({"paper": Paper("a.exe", b"MZ\x90\x00\x03")}, "paper", "not accepted"),
        ({"paper": Paper("a.pdf", b"")}, "paper", "empty"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_leaves_nothing(world, more, field, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        agree(world.coordinator, world.facility, **more)
    assert refused.value.field == field
    assert not ProxyAgreement.objects.exists()
    assert not DistantSite.objects.exists()


def test_one_site_has_several_agreements_and_each_title_once(world, agreement):
    second = agree(world.coordinator, world.facility, title="Teleradiology", name="northgate medical CENTER")
    assert second.site == agreement.site
    with pytest.raises(Refused, match="change that one") as refused:
        agree(world.coordinator, world.facility, title="telestroke AGREEMENT")
    assert refused.value.field == "title"
    with pytest.raises(Refused, match="on record as a distant-site hospital"):
        agree(world.coordinator, world.facility, title="Other", kind="entity", terms=ENTITY_TERMS)
    elsewhere = agree(world.system, world.other)
    assert elsewhere.site != agreement.site
    agree(world.coordinator, world.facility, name="Prairie Reads", kind="entity", terms=ENTITY_TERMS)
    with pytest.raises(Refused, match="Another distant site has that name"):
        services.change_agreement(
            actor=world.coordinator,
            agreement=agreement,
            name="prairie reads",
            contact="x",
            terms=terms(TODAY),
        )


@pytest.mark.parametrize(
    ("last_day", "reason", "field"),
    [
        (TODAY, "", "reason"),
        (dt.date(2019, 12, 31), "Notice", "last_day"),
        (TODAY + 11 * DAY, "Notice", "last_day"),
    ],
)
def test_an_end_that_cannot_be_is_refused(world, last_day, reason, field):
    agreement = agree(world.coordinator, world.facility, last_day=TODAY + 10 * DAY)
    with pytest.raises(Refused) as refused:
        services.end_agreement(actor=world.coordinator, agreement=agreement, last_day=last_day, reason=reason)
    assert refused.value.field == field
    assert agreed(agreement, TODAY + 10 * DAY).in_force


def test_only_who_works_files_here_writes(world, agreement):
    for actor in (world.staff_coordinator, world.compliance, world.lookup):
        with pytest.raises(Forbidden):
            agree(actor, world.facility, title="Another")
        with pytest.raises(Forbidden):
            load(actor, agreement, line(ADA))
        with pytest.raises(Forbidden):
            services.end_agreement(actor=actor, agreement=agreement, last_day=TODAY, reason="x")
    with pytest.raises(Forbidden):
        agree(world.coordinator, world.other)


def test_the_database_holds_what_an_agreement_cannot_be(world, agreement):
    period = agreement.periods.live().get()
    for change in ({"signed_on": TODAY}, {"store_key": "0" * 64}, {"terms": []}):
        with pytest.raises(Error), transaction.atomic():
            ProxyAgreementPeriod.objects.filter(pk=period.pk).update(**change)
    for thing in (agreement, period, agreement.site):
        with pytest.raises(Error), transaction.atomic():
            thing.delete()


# --- the list ---------------------------------------------------------------------------------------------


def test_each_list_replaces_the_one_before_from_its_day_on(world, agreement):
    load(world.coordinator, agreement, line(ADA, "Ada"), line(BEN, "Ben"), as_of=TODAY - 10 * DAY)
    told = load(
        world.coordinator, agreement, line(BEN, "Ben", "RAD"), line(CAL, "Cal"), as_of=TODAY - 2 * DAY
    )
    assert (told.added, told.changed, told.dropped, told.unchanged) == (1, 1, 1, 0)
    assert set(listed_on(agreement, TODAY - 3 * DAY)) == {ADA, BEN}
    assert set(listed_on(agreement, TODAY - 2 * DAY)) == {BEN, CAL}
    assert listed_on(agreement, TODAY - 3 * DAY)[BEN].privileges == ["TELE-STROKE"]
    assert listed_on(agreement, TODAY)[BEN].privileges == ["RAD"]
    back = load(world.coordinator, agreement, line(ADA, "Ada"), line(BEN, "Ben", "RAD"), as_of=TODAY)
    assert (back.added, back.changed, back.dropped, back.unchanged) == (1, 0, 1, 1)
    assert set(listed_on(agreement, TODAY - DAY)) == {BEN, CAL}, "the gap stays"
    before = clock.now()
    with clock.freeze(before + dt.timedelta(hours=1)):
        load(world.coordinator, agreement, line(ADA, "Ada"), as_of=TODAY)
    then = ListedPractitionerPeriod.objects.in_force(TODAY, before).filter(identity__agreement=agreement)
    assert {row.identity.npi for row in then} == {ADA, BEN}, "what was known then is still answered"
    assert set(listed_on(agreement, TODAY)) == {ADA}


def test_the_number_of_statements_does_not_grow_with_the_list(world, agreement):
    def cost(*lines: str, as_of: dt.date) -> int:
        with CaptureQueriesContext(connection) as asked:
            load(world.coordinator, agreement, *lines, as_of=as_of)
        return len(asked)

    npis = ["2000000101", "2000000119", "2000000127", "2000000135", "2000000143"]
    few = cost(line(npis[0]), as_of=TODAY - 2 * DAY)
    assert cost(*(line(each, "Other") for each in npis), as_of=TODAY - DAY) <= few + 2


def test_a_list_with_a_mistake_changes_nothing(world, agreement):
    load(world.coordinator, agreement, line(ADA), as_of=TODAY - DAY)
    with pytest.raises(Refused, match=r"Nothing was loaded\. Row 3, npi") as refused:
        load(world.coordinator, agreement, line(BEN), line("1"), as_of=TODAY)
    assert refused.value.field == "file"
    assert set(listed_on(agreement, TODAY)) == {ADA}
    for content, sentence in (
        (b"", "The file is empty"),
        (b"name\nAda\n", "npi"),
        (b"\xff\xfe\x00", "UTF-16"),
        (HEAD.encode(), "lists nobody"),
    ):
        with pytest.raises(Refused, match=sentence):
            services.load_list(
                actor=world.coordinator, agreement=agreement, as_of=TODAY, name="x", content=content
            )
    assert DistantSiteList.objects.count() == 1


def test_lists_go_forward_and_the_same_one_is_loaded_once(world, agreement):
    load(world.coordinator, agreement, line(ADA), as_of=TODAY - DAY)
    for day, sentence in ((TODAY - 2 * DAY, "is loaded already"), (TODAY + DAY, "to come")):
        with pytest.raises(Refused, match=sentence) as refused:
            load(world.coordinator, agreement, line(BEN), as_of=day)
        assert refused.value.field == "as_of"
    with pytest.raises(Conflict, match="Exactly this list"):
        load(world.coordinator, agreement, line(ADA), as_of=TODAY - DAY)
    confirmed = load(world.coordinator, agreement, line(ADA), as_of=TODAY)
    assert confirmed.unchanged == 1, "a list that changes nothing says that the site confirmed it"


# --- what rests on it -------------------------------------------------------------------------------------


def test_an_application_names_an_agreement_of_its_hospital_that_holds_or_will(world, person):
    ended = agree(world.coordinator, world.facility, title="Old", last_day=TODAY - DAY)
    last = agree(world.coordinator, world.facility, title="Last day", last_day=TODAY)
    ahead = agree(world.coordinator, world.facility, title="Ahead", start=TODAY + DAY, signed_on=TODAY)
    elsewhere = agree(world.system, world.other)
    assert list(agreements_offered(world.facility, TODAY)) == [ahead, last]
    for wrong in (None, ended, elsewhere):
        with pytest.raises(Refused, match=r"agreement") as refused:
            opened(world, person, wrong)
        assert refused.value.field == "agreement"
    application = opened(world, person, last)
    assert (application.agreement, application.distant_site) == (last, "Northgate Medical Center")
    with pytest.raises(Error), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(agreement=None)


def test_nothing_is_granted_without_agreement_and_list_on_the_day(world, person):
    agreement = agree(world.coordinator, world.facility, last_day=TODAY + 5 * DAY)
    application = opened(world, person, agreement)
    assert why_not_by_proxy(application, TODAY) == [
        (
            f"{person} is not on the list of Northgate Medical Center on 10 Mar 2026: the site names who is "
            "privileged there."
        )
    ]
    load(world.coordinator, agreement, line(person.npi))
    assert why_not_by_proxy(application, TODAY) == []
    assert why_not_by_proxy(application, TODAY + 5 * DAY) == []
    assert why_not_by_proxy(application, TODAY + 6 * DAY) == [
        "The agreement with Northgate Medical Center is not in force on 16 Mar 2026."
    ]
    assert why_not_by_proxy(application, TODAY - DAY)[0].startswith(str(person))


def test_whoever_is_listed_under_a_merged_record_is_listed(world, person):
    other = world.practitioner(last_name="Quill", npi=BEN)
    agreement = agree(world.coordinator, world.facility)
    load(world.coordinator, agreement, line(BEN))
    application = opened(world, person, agreement)
    assert why_not_by_proxy(application, TODAY)
    merge_records(actor=world.coordinator, keep=person, record=other, reason="The same license")
    assert why_not_by_proxy(application, TODAY) == []


def test_the_gate_says_so_before_anybody_decides(world, person):
    agreement = agree(world.coordinator, world.facility)
    application = opened(world, person, agreement)

    def leaf():
        return next(each for each in completeness(application).children if each.code == "CR-PROXY")

    assert not leaf().met
    assert "not on the list of Northgate" in leaf().sentence
    load(world.coordinator, agreement, line(person.npi))
    assert leaf().met
    assert "names no license of OH" in leaf().sentence
    load(world.coordinator, agreement, line(person.npi, state="OH", number="1"))
    assert leaf().sentence == "The agreement is in force, and the person is on the site's list."
    other = world.practitioner(last_name="Abbot", npi=CAL)
    assert "CR-PROXY" not in {each.code for each in completeness(world.application(other)).children}


# --- Today ------------------------------------------------------------------------------------------------


def today(world) -> list[tuple[str, str]]:
    number, items = distant_agreements(world.coordinator, world.facility, 10)
    assert number == len(items)
    return [(item.title, item.detail) for item in items]


def test_today_tells_what_ends_soon_and_what_is_missing(world):
    assert today(world) == []
    agree(world.coordinator, world.facility, title="Far", last_day=TODAY + 91 * DAY)
    agree(world.coordinator, world.facility, title="Near", last_day=TODAY + 90 * DAY)
    agree(world.coordinator, world.facility, title="Over", last_day=TODAY - DAY)
    for each in ProxyAgreement.objects.all():
        load(world.coordinator, each, line(ADA))
    assert today(world) == [("Northgate Medical Center", "Near ends")]
    agree(world.coordinator, world.facility, title="Bare", terms=("list", "license"))
    with CaptureQueriesContext(connection) as asked:
        found = today(world)
    assert ("Northgate Medical Center", ("Bare: 3 of the terms and the list of practitioners the regulation "
            "asks for are missing")) in found  # fmt: skip
    assert len(asked) <= 6


# --- pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def office(world, client):
    client.force_login(world.coordinator)
    return client


def form_of(**more) -> dict:
    answered = {f"clause_{code}": "yes" for code in HOSPITAL_TERMS}
    return {
        "name": "Northgate", "contact": "555 0199", "title": "Telestroke", "start": "2026-01-01",
        "signed_on": "2025-12-01", "filed_at": "Contract 12", **answered,
    } | more  # fmt: skip


def test_an_agreement_is_recorded_and_changed_on_the_page(office, world):
    empty = office.get("/distant-sites/").content.decode()
    assert "No agreement here." in empty
    page = office.get("/distant-sites/add/hospital/").content.decode()
    assert "42 CFR 482.22(a)(3)(iv)" in page
    assert "482.12(a)(9)" not in page
    assert "482.12(a)(9)" in office.get("/distant-sites/add/entity/").content.decode()
    assert office.get("/distant-sites/add/clinic/").status_code == 404
    bad = office.post("/distant-sites/add/hospital/", form_of(clause_list=""))
    assert bad.status_code == 422
    assert "Say whether the agreement contains it." in bad.content.decode()
    paper = io.BytesIO(PDF)
    paper.name = "signed.pdf"
    answer = office.post("/distant-sites/add/hospital/", form_of(clause_feedback="no", paper=paper))
    made = ProxyAgreement.objects.get()
    here = f"/distant-sites/{made.uid}/"
    assert answer.headers["Location"] == here
    page = office.get(here).content.decode()
    assert "does not contain everything it must: 42 CFR 482.22(a)(3)(iv)." in page
    assert "has given no list" in page
    assert "No copy of the signed agreement" not in page
    fetched = office.get(f"{here}paper/")
    assert fetched.content == PDF
    assert "attachment" in fetched["Content-Disposition"]
    edit = office.get(f"{here}edit/").content.decode()
    assert 'value="2026-01-01"' in edit
    given = form_of(last_day="2027-12-31")
    del given["title"]
    assert office.post(f"{here}edit/", given).status_code == 303
    assert agreed(made, TODAY).lacks == []
    assert agreed(made, TODAY).period.end == dt.date(2027, 12, 31)
    ending = office.post(f"{here}end/", {"last_day": "2026-06-30", "reason": "Notice given"})
    assert ending.status_code == 303
    assert agreed(made, TODAY).ends_on == dt.date(2026, 6, 30)
    assert office.post(f"{here}end/", {"last_day": "2030-01-01", "reason": "x"}).status_code == 422


def upload(office, agreement, text: str, as_of: str = "2026-03-10"):
    file = io.BytesIO(text.encode())
    file.name = "list.csv"
    return office.post(f"/distant-sites/{agreement.uid}/load/", {"as_of": as_of, "file": file})


def test_a_list_is_looked_at_before_it_is_loaded(office, world, agreement):
    load(world.coordinator, agreement, line(ADA, "Ada Min"), as_of=TODAY - DAY)
    shown = upload(office, agreement, HEAD + line(BEN, "Ben Oak"))
    page = shown.content.decode()
    assert "1 new, 0 changed, 1 not on the list any more" in page
    assert "Ada Min, NPI 2000000101" in page
    assert 'name="as_of" value="2026-03-10"' in page
    assert set(listed_on(agreement, TODAY)) == {ADA}, "nothing is loaded yet"
    sure = {"as_of": "2026-03-10", "name": "list.csv", "text": HEAD + line(BEN, "Ben Oak")}
    answer = office.post(f"/distant-sites/{agreement.uid}/load/", sure)
    assert answer.headers["Location"] == f"/distant-sites/{agreement.uid}/practitioners/"
    assert set(listed_on(agreement, TODAY)) == {BEN}
    again = office.post(f"/distant-sites/{agreement.uid}/load/", sure)
    assert again.status_code == 409
    bad = upload(office, agreement, HEAD + line("1", "Ben Oak") + line(BEN, "", ""))
    assert bad.status_code == 422
    page = bad.content.decode()
    assert "Row 2, npi: “1” is no NPI." in page
    assert "Row 3, name: the name is missing." in page
    assert upload(office, agreement, HEAD, as_of="soon").status_code == 422
    assert upload(office, agreement, HEAD + line(BEN), as_of="2026-03-01").status_code == 422


def test_the_page_of_the_list_says_who_is_missing_what_and_leaves_as_csv(office, world, person):
    agreement = listed(world.coordinator, world.facility, person, start=dt.date(2020, 1, 1))
    load(
        world.coordinator, agreement,
        line(person.npi, "Marisol Quillfeather", state="OH", number="1"), line(BEN, "Ben Oak"),
    )  # fmt: skip
    with clock.freeze(clock.now() + DAY):
        load(world.coordinator, agreement, line(BEN, "Ben Oak"))
        application = opened(world, person, agreement)
        here = f"/distant-sites/{agreement.uid}/practitioners/"
        with CaptureQueriesContext(connection) as asked:
            page = office.get(here).content.decode()
        assert len(asked) <= 20
        assert "Not on the list any more" in page
        assert "No license of this state" in page
        assert reverse("credentialing:file", args=[application.uid]) in page
        found = {}
        for state in ("listed", "unlicensed", "dropped"):
            text = "".join(
                part.decode() for part in office.get(f"{here}?state={state}&format=csv").streaming_content
            )
            found[state] = [row["NPI"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))]
        assert found == {"listed": [], "unlicensed": [BEN], "dropped": [person.npi]}
        assert AuditEvent.objects.filter(verb="distant_list.exported").count() == 3
        assert "Ben Oak" in office.get(f"{here}?q=oak").content.decode()
        assert "Ben Oak" not in office.get(f"{here}?q=quill").content.decode()
        main = office.get(f"/distant-sites/{agreement.uid}/").content.decode()
        assert "names no license of OH for 1 practitioner." in main
        assert "Marisol" in main


def test_the_list_of_agreements_is_searched_narrowed_and_exported(office, world, agreement):
    agree(world.coordinator, world.facility, title="Old reads", name="Prairie Reads", kind="entity",
          terms=ENTITY_TERMS, last_day=TODAY - DAY)  # fmt: skip
    load(world.coordinator, agreement, line(ADA), line(BEN, state="OH", number="1"))
    page = office.get("/distant-sites/").content.decode()
    assert "Northgate" in page
    assert "Prairie Reads" in page
    assert (
        "Prairie" not in office.get("/distant-sites/?state=in_force").content.decode().split("list-count")[1]
    )
    assert "Northgate" not in office.get("/distant-sites/?q=prairie").content.decode().split("list-count")[1]
    text = "".join(each.decode() for each in office.get("/distant-sites/?format=csv").streaming_content)
    rows = {row["Distant site"]: row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))}
    assert rows["Northgate Medical Center"]["Status"] == "In force"
    assert rows["Northgate Medical Center"]["On the list"] == "2"
    assert rows["Northgate Medical Center"]["No license here"] == "1"
    assert rows["Prairie Reads"]["Status"] == "Ended"


def test_another_hospital_sees_nothing_of_it(world, client, agreement):
    stranger = world.user("Quinn Far", "director", facility=world.other)
    client.force_login(stranger)
    for part in ("", "practitioners/", "paper/", "edit/", "load/", "end/"):
        assert client.get(f"/distant-sites/{agreement.uid}/{part}").status_code in (403, 404)
    assert "Northgate" not in client.get("/distant-sites/").content.decode()
