"""What arrives on paper: taken in, done with, discarded, taken up again. Filing it is :mod:`.filing`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from config.accounts.policies import permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.encryption import lookup_hash
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing.choices import PaperChannel, PaperStatus
from credentialing.models import IncomingPaper
from credentialing.rules.pages import SCANS, count_pages
from credentialing.workflow import INCOMING_PAPER
from practitioners import store
from practitioners.rules.uploads import inspect_upload

VERIFY = "credentialing.verify"
REDACT = "practitioners.redact"
#: Papers taken in at once.
MOST_FILES = 20
LONGEST_TITLE = 200
LONGEST_REASON = 1000
#: A paper that lay about for longer than this was hardly meant: the year is mistyped.
OLDEST_ARRIVAL = dt.timedelta(days=3650)


@transaction.atomic
def receive_papers(
    *,
    actor,
    facility: Facility,
    files: Sequence[tuple[str, bytes]],
    channel: str,
    arrived_on: dt.date,
    sender: str = "",
    title: str = "",
) -> list[IncomingPaper]:
    """Put scans into the tray of a facility's office, all of them or none.

    ``files`` are (file name, content), PDF, PNG or JPEG; ``title`` is for a single one, else each is called
    like its file. A file that is in the tray already is refused, as is one that cannot be shown; the
    sentence names the file where there are several.
    """
    require(actor, VERIFY, facility)
    if not files:
        raise Refused("Choose at least one file.", field="papers")
    if len(files) > MOST_FILES:
        raise Refused(f"At most {MOST_FILES} files at once.", field="papers")
    if channel not in PaperChannel.values:
        raise Refused("Choose how it arrived.", field="channel")
    _check_arrival(arrived_on, facility)
    papers = []
    for name, content in files:
        try:
            papers.append(
                put_into_tray(
                    actor=actor,
                    facility=facility,
                    name=name,
                    content=content,
                    channel=channel,
                    arrived_on=arrived_on,
                    sender=_words(sender),
                    title=_words(title) if len(files) == 1 else "",
                )
            )
        except Refused as refused:
            several = len(files) > 1
            said = f"{name}: {refused.sentence} Nothing was taken in." if several else refused.sentence
            raise Refused(said, field="papers") from None
    return papers


def _check_arrival(day: dt.date, facility: Facility) -> None:
    today = clock.today(facility)
    if day > today:
        raise Refused("The day it arrived lies in the future.", field="arrived_on")
    if day < today - OLDEST_ARRIVAL:
        raise Refused("The day it arrived lies more than ten years back.", field="arrived_on")


@transaction.atomic
def put_into_tray(
    *,
    actor,
    facility: Facility,
    name: str,
    content: bytes,
    channel: str,
    arrived_on: dt.date,
    sender: str = "",
    title: str = "",
) -> IncomingPaper:
    """One scan in the tray, for a service that has asked whether ``actor`` may. Raises ``Refused`` for a file
    that cannot be shown or is in the tray already.
    """
    upload = inspect_upload(content, name, max_bytes=settings.STANDING_UPLOAD_LIMIT, allowed=SCANS)
    pages = count_pages(content, upload.media_type)
    fingerprint = lookup_hash(bytes_digest(content))
    _refuse_twice(facility, fingerprint)
    paper = IncomingPaper(
        facility=facility,
        title=(title or upload.display_name.rpartition(".")[0])[:LONGEST_TITLE],
        channel=channel,
        sender=sender[:LONGEST_TITLE],
        arrived_on=arrived_on,
        file_name=upload.display_name,
        media_type=upload.media_type,
        size=upload.size,
        page_count=pages,
        sha256=store.put(content, encrypted=True),
        fingerprint=fingerprint,
        received_at=clock.now(),
        received_by=actor,
        coordinator=None if actor.is_system else actor,
    )
    paper.save(force_insert=True)
    record_event(
        actor=actor,
        verb="paper.received",
        subject=paper,
        facility=facility,
        data={"sha256": paper.sha256, "pages": pages, "channel": str(channel)},
    )
    return paper


def _refuse_twice(facility: Facility, fingerprint: str) -> None:
    known = (
        IncomingPaper.objects.filter(facility=facility, fingerprint=fingerprint)
        .exclude(status=PaperStatus.DISCARDED)
        .first()
    )
    if known is not None:
        raise Refused(
            f"The same file is in the tray already: “{known.title}”, arrived "
            f"{known.arrived_on.day} {known.arrived_on:%b %Y}.",
            field="papers",
        )


def _words(text: str) -> str:
    return " ".join(text.split())


# --- its life -------------------------------------------------------------------------------------------


@transaction.atomic
def finish_paper(*, actor, paper: IncomingPaper, reason: str = "") -> IncomingPaper:
    """Nothing more of it has to be filed: what is left are cover sheets and empty pages (``reason``)."""
    paper = lock_paper(actor, paper)
    if not paper.parts.filter(undone_at__isnull=True).exists():
        raise Refused("Nothing of it is filed yet. Discard it if nothing of it is needed.")
    move_paper(actor=actor, paper=paper, target=PaperStatus.FILED, reason=reason)
    return paper


@transaction.atomic
def discard_paper(*, actor, paper: IncomingPaper, reason: str) -> IncomingPaper:
    """It does not have to be filed at all. It is kept, with the reason, and can be taken back."""
    paper = lock_paper(actor, paper)
    if not reason.strip():
        raise Refused("Say why nothing of it is filed.", field="reason")
    if paper.parts.filter(undone_at__isnull=True).exists():
        raise Refused("A part of it is filed. Say that there is nothing more to file instead.")
    move_paper(actor=actor, paper=paper, target=PaperStatus.DISCARDED, reason=reason)
    return paper


@transaction.atomic
def reopen_paper(*, actor, paper: IncomingPaper) -> IncomingPaper:
    """Take a paper that was done with or discarded up again."""
    paper = lock_paper(actor, paper)
    if paper.erased_at is not None:
        raise Refused("Its content was erased, so there is nothing to take back.")
    if paper.status == PaperStatus.DISCARDED:
        _refuse_twice(paper.facility, paper.fingerprint)
    move_paper(actor=actor, paper=paper, target=PaperStatus.TO_FILE)
    return paper


@transaction.atomic
def erase_paper(*, actor, paper: IncomingPaper, reason: str) -> IncomingPaper:
    """Erase the content of a discarded paper for good: patient data, a fax to a wrong number.

    The director's act, like the redaction of a file. That it came, its hash and the reason stay.
    """
    require(actor, REDACT)
    paper = lock_paper(actor, paper)
    if not reason.strip():
        raise Refused("Say why the content is erased; the reason stays.", field="reason")
    if paper.status != PaperStatus.DISCARDED:
        raise Refused("Only a discarded paper is erased. Take its parts out and discard it first.")
    if paper.erased_at is not None:
        raise Refused("Its content was erased already.")
    paper.erased_at, paper.erased_by = clock.now(), actor
    paper.erasing_reason = reason.strip()[:LONGEST_REASON]
    paper.save(update_fields=["erased_at", "erased_by", "erasing_reason"])
    record_event(
        actor=actor,
        verb="paper.erased",
        subject=paper,
        facility=paper.facility,
        reason=paper.erasing_reason,
        data={"sha256": paper.sha256},
    )
    # Its address is its own: what is stored encrypted is stored under a new one every time.
    transaction.on_commit(lambda: store.remove(paper.sha256))
    return paper


def lock_paper(actor, paper: IncomingPaper) -> IncomingPaper:
    """The paper as it is now, locked, for somebody who files at its facility.

    Lock order is practitioners, paper: whoever files locks the people first.
    """
    require(actor, VERIFY, paper.facility)
    return IncomingPaper.objects.select_for_update(of=("self",)).select_related("facility").get(pk=paper.pk)


def move_paper(*, actor, paper: IncomingPaper, target: str, reason: str = "") -> None:
    """One move of the table, with its audit event. The paper is locked."""
    move = INCOMING_PAPER.check(paper, target, permissions(actor, paper.facility))
    open_again = target == PaperStatus.TO_FILE
    paper.status = target
    paper.closed_at, paper.closed_by = (None, None) if open_again else (clock.now(), actor)
    paper.closing_reason = "" if open_again else reason.strip()[:LONGEST_REASON]
    paper.save(update_fields=["status", "closed_at", "closed_by", "closing_reason"])
    record_event(
        actor=actor, verb=move.event, subject=paper, facility=paper.facility, reason=paper.closing_reason
    )
