import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.accounts.choices import Role
from practitioners import links
from practitioners.services.people import link_user
from practitioners.services.photos import set_photo
from tests.drawing import picture


@pytest.fixture
def office(client, coordinator):
    client.force_login(coordinator)
    return client


def sent(content: bytes, name: str = "face.png"):
    return {"file": SimpleUploadedFile(name, content)}


def test_a_photo_replaces_the_initials(office, surgeon):
    assert 'aria-hidden="true">MK</span>' in office.get(links.practitioner(surgeon)).content.decode()
    answer = office.post(links.photo(surgeon), sent(picture()))
    assert (answer.status_code, answer["Location"]) == (303, links.practitioner(surgeon))
    surgeon.refresh_from_db()
    address = links.photo_image(surgeon.photo.uid)
    for page in (links.practitioner(surgeon), reverse("practitioners:list"), links.photo(surgeon)):
        assert f'src="{address}"' in office.get(page).content.decode()
    shown = office.get(address)
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Cache-Control"] == "private, max-age=600"
    assert "Cookie" in shown["Vary"]
    assert shown["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "The file is empty."), (b"words", "This is not a JPEG, PNG or WebP picture.")],
)
def test_what_is_no_picture_is_refused_beside_the_field(office, surgeon, content, sentence):
    answer = office.post(links.photo(surgeon), sent(content, "face.jpg"))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_photo_is_removed_and_used_again(office, coordinator, surgeon):
    photo = set_photo(actor=coordinator, practitioner=surgeon, content=picture()).photo
    assert office.post(reverse("practitioners:photo_remove", args=[surgeon.uid])).status_code == 303
    surgeon.refresh_from_db()
    assert surgeon.photo is None
    page = office.get(links.photo(surgeon)).content.decode()
    use = reverse("practitioners:photo_use", args=[photo.uid])
    assert use in page
    assert office.post(use).status_code == 303
    surgeon.refresh_from_db()
    assert surgeon.photo == photo


def test_people_set_their_own_photo_on_their_own_page(client, coordinator, surgeon, user_with):
    own = user_with(Role.PRACTITIONER)
    link_user(actor=user_with(Role.ADMINISTRATOR), practitioner=surgeon, user=own)
    client.force_login(own)
    assert links.photo(surgeon) in client.get(links.practitioner(surgeon)).content.decode()
    assert client.post(links.photo(surgeon), sent(picture())).status_code == 303
    surgeon.refresh_from_db()
    assert client.get(links.photo_image(surgeon.photo.uid)).status_code == 200
