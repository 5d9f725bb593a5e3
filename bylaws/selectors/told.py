"""What members are told by mail waits for them: where it is read, and whether it waits still."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from bylaws.choices import AmendmentStatus, ConsentStatus, MinutesStatus, WaitsFor
from bylaws.models import Amendment, ConsentAsked, LeaderRequest, MeetingMinutes
from bylaws.selectors.amendments import voter_for
from bylaws.selectors.requests import answerable
from config.kernel import clock


def _notice(subject_uid: uuid.UUID, user: Any) -> bool:
    return Amendment.objects.filter(uid=subject_uid, status=AmendmentStatus.NOTICED).exists()


def _ballot(subject_uid: uuid.UUID, user: Any) -> bool:
    amendment = (
        Amendment.objects.select_related("facility")
        .filter(uid=subject_uid, status=AmendmentStatus.BALLOT)
        .first()
    )
    if amendment is None or amendment.ballot_until is None:
        return False
    if amendment.ballot_until < clock.today(amendment.facility):
        return False
    voter = voter_for(user, amendment)
    return voter is not None and not hasattr(voter, "returned")


def _minutes(subject_uid: uuid.UUID, user: Any) -> bool:
    return MeetingMinutes.objects.filter(meeting__uid=subject_uid, status=MinutesStatus.CIRCULATED).exists()


def _request(subject_uid: uuid.UUID, user: Any) -> bool:
    rows = LeaderRequest.objects.filter(uid=subject_uid, asked_of=user, answered_on__isnull=True)
    one = rows.select_related("facility").first()
    return one is not None and answerable(rows, one.facility).exists()


def _consent(subject_uid: uuid.UUID, user: Any) -> bool:
    waiting = ConsentAsked.objects.filter(consent__uid=subject_uid, user=user, answer__isnull=True)
    return waiting.filter(consent__status=ConsentStatus.OPEN).exists()


_KINDS: dict[str, tuple[str, Callable[[uuid.UUID, Any], bool]]] = {
    WaitsFor.NOTICE: ("bylaws:amendment_read", _notice),
    WaitsFor.BALLOT: ("bylaws:amendment_vote", _ballot),
    WaitsFor.MINUTES: ("bylaws:meeting_minutes", _minutes),
    WaitsFor.REQUEST: ("bylaws:request", _request),
    WaitsFor.CONSENT: ("bylaws:written_consent", _consent),
}


def address_of(what: str, subject_uid: uuid.UUID) -> str:
    """The path of the page on which it is read."""
    return reverse(_KINDS[what][0], args=[subject_uid])


def waits_still(what: str, subject_uid: uuid.UUID, user: Any) -> bool:
    """Whether it waits for the person still; at most four queries."""
    return _KINDS[what][1](subject_uid, user)
