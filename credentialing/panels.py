"""Parts of the practitioner file that this room adds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod, BarPeriod
from bylaws.panels import members_on
from config.accounts.policies import facilities_with, may
from config.kernel import clock
from config.kernel.many_keys import one_of
from config.kernel.pages import Action, address
from config.kernel.registries import (
    Facet,
    Panel,
    StatusFact,
    credential_acts,
    facets,
    finding_acts,
    head_facts,
    letter_ways,
    panels,
    status_facts,
)
from credentialing import links, policies
from credentialing.choices import ApplicationStatus, ItemStatus, MatchClass, MatchStatus, PacketStatus
from credentialing.letter_panels import register_letter_panels
from credentialing.models import (
    Application,
    ContinuousQueryPeriod,
    Deficiency,
    Packet,
    PacketSignature,
    ScreeningMatch,
    ScreeningRun,
)
from credentialing.models.applications import OPEN_STATUSES
from credentialing.needs import ApplicationPanel, application_panels, register_submission_check
from credentialing.payer_panels import register_payer_panel
from credentialing.reminder_panels import register_reminder_panel
from credentialing.rules.renewable import why_not_renewed
from credentialing.selectors.affiliations import about_person
from credentialing.selectors.expirables import ending_within, expiring_of
from credentialing.selectors.files import FOUND_OUT
from credentialing.selectors.gaps import strictest_limits
from credentialing.selectors.head import application_head, applications_of
from credentialing.selectors.letters import notices_to, ways_of, went_out_to_practitioner
from credentialing.selectors.next_actor import next_actors
from credentialing.selectors.noted import noted_count
from credentialing.selectors.packet_templates import template_for
from credentialing.selectors.packets import glance, open_deficiencies, packet_of
from credentialing.selectors.places import facilities_applied_to, facilities_resting_on
from credentialing.selectors.requirements import requirements
from credentialing.selectors.screening import names_of, newest_runs
from credentialing.services.packets import BEGINS
from practitioners.models import Letter, Practitioner
from practitioners.policies import register_went_out
from practitioners.selectors.canonical import among, own_records, person_id
from practitioners.selectors.places import register_files, register_resting
from practitioners.selectors.timeline import register_gap_limits
from practitioners.services.complete_export import register_export_part
from practitioners.services.merging import register_unfinished

#: How many applications the file lists; the rest are on the list of applications.
MOST_APPLICATIONS = 20
#: How many requests for affiliation letters; the rest are on their list.
MOST_LETTERS = 5
#: Bars that suspend; a restriction leaves a part of the authority, a leave is its own word.
SUSPENSIONS = (BarKind.ADMINISTRATIVE_SUSPENSION, BarKind.PRECAUTIONARY_SUSPENSION)


def _applications(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    own = practitioner.user_id == viewer.pk
    rows = [] if own else applications_of(viewer, practitioner)[:MOST_APPLICATIONS]
    may_open = may(viewer, "credentialing.manage_application") and not own
    if not rows and not may_open:
        return None
    return {
        "rows": [
            {"application": row, "url": links.application(row), "audit_url": links.audit(row)} for row in rows
        ],
        "open_url": reverse("credentialing:open", args=[practitioner.uid]) if may_open else "",
    }


def _screening(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    if practitioner.user_id == viewer.pk:
        return None
    runs = newest_runs(practitioner.pk)
    matches = list(
        ScreeningMatch.objects.filter(practitioner__in=among([practitioner.pk]))
        .exclude(match_class=MatchClass.WEAK, status=MatchStatus.NEW, taken_up=False)
        .select_related("row")[:10]
    )
    return {
        "runs": runs,
        "unscreened": _unscreened(practitioner, runs),
        "matches": [{"match": match, "url": links.match(match)} for match in matches],
        "noted": noted_count(runs),
        "noted_url": reverse("credentialing:noted", args=[practitioner.uid]),
        "screen_url": reverse("credentialing:screen", args=[practitioner.uid]),
    }


def _unscreened(practitioner: Practitioner, runs: Sequence[ScreeningRun]) -> list[str]:
    """Names that came on file after the newest screenings; the nightly run compares them. One query."""
    if not runs:
        return []
    now = [name.text for name in names_of(practitioner)]
    return [name for name in now if any(name not in run.names for run in runs)]


def _npdb(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    if practitioner.user_id == viewer.pk:
        return None
    queries = list(policies.visible_queries(viewer).filter(practitioner__in=among([practitioner.pk]))[:10])
    places = facilities_with(viewer, policies.VIEW)
    enrolled = list(
        ContinuousQueryPeriod.objects.in_force(on)
        .filter(
            identity__practitioner__in=among([practitioner.pk]),
            identity__npdb_entity__facilities__in=places,
        )
        .select_related("identity__npdb_entity")
        .distinct()
    )
    return {
        "queries": queries,
        "enrolled": enrolled,
        "add_url": (
            reverse("credentialing:npdb_add", args=[practitioner.uid])
            if may(viewer, "credentialing.log_npdb")
            else ""
        ),
    }


def _expirables(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    rows = list(expiring_of(practitioner, on=on)[:20])
    offer = _verifying(viewer, practitioner)
    for row in rows:
        row.ran_out, row.verify = row.valid.upper <= on, offer(row.identity)
    return {"rows": rows} if rows else None


def _affiliations(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """What other organizations asked about the person and were told, and where such a letter is written."""
    if practitioner.user_id == viewer.pk:
        return None
    rows = about_person(policies.visible_affiliations(viewer), practitioner)[:MOST_LETTERS]
    return {
        "rows": [{"request": row, "url": links.affiliation(row)} for row in rows],
        "add_url": reverse("credentialing:affiliation_add_for", args=[practitioner.uid]),
    }


def _verifying(viewer, practitioner: Practitioner):
    """What is offered beside a credential: to verify it at its source, where it is one that is renewed."""
    verifies = may(viewer, "credentialing.verify") and practitioner.user_id != viewer.pk

    def offer(credential) -> Action | None:
        if not verifies or why_not_renewed(credential):
            return None
        return Action("Verify", url=links.verify(credential), icon="certificate")

    return offer


def _status(viewer, practitioner_ids: Iterable[int], on: dt.date) -> dict[int, list[StatusFact]]:
    """The open application of each person per facility, for those who may see it and for themselves."""
    places = facilities_with(viewer, policies.VIEW)
    rows = Application.objects.filter(
        Q(facility__in=places) | Q(practitioner__in=own_records(viewer)),
        one_of("practitioner_id", practitioner_ids),
        status__in=OPEN_STATUSES,
    ).select_related("facility")
    facts: dict[int, list[StatusFact]] = {}
    for row in rows.order_by("facility__code", "-opened_at"):
        status = ApplicationStatus(row.status)
        facts.setdefault(row.practitioner_id, []).append(
            StatusFact(
                facility_code=row.facility.code,
                label=f"Application: {status.label.lower()}",
                colour=status.colour,
                detail=f"{row.get_kind_display()}, opened {_opened(row):%d %b %Y}",
            )
        )
    return facts


def _verify_licence(viewer, facility, practitioner: Practitioner, verdict) -> Action | None:
    """Where a licence that ran out, or is only claimed, is verified; or recorded where none is on file."""
    if not may(viewer, "credentialing.verify", facility) or practitioner.user_id == viewer.pk:
        return None
    return Action("Verify the license", url=links.verify_kind(practitioner, "LICENSE", facility.state))


def _verify(label: str, kind: str) -> Callable[..., Action | None]:
    """Where a credential of the kind that ran out, or is only claimed, is verified or recorded."""

    def act(viewer, facility, practitioner: Practitioner, verdict) -> Action | None:
        if not may(viewer, "credentialing.verify", facility) or practitioner.user_id == viewer.pk:
            return None
        return Action(label, url=links.verify_kind(practitioner, kind))

    return act


def _screening_of(viewer, facility, practitioner: Practitioner, verdict) -> Action | None:
    """Where matches of exclusion lists are reviewed."""
    if not may(viewer, "credentialing.screen", facility) or practitioner.user_id == viewer.pk:
        return None
    name = practitioner.display_name.replace(",", "")
    return Action("Open the screening", url=address(reverse("credentialing:screening"), q=name, status=""))


def _log_query(viewer, facility, practitioner: Practitioner, verdict) -> Action | None:
    """Where a query of the data bank is logged."""
    if not may(viewer, "credentialing.log_npdb", facility) or practitioner.user_id == viewer.pk:
        return None
    return Action("Log a query", url=reverse("credentialing:npdb_add", args=[practitioner.uid]))


def _distant_sites(viewer, facility, practitioner: Practitioner, verdict) -> Action | None:
    """Where agreements with distant sites and their lists are kept."""
    if not may(viewer, "credentialing.manage_application", facility) or practitioner.user_id == viewer.pk:
        return None
    return Action("Open the agreements", url=reverse("credentialing:distant_agreements"))


def _opened(row: Application) -> dt.date:
    return clock.date_at(row.opened_at, row.facility)


def _own_applications(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """One's own open applications: how far each is, whom it waits for, what needs their answer. Neither
    references nor what a source said.
    """
    if practitioner.user_id != viewer.pk:
        return None
    rows = list(
        Application.objects.filter(practitioner=practitioner, status__in=OPEN_STATUSES)
        .select_related("practitioner", "facility__npdb_entity", "department", "category", "coordinator")
        .annotate(
            planned=Count("items", filter=~Q(items__status=ItemStatus.SUPERSEDED)),
            found_out=Count("items", filter=Q(items__status__in=FOUND_OUT)),
        )
        .order_by("-opened_at")[:3]
    )
    if not rows:
        return None
    acting = next_actors(rows)
    shown = []
    for row in rows:  # one for each facility at most
        needs = requirements(row)
        shown.append(
            {
                "application": row,
                "actor": acting[row.pk],
                "missing": [one.sentence for one in needs.missing],
                "total": row.planned,
                "done": row.found_out,
                "owed": open_deficiencies(row),
            }
        )
    return {"rows": shown, "today": on}


panels.register(
    Panel(
        code="own.applications",
        title="Your applications",
        permission="",
        template="credentialing/panels/own_applications.html",
        context=_own_applications,
        order=30,
    )
)


def _own_notices(viewer, practitioner: Practitioner, on: dt.date) -> dict[str, Any] | None:
    """The special notices that went out to oneself; one query. Nobody else's, and none before it went out."""
    if practitioner.user_id != viewer.pk:
        return None
    rows = list(notices_to(Letter.objects.filter(practitioner=practitioner)).select_related("facility"))
    return {"letters": rows} if rows else None


panels.register(
    Panel(
        code="own.notices",
        title="Special notices to you",
        permission="",
        template="credentialing/panels/own_notices.html",
        context=_own_notices,
        order=54,
    )
)
register_went_out("special notices", went_out_to_practitioner)
panels.register(
    Panel(
        code="applications",
        title="Applications",
        permission=policies.VIEW,
        template="credentialing/panels/applications.html",
        context=_applications,
        order=30,
    )
)
panels.register(
    Panel(
        code="affiliations",
        title="Affiliation letters",
        permission=policies.VERIFY,
        template="credentialing/panels/affiliations.html",
        context=_affiliations,
        order=55,
    )
)
panels.register(
    Panel(
        code="expirables",
        title="Running out",
        permission=policies.VIEW,
        template="credentialing/panels/expirables.html",
        context=_expirables,
        order=50,
    )
)
panels.register(
    Panel(
        code="screening",
        title="Exclusion screening",
        permission="credentialing.screen",
        template="credentialing/panels/screening.html",
        context=_screening,
        order=60,
    )
)
panels.register(
    Panel(
        code="npdb",
        title="Data bank queries",
        permission=policies.VIEW,
        template="credentialing/panels/npdb.html",
        context=_npdb,
        order=70,
    )
)
# --- filters of the list of practitioners ---------------------------------------------------------------

_STANDING = (
    ("appointed", "Appointed"),
    ("applicant", "Applicant"),
    ("suspended", "Suspended"),
    ("leave", "On leave"),
    ("left", "Left"),
)
_WITHIN = tuple((str(days), f"{days} days") for days in (30, 60, 90, 180))


def _standing_is(viewer, value: str, on: dt.date, chosen) -> QuerySet:
    """Ids of records with that standing at the facilities asked about."""
    members = members_on(viewer, on, chosen)
    places = [pk for pk in facilities_with(viewer, "practitioners.view") if _chosen(pk, chosen)]
    if value == "applicant":
        return Application.objects.filter(facility_id__in=places, status__in=OPEN_STATUSES).values(
            "practitioner_id"
        )
    if value in ("suspended", "leave"):
        kinds = (BarKind.LEAVE,) if value == "leave" else SUSPENSIONS
        bars = BarPeriod.objects.in_force(on).filter(
            identity__facility_id__in=places, identity__kind__in=kinds
        )
        return bars.values("identity__practitioner_id")
    if value == "left":
        ended = AppointmentPeriod.objects.live().filter(facility_id__in=places, valid__endswith__lte=on)
        here = members.annotate(person=person_id()).values("person")
        return ended.annotate(person=person_id()).exclude(person__in=here).values("person")
    return members.values("practitioner_id")


def _chosen(facility_id: int, chosen) -> bool:
    return not chosen.get("facility") or chosen["facility"] == str(facility_id)


def _runs_out(viewer, value: str, on: dt.date, chosen) -> QuerySet:
    """Ids of records of which a credential ends within so many days of the day."""
    return ending_within(on, int(value)).values("identity__practitioner_id")


facets.register(Facet("standing", "Status", lambda viewer: _STANDING, _standing_is, order=15))
facets.register(Facet("runs_out", "Runs out within", lambda viewer: _WITHIN, _runs_out, order=40))
status_facts.append(_status)
head_facts.append(application_head)
register_gap_limits("credentialing", strictest_limits)
credential_acts.append(_verifying)
finding_acts["BL-CERT-1"] = _verify("Verify the certificate", "LIFE_SUPPORT")
finding_acts["BL-CDS-1"] = _verify("Verify the state registration", "CDS")
finding_acts["BL-DEA-1"] = _verify("Verify the DEA registration", "DEA")
finding_acts["BL-EXC-1"] = _screening_of
finding_acts["BL-INS-1"] = _verify("Verify the coverage", "MALPRACTICE")
finding_acts["BL-INS-2"] = _verify("Verify the coverage", "MALPRACTICE")
finding_acts["BL-LIC-1"] = _verify_licence
finding_acts["BL-LIC-2"] = _verify_licence
finding_acts["BL-NPDB-1"] = _log_query
finding_acts["BL-SUP-1"] = _verify("Verify the agreement", "SUPERVISION")
finding_acts["BL-TEL-1"] = _distant_sites
letter_ways.append(ways_of)


def _unfinished(record: Practitioner) -> list[str]:
    """Open applications of a record: they would be stranded if it were merged away."""
    rows = Application.objects.filter(practitioner=record, status__in=OPEN_STATUSES).select_related(
        "facility"
    )
    return [
        f"The record of {record} has an open application at {row.facility} "
        f"({ApplicationStatus(row.status).label.lower()}): finish or withdraw it, or let that record stay."
        for row in rows.order_by("opened_at", "pk")
    ]


register_unfinished(_unfinished)


# --- the packet -----------------------------------------------------------------------------------------


def _packet(viewer, application: Application, on: dt.date, stated=None) -> dict[str, Any] | None:
    """The packet of an application, or how to send one; for those who work the file. One query."""
    seen = glance(application)
    actions = []
    by_link = application.status in BEGINS and template_for(application) is not None
    if seen.uid is None and by_link:
        here = [application.uid]
        actions = [
            Action(
                "Invite the applicant", url=reverse("credentialing:packet_invite", args=here), icon="send"
            ),
            Action(
                "It came on paper",
                url=reverse("credentialing:packet_on_paper", args=here),
                method="post",
                icon="file-text",
            ),
        ]
    on_paper = not by_link and application.status in BEGINS
    if seen.uid is None and not actions and not seen.owed and not on_paper:
        return None
    url = reverse("credentialing:packet", args=[seen.uid]) if seen.uid else ""
    return {"packet": seen, "url": url, "actions": actions, "on_paper": on_paper}


def _unsigned(application: Application) -> list[str]:
    """A packet that is out is signed before the application is submitted; one query."""
    packet = packet_of(application)
    if packet is None or packet.status in (PacketStatus.SIGNED, PacketStatus.ACCEPTED):
        return []
    return ["The packet is not signed yet: with the signature the application is submitted."]


def _exported(record_ids) -> dict[str, QuerySet]:
    """Packets with their signatures and what was missing, for the complete export of one person."""
    packets = Packet.objects.filter(application__practitioner__in=record_ids)
    return {
        "packets": packets,
        "packet_signatures": PacketSignature.objects.filter(packet__in=packets),
        "deficiencies": Deficiency.objects.filter(application__practitioner__in=record_ids),
    }


application_panels.register(
    ApplicationPanel(
        code="packet",
        title="Packet of the applicant",
        permission="credentialing.manage_application",
        template="credentialing/panels/packet.html",
        context=_packet,
        order=10,
    )
)
register_resting("credentialing", facilities_resting_on)
register_files("credentialing", facilities_applied_to)
register_letter_panels()
register_payer_panel()
register_reminder_panel()
register_submission_check(_unsigned)
register_export_part(_exported)
