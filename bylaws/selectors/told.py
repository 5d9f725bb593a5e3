"""What members are told by mail waits for them: where it is read, and whether it waits still."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.urls import reverse

from bylaws.choices import AmendmentStatus, ConsentStatus, MinutesStatus, WaitsFor
from bylaws.models import Amendment, ConsentAsked, LeaderRequest, Meeting, MeetingMinutes, WrittenConsent
from bylaws.selectors.amendments import voter_for
from bylaws.selectors.requests import answerable
from config.kernel import clock
from config.organization.models import Facility


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
    asked = (
        waiting.select_related("consent__committee__facility")
        .filter(consent__status=ConsentStatus.OPEN)
        .first()
    )
    return asked is not None and clock.today(asked.consent.committee.facility) <= asked.consent.until


_KINDS: dict[str, tuple[str, Callable[[uuid.UUID, Any], bool]]] = {
    WaitsFor.NOTICE: ("bylaws:amendment_read", _notice),
    WaitsFor.BALLOT: ("bylaws:amendment_vote", _ballot),
    WaitsFor.MINUTES: ("bylaws:meeting_minutes", _minutes),
    WaitsFor.REQUEST: ("bylaws:request", _request),
    WaitsFor.CONSENT: ("bylaws:written_consent", _consent),
}


#: Of which rows, and by which field their hospital.
_WHERE: dict[str, tuple[type[Model], str]] = {
    WaitsFor.NOTICE: (Amendment, "facility"),
    WaitsFor.BALLOT: (Amendment, "facility"),
    WaitsFor.MINUTES: (Meeting, "committee__facility"),
    WaitsFor.REQUEST: (LeaderRequest, "facility"),
    WaitsFor.CONSENT: (WrittenConsent, "committee__facility"),
}


def facility_of(what: str, subject_uid: uuid.UUID) -> Facility | None:
    """The hospital at which it waits; None where there is no such thing."""
    if what not in _WHERE:
        return None
    model, field = _WHERE[what]
    found = model._default_manager.filter(uid=subject_uid).values(field)
    return Facility.objects.filter(pk__in=found).first()


def address_of(what: str, subject_uid: uuid.UUID) -> str:
    """The path of the page on which it is read."""
    return reverse(_KINDS[what][0], args=[subject_uid])


def waits_still(what: str, subject_uid: uuid.UUID, user: Any) -> bool:
    """Whether it waits for the person still; at most four queries."""
    return _KINDS[what][1](subject_uid, user)
