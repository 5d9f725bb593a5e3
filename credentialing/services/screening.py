"""Screening people for exclusion, and reviewing what was found."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, cast

from django.db import transaction

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod
from bylaws.services.bars import open_bar
from config.accounts import policies
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.audit.services.jobs import run_job
from config.kernel import canonical, clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing import workflow
from credentialing.choices import (
    ApplicationStatus,
    ClearReason,
    Element,
    ExclusionList,
    MatchClass,
    MatchStatus,
    Severity,
)
from credentialing.models import (
    Application,
    ListRow,
    ListRowBlock,
    ListSnapshot,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.rules import matching
from credentialing.rules.clearing import possible_reasons
from credentialing.rules.matching import Match, ScreenedPerson, Screening
from credentialing.selectors.screening import current_snapshot, screened_people, to_screen
from credentialing.services import flags, verification
from credentialing.services.exclusion_lists import LoadResult, load_leie
from credentialing.services.guards import begin_person, refuse_own_file
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence, Practitioner
from practitioners.selectors.canonical import among, canonical_of
from practitioners.services.evidence import add_evidence
from practitioners.services.people import lock_practitioner, lock_record

__all__ = [
    "LoadResult",
    "clear_match",
    "confirm_match",
    "load_leie",
    "screen",
    "screen_everyone",
]

SOURCE = "OIG List of Excluded Individuals and Entities"
RULE_CODE = "BL-EXC-1"
CITATION = "42 USC 1320a-7; 42 CFR 1001.1901"
WORD = {
    matching.MatchClass.CONFIRMED_CANDIDATE: MatchClass.CONFIRMED_CANDIDATE,
    matching.MatchClass.POSSIBLE: MatchClass.POSSIBLE,
    matching.MatchClass.WEAK: MatchClass.WEAK,
}
STRENGTH = {MatchClass.WEAK: 1, MatchClass.POSSIBLE: 2, MatchClass.CONFIRMED_CANDIDATE: 3}
REVIEWABLE = (
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
    ApplicationStatus.IN_REVIEW,
)


# --- screening ------------------------------------------------------------------------------------------


@transaction.atomic
def screen(*, actor, practitioner: Practitioner) -> ScreeningRun:
    """Screen one person under every name ever used against the current list.

    New matches wait for review. Without any, the item of every application in verification is answered with a
    certificate of the screening as evidence; a job's screening leaves the review to a person.
    """
    practitioner = begin_person(actor, practitioner, "credentialing.screen")
    snapshot = _snapshot()
    person = screened_people([practitioner.pk])[practitioner.pk]
    rows = list(
        ListRow.objects.filter(
            exclusion_list=ExclusionList.LEIE,
            removed_in__isnull=True,
            pk__in=_candidate_ids(person),
        )
    )
    found = matching.find_matches(person, rows)
    run = ScreeningRun.objects.create(
        practitioner=practitioner,
        snapshot=snapshot,
        screened_at=clock.now(),
        screened_by=actor,
        names=[name.text for name in person.names],
        candidates=len(rows),
    )
    _keep_matches(actor, run, found)
    record_event(
        actor=actor,
        verb="screening.screened",
        subject=run,
        practitioner=practitioner,
        data={"names": len(run.names), "candidates": run.candidates, "matches": len(found)},
    )
    _answer_applications(actor, practitioner, run)
    return run


def _candidate_ids(person: ScreenedPerson):
    keys = list(matching.block_keys(person))
    return ListRowBlock.objects.filter(key__in=keys).values("row_id")


def _snapshot() -> ListSnapshot:
    snapshot = current_snapshot()
    if snapshot is None:
        raise Refused("No exclusion list has been loaded yet; load the list of the OIG first.")
    return snapshot


def _keep_matches(actor, run: ScreeningRun, found: Sequence[tuple[Any, Match]]) -> None:
    """One row per person and listed party. A cleared one is opened again only when it became stronger."""
    held = {
        match.row_id: match
        for match in ScreeningMatch.objects.select_for_update(of=("self",)).filter(
            practitioner_id__in=among([run.practitioner_id]), row_id__in=[row.pk for row, _ in found]
        )
    }
    for row, match in found:
        word, score = WORD[match.match_class], _score(match)
        old = held.get(row.pk)
        if old is None:
            ScreeningMatch.objects.create(
                practitioner_id=run.practitioner_id, run=run, row=row, match_class=word, score=score
            )
            continue
        stronger = STRENGTH[word] > STRENGTH[MatchClass(old.match_class)]
        if old.status == MatchStatus.CLEARED and stronger:
            _reopen(actor, old)
        if old.status == MatchStatus.NEW or stronger:
            old.match_class, old.score, old.run = word, score, run
            old.save(update_fields=["match_class", "score", "run"])


def _reopen(actor, match: ScreeningMatch, reason: str = "") -> None:
    move = workflow.SCREENING_MATCH.check(match, MatchStatus.NEW, policies.permissions(actor, None))
    match.status, match.reviewed_by, match.reviewed_at = MatchStatus.NEW, None, None
    match.proposed_by, match.clear_reason, match.note = None, "", ""
    match.save(update_fields=["status", "reviewed_by", "reviewed_at", "proposed_by", "clear_reason", "note"])
    record_event(actor=actor, verb=move.event, subject=match, practitioner=match.practitioner, reason=reason)


def _score(match: Match) -> dict:
    return {
        "score": match.score,
        "name_used": match.name_used.text if match.name_used else "",
        "name_label": match.name_used.label if match.name_used else "",
        "swapped": match.swapped,
        "parts": match.as_fields(),
    }


def _open_matches(practitioner: Practitioner):
    return ScreeningMatch.objects.filter(
        practitioner__in=among([practitioner.pk]), status=MatchStatus.NEW, row__removed_in__isnull=True
    ).exclude(match_class=MatchClass.WEAK)


def _answer_applications(
    actor, practitioner: Practitioner, run: ScreeningRun | None, *, anyway: bool = False
) -> None:
    """Put the screening into the file of each application in verification, once nothing waits for review."""
    if run is None or _open_matches(practitioner).exists():
        return
    applications = list(
        Application.objects.select_for_update(of=("self",))
        .filter(practitioner=practitioner, status__in=REVIEWABLE)
        .select_related("practitioner", "facility__npdb_entity", "department", "category", "coordinator")
    )
    confirmed = ScreeningMatch.objects.filter(
        practitioner__in=among([practitioner.pk]),
        status=MatchStatus.CONFIRMED,
        row__removed_in__isnull=True,
    ).exists()
    certificate: Evidence | None = None
    for application in applications:
        item = application.items.filter(element=Element.EXCLUSION).exclude(status="superseded").first()
        if item is None:
            continue
        if item.status in ("verified", "verified_adverse") and policies.is_system(actor) and not anyway:
            continue  # the run itself shows that the answer still holds; a person reviewed it already
        if not policies.is_system(actor) and not policies.may(
            actor, "credentialing.verify", application.facility
        ):
            continue
        certificate = certificate or _certificate(actor, practitioner, run)
        names = len(run.names)
        told = f"screened under {names} name{'s' if names != 1 else ''} against load {run.snapshot.number}"
        verification.answer_again(
            actor=actor,
            application=application,
            element=Element.EXCLUSION,
            adverse=confirmed,
            note="Confirmed on the exclusion list." if confirmed else "",
            source=SOURCE,
            source_kind=SourceKind.PRIMARY,
            method=Method.FILE,
            verified_on=clock.date_at(run.screened_at, application.facility),
            result=("Excluded: " if confirmed else "No match: ") + told + ".",
            findings={"excluded": confirmed, "names": run.names, "load": run.snapshot.number},
            evidence=certificate,
        )


def _certificate(actor, practitioner: Practitioner, run: ScreeningRun) -> Evidence:
    """What was compared with what, and what came of it, as evidence."""
    matches = ScreeningMatch.objects.filter(practitioner__in=among([practitioner.pk])).select_related(
        "row", "reviewed_by"
    )
    content = canonical.canonical_bytes(
        {
            "list": SOURCE,
            "load": run.snapshot.number,
            "file_sha256": run.snapshot.sha256,
            "rows": run.snapshot.row_count,
            "screened_at": run.screened_at,
            "names": run.names,
            "compared": run.candidates,
            "matches": [
                {
                    "row": match.row.row_key,
                    "class": match.match_class,
                    "status": match.status,
                    "reason": match.clear_reason,
                    "reviewed_by": str(match.reviewed_by) if match.reviewed_by else "",
                }
                for match in matches
            ],
        }
    )
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=f"Exclusion screening, load {run.snapshot.number}",
        source=SOURCE,
        source_kind=SourceKind.PRIMARY,
        method=Method.FILE,
        content=content,
        media_type="application/json",
        source_date=run.snapshot.data_date,
        summary=_screened(run),
    )


def _screened(run: ScreeningRun) -> str:
    """What was compared with what: the whole list, of which only rows that could fit are scored."""
    names = f"{len(run.names)} name{'s' if len(run.names) != 1 else ''}"
    near = run.candidates
    fit = f"{near} {'were' if near != 1 else 'was'} close enough to be scored" if near else "none came close"
    return f"Screened under {names} against all {run.snapshot.row_count:,} rows of the list; {fit}."


def screen_everyone(*, actor, again: bool = False) -> dict[str, int]:
    """Screen everyone with an appointment or an open application against the current list, in one pass over
    it; entered in the ledger of jobs.

    Who was screened against this load under the same names is left out unless ``again``. Answers counts.
    """
    policies.require(actor, "credentialing.screen")
    snapshot = _snapshot()
    key = f"load {snapshot.number}, {clock.now():%Y-%m-%d %H:%M:%S}"
    run = run_job("screening", key, lambda: _screen_everyone(actor, snapshot, again), again=True)
    return dict(run.counts)


def _screen_everyone(actor, snapshot: ListSnapshot, again: bool) -> dict[str, int]:
    people = screened_people(to_screen(clock.today()))
    if not again:
        done = {
            run.practitioner_id: run.names
            for run in ScreeningRun.objects.filter(
                snapshot=snapshot, practitioner_id__in=list(people)
            ).order_by("screened_at")
        }
        people = {
            pk: person
            for pk, person in people.items()
            if done.get(pk) != [name.text for name in person.names]
        }
    found = _compare_everyone(people)
    matches = 0
    for chunk in _chunks(sorted(people), 500):
        with transaction.atomic():
            matches += _write_runs(actor, snapshot, chunk, people, found)
    applicants = Application.objects.filter(
        practitioner_id__in=list(people), status__in=REVIEWABLE
    ).values_list("practitioner_id", flat=True)
    for practitioner in Practitioner.objects.filter(pk__in=set(applicants)):
        with transaction.atomic():
            lock_practitioner(practitioner)
            run = practitioner.screening_runs.filter(snapshot=snapshot).select_related("snapshot").first()
            _answer_applications(actor, practitioner, run)
    record_event(
        actor=actor,
        verb="screening.everyone_screened",
        subject=snapshot,
        data={"people": len(people), "matches": matches},
    )
    return {"people": len(people), "matches": matches, "load": snapshot.number}


def _compare_everyone(people: dict[int, ScreenedPerson]) -> dict[int, list[tuple[ListRow, Match]]]:
    found: dict[int, list[tuple[ListRow, Match]]] = {}
    if not people:
        return found
    keyed: dict[Hashable, ScreenedPerson] = dict(people.items())
    screening = Screening(keyed)
    rows = ListRow.objects.filter(exclusion_list=ExclusionList.LEIE, removed_in__isnull=True)
    for row in rows.iterator(chunk_size=5000):
        for pk, match in screening.matches(row):
            found.setdefault(cast(int, pk), []).append((row, match))
    return found


def _write_runs(actor, snapshot, chunk: Sequence[int], people, found) -> int:
    now = clock.now()
    runs = ScreeningRun.objects.bulk_create(
        ScreeningRun(
            practitioner_id=pk,
            snapshot=snapshot,
            screened_at=now,
            screened_by=actor,
            names=[name.text for name in people[pk].names],
            candidates=len(found.get(pk, ())),
        )
        for pk in chunk
    )
    written = 0
    for run in runs:
        pairs = found.get(run.practitioner_id)
        if pairs:
            _keep_matches(actor, run, pairs)
            written += len(pairs)
    return written


def _chunks(items: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


# --- reviewing ------------------------------------------------------------------------------------------


@transaction.atomic
def clear_match(
    *, actor, match: ScreeningMatch, reason: str, note: str = "", evidence: Evidence | None = None
) -> ScreeningMatch:
    """It is not the same person, with a reason the comparison bears out and a note of what was compared. A
    strong candidate needs two people: the first one proposes.

    Once nothing waits any more, the applications of this person receive the answer of the screening.
    """
    match = _begin_match(actor, match)
    if reason not in ClearReason.values:
        raise Refused("Choose why this is not the same person.", field="reason")
    text = note.strip()
    if reason not in possible_reasons(
        match.score.get("parts", ()), address=match.row.address or match.row.postal_code
    ):
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
    match.status, match.reviewed_by, match.reviewed_at = MatchStatus.CLEARED, actor, clock.now()
    match.save(update_fields=["clear_reason", "note", "evidence", "status", "reviewed_by", "reviewed_at"])
    _record_match(actor, match, move.event, text, {"reason": str(reason)})
    practitioner = canonical_of(match.practitioner)
    run = practitioner.screening_runs.select_related("snapshot").first()
    _answer_applications(actor, practitioner, run)
    return match


@transaction.atomic
def reopen_match(*, actor, match: ScreeningMatch, reason: str) -> ScreeningMatch:
    """It was cleared by mistake: it waits for review again, and with it whatever rests on the screening."""
    match = _begin_match(actor, match)
    text = reason.strip()
    if not text:
        raise Refused("Write why it has to be looked at again.", field="reason")
    _reopen(actor, match, reason=text)
    return match


@transaction.atomic
def confirm_match(
    *, actor, match: ScreeningMatch, note: str, evidence: Evidence | None = None
) -> ScreeningMatch:
    """It is the same person: excluded. One person suffices, and privileges stop at once where they are held.

    Raises a serious red flag on every open application and opens an administrative suspension wherever an
    appointment is in force.
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
    practitioner = canonical_of(match.practitioner)
    for application in Application.objects.filter(
        practitioner=practitioner, status__in=("draft", "submitted", "incomplete", *REVIEWABLE)
    ):
        flags.raise_flag(
            actor=actor,
            application=application,
            code="RF-EXCL",
            severity=Severity.SERIOUS,
            sentence="Confirmed on the exclusion list of the OIG: excluded from federal programmes.",
        )
    _stop_privileges(practitioner, match)
    run = practitioner.screening_runs.select_related("snapshot").first()
    _answer_applications(actor, practitioner, run, anyway=True)
    return match


def _stop_privileges(practitioner: Practitioner, match: ScreeningMatch) -> None:
    """The consequence the law attaches to the fact; the system records it in its own name."""
    system = system_user()
    for facility in Facility.objects.order_by("pk"):
        today = clock.today(facility)
        held = AppointmentPeriod.objects.in_force(today).filter(
            practitioner__in=among([practitioner.pk]), facility=facility
        )
        if held.exists():
            open_bar(
                actor=system,
                practitioner=practitioner,
                facility=facility,
                kind=BarKind.ADMINISTRATIVE_SUSPENSION,
                cause="Confirmed on the exclusion list of the OIG.",
                start=today,
                rule_code=RULE_CODE,
                citation=CITATION,
            )


def _begin_match(actor, match: ScreeningMatch) -> ScreeningMatch:
    policies.require(actor, "credentialing.screen")
    refuse_own_file(actor, match.practitioner)
    lock_record(match.practitioner)
    return (
        ScreeningMatch.objects.select_for_update(of=("self",))
        .select_related("practitioner", "row", "run__snapshot")
        .get(pk=match.pk)
    )


def _part(match: ScreeningMatch, name: str) -> str:
    parts = match.score.get("parts", [])
    return next((part["outcome"] for part in parts if part["name"] == name), "")


def _record_match(actor, match: ScreeningMatch, verb: str, reason: str, data: dict) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=match,
        reason=reason,
        practitioner=match.practitioner,
        data={"class": str(match.match_class), **data},
    )
