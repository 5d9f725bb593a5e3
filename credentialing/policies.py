"""What of this room a person may see. A missing predicate shows nothing."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from bylaws.models import ReviewStep
from bylaws.selectors.reviews import LIVE, visible_steps
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may, may_see_class, require
from config.kernel import clock
from credentialing.elements import data_class
from credentialing.models import (
    AffiliationRequest,
    Application,
    Deficiency,
    Enquiry,
    FiledPart,
    IncomingPaper,
    NPDBQuery,
    OutboxMessage,
    Packet,
    PacketLink,
    ReappointmentBatch,
    ScreeningMatch,
    VerificationItem,
)
from credentialing.selectors.expirables import people_ids
from credentialing.selectors.packets import with_everything
from credentialing.selectors.screening import gravity
from practitioners.models import Practitioner
from practitioners.selectors.canonical import own_records

VIEW = "credentialing.view"
VERIFY = "credentialing.verify"
MANAGE = "credentialing.manage_application"
KEEP_HEARINGS = "practitioners.log_contact"


def not_own(viewer, path: str = "practitioner") -> Q:
    """Nobody sees their own credentialing file here: it holds references and opinions."""
    return ~Q(**{f"{path}__user_id": viewer.pk}) | Q(**{f"{path}__user_id__isnull": True})


def visible_applications(viewer) -> QuerySet[Application]:
    """Applications at the facilities where the person may see them, never their own."""
    return (
        Application.objects.filter(facility_id__in=facilities_with(viewer, VIEW))
        .filter(not_own(viewer))
        .select_related("practitioner", "facility__npdb_entity", "department", "category", "coordinator")
    )


def application_or_404(viewer, uid: uuid.UUID) -> Application:
    """The application of that uid, if the person may see it."""
    require(viewer, VIEW)
    application = visible_applications(viewer).select_related("awaits").filter(uid=uid).first()
    if application is None:
        raise Http404
    return application


def reviewed_file_or_404(viewer, uid: uuid.UUID) -> tuple[Application, ReviewStep | None]:
    """The application of that uid, for the office and for those before whose body its file is or was; for
    them with the step that is open now. Two queries at most for the office, three for a reviewer.
    """
    whole = Application.objects.select_related(
        "practitioner",
        "facility__npdb_entity",
        "department",
        "category",
        "coordinator",
        "category_raise__raised_by",
    ).filter(uid=uid)
    if may(viewer, VIEW):
        found = whole.filter(not_own(viewer), facility_id__in=facilities_with(viewer, VIEW)).first()
        if found is not None:
            return found, None
    steps = list(visible_steps(viewer).filter(case__subject_kind="application", case__subject_uid=uid))
    if not steps:
        raise Http404
    return whole.get(), next((step for step in steps if step.status in LIVE), None)


def visible_items(viewer) -> QuerySet[VerificationItem]:
    """Verification items of the applications the person may see."""
    return VerificationItem.objects.filter(application__facility_id__in=facilities_with(viewer, VIEW)).filter(
        not_own(viewer, "application__practitioner")
    )


def item_or_404(viewer, uid: uuid.UUID) -> VerificationItem:
    """The verification item of that uid, if the person may see its application."""
    require(viewer, VIEW)
    item = (
        VerificationItem.objects.filter(uid=uid, application__facility_id__in=facilities_with(viewer, VIEW))
        .filter(not_own(viewer, "application__practitioner"))
        .select_related(
            "application__practitioner",
            "application__facility__npdb_entity",
            "application__coordinator",
            "credential__credential_type",
            "evidence",
            "reviewed_by",
        )
        .annotate(asked_to_correct=Exists(Deficiency.objects.filter(item=OuterRef("pk"))))
        .first()
    )
    if item is None:
        raise Http404
    return item


def may_read_answer(viewer, item: VerificationItem) -> bool:
    """Whether what the source said may be shown: references and data bank content have their own classes."""
    return may_see_class(viewer, class_of_answer(item), item.application.facility)


def class_of_answer(item: VerificationItem) -> str:
    """The class of what the source said: the element's, or the evidence's where that is stricter."""
    of_element = data_class(item.element)
    if of_element == DataClass.GENERAL and item.evidence is not None:
        return item.evidence.data_class
    return of_element


def today_of(item: VerificationItem) -> dt.date:
    """The date at the item's facility."""
    return clock.today(item.application.facility)


def visible_enquiries(viewer) -> QuerySet[Enquiry]:
    """Forms sent for the items of the applications the person may see."""
    return (
        Enquiry.objects.filter(item__application__facility_id__in=facilities_with(viewer, VIEW))
        .filter(not_own(viewer, "item__application__practitioner"))
        .select_related("item__application__practitioner", "item__application__facility")
    )


def visible_affiliations(viewer) -> QuerySet[AffiliationRequest]:
    """Requests for affiliation letters at the facilities whose office the person works in, none of them
    about themselves.
    """
    return (
        AffiliationRequest.objects.filter(facility_id__in=facilities_with(viewer, VERIFY))
        .exclude(practitioner_id__in=own_records(viewer), practitioner__isnull=False)
        .select_related("facility", "practitioner", "matched_by", "received_by", "closed_by")
    )


def affiliation_or_404(viewer, uid: uuid.UUID) -> AffiliationRequest:
    """The request of that uid, if the person may answer it."""
    require(viewer, VERIFY)
    request = visible_affiliations(viewer).filter(uid=uid).first()
    if request is None:
        raise Http404
    return request


def visible_matches(viewer) -> QuerySet[ScreeningMatch]:
    """Matches of people known at the facilities where the person screens, gravest first."""
    facilities = facilities_with(viewer, "credentialing.screen")
    return (
        ScreeningMatch.objects.filter(practitioner_id__in=people_ids(facilities))
        .filter(not_own(viewer))
        .select_related(
            "practitioner",
            "row__exclusion_list",
            "row__removed_in",
            "run__snapshot__exclusion_list",
            "reviewed_by",
            "proposed_by",
        )
        .annotate(gravity=gravity())
    )


def screened_or_404(viewer, uid: uuid.UUID) -> Practitioner:
    """The practitioner of that uid, if the person screens where they are known, and not themselves."""
    require(viewer, "credentialing.screen")
    facilities = facilities_with(viewer, "credentialing.screen")
    known = Practitioner.objects.filter(pk__in=people_ids(facilities)).exclude(pk__in=own_records(viewer))
    practitioner = known.filter(uid=uid).first()
    if practitioner is None:
        raise Http404
    return practitioner


def match_or_404(viewer, uid: uuid.UUID) -> ScreeningMatch:
    """The match of that uid, if the person may review it."""
    require(viewer, "credentialing.screen")
    match = visible_matches(viewer).filter(uid=uid).first()
    if match is None:
        raise Http404
    return match


def visible_queries(viewer) -> QuerySet[NPDBQuery]:
    """Queries logged by the entities of the person's facilities. The response itself is not part of it."""
    facilities = {*facilities_with(viewer, VIEW), *facilities_with(viewer, "credentialing.screen")}
    return (
        NPDBQuery.objects.filter(npdb_entity__facilities__in=facilities)
        .filter(not_own(viewer))
        .distinct()
        .select_related("practitioner", "npdb_entity", "reviewed_by")
    )


def visible_messages(viewer) -> QuerySet[OutboxMessage]:
    """Reminders to people known at the person's facilities."""
    facilities = facilities_with(viewer, "credentialing.send_reminders")
    return OutboxMessage.objects.filter(practitioner_id__in=people_ids(facilities)).select_related(
        "practitioner", "credential_period__identity__credential_type"
    )


def visible_papers(viewer) -> QuerySet[IncomingPaper]:
    """Papers that reached the offices the person files for, but none of which something is in their own
    file.
    """
    own = FiledPart.objects.filter(
        paper=OuterRef("pk"), undone_at__isnull=True, practitioner_id__in=own_records(viewer)
    )
    return (
        IncomingPaper.objects.filter(facility_id__in=facilities_with(viewer, VERIFY))
        .exclude(Exists(own))
        .select_related("facility", "received_by", "closed_by", "erased_by")
    )


def paper_or_404(viewer, uid: uuid.UUID) -> IncomingPaper:
    """The paper of that uid, if the person may file it."""
    require(viewer, VERIFY)
    paper = visible_papers(viewer).filter(uid=uid).first()
    if paper is None:
        raise Http404
    return paper


def part_or_404(viewer, uid: uuid.UUID) -> FiledPart:
    """The part of that uid, if the person may file its paper."""
    require(viewer, VERIFY)
    part = (
        FiledPart.objects.filter(uid=uid, paper__in=visible_papers(viewer))
        .select_related("paper__facility", "practitioner", "document")
        .first()
    )
    if part is None:
        raise Http404
    return part


def packet_or_404(viewer, uid: uuid.UUID) -> Packet:
    """The packet of that uid, if the person may work on its application: it holds identity data."""
    require(viewer, MANAGE)
    packet = (
        with_everything(
            Packet.objects.filter(uid=uid, application__facility_id__in=facilities_with(viewer, MANAGE))
        )
        .filter(not_own(viewer, "application__practitioner"))
        .first()
    )
    if packet is None:
        raise Http404
    return packet


def packet_link_or_404(viewer, uid: uuid.UUID) -> PacketLink:
    """The link of that uid, if the person may work on its packet."""
    require(viewer, MANAGE)
    link = PacketLink.objects.filter(uid=uid).select_related("packet").first()
    if link is None:
        raise Http404
    link.packet = packet_or_404(viewer, link.packet.uid)
    return link


def deficiency_or_404(viewer, uid: uuid.UUID) -> Deficiency:
    """The deficiency of that uid, if the person may work on its application."""
    require(viewer, MANAGE)
    row = (
        Deficiency.objects.filter(uid=uid, application__facility_id__in=facilities_with(viewer, MANAGE))
        .filter(not_own(viewer, "application__practitioner"))
        .select_related("application__practitioner", "application__facility", "section")
        .first()
    )
    if row is None:
        raise Http404
    return row


def batch_or_404(viewer, uid: uuid.UUID) -> ReappointmentBatch:
    """The batch of that uid, if the person may launch at its facility."""
    require(viewer, MANAGE)
    batch = (
        ReappointmentBatch.objects.filter(uid=uid, facility_id__in=facilities_with(viewer, MANAGE))
        .select_related("facility", "launched_by")
        .first()
    )
    if batch is None:
        raise Http404
    return batch


def may_nudge(viewer, facility) -> bool:
    """Whether the person works in one of the two offices that remind whoever must act next: the one that
    works on the person, or the one that runs the meetings.
    """
    return any(may(viewer, each, facility) for each in (MANAGE, "bylaws.run_meeting"))


def may_keep_hearings(viewer, facility) -> bool:
    """Whether the person writes the notice of an act against, and records what became of the right to a
    hearing: peer review.
    """
    return all(may(viewer, each, facility) for each in (VIEW, KEEP_HEARINGS)) and may_see_class(
        viewer, DataClass.PEER_REVIEW, facility
    )
