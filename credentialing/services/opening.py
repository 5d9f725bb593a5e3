"""What must be so for an application to be opened, by its kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bylaws.models import StaffCategory
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing import kinds
from credentialing.choices import ApplicationKind, TemporaryGround, VolunteerProof
from credentialing.models import Activation, Application, ProxyAgreement
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.emergencies import active_at
from credentialing.selectors.standings import AWAITED_KINDS, standing_of
from credentialing.selectors.telemedicine import agreements_offered
from practitioners.models import Practitioner

#: How long the need may be, in characters.
NEED_LIMIT = 4000


@dataclass(frozen=True)
class Particulars:
    """What some kinds state when they are opened; ``until`` is an inclusive last day."""

    ground: str = ""
    need: str = ""
    awaits: Application | None = None
    agreement: ProxyAgreement | None = None
    until: dt.date | None = None
    arrived_at: dt.datetime | None = None
    proof: str = ""

    def kept(self, kind: kinds.Kind) -> dict[str, object]:
        """What stays of it with an application of the kind: only what the kind asks."""
        asks = kind.asks
        waits = self.ground == TemporaryGround.APPLICANT
        return {
            "ground": self.ground if kinds.GROUND in asks else "",
            "need": self.need.strip()[:NEED_LIMIT] if kinds.NEED in asks else "",
            "awaits": self.awaits if kinds.AWAITS in asks and waits else None,
            "agreement": self.agreement if kinds.SITE in asks else None,
            "until": self.until if kinds.UNTIL in asks else None,
            "arrived_at": self.arrived_at if kinds.ARRIVAL in asks else None,
            "proof": self.proof if kinds.ARRIVAL in asks else "",
        }


def check_opening(
    kind_code: str,
    practitioner: Practitioner,
    facility: Facility,
    category: StaffCategory | None,
    particulars: Particulars,
) -> kinds.Kind:
    """The kind, or ``Refused`` with the field where it is not for this person, or something is not stated."""
    if kind_code not in ApplicationKind.values:
        raise Refused("Say what is applied for.", field="kind")
    kind = kinds.kind_of(kind_code)
    if kind.names_category and category is None:
        raise Refused("Choose the category of the staff that is applied for.", field="category")
    today = clock.today(facility)
    stated = stated_of(particulars)
    if particulars.ground and particulars.ground not in TemporaryGround.values:
        raise Refused("Choose the ground: there are only these two.", field="ground")
    field, sentence = kinds.why_not_stated(kind, stated, today)
    if sentence:
        raise Refused(sentence, field=field)
    check_arrival(particulars)
    if kinds.SITE in kind.asks:
        check_agreement(particulars.agreement, facility)
    if stated.ground == TemporaryGround.APPLICANT:
        check_awaited(particulars.awaits, practitioner, facility)
    if kind.of_member or not kind.bridges:
        standing = standing_of(practitioner, facility, today)
        reason = kinds.why_not_opened(kind, str(practitioner), str(facility), standing, str(category or ""))
        if reason:
            raise Refused(reason, field="category" if kind.membership == kinds.CATEGORY else "kind")
    _refuse_second(kind, practitioner, facility)
    return kind


def stated_of(particulars: Particulars) -> kinds.Stated:
    """What is stated, as the rule of the kind judges it."""
    return kinds.Stated(
        particulars.ground,
        particulars.need,
        particulars.awaits is not None,
        particulars.agreement is not None,
        particulars.until,
        particulars.arrived_at is not None,
        particulars.proof,
    )


def check_arrival(particulars: Particulars) -> None:
    """Refuse, at its field, an arrival still to come, and proof that is none of those there are."""
    if particulars.arrived_at is not None and particulars.arrived_at > clock.now():
        raise Refused("The volunteer cannot arrive in the future.", field="arrived_at")
    if particulars.proof and particulars.proof not in VolunteerProof.values:
        raise Refused("Choose what was shown beside the photo ID: one of these is needed.", field="proof")


def check_agreement(agreement: ProxyAgreement | None, facility: Facility) -> None:
    """Refuse, at its field, an agreement that is not the facility's, or that has ended."""
    today = clock.today(facility)
    if agreement is None or not agreements_offered(facility, today).filter(pk=agreement.pk).exists():
        raise Refused(
            f"Choose an agreement of {facility} with a distant site that is in force or to come: they are "
            "recorded under Distant sites.",
            field="agreement",
        )


def activation_for(kind: kinds.Kind, facility: Facility) -> Activation | None:
    """The activation for which somebody volunteers; None for every other kind. Refused while the facility's
    plan is not activated.
    """
    if kinds.ARRIVAL not in kind.asks:
        return None
    standing = active_at(facility)
    if standing is None:
        raise Refused(
            f"The emergency operations plan of {facility} is not activated: volunteers are granted "
            "privileges only while it is. Record the activation first, under Emergencies."
        )
    return standing


def check_awaited(awaited: Application | None, practitioner: Practitioner, facility: Facility) -> None:
    """Refuse, at its field, an application that temporary privileges cannot wait beside."""
    if (
        awaited is None
        or awaited.practitioner_id != practitioner.pk
        or awaited.facility_id != facility.pk
        or awaited.kind not in AWAITED_KINDS
    ):
        raise Refused(
            "Choose an application of this person at this facility, for an appointment or added privileges.",
            field="awaits",
        )
    if awaited.status not in kinds.AWAITING_BODIES:
        raise Refused(
            f'The application is "{awaited.get_status_display()}": temporary privileges wait beside one that '
            "is complete.",
            field="awaits",
        )


def _refuse_second(kind: kinds.Kind, practitioner: Practitioner, facility: Facility) -> None:
    """One open application of a kind at a time, and one for membership, whichever way it begins."""
    other = Application.objects.filter(
        practitioner=practitioner,
        facility=facility,
        status__in=OPEN_STATUSES,
        kind__in={kind.code, *(kinds.codes(for_membership=True) if kind.for_membership else ())},
    ).first()
    if other is not None:
        raise Refused(
            f"{practitioner} already has an open application at {facility} "
            f"({other.get_kind_display().lower()}, {other.get_status_display().lower()}); "
            "go on with that one."
        )
