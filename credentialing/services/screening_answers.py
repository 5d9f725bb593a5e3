"""Putting what screening found into the files of applicants, with a certificate as evidence."""

from __future__ import annotations

from collections.abc import Sequence

from config.accounts import policies
from config.kernel import canonical, clock
from credentialing.choices import ApplicationStatus, Element, MatchStatus
from credentialing.models import Application, ScreeningMatch, ScreeningRun
from credentialing.selectors.screening import standing_matches
from credentialing.services import verification
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence, Practitioner
from practitioners.selectors.canonical import among
from practitioners.services.evidence import add_evidence

REVIEWABLE = (
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
    ApplicationStatus.IN_REVIEW,
)
#: Characters an item has for the names of its sources.
LONGEST_SOURCE = 200


def answer_applications(
    actor, practitioner: Practitioner, runs: Sequence[ScreeningRun], *, anyway: bool = False
) -> None:
    """Put the person's newest screening against each list into the file of every application in verification,
    once nothing waits for review. ``anyway``: also where a person reviewed an earlier answer.
    """
    standing = standing_matches(practitioner.pk)
    if not runs or standing.filter(status=MatchStatus.NEW).exists():
        return
    applications = list(
        Application.objects.select_for_update(of=("self",))
        .filter(practitioner=practitioner, status__in=REVIEWABLE)
        .select_related("practitioner", "facility__npdb_entity", "department", "category", "coordinator")
    )
    confirmed = standing.filter(status=MatchStatus.CONFIRMED).exists()
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
        certificate = certificate or _certificate(actor, practitioner, runs)
        told = f"screened under {_names(runs)} against {loads_in_words(runs)}"
        verification.answer_again(
            actor=actor,
            application=application,
            element=Element.EXCLUSION,
            adverse=confirmed,
            note="Confirmed on an exclusion list." if confirmed else "",
            source=_source(runs),
            source_kind=SourceKind.PRIMARY,
            method=Method.FILE,
            verified_on=clock.date_at(min(run.screened_at for run in runs), application.facility),
            result=("Excluded: " if confirmed else "No match: ") + told + ".",
            findings={
                "excluded": confirmed,
                "names": runs[0].names,
                "loads": {run.snapshot.exclusion_list.code: run.snapshot.number for run in runs},
            },
            evidence=certificate,
        )


def loads_in_words(runs: Sequence[ScreeningRun]) -> str:
    """Which loads of which lists: ``load 3 of OIG LEIE and load 12 of SAM.gov``."""
    loads = [f"load {run.snapshot.number} of {run.snapshot.exclusion_list}" for run in runs]
    return " and ".join([", ".join(loads[:-1]), loads[-1]] if len(loads) > 1 else loads)


def _names(runs: Sequence[ScreeningRun]) -> str:
    names = len(runs[0].names)
    return f"{names} name{'s' if names != 1 else ''}"


def _source(runs: Sequence[ScreeningRun]) -> str:
    """The lists' publishers; by short name where the whole ones do not fit."""
    whole = "; ".join(run.snapshot.exclusion_list.title for run in runs)
    if len(whole) <= LONGEST_SOURCE:
        return whole
    return "; ".join(run.snapshot.exclusion_list.name for run in runs)[:LONGEST_SOURCE]


def _certificate(actor, practitioner: Practitioner, runs: Sequence[ScreeningRun]) -> Evidence:
    """What was compared with what, and what came of it, as evidence."""
    matches = ScreeningMatch.objects.filter(practitioner__in=among([practitioner.pk])).select_related(
        "row__exclusion_list", "reviewed_by"
    )
    content = canonical.canonical_bytes(
        {
            "names": runs[0].names,
            "lists": [
                {
                    "list": run.snapshot.exclusion_list.title,
                    "load": run.snapshot.number,
                    "file_sha256": run.snapshot.sha256,
                    "rows": run.snapshot.row_count,
                    "screened_at": run.screened_at,
                    "compared": run.candidates,
                }
                for run in runs
            ],
            "matches": [
                {
                    "list": match.row.exclusion_list.code,
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
    dates = [run.snapshot.data_date for run in runs]
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=f"Exclusion screening, {loads_in_words(runs)}"[:200],
        source=_source(runs),
        source_kind=SourceKind.PRIMARY,
        method=Method.FILE,
        content=content,
        media_type="application/json",
        source_date=None if None in dates else min(day for day in dates if day),
        summary=_summary(runs),
    )


def _summary(runs: Sequence[ScreeningRun]) -> str:
    """What was compared with what: the whole lists, of which only rows that could fit are scored."""
    near = sum(run.candidates for run in runs)
    fit = f"{near} {'were' if near != 1 else 'was'} close enough to be scored" if near else "none came close"
    rows = " and ".join(
        f"all {run.snapshot.row_count:,} rows of {run.snapshot.exclusion_list}" for run in runs
    )
    return f"Screened under {_names(runs)} against {rows}; {fit}."
