"""Agreements with distant sites: what ends, what is missing."""

from __future__ import annotations

import datetime as dt

from config.kernel import clock
from config.kernel.periods import last_day
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links
from credentialing.rules.telemedicine import lacking
from credentialing.selectors.telemedicine import agreements_for_list, ahead_days, newest_terms
from credentialing.worklist.shared import MANAGE


@queue(
    code="credentialing-distant-sites",
    title="Agreements with distant sites",
    permission=MANAGE,
    order=67,
    empty="No agreement ends soon, and none lacks what it must contain.",
    slow=True,
)
def distant_agreements(user, facility, limit: int) -> Waiting:
    """Agreements in force that end soon, or lack what they must contain, or whose site gave no list; four
    queries.
    """
    today = clock.today(facility)
    soon = today + dt.timedelta(days=ahead_days(facility, today))
    rows = list(agreements_for_list(user, facility, today).filter(holds=True))
    terms = newest_terms(rows, today)
    found = []
    for row in rows:
        ends = last_day(row.ends)
        if ends is not None and ends <= soon:
            found.append(
                WorkItem(
                    title=row.site.name, url=links.distant_agreement(row), detail=f"{row.title} ends",
                    due=ends, runs_out=True, colour="warn",
                )
            )  # fmt: skip
        missing = [f"{len(gone)} of the terms" for gone in [lacking(row.site.kind, terms[row.pk])] if gone]
        if row.list_day is None:
            missing.append("the list of practitioners")
        if missing:
            found.append(
                WorkItem(
                    title=row.site.name, url=links.distant_agreement(row), colour="bad",
                    detail=f"{row.title}: {' and '.join(missing)} the regulation asks for "
                    f"{'are' if len(missing) > 1 or 'terms' in missing[0] else 'is'} missing",
                )
            )  # fmt: skip
    found.sort(key=lambda item: item.due or today)
    return len(found), found[:limit]
