"""Asking for privileges as part of an application."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction

from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from privileging.choices import FormLineKind, RequestLineStatus
from privileging.models import FormLine, PrivilegeFormVersion, PrivilegeRequest, RequestLine
from privileging.selectors.grants import held_today
from privileging.selectors.requests import versions_offered
from privileging.selectors.resources import lacking_at, not_offered
from privileging.services.files import locked_application
from privileging.services.volumes import record_case_volume
from privileging.workflow import REQUEST_LINE

#: While the application has one of these statuses, what is asked for may change.
CHANGEABLE = (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED, ApplicationStatus.INCOMPLETE)


def why_not_changeable(application: Application) -> str:
    """Why the request cannot be changed now, as a sentence; empty when it can."""
    if application.status in CHANGEABLE:
        return ""
    status = ApplicationStatus(application.status).label.lower()
    return f"What is asked for is fixed: the application is {status}."


@transaction.atomic
def request_privileges(
    *,
    actor,
    application: Application,
    version: PrivilegeFormVersion,
    struck: Collection[str] = (),
    special: Collection[str] = (),
) -> PrivilegeRequest:
    """Ask for the core of a form, but for the ``struck`` privilege codes, and for these ``special`` ones.

    Asking again on the same form replaces the selection; nothing asked is lost from the record. Refused when
    the form is not offered at the facility, a code is not on it, everything is struck, or the application is
    past submission, its kind asks for no privileges, or the facility lacks the resources for a special one:
    what of the core it lacks them for is left out, and so is what a member who asks for more holds already.
    """
    application = _locked(actor, application)
    if not application.rule.privileges:
        raise Refused(
            f"{application.get_kind_display()} is about membership: no privilege is asked for by it."
        )
    lines = {line.privilege.code: line for line in version.lines.select_related("privilege")}
    core = [code for code, line in lines.items() if line.kind == FormLineKind.CORE]
    _require_codes(struck, core, "core privilege", version)
    _require_codes(special, [code for code in lines if code not in core], "special privilege", version)
    held = _held_already(application, lines)
    unavailable = _unavailable(application, lines, special)
    wanted = ((set(core) - set(struck)) | set(special)) - held - unavailable
    if held and not wanted:
        raise Refused(
            f"{application.practitioner} holds all of that already: choose what is to be added.", field="core"
        )
    if not wanted:
        raise Refused("Nothing is left on the form: keep at least one privilege.", field="core")
    request = PrivilegeRequest.objects.filter(application=application, version=version).first()
    if request is None:
        _require_offered(version, application)
        request = PrivilegeRequest.objects.create(
            application=application, version=version, requested_at=clock.now()
        )
    before = {line.form_line_id: line for line in request.lines.select_for_update()}
    for code, form_line in lines.items():
        target = RequestLineStatus.REQUESTED if code in wanted else RequestLineStatus.STRUCK
        line = before.get(form_line.pk)
        if line is None:
            if code in wanted or (form_line.kind == FormLineKind.CORE and code not in held | unavailable):
                RequestLine.objects.create(request=request, form_line=form_line, status=target)
        elif line.status not in (target, RequestLineStatus.NOT_ACCEPTED):
            # What is not accepted for processing is taken back in by an act with a reason, never by a tick.
            _move(actor, line, target, application)
    record_event(
        actor=actor,
        verb="privileges.requested",
        subject=request,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"asked": sorted(wanted), "struck": sorted(struck)},
    )
    return request


@transaction.atomic
def request_with_cases(
    *,
    actor,
    application: Application,
    version: PrivilegeFormVersion,
    struck: Collection[str] = (),
    special: Collection[str] = (),
    cases: Mapping[str, Any] | None = None,
) -> PrivilegeRequest:
    """Ask on a form and state a number of cases beside it (the values of
    :func:`privileging.services.volumes.record_case_volume`): both, or neither.
    """
    if cases:
        record_case_volume(
            actor=actor,
            practitioner=application.practitioner,
            today=clock.today(application.facility),
            **cases,
        )
    return request_privileges(
        actor=actor, application=application, version=version, struck=struck, special=special
    )


@transaction.atomic
def drop_form(*, actor, request: PrivilegeRequest) -> PrivilegeRequest:
    """Ask for nothing on this form any more: every line is struck, the record of it stays."""
    application = _locked(actor, request.application)
    for line in request.lines.filter(status=RequestLineStatus.REQUESTED).select_for_update():
        _move(actor, line, RequestLineStatus.STRUCK, application)
    record_event(
        actor=actor,
        verb="privileges.dropped",
        subject=request,
        practitioner=application.practitioner,
        facility=application.facility,
    )
    return request


def _move(actor, line: RequestLine, target: RequestLineStatus, application: Application) -> None:
    REQUEST_LINE.check(line, target, permissions(actor, application.facility))
    line.status = target
    line.save(update_fields=["status"])


def _locked(actor, application: Application) -> Application:
    return locked_application(
        actor, application, doing="change what is asked for in", why_not=why_not_changeable
    )


def _held_already(application: Application, lines: Mapping[str, FormLine]) -> set[str]:
    """Codes on the form that a member who asks for more holds today; no query for any other kind."""
    if not application.rule.of_member:
        return set()
    return held_today(application, [line.privilege_id for line in lines.values()])


def _unavailable(
    application: Application, lines: Mapping[str, FormLine], special: Collection[str]
) -> set[str]:
    """Codes for which the facility lacks the resources today; refused where a special one is asked for."""
    facility = application.facility
    found = lacking_at(lines.values(), facility, clock.today(facility))
    for code in special:
        if (line := lines[code]).pk in found:
            raise Refused(not_offered(line, facility, found[line.pk]), field="special")
    return {code for code, line in lines.items() if line.pk in found}


def _require_codes(
    given: Collection[str], known: Sequence[str], what: str, version: PrivilegeFormVersion
) -> None:
    strange = sorted(set(given) - set(known))
    if strange:
        raise Refused(f"{', '.join(strange)} is not a {what} on {version}.")


def _require_offered(version: PrivilegeFormVersion, application: Application) -> None:
    facility = application.facility
    if not versions_offered(facility).filter(pk=version.pk).exists():
        raise Refused(f"{version} is not offered at {facility} today.", field="version")
