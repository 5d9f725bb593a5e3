"""Incoming papers: how much of each is filed, where its parts went, and what a part of it may be."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from config.kernel.canonical import bytes_digest
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing.choices import ApplicationStatus, Element, ItemStatus
from credentialing.models import FiledPart, IncomingPaper, VerificationItem
from credentialing.rules.pages import pages_left
from practitioners import store
from practitioners.models import Credential, Document, Evidence, Practitioner
from practitioners.selectors.evidence import Problem, register_check

#: Statuses of an application and of its items in which an answer is taken.
OPEN_FILES = (ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)
UNANSWERED = (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING, ItemStatus.UNABLE)
#: Answered on pages of their own, not by a paper.
ANSWERED_ELSEWHERE = (Element.EXCLUSION, Element.NPDB)


# --- papers ---------------------------------------------------------------------------------------------


def attach_filed(papers: Sequence[Any]) -> None:
    """How many pages of each are filed (``filed_pages``), and into whose files (``people``); one query."""
    parts: dict[int, list[FiledPart]] = defaultdict(list)
    rows = FiledPart.objects.filter(paper__in=papers, undone_at__isnull=True)
    for part in rows.select_related("practitioner"):
        parts[part.paper_id].append(part)
    for paper in papers:
        theirs = parts[paper.pk]
        ranges = [(part.first_page, part.last_page) for part in theirs]
        paper.filed_pages = paper.page_count - len(pages_left(paper.page_count, ranges))
        paper.people = list(dict.fromkeys(str(part.practitioner) for part in theirs))


@lru_cache(maxsize=2)
def _deciphered(key: str) -> bytes:
    """Twenty pictures of a page each are asked for at once; the whole scan is deciphered for the first."""
    return store.get(key, encrypted=True)


def content_of(paper: IncomingPaper) -> bytes:
    """The paper as it arrived. Who may read it was asked before; the last two stay in memory."""
    if paper.erased_at is not None:
        raise Refused("The content of this paper was erased.")
    return _deciphered(paper.sha256)


def next_to_file(papers: QuerySet[IncomingPaper], after: IncomingPaper) -> IncomingPaper | None:
    """The oldest other paper that waits."""
    return papers.exclude(pk=after.pk).filter(status="to_file").order_by("arrived_on", "id").first()


def parts_of(paper: IncomingPaper) -> list[FiledPart]:
    """Every part of a paper, taken back or not; ``rested_on`` says whether evidence was made of it."""
    rested = Evidence.objects.filter(document_id=OuterRef("document_id"))
    return list(
        paper.parts.select_related(
            "practitioner",
            "document",
            "item__application",
            "credential__credential_type",
            "filed_by",
            "undone_by",
        )
        .annotate(rested_on=Exists(rested))
        .order_by("first_page", "last_page", "practitioner__sort_name", "id")
    )


@dataclass(frozen=True)
class PageMark:
    """One page of a paper: whose files it is in, and whether the reader's roles open what it became."""

    number: int
    people: tuple[str, ...]
    closed: bool


def page_marks(paper: IncomingPaper, parts: Iterable[FiledPart], classes: set[str]) -> list[PageMark]:
    """Every page in order; no query."""
    people: dict[int, list[str]] = defaultdict(list)
    closed: set[int] = set()
    for part in parts:
        if part.undone_at is not None:
            continue
        for number in range(part.first_page, part.last_page + 1):
            people[number].append(str(part.practitioner))
            if part.document.data_class not in classes:
                closed.add(number)
    return [
        PageMark(number, tuple(dict.fromkeys(people[number])), number in closed)
        for number in range(1, paper.page_count + 1)
    ]


def parts_on_pages(paper: IncomingPaper, first: int, last: int) -> list[FiledPart]:
    """What stands filed of any of these pages."""
    rows = paper.parts.filter(undone_at__isnull=True, first_page__lte=last, last_page__gte=first)
    return list(rows.select_related("practitioner", "document"))


def verify_papers() -> Iterator[Problem]:
    """Papers whose content is not what arrived; for the check over all evidence."""
    for paper in IncomingPaper.objects.filter(erased_at__isnull=True).order_by("pk").iterator(chunk_size=500):
        name = f"Incoming paper “{paper.title}” ({paper.uid})"
        try:
            stored = store.stored_bytes(paper.sha256)
        except store.Missing:
            yield Problem("content_missing", f"{name} has lost its content: the store has no such file.")
            continue
        if bytes_digest(stored) != paper.sha256:
            yield Problem("content_changed", f"{name} has a changed content: the stored file is another.")


register_check("incoming-papers", verify_papers)


# --- what a part may be ---------------------------------------------------------------------------------


def may_answer(item: VerificationItem) -> bool:
    """Whether the item waits for an answer that may come on paper; ``item.application`` is read."""
    return (
        item.status in UNANSWERED
        and item.element not in ANSWERED_ELSEWHERE
        and item.application.status in OPEN_FILES
    )


def items_waiting_of(practitioner: Practitioner, facility: Facility) -> QuerySet[VerificationItem]:
    """Verifications of the person's open files here that a paper may answer."""
    return (
        VerificationItem.objects.filter(
            application__practitioner=practitioner,
            application__facility=facility,
            application__status__in=OPEN_FILES,
            status__in=UNANSWERED,
        )
        .exclude(element__in=ANSWERED_ELSEWHERE)
        .select_related("application")
        .order_by("id")
    )


def credentials_of(practitioner: Practitioner) -> QuerySet[Credential]:
    """Credentials of the person of which something is said now."""
    return (
        practitioner.credentials.filter(periods__superseded_at__isnull=True)
        .select_related("credential_type")
        .order_by("credential_type__order", "state", "number", "id")
        .distinct()
    )


def kinds_for(practitioner: Practitioner | None, facility: Facility) -> list[tuple[str, Any]]:
    """Choices of what a part is: answers that are waited for, credentials, or only a document; 2 queries."""
    choices: list[tuple[str, Any]] = [("", "A document to keep")]
    if practitioner is None:
        return choices
    items = [(f"item:{each.uid}", each.label) for each in items_waiting_of(practitioner, facility)]
    held = [(f"credential:{each.uid}", str(each)) for each in credentials_of(practitioner)]
    if items:
        choices.append(("Answers an application waits for", items))
    if held:
        choices.append(("Credentials on file", held))
    return choices


def thing_chosen(
    chosen: str, practitioner: Practitioner, facility: Facility
) -> tuple[VerificationItem | None, Credential | None]:
    """The item or credential of a choice of :func:`kinds_for`; neither where there is none any more."""
    kind, _, uid = chosen.partition(":")
    try:
        uuid.UUID(uid)
    except ValueError:
        return None, None
    if kind == "item":
        return items_waiting_of(practitioner, facility).filter(uid=uid).first(), None
    return None, credentials_of(practitioner).filter(uid=uid).first()


def documents_filed_for(*, item=None, credential=None) -> list[Document]:
    """Documents that came from the tray for this and are no evidence yet, the newest first."""
    parts = FiledPart.objects.filter(undone_at__isnull=True, document__redacted_at__isnull=True)
    parts = parts.filter(item=item) if item is not None else parts.filter(credential=credential)
    unused = parts.filter(~Exists(Evidence.objects.filter(document_id=OuterRef("document_id"))))
    return [part.document for part in unused.select_related("document").order_by("-filed_at", "-id")]


def credentials_of_kind(people: Sequence[Practitioner], code: str) -> dict[int, list[Credential]]:
    """The credentials of one kind of each of these people, by the person's id; one query."""
    found: dict[int, list[Credential]] = defaultdict(list)
    rows = (
        Credential.objects.filter(
            practitioner__in=people, credential_type__code=code, periods__superseded_at__isnull=True
        )
        .select_related("credential_type", "practitioner")
        .order_by("state", "number", "id")
        .distinct()
    )
    for each in rows:
        found[each.practitioner_id].append(each)
    return found
