"""Files on paper for the packet of a meeting: many at once, as far as one reader may have them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from bylaws.subjects import PaperPart, SubjectPaper
from config.accounts.choices import DataClass
from config.accounts.policies import data_classes
from config.rulebook.selectors.parameters import resolve
from credentialing import parameters
from credentialing.asked_for import AskedFor, asked_for_many
from credentialing.choices import Element, FlagStatus, ItemStatus
from credentialing.models import Application, RedFlag, VerificationItem
from credentialing.rules.file_category import Category
from credentialing.selectors.assessment import category_of, readable
from credentialing.selectors.file_summary import (
    PARTS,
    Line,
    Part,
    identity_of,
    part_of,
    references_of,
    screens_of,
)
from credentialing.selectors.requirements import decision_day
from practitioners.models import CredentialPeriod
from practitioners.selectors.canonical import among, records_by_person


def papers_of(subject_uids: Collection[uuid.UUID], viewer) -> dict[uuid.UUID, SubjectPaper]:
    """The applications of these uids on paper for the viewer, by uid; those of one facility, who may read
    them is judged before. A matter of health is neither told nor counted: paper leaves the room. A fixed
    number of queries.
    """
    applications = list(
        Application.objects.filter(uid__in=subject_uids)
        .select_related(
            "practitioner",
            "facility__npdb_entity",
            "department",
            "category",
            "coordinator",
            "category_raise__raised_by",
        )
        .prefetch_related("red_flags__disposed_by")
    )
    if not applications:
        return {}
    facility = applications[0].facility
    on = max(decision_day(each) for each in applications)
    asked = asked_for_many(applications, on)
    kept_by = resolve(parameters.CATEGORY_KEPT_BY, facility=facility, on=on)
    items, periods = _items(applications), _periods(applications)
    found = {}
    for each in applications:
        flags = [flag for flag in each.red_flags.all() if flag.data_class != DataClass.HEALTH]
        wanted = asked[each.pk]
        category = category_of(each, viewer=viewer, flags=flags, asked=wanted, kept_by=kept_by)
        references = references_of(viewer, each, items[each.pk])
        found[each.uid] = SubjectPaper(
            facts=identity_of(viewer, each),
            parts=(
                *_judged(category, readable(viewer, facility, _standing(flags)), wanted),
                *(_on_paper(part_of(periods[each.practitioner_id], *part)) for part in PARTS),
                _on_paper(references),
                _on_paper(screens_of(items[each.pk])),
            ),
            classes=_shown(viewer, each, _standing(flags), items[each.pk]),
        )
    return found


def _standing(flags: Sequence[RedFlag]) -> list[RedFlag]:
    return [flag for flag in flags if flag.status != FlagStatus.NO_LONGER]


def _shown(
    viewer, application: Application, flags: Sequence[RedFlag], items: Sequence[VerificationItem]
) -> frozenset[str]:
    """The protected classes the paper shows something of."""
    there = {str(flag.data_class) for flag in flags}
    if any(item.element == Element.PEER_REFERENCE for item in items):
        there.add(str(DataClass.PEER_REVIEW))
    opened = {str(each) for each in data_classes(viewer, application.facility)}
    return frozenset((there & opened) - {str(DataClass.GENERAL)})


def _items(applications: Sequence[Application]) -> dict[int, list[VerificationItem]]:
    """What had to be found out of each, by its id; one query."""
    rows = (
        VerificationItem.objects.filter(application__in=applications)
        .exclude(status=ItemStatus.SUPERSEDED)
        .select_related("credential", "evidence")
        .order_by("id")
    )
    found: dict[int, list[VerificationItem]] = defaultdict(list)
    for row in rows:
        found[row.application_id].append(row)
    return found


def _periods(applications: Sequence[Application]) -> dict[int, list[CredentialPeriod]]:
    """What is stated of each person's credentials now, by the id of the record; two queries."""
    people = {each.practitioner_id for each in applications}
    person_of = records_by_person(people)
    rows = (
        CredentialPeriod.objects.live()
        .filter(identity__practitioner_id__in=among(people))
        .select_related("identity__credential_type", "evidence")
        .order_by("identity_id", "valid")
    )
    found: dict[int, list[CredentialPeriod]] = defaultdict(list)
    for row in rows:
        found[person_of[row.identity.practitioner_id]].append(row)
    return found


def _judged(category: Category, flags: Sequence[RedFlag], asked: AskedFor) -> Iterator[PaperPart]:
    """What a body weighs first: how the file is judged, its red flags, and what is asked for."""
    against = tuple(
        f"{child.title}: {child.sentence}" for child in category.verdict.children if not child.met
    )
    yield PaperPart(
        str(category.value.label),
        against,
        "Complete, no red flag weighs, and the criteria are met.",
    )
    yield PaperPart("Red flags", tuple(_flag(flag) for flag in flags), "None.")
    yield PaperPart(
        "Privileges asked for",
        tuple(f"{line.label} ({line.detail}): {line.verdict.outcome.label}" for line in asked.lines),
        "None.",
    )
    if asked.volumes:
        yield PaperPart(
            "Case numbers", tuple(f"{line.needed}: {line.verdict.sentence}" for line in asked.volumes)
        )


def _flag(flag: RedFlag) -> str:
    disposed = f"Disposed of by {flag.disposed_by}: {flag.disposition}" if flag.disposition else ""
    return f"{flag.get_severity_display()}. {flag.sentence} {disposed or flag.get_status_display()}"


def _on_paper(part: Part) -> PaperPart:
    more = (f"and {part.more} more in the file",) if part.more else ()
    return PaperPart(part.heading, (*(_line(line) for line in part.lines), *more), part.empty)


def _line(line: Line) -> str:
    word = f" ({line.badge.label})" if line.badge else ""
    return f"{line.label}{word}{f', {line.text}' if line.text else ''}"
