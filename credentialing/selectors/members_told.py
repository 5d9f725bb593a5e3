"""Who was told by mail that something waits for them, and what became of each mail."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from bylaws.selectors.told import facility_of
from config.accounts.policies import may
from credentialing.models import MemberMail


def members_told(viewer, what: str, subject_uid: uuid.UUID) -> QuerySet[MemberMail] | None:
    """The mails about one thing, for whoever runs meetings at its hospital; nothing of what it says. None
    where there is no such thing for them.
    """
    facility = facility_of(what, subject_uid)
    if facility is None or not may(viewer, "bylaws.run_meeting", facility):
        return None
    return MemberMail.objects.filter(what=what, subject_uid=subject_uid).select_related("recipient")
