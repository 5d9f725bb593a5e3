"""The distant site's evaluation of who works here by proxy. Peer review: the audit trail says that one came
and of which day, never what it says.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction

from bylaws.policies import require_not_own_file
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Refused
from config.kernel.texts import needed
from credentialing.models import Application
from credentialing.selectors.emergencies import GRANTED
from credentialing.services.telemedicine import Paper
from practitioners import store
from practitioners.rules.problems import Problem
from practitioners.rules.uploads import inspect_upload
from practitioners.services.people import lock_record
from privileging.models import DistantSiteEvaluation
from privileging.selectors.distant_evaluations import MANAGE

LONGEST_SUMMARY, LONGEST_REASON = 8000, 1000


@transaction.atomic
def record_distant_evaluation(
    *, actor, application: Application, dated: dt.date, summary: str, paper: Paper | None = None
) -> DistantSiteEvaluation:
    """What the distant site found of somebody granted privileges by proxy, on a paper of that day.

    By proxy the distant site's decision and data are relied on (42 CFR 482.22(a)(3)-(4)), so that no focused
    evaluation opens here. ``paper`` None: it is filed elsewhere, and ``summary`` says what it says.
    """
    facility = application.facility
    _may(actor, application)
    lock_record(application.practitioner)
    if not application.rule.evaluated_elsewhere or application.status not in GRANTED:
        raise Refused("Choose a file by which privileges were granted by proxy.", field="application")
    if dated > clock.today(facility):
        raise Refused("The day lies in the future.", field="dated")
    told = needed(summary, LONGEST_SUMMARY, field="summary", otherwise="Write what the distant site found.")
    # Asked under the lock of the person: a form sent twice would count as two evaluations.
    same = DistantSiteEvaluation.objects.filter(application=application, dated=dated, taken_back_at=None)
    if same.filter(summary=told).exists():
        raise Refused(f"This is filed already: the same words of {day_text(dated)}.", field="summary")
    made = DistantSiteEvaluation.objects.create(
        application=application,
        dated=dated,
        summary=told,
        recorded_at=clock.now(),
        recorded_by=actor,
        **_stored(paper),
    )
    _record(actor, made, "distant_evaluation.recorded", dated=dated.isoformat())
    return made


@transaction.atomic
def take_back_distant_evaluation(
    *, actor, evaluation: DistantSiteEvaluation, reason: str
) -> DistantSiteEvaluation:
    """It was filed by mistake: it stays on record as taken back, with the reason. Said once."""
    application = evaluation.application
    _may(actor, application)
    lock_record(application.practitioner)
    made = DistantSiteEvaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    if made.taken_back_at is not None:
        raise Conflict("It is taken back already.")
    made.taken_back_reason = needed(reason, LONGEST_REASON, field="reason", otherwise="Write why.")
    made.taken_back_at, made.taken_back_by = clock.now(), actor
    made.save(update_fields=["taken_back_at", "taken_back_by", "taken_back_reason"])
    _record(actor, made, "distant_evaluation.taken_back")
    return made


def _may(actor, application: Application) -> None:
    require(actor, MANAGE, application.facility)
    require_class(actor, DataClass.PEER_REVIEW, application.facility)
    require_not_own_file(actor, application.practitioner, doing="record an evaluation of")


def _stored(paper: Paper | None) -> dict[str, Any]:
    """The paper, encrypted."""
    if paper is None:
        return {"size": None}
    try:
        upload = inspect_upload(paper.content, paper.name, max_bytes=settings.STANDING_UPLOAD_LIMIT)
    except Problem as problem:
        raise Refused(problem.sentence, field="paper") from None
    return {
        "file_name": upload.display_name,
        "media_type": upload.media_type,
        "size": upload.size,
        "store_key": store.put(paper.content, encrypted=True),
    }


def _record(actor, made: DistantSiteEvaluation, verb: str, **data: str) -> None:
    application = made.application
    record_event(
        actor=actor,
        verb=verb,
        subject=made,
        practitioner=application.practitioner,
        facility=application.facility,
        data=data,
    )
