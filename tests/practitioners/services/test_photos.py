import pytest

from config.accounts.choices import Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from practitioners.models import Document
from practitioners.selectors.evidence import verify_everything
from practitioners.selectors.photos import earlier_photos, get_photo, photo_urls, read_photo
from practitioners.services.evidence import redact_document
from practitioners.services.people import link_user
from practitioners.services.photos import remove_photo, set_photo, use_photo
from tests.drawing import picture


def photographed(actor, person, tint="#8aa"):
    return set_photo(actor=actor, practitioner=person, content=picture(tint=tint)).photo


def test_a_photo_is_a_document_of_the_file(coordinator, surgeon):
    photo = photographed(coordinator, surgeon)
    surgeon.refresh_from_db()
    assert surgeon.photo == photo
    assert (photo.title, photo.media_type, photo.practitioner) == ("Photo", "image/jpeg", surgeon)
    assert read_photo(viewer=coordinator, document=photo).startswith(b"\xff\xd8")
    event = AuditEvent.objects.get(verb="practitioner.photo_set")
    assert event.data == {"sha256": photo.sha256}
    assert verify_everything() == []


def test_the_same_picture_again_changes_nothing(coordinator, surgeon):
    first = photographed(coordinator, surgeon)
    assert photographed(coordinator, surgeon) == first
    assert surgeon.documents.count() == 1


def test_a_photo_is_replaced_removed_and_used_again(coordinator, surgeon):
    first, second = photographed(coordinator, surgeon), photographed(coordinator, surgeon, "#faa")
    surgeon.refresh_from_db()
    assert list(earlier_photos(surgeon)) == [first]
    remove_photo(actor=coordinator, practitioner=surgeon)
    surgeon.refresh_from_db()
    assert surgeon.photo is None
    assert list(earlier_photos(surgeon)) == [second, first]
    with pytest.raises(Refused, match="no photo to remove"):
        remove_photo(actor=coordinator, practitioner=surgeon)
    use_photo(actor=coordinator, practitioner=surgeon, document=first)
    surgeon.refresh_from_db()
    assert surgeon.photo == first
    assert [row.photo_id for row in surgeon.history.all()][:4] == [first.pk, None, second.pk, first.pk]


def test_only_a_former_photo_of_the_person_is_used_again(coordinator, surgeon):
    other = Document.objects.create(
        practitioner=surgeon, title="Scan", file_name="a.jpg", media_type="image/jpeg", size=3,
        sha256="0" * 64, uploaded_at=surgeon.created_at, uploaded_by=coordinator,
    )  # fmt: skip
    with pytest.raises(Refused, match="was never the person's photo"):
        use_photo(actor=coordinator, practitioner=surgeon, document=other)


def test_a_wrong_photo_that_was_taken_away_is_seen_by_nobody(coordinator, director, surgeon):
    photo = photographed(coordinator, surgeon)
    redact_document(actor=director, document=photo, reason="Somebody else")
    assert get_photo(viewer=director, uid=photo.uid) is None
    assert photo_urls(director, [surgeon.uid]) == {}
    with pytest.raises(Refused, match="removed as a wrong file"):
        use_photo(actor=coordinator, practitioner=surgeon, document=photo)


def test_a_ward_sees_the_face_and_no_earlier_one(coordinator, surgeon, user_with):
    first = photographed(coordinator, surgeon)
    second = photographed(coordinator, surgeon, "#faa")
    ward, nobody = user_with(Role.LOOKUP), user_with(username="nobody")
    assert get_photo(viewer=ward, uid=second.uid) == second
    assert get_photo(viewer=ward, uid=first.uid) is None
    assert get_photo(viewer=coordinator, uid=first.uid) == first
    assert get_photo(viewer=nobody, uid=second.uid) is None
    assert list(photo_urls(ward, [surgeon.uid])) == [str(surgeon.uid)]
    with pytest.raises(Forbidden):
        read_photo(viewer=nobody, document=second)


def test_people_set_their_own_photo_and_nobody_elses(system, coordinator, surgeon, user_with):
    administrator = user_with(Role.ADMINISTRATOR)
    own, ward = user_with(Role.PRACTITIONER), user_with(Role.LOOKUP)
    with pytest.raises(Forbidden):
        photographed(own, surgeon)
    with pytest.raises(Forbidden):
        photographed(ward, surgeon)
    link_user(actor=administrator, practitioner=surgeon, user=own)
    surgeon.refresh_from_db()
    assert photographed(own, surgeon).uploaded_by == own
