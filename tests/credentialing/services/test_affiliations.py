"""Affiliation letters from the request to the mail: matched, judged, sent, taken back, declined, closed."""

from __future__ import annotations

import datetime as dt
import io
import smtplib
from dataclasses import replace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import InternalError, transaction
from pypdf import PdfReader

from bylaws.choices import BarKind
from bylaws.services.appointments import end_appointment
from bylaws.services.bars import open_bar
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.selectors.affiliations import candidates, judged, verify_releases
from credentialing.services import affiliation_intake, affiliation_mails, affiliations
from credentialing.services.affiliation_intake import About, Release
from practitioners import store
from practitioners.models import Letter
from practitioners.selectors.canonical import records_of
from practitioners.selectors.file import papers_of
from tests.credentialing.affiliations import (
    ABOUT,
    ASKER,
    asked,
    deliver,
    later,
    member,
    release,
    set_parameter,
)
from tests.credentialing.world import TODAY, World


def again(request: AffiliationRequest) -> AffiliationRequest:
    return AffiliationRequest.objects.get(pk=request.pk)


def send(world: World, request: AffiliationRequest, kind: str = "standard", **more) -> AffiliationReply:
    return affiliations.reply(actor=world.coordinator, request=request, kind=kind, **more)


# --- coming in ------------------------------------------------------------------------------------------


def test_name_and_npi_alone_find_the_person(world: World):
    person = member(world)
    request = asked(world, about=replace(ABOUT, last_name="quíllfeather", first_name="MARISOL"))
    assert request.practitioner == person
    assert request.matched_by == world.system
    for other in (
        replace(ABOUT, first_name="Marie"),
        replace(ABOUT, npi="2000000614"),
        About("Quillfeather", "Marisol", "", 1980),
    ):
        assert asked(world, about=other).practitioner is None


def test_the_office_is_shown_whom_it_may_mean(world: World):
    person = member(world)
    stranger = world.practitioner(npi="2000000614")  # never on the staff here
    request = asked(world, about=About("Quillfeather", "Mari", "", 1980))
    assert candidates(request) == [person]
    assert candidates(asked(world, about=About("Quillfeather", "Marisol", "", 1955))) == [person]
    assert candidates(asked(world, about=About("Nobody", "Atall", "", 1980))) == []
    assert stranger not in candidates(request)
    affiliations.identify(actor=world.coordinator, request=request, practitioner=person)
    request = again(request)
    assert (request.practitioner, request.matched_by) == (person, world.coordinator)
    assert judged(request)[0].outcome == Outcome.MET


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"asker": replace(ASKER, name=" ")}, "asker_name"),
        ({"asker": replace(ASKER, organization="")}, "asker_organization"),
        ({"asker": replace(ASKER, email="nowhere")}, "asker_email"),
        ({"about": replace(ABOUT, last_name="")}, "about_last_name"),
        ({"about": replace(ABOUT, npi="1234567890")}, "about_npi"),
        ({"about": About("Quillfeather", "Marisol")}, "about_npi"),
        ({"about": About("Quillfeather", "Marisol", "", 2020)}, "about_birth_year"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"release": Release("release.pdf", b"")}, "release"),
        ({"release": Release("release.docx", b"PK\x03\x04")}, "release"),
        ({"release": Release("big.pdf", b"%PDF-" + b"0" * affiliation_intake.LARGEST_RELEASE)}, "release"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(world: World, changed, field):
    with pytest.raises(Refused) as refused:
        asked(world, **changed)
    assert refused.value.field == field


def test_what_was_asked_stays_as_it_came(world: World):
    request = asked(world)
    assert store.get(request.release_sha256, encrypted=True) == release().content
    assert release().content not in store.stored_bytes(request.release_sha256)
    assert list(verify_releases()) == []
    path = store.path_of(request.release_sha256)
    path.chmod(0o600)
    path.write_bytes(b"something else")
    assert [each.code for each in verify_releases()] == ["content_changed"]
    path.unlink()
    assert [each.code for each in verify_releases()] == ["content_missing"]
    request.asker_email = "elsewhere@example.org"
    with pytest.raises(InternalError, match="Cannot update rows"), transaction.atomic():
        request.save()


def test_a_closed_page_takes_nothing(world: World):
    set_parameter(world, "credentialing.affiliation_page", False)
    with pytest.raises(Refused, match="takes no requests here"):
        asked(world)


def test_the_office_writes_down_what_came_by_telephone(world: World):
    person = member(world)
    given = {"facility": world.facility, "asker": ASKER, "about": ABOUT, "purpose": "employment"}
    request = affiliation_intake.record_request(
        actor=world.coordinator, channel="phone", release=Release(seen=True), practitioner=person, **given
    )
    assert judged(request)[0].outcome == Outcome.MET
    with pytest.raises(Refused, match="how the request came"):
        affiliation_intake.record_request(actor=world.coordinator, channel="web", release=Release(), **given)
    with pytest.raises(Forbidden):
        affiliation_intake.record_request(actor=world.lookup, channel="phone", release=Release(), **given)


# --- the standard reply ---------------------------------------------------------------------------------


def test_the_letter_is_mailed_and_stands_in_the_file(world: World):
    person = member(world)
    request = asked(world)
    made = send(world, request)
    assert affiliation_mails.send(made.uid) == "not yet"
    assert not Letter.objects.exists()
    assert deliver(made) == "sent"
    assert again(request).status == "replied"
    letter = Letter.objects.get()
    assert letter in papers_of(world.coordinator, records_of(person)).letters
    (message,) = mail.outbox
    assert message.to == [ASKER.email]
    assert request.reference in message.subject
    assert "Quillfeather" not in message.subject + message.body
    ((name, content, kind),) = message.attachments
    assert (kind, bytes_digest(content)) == ("application/pdf", letter.sha256)
    assert name == f"Affiliation {request.reference}.pdf"
    said = " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    for part in ("Marisol Tessa Quillfeather, MD", "Surgery", "January 1, 2025", "in good standing",
                 "Harborview Medical Center", request.reference):  # fmt: skip
        assert part in said
    for part in ("2000000101", "1980"):
        assert part not in said
    assert affiliation_mails.typeset_again(letter) == content
    assert deliver(made) == "sent"  # a second worker sends nothing
    assert len(mail.outbox) == 1
    verbs = set(AuditEvent.objects.filter(facility_code="fernwick").values_list("verb", flat=True))
    assert {"affiliation.received", "affiliation.answered", "letter.issued", "affiliation.replied"} <= verbs


def test_a_reply_is_taken_back_until_it_goes(world: World):
    member(world)
    request = asked(world)
    first = send(world, request)
    affiliations.undo_reply(actor=world.coordinator, request=request)
    assert again(request).status == "to_answer"
    assert deliver(first) == "moot"
    second = send(world, again(request), "dates")
    assert deliver(second) == "sent"
    with pytest.raises(Refused):
        affiliations.undo_reply(actor=world.coordinator, request=request)
    assert len(mail.outbox) == 1
    assert (
        "good standing" not in PdfReader(io.BytesIO(mail.outbox[0].attachments[0][1])).pages[0].extract_text()
    )


def test_what_is_recorded_before_the_mail_goes_keeps_it_back(world: World):
    person = member(world)
    request = asked(world)
    made = send(world, request)
    bar(world, person, BarKind.ADMINISTRATIVE_SUSPENSION)
    assert deliver(made) == "no longer so"
    assert again(request).status == "to_answer"
    assert (mail.outbox, Letter.objects.count()) == ([], 0)


def bar(world: World, person, kind: str) -> None:
    open_bar(
        actor=world.staff_coordinator, practitioner=person, facility=world.facility, kind=kind,
        cause="A cause nobody outside hears of.", start=TODAY, end=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (BarKind.ADMINISTRATIVE_SUSPENSION, Outcome.NOT_MET),
        (BarKind.PRECAUTIONARY_SUSPENSION, Outcome.NOT_MET),
        (BarKind.RESTRICTION, Outcome.NOT_MET),
        (BarKind.LEAVE, Outcome.UNKNOWN),
    ],
)
def test_a_bar_brings_it_to_a_person(world: World, kind, outcome):
    person = member(world)
    request = asked(world)
    bar(world, person, kind)
    verdict = judged(request)[0]
    assert verdict.outcome == outcome
    with pytest.raises(Refused):
        send(world, request)
    made = send(world, request, "own", text="She is on the staff.\n\nCall us about the rest.")
    assert "cause" not in str(made.content) + str(made.verdict)
    assert "standing" not in str(made.content)


def test_an_open_point_needs_a_reason(world: World):
    member(world)
    request = asked(world, release=Release())
    with pytest.raises(Refused, match="write why") as refused:
        send(world, request)
    assert refused.value.field == "reason"
    made = send(world, request, reason="The release came by fax; it is filed.")
    assert made.verdict["outcome"] == "UNKNOWN"
    assert "fax" not in str(made.content)
    assert deliver(made) == "sent"


def test_somebody_who_left_before_the_term_ended(world: World):
    person = member(world)
    held = person.appointments.get()
    end_appointment(
        actor=world.staff_coordinator, appointment=held, day=dt.date(2026, 2, 1), reason="Moved away."
    )
    request = asked(world)
    verdict = judged(request)[0]
    assert verdict.outcome == Outcome.UNKNOWN
    assert "Moved away." in str(verdict.as_data())
    made = send(world, request, reason="Resigned in good standing; nothing was open.")
    assert made.content["spans"][0]["to"] == "January 31, 2026"
    assert "left in good standing" in made.content["statement"][0]
    assert "Moved" not in str(made.content)


def test_the_rule_sends_by_itself_only_where_the_facility_says_so(world: World):
    member(world)
    assert asked(world).status == "to_answer"
    set_parameter(world, "credentialing.affiliation_automatic", True)
    request = asked(world)
    assert request.status == "replying"
    assert request.replies.get().decided_by == world.system
    assert asked(world, release=Release()).status == "to_answer"
    assert asked(world, about=replace(ABOUT, first_name="Marie")).status == "to_answer"


# --- everything else ------------------------------------------------------------------------------------


def test_declining_tells_why_and_makes_no_letter(world: World):
    request = asked(world)  # nobody of this name is on file
    for kind in ("standard", "dates", "own"):
        with pytest.raises(Refused, match="whom the request is about"):
            send(world, request, kind, text="Anything", reason="Anything")
    with pytest.raises(Refused):
        send(world, request, "decline")
    assert deliver(send(world, request, "decline", text="Please send a signed release.")) == "sent"
    (message,) = mail.outbox
    assert "Please send a signed release." in message.body
    assert message.attachments == []
    assert not Letter.objects.exists()


def test_a_mail_that_comes_back_is_sent_to_another_address(world: World, monkeypatch):
    member(world)
    request = asked(world)
    made = send(world, request)

    def refuse(self, messages):
        raise smtplib.SMTPRecipientsRefused({ASKER.email: (550, b"no such user")})

    with monkeypatch.context() as patched:  # the mail system's answer, not ours
        patched.setattr(EmailBackend, "send_messages", refuse)
        assert deliver(made) == "returned"
    assert again(request).status == "came_back"
    second = affiliations.send_again(
        actor=world.coordinator, request=again(request), email="office@harborview.example.org"
    )
    assert deliver(second) == "sent"
    assert mail.outbox[0].to == ["office@harborview.example.org"]
    assert Letter.objects.count() == 1
    affiliations.mark_bounced(actor=world.coordinator, request=again(request))
    third = affiliations.send_again(actor=world.coordinator, request=again(request), email=ASKER.email)
    assert deliver(third) == "sent"
    assert Letter.objects.count() == 1


def test_a_request_is_closed_with_a_reason_and_taken_up_again(world: World):
    request = asked(world)
    with pytest.raises(Refused):
        affiliations.close_request(actor=world.coordinator, request=request, reason=" ")
    affiliations.close_request(actor=world.coordinator, request=request, reason="A second one of the same.")
    with pytest.raises(Refused):
        send(world, request, "decline", text="No.")
    affiliations.reopen_request(actor=world.coordinator, request=request)
    assert again(request).status == "to_answer"


def test_nobody_answers_about_themselves(world: World):
    person = member(world)
    person.user = world.coordinator
    person.save()
    request = asked(world)
    with pytest.raises(Forbidden):
        send(world, request)
    assert affiliations.reply(actor=world.colleague, request=request, kind="standard")


def test_the_sweep_takes_what_is_due(world: World):
    member(world)
    made = send(world, asked(world))
    assert affiliation_mails.sweep() == 0
    with clock.freeze(later()):
        assert affiliation_mails.sweep() == 1
    assert deliver(made) == "sent"
    with clock.freeze(later(60)):
        assert affiliation_mails.sweep() == 0
