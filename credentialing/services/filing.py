"""Filing pages of an incoming paper into people's files, and taking them out again.

Each part becomes a document of its own in the person's file; the paper stays whole. An answer or a renewal
that rests on the part is recorded by the services of verification and renewals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from config.accounts.choices import DataClass
from config.accounts.policies import may, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Element, PaperStatus
from credentialing.elements import data_class as class_of_element
from credentialing.elements import element_of
from credentialing.models import FiledPart, IncomingPaper, VerificationItem
from credentialing.rules.pages import cut, in_words, pages_left
from credentialing.selectors.intake import content_of, may_answer
from credentialing.services import renewals
from credentialing.services.guards import begin_person, refuse_own_file
from credentialing.services.intake import REDACT, VERIFY, lock_paper, move_paper
from practitioners.models import Credential, Practitioner
from practitioners.rules.uploads import PDF, safe_name
from practitioners.services.documents import store_document
from practitioners.services.evidence import redact_document, take_back_document
from practitioners.services.people import lock_record

#: People one act files for.
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Recipient:
    """Somebody whose file the pages go into, and the credential they speak of (None: only kept)."""

    practitioner: Practitioner
    credential: Credential | None = None


@dataclass(frozen=True)
class Renewal:
    """What the pages say of everybody's credential; days are inclusive, as the source says them."""

    source: str
    source_kind: str
    method: str
    verified_on: dt.date
    valid_through: dt.date
    valid_from: dt.date | None = None


@transaction.atomic
def file_pages(
    *,
    actor,
    paper: IncomingPaper,
    practitioner: Practitioner,
    first_page: int,
    last_page: int,
    title: str = "",
    item: VerificationItem | None = None,
    credential: Credential | None = None,
    data_class: str = "",
) -> FiledPart:
    """Put pages (from 1, inclusive) of a paper into a person's file as a document.

    What they are decides the confidentiality class; ``data_class`` counts where that is general. ``title``
    empty: what it is, else what the paper is called. When every page is filed, the paper is done with.
    Raises ``Refused`` with the field; nobody files into their own record.
    """
    practitioner = begin_person(actor, practitioner, VERIFY, paper.facility)
    paper = lock_paper(actor, paper)
    part = _file(
        actor, paper, practitioner, _content(paper, first_page, last_page), first_page, last_page, title,
        item, credential, data_class,
    )  # fmt: skip
    _finish_when_filed(actor, paper)
    return part


@transaction.atomic
def file_for_many(
    *,
    actor,
    paper: IncomingPaper,
    recipients: Sequence[Recipient],
    first_page: int,
    last_page: int,
    title: str = "",
    renewal: Renewal | None = None,
) -> list[FiledPart]:
    """Put the same pages into the files of many people: a carrier's list of those it covers.

    With ``renewal`` the credential of each is confirmed by it, the document of each being the evidence.
    All of it or nothing; the sentence of a refusal names the person it is about.
    """
    if not recipients:
        raise Refused("Name at least one person.", field="people")
    if len(recipients) > MOST_PEOPLE:
        raise Refused(f"At most {MOST_PEOPLE} people at once.", field="people")
    ordered = sorted(recipients, key=lambda each: each.practitioner.pk)  # everybody locks in one order
    locked = [begin_person(actor, each.practitioner, VERIFY, paper.facility) for each in ordered]
    paper = lock_paper(actor, paper)
    content = _content(paper, first_page, last_page)
    parts = []
    for practitioner, each in zip(locked, ordered, strict=True):
        try:
            part = _file(
                actor, paper, practitioner, content, first_page, last_page, title, None, each.credential, ""
            )
            if renewal is not None:
                _renew(actor, paper, each, part, renewal)
        except Forbidden:
            raise
        except Refused as refused:
            sentence = f"{practitioner}: {refused.sentence} Nothing was filed."
            raise Refused(sentence, field=refused.field) from None
        parts.append(part)
    _finish_when_filed(actor, paper)
    return parts


def _renew(actor, paper: IncomingPaper, recipient: Recipient, part: FiledPart, renewal: Renewal) -> None:
    if recipient.credential is None:
        raise Refused("No credential of this kind is on file, so nothing can be renewed.", field="people")
    renewals.verify_credential(
        actor=actor,
        credential=recipient.credential,
        facility=paper.facility,
        source=renewal.source,
        source_kind=renewal.source_kind,
        method=renewal.method,
        verified_on=renewal.verified_on,
        valid_from=renewal.valid_from,
        valid_through=renewal.valid_through,
        document=part.document,
    )


def _content(paper: IncomingPaper, first: int, last: int) -> bytes:
    """The pages as a file: the paper itself where it is all of it."""
    if paper.status == PaperStatus.DISCARDED:
        raise Refused("The paper was discarded. Take it back first.")
    if not 1 <= first <= last <= paper.page_count:
        raise Refused(f"The paper has the pages 1 to {paper.page_count}.", field="pages")
    whole = content_of(paper)
    return whole if last - first + 1 == paper.page_count else cut(whole, first, last)


def _file(
    actor, paper: IncomingPaper, practitioner: Practitioner, content: bytes, first: int, last: int,
    title: str, item: VerificationItem | None, credential: Credential | None, data_class: str,
) -> FiledPart:  # fmt: skip
    """One part for one person; the person and the paper are locked."""
    what, element = _what(paper, practitioner, item, credential)
    _refuse_twice(paper, practitioner, first, last, item, credential)
    title = " ".join(title.split()) or what or paper.title
    derived = class_of_element(element) if element else DataClass.GENERAL
    document = store_document(
        actor=actor,
        practitioner=practitioner,
        title=title[:200],
        file_name=safe_name(title, ("pdf",)) if paper.media_type == PDF else paper.file_name,
        content=content,
        data_class=derived if derived != DataClass.GENERAL else data_class or DataClass.GENERAL,
    )
    part = FiledPart(
        paper=paper,
        first_page=first,
        last_page=last,
        practitioner=practitioner,
        document=document,
        item=item,
        credential=credential,
        filed_at=clock.now(),
        filed_by=actor,
    )
    part.save(force_insert=True)
    record_event(
        actor=actor,
        verb="paper.part_filed",
        subject=part,
        practitioner=practitioner,
        facility=paper.facility,
        data={"paper": str(paper.uid), "pages": [first, last], "document": str(document.uid)},
    )
    return part


def _what(paper, practitioner, item, credential) -> tuple[str, str]:
    """What the pages are, in words, and the element that says how confidential they are."""
    if item is not None and credential is not None:
        raise Refused("Choose the verification or the credential, not both.", field="what")
    if item is not None:
        item.refresh_from_db()
        theirs = item.application.practitioner_id == practitioner.pk
        if not theirs or item.application.facility_id != paper.facility_id or not may_answer(item):
            raise Refused("This does not wait for an answer about this person any more.", field="what")
        return Element(item.element).label, item.element
    if credential is not None:
        if credential.practitioner_id != practitioner.pk:
            raise Refused("This is a credential of another practitioner.", field="what")
        return str(credential), element_of(credential.credential_type.code)
    return "", ""


def _refuse_twice(paper, practitioner, first, last, item, credential) -> None:
    again = paper.parts.filter(
        undone_at__isnull=True, practitioner=practitioner, first_page=first, last_page=last,
        item=item, credential=credential,
    ).exists()  # fmt: skip
    if again:
        pages = in_words(first, last).capitalize()
        raise Refused(f"{pages} of it are in this file already." if last > first
                      else f"{pages} of it is in this file already.", field="pages")  # fmt: skip


def _finish_when_filed(actor, paper: IncomingPaper) -> None:
    """Once every page is in somebody's file, nothing of the paper waits any more."""
    if paper.status == PaperStatus.TO_FILE and not _left(paper):
        move_paper(actor=actor, paper=paper, target=PaperStatus.FILED)


def _left(paper: IncomingPaper) -> list[int]:
    standing = paper.parts.filter(undone_at__isnull=True).values_list("first_page", "last_page")
    return pages_left(paper.page_count, standing)


@transaction.atomic
def undo_part(*, actor, part: FiledPart, reason: str) -> FiledPart:
    """Take a part out of a file again: its document loses its content, the reason stays, the paper waits.

    Whoever files may do so while nothing rests on the document. Once an answer rests on it, it is the
    director's act, and the evidence goes with it: what was confirmed on it has to be verified again.
    """
    require(actor, VERIFY, part.paper.facility)
    refuse_own_file(actor, part.practitioner)
    lock_record(part.practitioner)
    paper = lock_paper(actor, part.paper)
    part = FiledPart.objects.select_for_update(of=("self",)).select_related("document").get(pk=part.pk)
    if part.undone_at is not None:
        raise Refused("This was taken back already.")
    if not reason.strip():
        raise Refused("Say why it does not belong there.", field="reason")
    if part.document.redacted_at is None:
        # The director's way takes the evidence along.
        remove = redact_document if may(actor, REDACT) else take_back_document
        remove(actor=actor, document=part.document, reason=reason)
    part.undone_at, part.undone_by, part.undo_reason = clock.now(), actor, reason.strip()
    part.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    record_event(
        actor=actor,
        verb="paper.part_undone",
        subject=part,
        practitioner=part.practitioner,
        facility=paper.facility,
        reason=part.undo_reason,
        data={"paper": str(paper.uid), "document": str(part.document.uid)},
    )
    if paper.status == PaperStatus.FILED:
        move_paper(actor=actor, paper=paper, target=PaperStatus.TO_FILE)
    return part
