"""Feedback to distant sites: adverse events, complaints and reviews of who works here by proxy. Peer review:
the audit trail says that there was one and that it was sent, never what.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from bylaws.policies import require_not_own_file
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.kernel.texts import needed
from credentialing.models import Application
from credentialing.selectors.emergencies import GRANTED
from practitioners.services.people import lock_record
from privileging.choices import FeedbackKind, FeedbackWay
from privileging.models import DistantSiteFeedback
from privileging.selectors.feedback import MANAGE

LONGEST_TEXT, LONGEST_ADDRESS = 8000, 200


@dataclass(frozen=True)
class Sent:
    """When the distant site was told, whom there, and on which way."""

    on: dt.date
    to: str
    way: str


@transaction.atomic
def record_feedback(
    *,
    actor,
    application: Application,
    kind: str,
    happened_on: dt.date,
    what: str,
    sent: Sent | None = None,
) -> DistantSiteFeedback:
    """What the distant site has to be told of somebody's work here; ``sent`` where it was told already.

    At least all adverse events and all complaints are told (42 CFR 482.22(a)(3)(iv), (4)(iv)). Until it is
    sent it stands on Today.
    """
    facility = application.facility
    _may(actor, application)
    lock_record(application.practitioner)
    if not application.rule.evaluated_elsewhere or application.status not in GRANTED:
        raise Refused("Choose somebody who was granted privileges by proxy.", field="application")
    if kind not in FeedbackKind.values:
        raise Refused("Choose what the distant site is told of.", field="kind")
    if happened_on > clock.today(facility):
        raise Refused("The day lies in the future.", field="happened_on")
    made = DistantSiteFeedback(
        application=application,
        kind=kind,
        happened_on=happened_on,
        what=needed(what, LONGEST_TEXT, field="what", otherwise="Write what happened, or what was found."),
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    if sent is not None:
        _fill_in(actor, made, sent)
    made.save(force_insert=True)
    _record(actor, made, "feedback.recorded")
    if sent is not None:
        _record(actor, made, "feedback.sent", sent_on=sent.on.isoformat())
    return made


@transaction.atomic
def record_feedback_sent(*, actor, feedback: DistantSiteFeedback, sent: Sent) -> DistantSiteFeedback:
    """The distant site was told on the day. Said once."""
    application = feedback.application
    _may(actor, application)
    lock_record(application.practitioner)
    made = (
        DistantSiteFeedback.objects.select_for_update(of=("self",))
        .select_related("application__facility", "application__practitioner")
        .get(pk=feedback.pk)
    )
    if made.sent_on is not None:
        raise Conflict("It is recorded already that the distant site was told.")
    _fill_in(actor, made, sent)
    made.save(update_fields=["sent_on", "sent_to", "sent_by_way", "sent_recorded_at", "sent_recorded_by"])
    _record(actor, made, "feedback.sent", sent_on=sent.on.isoformat())
    return made


def _may(actor, application: Application) -> None:
    require(actor, MANAGE, application.facility)
    require_class(actor, DataClass.PEER_REVIEW, application.facility)
    require_not_own_file(actor, application.practitioner, doing="tell a distant site of")


def _fill_in(actor, made: DistantSiteFeedback, sent: Sent) -> None:
    if sent.way not in FeedbackWay.values:
        raise Refused("Choose on which way it was sent.", field="sent_by_way")
    if sent.on > clock.today(made.application.facility):
        raise Refused("The day lies in the future.", field="sent_on")
    if sent.on < made.happened_on:
        raise Refused("It happened only after that day.", field="sent_on")
    made.sent_to = needed(
        " ".join(sent.to.split()), LONGEST_ADDRESS, field="sent_to", otherwise="Write who was told there."
    )
    made.sent_on, made.sent_by_way = sent.on, sent.way
    made.sent_recorded_at, made.sent_recorded_by = clock.now(), actor


def _record(actor, made: DistantSiteFeedback, verb: str, **data: str) -> None:
    application = made.application
    record_event(
        actor=actor,
        verb=verb,
        subject=made,
        practitioner=application.practitioner,
        facility=application.facility,
        data=data,
    )
