"""Files of a payer's roster for its oversight: which there are, what a sample shows, and how it scores."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from config.accounts.policies import facilities_with
from config.kernel.periods import days
from config.rulebook.models import SourceBody
from config.rulebook.selectors.parameters import Further, alone, resolve_cases
from credentialing import parameters
from credentialing.choices import ProcessElement
from credentialing.choices import ReviewMark as Mark
from credentialing.models import Application, OversightFile, OversightMark, OversightSample, Payer
from credentialing.policies import visible_applications
from credentialing.rules.delegation import Judgement, cycle, notice, roster_after
from credentialing.rules.file_review import ELEMENTS, Review, marks_of, review_marks
from credentialing.selectors.audit_files import AuditFile, audit_files
from credentialing.selectors.delegation import (
    GRANTED,
    decided_day,
    granted_files,
    memberships,
    previous_decision,
)
from credentialing.selectors.payers import READ, enrolled_in
from practitioners.choices import LetterKind
from practitioners.models import Letter
from practitioners.selectors.canonical import persons


def universe(viewer, payer: Payer, *, kind: str, first_day: dt.date, last_day: dt.date) -> list[str]:
    """Uids of the files of that kind, granted within these days, of people on the payer's roster then or
    later; three queries.
    """
    roster = {row.person for row in enrolled_in(payer, days(first_day, None))}
    rows = visible_applications(viewer).filter(
        facility=payer.facility, kind=kind, decided_on__range=(first_day, last_day), status__in=GRANTED
    )
    found = dict(rows.order_by("uid").values_list("uid", "practitioner_id"))
    person_of = persons(found.values())
    return [str(uid) for uid, record in found.items() if person_of[record] in roster]


def visible_samples(viewer) -> QuerySet[OversightSample]:
    """Samples of payers whose rosters the person may export."""
    places = facilities_with(viewer, READ)
    return (
        OversightSample.objects.filter(payer__facility_id__in=places)
        .select_related("payer__facility", "standard", "drawn_by")
        .annotate(drawn=Count("files"))
    )


def sample_of(viewer, uid: uuid.UUID) -> OversightSample | None:
    """The sample of that uid; None when there is none for them."""
    return visible_samples(viewer).filter(uid=uid).first()


def file_of(viewer, uid: uuid.UUID) -> OversightFile | None:
    """One file of a sample, if the person may see it."""
    rows = OversightFile.objects.filter(
        sample__in=visible_samples(viewer).values("pk"), application__in=visible_applications(viewer)
    )
    return (
        rows.select_related("sample__payer__facility", "sample__standard", "application__practitioner")
        .filter(uid=uid)
        .first()
    )


# --- what a payer looks for -------------------------------------------------------------------------------


def judged_files(
    payer: Payer, applications: Sequence[Application], standard: SourceBody
) -> list[dict[str, Judgement]]:
    """Of each file every element with its mark and why: what the standard asks to be verified, and the
    process. About twenty queries for any number of files.
    """
    process = _process(payer, applications, standard)
    return [
        {**_verified(file), **process[file.application.pk]} for file in audit_files(applications, standard)
    ]


def _verified(file: AuditFile) -> dict[str, Judgement]:
    short: dict[str, list[str]] = {}
    for row in file.rows:
        short.setdefault(row.element, []).extend([] if row.passed else [row.sentence])
    return {
        element: Judgement(mark, " ".join(short[element])) for element, mark in marks_of(file.rows).items()
    }


def _process(
    payer: Payer, applications: Sequence[Application], standard: SourceBody
) -> dict[int, dict[str, Judgement]]:
    person_of = persons([one.practitioner_id for one in applications])
    people, last = set(person_of.values()), max(map(decided_day, applications))
    files = granted_files(payer.facility, people, through=last)
    terms = memberships(payer.facility, people)
    letters = Letter.objects.filter(
        kind=LetterKind.DECISION, subject_uid__in=[one.uid for one in applications]
    )
    told = dict(letters.values_list("subject_uid", "issued_on"))
    begun: dict[int, dt.date] = {}
    for row in enrolled_in(payer, days(None, None)):
        begun.setdefault(row.person, row.valid.lower)
    limits = _limits(payer, applications, standard)
    found = {}
    for one in applications:
        person = person_of[one.practitioner_id]
        months, most = (limits[one.pk].get(code) for code in _LIMITS)
        judged = {str(ProcessElement.NOTICE): notice(decided_day(one), told.get(one.uid), most)}
        if one.rule.renews:
            previous = previous_decision(one, files.get(person, ()), terms.get(person, ()))
            judged[str(ProcessElement.CYCLE)] = cycle(previous, decided_day(one), months)
        else:
            judged[str(ProcessElement.ROSTER_AFTER)] = roster_after(decided_day(one), begun.get(person))
        found[one.pk] = judged
    return found


_LIMITS = (parameters.RECREDENTIALING_MONTHS, parameters.NOTICE_DAYS)


def _limits(
    payer: Payer, applications: Sequence[Application], standard: SourceBody
) -> dict[int, Mapping[str, int | None]]:
    """What the standard says on the day of each decision; one query."""
    further: Further = ((standard.pk, "as the payer reviews"),)
    cases = {one.pk: (payer.facility_id, decided_day(one), further) for one in applications}
    bounds = resolve_cases(_LIMITS, cases.values())
    found: dict[int, Mapping[str, int | None]] = {}
    for pk, case in cases.items():
        said = {code: bounds[case].get((code, "")) for code in _LIMITS}
        found[pk] = {code: alone(each, standard.pk).value if each else None for code, each in said.items()}
    return found


# --- what a sample shows ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reviewed:
    """One file of a sample with the word that counts of each element."""

    file: OversightFile
    marks: Mapping[str, OversightMark]

    @property
    def short(self) -> list[str]:
        """What it falls short in, by what each element is called."""
        return [
            ELEMENTS[each] for each in ELEMENTS if each in self.marks and self.marks[each].mark == Mark.NO
        ]


@dataclass(frozen=True)
class SampleReview:
    """A sample as one may see it, and how it scores. ``hidden``: files that may not be shown."""

    sample: OversightSample
    lines: Sequence[Reviewed]
    review: Review
    hidden: int

    @property
    def looked_at(self) -> Sequence[Reviewed]:
        """The files that count: the first eight, and all where one of them fell short."""
        return self.lines[: self.review.looked_at]


def sample_review(viewer, sample: OversightSample) -> SampleReview:
    """The marks and scores of a sample, without files about the viewer; two queries."""
    seen = visible_applications(viewer).values("pk")
    files = sample.files.filter(application__in=seen).select_related("application__practitioner")
    rows = list(files.order_by("position"))
    marks = latest_marks(rows)
    lines = [Reviewed(row, marks.get(row.pk, {})) for row in rows]
    told = [{name: Mark(each.mark) for name, each in line.marks.items()} for line in lines]
    total = getattr(sample, "drawn", None)
    return SampleReview(sample, lines, review_marks(told), (total or len(rows)) - len(rows))


def latest_marks(files: Sequence[OversightFile]) -> dict[int, dict[str, OversightMark]]:
    """By file and element the word that counts, the last one; one query."""
    rows = (
        OversightMark.objects.filter(file__in=files)
        .select_related("recorded_by")
        .order_by("file_id", "element", "-pk")
        .distinct("file_id", "element")
    )
    found: dict[int, dict[str, OversightMark]] = {}
    for row in rows:
        found.setdefault(row.file_id, {})[row.element] = row
    return {pk: {name: held[name] for name in ELEMENTS if name in held} for pk, held in found.items()}
