"""What the bylaws let follow by itself ends by itself when it is cured in time; later only the bodies end it.

Golden cases of each cause: lapsed with 31 May 2026, barred from 1 June, so curable through 1 December (six
months to the day). What reaches some privileges only reaches no other, before the cure and after.
"""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.choices import BarScope
from bylaws.models import Bar, BarPeriod
from bylaws.selectors.bars import deemed_relinquished
from bylaws.services.bars import lift_bar
from bylaws.services.standing import apply_standing_conditions
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from practitioners.models import CredentialType
from practitioners.services.people import create_practitioner
from privileging.selectors.lookup import LookupOutcome, can_perform
from tests.privileging.conftest import TODAY, appoint, credential, grant, licensed, say, set_parameter

pytestmark = pytest.mark.django_db
LAST, BARRED, UNTIL = dt.date(2026, 5, 31), dt.date(2026, 6, 1), dt.date(2026, 12, 1)
DAY = dt.timedelta(days=1)
SEDATION, OTHER = "GS-SEDATION", "GS-COLECTOMY"
LATER = dt.datetime(2026, 12, 7, 18, tzinfo=dt.UTC)

#: Of each cause: its entry among the standing conditions, the kind of credential, and what is said of it.
CAUSES = {
    "BL-LIC-1": ({"scope": "all"}, "LICENSE", {}),
    "BL-DEA-1": (
        {"scope": "listed", "privileges": [SEDATION]},
        "DEA",
        {"extra": {"business_address_state": "IL"}},
    ),
    "BL-INS-1": ({"scope": "all"}, "MALPRACTICE", {}),
    "BL-CERT-1": ({"scope": "all"}, "LIFE_SUPPORT", {"extra": {"course": "ACLS"}}),
    "BL-SUP-1": ({"scope": "all"}, "LICENSE", {}),
}
REACHES_SOME = {"BL-DEA-1", "BL-CERT-1"}


@pytest.fixture
def staff(user):
    return user(Role.MEDICAL_STAFF_COORDINATOR)


@pytest.fixture(params=CAUSES)
def cause(request):
    return request.param


@pytest.fixture
def holder(world, person, long_kept, cause):
    """Somebody who holds sedation and colectomy; what the cause asks for ran out with 31 May."""
    entry, kind, more = CAUSES[cause]
    set_parameter(world.system, "bylaws.standing_conditions", [{"rule": cause, **entry}])
    set_parameter(world.system, "bylaws.cure_months", 6)
    set_parameter(world.system, "privileging.certificates_kept_up", ["LIFE_SUPPORT"])
    set_parameter(world.system, "bylaws.supervised_professions", ["PA"])
    one = owner = person("Okonkwo")
    if cause == "BL-SUP-1":  # the lapse is the supervisor's
        one = create_practitioner(
            actor=world.system, provider_type="PA", last_name="Lindqvist", first_name="Noor", npi=None
        )
        supervised(world, one, owner)
        appoint(world, owner)
        grant(world, owner)
    appoint(world, one)
    for code in (SEDATION, OTHER):
        grant(world, one, code)
    renewed(world, owner, kind, more, None, LAST)
    one.owner, one.asked = owner, (kind, more)
    return one


def supervised(world, one, supervisor) -> None:
    CredentialType.objects.get_or_create(
        code="SUPERVISION", defaults={"name": "Agreement", "category": "supervision"}
    )
    extra = {"agreement": "supervision", "supervisor_npi": supervisor.npi}
    say(world, credential(world, one, "SUPERVISION", state="IL"), dt.date(2025, 1, 1), None, extra=extra)


def renewed(world, owner, kind, more, start, last=None, at=None) -> None:
    identity = credential(
        world, owner, kind, state="IL" if kind == "LICENSE" else "", number=f"{kind}-{start or 'first'}"
    )
    say(world, identity, start, last, at=at, **more)


def run(world, on=TODAY):
    return apply_standing_conditions(actor=world.system, facility=world.lakeside, on=on)


def answers(world, one, on):
    question = {"practitioner": one, "facility": world.lakeside, "on": on}
    return [can_perform(privilege_code=code, **question).outcome for code in (SEDATION, OTHER)]


NO, YES = LookupOutcome.NO, LookupOutcome.YES


@pytest.mark.parametrize(
    ("cured", "counted"), [(UNTIL - DAY, "lifted"), (UNTIL, "lifted"), (UNTIL + DAY, "relinquished")]
)
def test_cured_in_time_it_needs_nobody_and_later_the_bodies(world, holder, staff, cause, cured, counted):
    assert run(world)["opened"] == 1
    row = BarPeriod.objects.get()
    assert (row.identity.rule_code, row.valid.lower) == (cause, BARRED)
    some = cause in REACHES_SOME
    assert row.scope == (BarScope.LISTED if some else BarScope.ALL_PRIVILEGES)
    assert answers(world, holder, LAST) == [YES, YES]
    assert answers(world, holder, BARRED) == [NO, YES if some else NO]
    with clock.freeze(LATER):
        today = clock.today(world.lakeside)
        renewed(world, holder.owner, *holder.asked, cured, at=clock.now())
        assert run(world, today)[counted] == 1
        in_time = counted == "lifted"
        assert answers(world, holder, cured) == [YES if in_time else NO, YES if some or in_time else NO]
        assert answers(world, holder, cured - DAY) == [NO, YES if some else NO]
        assert bool(deemed_relinquished(staff, world.lakeside)) != in_time
        if not in_time:
            by_the_bodies(world, holder, staff, today)


def by_the_bodies(world, holder, staff, today) -> None:
    bar = Bar.objects.get()
    with pytest.raises(Refused, match="could be cured until 1 Dec 2026") as refusal:
        lift_bar(actor=staff, bar=bar, day=today, reason="Cured")
    assert refusal.value.field == "authority"
    lift_bar(actor=staff, bar=bar, day=today, reason="Cured", authority="Board minutes, item 2")
    assert answers(world, holder, today) == [YES, YES]
    assert answers(world, holder, today - DAY)[0] == NO


def test_a_person_who_records_no_minutes_lifts_it_by_no_authority(world, holder, user, cause):
    run(world)
    with clock.freeze(LATER):
        today = clock.today(world.lakeside)
        renewed(world, holder.owner, *holder.asked, UNTIL + DAY, at=clock.now())
        run(world, today)
        keeper = user(Role.CREDENTIALING_COORDINATOR)
        with pytest.raises(Forbidden):
            lift_bar(
                actor=keeper, bar=Bar.objects.get(), day=today, reason="Cured", authority="Board, item 2"
            )


def test_where_no_time_is_set_it_ends_by_itself_however_late(world, person, long_kept, bylaws_rule):
    one = person()
    appoint(world, one)
    grant(world, one, OTHER)
    licensed(world, one, last_day=LAST)
    run(world)
    with clock.freeze(dt.datetime(2027, 6, 5, 18, tzinfo=dt.UTC)):
        renewed(world, one, "LICENSE", {}, dt.date(2027, 6, 1), at=clock.now())
        assert run(world, dt.date(2027, 6, 5))["lifted"] == 1
