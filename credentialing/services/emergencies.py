"""The emergency operations plan: it is activated, the emergency is under control, the activation ends."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing import endings
from credentialing.models import Activation

MANAGE = "credentialing.manage_application"
LONGEST_NAME, LONGEST_REASON = 200, 1000
#: A plan that was activated longer ago than this was not forgotten, but mistyped.
OLDEST = dt.timedelta(days=60)


@transaction.atomic
def start_activation(*, actor, facility: Facility, emergency: str, started_at: dt.datetime) -> Activation:
    """The emergency operations plan of the facility was activated at that moment.

    Refused while another activation stands, and for a moment to come or long ago.
    """
    require(actor, MANAGE, facility)
    name, now = " ".join(emergency.split()), clock.now()
    if not name:
        raise Refused("Say which emergency it is.", field="emergency")
    if started_at > now:
        raise Refused("The plan cannot be activated in the future.", field="started_at")
    if started_at < now - OLDEST:
        raise Refused("That is too long ago: enter when this activation began.", field="started_at")
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    standing = Activation.objects.filter(facility=facility, ended_at__isnull=True).first()
    if standing is not None:
        raise Refused(f"The plan is activated already: {standing}. End that activation first.")
    made = Activation.objects.create(
        facility=facility,
        emergency=name[:LONGEST_NAME],
        started_at=started_at,
        recorded_at=now,
        recorded_by=actor,
    )
    _record(actor, made, "activation.started")
    return made


@transaction.atomic
def bring_under_control(*, actor, activation: Activation, at: dt.datetime) -> Activation:
    """The emergency is under control since that moment: licenses of volunteers are verified now."""
    made = _begin(actor, activation)
    if made.under_control_at is not None:
        raise Refused("It is recorded already since when the emergency is under control.")
    if at > clock.now():
        raise Refused("The moment lies in the future.", field="at")
    if at < made.started_at:
        raise Refused("The emergency cannot be under control before the plan was activated.", field="at")
    made.under_control_at = at
    made.save(update_fields=["under_control_at"])
    _record(actor, made, "activation.under_control", data={"at": at.isoformat()})
    return made


@transaction.atomic
def end_activation(*, actor, activation: Activation, reason: str) -> Activation:
    """The activation ends now, and with it the privileges of everybody who volunteered for it."""
    made = _begin(actor, activation)
    text = reason.strip()
    if not text:
        raise Refused("Say why it ends, and who said so.", field="reason")
    made.ended_at, made.ended_by, made.ended_because = clock.now(), actor, text[:LONGEST_REASON]
    made.save(update_fields=["ended_at", "ended_by", "ended_because"])
    _record(actor, made, "activation.ended", reason=text[:LONGEST_REASON])
    endings.activation_ended(made)
    return made


def _begin(actor, activation: Activation) -> Activation:
    require(actor, MANAGE, activation.facility)
    made = Activation.objects.select_for_update(of=("self",)).select_related("facility").get(pk=activation.pk)
    if not made.is_active:
        raise Refused("This activation has ended.")
    return made


def _record(actor, activation: Activation, verb: str, *, reason: str = "", data=None) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=activation,
        reason=reason,
        facility=activation.facility,
        data={"emergency": activation.emergency} | (data or {}),
    )
