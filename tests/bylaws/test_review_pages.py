"""What a reviewer meets on the pages: filling, signing twice, going back, doubts, who voted, where to go."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bylaws.choices import Body, CommitteeKind, LineOutcome, VoteChoice
from bylaws.models import Decision, Meeting, Motion, ReviewCase
from bylaws.services.agendas import add_other_business, add_step_to_agenda
from bylaws.services.meetings import adjourn, schedule_meeting
from bylaws.services.motions import cast_vote, close_vote, move, withdraw_motion
from bylaws.tables import asked_of
from config.kernel import clock
from config.rulebook.verdicts import Outcome
from tests.bylaws.test_meetings import moved, voted
from tests.bylaws.test_pages import PDF, WALK_QUERIES, line_data, queries, text_of
from tests.bylaws.world import NOON, SAMPLE, TODAY

CHAIR, CREDENTIALS = Body.DEPARTMENT_CHAIR, Body.CREDENTIALS_COMMITTEE
DAY = dt.timedelta(days=1)


def review_url(world, case, body=CHAIR):
    return reverse("bylaws:review", args=[world.step(case, body).uid])


def meeting_url(meeting):
    return reverse("bylaws:meeting", args=[meeting.uid])


# --- the way to the file --------------------------------------------------------------------------------


def test_a_chair_sees_whose_file_it_is_and_is_led_nowhere_closed(world, sign_in):
    case = world.case()
    person = case.practitioner
    page = text_of(sign_in(world.chair).get(reverse("practitioners:file", args=[person.uid])))
    assert person.display_name in page
    assert "My file" not in page
    assert f'href="{reverse("practitioners:list")}"' not in page


# --- signing --------------------------------------------------------------------------------------------


def test_one_button_leaves_out_what_is_not_met_and_asks_why(world, sign_in):
    case = world.case()
    SAMPLE.criteria = Outcome.NOT_MET
    client, url = sign_in(world.chair), review_url(world, case)
    assert "Recommend the 1 line whose criteria are met" in text_of(client.get(url))
    filled = text_of(client.get(url + "?fill=recommend"))
    assert filled.count(" checked") == 1
    assert "2 lines left to you" in filled
    assert 'data-reveal=" reason"' in filled.split('value="recommend"')[2][:120]
    refused = client.post(url, line_data(case))
    assert refused.status_code == 422
    assert "Privilege 1: its criteria are not met; give the reason" in text_of(refused)
    summary = text_of(client.post(url, line_data(case, reason="Proctored for ten cases.")))
    assert summary.count("Criteria not met") == 2
    assert summary.count("Proctored for ten cases.</span>") == 2


def test_recommend_all_shows_at_once_what_would_be_signed(world, sign_in):
    case = world.case()
    client, url = sign_in(world.chair), review_url(world, case)
    assert "Recommend all 3 lines" in text_of(client.get(url))
    preview = client.post(url, {"stage": "all"})
    page = text_of(preview)
    assert preview.status_code == 200
    assert "Sign this for Surgery?" in page
    assert page.count('value="recommend"') == 3
    assert not Decision.objects.exists()


def test_whoever_fills_the_lines_in_to_change_some_finds_them_open(world, sign_in):
    client, url = sign_in(world.chair), review_url(world, world.case(lines=5))
    assert 'id="folded-lines">' in text_of(client.get(url))
    assert 'id="folded-lines" open>' in text_of(client.get(url + "?fill=recommend"))


def test_recommend_all_answers_nothing_that_leaves_a_doubt(world, sign_in):
    case = world.case()
    client, url = sign_in(world.chair), review_url(world, case)
    SAMPLE.criteria = Outcome.NOT_MET  # since the page was opened
    answer = client.post(url, {"stage": "all"})
    assert answer.status_code == 422
    assert "Privilege 1: choose an answer." in text_of(answer)
    assert text_of(answer).count(" checked") == 1


def test_going_back_keeps_every_answer_and_the_rationale(world, sign_in):
    case = world.case()
    client, url = sign_in(world.chair), review_url(world, case)
    data = line_data(case, "modify", condition="Two proctored cases.") | {"rationale": "Known for years."}
    summary = text_of(client.post(url, data))
    assert "Back and change" in summary
    back = client.post(url, data | {"stage": "change"})
    page = text_of(back)
    assert back.status_code == 200
    assert page.count(" checked") == 3
    assert page.count("Two proctored cases.") == 3
    assert "Known for years." in page
    assert "error-summary" not in page
    assert not Decision.objects.exists()


@pytest.mark.parametrize("outcome", ["recommend", "defer"])
def test_a_double_tap_on_sign_shows_the_record_twice(world, sign_in, outcome):
    case = world.case()
    client, url = sign_in(world.chair), review_url(world, case)
    data = line_data(case, outcome, reason="The log is awaited.")
    assert 'name="after" value=""' in text_of(client.post(url, data))
    first = client.post(url, data | {"stage": "sign", "after": ""})
    second = client.post(url, data | {"stage": "sign", "after": ""})
    decision = Decision.objects.get()
    record = reverse("bylaws:decision", args=[decision.uid])
    assert (first.status_code, first["Location"]) == (303, record)
    assert (second.status_code, second["Location"]) == (303, record)
    stranger = sign_in(world.vice_chair).post(url, data | {"stage": "sign", "after": "", "absence": "x"})
    assert stranger.status_code in (409, 422)


def test_a_deferred_file_starts_from_what_was_said(world, sign_in):
    case = world.case()
    client, url = sign_in(world.chair), review_url(world, case)
    data = line_data(case) | {"rationale": "Known for years."}
    last = [name for name in data if name.endswith("-outcome")][-1]
    waiting = {last: "defer", last.replace("-outcome", "-reason"): "The log is awaited."}
    assert client.post(url, data | {last: "defer"}).status_code == 422
    assert client.post(url, data | waiting | {"stage": "sign", "after": ""}).status_code == 303
    page = text_of(client.get(url))
    assert page.count(" checked") == 2
    assert "Known for years." in page
    assert "The log is awaited." in page
    assert "starts from what you said before" in page


def test_many_lines_without_an_answer_are_one_entry(world, sign_in):
    case = world.case(lines=17)
    answer = sign_in(world.chair).post(review_url(world, case), {"rationale": "x"})
    top = text_of(answer).split("error-summary-title")[2].split("</ul>")[0]
    assert answer.status_code == 422
    assert top.count("<li>") == 1
    assert "18 lines have no answer yet. Go to the first." in top


def test_the_list_of_errors_words_every_line_alike(world, sign_in):
    case = world.case()
    answer = sign_in(world.chair).post(review_url(world, case), line_data(case, "not_recommend"))
    top = text_of(answer).split("error-summary-title")[2].split("</ul>")[0]
    assert ">Privilege 1: give the reason why not.<" in top
    assert "Reason: " not in top


def test_a_number_typed_wrong_says_on_which_line(world, sign_in):
    case = world.case()
    typed = line_data(case, "modify", proctor_cases="-3")
    answer = sign_in(world.chair).post(review_url(world, case), typed)
    top = text_of(answer).split("error-summary-title")[2].split("</ul>")[0]
    assert "Privilege 1: Cases with a proctor: Enter 1 or more." in top


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Initial appointment, Okonkwo, Adaeze at Lakeside", "Initial appointment"),
        ("Initial appointment, under an earlier name at Lakeside",) * 2,
    ],
)
def test_what_is_asked_for_is_said_without_whose_and_where(title, asked):
    assert asked_of(ReviewCase(title=title), "Okonkwo, Adaeze", "Lakeside") == asked


def test_what_was_filled_in_is_said_where_the_page_opens(world, sign_in):
    client, url = sign_in(world.chair), review_url(world, world.case(lines=5))
    said = text_of(client.get(url + "?fill=recommend"))
    assert said.index('id="lines"') < said.index("set to “Recommend”")


def test_a_contradiction_is_shown_before_it_is_signed(world, sign_in):
    case = world.case()
    data = line_data(case)
    first = next(name for name in data if name.endswith("-outcome"))
    data |= {first: "not_recommend", first.replace("-outcome", "-reason"): "Too few members."}
    summary = text_of(sign_in(world.chair).post(review_url(world, case), data))
    assert "Is this meant?" in summary
    assert "The appointment is not recommended, but 2 privileges are." in summary


def until(case, day):
    """Every line recommended, the first privilege through this last day only."""
    first = SAMPLE.special[case.subject_uid][0]
    return line_data(case) | {f"line-{first}-outcome": "modify", f"line-{first}-until_day": day}


def test_a_last_day_is_judged_on_the_day_of_the_facility(world, sign_in):
    case = world.case()
    client, url = sign_in(world.chair), review_url(world, case)
    with clock.freeze(dt.datetime(2026, 3, 11, 2, tzinfo=dt.UTC)):  # still the 10th in Chicago
        assert "Sign this for Surgery?" in text_of(client.post(url, until(case, "2026-03-10")))
        assert client.post(url, until(case, "2026-03-09")).status_code == 422


# --- motions and minutes --------------------------------------------------------------------------------


def test_a_motion_that_contradicts_itself_is_asked_about_first(world, sign_in):
    case = world.recommended()
    item = world.item(case)
    client, url = sign_in(world.coordinator), reverse("bylaws:motion_new", args=[item.uid])
    data = line_data(case) | {"mover": world.members[0].uid, "seconder": world.members[1].uid}
    first = next(name for name in data if name.endswith("-outcome"))
    data |= {first: "not_recommend", first.replace("-outcome", "-reason"): "Too few members."}
    asked = client.post(url, data)
    assert asked.status_code == 422
    assert "but 2 privileges are" in text_of(asked)
    assert 'type="checkbox" name="sure"' in text_of(asked)
    assert not Motion.objects.exists()
    assert client.post(url, data | {"sure": "on"}).status_code == 303


def test_a_last_day_in_minutes_is_judged_on_the_day_the_body_acted(world, sign_in, settings, tmp_path):
    settings.STANDING_STORE = tmp_path
    case = world.recommended()
    client = sign_in(world.coordinator)
    url = reverse("bylaws:minutes", args=[world.step(case, CREDENTIALS).uid])
    given = {
        "decided_on": "2026-03-11", "mover": "Ana Member", "seconder": "Ben Member",
        "votes_for": "4", "votes_against": "0", "abstentions": "0",
    }  # fmt: skip
    with clock.freeze(NOON + 6 * DAY):
        for day, status in (("2026-03-10", 422), ("2026-03-12", 303)):
            scan = SimpleUploadedFile("scan.pdf", PDF)
            assert client.post(url, until(case, day) | given | {"scan": scan}).status_code == status


def test_minutes_want_a_scan_a_member_and_a_word_about_the_failed_vote(world, sign_in, settings, tmp_path):
    settings.STANDING_STORE = tmp_path
    case = world.recommended()
    motion = moved(world, world.item(case))
    voted(motion, world.members[:3], VoteChoice.AGAINST)
    close_vote(actor=world.coordinator, motion=motion)
    client = sign_in(world.coordinator)
    url = reverse("bylaws:minutes", args=[world.step(case, CREDENTIALS).uid])
    page = text_of(client.get(url))
    assert "There is a vote on record" in page
    assert "failed, 0 for, 3 against" in page
    assert "cannot be changed afterwards" in page
    assert '<option value="Ana Member">' in page
    data = line_data(case) | {
        "decided_on": "2026-03-10",
        "mover": "Mickey Mouse",
        "seconder": "Ben Member",
        "votes_for": "4",
        "votes_against": "0",
        "abstentions": "0",
    }
    text = SimpleUploadedFile("scan.txt", b"Minutes of the committee, typed.")
    wrong = client.post(url, data | {"scan": text, "sure": "on"})
    assert wrong.status_code == 422
    assert "This is a plain text, which is not accepted here" in text_of(wrong)

    def pdf():
        return SimpleUploadedFile("scan.pdf", PDF)

    wrong = client.post(url, data | {"scan": pdf(), "sure": "on"})
    assert "Mickey Mouse was no voting member" in text_of(wrong)
    wrong = client.post(url, data | {"scan": pdf(), "mover": "Ana Member"})
    assert wrong.status_code == 422
    assert "If these minutes are of another vote, tick" in text_of(wrong)
    assert 'href="#id_sure"' in text_of(wrong)
    assert Decision.objects.filter(body=CREDENTIALS).count() == 0
    done = client.post(url, data | {"scan": pdf(), "mover": "Ana Member", "sure": "on"})
    assert done.status_code == 303


# --- meetings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["9999-12-31T23:59", "0001-01-01T00:00", "2199-01-01T10:00"])
def test_a_year_typed_wrong_calls_no_meeting_and_breaks_no_page(world, sign_in, typed):
    client = sign_in(world.coordinator)
    committee = world.committees[CommitteeKind.MEC]
    data = {"committee": committee.pk, "starts_at": typed, "kind": "regular"}
    answer = client.post(reverse("bylaws:meeting_new"), data)
    assert answer.status_code == 422
    assert not Meeting.objects.exists()
    assert client.get(reverse("bylaws:meetings")).status_code == 200


@pytest.mark.parametrize("year", [1, 9999])
def test_a_meeting_on_record_opens_whatever_its_day(world, sign_in, year):
    """Where such a day came in otherwise."""
    meeting = Meeting.objects.create(
        committee=world.committees[CommitteeKind.CREDENTIALS_COMMITTEE],
        starts_at=dt.datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, 0, 30, tzinfo=dt.UTC),
    )
    for user in (world.coordinator, world.members[0]):
        client = sign_in(user)
        for url in (
            meeting_url(meeting),
            reverse("bylaws:meetings"),
            reverse("bylaws:meetings") + "?status=scheduled",
        ):
            assert client.get(url).status_code == 200, url
    cancel = reverse("bylaws:meeting_cancel", args=[meeting.uid])
    assert sign_in(world.coordinator).get(cancel).status_code == 200


def test_the_meeting_bears_its_day_and_opens_early_only_when_asked(world, sign_in):
    meeting = schedule_meeting(
        actor=world.coordinator,
        committee=world.committees[CommitteeKind.CREDENTIALS_COMMITTEE],
        starts_at=NOON + dt.timedelta(hours=5),
    )
    page = text_of(sign_in(world.coordinator).get(meeting_url(meeting)))
    assert "<h1" in page
    assert "Credentials Committee, 10 Mar 2026" in page
    assert "It is called for 10 Mar 2026, 18:00 CDT." in page
    assert "Call it to order now?" in page
    with clock.freeze(NOON + dt.timedelta(hours=4, minutes=45)):
        assert "It is called for 10 Mar 2026" not in text_of(
            sign_in(world.coordinator).get(meeting_url(meeting))
        )


def test_nobody_is_offered_to_be_here_before_the_day(world, sign_in):
    meeting = schedule_meeting(
        actor=world.coordinator,
        committee=world.committees[CommitteeKind.CREDENTIALS_COMMITTEE],
        starts_at=NOON + 21 * DAY,
    )
    for user in (world.coordinator, world.members[0]):
        page = text_of(sign_in(user).get(meeting_url(meeting)))
        assert 'name="here"' not in page
        assert "Who is here is noted on the day of the meeting." in page


def test_the_roll_is_read_by_those_who_see_the_bodys_matters(world, sign_in):
    case = world.recommended()
    item = world.item(case)
    motion = moved(world, item)
    voted(motion, world.members[:3])
    voted(motion, [world.members[3]], VoteChoice.AGAINST)
    page = text_of(sign_in(world.coordinator).get(meeting_url(item.meeting)))
    assert "Here and without a vote yet: Eve Member." in page
    assert "Without a vote yet: Eve Member. Votes cannot be added" in page
    close_vote(actor=world.coordinator, motion=motion)
    decision = Decision.objects.get(motion=motion)
    record = reverse("bylaws:decision", args=[decision.uid])
    for user in (world.coordinator, world.members[4]):
        for url in (record, meeting_url(item.meeting)):
            shown = text_of(sign_in(user).get(url))
            assert "Who voted how" in shown, url
        assert shown.split("Who voted how")[1].split("</ul>")[0].count("Against") == 1
        assert queries(sign_in(user), record) <= WALK_QUERIES
    chair = sign_in(world.chair).get(record)
    assert chair.status_code == 200
    assert "Who voted how" not in text_of(chair)


def test_a_member_reads_neither_motion_nor_votes_on_the_own_file(world, sign_in):
    own = world.recommended(world.practitioner("Cora Member", user=world.members[2]))
    item = world.item(own)
    motion = moved(world, item)
    client = sign_in(world.members[2])
    assert motion.text not in text_of(client.get(meeting_url(item.meeting)))
    voted(motion, [world.members[0], world.members[1], world.members[3]])
    close_vote(actor=world.coordinator, motion=motion)
    page = text_of(client.get(meeting_url(item.meeting)))
    assert motion.text not in page
    assert "Who voted how" not in page


def test_a_withdrawn_motion_has_no_tally(world, sign_in):
    item = world.item(world.recommended())
    motion = moved(world, item)
    withdraw_motion(actor=world.coordinator, motion=motion)
    page = text_of(sign_in(world.coordinator).get(meeting_url(item.meeting)))
    assert "Withdrawn" in page
    assert 'class="tally"' not in page


def test_a_tally_of_an_earlier_system_takes_the_quorum_of_its_day(world, sign_in):
    item = world.item(world.recommended())
    motion = moved(world, item)
    voted(motion, world.members)
    motion = close_vote(actor=world.coordinator, motion=motion)
    Motion.objects.filter(pk=motion.pk).update(
        quorum={key: value for key, value in motion.quorum.items() if key not in ("needed", "rule")}
    )
    assert "(3 needed)" in text_of(sign_in(world.coordinator).get(meeting_url(item.meeting)))


def test_voters_are_led_to_the_vote(world, sign_in):
    case = world.recommended()
    meeting = world.meeting(present=world.members)
    coordinator = sign_in(world.coordinator)
    url = review_url(world, case, CREDENTIALS)
    assert "It is on no agenda yet" in text_of(coordinator.get(url))
    item = add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, CREDENTIALS))
    there = f"{meeting_url(meeting)}#item-{item.uid}"
    for user in (world.coordinator, world.members[1]):
        page = text_of(sign_in(user).get(url))
        assert "Open the meeting of 10 Mar 2026" in page
        assert "It is on the agenda of 10 Mar 2026." in page
        assert page.count(there) >= 2, "in the box and at the one waited for"
    with clock.freeze(NOON + DAY):
        page = text_of(sign_in(world.coordinator).get(url))
        assert "It was on the agenda of 10 Mar 2026, and what came of it is not recorded yet." in page
    moved(world, item)
    page = text_of(sign_in(world.members[1]).get(url))
    assert "Go to the open vote of 10 Mar 2026" in page
    assert queries(sign_in(world.coordinator), url) <= WALK_QUERIES
    before = text_of(sign_in(world.chair).get(review_url(world, case)))
    assert "The file is now with the Credentials committee." in before


def test_a_member_recuses_oneself(world, sign_in):
    item = world.item(world.recommended())
    page = text_of(sign_in(world.members[1]).get(meeting_url(item.meeting)))
    assert "Recuse myself" in page
    assert "Recuse a member" not in page
    assert f'name="user" value="{world.members[1].uid}"' in page


def test_postponed_business_is_put_on_the_agenda_again(world, sign_in):
    first = world.meeting(CommitteeKind.MEC, present=world.mec_members)
    add_other_business(actor=world.coordinator, meeting=first, title="Call coverage")
    adjourn(actor=world.coordinator, meeting=first)
    second = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CommitteeKind.MEC], starts_at=NOON + 20 * DAY
    )
    client = sign_in(world.coordinator)
    page = text_of(client.get(meeting_url(second)))
    assert "Postponed, and on no agenda since:" in page
    client.post(reverse("bylaws:agenda_add", args=[second.uid]), {"again": str(first.agenda_items.get().uid)})
    page = text_of(client.get(meeting_url(second)))
    assert "on no agenda since" not in page


def test_the_quorum_is_said_once_where_every_matter_has_the_same(world, sign_in):
    meeting = world.meeting(present=world.members)
    for title in ("Call coverage", "Bylaws", "Budget"):
        add_other_business(actor=world.coordinator, meeting=meeting, title=title)
    page = text_of(sign_in(world.coordinator).get(meeting_url(meeting)))
    assert page.count("5 of 5 voting members are present") == 1


def test_a_file_deferred_by_a_body_starts_from_what_was_said_there(world, sign_in):
    case = world.recommended()
    item = world.item(case)
    answers = world.answers(case, LineOutcome.MODIFY, conditions="Two proctored cases.")
    answers[-1] = world.answers(case, LineOutcome.DEFER, reason="The log is awaited.")[-1]
    motion = move(
        actor=world.coordinator,
        item=item,
        mover=world.members[0],
        seconder=world.members[1],
        lines=answers,
    )
    for user in world.members:
        cast_vote(actor=user, motion=motion, user=user, choice="for")
    close_vote(actor=world.coordinator, motion=motion)
    adjourn(actor=world.coordinator, meeting=item.meeting)
    again = world.item(case)
    page = text_of(sign_in(world.coordinator).get(reverse("bylaws:motion_new", args=[again.uid])))
    assert page.count("Two proctored cases.") == 2
    assert "what was said before the file was deferred" in page


def test_today_tells_two_meetings_apart(world):
    from bylaws.worklist import meetings

    for days in (0, 2):
        schedule_meeting(
            actor=world.coordinator,
            committee=world.committees[CommitteeKind.MEC],
            starts_at=NOON + days * DAY + dt.timedelta(hours=1),
        )
    _, items = meetings.meetings_this_week(world.coordinator, world.facility, 5)
    assert [item.title for item in items] == [
        "Medical Executive Committee, 10 Mar 2026",
        "Medical Executive Committee, 12 Mar 2026",
    ]
    assert items[0].due == TODAY
