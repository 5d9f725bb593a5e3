"""Taking over what was verified for another application of the same person. Decisions are never shared."""

from __future__ import annotations

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel.errors import Refused
from credentialing.models import Application, VerificationItem
from credentialing.selectors.elsewhere import Shared, offered_to
from credentialing.services import verification
from credentialing.services.guards import begin_application
from practitioners.models import CredentialPeriod


@transaction.atomic
def take_over(*, actor, application: Application) -> list[VerificationItem]:
    """Answer every item that another application of the person has verified, with the same evidence and the
    day it was verified there; the actor answers for the review, as for any other.

    What a claim says is not changed by it. Refused where nothing counts here: too old, a source this facility
    does not accept, not released to it, or what is never shared (``credentialing.rules.sharing``).
    """
    application = begin_application(actor, application, "credentialing.verify")
    if not application.is_workable:
        raise Refused("Verifications are taken over once the application is accepted.")
    offered = offered_to(actor, application)
    if not offered:
        raise Refused("Nothing that was verified for another application counts for what is still open here.")
    taken = [_take(actor, each) for each in offered]
    record_event(
        actor=actor,
        verb="verification.taken_over",
        subject=application,
        practitioner=application.practitioner,
        facility=application.facility,
        data={
            "items": len(taken),
            "from": sorted({str(each.found.application.uid) for each in offered}),
        },
    )
    return taken


def _take(actor, each: Shared) -> VerificationItem:
    found = each.found
    if found.verified_on is None:  # the database has a day for whatever is verified
        raise Refused("It has not been verified.")
    item = verification.receive(
        actor=actor,
        item=each.item,
        source=found.source,
        source_kind=found.source_kind,
        method=found.method,
        verified_on=found.verified_on,
        result=f"{each.told}. {found.result}".strip(),
        evidence=found.evidence,
    )
    # The claim stands as it is known now: the older answer adds nothing to it and takes nothing from it.
    claim = None
    if item.credential_id is not None:
        claim = (
            CredentialPeriod.objects.live().filter(identity_id=item.credential_id).order_by("-valid").first()
        )
    return verification.verify(
        actor=actor,
        item=item,
        note=f"{each.told}.",
        confirm_valid=claim.valid if claim else None,
        confirm_status=claim.status if claim else "",
    )
