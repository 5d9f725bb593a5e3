"""On which day the deciding body has a file on its agenda."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef

from bylaws.choices import AgendaStatus, CaseStatus
from bylaws.models import AgendaItem, ReviewStep
from bylaws.selectors.reviews import COMING
from config.kernel import clock
from credentialing.models import Application


def deciding_meeting(application: Application) -> dt.date | None:
    """The facility's day of the coming meeting at which the last body of the chain deals with the file; None
    where it stands on no such agenda. One query.
    """
    later = ReviewStep.objects.filter(case=OuterRef("step__case"), order__gt=OuterRef("step__order"))
    item = (
        AgendaItem.objects.filter(
            step__case__subject_uid=application.uid,
            step__case__status=CaseStatus.OPEN,
            status=AgendaStatus.OPEN,
            meeting__status__in=COMING,
        )
        .filter(~Exists(later))
        .select_related("meeting")
        .first()
    )
    return clock.date_at(item.meeting.starts_at, application.facility) if item is not None else None
