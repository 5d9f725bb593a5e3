"""What payers that delegated are owed, and what they are to be asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse

from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import address
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing.selectors.delegation import Delegation, delegations, findings_of
from credentialing.selectors.payers import visible_payers
from credentialing.worklist.shared import MANAGE


@queue(
    code="credentialing-delegation",
    title="Owed to payers that delegate",
    permission=MANAGE,
    order=66,
    empty="Every report is sent, and no audit or corrective action is due.",
    slow=True,
)
def delegation_owed(user, facility, limit: int) -> Waiting:
    """Reports not sent, audits and corrective actions due, agreements that end or are missing."""
    today = clock.today(facility)
    payers = list(visible_payers(user).filter(facility=facility))
    held = delegations(payers, facility, today) if payers else []
    found = [item for each in held for item in _of(each, today)]
    ahead = max((each.ahead_days for each in held), default=0)
    if held:
        rows = findings_of(payers).filter(done_on=None, due_on__lte=today + dt.timedelta(days=ahead))
        found += [
            WorkItem(
                title=row.audit.payer.name,
                url=reverse("credentialing:delegation_finding", args=[row.uid]),
                detail=f"Corrective action: {row.action}"[:160],
                due=row.due_on,
                colour="bad" if row.due_on < today else "warn",
            )
            for row in rows
        ]
    found.sort(key=lambda item: item.due or today)
    return len(found), found[:limit]


def _of(held: Delegation, today: dt.date) -> Iterator[WorkItem]:
    here = reverse("credentialing:delegation", args=[held.payer.uid])
    name, soon = held.payer.name, today + dt.timedelta(days=held.ahead_days)
    for each in held.reports_due:
        yield WorkItem(
            title=name,
            url=address(
                reverse("credentialing:delegation_make", args=[held.payer.uid]),
                first_day=each.first_day,
                last_day=each.last_day,
            ),
            detail=f"Report of {day_text(each.first_day)} to {day_text(each.last_day)} not sent",
            due=each.due_on,
            colour="bad" if each.due_on < today else "warn",
        )
    due = held.audit_due
    if due is not None and due <= soon:
        late = due < today
        yield WorkItem(
            title=name, url=here, detail="The payer's audit", due=due, colour="bad" if late else "warn"
        )
    if held.ends_on is not None and held.ends_on <= soon:
        yield WorkItem(
            title=name, url=here, detail="The agreement ends", due=held.ends_on, runs_out=True, colour="warn"
        )
    if held.payer.delegated and held.payer.active and not held.in_force:
        yield WorkItem(title=name, url=here, detail="Delegated, and no agreement is in force", colour="bad")
