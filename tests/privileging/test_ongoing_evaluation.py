"""Ongoing evaluation: cycles for everybody, deliveries, a planted outlier, the chair, what follows."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import SeatRole
from bylaws.services.committees import form_committee, seat_member
from config.accounts.choices import Role
from config.accounts.permissions import ROLE_CLASSES
from config.accounts.services.tokens import issue_token
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.registries import queues
from config.rulebook.choices import Confidence
from practitioners.services.merging import merge_records
from privileging.choices import FPPEReason
from privileging.models import OPPEBatch, OPPECycle, OPPEIndicator, OPPEProfile, OPPEValue, PrivilegeForm
from privileging.parameters import OPPE_MIN_PEERS
from privileging.rules.evaluated import gather_profiled
from privileging.rules.oppe import Place
from privileging.selectors.oppe import view_of
from privileging.services.catalogue import EXAMPLES, load_catalogue
from privileging.services.evaluations import open_fppe
from privileging.services.indicators import add_indicator, load_indicators
from privileging.services.oppe import (
    load_values,
    look_at_delivery,
    open_cycle,
    put_before_chair,
    sign_profile,
)
from tests.privileging.conftest import NPIS, TODAY, appoint, grant, licensed, line_of, set_parameter

pytestmark = pytest.mark.django_db
PAGE = 20
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
INFECTIONS = "surgical-infections"


def adopt(world):
    for code, value in (
        ("oppe_months", 12), ("oppe_min_volume", 20), ("oppe_min_peers", 4), ("oppe_inner_limit", 950),
        ("oppe_outer_limit", 998),
    ):  # fmt: skip
        set_parameter(world.system, f"privileging.{code}", value)
    load_indicators(actor=world.system)


@pytest.fixture
def policy(world):
    adopt(world)


@pytest.fixture
def surgeons(world, policy, person):
    """Six with privileges; the last did nothing all year."""
    found = []
    for number in range(6):
        one = person(f"Surgeon{'abcdef'[number]}x", "Pat")
        licensed(world, one)
        appoint(world, one)
        grant(world, one)
        found.append(one)
    return found


@pytest.fixture
def quality(user):
    return user(Role.QUALITY_COORDINATOR)


@pytest.fixture
def chair(world, user):
    one = user(Role.DEPARTMENT_CHAIR)
    committee = form_committee(
        actor=world.system,
        facility=world.lakeside,
        kind="department",
        name="Surgery",
        department=world.surgery,
    )
    seat_member(
        actor=world.system, committee=committee, user=one, seat_role=SeatRole.CHAIR, votes=True,
        start=dt.date(2020, 1, 1),
    )  # fmt: skip
    return one


def row(npi, numerator, denominator, *, first=FIRST, last=dt.date(2026, 3, 31), indicator=INFECTIONS):
    return {
        "npi": npi, "indicator": indicator, "from": first.isoformat(), "through": last.isoformat(),
        "numerator": str(numerator), "denominator": "" if denominator is None else str(denominator),
    }  # fmt: skip


def values():
    """Four as chance has it, the fifth far outside; the sixth has none."""
    return [row(NPIS[number], 2, 100) for number in range(4)] + [row(NPIS[4], 14, 100)]


@pytest.fixture
def cycle(world, quality, surgeons):
    cycle = open_cycle(actor=quality, facility=world.lakeside, first_day=FIRST, last_day=LAST)
    load_values(actor=quality, facility=world.lakeside, name="First half", given=values())
    return cycle


def of(one) -> OPPEProfile:
    return OPPEProfile.objects.select_related("cycle__facility", "practitioner", "form").get(practitioner=one)


def line(one):
    return next(each for each in view_of(of(one)).lines if each.indicator.code == INFECTIONS)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def at(name, thing):
    return reverse(f"privileging:{name}", args=[thing.uid])


def queue(code):
    return next(each for each in queues.all() if each.code == code)


class TestCycles:
    def test_everybody_with_privileges_has_a_profile_without_a_single_case_too(self, cycle, surgeons):
        assert cycle.profiles.count() == 6
        assert view_of(of(surgeons[0])).state.label == "Data loaded"
        assert view_of(of(surgeons[5])).state.label == "Waits for data"
        assert view_of(of(surgeons[5])).without_cases

    def test_membership_alone_has_none(self, world, quality, surgeons, person):
        appoint(world, person("Honorary"))
        cycle = open_cycle(actor=quality, facility=world.lakeside, first_day=FIRST, last_day=LAST)
        assert cycle.profiles.count() == 6

    @pytest.mark.parametrize(("last", "fits"), [(dt.date(2026, 12, 31), True), (dt.date(2027, 1, 1), False)])
    def test_twelve_months_and_not_a_day_more(self, world, quality, surgeons, last, fits):
        if fits:
            assert open_cycle(actor=quality, facility=world.lakeside, first_day=FIRST, last_day=last)
        else:
            with pytest.raises(Refused, match="at most 12 months"):
                open_cycle(actor=quality, facility=world.lakeside, first_day=FIRST, last_day=last)

    def test_they_neither_overlap_nor_run_backwards(self, world, quality, cycle):
        with pytest.raises(Refused, match="covers some of these days"):
            open_cycle(actor=quality, facility=world.lakeside, first_day=LAST, last_day=dt.date(2026, 12, 1))
        with pytest.raises(Refused, match="before the first") as backwards:
            open_cycle(actor=quality, facility=world.lakeside, first_day=LAST, last_day=FIRST)
        assert backwards.value.field == "last_day"
        with pytest.raises(IntegrityError, match="oppe_cycles_do_not_overlap"), transaction.atomic():
            OPPECycle.objects.create(
                facility=world.lakeside, period=cycle.period, opened_at=clock.now(), opened_by=world.system
            )


class TestDeliveries:
    def test_all_or_nothing(self, world, quality, surgeons):
        wrong = [*values(), row("1999999999", 1, 10), row(NPIS[0], 1, 10, indicator="unknown")]
        with pytest.raises(Refused, match=r"Nothing was loaded\. Row 7, npi.*Row 8, indicator"):
            load_values(actor=quality, facility=world.lakeside, name="x", given=wrong)
        assert not OPPEValue.objects.exists()

    def test_the_same_days_replace_and_others_that_touch_them_are_refused(
        self, world, quality, cycle, surgeons
    ):
        load_values(actor=quality, facility=world.lakeside, name="Corrected", given=[row(NPIS[4], 3, 100)])
        assert line(surgeons[4]).own.numerator == 3
        assert OPPEValue.objects.filter(practitioner=surgeons[4]).count() == 2
        with pytest.raises(Refused, match="covers some of these days"):
            load_values(
                actor=quality, facility=world.lakeside, name="x",
                given=[row(NPIS[4], 3, 100, last=dt.date(2026, 2, 28))],
            )  # fmt: skip

    def test_delivered_twice_it_is_refused_and_after_another_one_it_is_a_correction(
        self, world, quality, cycle, surgeons
    ):
        def load(*given):
            load_values(actor=quality, facility=world.lakeside, name="x", given=given)

        with pytest.raises(Conflict, match="delivered already"):
            load(*values())
        load(row(NPIS[4], 3, 100))
        load(*values())  # the same as at first: what came between is taken back
        assert line(surgeons[4]).own.numerator == 14
        with pytest.raises(Conflict, match="delivered already"):
            load(row(NPIS[4], 14, 100))

    def test_of_a_merged_person_the_same_days_replace_and_nothing_counts_twice(
        self, world, quality, cycle, surgeons, person
    ):
        survivor = person("Survivor")
        merge_records(actor=world.system, keep=survivor, record=surgeons[4], reason="The same license")
        given = row(survivor.npi, 3, 100)
        load_values(actor=quality, facility=world.lakeside, name="Corrected", given=[given])
        assert OPPEValue.objects.filter(superseded_by=None).count() == 5
        given = row(survivor.npi, 1, 50, first=dt.date(2026, 4, 1), last=LAST)
        load_values(actor=quality, facility=world.lakeside, name="Next", given=[given])
        assert (line(surgeons[4]).own.numerator, line(surgeons[4]).own.denominator) == (4, 150)
        assert line(surgeons[0]).comparison.peers == 4
        assert cycle.profiles.count() == 6  # none was added for the survivor

    def test_another_hospital_s_people_are_nobody_here(self, world, user, surgeons):
        other = user(Role.QUALITY_COORDINATOR, facility=world.harbor)
        with pytest.raises(Refused, match="nobody with privileges here"):
            load_values(actor=other, facility=world.harbor, name="x", given=values())
        with pytest.raises(Forbidden):
            load_values(actor=other, facility=world.lakeside, name="x", given=values())

    def test_by_api_with_the_same_rules(self, client, world, quality, surgeons):
        _, secret = issue_token(actor=quality, name="Quality system")
        sent = {
            "facility": "LAKE",
            "name": "From the quality system",
            "values": [
                {"npi": NPIS[0], "indicator": INFECTIONS, "first_day": "2026-01-01",
                 "last_day": "2026-03-31", "numerator": 1, "denominator": 40},
            ],
        }  # fmt: skip
        address = reverse("api:oppe-values-list")

        def post(data):
            return client.post(
                address, data, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
            )

        assert post(sent).status_code == 201
        assert OPPEBatch.objects.get().number == 1
        listed = client.get(address, headers={"Authorization": f"Bearer {secret}"}).json()
        assert [(each["facility"], each["values"]) for each in listed] == [("LAKE", 1)]
        assert post(sent).status_code == 409
        sent["values"][0] |= {"numerator": 41}
        refused = post(sent)
        assert refused.status_code == 422
        assert "Row 1, numerator" in refused.content.decode()


class TestOneAtATime:
    """What adds profiles or values takes the facility first: of two at once the later sees the earlier."""

    def order(self, seen) -> tuple[int, int]:
        """Of the statements the first that locks the facility, and the first that reads what it guards."""
        said = [each["sql"] for each in seen]
        locked = next(
            (n for n, sql in enumerate(said) if "NO KEY UPDATE" in sql and "organization_facility" in sql),
            len(said),
        )
        guarded = ("privileging_oppeprofile", "privileging_oppevalue")
        return locked, next(n for n, sql in enumerate(said) if any(table in sql for table in guarded))

    def test_a_delivery(self, world, quality, cycle):
        with CaptureQueriesContext(connection) as seen:
            load_values(actor=quality, facility=world.lakeside, name="x", given=[row(NPIS[4], 3, 100)])
        locked, looked = self.order(seen)
        assert locked < looked

    def test_what_goes_before_the_chair(self, quality, cycle):
        with CaptureQueriesContext(connection) as seen:
            put_before_chair(actor=quality, cycle=cycle)
        locked, looked = self.order(seen)
        assert locked < looked


class TestAmongPeers:
    def test_the_planted_outlier_and_nobody_else(self, cycle, surgeons):
        places = [line(one).comparison.place for one in surgeons]
        assert places == [Place.WITHIN] * 4 + [Place.OUTSIDE, Place.NO_DATA]
        assert line(surgeons[4]).value == "14.0 % (14 of 100 operations)"
        assert line(surgeons[4]).peers == "2.0 %"

    def test_a_value_counts_in_the_cycle_in_which_it_ends(self, world, quality, cycle, surgeons):
        load_values(
            actor=quality, facility=world.lakeside, name="Later",
            given=[row(NPIS[0], 9, 50, first=dt.date(2026, 7, 1), last=dt.date(2026, 9, 30))],
        )  # fmt: skip
        assert line(surgeons[0]).own.denominator == 100
        assert len(line(surgeons[0]).trend.points) == 2

    def test_what_nobody_has_confirmed_is_said(self, client, world, chair, quality, cycle, surgeons):
        assert view_of(of(surgeons[0])).unconfirmed == ()  # the fixture adopts them
        set_parameter(
            world.system, "privileging.oppe_min_peers", 4, facility=world.lakeside,
            confidence=Confidence.UNCONFIRMED,
        )  # fmt: skip
        assert view_of(of(surgeons[0])).unconfirmed == (OPPE_MIN_PEERS.title,)
        client.force_login(quality)
        assert OPPE_MIN_PEERS.title in text_of(client.get(at("oppe_profile", of(surgeons[0]))))


class TestTwoSpecialties:
    """Whoever holds privileges on two forms is compared in both, and counted once."""

    RETURNS = "returns-72"  # of emergency medicine; the infections are of surgery

    @pytest.fixture
    def people(self, world, person):
        """Five surgeons, five emergency physicians, and a surgeon who works in the emergency too."""
        load_catalogue(
            actor=world.system, facilities=[world.lakeside], paths=[EXAMPLES / "emergency_medicine.yaml"]
        )
        adopt(world)

        def member(last, *codes):
            one = person(last, "Pat")
            licensed(world, one)
            appoint(world, one)
            for code in codes:
                grant(world, one, code)
            return one

        surgeons = [member(f"Surgeon{letter}x", "GS-LAP-CHOLE") for letter in "abcde"]
        emergency = [member(f"Emergency{letter}x", "EM-CARE") for letter in "abcde"]
        both = member("Bothways", "GS-LAP-CHOLE", "GS-COLECTOMY", "EM-CARE")
        return SimpleNamespace(surgeons=surgeons, emergency=emergency, both=both)

    @pytest.fixture
    def cycle(self, world, quality, people):
        return open_cycle(actor=quality, facility=world.lakeside, first_day=FIRST, last_day=LAST)

    def load(self, world, quality, given):
        load_values(actor=quality, facility=world.lakeside, name="Values", given=given)

    def lines(self, one, form):
        profile = OPPEProfile.objects.select_related("cycle__facility", "practitioner", "form").get(
            practitioner=one, form__code=form
        )
        return {each.indicator.code: each for each in view_of(profile).lines}

    def test_a_profile_in_each_and_what_is_held_most_is_the_main_one(self, client, quality, people):
        client.force_login(quality)
        opened = client.post(reverse("privileging:oppe_cycle"), {"first_day": FIRST, "last_day": LAST})
        said = text_of(client.get(opened["Location"]))
        assert "The cycle is open with 12 profiles of 11 people." in said
        profiles = OPPEProfile.objects.filter(practitioner=people.both)
        assert sorted(profiles.values_list("form__code", "main")) == [("EM", False), ("GS", True)]
        page = text_of(client.get(at("oppe_profile", profiles.get(form__code="GS"))))
        assert "In other specialties" in page
        assert at("oppe_profile", profiles.get(form__code="EM")) in page

    def test_compared_in_each_with_its_indicators_and_with_everybody_s_once(
        self, world, quality, people, cycle
    ):
        given = [row(one.npi, 2, 100) for one in (*people.surgeons, people.both)]
        given += [row(one.npi, 2, 100, indicator=self.RETURNS) for one in people.emergency]
        given += [row(people.both.npi, 14, 100, indicator=self.RETURNS)]
        given += [
            row(one.npi, 1, None, indicator="complaints")
            for one in (*people.surgeons, *people.emergency, people.both)
        ]
        self.load(world, quality, given)
        surgery, emergency = self.lines(people.both, "GS"), self.lines(people.both, "EM")
        assert surgery[INFECTIONS].comparison.place == Place.WITHIN
        assert self.RETURNS not in surgery
        assert emergency[self.RETURNS].comparison.place == Place.OUTSIDE
        assert emergency[self.RETURNS].comparison.peers == 5
        assert {"complaints", INFECTIONS}.isdisjoint(emergency)
        assert surgery["complaints"].comparison.peers == 5
        # Of what concerns everybody nobody is a peer twice.
        assert self.lines(people.emergency[0], "EM")["complaints"].comparison.peers == 4
        assert self.lines(people.surgeons[0], "GS")["complaints"].comparison.peers == 5
        assert self.lines(people.emergency[0], "EM")[self.RETURNS].comparison.peers == 5

    @pytest.fixture
    def shared_indicator(self, quality, people):
        """Belongs to both specialties."""
        forms = PrivilegeForm.objects.filter(code__in=("GS", "EM"))
        return add_indicator(
            actor=quality,
            code="pages",
            name="Pages answered late",
            kind="rate",
            per="pages",
            forms=list(forms),
        )

    def of(self, one, specialty, numerator, denominator=100, **more):
        return row(one.npi, numerator, denominator, indicator="pages", **more) | {"specialty": specialty}

    def test_what_is_delivered_for_one_specialty_counts_in_it_alone(
        self, world, quality, people, cycle, shared_indicator
    ):
        later = {"first": dt.date(2026, 4, 1), "last": dt.date(2026, 6, 30)}
        given = [self.of(people.both, "GS", 2), self.of(people.both, "EM", 30)]
        given += [self.of(people.both, "", 3, 50, **later)]
        given += [self.of(one, "GS", 2) for one in people.surgeons]
        given += [self.of(one, "", 2) for one in people.emergency]
        self.load(world, quality, given)
        surgery, emergency = (self.lines(people.both, form)["pages"] for form in ("GS", "EM"))
        assert (surgery.own.numerator, surgery.own.denominator) == (5, 150), "with what is of all their work"
        assert (emergency.own.numerator, emergency.own.denominator) == (33, 150)
        assert surgery.comparison.place == Place.WITHIN
        assert emergency.comparison.place == Place.OUTSIDE
        assert self.lines(people.surgeons[0], "GS")["pages"].comparison.peers == 5
        with pytest.raises(Conflict):
            self.load(world, quality, given)
        self.load(world, quality, [self.of(people.both, "EM", 1)])
        emergency = self.lines(people.both, "EM")["pages"]
        assert (emergency.own.numerator, emergency.own.denominator) == (4, 150), "the same days replace it"
        assert self.lines(people.both, "GS")["pages"].own.numerator == 5

    def test_nothing_is_counted_twice_and_a_specialty_is_one_of_theirs(
        self, world, quality, people, cycle, shared_indicator
    ):
        self.load(world, quality, [self.of(people.both, "GS", 2), self.of(people.surgeons[0], "", 2)])

        def wrong(*given):
            looked = look_at_delivery(actor=quality, facility=world.lakeside, given=given)
            return [str(each) for each in looked.mistakes]

        shorter = {"last": FIRST + dt.timedelta(days=9)}
        assert "a value of GS from" in wrong(self.of(people.both, "", 2, **shorter))[0]
        of_all = wrong(self.of(people.surgeons[0], "GS", 2, **shorter))
        assert "a value of all of their work from" in of_all[0]
        assert wrong(self.of(people.surgeons[1], "GS", 2), self.of(people.surgeons[1], "", 2)) == [
            "Row 3, from: row 2 covers some of these days."
        ]
        assert wrong(self.of(people.surgeons[1], "EM", 2)) == [
            f"Row 2, specialty: the NPI {people.surgeons[1].npi} holds nothing here of EM."
        ]
        assert wrong(row(people.both.npi, 2, 100) | {"specialty": "EM"}) == [
            f"Row 2, specialty: “EM” is no specialty of {INFECTIONS}: it belongs to GS."
        ]
        complaint = row(people.both.npi, 1, None, indicator="complaints") | {"specialty": "EM"}
        assert wrong(complaint) == [
            "Row 2, specialty: “EM” is no specialty of complaints: it concerns everybody."
        ]

    @pytest.mark.parametrize(("first", "second"), [("", "GS"), ("GS", "")])
    def test_the_database_counts_nothing_twice_either(
        self, world, quality, people, cycle, shared_indicator, first, second
    ):
        self.load(world, quality, [self.of(people.both, first, 2)])
        value = OPPEValue.objects.get(indicator=shared_indicator)
        form = PrivilegeForm.objects.get(code="GS") if second else None
        value.pk, value.form = None, form
        with pytest.raises(IntegrityError, match="oppe_values_do_not_overlap"), transaction.atomic():
            value.save(force_insert=True)

    def test_by_specialty_takes_the_place_of_all_their_work_and_back(
        self, world, quality, people, cycle, shared_indicator
    ):
        """What was delivered the one way is delivered the other: the same days replace it."""

        def of_both(form):
            own = self.lines(people.both, form)["pages"].own
            return (own.numerator, own.denominator)

        self.load(world, quality, [self.of(people.both, "", 9)])
        split = [self.of(people.both, "GS", 2, 40), self.of(people.both, "EM", 7, 60)]
        looked = look_at_delivery(actor=quality, facility=world.lakeside, given=split)
        assert (looked.mistakes, looked.replaces) == ([], 1)
        self.load(world, quality, split)
        assert (of_both("GS"), of_both("EM")) == ((2, 40), (7, 60))
        with pytest.raises(Conflict):
            self.load(world, quality, split)
        whole = [self.of(people.both, "", 8)]
        assert look_at_delivery(actor=quality, facility=world.lakeside, given=whole).replaces == 2
        self.load(world, quality, whole)
        assert (of_both("GS"), of_both("EM")) == ((8, 100), (8, 100))
        assert OPPEValue.objects.filter(indicator=shared_indicator, superseded_by=None).count() == 1

    def test_zero_volume_in_one_of_them_is_data(self, world, quality, people, cycle):
        self.load(world, quality, [row(people.both.npi, 2, 100)])
        profiles = OPPEProfile.objects.select_related("cycle__facility", "practitioner", "form")
        assert view_of(profiles.get(practitioner=people.both, form__code="EM")).without_cases
        assert not view_of(profiles.get(practitioner=people.both, form__code="GS")).without_cases

    def test_another_specialty_that_comes_later_has_its_profile_once_values_come(
        self, world, quality, people, cycle
    ):
        for code in ("EM-CARE", "EM-INTUBATION"):
            grant(world, people.surgeons[0], code, start=dt.date(2026, 6, 1))
        self.load(world, quality, [row(NPIS[1], 2, 100)])
        self.load(world, quality, [row(NPIS[2], 2, 100)])
        found = OPPEProfile.objects.filter(practitioner=people.surgeons[0])
        assert sorted(found.values_list("form__code", "main")) == [("EM", False), ("GS", True)]
        with pytest.raises(IntegrityError, match="one_main_profile"), transaction.atomic():
            found.update(main=True)

    def test_each_is_signed_and_the_compliance_rule_waits_for_both(
        self, world, quality, chair, people, cycle
    ):
        put_before_chair(actor=quality, cycle=cycle)
        through = []
        for profile in OPPEProfile.objects.filter(practitioner=people.both).order_by("pk"):
            before = clock.now()
            with clock.freeze(before + dt.timedelta(hours=len(through) + 1)):
                sign_profile(actor=chair, profile=profile, conclusion="low_volume")
                through.append(self.through(world, people.both, None))
                assert self.through(world, people.both, before) is None
        assert through == [None, LAST]

    def through(self, world, one, known_at):
        return gather_profiled(world.lakeside, TODAY, known_at, [one.pk])[one.pk]["through"]


class TestTheChair:
    @pytest.fixture
    def before(self, quality, cycle):
        put_before_chair(actor=quality, cycle=cycle)

    def test_not_before_the_cycle_is_over(self, world, quality, surgeons):
        running = open_cycle(
            actor=quality,
            facility=world.lakeside,
            first_day=dt.date(2026, 7, 1),
            last_day=dt.date(2026, 12, 31),
        )
        with pytest.raises(Refused, match="its data is not complete before"):
            put_before_chair(actor=quality, cycle=running)

    def test_a_trigger_is_explained_and_proposes_and_opens_nothing(
        self, world, quality, chair, before, surgeons
    ):
        outlier = surgeons[4]
        with pytest.raises(Refused, match="Say in words"):
            sign_profile(actor=chair, profile=of(outlier), conclusion="trigger_fppe")
        sign_profile(
            actor=chair, profile=of(outlier), conclusion="trigger_fppe", words="Seven times the rate."
        )
        assert not outlier.fppe_plans.exists()
        event = AuditEvent.objects.get(verb="oppe.signed")
        assert "rate" not in f"{event.reason}{event.data}"
        waits = queue("oppe_triggers")
        assert waits.items(quality, world.lakeside, 5)[0] == 1
        with clock.freeze(clock.now() + dt.timedelta(hours=1)):
            open_fppe(
                actor=quality, practitioner=outlier, facility=world.lakeside, reason=FPPEReason.FOR_CAUSE,
                privilege_ids=[line_of("GS-LAP-CHOLE").privilege_id], grounds="Infections",
            )  # fmt: skip
        assert waits.items(quality, world.lakeside, 5)[0] == 0

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"conclusion": "no_concern"}, "proposal"),
            ({"conclusion": "no_concern", "words": "Fine"}, "proposal"),
            ({"conclusion": "no_concern", "proposal": "declined"}, "words"),
            ({"proposal": "declined", "words": "Fine"}, "conclusion"),
            ({"proposal": "accepted"}, "words"),
            ({"conclusion": "trigger_fppe", "proposal": "declined", "words": "x"}, "conclusion"),
            ({"conclusion": "watch", "proposal": "accepted", "words": "x"}, "conclusion"),
            ({"conclusion": "watch", "proposal": "perhaps", "words": "x"}, "proposal"),
        ],
    )
    def test_an_outlier_proposes_one_and_the_chair_says_yes_or_no(self, chair, before, surgeons, said, field):
        with pytest.raises(Refused) as refused:
            sign_profile(actor=chair, profile=of(surgeons[4]), **said)
        assert refused.value.field == field
        assert of(surgeons[4]).status == "chair_review"

    def test_no_concern_on_an_outlier_needs_words_and_is_kept_as_declined(
        self, client, chair, before, surgeons
    ):
        client.force_login(chair)
        page = text_of(client.get(at("oppe_profile", of(surgeons[4]))))
        assert "Do you propose a focused evaluation?" in page
        assert "Surgical site infections, outside the limits" in page
        assert "Do you propose" not in text_of(client.get(at("oppe_profile", of(surgeons[0]))))
        sign = at("oppe_sign", of(surgeons[4]))
        said = {"proposal": "declined", "conclusion": "no_concern"}
        assert client.post(sign, said).status_code == 422
        assert client.post(sign, said | {"words": "Burn patients."}).status_code == 303
        profile = of(surgeons[4])
        assert (profile.conclusion, profile.proposal) == ("no_concern", "declined")
        assert "though the numbers proposed one" in text_of(client.get(at("oppe_profile", profile)))

    def test_a_count_at_the_limit_of_the_policy_proposes_one_too(
        self, world, quality, chair, before, surgeons
    ):
        OPPEIndicator.objects.filter(code="complaints").update(trigger_at=3)
        load_values(
            actor=quality, facility=world.lakeside, name="Complaints",
            given=[row(NPIS[0], 3, None, indicator="complaints")],
        )  # fmt: skip
        assert view_of(of(surgeons[0])).proposing == ("Complaints received, at the limit of the policy",)
        with pytest.raises(Refused, match="say yes or no"):
            sign_profile(actor=chair, profile=of(surgeons[0]), conclusion="no_concern", words="Fine")
        signed = sign_profile(
            actor=chair, profile=of(surgeons[0]), proposal="accepted", words="Three in a year."
        )
        assert (signed.conclusion, signed.proposal) == ("trigger_fppe", "accepted")

    def test_where_nothing_proposes_one_there_is_nothing_to_answer(self, chair, before, surgeons):
        signed = sign_profile(
            actor=chair, profile=of(surgeons[0]), conclusion="trigger_fppe", words="Seen on the ward.",
            proposal="declined",
        )  # fmt: skip
        assert (signed.conclusion, signed.proposal) == ("trigger_fppe", "")

    def test_a_trigger_is_followed_where_the_profile_stands_under_a_merged_record(
        self, world, quality, chair, before, surgeons, person
    ):
        outlier, survivor = surgeons[4], person("Survivor")
        grant(world, survivor, "GS-BARIATRIC")
        sign_profile(actor=chair, profile=of(outlier), conclusion="trigger_fppe", words="Seven times.")
        merge_records(actor=world.system, keep=survivor, record=outlier, reason="The same license")
        assert queue("oppe_triggers").items(quality, world.lakeside, 5)[0] == 1
        with clock.freeze(clock.now() + dt.timedelta(hours=1)):
            open_fppe(
                actor=quality, practitioner=survivor, facility=world.lakeside, reason=FPPEReason.FOR_CAUSE,
                privilege_ids=[line_of("GS-BARIATRIC").privilege_id], grounds="Infections",
            )  # fmt: skip
        assert queue("oppe_triggers").items(quality, world.lakeside, 5)[0] == 0

    def test_numbers_delivered_later_change_nothing_that_was_signed_and_are_told(
        self, client, world, quality, chair, before, surgeons
    ):
        outlier = surgeons[4]
        sign_profile(
            actor=chair,
            profile=of(outlier),
            conclusion="watch",
            words="Seven times the rate.",
            proposal="declined",
        )
        as_signed = view_of(of(outlier))
        assert as_signed.since == ()
        load_values(actor=quality, facility=world.lakeside, name="Corrected", given=[
            row(NPIS[4], 3, 100), row(NPIS[0], 9, 100)
        ])  # fmt: skip
        later = view_of(of(outlier))
        assert later.lines == as_signed.lines
        assert line(outlier).comparison.place == Place.OUTSIDE
        (told,) = later.since
        assert told == (
            "Surgical site infections: 3.0 % (3 of 100 operations) now, "
            "14.0 % (14 of 100 operations) when it was signed."
        )
        client.force_login(chair)
        page = text_of(client.get(at("oppe_profile", of(outlier))))
        assert "shown as they were signed" in page
        assert "Delivered otherwise since" in page
        assert client.get(at("oppe_paper", of(outlier))).content.startswith(b"%PDF")
        assert "Surgical site infections" in text_of(client.get(reverse("privileging:oppe")))

    def test_the_limits_of_another_policy_change_nothing_either(self, world, chair, before, surgeons):
        sign_profile(
            actor=chair,
            profile=of(surgeons[4]),
            conclusion="watch",
            words="Seven times.",
            proposal="declined",
        )
        set_parameter(world.system, "privileging.oppe_min_volume", 200, facility=world.lakeside)
        assert line(surgeons[4]).comparison.place == Place.OUTSIDE
        assert line(surgeons[0]).comparison.place == Place.TOO_FEW

    def test_what_came_while_the_chair_read_is_looked_at_before_it_is_signed(
        self, client, world, quality, chair, before, surgeons
    ):
        client.force_login(chair)
        shown = view_of(of(surgeons[4])).digest
        assert shown in client.get(at("oppe_profile", of(surgeons[4]))).content.decode()
        load_values(actor=quality, facility=world.lakeside, name="Late", given=[row(NPIS[4], 3, 100)])
        sent = {"conclusion": "no_concern", "shown": shown}
        refused = client.post(at("oppe_sign", of(surgeons[4])), sent)
        assert refused.status_code == 409
        assert "Other numbers came while you read" in text_of(refused)
        assert of(surgeons[4]).status == "chair_review"
        sent["shown"] = view_of(of(surgeons[4])).digest
        assert client.post(at("oppe_sign", of(surgeons[4])), sent).status_code == 303

    def test_numbers_that_were_tampered_with_are_shown_as_such(self, chair, before, surgeons):
        sign_profile(actor=chair, profile=of(surgeons[0]), conclusion="no_concern")
        profile = of(surgeons[0])
        assert view_of(profile).intact
        profile.seen = profile.seen.replace('"own":[2,100]', '"own":[1,100]')
        assert not view_of(profile).intact

    def test_who_signs(self, world, user, chair, before, surgeons):
        with pytest.raises(Forbidden):
            sign_profile(
                actor=user(Role.QUALITY_COORDINATOR), profile=of(surgeons[0]), conclusion="no_concern"
            )
        with pytest.raises(Refused, match="The chair of the department signs"):
            sign_profile(actor=user(Role.DEPARTMENT_CHAIR), profile=of(surgeons[0]), conclusion="no_concern")
        surgeons[0].user = chair
        surgeons[0].save()
        with pytest.raises(Forbidden, match="nobody may sign"):
            sign_profile(actor=chair, profile=of(surgeons[0]), conclusion="no_concern")
        president = user(Role.MEDICAL_STAFF_PRESIDENT)
        sign_profile(actor=president, profile=of(surgeons[0]), conclusion="no_concern")

    def test_signed_stays(self, chair, before, surgeons):
        profile = sign_profile(actor=chair, profile=of(surgeons[0]), conclusion="no_concern")
        with pytest.raises(Refused, match="cannot become"):
            sign_profile(actor=chair, profile=profile, conclusion="no_concern")
        with pytest.raises(IntegrityError, match="stays as it was signed"), transaction.atomic():
            OPPEProfile.objects.filter(pk=profile.pk).update(words="Otherwise")


class TestPages:
    def test_from_the_file_to_the_signature(self, client, world, quality, chair, surgeons):
        client.force_login(quality)
        list_address = reverse("privileging:oppe")
        assert "No profile here yet" in text_of(client.get(list_address))
        opened = client.post(reverse("privileging:oppe_cycle"), {"first_day": FIRST, "last_day": LAST})
        assert opened.status_code == 303
        load = reverse("privileging:oppe_load")
        head = "npi,indicator,from,through,numerator,denominator\n"
        text = head + "".join(",".join(each.values()) + "\n" for each in values())
        bad = client.post(load, {"file": SimpleUploadedFile("half.csv", (text + "1,2,3\n").encode())})
        assert bad.status_code == 422
        assert "Row 7, npi" in text_of(bad)
        looked = client.post(load, {"file": SimpleUploadedFile("half.csv", text.encode())})
        assert "Load 5 values" in text_of(looked)
        assert not OPPEValue.objects.exists()
        assert client.post(load, {"name": "half.csv", "text": text}).status_code == 303
        assert client.post(load, {"name": "half.csv", "text": text}).status_code == 409
        shown = text_of(client.get(list_address))
        assert "Surgical site infections" in shown
        assert "Export CSV" not in shown
        assert client.get(list_address, {"format": "csv"})["Content-Type"].startswith("text/html")
        assert client.post(at("oppe_before_chair", OPPECycle.objects.get())).status_code == 303
        client.force_login(chair)
        assert queue("oppe_to_sign").items(chair, world.lakeside, 9)[0] == 6
        page = client.get(at("oppe_profile", of(surgeons[4])))
        assert "Outside the limits" in text_of(page)
        assert "Surgeonax" not in text_of(page)  # peers are nameless
        assert ProtectedRead.objects.filter(data_class="peer_review").exists()
        sign = at("oppe_sign", of(surgeons[4]))
        assert client.post(sign, {}).status_code == 422
        signed = client.post(sign, {"proposal": "accepted", "words": "Seven times."})
        assert signed.status_code == 303
        paper = client.get(at("oppe_paper", of(surgeons[4])))
        assert paper.content.startswith(b"%PDF")
        again = client.post(sign, {"conclusion": "no_concern"})
        assert again.status_code == 422

    def test_they_stay_within_their_queries(self, client, quality, chair, cycle, surgeons):
        put_before_chair(actor=quality, cycle=cycle)
        client.force_login(chair)
        for address in (reverse("privileging:oppe"), at("oppe_profile", of(surgeons[4]))):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            assert len(queries) <= PAGE

    def test_nobody_without_the_class_sees_it(self, monkeypatch, client, quality, cycle, surgeons):
        client.force_login(quality)
        monkeypatch.setitem(ROLE_CLASSES, Role.QUALITY_COORDINATOR, frozenset({"general"}))
        assert client.get(reverse("privileging:oppe")).status_code == 403
        assert client.get(at("oppe_profile", of(surgeons[0]))).status_code == 404

    def test_a_chair_sees_the_own_department_once_it_is_before_them(
        self, client, user, chair, cycle, surgeons
    ):
        client.force_login(chair)
        assert client.get(at("oppe_profile", of(surgeons[0]))).status_code == 404
        put_before_chair(actor=user(Role.QUALITY_COORDINATOR), cycle=cycle)
        assert client.get(at("oppe_profile", of(surgeons[0]))).status_code == 200
        client.force_login(user(Role.DEPARTMENT_CHAIR))
        assert client.get(at("oppe_profile", of(surgeons[0]))).status_code == 404


def test_the_examples_load_once(world):
    first = load_indicators(actor=world.system)
    assert first["added"] == 10
    assert load_indicators(actor=world.system) == {"added": 0, "changed": 0, "unchanged": 10}
    assert all(OPPEIndicator.objects.values_list("example", flat=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {code: x, name: X, kind: rate}", "line 1: per: a rate says per what"),
        ("# ours\n" + "- {code: a, name: A, kind: count}\n" * 2, "line 3: a stands in line 2"),
        ("- {code: a b, name: A, kind: count}", "line 1: code has 1 to 40"),
        ("- {code: x, name: [A], kind: count}", "line 1: name is a text"),
        (f"- {{code: x, name: {'A' * 201}, kind: count}}", "line 1: name is a text of 1 to 200"),
        ("- {code: x, name: A, kind: rate, per: " + "p" * 61 + "}", "line 1: per is a text of 1 to 60"),
        ("- {code: x, name: A, kind: count, forms: GS}", "line 1: forms is a list"),
        ("- {code: x, name: A, kind: count, forms: 5}", "line 1: forms is a list"),
        ("- {code: x, name: A, kind: count, target: .nan}", "line 1: target lies between"),
        ("- {code: x, name: A, kind: count, target: 9999999}", "line 1: target lies between"),
        ("- {code: x, name: A, kind: rate, per: p, target: 101}", "line 1: target lies between 0 and 100"),
        ("- {code: x, name: A, kind: count, trigger_at: many}", "line 1: trigger_at is no number"),
        ("- {code: x, name: A, kind: count, higher_is_better: 'no'}", "line 1: higher_is_better is true or"),
        ("- {code: x, name: A, kind: [count]}", "line 1: kind is one of"),
        ("- {code: x, name: A, kind: count, colour: red}", "line 1: unknown key colour"),
        ("- {code: x, kind: count}", "line 1: name is missing"),
        ("- {code: x, name: A, kind: count, retired: perhaps}", "line 1: retired is true or false"),
        ("- {code: x, name: A, kind: rate, per: p, target: 1.2345}", "line 1: target has at most three"),
        ("# GS\n- {code: x, name: A, kind: count, forms: [XX]}", "line 2: forms names XX: there is no"),
        ("- {code: x\n- b", "line 2: this is no YAML"),
        ("- 2026-02-31", "a value in it cannot be read"),
        ("code: x", "expected a list"),
        ("", "expected a list"),
        ("[" * 3000, "mine.yaml"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_indicators_says_where_and_nothing_is_loaded(world, tmp_path, text, said):
    wrong = tmp_path / "mine.yaml"
    wrong.write_text(text)
    with pytest.raises(Refused, match=said):
        load_indicators(actor=world.system, paths=[wrong])
    assert not OPPEIndicator.objects.exists()
