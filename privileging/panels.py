"""Parts of the practitioner file and of the application file that this room adds."""

from __future__ import annotations

from django.urls import reverse

from bylaws.policies import is_own_file
from config.accounts.policies import facilities_with, may
from config.kernel.pages import address
from config.kernel.registries import Lane, LaneEntry, Panel, lanes, panels
from config.rulebook.verdicts import Outcome
from credentialing.holders import register_holders
from credentialing.needs import ApplicationPanel, application_panels
from credentialing.policies import may_keep_hearings
from credentialing.selectors.emergencies import GRANTED
from credentialing.standing_matters import register_standing_matter
from practitioners.selectors.canonical import among
from practitioners.selectors.duplicates import register_held
from practitioners.services.complete_export import register_export_part
from privileging.choices import FPPEReason, FPPEStatus, GrantKind, RequestLineStatus
from privileging.clocks import clocks_of
from privileging.models import Departure, FPPEPlan, Grant, GrantPeriod, PrivilegeEnding
from privileging.selectors.criteria import evaluate_lines
from privileging.selectors.disasters import volunteer_of
from privileging.selectors.eligibility import groups_of, why_not_processed
from privileging.selectors.for_a_time import grants_of, may_wait_beside
from privileging.selectors.grants import delineations, form_stretches, granted_counts
from privileging.selectors.held import held_of_person, log_held, masked
from privileging.selectors.requests import lines_of, requested_forms
from privileging.services.requests import why_not_changeable


def any_held(found):
    """Whether anything of the person may be held for a hearing, from the delineations. Pure."""
    periods = [
        period
        for each in found
        for period in (*each.now, *each.ended, *(one for _, rows in each.later for one in rows))
    ]
    return not periods or any(period.person_waits for period in periods)


def _grants(viewer, practitioner, on):
    found = delineations(practitioner, viewer=viewer, on=on)
    # The grants say whether anything is held; only where there are none it is asked for by itself.
    held = held_of_person(viewer, practitioner) if any_held(found) else []
    log_held(viewer, held)
    if not found and not held:
        return None
    certify = reverse("privileging:certify", args=[practitioner.uid])
    held_now = any(each.now or each.later for each in found)
    ends = held_now and may(viewer, "bylaws.record_minutes") and not is_own_file(viewer, practitioner)
    return {
        "delineations": found,
        "held": held,
        "certify_url": certify if may(viewer, "privileging.certify") else "",
        "give_up_url": reverse("privileging:relinquish", args=[practitioner.uid]) if ends else "",
        "revoke_url": reverse("privileging:revoke", args=[practitioner.uid]) if ends else "",
    }


def _requested(viewer, application, on, stated=None):
    if not application.rule.privileges:
        return None
    lines = list(lines_of(application, asked_only=False))
    masked(viewer, application.facility, lines)
    log_held(viewer, lines)
    fixed = why_not_changeable(application)
    verdicts = evaluate_lines(lines, on, stated=stated)
    left = [line for line in lines if line.status == RequestLineStatus.NOT_ACCEPTED]
    short = any(
        verdicts[line.pk].outcome is Outcome.NOT_MET
        for line in lines
        if line.status == RequestLineStatus.REQUESTED
    )
    manages = may(viewer, "credentialing.manage_application", application.facility)
    held = any(line.status == RequestLineStatus.HELD for line in lines)
    return {
        "forms": requested_forms(lines, verdicts),
        "left": [(group.label, group.count) for group in groups_of(left)],
        "may_leave": manages and not why_not_processed(application) and bool(short or left),
        "application": application,
        "fixed": fixed,
        "may_change": not fixed and manages,
        "may_withdraw_held": manages and held,
        "may_keep_hearing": held and may_keep_hearings(viewer, application.facility),
        "may_meanwhile": manages and may_wait_beside(application),
    }


def _grant_lane(viewer, practitioner, on):
    return [
        LaneEntry(
            title=f"{each.facility_code}: {each.form}",
            first_day=each.first_day,
            last_day=each.last_day,
            colour="good" if each.now else "muted",
            word="In force" if each.now else ("Ahead" if each.first_day > on else "Ended"),
            detail=f"{each.privileges} privilege{'' if each.privileges == 1 else 's'}",
        )
        for each in form_stretches(practitioner, viewer=viewer, on=on)
    ]


lanes.register(Lane("privileging.grants", "Privileges", "privileging.view", _grant_lane, order=30))


def _held(viewer, practitioner_ids, on):
    """How many privileges each record holds per facility; one query."""
    found: dict[int, list[str]] = {}
    for (record_id, code), count in sorted(granted_counts(practitioner_ids, on).items()):
        found.setdefault(record_id, []).append(f"{count} privilege{'s' if count != 1 else ''} at {code}")
    return found


def _exported(record_ids):
    """Grants with their periods, for the complete export of one person."""
    return {
        "grants": Grant.objects.filter(practitioner__in=record_ids),
        "grant_periods": GrantPeriod.objects.filter(practitioner__in=record_ids),
        # Whether there was an investigation is peer review and stays here.
        "departures": Departure.objects.filter(practitioner__in=record_ids).defer("investigation", "action"),
        "privilege_endings": PrivilegeEnding.objects.filter(practitioner__in=record_ids).defer("action"),
    }


def _without_appointment(on, facility_ids):
    """Grants for a time or by proxy: whoever holds one is screened and reminded like a member."""
    rows = GrantPeriod.objects.in_force(on).exclude(kind=GrantKind.FULL)
    return rows if facility_ids is None else rows.filter(facility_id__in=facility_ids)


register_holders(_without_appointment)
register_export_part(_exported)
register_held(_held)


def _own_grants(viewer, practitioner, on):
    """One's own delineation, wherever it is; whoever holds the permission has the other panel."""
    if not is_own_file(viewer, practitioner) or may(viewer, "privileging.view"):
        return None
    found = delineations(practitioner, viewer=viewer, on=on, own=True)
    return {"delineations": found}


panels.register(
    Panel(
        code="own.grants",
        title="Your privileges",
        permission="",
        template="privileging/panels/grants.html",
        context=_own_grants,
        order=40,
    )
)
panels.register(
    Panel(
        code="grants",
        title="Privileges",
        permission="privileging.view",
        template="privileging/panels/grants.html",
        context=_grants,
        order=46,  # follows once the file stands: its head and credentials are asked for first
    )
)


def _temporary(viewer, practitioner, on):
    """Where somebody is needed before an application could be complete; no query."""
    if is_own_file(viewer, practitioner):
        return None
    return {"need_url": reverse("privileging:care_need", args=[practitioner.uid])}


panels.register(
    Panel(
        code="temporary",
        title="Temporary privileges",
        permission="credentialing.manage_application",
        template="privileging/panels/temporary.html",
        context=_temporary,
        order=47,
    )
)


def _departures(viewer, practitioner, on):
    """Where the person left or will leave, and which privileges ended before their term, for those who record
    it; two queries.
    """
    places = facilities_with(viewer, "bylaws.record_minutes")
    if is_own_file(viewer, practitioner):
        return None
    rows = Departure.objects.filter(
        practitioner__in=among([practitioner.pk]), facility__in=places
    ).select_related("facility")
    return {
        "rows": rows,
        "endings": PrivilegeEnding.objects.filter(
            practitioner__in=among([practitioner.pk]), facility__in=places
        ).select_related("facility"),
        "on": on,
        "record_url": address(reverse("privileging:departure_record"), selected=practitioner.uid),
    }


panels.register(
    Panel(
        code="departures",
        title="Leaving the staff",
        permission="bylaws.record_minutes",
        template="privileging/panels/departures.html",
        context=_departures,
        order=55,
    )
)


def _granted(viewer, application, on, stated=None):
    """What was granted for a time or by proxy, and where it is read; three queries at most."""
    if not application.rule.stands_alone or application.status not in GRANTED:
        return None
    rows = grants_of(application)
    volunteer = volunteer_of(application)
    return {
        "rows": rows,
        "url": reverse("privileging:for_a_time", args=[application.uid]),
        "clocks": clocks_of(volunteer) if volunteer else (),
        "evaluated_by": application.distant_site if application.rule.evaluated_elsewhere else "",
    }


application_panels.register(
    ApplicationPanel(
        code="granted",
        title="Granted",
        permission="privileging.view",
        template="privileging/panels/granted.html",
        context=_granted,
        order=15,
    )
)
application_panels.register(
    ApplicationPanel(
        code="privileges",
        title="Privileges requested",
        permission="privileging.view",
        template="privileging/panels/requested.html",
        context=_requested,
        order=20,
    )
)


def _evaluated_for_cause(practitioner, facility, on):
    """Focused evaluations for cause that are open, and any that ended without satisfaction; one query."""
    plans = FPPEPlan.objects.filter(practitioner__in=among([practitioner.pk]), facility=facility)
    grave = plans.filter(reason=FPPEReason.FOR_CAUSE).exclude(
        status=FPPEStatus.CLOSED_SUCCESS
    ) | plans.filter(status=FPPEStatus.CLOSED_UNSUCCESSFUL)
    return ["A focused evaluation for cause is open, or one was not satisfactory."] if grave.exists() else []


register_standing_matter("privileging", _evaluated_for_cause)
