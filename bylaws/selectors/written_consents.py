"""Written consents: which somebody sees, and which wait for their answer."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from bylaws.choices import ConsentChoice, ConsentStatus
from bylaws.models import Committee, ConsentAsked, WrittenConsent
from bylaws.parameters import CONSENT_NOT_ALLOWED, WRITTEN_CONSENT, bind
from config.accounts.policies import facilities_with
from config.kernel import clock
from config.organization.models import Facility
from practitioners.selectors.canonical import own_records


def consent_rule(committee: Committee) -> str:
    """Of whom consent is needed today; empty where the body may not decide so."""
    facility = committee.facility
    bound = bind(WRITTEN_CONSENT.code, facility=facility, on=clock.today(facility), subject=committee.kind)
    return "" if not bound.is_set or bound.value == CONSENT_NOT_ALLOWED else str(bound.value)


def visible_consents(viewer) -> QuerySet[WrittenConsent]:
    """Those of the hospitals whose meetings the person runs, and those they are asked for; never on their own
    file, nor on one they take no part in.
    """
    mine = ConsentAsked.objects.filter(consent=OuterRef("pk"), user=viewer)
    aside = mine.filter(answer__choice=ConsentChoice.RECUSED)
    runs = facilities_with(viewer, "bylaws.run_meeting")
    votes = facilities_with(viewer, "bylaws.vote")
    own = WrittenConsent.objects.filter(step__case__practitioner__in=own_records(viewer))
    return (
        WrittenConsent.objects.filter(
            Q(committee__facility__in=runs) | Q(Exists(mine), committee__facility__in=votes)
        )
        .filter(~Exists(aside))
        .exclude(pk__in=own.values("pk"))
        .select_related("committee__facility", "step__case__practitioner", "asked_by", "decision")
    )


def consents_to_give(viewer, facility: Facility) -> list[WrittenConsent]:
    """Those open today that wait for the viewer's answer, what ends first; one query beside the roles."""
    waiting = ConsentAsked.objects.filter(consent=OuterRef("pk"), user=viewer, answer__isnull=True)
    return list(
        visible_consents(viewer)
        .filter(
            Exists(waiting),
            committee__facility=facility,
            status=ConsentStatus.OPEN,
            until__gte=clock.today(facility),
        )
        .order_by("until", "pk")
    )
