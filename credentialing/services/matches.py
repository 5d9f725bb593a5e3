"""Reviewing what screening found: cleared with a reason, confirmed, or looked at again."""

from __future__ import annotations

import json

from django.db import transaction

from bylaws.services.by_law import bar_everywhere
from config.accounts import policies
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing import workflow
from credentialing.choices import ClearReason, MatchClass, MatchStatus, Severity
from credentialing.models import Application, ListRow, ScreeningMatch
from credentialing.rules.clearing import possible_reasons
from credentialing.selectors.noted import noted_of
from credentialing.selectors.screening import echoes_of, newest_runs, screened_people
from credentialing.services import flags
from credentialing.services.findings import finding
from credentialing.services.guards import begin_person, refuse_own_file
from credentialing.services.screening_answers import REVIEWABLE, answer_applications
from practitioners.models import Evidence, Practitioner
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.people import lock_record


@transaction.atomic
def clear_match(
    *, actor, match: ScreeningMatch, reason: str, note: str = "", evidence: Evidence | None = None
) -> ScreeningMatch:
    """It is not the same person, or the exclusion is over, with a reason the comparison bears out and a note
    of what was compared. A strong candidate needs two people: the first one proposes. It holds until the row
    or the person's own facts change.

    Once nothing waits any more, the applications of this person receive the answer of the screening.
    """
    match = _begin_match(actor, match)
    if reason not in ClearReason.values:
        raise Refused("Choose why this is not the same person.", field="reason")
    text = note.strip()
    if reason not in reasons_of(match):
        what = ClearReason(reason).label
        raise Refused(
            f'"{what}" cannot be the reason: the comparison does not show it. Choose another.', field="reason"
        )
    if not text and match.proposed_by_id is None:  # who agrees may rest on what was written
        raise Refused("Write what you compared, and where: it is why this is not the person.", field="note")
    move = workflow.SCREENING_MATCH.check(match, MatchStatus.CLEARED, policies.permissions(actor, None))
    strong = match.match_class == MatchClass.CONFIRMED_CANDIDATE
    match.clear_reason, match.note = reason, text or match.note
    match.evidence = evidence or match.evidence
    if strong and match.proposed_by_id is None:
        match.proposed_by = actor
        match.save(update_fields=["clear_reason", "note", "evidence", "proposed_by"])
        _record_match(actor, match, "screening.clearing_proposed", text, {"reason": str(reason)})
        return match
    if strong and match.proposed_by_id == actor.pk:
        raise Refused("A strong candidate is cleared by two people; a colleague has to agree.")
    practitioner = canonical_of(match.practitioner)
    match.status, match.reviewed_by, match.reviewed_at = MatchStatus.CLEARED, actor, clock.now()
    match.cleared_identity = screened_people([practitioner.pk])[practitioner.pk].identity
    match.save()
    _record_match(actor, match, move.event, text, {"reason": str(reason)})
    for echo in echoes_of(match).select_for_update(of=("self",)):
        echo.clear_reason, echo.note, echo.evidence = reason, _carried(match), match.evidence
        echo.status, echo.reviewed_by, echo.reviewed_at = MatchStatus.CLEARED, actor, match.reviewed_at
        echo.proposed_by, echo.cleared_identity = match.proposed_by, match.cleared_identity
        echo.save()
        _record_match(actor, echo, move.event, echo.note, {"reason": str(reason)})
    answer_applications(actor, practitioner, newest_runs(practitioner.pk))
    return match


def reasons_of(match: ScreeningMatch) -> list[ClearReason]:
    """The reasons to clear this match that can be true of it."""
    row = match.row
    ended = row.ends_on is not None and row.ends_on <= clock.today()
    return possible_reasons(
        match.score.get("parts", ()),
        address=row.address or row.postal_code,
        over=row.removed_in_id is not None or row.reinstated_on is not None or ended,
    )


def _carried(match: ScreeningMatch) -> str:
    """The note of a match that goes with another one's."""
    return f"The same exclusion as on {match.row.exclusion_list}: {match.note}"


@transaction.atomic
def reopen_match(*, actor, match: ScreeningMatch, reason: str) -> ScreeningMatch:
    """It was decided by mistake, or the exclusion is over: it waits for review again, and with it whatever
    rests on the screening. Privileges that a confirmed one stopped stay stopped until it is decided.
    """
    match = _begin_match(actor, match)
    text = reason.strip()
    if not text:
        raise Refused("Write why it has to be looked at again.", field="reason")
    open_again(actor=actor, match=match, reason=text)
    return match


@transaction.atomic
def take_up(*, actor, practitioner: Practitioner, row: ListRow) -> ScreeningMatch:
    """Have a row reviewed that the newest screening only noted for information; the same again for one that
    was taken up before.

    Raises ``Refused`` where no screening in force noted it, or where it has left its list.
    """
    practitioner = begin_person(actor, practitioner, "credentialing.screen")
    old = ScreeningMatch.objects.filter(practitioner__in=among([practitioner.pk]), row=row).first()
    if old is not None:
        return old
    noted = next((each for each in noted_of(practitioner.pk) if each.row.pk == row.pk), None)
    if noted is None:
        raise Refused("The newest screening did not note this row, or it is not on its list any more.")
    match = ScreeningMatch.objects.create(
        practitioner=practitioner,
        run=noted.run,
        row=row,
        found_at=noted.run.screened_at,
        match_class=MatchClass.WEAK,
        score=json.loads(finding(row.pk, noted.match).score),
        taken_up=True,
    )
    _record_match(actor, match, "screening.taken_up", "", {"list": row.exclusion_list.code})
    return match


def open_again(*, actor, match: ScreeningMatch, reason: str = "") -> None:
    """The locked match waits for review once more; who reviewed it before stands in the audit."""
    move = workflow.SCREENING_MATCH.check(match, MatchStatus.NEW, policies.permissions(actor, None))
    match.status, match.reviewed_by, match.reviewed_at = MatchStatus.NEW, None, None
    match.proposed_by, match.clear_reason, match.note, match.cleared_identity = None, "", "", ""
    match.save()
    record_event(actor=actor, verb=move.event, subject=match, practitioner=match.practitioner, reason=reason)


@transaction.atomic
def confirm_match(
    *, actor, match: ScreeningMatch, note: str, evidence: Evidence | None = None
) -> ScreeningMatch:
    """It is the same person: excluded. One person suffices, and privileges stop at once where they are held.

    Raises a serious red flag on every open application and opens an administrative suspension wherever the
    person is a member or holds a privilege of any kind, now or later; what is given afterwards is barred as
    it is given. It stands until the match is reviewed again and cleared.
    """
    match = _begin_match(actor, match)
    text = note.strip()
    if not text:
        raise Refused("Write how it was established that this is the same person.", field="note")
    move = workflow.SCREENING_MATCH.check(match, MatchStatus.CONFIRMED, policies.permissions(actor, None))
    match.status, match.reviewed_by, match.reviewed_at = MatchStatus.CONFIRMED, actor, clock.now()
    match.note, match.evidence = text, evidence or match.evidence
    match.save(update_fields=["status", "reviewed_by", "reviewed_at", "note", "evidence"])
    _record_match(actor, match, move.event, text, {"excluded_on": str(match.row.excluded_on or "")})
    for echo in echoes_of(match).select_for_update(of=("self",)):
        echo.note, echo.evidence = _carried(match), match.evidence
        echo.status, echo.reviewed_by, echo.reviewed_at = MatchStatus.CONFIRMED, actor, match.reviewed_at
        echo.save()
        _record_match(actor, echo, move.event, echo.note, {"excluded_on": str(echo.row.excluded_on or "")})
    practitioner = canonical_of(match.practitioner)
    for application in Application.objects.filter(
        practitioner=practitioner, status__in=("draft", "submitted", "incomplete", *REVIEWABLE)
    ):
        flags.raise_flag(
            actor=actor,
            application=application,
            code="RF-EXCL",
            severity=Severity.SERIOUS,
            sentence=f"Confirmed on {match.row.exclusion_list.title}: excluded.",
            subject=f"match:{match.uid}",
        )
    bar_everywhere(practitioner=practitioner)
    answer_applications(actor, practitioner, newest_runs(practitioner.pk), anyway=True)
    return match


def _begin_match(actor, match: ScreeningMatch) -> ScreeningMatch:
    policies.require(actor, "credentialing.screen")
    refuse_own_file(actor, match.practitioner)
    lock_record(match.practitioner)
    return (
        ScreeningMatch.objects.select_for_update(of=("self",))
        .select_related("practitioner", "row__exclusion_list", "run__snapshot")
        .get(pk=match.pk)
    )


def _record_match(actor, match: ScreeningMatch, verb: str, reason: str, data: dict) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=match,
        reason=reason,
        practitioner=match.practitioner,
        data={"class": str(match.match_class), **data},
    )
