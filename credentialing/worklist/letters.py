"""Letters of the office."""

from __future__ import annotations

from django.urls import reverse

from config.kernel.pages import address
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links
from credentialing.selectors.hearings import notices_owed
from credentialing.selectors.letters import awaited, kind_of, letters_to_send, state_of


@queue(
    code="credentialing-letters",
    title="Letters to send",
    permission="practitioners.log_contact",
    order=26,
    more_url="/letters/?state=waiting",
    empty="Every letter that was issued has been sent.",
)
def letters_unsent(user, facility, limit: int) -> Waiting:
    """Letters that were issued and not sent, came back or could not be mailed, the oldest first; two
    queries.
    """
    rows = letters_to_send(user, facility)
    total = rows.count()
    found = []
    for row in rows[:limit] if total else ():
        state = state_of(row)
        found.append(
            WorkItem(
                title=str(row.practitioner),
                url=links.letter(row),
                detail=f"{kind_of(row)}: {state.label.lower()}",
                since=row.issued_on,
                colour=state.colour,
            )
        )
    return total, found


@queue(
    code="credentialing-notices",
    title="Notice owed",
    permission="practitioners.log_contact",
    order=19,
    empty="Of every recommendation against somebody the notice has gone out.",
)
def hearing_notices(user, facility, limit: int) -> Waiting:
    """Acts against a practitioner whose notice has not gone out, the oldest first: the board waits for it.
    Two queries.
    """
    rows = notices_owed(user, facility)
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.practitioner),
            url=address(reverse("credentialing:hearing", args=[row.application_uid]), act=row.uid),
            detail=f"{row.get_body_display()}: "
            + ("the notice is issued and not sent" if row.noticed_on else "the notice is not written"),
            since=row.decided_on,
            colour="bad",
        )
        for row in (rows[:limit] if total else ())
    ]


@queue(
    code="credentialing-letters-awaited",
    title="Delivery not recorded",
    permission="practitioners.log_contact",
    order=27,
    more_url="/letters/?state=awaited",
    empty="Of every letter on its way it is recorded when it came.",
)
def letters_awaited(user, facility, limit: int) -> Waiting:
    """Letters whose day of delivery a carrier knows and nobody has recorded, the oldest first; those from
    which a time limit runs are marked. Two queries.
    """
    rows = awaited(user, facility)
    total = rows.count()
    found = []
    for row in rows[:limit] if total else ():
        office = getattr(row.letter, "office", None)
        clock = office is not None and office.clock_days
        how = " ".join(part for part in (row.get_channel_display(), row.tracking) if part)
        found.append(
            WorkItem(
                title=str(row.letter.practitioner),
                url=links.letter(row.letter),
                detail=f"{how}; a time limit waits for the day" if clock else how,
                since=row.sent_on,
                colour="bad" if clock else "warn",
            )
        )
    return total, found
