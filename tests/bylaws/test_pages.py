"""Pages of this room: who sees them, what they say, how many queries they need, and what bad input gets."""

import datetime as dt
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import PROTECTED_CAUSES, BarKind, Body, CommitteeKind, LineOutcome, MotionStatus, SeatRole
from bylaws.models import Bar, CommitteeSeat, Decision, Meeting, Motion, Vote
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.bars import open_bar
from bylaws.services.committees import seat_member
from bylaws.services.meetings import schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.reviews import recommend
from bylaws.subjects import LineAnswer
from bylaws.wording import meaning_of_bar
from config.audit.models import ProtectedRead
from config.kernel import clock
from config.kernel.errors import Refused
from practitioners.models import Practitioner
from tests.bylaws.test_meetings import through_body
from tests.bylaws.test_minutes import record
from tests.bylaws.world import NOON, SAMPLE, TODAY

LIST_QUERIES = 12
WALK_QUERIES = 20
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as counted:
        response = client.get(url)
    assert response.status_code == 200, url
    return len(counted)


def line_data(case, outcome="recommend", **more):
    data = {}
    for line in SAMPLE.lines(case.subject_uid, TODAY):
        data[f"line-{line.uid}-outcome"] = outcome
        for name, value in more.items():
            data[f"line-{line.uid}-{name}"] = value
    return data


def text_of(response):
    return response.content.decode()


# --- reviews --------------------------------------------------------------------------------------------


def test_a_chair_finds_the_file_signs_it_and_sees_the_record(world, sign_in):
    case = world.case()
    client = sign_in(world.chair)
    step = world.step(case, Body.DEPARTMENT_CHAIR)
    url = reverse("bylaws:review", args=[step.uid])
    assert url in text_of(client.get(reverse("bylaws:reviews") + "?who=me"))
    page = text_of(client.get(url))
    assert "Privilege 2" in page
    assert "Recommend all 3 lines" in page
    assert "checked" not in page
    filled = text_of(client.get(url + "?fill=recommend"))
    assert filled.count(" checked") == 3
    preview = client.post(url, line_data(case) | {"rationale": "Known for years."})
    assert preview.status_code == 200
    assert "Sign this for Surgery?" in text_of(preview)
    assert not Decision.objects.exists()
    signed = client.post(url, line_data(case) | {"rationale": "Known for years.", "stage": "sign"})
    decision = Decision.objects.get()
    assert signed.status_code == 303
    assert signed["Location"] == reverse("bylaws:decision", args=[decision.uid])
    record = text_of(client.get(signed["Location"]))
    assert decision.frozen_hash in record
    assert "Known for years." in record
    after = text_of(client.get(url))
    assert "nothing is asked of anybody here now" in after
    assert 'name="rationale"' not in after


def test_what_is_missing_stands_at_its_line_and_nothing_typed_is_lost(world, sign_in):
    case = world.case()
    client = sign_in(world.chair)
    url = reverse("bylaws:review", args=[world.step(case, Body.DEPARTMENT_CHAIR).uid])
    data = line_data(case, "modify") | {"rationale": "Keep this sentence."}
    answer = client.post(url, data)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Privilege 2: say which change or condition." in page
    assert "Keep this sentence." in page
    answer = client.post(url, {"rationale": "x"})
    assert answer.status_code == 422
    assert "Privilege 1: choose an answer." in text_of(answer)
    answer = client.post(url, line_data(case, "nonsense"))
    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_a_refusal_of_the_service_stands_on_the_page(world, sign_in):
    case = world.case()
    SAMPLE.not_ready[case.subject_uid] = "The license was verified 130 days ago."
    client = sign_in(world.chair)
    url = reverse("bylaws:review", args=[world.step(case, Body.DEPARTMENT_CHAIR).uid])
    answer = client.post(url, line_data(case) | {"stage": "sign"})
    assert answer.status_code == 422
    assert "verified 130 days ago" in text_of(answer)


def test_who_cannot_sign_reads_why_where_the_button_would_be(world, sign_in):
    case = world.case()
    url = reverse("bylaws:review", args=[world.step(case, Body.DEPARTMENT_CHAIR).uid])
    client = sign_in(world.coordinator)
    assert "Ines Calloway recommends for Surgery." in text_of(client.get(url))
    answer = client.post(url, line_data(case) | {"stage": "sign"})
    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_the_vice_chair_is_asked_why_the_chair_does_not_act(world, sign_in):
    case = world.case()
    client = sign_in(world.vice_chair)
    url = reverse("bylaws:review", args=[world.step(case, Body.DEPARTMENT_CHAIR).uid])
    assert "Why do you act in the chair" in text_of(client.get(url))
    assert client.post(url, line_data(case) | {"stage": "sign"}).status_code == 422
    answer = client.post(url, line_data(case) | {"stage": "sign", "absence": "On leave."})
    assert answer.status_code == 303


def test_files_one_may_not_see_are_not_found(world, sign_in):
    case = world.recommended(world.practitioner("Ben Member", user=world.members[1]))
    step = world.step(case, Body.CREDENTIALS_COMMITTEE)
    decision = Decision.objects.get()
    for user in (world.members[1], world.mec_members[0], world.user("Sam Stranger", "lookup")):
        client = sign_in(user)
        assert client.get(reverse("bylaws:review", args=[step.uid])).status_code == 404
        assert client.get(reverse("bylaws:decision", args=[decision.uid])).status_code == 404
    client = sign_in(world.coordinator)
    assert client.get(reverse("bylaws:review", args=[uuid.uuid4()])).status_code == 404
    assert Client().get(reverse("bylaws:reviews")).status_code == 302


@pytest.mark.parametrize(
    "name", ["reviews", "meetings", "committees", "bars", "compliance", "parameters", "meeting_new"]
)
def test_a_page_without_the_role_is_a_sentence(world, sign_in, name):
    client = sign_in(world.user("Sam Stranger", "lookup"))
    answer = client.get(reverse(f"bylaws:{name}"))
    assert answer.status_code == 403
    assert "Your roles at Test Hospital do not include" in text_of(answer)


def test_lists_need_few_queries_however_long_they_are(world, sign_in):
    for _ in range(3):
        world.case()
    client = sign_in(world.coordinator)
    client.get(reverse("bylaws:reviews"))
    short = queries(client, reverse("bylaws:reviews"))
    for _ in range(12):
        world.recommended()
    assert queries(client, reverse("bylaws:reviews")) <= LIST_QUERIES
    assert short <= LIST_QUERIES
    for number in range(4):
        schedule_meeting(
            actor=world.coordinator,
            committee=world.committees[CommitteeKind.MEC],
            starts_at=NOON + dt.timedelta(days=number),
        )
    for name in ("meetings", "committees", "bars"):
        assert queries(client, reverse(f"bylaws:{name}")) <= LIST_QUERIES, name


def test_meetings_to_come_are_told_from_those_before_today(world, sign_in):
    client, committee = sign_in(world.coordinator), world.committees[CommitteeKind.MEC]
    for days in (0, 2):
        schedule_meeting(
            actor=world.coordinator, committee=committee, starts_at=NOON + dt.timedelta(days=days)
        )
    with clock.freeze(NOON + dt.timedelta(days=1)):
        for when, day in (("coming", "12 Mar 2026"), ("past", "10 Mar 2026")):
            rows = client.get(reverse("bylaws:meetings"), {"when": when}).context["listing"].rows
            assert [str(row.thing)[-11:] for row in rows] == [day]


def test_walk_pages_need_at_most_twenty_queries(world, sign_in):
    case = world.recommended(lines=8)
    item = world.item(case)
    motion = move(
        actor=world.coordinator,
        item=item,
        mover=world.members[0],
        seconder=world.members[1],
        lines=world.answers(case),
    )
    for user in world.members[:3]:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    other = world.case(lines=8)
    for user, url in (
        (world.coordinator, reverse("bylaws:meeting", args=[item.meeting.uid])),
        (world.members[4], reverse("bylaws:meeting", args=[item.meeting.uid])),
        (world.coordinator, reverse("bylaws:review", args=[item.step.uid])),
        (world.chair, reverse("bylaws:review", args=[world.step(other, Body.DEPARTMENT_CHAIR).uid])),
        (world.coordinator, reverse("bylaws:minutes", args=[item.step.uid])),
        (world.coordinator, reverse("bylaws:decision", args=[Decision.objects.get().uid])),
    ):
        assert queries(sign_in(user), url) <= WALK_QUERIES, url


# --- minutes --------------------------------------------------------------------------------------------


def test_a_decision_is_recorded_from_its_minutes(world, sign_in, settings, tmp_path):
    settings.STANDING_STORE = tmp_path
    case = world.recommended()
    client = sign_in(world.coordinator)
    url = reverse("bylaws:minutes", args=[world.step(case, Body.CREDENTIALS_COMMITTEE).uid])
    assert text_of(client.get(url)).count(" checked") == 3
    data = line_data(case) | {
        "decided_on": "2026-03-10",
        "mover": "Ana Member",
        "seconder": "Ben Member",
        "votes_for": "4",
        "votes_against": "0",
        "abstentions": "0",
        "recusals": "Eve Member: Partner in practice",
    }
    wrong = client.post(url, data | {"decided_on": "2031-01-01", "scan": SimpleUploadedFile("m.pdf", PDF)})
    assert wrong.status_code == 422
    assert "lies in the future" in text_of(wrong)
    assert "Eve Member: Partner in practice" in text_of(wrong)
    wrong = client.post(url, data | {"recusals": "Eve Member", "scan": SimpleUploadedFile("m.pdf", PDF)})
    assert "Write a name, a colon and the reason" in text_of(wrong)
    wrong = client.post(url, data)
    assert wrong.status_code == 422
    wrong = client.post(url, data | {"scan": SimpleUploadedFile("m.pdf", b"<script>alert(1)</script>")})
    assert wrong.status_code == 422
    assert not case.practitioner.documents.exists()
    done = client.post(url, data | {"scan": SimpleUploadedFile("m.pdf", PDF)})
    assert done.status_code == 303
    decision = Decision.objects.get(body=Body.CREDENTIALS_COMMITTEE)
    assert decision.minutes.practitioner == case.practitioner
    again = client.get(url)
    assert "nothing is asked of anybody here now" in text_of(again)


# --- meetings -------------------------------------------------------------------------------------------


def test_a_meeting_is_called_run_and_closed_on_its_page(world, sign_in):
    case = world.recommended()
    client = sign_in(world.coordinator)
    committee = world.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    wrong = client.post(reverse("bylaws:meeting_new"), {"committee": committee.pk, "starts_at": "soon"})
    assert wrong.status_code == 422
    called = client.post(
        reverse("bylaws:meeting_new"),
        {"committee": committee.pk, "starts_at": "2026-03-10T12:30", "kind": "regular", "place": "Room 4"},
    )
    meeting = Meeting.objects.get()
    assert called["Location"] == reverse("bylaws:meeting", args=[meeting.uid])
    assert meeting.starts_at == dt.datetime(2026, 3, 10, 17, 30, tzinfo=dt.UTC)
    live = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "meeting"}

    def post(name, thing, data, **headers):
        return client.post(reverse(f"bylaws:{name}", args=[thing.uid]), data, **{**live, **headers})

    step = world.step(case, Body.CREDENTIALS_COMMITTEE)
    assert "Nothing is on the agenda" not in text_of(post("agenda_add", meeting, {"step": step.uid}))
    assert "Initial appointment" in text_of(client.get(called["Location"]))
    refused = post("presence", meeting, {"user": world.mec_members[0].uid, "here": "yes"})
    assert refused.status_code == 422
    assert "does not sit on" in text_of(refused)
    assert 'id="meeting"' in text_of(refused)
    assert "<html" not in text_of(refused)
    post("meeting_act", meeting, {"act": "call_to_order"})
    for user in world.members[:3]:
        answer = post("presence", meeting, {"user": user.uid, "here": "yes", "mode": "in_person"})
        assert answer.status_code == 200
        assert "is here" in answer["HX-Trigger"]
    assert "3 of 5 voting members are present" in text_of(answer)
    item = meeting.agenda_items.get()
    motion_url = reverse("bylaws:motion_new", args=[item.uid])
    form = text_of(client.get(motion_url))
    assert form.count(" checked") == 3
    same = line_data(case) | {"mover": world.members[0].uid, "seconder": world.members[0].uid}
    answer = client.post(motion_url, same)
    assert answer.status_code == 422
    assert "cannot second their own motion" in text_of(answer)
    answer = client.post(motion_url, same | {"seconder": world.members[1].uid})
    assert answer.status_code == 303
    motion = Motion.objects.get()
    member = sign_in(world.members[0])
    answer = member.post(reverse("bylaws:motion_act", args=[motion.uid]), {"choice": "for"}, **live)
    assert "You voted for." in text_of(answer)
    answer = member.post(reverse("bylaws:motion_act", args=[motion.uid]), {"choice": "for"}, **live)
    assert answer.status_code == 200
    assert Vote.objects.count() == 1, "the same again is no new vote"
    assert "Change my vote" in text_of(answer)
    for user in world.members[1:3]:
        post("motion_act", motion, {"choice": "for", "user": user.uid})
    assert Vote.objects.count() == 3
    assert member.post(reverse("bylaws:motion_act", args=[motion.uid]), {"act": "close"}).status_code == 403
    answer = post("motion_act", motion, {"act": "close"})
    assert "The record of the decision" in text_of(answer)
    motion.refresh_from_db()
    assert motion.status == MotionStatus.CARRIED
    answer = client.post(reverse("bylaws:meeting_act", args=[meeting.uid]), {"act": "adjourn"})
    assert answer.status_code == 303
    assert "Was here" in text_of(client.get(called["Location"]))


def test_an_open_page_asks_again_and_is_answered_only_when_something_happened(world, sign_in):
    item = world.item(world.recommended(), present=world.members[:3])
    client = sign_in(world.members[0])
    url = reverse("bylaws:meeting", args=[item.meeting.uid])
    live = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "meeting"}
    stamp = client.get(url).context["stamp"]
    assert client.get(url, {"seen": stamp}, **live).status_code == 204
    move(
        actor=world.coordinator,
        item=item,
        mover=world.members[0],
        seconder=world.members[1],
        lines=world.answers(item.step.case),
    )
    answer = client.get(url, {"seen": stamp}, **live)
    assert answer.status_code == 200
    assert "Cast my vote" in text_of(answer)
    assert client.get(url, {"seen": stamp}).status_code == 200


def test_recusal_and_postponing_on_the_page(world, sign_in):
    item = world.item(world.recommended(), present=world.members[:3])
    client = sign_in(world.coordinator)
    url = reverse("bylaws:item_act", args=[item.uid])
    answer = client.post(url, {"user": world.members[2].uid, "reason": ""})
    assert answer.status_code == 422
    assert "Say why" in text_of(answer)
    client.post(url, {"user": world.members[2].uid, "reason": "Partner"})
    page = text_of(client.get(reverse("bylaws:meeting", args=[item.meeting.uid])))
    assert "2 of 5 voting members are present, 1 of those here recused; 3 are needed" in page
    asking = client.get(reverse("bylaws:meeting", args=[item.meeting.uid])).content.decode()
    assert 'data-confirm="Postpone this matter?' in asking
    client.post(url, {"act": "postpone"})
    item.refresh_from_db()
    assert item.status == "postponed"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("meeting_act", {"act": "dance"}),
        ("presence", {"user": "not-a-uid", "here": "yes"}),
        ("presence", {"user": str(uuid.uuid4()), "here": "yes"}),
        ("agenda_add", {"step": str(uuid.uuid4())}),
        ("agenda_add", {"step": "x"}),
        ("agenda_add", {"title": "  "}),
    ],
)
def test_bad_input_to_a_meeting_is_a_sentence(world, sign_in, name, data):
    meeting = world.meeting()
    answer = sign_in(world.coordinator).post(reverse(f"bylaws:{name}", args=[meeting.uid]), data)
    assert answer.status_code == 422
    assert "This was not done" in text_of(answer)


def test_a_member_sees_the_own_file_on_the_agenda_without_its_content(world, sign_in):
    own = world.recommended(world.practitioner("Cora Member", user=world.members[2]))
    item = world.item(own)
    page = text_of(sign_in(world.members[2]).get(reverse("bylaws:meeting", args=[item.meeting.uid])))
    assert "This is your own file: you take no part" in page
    assert reverse("bylaws:review", args=[item.step.uid]) not in page


def test_a_meeting_of_another_committee_is_not_found(world, sign_in):
    meeting = world.meeting(CommitteeKind.MEC)
    client = sign_in(world.members[0])
    assert client.get(reverse("bylaws:meeting", args=[meeting.uid])).status_code == 404
    assert client.post(reverse("bylaws:meeting_act", args=[meeting.uid])).status_code == 404
    member = sign_in(world.mec_members[0])
    assert member.get(reverse("bylaws:meeting", args=[meeting.uid])).status_code == 200
    assert member.get(reverse("bylaws:meeting_cancel", args=[meeting.uid])).status_code == 403


def test_a_meeting_is_cancelled_with_a_reason(world, sign_in):
    meeting = schedule_meeting(
        actor=world.coordinator,
        committee=world.committees[CommitteeKind.MEC],
        starts_at=NOON + dt.timedelta(days=2),
    )
    client = sign_in(world.coordinator)
    url = reverse("bylaws:meeting_cancel", args=[meeting.uid])
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Snow"}).status_code == 303
    assert client.post(url, {"reason": "Snow"}).status_code == 422


# --- committees -----------------------------------------------------------------------------------------


def test_members_are_seated_and_leave_on_the_committees_page(world, sign_in):
    client = sign_in(world.coordinator)
    committee = world.committees[CommitteeKind.MEC]
    url = reverse("bylaws:committee", args=[committee.uid])
    newcomer = world.user("Nora Newcomer", "committee_member")
    data = {"user": newcomer.uid, "seat_role": "member", "votes": "on", "start": "2026-03-01"}
    assert client.post(url, data | {"start": "yesterday"}).status_code == 422
    too_early = client.post(url, data | {"start": "0001-01-01"})
    assert too_early.status_code == 422
    assert "cannot be " in text_of(too_early)
    ward = world.user("Main Desk", "lookup")
    assert "Main Desk" not in text_of(client.get(url))
    assert client.post(url, data | {"user": ward.uid}).status_code == 422
    with pytest.raises(Refused, match="takes none"):
        seat_member(actor=world.coordinator, committee=committee, user=ward)
    second_chair = client.post(url, data | {"seat_role": SeatRole.CHAIR})
    assert second_chair.status_code == 422
    assert "end that seat first" in text_of(second_chair)
    assert client.post(url, data).status_code == 303
    assert "Nora Newcomer" in text_of(client.get(reverse("bylaws:committees")))
    seat = CommitteeSeat.objects.get(user=newcomer)
    end = reverse("bylaws:seat_end", args=[seat.uid])
    assert client.get(end).status_code == 200
    assert client.post(end, {"day": "2026-03-10", "reason": "Moved"}).status_code == 303
    assert client.post(end, {"day": "2026-03-10", "reason": "Moved"}).status_code == 422
    member = sign_in(world.members[0])
    assert member.get(url).status_code == 200
    assert member.post(url, data).status_code == 403


# --- bars -----------------------------------------------------------------------------------------------


def test_a_suspension_is_recorded_lifted_and_voided(world, sign_in):
    practitioner = world.practitioner()
    world.appoint(practitioner)
    client = sign_in(world.coordinator)
    url = reverse("bylaws:bar_new", args=[practitioner.uid])
    data = {"kind": "leave", "cause": "Military service.", "start": "2026-03-01", "scope": "all"}
    assert client.get(url).status_code == 200
    assert client.post(url, data | {"last_day": "2026-02-01"}).status_code == 422
    assert client.post(url, data | {"scope": "listed"}).status_code == 422
    assert client.post(url, data).status_code == 303
    bar = Bar.objects.get()
    page = reverse("bylaws:bar", args=[bar.uid])
    assert "Military service." in text_of(client.get(page))
    assert "Adaeze Okonkwo" in text_of(client.get(reverse("bylaws:bars")))
    wrong = client.post(page, {"act": "lift", "lift-day": "2026-02-01", "lift-reason": "Back"})
    assert wrong.status_code == 422
    assert "It stands since 1 Mar 2026" in text_of(wrong)
    assert (
        client.post(page, {"act": "lift", "lift-day": "2026-03-09", "lift-reason": "Back"}).status_code == 303
    )
    assert "Adaeze Okonkwo" not in text_of(client.get(reverse("bylaws:bars")))
    assert "Adaeze Okonkwo" in text_of(client.get(reverse("bylaws:bars") + "?state=ended"))
    assert client.post(page, {"act": "void", "void-reason": "Wrong person"}).status_code == 303
    assert "It never stood, as is known now." in text_of(client.get(page))
    assert client.post(page, {"act": "nothing"}).status_code == 422


def test_bars_are_counted_in_english(world, sign_in):
    for name in ("Adaeze Okonkwo", "Iris Vandal"):
        open_bar(
            actor=world.director,
            practitioner=world.practitioner(name),
            facility=world.facility,
            kind="leave",
            cause="Leave",
            start=TODAY,
        )
    client = sign_in(world.coordinator)
    assert "2 entries" in text_of(client.get(reverse("bylaws:bars")))
    assert "No entry fits these filters." in text_of(client.get(reverse("bylaws:bars") + "?state=ended"))


def test_a_bar_is_the_offices_business_and_never_the_own(world, sign_in):
    own = world.practitioner("Mara Quist", user=world.coordinator)
    bar = open_bar(
        actor=world.director,
        practitioner=own,
        facility=world.facility,
        kind="leave",
        cause="Leave",
        start=TODAY,
    )
    url = reverse("bylaws:bar", args=[bar.uid])
    assert sign_in(world.coordinator).get(url).status_code == 404
    assert sign_in(world.director).get(url).status_code == 200
    assert sign_in(world.chair).get(url).status_code == 404
    refused = sign_in(world.coordinator).post(
        reverse("bylaws:bar_new", args=[own.uid]),
        {"kind": "leave", "cause": "x", "start": "2026-03-01", "scope": "all"},
    )
    assert refused.status_code == 403


def test_why_somebody_is_restricted_is_read_on_its_own_page_and_logged(world, sign_in):
    bar = open_bar(
        actor=world.coordinator,
        practitioner=world.practitioner(),
        facility=world.facility,
        kind="precautionary_suspension",
        cause="Imminent danger to patients.",
        start=TODAY,
    )
    client = sign_in(world.coordinator)
    listed = text_of(client.get(reverse("bylaws:bars")))
    assert "Confidential" in listed
    assert "Imminent danger" not in listed
    assert not ProtectedRead.objects.exists()
    assert "Imminent danger" in text_of(client.get(reverse("bylaws:bar", args=[bar.uid])))
    read = ProtectedRead.objects.get()
    assert (read.data_class, read.actor_uid) == ("peer_review", world.coordinator.uid)


@pytest.mark.parametrize("kind", BarKind.values)
def test_each_kind_of_bar_says_what_is_true_of_it(world, sign_in, kind):
    automatic = "goes to no board, opens no hearing"
    by_hand = open_bar(
        actor=world.coordinator,
        practitioner=world.practitioner(),
        facility=world.facility,
        kind=kind,
        cause="What happened",
        start=TODAY,
    )
    said = text_of(sign_in(world.coordinator).get(reverse("bylaws:bar", args=[by_hand.uid])))
    assert automatic not in said
    assert meaning_of_bar(kind, by_itself=False) in said
    if kind in PROTECTED_CAUSES:
        assert "still in force on its 31st day" in said
    assert automatic in meaning_of_bar(kind, by_itself=True)


def test_an_adverse_recommendation_of_the_mec_is_told_before_the_board(world, sign_in):
    case = world.recommended()
    through_body(world, case, Body.CREDENTIALS_COMMITTEE, world.members)
    meeting = world.meeting(Body.MEC, present=world.mec_members)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, Body.MEC))
    motion = move(
        actor=world.coordinator,
        item=item,
        mover=world.mec_members[0],
        seconder=world.mec_members[1],
        lines=world.answers(case, LineOutcome.NOT_RECOMMEND, reason="Too few cases."),
    )
    for user in world.mec_members:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    page = text_of(
        sign_in(world.coordinator).get(reverse("bylaws:review", args=[world.step(case, Body.BOARD).uid]))
    )
    assert "Adverse recommendation" in page
    assert "42 USC 11112(b)" in page
    assert "It is against: Appointment, Active, Surgery; Privilege 1; Privilege 2." in page
    assert "Limited recommendation" not in page


def test_what_the_mec_limited_is_named_before_the_board(world, sign_in):
    case = world.recommended()
    through_body(world, case, Body.CREDENTIALS_COMMITTEE, world.members)
    meeting = world.meeting(Body.MEC, present=world.mec_members)
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, Body.MEC))
    plain, limited, other = world.answers(case)
    limited = LineAnswer(
        limited.line_uid, LineOutcome.MODIFY, conditions="Not at night.\nFive cases proctored."
    )
    motion = move(
        actor=world.coordinator,
        item=item,
        mover=world.mec_members[0],
        seconder=world.mec_members[1],
        lines=[plain, limited, other],
    )
    for user in world.mec_members:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    said = (
        "The Medical Executive Committee recommends only with a change or condition: "
        "Privilege 1 (Not at night. Five cases proctored)."
    )
    client = sign_in(world.coordinator)
    page = text_of(client.get(reverse("bylaws:review", args=[world.step(case, Body.BOARD).uid])))
    assert said in page
    assert "Adverse recommendation" not in page
    assert said not in text_of(client.get(reverse("bylaws:review", args=[world.step(case, Body.MEC).uid])))


def test_findings_lead_to_files_only_for_those_who_see_files(world, sign_in):
    world.appoint(world.practitioner())
    president = world.user("Pia President", "medical_staff_president")
    url = reverse("practitioners:file", args=[Practitioner.objects.get().uid])
    assert url in text_of(sign_in(world.coordinator).get(reverse("bylaws:compliance")))
    answer = sign_in(president).get(reverse("bylaws:compliance"))
    assert answer.status_code == 200
    assert url not in text_of(answer)


# --- today ----------------------------------------------------------------------------------------------


def test_the_queues_of_today_speak_of_this_rooms_work(world):
    from bylaws.worklist import meetings, reviews, suspensions

    case = world.case()
    assert reviews.to_recommend(world.chair, world.facility, 5)[0] == 1
    recommend(
        actor=world.chair,
        step=world.step(case, Body.DEPARTMENT_CHAIR),
        lines=[LineAnswer(line.uid, LineOutcome.RECOMMEND) for line in SAMPLE.lines(case.subject_uid, TODAY)],
    )
    assert reviews.to_recommend(world.chair, world.facility, 5)[0] == 0
    total, items = reviews.to_schedule(world.coordinator, world.facility, 5)
    assert (total, items[0].title) == (1, "Adaeze Okonkwo, MD")
    item = world.item(case)
    assert reviews.to_schedule(world.coordinator, world.facility, 5)[0] == 0
    assert reviews.on_my_agenda(world.members[1], world.facility, 5)[0] == 1
    total, items = meetings.meetings_this_week(world.members[1], world.facility, 5)
    assert (total, items[0].due) == (1, TODAY)
    assert meetings.meetings_this_week(world.mec_members[1], world.facility, 5)[0] == 0
    world.appoint(item.practitioner)
    open_bar(
        actor=world.coordinator,
        practitioner=item.practitioner,
        facility=world.facility,
        kind="leave",
        cause="Leave",
        start=TODAY,
    )
    assert suspensions.bars_standing(world.coordinator, world.facility, 5)[0] == 1


def test_the_clock_of_the_facility_decides_which_day_it_is(world, sign_in):
    """At three in the morning UTC it is still the evening before in Chicago."""
    practitioner = world.practitioner()
    open_bar(
        actor=world.coordinator,
        practitioner=practitioner,
        facility=world.facility,
        kind="leave",
        cause="Leave",
        start=dt.date(2026, 3, 11),
    )
    client = sign_in(world.coordinator)
    with clock.freeze("2026-03-11T03:00:00"):
        assert "Adaeze" not in text_of(client.get(reverse("bylaws:bars")))
    with clock.freeze("2026-03-11T06:00:00"):
        assert "Adaeze" in text_of(client.get(reverse("bylaws:bars")))


def test_a_member_reads_the_bodys_decision_without_ways_that_are_closed(world, sign_in):
    case = world.recommended()
    decision = record(world, case)
    url = reverse("bylaws:decision", args=[decision.uid])
    review = reverse("bylaws:review", args=[decision.step.uid])
    assert review in sign_in(world.coordinator).get(url).content.decode()
    member = sign_in(world.members[0])
    shown = member.get(url)
    assert shown.status_code == 200
    assert review not in shown.content.decode()
    assert member.get(review).status_code == 404
    assert sign_in(world.board_members[0]).get(url).status_code == 404
    assert queries(member, url) <= WALK_QUERIES
