"""Committees: charter, seats apart from who holds them, vacancies, and the majority of physicians."""

import csv
import datetime as dt
import io

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from django.urls import reverse

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import Committee, CommitteeSeatPeriod
from bylaws.selectors.committees import committee_cards, committee_page, quorum, vacancies, without_office
from bylaws.services.committees import (
    add_positions,
    change_charter,
    close_committee,
    end_position,
    end_seat,
    form_committee,
    seat_member,
)
from bylaws.services.meetings import cancel_meeting, schedule_meeting
from bylaws.worklist.organization import vacant_seats
from config.accounts.choices import Role
from config.accounts.services.users import end_role, give_role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Doubtful, Forbidden, Refused
from tests.bylaws.world import NOON, TODAY

MEC, OTHER = CommitteeKind.MEC, CommitteeKind.OTHER


def infection(world, **more):
    return form_committee(
        actor=world.coordinator, facility=world.facility, kind=OTHER, name="Infection Prevention", **more
    )


def nine_seats(world, committee):
    """A chair and eight members at large."""
    return [
        *add_positions(actor=world.coordinator, committee=committee, title="Chair", seat_role="chair"),
        *add_positions(actor=world.coordinator, committee=committee, title="Member at large", number=8),
    ]


def card(world, committee):
    return committee_page(facility=world.facility, uid=committee.uid, on=TODAY)


def test_bodies_of_every_kind_are_listed_from_the_board_down_to_the_departments(world):
    department = world.facility.departments.earliest("pk")
    have = set(Committee.objects.filter(facility=world.facility).values_list("kind", flat=True))
    for kind in set(CommitteeKind) - have:
        Committee.objects.create(
            facility=world.facility,
            kind=kind,
            name=f"Body of kind {kind}",
            department=department if kind == CommitteeKind.DEPARTMENT else None,
        )
    kinds = [each.committee.kind for each in committee_cards(facility=world.facility, on=TODAY)]
    assert set(kinds) == set(CommitteeKind)
    assert (kinds[0], kinds[-1]) == (CommitteeKind.BOARD, CommitteeKind.DEPARTMENT)


def test_nine_seats_one_vacant(world):
    committee = infection(world)
    seats = nine_seats(world, committee)
    people = [*world.members, *world.mec_members]
    for position, user in zip(seats[:8], people, strict=False):
        seat_member(actor=world.coordinator, committee=committee, user=user, position=position)
    view = card(world, committee)
    assert view.counted == "9 seats, 1 vacant"
    assert [place.slot.title for place in view.vacant] == ["Member at large"]
    assert (view.voting, view.beside) == (8, [])
    assert view.chair.identity.user == people[0]
    count, items = vacant_seats(world.coordinator, world.facility, 5)
    assert (count, items[0].title) == (1, "Infection Prevention: Member at large")
    end_seat(
        actor=world.coordinator,
        seat=committee.seats.get(user=people[7]),
        day=TODAY,
        reason="Left the hospital",
    )
    assert card(world, committee).counted == "9 seats, 2 vacant"
    assert len(vacancies(facility=world.facility, on=TODAY - dt.timedelta(days=1))) == 0


def test_vacancies_count_in_the_base_where_the_bylaws_say_so(world):
    committee = world.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    add_positions(actor=world.coordinator, committee=committee, title="Member at large", number=2)
    world.parameter("bylaws.quorum", {"kind": "percent", "percent": 50}, subject="credentials_committee")
    meeting = world.meeting(present=world.members[:3])
    assert (quorum(meeting).base, quorum(meeting).needed, quorum(meeting).met) == (5, 3, True)


def test_a_rule_that_counts_vacancies_needs_more(world):
    committee = world.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    add_positions(actor=world.coordinator, committee=committee, title="Member at large", number=2)
    add_positions(
        actor=world.coordinator, committee=committee, title="Guest", votes=False, seat_role="ex_officio"
    )
    world.parameter(
        "bylaws.quorum",
        {"kind": "percent", "percent": 50, "vacancies_count": True},
        subject="credentials_committee",
    )
    answer = quorum(world.meeting(present=world.members[:3]))
    assert (answer.base, answer.in_office, answer.needed, answer.met) == (7, 5, 4, False)
    assert "3 of 5 voting members are present; 4 are needed" in answer.sentence


def test_a_seat_has_one_holder_at_a_time(world):
    committee = infection(world)
    seat = nine_seats(world, committee)[3]
    first, second = world.members[:2]
    seat_member(actor=world.coordinator, committee=committee, user=first, position=seat)
    with pytest.raises(Refused, match="Ana Member holds the seat Member at large then") as refused:
        seat_member(actor=world.coordinator, committee=committee, user=second, position=seat)
    assert refused.value.field == "position"
    held = CommitteeSeatPeriod.objects.get(position=seat)
    other = seat_member(actor=world.coordinator, committee=committee, user=second)
    with pytest.raises(IntegrityError), transaction.atomic():
        CommitteeSeatPeriod.objects.create(
            identity=other,
            valid=(TODAY + dt.timedelta(days=400), None),
            seat_role="member",
            votes=True,
            position=held.position,
            recorded_at=NOON,
            recorded_by=world.system,
        )
    with pytest.raises(Refused, match="Ana Member holds it then"):
        end_position(actor=world.coordinator, position=seat, day=TODAY, reason="Smaller")
    end_seat(actor=world.coordinator, seat=held.identity, day=TODAY, reason="Resigned")
    end_position(actor=world.coordinator, position=seat, day=TODAY, reason="Smaller")
    assert len(card(world, committee).places) == 8
    with pytest.raises(Refused, match="does not have that seat"):
        seat_member(actor=world.coordinator, committee=committee, user=second, position=seat)


def test_a_seat_of_an_office_or_profession_is_for_whoever_has_it(world):
    committee = infection(world)
    (office,) = add_positions(
        actor=world.coordinator,
        committee=committee,
        title="Chief executive officer",
        seat_role="ex_officio",
        votes=False,
        office="chief_executive",
    )
    (dentist,) = add_positions(
        actor=world.coordinator, committee=committee, title="Dentist", provider_types=["DDS", "DMD"]
    )
    user = world.members[0]

    def seat(position):
        return seat_member(actor=world.coordinator, committee=committee, user=user, position=position)

    with pytest.raises(Refused, match="goes with the office of chief executive officer, which Ana Member"):
        seat(office)
    give_role(actor=world.system, user=user, role=Role.CHIEF_EXECUTIVE, facility=world.facility, start=TODAY)
    seat(office)
    held = CommitteeSeatPeriod.objects.get(position=office)
    assert (held.seat_role, held.votes) == (SeatRole.EX_OFFICIO, False)
    assert without_office(facility=world.facility, on=TODAY) == []
    assignment = user.role_assignments.get(role=Role.CHIEF_EXECUTIVE)
    tomorrow = TODAY + dt.timedelta(days=1)
    end_role(actor=world.system, assignment=assignment, day=tomorrow, reason="Left the office")
    assert without_office(facility=world.facility, on=TODAY) == []
    assert without_office(facility=world.facility, on=tomorrow) == [(held, "Chief executive officer")]
    with clock.freeze(NOON + dt.timedelta(days=1)):
        count, items = vacant_seats(world.coordinator, world.facility, 5)
    assert (count, items[0].title) == (2, "Infection Prevention: Ana Member")
    assert items[0].detail.startswith("Not the chief executive officer any more: end the seat")
    user = world.members[1]
    with pytest.raises(Refused, match="no record of a practitioner is linked"):
        seat(dentist)
    person = world.practitioner("Ben Member", user=user)
    with pytest.raises(Refused, match="is for DDS or DMD; Ben Member is MD"):
        seat(dentist)
    person.provider_type = "DDS"
    person.save()
    seat(dentist)


def test_a_body_has_one_seat_of_the_chair(world):
    committee = infection(world)
    nine_seats(world, committee)
    with pytest.raises(Refused, match="one seat of the chair") as refused:
        add_positions(actor=world.coordinator, committee=committee, title="Co-chair", seat_role="chair")
    assert refused.value.field == "seat_role"
    with pytest.raises(Forbidden):
        add_positions(actor=world.members[0], committee=committee, title="Member at large")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"title": " "}, "Say what the seat is called"),
        ({"number": 0}, "Add 1 to 30 seats"),
        ({"number": 31}, "Add 1 to 30 seats"),
        ({"seat_role": "king"}, "not what a member can be"),
        ({"office": "king"}, "no office that brings a seat"),
        ({"provider_types": ["XX"]}, "no profession on record"),
        ({"start": dt.date(1900, 1, 1)}, "The first day of the seat"),
    ],
)
def test_a_seat_typed_wrongly_is_a_sentence(world, more, says):
    committee = infection(world)
    with pytest.raises(Refused, match=says):
        add_positions(actor=world.coordinator, committee=committee, **({"title": "Member"} | more))
    assert not committee.positions.exists()


def test_a_seat_that_ends_before_it_begins_is_told_at_its_last_day(world):
    with pytest.raises(Refused, match="9 Mar 2026, lies before the first, 10 Mar 2026") as refused:
        seat_member(
            actor=world.coordinator,
            committee=world.committees[MEC],
            user=world.user("Nora Newcomer", "committee_member"),
            start=dt.date(2026, 3, 10),
            last_day=dt.date(2026, 3, 9),
        )
    assert refused.value.field == "last_day"


def test_a_charter_is_written_and_changed(world):
    mec = world.committees[MEC]
    committee = infection(world, purpose="Watches infections.", reports_to=mec, meetings_a_year=6)
    with pytest.raises(Refused, match="has a committee of that name"):
        infection(world)
    with pytest.raises(Refused, match="does not report to itself"):
        change_charter(actor=world.coordinator, committee=committee, name="Infections", reports_to=committee)
    with pytest.raises(Refused, match="1 to 60 times a year"):
        change_charter(actor=world.coordinator, committee=committee, name="Infections", meetings_a_year=0)
    change_charter(actor=world.coordinator, committee=committee, name="Infections", meetings_a_year=4)
    committee.refresh_from_db()
    assert (committee.name, committee.reports_to, committee.meetings_a_year) == ("Infections", None, 4)
    before = committee.history.order_by("history_date").first()
    assert (before.name, before.meetings_a_year) == ("Infection Prevention", 6)
    assert AuditEvent.objects.filter(verb="committee.charter_changed").count() == 1


def test_a_committee_is_closed_with_its_seats(world):
    committee = infection(world)
    seats = nine_seats(world, committee)
    seat_member(actor=world.coordinator, committee=committee, user=world.members[0], position=seats[0])
    meeting = schedule_meeting(
        actor=world.coordinator, committee=committee, starts_at=NOON + dt.timedelta(days=3)
    )
    with pytest.raises(Refused, match="A meeting is called"):
        close_committee(actor=world.coordinator, committee=committee, day=TODAY, reason="Merged")
    cancel_meeting(actor=world.coordinator, meeting=meeting, reason="Merged")
    close_committee(actor=world.coordinator, committee=committee, day=TODAY, reason="Merged")
    view = card(world, committee)
    assert (view.is_open(TODAY), view.places, view.seats) == (False, [], [])
    assert vacancies(facility=world.facility, on=TODAY) == []
    committee.refresh_from_db()
    with pytest.raises(Refused, match="is closed from 10 Mar 2026 on and meets no more"):
        schedule_meeting(actor=world.coordinator, committee=committee, starts_at=NOON)
    with pytest.raises(Refused, match="is closed"):
        seat_member(actor=world.coordinator, committee=committee, user=world.members[1])
    assert infection(world).pk != committee.pk  # the name is free again


@pytest.mark.parametrize("kind", [MEC, CommitteeKind.DEPARTMENT])
def test_what_files_or_a_department_rest_on_is_not_closed(world, kind):
    with pytest.raises(Refused, match="is not closed"):
        close_committee(actor=world.coordinator, committee=world.committees[kind], day=TODAY, reason="No")
    with pytest.raises(IntegrityError), transaction.atomic():
        Committee.objects.filter(kind=kind).update(closed_on=TODAY)


def test_the_majority_of_physicians_of_the_executive_committee_is_shown_and_asked_about(world, sign_in):
    mec = world.committees[MEC]
    assert card(world, mec).composition.outcome == "UNKNOWN"
    for user, kind in zip(world.mec_members, ("MD", "DO", "MD", "NP"), strict=True):
        person = world.practitioner(str(user), user=user)
        person.provider_type = kind
        person.save()
    assert card(world, mec).composition.outcome == "MET"
    for user, kind in zip(world.members[:3], ("NP", "PA", "MD"), strict=True):
        person = world.practitioner(str(user), user=user)
        person.provider_type = kind
        person.save()
    seat_member(actor=world.coordinator, committee=mec, user=world.members[0])  # 3 of 5
    with pytest.raises(Doubtful, match=r"With Ben Member \(PA\), 3 of 6 voting members are physicians"):
        seat_member(actor=world.coordinator, committee=mec, user=world.members[1])
    seat_member(actor=world.coordinator, committee=mec, user=world.members[1], votes=False)
    seat_member(actor=world.coordinator, committee=mec, user=world.members[2])  # a physician is welcome
    client = sign_in(world.coordinator)
    url = reverse("bylaws:committee", args=[mec.uid])
    data = {"user": world.members[1].uid, "seat_role": "member", "votes": "on", "start": TODAY.isoformat()}
    assert "4 of 6 voting members are physicians" in client.get(url).content.decode()
    end_seat(actor=world.coordinator, seat=mec.seats.get(user=world.members[2]), day=TODAY, reason="Resigned")
    answer = client.post(url, data)
    assert answer.status_code == 422
    assert "This is meant so" in answer.content.decode()
    assert client.post(url, data | {"sure": "on"}).status_code == 303
    assert card(world, mec).composition.outcome == "NOT_MET"


def test_the_pages_of_a_committee(world, sign_in):
    client = sign_in(world.coordinator)
    answer = client.post(
        reverse("bylaws:committee_new"),
        {
            "name": "Infection Prevention",
            "kind": "other",
            "purpose": "Watches infections.",
            "reports_to": world.committees[MEC].uid,
            "meetings_a_year": "6",
        },
    )
    committee = Committee.objects.get(name="Infection Prevention")
    url = reverse("bylaws:committee", args=[committee.uid])
    assert (answer.status_code, answer["Location"]) == (303, url)
    add = reverse("bylaws:position_new", args=[committee.uid])
    seats = {"title": "Member at large", "number": "3", "seat_role": "member", "votes": "on"}
    assert client.post(add, seats | {"start": "2026-03-10", "number": "0"}).status_code == 422
    assert client.post(add, seats | {"start": "2026-03-10"}).status_code == 303
    position = committee.positions.first()
    given = {"user": world.members[0].uid, "position": position.uid, "seat_role": "member"}
    assert client.post(url, given | {"start": "2026-03-10"}).status_code == 303
    page = client.get(url).content.decode()
    assert "3 seats, 2 vacant" in page
    assert "Watches infections." in page
    assert "at least 6 times a year" in page
    assert "3 seats, 2 vacant" in client.get(reverse("bylaws:committees")).content.decode()
    roster = b"".join(client.get(reverse("bylaws:committees") + "?format=csv").streaming_content).decode()
    rows = [
        row
        for row in csv.DictReader(io.StringIO(roster.lstrip("\ufeff")))
        if row["Committee"] == "Infection Prevention"
    ]
    assert [(row["Member"], row["Seat"], row["As"], row["Since"]) for row in rows] == [
        (str(world.members[0]), "Member at large", "Member", "2026-03-10"),
        ("Vacant", "Member at large", "", ""),
        ("Vacant", "Member at large", "", ""),
    ]
    assert f"{reverse('bylaws:meetings')}?committee={committee.pk}" in page
    edit = reverse("bylaws:committee_edit", args=[committee.uid])
    assert "Watches infections." in client.get(edit).content.decode()
    assert client.post(edit, {"name": "Infections"}).status_code == 303
    vacant = committee.positions.last()
    end = reverse("bylaws:position_end", args=[vacant.uid])
    assert client.post(end, {"day": "2026-03-10", "reason": "Smaller"}).status_code == 303
    close = reverse("bylaws:committee_close", args=[committee.uid])
    assert client.post(close, {"day": "2026-03-10", "reason": "Merged"}).status_code == 303
    page = client.get(reverse("bylaws:committees")).content.decode()
    assert "Closed committees (1)" in page
    assert "This committee is closed." in client.get(url).content.decode()
    assert client.post(url, given | {"start": "2026-03-10"}).status_code == 422
    member = sign_in(world.members[0])
    for address in (add, edit, close, end, reverse("bylaws:committee_new")):
        assert member.get(address).status_code == 403
