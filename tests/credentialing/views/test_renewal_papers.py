"""What a practitioner will be reminded of, and the document of a renewal they send to the office."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel.errors import Forbidden, Refused
from credentialing.models import IncomingPaper
from credentialing.selectors.coming_reminders import reminders_to_come
from credentialing.services.renewal_papers import send_renewal
from practitioners.models import Credential
from practitioners.services.people import link_user
from tests.credentialing.scans import blank
from tests.credentialing.world import TODAY


@pytest.fixture
def person(world):
    """On the staff, with an account; the licence has ten days left."""
    who = world.practitioner()
    world.claim(
        who, "LICENSE", dt.date(2024, 1, 1), TODAY + dt.timedelta(days=10), state="OH", number="35.1",
        issuer="Board",
    )  # fmt: skip
    world.appoint(who)
    user = world.user("Marisol Quillfeather", Role.PRACTITIONER)
    link_user(actor=world.system, practitioner=who, user=user)
    who.refresh_from_db()
    return who


def test_the_days_that_are_left_of_the_ladder(person, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        [coming] = reminders_to_come(person, on=TODAY)
    assert [(day - TODAY).days for day in coming.on] == [3, 9, 10]
    assert not coming.ran_out
    [later] = reminders_to_come(person, on=TODAY + dt.timedelta(days=11))
    assert (later.ran_out, later.on) == (True, [])


def test_they_see_it_on_their_own_file_and_send_the_renewal(world, client, person):
    client.force_login(person.user)
    own = reverse("practitioners:file", args=[person.uid])
    parts = ("file", "more_privileges", "more_office")
    pages = [client.get(reverse(f"practitioners:{part}", args=[person.uid])) for part in parts]
    shown = "".join(page.content.decode() for page in pages)
    assert "You are reminded on" in shown
    address = reverse("credentialing:renewal_send", args=[person.credentials.get().uid])
    assert address in shown
    empty = client.post(address)
    assert empty.status_code == 422
    wrong = client.post(address, {"papers": SimpleUploadedFile("licence.pdf", b"MZ no paper")})
    assert wrong.status_code == 422
    sent = client.post(address, {"papers": SimpleUploadedFile("licence.pdf", blank(1))})
    assert sent.headers["Location"] == own
    paper = IncomingPaper.objects.get()
    assert (paper.title, paper.facility) == ("Renewal of State license OH: " + str(person), world.facility)
    client.force_login(world.coordinator)
    assert "Renewal of State license OH" in client.get(reverse("credentialing:papers")).content.decode()
    parts = ("file", "more_privileges", "more_office")
    pages = [client.get(reverse(f"practitioners:{part}", args=[person.uid])) for part in parts]
    shown = "".join(page.content.decode() for page in pages)
    assert address not in shown
    assert client.get(address).status_code == 404


def test_only_ones_own_and_only_to_an_office_that_has_them(world, person):
    licence = person.credentials.get()
    with pytest.raises(Forbidden):
        send_renewal(actor=world.coordinator, credential=licence, file_name="a.pdf", content=blank(1))
    send_renewal(actor=person.user, credential=licence, file_name="a.pdf", content=blank(1))
    with pytest.raises(Refused, match="in the tray already"):
        send_renewal(actor=person.user, credential=licence, file_name="a.pdf", content=blank(1))
    stranger = world.practitioner(npi=None, last_name="Stranger")
    held = world.claim(stranger, "LICENSE", dt.date(2024, 1, 1), TODAY, state="OH", number="35.2", issuer="B")
    user = world.user("Ida Stranger", Role.PRACTITIONER)
    link_user(actor=world.system, practitioner=stranger, user=user)
    held = Credential.objects.get(pk=held.pk)
    with pytest.raises(Refused, match="on no staff"):
        send_renewal(actor=user, credential=held, file_name="a.pdf", content=blank(1))
