"""The threshold criteria of a pre-application, judged by what is on file."""

from __future__ import annotations

from config.kernel import clock
from config.rulebook.selectors.parameters import resolve
from config.rulebook.verdicts import Verdict
from credentialing import parameters
from credentialing.models import Application
from credentialing.rules.threshold import Claim, ThresholdFacts, judge_threshold
from practitioners.choices import ContactKind
from practitioners.models import ContactPoint, CredentialPeriod
from practitioners.selectors.canonical import among

TYPES = ("LICENSE", "DEA", "BOARD_CERT", "MALPRACTICE")


def threshold_of(application: Application) -> Verdict:
    """Whether the criteria of the facility are met by what is claimed or confirmed today; three queries."""
    facility = application.facility
    today = clock.today(facility)
    bound = resolve(parameters.THRESHOLD_CRITERIA, facility=facility, on=today)
    rows = (
        CredentialPeriod.objects.live()
        .filter(
            identity__practitioner__in=among([application.practitioner_id]),
            identity__credential_type__code__in=TYPES,
        )
        .select_related("identity__credential_type")
        .order_by("valid")
    )
    states = (
        ContactPoint.objects.filter(
            practitioner__in=among([application.practitioner_id]),
            kind__in=(ContactKind.PRACTICE, ContactKind.HOME),
        )
        .exclude(state="")
        .values_list("state", flat=True)
    )
    facts = ThresholdFacts(
        on=today,
        provider_type=application.practitioner.provider_type,
        facility_state=facility.state,
        claims=tuple(
            Claim(row.identity.credential_type.code, row.identity.state, row.status, row.valid, row.extra)
            for row in rows
        ),
        states=frozenset(state.strip().upper() for state in states),
    )
    return judge_threshold(bound.value or (), facts, citation=bound.citation, bound_by=bound.source)
