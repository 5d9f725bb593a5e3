"""Drafting an amendment of the bylaws, and recording its way: notice, ballot, board, in force on its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from bylaws.announced import Waits, call_for
from bylaws.choices import AmendmentStatus, BallotWay, DocumentBody, VersionStatus, VoteChoice, WaitsFor
from bylaws.models import (
    Amendment,
    AmendmentStep,
    AmendmentValue,
    AmendmentVoter,
    BallotBox,
    BallotReturn,
    PolicyVersion,
)
from bylaws.parameters import (
    AMENDMENT_BALLOT,
    AMENDMENT_NOTICE,
    AMENDMENT_THRESHOLD,
    AMENDMENT_TURNOUT,
    bind_many,
)
from bylaws.rules.amending import Counted, count_ballot, too_soon
from bylaws.selectors.amendments import (
    amendable,
    drafts_to_amend_with,
    to_be_told,
    turnout_of,
    voter_for,
    voting_members,
)
from bylaws.services.policies import next_body, publish, record_approval
from bylaws.workflow import AMENDMENT
from config.accounts.policies import permissions, require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from config.organization.models import Facility
from config.rulebook.models import SourceBody
from config.rulebook.services.parameters import HOUSE, check_value, definition_of, set_by_house
from practitioners.selectors.canonical import own_records, person_id

DRAFT = "bylaws.draft_amendments"
LONGEST_TITLE, LONGEST_TEXT, LONGEST_CITATION = 200, 60_000, 300
#: How far ahead an amendment may be planned to take effect.
FARTHEST = dt.timedelta(days=1096)
#: How long a ballot may be open.
LONGEST_BALLOT = dt.timedelta(days=183)

#: Which number of the ballot box a vote raises.
COUNTED_AS = {
    VoteChoice.FOR: "votes_for",
    VoteChoice.AGAINST: "votes_against",
    VoteChoice.ABSTAIN: "abstained",
}


@transaction.atomic
def draft_amendment(
    *, actor, facility: Facility, title: str, text: str, reason: str, takes_effect_on: dt.date
) -> Amendment:
    """An amendment in words; the values it changes are added to it."""
    require(actor, DRAFT, facility)
    given = _checked(facility, title, text, reason, takes_effect_on)
    amendment = Amendment.objects.create(facility=facility, drafted_at=clock.now(), drafted_by=actor, **given)
    _record(actor, amendment, "amendment.drafted")
    return amendment


@transaction.atomic
def edit_amendment(
    *, actor, amendment: Amendment, title: str, text: str, reason: str, takes_effect_on: dt.date
) -> Amendment:
    """Other words of a draft, or another day."""
    amendment = _draft(actor, amendment)
    for name, value in _checked(amendment.facility, title, text, reason, takes_effect_on).items():
        setattr(amendment, name, value)
    amendment.save(update_fields=["title", "text", "reason", "takes_effect_on"])
    _record(actor, amendment, "amendment.edited")
    return amendment


def _checked(
    facility: Facility, title: str, text: str, reason: str, takes_effect_on: dt.date
) -> dict[str, Any]:
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(f"Give it a title of at most {LONGEST_TITLE} characters.", field="title")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Refused("Write how the article would read.", field="text")
    if not reason.strip():
        raise Refused("Say why; it goes out with the notice.", field="reason")
    today = clock.today(facility)
    if not today <= takes_effect_on <= today + FARTHEST:
        raise Refused(
            f"It takes effect from today on, at the latest on {day_text(today + FARTHEST)}.",
            field="takes_effect_on",
        )
    return {
        "title": title,
        "text": text.strip(),
        "reason": reason.strip(),
        "takes_effect_on": takes_effect_on,
    }


@transaction.atomic
def put_value(
    *, actor, amendment: Amendment, code: str, subject: str = "", value: Any, citation: str
) -> AmendmentValue:
    """A value the amendment changes, in place of what it said of it before. Refused: what the bylaws do not
    set, and a value beyond the legal floor or ceiling, with the reason.
    """
    amendment = _draft(actor, amendment)
    if (code, subject) not in amendable(amendment.facility):
        raise Refused("The bylaws do not set this; choose one of the values listed.", field="code")
    value = check_value(definition_of(code), value)
    citation = " ".join(citation.split())
    if not citation or len(citation) > LONGEST_CITATION:
        raise Refused("Name the article and section it stands in.", field="citation")
    row, _ = AmendmentValue.objects.update_or_create(
        amendment=amendment,
        code=code,
        subject=subject,
        defaults={
            "source_body": SourceBody.objects.get(code=HOUSE),
            "value": value,
            "citation": citation,
        },
    )
    _record(actor, amendment, "amendment.value_put", data={"code": code, "subject": subject})
    return row


@transaction.atomic
def drop_value(*, actor, amendment: Amendment, uid) -> None:
    """The draft does not change this value after all."""
    amendment = _draft(actor, amendment)
    row = amendment.values.filter(uid=uid).first()
    if row is None:
        raise Refused("This value is not among those it changes.")
    data = {"code": row.code, "subject": row.subject}
    row.delete()
    _record(actor, amendment, "amendment.value_dropped", data=data)


@transaction.atomic
def link_text(*, actor, amendment: Amendment, version: PolicyVersion | None) -> Amendment:
    """The draft of the document as it would read under the amendment; None: none after all."""
    amendment = _draft(actor, amendment)
    if version is not None:
        PolicyVersion.objects.select_for_update().get(pk=version.pk)  # one amendment at a time asks for it
        if not drafts_to_amend_with(amendment.facility).filter(pk=version.pk).exists():
            raise Refused("Choose a draft of a document that is being developed here.", field="version")
        ended = (AmendmentStatus.FAILED, AmendmentStatus.DECLINED, AmendmentStatus.WITHDRAWN)
        other = version.amendments.exclude(status__in=ended).exclude(pk=amendment.pk).first()
        if other is not None:
            raise Refused(f'This draft belongs to the amendment "{other}".', field="version")
    amendment.version = version
    amendment.save(update_fields=["version"])
    _record(actor, amendment, "amendment.text_linked", data={"version": str(version) if version else "none"})
    return amendment


# --- its way --------------------------------------------------------------------------------------------


@transaction.atomic
def give_notice(*, actor, amendment: Amendment, day: dt.date) -> Amendment:
    """The members were told on the day; from here on its words and values stand, and whoever may vote reads
    them here and is told so by mail.

    Refused before the day it was drafted: nobody could have been told of these words then.
    """
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    drafted = clock.date_at(amendment.drafted_at, amendment.facility)
    if day < drafted:
        raise Refused(f"It was drafted on {day_text(drafted)}; no notice went out before.", field="day")
    return _told(actor, _go(actor, amendment, AmendmentStatus.NOTICED, day), WaitsFor.NOTICE)


@transaction.atomic
def open_ballot(*, actor, amendment: Amendment, day: dt.date, until: dt.date | None = None) -> Amendment:
    """The ballot opened on the day, once the days of notice had passed. Whoever is a voting member that day
    may vote, through and including ``until`` (None: as long as the bylaws ask, and today at least; never
    shorter). A last day that has passed leaves the papers that came back by then.
    """
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    _check_passed(amendment, AmendmentStatus.NOTICED, day, AMENDMENT_NOTICE.code, "The ballot may open")
    least = day + dt.timedelta(days=max(0, _days(amendment, AMENDMENT_BALLOT.code, day) - 1))
    until = until or max(least, clock.today(amendment.facility))
    if not least <= until <= day + LONGEST_BALLOT:
        raise Refused(
            f"The last day to vote is {day_text(least)} at the earliest, "
            f"{day_text(day + LONGEST_BALLOT)} at the latest.",
            field="until",
        )
    voters = voting_members(amendment.facility, day)
    if not voters:
        raise Refused(f"Nobody had a vote on {day_text(day)}.", field="day")
    amendment.ballot_until = until
    amendment.save(update_fields=["ballot_until"])
    BallotBox.objects.create(amendment=amendment)
    AmendmentVoter.objects.bulk_create(
        AmendmentVoter(amendment=amendment, practitioner_id=each) for each in sorted(voters)
    )
    return _told(actor, _go(actor, amendment, AmendmentStatus.BALLOT, day), WaitsFor.BALLOT)


def _told(actor, amendment: Amendment, what: str) -> Amendment:
    """Whom it concerns and who has an account is told by mail as well, within the act."""
    call_for(actor, Waits(what, amendment.uid, amendment.facility, to_be_told(amendment)))
    return amendment


@transaction.atomic
def cast_ballot(*, actor, amendment: Amendment, choice: str) -> None:
    """The actor's own vote, once. That it was cast is kept, and the vote is kept, but not whose it is; so it
    cannot be taken back either.
    """
    amendment = (
        Amendment.objects.select_for_update(of=("self",)).select_related("facility").get(pk=amendment.pk)
    )
    voter = voter_for(actor, amendment)
    if voter is None:
        raise Forbidden("You are not among those who may vote on this amendment.")
    today = clock.today(amendment.facility)
    _check_open(amendment, today)
    if BallotReturn.objects.filter(voter__amendment=amendment, voter__practitioner__in=own_records(actor)):
        raise Refused("You have voted on this amendment already; each member votes once.")
    if choice not in VoteChoice.values:
        raise Refused("Vote for it, against it, or abstain.", field="choice")
    BallotReturn.objects.create(voter=voter, way=BallotWay.ACCOUNT, day=today, recorded_by=actor)
    column = COUNTED_AS[VoteChoice(choice)]
    BallotBox.objects.filter(amendment=amendment).update(**{column: F(column) + 1})
    _record(actor, amendment, "amendment.voted")


@transaction.atomic
def record_papers(*, actor, amendment: Amendment, voters: Collection[int], day: dt.date) -> int:
    """Papers of these voters (ids of ``AmendmentVoter``) came back by the day; what is on them is counted
    with the ballot. Answers how many. Refused for all where one of them has voted already.
    """
    amendment = _locked(actor, amendment)
    if day > clock.today(amendment.facility):
        raise Refused("What has not happened yet is not recorded.", field="day")
    _check_open(amendment, day)
    rows = list(
        amendment.voters.filter(pk__in=voters)
        .select_related("practitioner")
        .annotate(person=person_id("practitioner_id"))
    )
    if not rows or len(rows) != len(set(voters)):
        raise Refused("Choose those whose papers came back.", field="voters")
    returned = BallotReturn.objects.filter(voter__amendment=amendment)
    # Records may have been merged since the ballot was opened: one person votes once, by whichever of them.
    voted = set(
        returned.annotate(person=person_id("voter__practitioner_id")).values_list("person", flat=True)
    )
    for each in rows:
        if each.person in voted:
            raise Refused(f"{each.practitioner} has voted already; each member votes once.", field="voters")
        voted.add(each.person)
    BallotReturn.objects.bulk_create(
        BallotReturn(voter=each, way=BallotWay.PAPER, day=day, recorded_by=actor) for each in rows
    )
    _record(actor, amendment, "amendment.papers_returned", data={"papers": len(rows)})
    return len(rows)


def _check_open(amendment: Amendment, day: dt.date) -> None:
    if amendment.status != AmendmentStatus.BALLOT or amendment.ballot_until is None:
        raise Refused("No ballot on this amendment is open.")
    opened = amendment.steps.filter(status=AmendmentStatus.BALLOT).values_list("day", flat=True).get()
    if not opened <= day <= amendment.ballot_until:
        raise Refused(
            f"Votes are taken from {day_text(opened)} through {day_text(amendment.ballot_until)}.",
            field="day",
        )


@transaction.atomic
def close_ballot(
    *, actor, amendment: Amendment, day: dt.date, votes_for: int, votes_against: int, abstained: int
) -> Amendment:
    """The ballot is counted: the votes cast on accounts, and beside them what stands on the papers
    (``votes_for`` and the others). Turnout and votes say whether it is carried. Refused where the papers
    counted are not those that came back.
    """
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    if amendment.ballot_until is not None and day <= amendment.ballot_until:
        after = amendment.ballot_until + dt.timedelta(days=1)
        raise Refused(f"The ballot is counted from {day_text(after)} on.", field="day")
    turnout = turnout_of(amendment)
    papers = votes_for + votes_against + abstained
    if papers != turnout.on_paper:
        raise Refused(
            f"{papers} papers were counted, and {turnout.on_paper} are on record as returned.",
            field="votes_for",
        )
    box = BallotBox.objects.get(amendment=amendment)
    counted = Counted(
        len(turnout.voters),
        votes_for + box.votes_for,
        votes_against + box.votes_against,
        abstained + box.abstained,
    )
    if counted.votes_for + counted.votes_against + counted.abstained != len(turnout.returned):
        raise Refused("There are not as many votes as members who voted; nothing can be counted.")
    bound = bind_many([AMENDMENT_TURNOUT.code, AMENDMENT_THRESHOLD.code], facility=amendment.facility, on=day)
    if not all(each.is_set for each in bound.values()):
        raise Refused("How many votes an amendment needs is not recorded among the parameters.")
    answer = count_ballot(
        counted,
        turnout_percent=int(bound[AMENDMENT_TURNOUT.code].value),
        threshold=bound[AMENDMENT_THRESHOLD.code].value,
    )
    status = AmendmentStatus.CARRIED if answer.carried else AmendmentStatus.FAILED
    return _go(
        actor,
        amendment,
        status,
        day,
        note=answer.sentence,
        voting_members=counted.voting_members,
        votes_for=counted.votes_for,
        votes_against=counted.votes_against,
        abstained=counted.abstained,
    )


@transaction.atomic
def record_board(
    *, actor, amendment: Amendment, day: dt.date, approved: bool, note: str, takes_effect_on: dt.date
) -> Amendment:
    """What the board decided on the day. Approved, its values are in force from their day on, which is not
    before the board's: nobody is bound by what was not yet law.
    """
    amendment = _locked(actor, amendment)
    _check_day(amendment, day)
    if not note.strip():
        raise Refused("Name the meeting or resolution of the board.", field="note")
    if not approved:
        return _go(actor, amendment, AmendmentStatus.DECLINED, day, note=note)
    if takes_effect_on < day:
        raise Refused(f"It takes effect on {day_text(day)} at the earliest.", field="takes_effect_on")
    amendment.takes_effect_on = takes_effect_on
    amendment.save(update_fields=["takes_effect_on"])
    _go(actor, amendment, AmendmentStatus.APPROVED, day, note=note)
    if amendment.version is not None:
        _publish(actor, amendment, amendment.version, day, note, takes_effect_on)
    for row in amendment.values.all():
        # The body decided; whoever records it need not set the numbers of the house.
        set_by_house(
            actor=system_user(),
            facility=amendment.facility,
            code=row.code,
            subject=row.subject,
            start=takes_effect_on,
            value=row.value,
            citation=row.citation,
        )
    return amendment


def _publish(
    actor, amendment: Amendment, version: PolicyVersion, day: dt.date, note: str, start: dt.date
) -> None:
    """The document as it reads from the day on: the ballot is the medical staff's approval, the board's
    decision the board's. Refused while a body before them has not approved it, with everything else.
    """
    counted = amendment.steps.get(status=AmendmentStatus.CARRIED)
    said = {
        DocumentBody.MEDICAL_STAFF: (counted.day, f"Ballot: {counted.note}"),
        DocumentBody.BOARD: (day, note),
    }
    while version.status == VersionStatus.BODIES and (body := next_body(version)) is not None:
        if body not in said:
            raise Refused(f"{version} is not approved by the {body.label} yet.")
        approved_on, minutes = said[body]
        version = record_approval(
            actor=actor, version=version, body=body, approved_on=approved_on, minutes=minutes
        )
    if version.status != VersionStatus.APPROVED:
        raise Refused(
            f"{version} is {version.get_status_display().lower()}: it goes before the bodies first, then the "
            f"amendment puts it in force."
        )
    publish(actor=actor, version=version, in_force_from=start)


@transaction.atomic
def withdraw_amendment(*, actor, amendment: Amendment, reason: str) -> Amendment:
    """It is not pursued; what was recorded stays."""
    amendment = _locked(actor, amendment)
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    return _go(actor, amendment, AmendmentStatus.WITHDRAWN, clock.today(amendment.facility), note=reason)


def _go(
    actor, amendment: Amendment, status: str, day: dt.date, *, note: str = "", **counts: int
) -> Amendment:
    move = AMENDMENT.check(amendment, status, permissions(actor, amendment.facility))
    version = amendment.version
    if status == AmendmentStatus.NOTICED and version and version.status == VersionStatus.SET_ASIDE:
        raise Refused(f"{version} was set aside. Choose the draft that took its place.")
    if status == AmendmentStatus.NOTICED and version and version.status == VersionStatus.PUBLISHED:
        raise Refused(f"{version} is published already: no ballot puts it in force. Choose another draft.")
    if status == AmendmentStatus.NOTICED and not amendment.values.exists() and not amendment.text:
        raise Refused("It changes nothing yet.")
    amendment.status = status
    amendment.save(update_fields=["status"])
    AmendmentStep.objects.create(
        amendment=amendment,
        status=status,
        day=day,
        note=note.strip(),
        recorded_at=clock.now(),
        recorded_by=actor,
        **counts,
    )
    _record(actor, amendment, move.event, data={"day": day.isoformat(), **counts})
    return amendment


def _check_day(amendment: Amendment, day: dt.date) -> None:
    if day > clock.today(amendment.facility):
        raise Refused("What has not happened yet is not recorded.", field="day")
    last = amendment.steps.order_by("-day").values_list("day", flat=True).first()
    if last is not None and day < last:
        raise Refused(f"The step before was on {day_text(last)}.", field="day")


def _check_passed(amendment: Amendment, status: str, day: dt.date, code: str, what: str) -> None:
    begun = amendment.steps.filter(status=status).values_list("day", flat=True).first()
    if begun and (why := too_soon(begun, day, _days(amendment, code, day), what)):
        raise Refused(why, field="day")


def _days(amendment: Amendment, code: str, day: dt.date) -> int:
    bound = bind_many([code], facility=amendment.facility, on=day)[code]
    if not bound.is_set:
        raise Refused("How many days it takes is not recorded among the parameters.")
    return int(bound.value)


def _locked(actor, amendment: Amendment) -> Amendment:
    require(actor, DRAFT, amendment.facility)
    return Amendment.objects.select_for_update(of=("self",)).select_related("facility").get(pk=amendment.pk)


def _draft(actor, amendment: Amendment) -> Amendment:
    amendment = _locked(actor, amendment)
    if amendment.status != AmendmentStatus.DRAFT:
        raise Refused("Notice was given; its words and values stand. Withdraw it and draft another.")
    return amendment


def _record(actor, amendment: Amendment, verb: str, data: dict[str, Any] | None = None) -> None:
    record_event(actor=actor, verb=verb, subject=amendment, facility=amendment.facility, data=data or {})
