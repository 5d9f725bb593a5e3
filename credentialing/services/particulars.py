"""Changing what an application states beside department and category, until it is granted."""

from __future__ import annotations

from bylaws.models import ReviewStep
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing import kinds
from credentialing.choices import ApplicationStatus, TemporaryGround
from credentialing.models import Application
from credentialing.services.opening import (
    Particulars,
    check_agreement,
    check_arrival,
    check_awaited,
    stated_of,
)

#: What decides which things are verified: another one asks for another plan.
OF_THE_PLAN = ("ground", "awaits")


def restate(application: Application, particulars: Particulars) -> list[str]:
    """Put the particulars on the application, unsaved; answers the fields that changed.

    The caller holds the lock. Refused with the field where something is not stated, and, in review, where a
    body has acted on the file as it is or the ground would change: it is taken back into verification first.
    """
    kept = particulars.kept(application.rule)
    changed = [name for name, value in kept.items() if getattr(application, name) != value]
    if not changed:
        return []
    if application.status == ApplicationStatus.IN_REVIEW:
        _refuse_in_review(application, changed)
    if particulars.ground and particulars.ground not in TemporaryGround.values:
        raise Refused("Choose the ground: there are only these two.", field="ground")
    field, sentence = kinds.why_not_stated(
        application.rule, stated_of(particulars), clock.today(application.facility)
    )
    if sentence and (field != "until" or "until" in changed):
        raise Refused(sentence, field=field)
    check_arrival(particulars)
    if "agreement" in changed:
        check_agreement(particulars.agreement, application.facility)
    if "awaits" in changed and particulars.ground == TemporaryGround.APPLICANT:
        check_awaited(particulars.awaits, application.practitioner, application.facility)
    for name in changed:
        setattr(application, name, kept[name])
    return changed


def _refuse_in_review(application: Application, changed: list[str]) -> None:
    if set(changed) & set(OF_THE_PLAN):
        raise Refused(
            "The file is in review: another ground asks for other verifications. Take it back into "
            "verification first.",
            field="ground",
        )
    acted = (
        ReviewStep.objects.filter(case__subject_uid=application.uid, case__status="open", status="acted")
        .order_by("order")
        .first()
    )
    if acted is not None:
        raise Refused(
            f"The {acted.get_body_display().lower()} acted on the file as it is: take it back into "
            "verification to change it.",
            field=changed[0],
        )
