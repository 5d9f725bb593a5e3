"""Accounts, roles as periods, and what a role may do."""

import datetime as dt

import pytest

from config.accounts import policies
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod, User
from config.accounts.permissions import ROLE_PERMISSIONS
from config.accounts.services.users import (
    create_first_administrator,
    create_user,
    end_role,
    give_role,
    set_active,
    system_user,
)
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
DAY = dt.date(2026, 3, 9)


def test_there_is_one_system_account_and_it_cannot_sign_in(client):
    first, second = system_user(), system_user()
    assert first == second
    assert not first.has_usable_password()
    assert not client.login(username=first.username, password="")
    assert policies.permissions(first, None) >= set().union(*ROLE_PERMISSIONS.values())


def test_a_role_gives_its_permissions_at_its_facility_on_its_days(
    make_user, facility, other_facility, system
):
    user = make_user("cora")
    give_role(
        actor=system,
        user=user,
        role=Role.CREDENTIALING_COORDINATOR,
        facility=facility,
        start=DAY,
        last_day=dt.date(2026, 3, 31),
    )
    assert policies.may(user, "credentialing.verify", facility)
    assert policies.may(user, "credentialing.verify")
    assert not policies.may(user, "credentialing.verify", other_facility)
    assert not policies.may(user, "bylaws.run_meeting", facility)
    assert policies.facilities_with(user, "credentialing.verify") == [facility.pk]
    for moment, held in (("2026-03-31", True), ("2026-04-01", False), ("2026-03-08", False)):
        with clock.freeze(moment):
            assert policies.may(User.objects.get(pk=user.pk), "credentialing.verify", facility) is held


def test_an_ended_role_gives_nothing_from_that_day_and_stays_on_record(make_user, facility, system):
    user = make_user("cora", facility, Role.DIRECTOR)
    known_before = clock.now()
    with clock.freeze("2026-03-10"):
        end_role(actor=system, assignment=user.role_assignments.get(), day=DAY, reason="left")
        assert not policies.may(User.objects.get(pk=user.pk), "audit.view", facility)
        rows = RoleAssignmentPeriod.objects
        assert rows.in_force(dt.date(2026, 3, 8)).exists()
        assert not rows.in_force(DAY).exists()
        assert rows.in_force(DAY, known_before).exists()


def test_only_administrators_give_roles_and_not_to_themselves(
    make_user, facility, other_facility, administrator
):
    cora = make_user("cora", facility, Role.DIRECTOR)
    with pytest.raises(Forbidden):
        give_role(actor=cora, user=cora, role=Role.BOARD_MEMBER, facility=facility)
    with pytest.raises(Forbidden):
        give_role(actor=administrator, user=cora, role=Role.BOARD_MEMBER, facility=other_facility)
    second = make_user("alan", facility, Role.ADMINISTRATOR)
    with pytest.raises(Forbidden, match="Nobody gives a role to themselves"):
        give_role(actor=administrator, user=administrator, role=Role.DIRECTOR, facility=facility)
    give_role(actor=second, user=administrator, role=Role.DIRECTOR, facility=facility)
    assert policies.may(administrator, "audit.view", facility)


def test_the_only_administrator_of_a_one_person_office_may_take_further_roles(administrator, facility):
    give_role(actor=administrator, user=administrator, role=Role.DIRECTOR, facility=facility)
    assert policies.may(administrator, "credentialing.waive", facility)


def test_an_administrator_does_not_end_their_own_administration(administrator):
    with pytest.raises(Refused, match="another administrator"):
        end_role(
            actor=administrator,
            assignment=administrator.role_assignments.get(),
            day=DAY,
            reason="tired",
        )


@pytest.mark.parametrize(
    ("role", "start", "last_day", "match"),
    [
        ("emperor", None, None, "is not a role"),
        (Role.DIRECTOR, dt.date(2026, 3, 9), dt.date(2026, 3, 7), "lies before the start"),
    ],
)
def test_a_wrong_role_is_refused_with_a_sentence(make_user, facility, system, role, start, last_day, match):
    user = make_user("cora")
    with pytest.raises(Refused, match=match):
        give_role(actor=system, user=user, role=role, facility=facility, start=start, last_day=last_day)


def test_making_an_account_says_what_is_wrong(administrator):
    create_user(actor=administrator, username="Ruth", email="ruth@example.org")
    for given, match in (
        ({"username": "ruth", "email": "other@example.org"}, "an account named"),
        ({"username": "ruth2", "email": "RUTH@example.org"}, "Another account"),
        ({"username": " ", "email": "x@example.org"}, "user name"),
        ({"username": "x", "email": "nonsense"}, "e-mail address"),
        ({"username": "x", "email": "x@example.org", "password": "short"}, "too short"),
    ):
        with pytest.raises(Refused, match=match):
            create_user(actor=administrator, **given)


def test_a_closed_account_keeps_its_roles_and_can_do_nothing(administrator, make_user, facility, client):
    user = make_user("cora", facility, Role.DIRECTOR)
    set_active(actor=administrator, user=user, active=False, reason="left")
    closed = User.objects.get(pk=user.pk)
    assert not policies.may(closed, "audit.view", facility)
    assert not client.login(username="cora", password="a long pass phrase")
    assert RoleAssignmentPeriod.objects.in_force(DAY).filter(identity__user=user).exists()
    with pytest.raises(Refused, match="own account"):
        set_active(actor=administrator, user=administrator, active=False, reason="x")
    with pytest.raises(Refused, match="Say why"):
        set_active(actor=administrator, user=user, active=True, reason=" ")


def test_what_happens_to_accounts_is_in_the_audit_trail(administrator, make_user, facility, client):
    user = make_user("cora")
    assignment = give_role(actor=administrator, user=user, role=Role.DIRECTOR, facility=facility)
    end_role(actor=administrator, assignment=assignment, day=dt.date(2026, 4, 1), reason="left")
    set_active(actor=administrator, user=user, active=False, reason="left")
    client.force_login(administrator)
    verbs = list(
        AuditEvent.objects.filter(actor_uid=administrator.uid).order_by("id").values_list("verb", flat=True)
    )
    assert verbs == ["role.given", "role.ended", "account.closed", "session.signed_in"]


def test_the_first_administrator_is_made_once(facility):
    user = create_first_administrator(
        username="first", email="first@example.org", password="a long pass phrase"
    )
    assert policies.may_everywhere(user, "accounts.manage")
    with pytest.raises(Refused, match="already"):
        create_first_administrator(username="b", email="b@example.org", password="a long pass phrase")
