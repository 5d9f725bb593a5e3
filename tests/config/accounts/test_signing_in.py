"""Signing in: passwords, rate limits, second factors, no signing up; tokens for programs."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import Fernet
from django.urls import reverse

from config.accounts.choices import Role
from config.accounts.models import ApiToken
from config.accounts.services.tokens import issue_token, revoke_token, token_holder
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"


def sign_in(client, name, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": name, "password": password})


def test_one_signs_in_by_name_or_address(client, make_user, facility):
    make_user("cora", facility, Role.DIRECTOR)
    for name in ("cora", "cora@example.org"):
        assert sign_in(client, name)["Location"] == "/"
        client.post(reverse("account_logout"))


def test_guessing_is_slowed_down(client, make_user, facility):
    make_user("cora", facility, Role.DIRECTOR)
    answers = [sign_in(client, "cora", "wrong") for _ in range(6)]
    assert "too many" in answers[-1].content.decode().lower()
    assert sign_in(client, "cora").status_code == 200, "even the right password has to wait now"


def test_nobody_signs_up(client):
    page = client.get(reverse("account_signup"))
    assert "password1" not in page.content.decode()
    client.post(
        reverse("account_signup"),
        {"username": "x", "email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not ApiToken.objects.exists()
    assert sign_in(client, "x").status_code == 200


def test_the_admin_has_no_door_of_its_own(client, make_user, facility):
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert client.get(answer["Location"])["Location"].startswith(reverse("account_login"))
    client.force_login(make_user("cora", facility, Role.DIRECTOR))
    answer = client.get("/admin/")
    assert client.get(answer["Location"]).status_code == 403


# --- second factor --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        (Role.CREDENTIALING_COORDINATOR, True),
        (Role.MEDICAL_STAFF_COORDINATOR, True),
        (Role.DEPARTMENT_CHAIR, True),
        (Role.CHIEF_EXECUTIVE, True),
        (Role.ADMINISTRATOR, True),
        (Role.LOOKUP, False),
        (Role.PRACTITIONER, False),
    ],
)
def test_roles_that_decide_need_a_second_factor_everywhere(
    client, settings, make_user, facility, role, needs
):
    settings.REQUIRE_MFA = True
    client.force_login(make_user("cora", facility, role))
    page, api = client.get("/help/"), client.get("/api/v1/schema/")
    if needs:
        assert page["Location"] == reverse("mfa_index")
        assert api.status_code == 403
        assert "second factor" in api.json()["detail"]
    else:
        assert (page.status_code, api.status_code) == (200, 200)


def test_with_a_second_factor_the_pages_open(client, settings, make_user, facility):
    user = make_user("cora", facility, Role.DIRECTOR)
    TOTP.activate(user, generate_totp_secret())
    settings.REQUIRE_MFA = True
    client.force_login(user)
    assert client.get("/help/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client, settings, make_user, facility):
    user = make_user("cora", facility, Role.DIRECTOR)
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    settings.REQUIRE_MFA = True
    client.force_login(user)
    assert client.get("/help/")["Location"] == reverse("mfa_index")


def test_the_seed_is_stored_encrypted_and_survives_a_new_key(client, settings, make_user, facility):
    user = make_user("cora", facility, Role.DIRECTOR)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    assert secret not in str(Authenticator.objects.get().data)
    settings.STANDING_ENCRYPTION_KEYS = [
        Fernet.generate_key().decode(),
        *settings.STANDING_ENCRYPTION_KEYS,
    ]
    answer = sign_in(client, "cora")
    assert answer["Location"] == reverse("mfa_authenticate")
    code = next(f"{hotp_value(secret, counter):06}" for counter in yield_hotp_counters_from_time())
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert answer["Location"] == "/"


# --- tokens ---------------------------------------------------------------------------------------------


@pytest.fixture
def lookup_user(make_user, facility):
    return make_user("wanda", facility, Role.LOOKUP)


def ask(client, secret, word="Token"):
    return client.get("/api/v1/schema/", headers={"Authorization": f"{word} {secret}"})


def test_a_token_opens_the_api_in_its_owners_name(client, lookup_user):
    _, secret = issue_token(actor=lookup_user, name="Schedule")
    assert ask(client, secret).status_code == 200
    assert ask(client, secret, "Bearer").status_code == 200
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("secret", ["", "wrong", "a b", "\xff"])
def test_a_wrong_token_is_answered_401(client, lookup_user, secret):
    answer = ask(client, secret)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"]
    assert "detail" in answer.json()


def test_a_revoked_an_expired_and_an_orphaned_token_no_longer_work(lookup_user):
    with clock.freeze("2026-03-09"):
        token, secret = issue_token(actor=lookup_user, name="Schedule", days=2)
        assert token_holder(secret) == lookup_user
    with clock.freeze("2026-03-11"):
        assert token_holder(secret) is None
    with clock.freeze("2026-03-10"):
        lookup_user.is_active = False
        lookup_user.save()
        assert token_holder(secret) is None
        lookup_user.is_active = True
        lookup_user.save()
        revoke_token(actor=lookup_user, token=token)
        assert token_holder(secret) is None


def test_a_token_whose_owner_lost_the_role_is_refused(client, lookup_user, system):
    _, secret = issue_token(actor=lookup_user, name="Schedule")
    from config.accounts.services.users import end_role

    end_role(
        actor=system,
        assignment=lookup_user.role_assignments.get(),
        day=clock.today() - dt.timedelta(days=1),
        reason="left",
    )
    assert ask(client, secret).status_code == 403


def test_a_token_needs_the_second_factor_its_owner_needs(client, settings, make_user, facility):
    user = make_user("cora", facility, Role.CREDENTIALING_COORDINATOR)
    _, secret = issue_token(actor=user, name="Schedule")
    settings.REQUIRE_MFA = True
    assert ask(client, secret).status_code == 403
    with pytest.raises(Forbidden, match="second factor"):
        issue_token(actor=user, name="Another")


def test_strangers_revoke_nothing_and_administrators_do(make_user, facility, lookup_user, administrator):
    token, secret = issue_token(actor=lookup_user, name="Schedule")
    with pytest.raises(Forbidden):
        revoke_token(actor=make_user("dora", facility, Role.DIRECTOR), token=token)
    revoke_token(actor=administrator, token=token)
    assert token_holder(secret) is None


@pytest.mark.parametrize(("name", "days"), [("", 9), ("x", 0), ("x", 367)])
def test_a_wrong_token_is_not_made(lookup_user, name, days):
    with pytest.raises(Refused):
        issue_token(actor=lookup_user, name=name, days=days)
