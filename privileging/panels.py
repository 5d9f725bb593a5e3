"""Parts of the practitioner file and of the application file that this room adds."""

from __future__ import annotations

from config.accounts.policies import may
from config.kernel.registries import Panel, panels
from credentialing.needs import ApplicationPanel, application_panels
from practitioners.selectors.duplicates import register_held
from practitioners.services.complete_export import register_export_part
from privileging.models import Grant, GrantPeriod
from privileging.selectors.criteria import evaluate_lines
from privileging.selectors.grants import delineations, granted_counts
from privileging.selectors.requests import lines_of, requested_forms
from privileging.services.requests import why_not_changeable


def _grants(viewer, practitioner, on):
    found = delineations(practitioner, viewer=viewer, on=on)
    return {"delineations": found} if found else None


def _requested(viewer, application, on, stated=None):
    lines = list(lines_of(application, asked_only=False))
    fixed = why_not_changeable(application)
    return {
        "forms": requested_forms(lines, evaluate_lines(lines, on, stated=stated)),
        "application": application,
        "fixed": fixed,
        "may_change": not fixed and may(viewer, "credentialing.manage_application", application.facility),
    }


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
    }


register_export_part(_exported)
register_held(_held)
panels.register(
    Panel(
        code="grants",
        title="Privileges",
        permission="privileging.view",
        template="privileging/panels/grants.html",
        context=_grants,
        order=40,
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
