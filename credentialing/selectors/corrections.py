"""What is asked of a practitioner about a discrepancy, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from credentialing import parameters, policies
from credentialing.choices import ItemStatus, PacketRole
from credentialing.elements import AFFILIATIONS
from credentialing.models import Deficiency, PacketLink, VerificationItem
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.corrections import differing, question, why_not_told
from credentialing.selectors.packets import SHOWN, packet_of, standing

#: Days given where no source sets any.
USUAL_DAYS = 30


@dataclass(frozen=True)
class Question:
    """What the practitioner would read about a discrepancy; ``refusal`` says why they are told nothing."""

    text: str
    refusal: str = ""


def question_of(item: VerificationItem) -> Question:
    """What the practitioner would be asked about the item; one query."""
    refusal = why_not_told(item.element, item.evidence.data_class if item.evidence else "")
    if refusal:
        return Question("", refusal)
    period = item.credential.periods.live().order_by("-valid").first() if item.credential else None
    stated: dict[str, Any] = {}
    if period is not None:
        stated = {"status": period.status, "valid_from": period.start, "valid_through": period.end}
    fields = differing(item.element, stated, item.findings)
    opinion = item.element in AFFILIATIONS
    if opinion and not fields:
        return Question("", "The days agree; what else another hospital says never goes to the practitioner.")
    return Question(question(item.label, item.source, fields, "" if opinion else item.note))


def corrections_of(item: VerificationItem) -> list[Deficiency]:
    """Everything asked about the item, the newest first; one query."""
    return list(item.corrections.select_related("asked_by", "answered_by", "document").order_by("-asked_at"))


def link_for(item: VerificationItem) -> PacketLink | None:
    """The applicant's link that shows what is asked; None where there is none that does. Two queries."""
    packet = packet_of(item.application)
    if packet is None:
        return None
    link = packet.links.filter(role=PacketRole.APPLICANT, revoked_at__isnull=True).first()
    if link is None:
        return None
    packet.application = item.application
    link.packet = packet
    return link if standing(link) in SHOWN else None


def days_given(facility: Facility, on) -> int:
    """Days a practitioner is given to answer."""
    bound = resolve(parameters.CORRECTION_DAYS, facility=facility, on=on)
    return int(bound.value) if bound.is_set else USUAL_DAYS


def answered_discrepancies(viewer, facility: Facility) -> QuerySet[VerificationItem]:
    """Discrepancies the practitioner has answered and nobody has resolved, the oldest answer first."""
    answers = Deficiency.objects.filter(item=OuterRef("pk"), answered_at__isnull=False)
    waiting = Deficiency.objects.filter(
        item=OuterRef("pk"), answered_at__isnull=True, withdrawn_at__isnull=True
    )
    return (
        policies.visible_items(viewer)
        .filter(
            application__facility=facility,
            application__status__in=OPEN_STATUSES,
            status=ItemStatus.DISCREPANT,
        )
        .filter(Exists(answers), ~Exists(waiting))
        .select_related("application__practitioner")
        .order_by("pk")
    )
