"""Marked words in what is protected reach no ward, roster, feed, export, search, log or other packet.

What pages and lists of the whole product show to whom, and that whoever has the class finds each word, is in
``tests/matrix/test_marked_words.py``.
"""

from __future__ import annotations

import datetime as dt
import io
import logging

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from pypdf import PdfReader

from bylaws.choices import BarKind
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.bars import lift_bar
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.meetings import schedule_meeting
from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent
from config.kernel import clock
from credentialing.choices import NPDBQueryKind, NPDBReason, Severity
from credentialing.services.flags import raise_flag
from credentialing.services.npdb import log_query
from practitioners import store
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence
from practitioners.services.evidence import add_evidence
from privileging.choices import FPPEReason, FPPEStatus
from privileging.models import ChangeNotice, Grant, PublishedChange
from privileging.services import notices
from privileging.services.certificates import certify_privileges
from privileging.services.fppe import close_fppe, start_fppe
from privileging.services.publishing import publish_changes
from privileging.services.roster import make_roster
from tests.privileging.conftest import NOON, TODAY, appoint, bar, grant, licensed, set_parameter
from tests.privileging.evaluations import evaluation
from tests.privileging.files import account, asked, before_the_board, office, opened

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
HOUR = dt.timedelta(hours=1)
#: One word for each kind of content; no other text holds any of them.
WORDS = {
    "data bank": "zyxbank", "reference": "zyxreference", "health": "zyxhealth",
    "cause of a suspension": "zyxcause", "end of a suspension": "zyxended",
    "method of an evaluation": "zyxmethod", "conclusion of an evaluation": "zyxconclusion",
    "grounds of an evaluation": "zyxgrounds",
}  # fmt: skip


@pytest.fixture
def staff(world, bylaws_rule):
    set_parameter(world.system, "privileging.shareable_reasons", [str(kind) for kind in BarKind])
    set_parameter(world.system, "privileging.surgical_forms", ["GS"])
    return office(world)


@pytest.fixture
def marked(world, staff, person, caplog):
    """A surgeon about whom there is protected content of every kind."""
    surgeon = person()
    appoint(world, surgeon)
    grant(world, surgeon)
    caplog.set_level(logging.INFO)
    with clock.freeze(NOON - HOUR):
        publish_changes(actor=world.system, facility=world.lakeside)
    log_query(
        actor=staff.coordinator, practitioner=surgeon, facility=world.lakeside,
        kind=NPDBQueryKind.ONE_TIME, reason=NPDBReason.values[0], queried_on=TODAY, dcn="5500000000000001",
        content=b"A report of zyxbank", adverse=True,
    )  # fmt: skip
    for data_class, word in ((DataClass.PEER_REVIEW, "zyxreference"), (DataClass.HEALTH, "zyxhealth")):
        add_evidence(
            actor=staff.coordinator, practitioner=surgeon, title="An answer", source="Somebody",
            source_kind=SourceKind.PRIMARY, method=Method.WEB, content=f"He has {word}.".encode(),
            media_type="text/plain", data_class=data_class,
        )  # fmt: skip
    licensed(world, surgeon)
    stopped = bar(
        world, surgeon, TODAY - dt.timedelta(days=2), kind=BarKind.PRECAUTIONARY_SUSPENSION,
        cause="Seen zyxcause", at=NOON,
    )  # fmt: skip
    with clock.freeze(NOON + HOUR / 2):
        lift_bar(actor=world.system, bar=stopped.identity, day=TODAY, reason="No more zyxended")
    for_cause = evaluation(
        Grant.objects.get(practitioner=surgeon), {"method": "Review of zyxmethod"}, TODAY,
        reason=FPPEReason.FOR_CAUSE, grounds="Told of zyxgrounds",
    )  # fmt: skip
    start_fppe(actor=world.system, plans=[for_cause])
    close_fppe(
        actor=world.system, plans=[for_cause], outcome=FPPEStatus.CLOSED_UNSUCCESSFUL,
        conclusion="Found zyxconclusion", fewer="Seen elsewhere",
    )  # fmt: skip
    return surgeon


def text_of(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"%PDF"):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return content.decode()


def require_no_word(text: str, where: str) -> None:
    found = [kind for kind, word in WORDS.items() if word in text.lower()]
    assert not found, f"{where} tells of: {', '.join(found)}"


def addresses(world, surgeon, roster) -> list[tuple[str, dict]]:
    """Whatever the ward may open, and the lists and files the office makes of people."""
    here = {"facility": "LAKE"}
    days = [{"on": str(TODAY)}, {"on": str(TODAY + dt.timedelta(days=200))}]
    then = {"known_at": f"{TODAY}T11:10"}
    found = []
    for more in (*days, days[0] | then):
        found += [
            (reverse("privileging:lookup"), {"person": surgeon.npi, "privilege": CODE} | more),
            (reverse("privileging:who_can"), {"privilege": CODE} | more),
            (reverse("privileging:who_can"), {"privilege": CODE, "format": "csv"} | more),
        ]
        if "known_at" in more:  # the API is told the offset
            more = more | {"known_at": f"{TODAY}T11:10-06:00"}
        found += [
            (reverse("api:can-perform-list"), here | {"npi": surgeon.npi, "privilege": CODE} | more),
            (reverse("api:who-can-list"), here | {"privilege": CODE} | more),
        ]
    found += [
        (reverse("api:booking-guard-list"), here | {"npi": surgeon.npi, "privilege": CODE, "at": at})
        for at in ("2026-11-24T11:10:00-06:00", "2026-11-25T08:00:00-06:00", NOON.isoformat())
    ]
    found += [
        (reverse("api:changes-list"), here),
        (reverse("privileging:changes"), {}),
        (reverse("privileging:changes"), {"format": "csv"}),
        (reverse("privileging:rosters"), {}),
        (reverse("privileging:roster_pdf", args=[roster.uid]), {}),
        (reverse("privileging:roster_csv", args=[roster.uid]), {}),
    ]
    for word in (*WORDS.values(), "okonkwo"):
        found.append((reverse("home:search"), {"q": word}))
    return found


def test_no_marked_word_leaves_the_office(world, staff, marked, client, user, caplog):
    with clock.freeze(NOON + HOUR):
        publish_changes(actor=world.system, facility=world.lakeside)
        roster = make_roster(actor=world.system, facility=world.lakeside, day=TODAY)
        client.force_login(user(Role.LOOKUP))
        opened_pages = 0
        for address, asked_for in addresses(world, marked, roster):
            answer = client.get(address, asked_for)
            opened_pages += answer.status_code == 200
            text = text_of(answer)
            if "q" in asked_for:  # the page repeats what was looked for
                text = text.lower().replace(asked_for["q"], "")
            require_no_word(text, f"{address} {asked_for}")
        assert opened_pages >= 24
    assert PublishedChange.objects.filter(practitioner=marked).count() >= 2
    for key in (roster.csv_key, roster.pdf_key):
        require_no_word(store.get(key).decode("latin-1"), "the roster that is kept")
    require_no_word(caplog.text, "the log")
    told = [str((event.verb, event.reason, event.data)) for event in AuditEvent.objects.all()]
    require_no_word(" ".join(told), "the audit trail")


def test_nor_a_list_or_file_of_people(world, staff, marked, client):
    client.force_login(staff.coordinator)
    for form in ("csv", "xlsx", ""):
        answer = client.get(reverse("practitioners:list"), {"format": form} if form else {})
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        require_no_word(content.decode("latin-1"), f"the list as {form or 'a page'}")
    for word in WORDS.values():
        text = text_of(client.get(reverse("home:search"), {"q": word})).lower().replace(word, "")
        assert "okonkwo" not in text, word


def test_nor_the_roster_a_certificate_or_a_mail_to_a_department(world, staff, marked, client, tmp_path):
    path = tmp_path / "roster.csv"
    call_command("export_roster", str(path))
    assert marked.npi in path.read_text()
    require_no_word(path.read_text(), "the roster that is exported")
    certificate = certify_privileges(actor=staff.coordinator, practitioner=marked, facility=world.lakeside)
    client.force_login(staff.coordinator)
    paper = text_of(client.get(reverse("privileging:certificate_pdf", args=[certificate.uid])))
    assert "Laparoscopic cholecystectomy" in " ".join(paper.split())
    require_no_word(paper + str(certificate.content), "the certificate")
    set_parameter(world.system, "privileging.notice_hour", 16)
    notices.add_department(
        actor=staff.coordinator, facility=world.lakeside, name="Operating room", address="or@lakeside.example"
    )
    grant(world, marked, "GS-COLECTOMY", start=TODAY, at=NOON + HOUR, conditions="By day")
    with clock.freeze(NOON + 5 * HOUR):
        publish_changes(actor=world.system, facility=world.lakeside)
        notices.notify_departments()
        for notice in ChangeNotice.objects.all():
            notices.send(notice.uid)
    assert mail.outbox
    for message in mail.outbox:
        require_no_word(f"{message.subject} {message.body}", "the mail to a department")


#: What is about the person, and the class it is of.
IN_THE_FILE = {
    "zyxbank": DataClass.DATA_BANK,
    "zyxreference": DataClass.PEER_REVIEW,
    "zyxhealth": DataClass.HEALTH,
    "zyxflag": DataClass.HEALTH,
}


@pytest.fixture
def packet(world, staff, person):
    """A file before the board, with content of each class."""
    one = person(last="Applicant")
    for word, data_class in IN_THE_FILE.items():
        add_evidence(
            actor=staff.coordinator, practitioner=one, title="An answer", source="Somebody",
            source_kind=SourceKind.PRIMARY, method=Method.WEB, content=f"It says {word}.".encode(),
            media_type="text/plain", data_class=data_class,
        )  # fmt: skip
    licensed(world, one)
    bar(world, one, TODAY - dt.timedelta(days=2), TODAY - dt.timedelta(days=1),
        kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Seen zyxcause")  # fmt: skip
    application = opened(world, staff, one)
    asked(staff, application)
    raise_flag(
        actor=staff.coordinator, application=application, code="RF-OTHER", severity=Severity.INFO,
        sentence="There is zyxflag.", data_class=DataClass.HEALTH,
    )  # fmt: skip
    step = before_the_board(staff, application)
    meeting = schedule_meeting(actor=staff.meetings, committee=staff.board, starts_at=clock.now())
    add_step_to_agenda(actor=staff.meetings, meeting=meeting, step=step)
    return step


def test_whoever_sits_on_the_body_reads_only_their_classes(staff, packet, client):
    """Peer review, and neither what the data bank says nor anything of somebody's health."""
    client.force_login(staff.members[0])
    page = client.get(reverse("bylaws:review", args=[packet.uid]))
    assert page.status_code == 200
    assert "Applicant" in text_of(page)
    read = []
    for evidence in Evidence.objects.filter(practitioner=packet.case.practitioner):
        answer = client.get(reverse("practitioners:evidence_content", args=[evidence.uid]))
        read += [text_of(answer)] if answer.status_code == 200 else []
    for word in ("zyxbank", "zyxhealth", "zyxflag"):
        assert word not in text_of(page), word
        assert word not in " ".join(read), word


def test_nor_the_packet_of_another_body(world, staff, packet, client):
    """Somebody who sits elsewhere opens neither the file nor anything of it."""
    one, step = packet.case.practitioner, packet
    other = account(world, "elsewhere", Role.COMMITTEE_MEMBER)
    committee = form_committee(
        actor=world.system, facility=world.lakeside, kind="credentials_committee", name="Elsewhere"
    )
    seat_member(
        actor=world.system, committee=committee, user=other, seat_role="member", start=dt.date(2020, 1, 1)
    )
    client.force_login(other)
    for address in (
        reverse("bylaws:review", args=[step.uid]),
        reverse("practitioners:file", args=[one.uid]),
        reverse("bylaws:reviews"),
        reverse("bylaws:meetings"),
        reverse("home:search") + "?q=applicant",
        *(
            reverse(f"practitioners:{name}", args=[each.uid])
            for each in one.evidence.all()
            for name in ("evidence", "evidence_content")
        ),
    ):
        text = text_of(client.get(address))
        assert "Applicant, " not in text or "/search/" in address, address
        assert [word for word in (*WORDS.values(), *IN_THE_FILE) if word in text.lower()] == [], address
    assert client.get(reverse("bylaws:review", args=[step.uid])).status_code in (403, 404)
