"""Reading what was asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.verdicts import Verdict
from credentialing.choices import ApplicationStatus
from credentialing.kinds import codes
from credentialing.models import Application
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind, RequestLineStatus, VersionStatus
from privileging.models import (
    CaseVolume,
    FormLine,
    GrantPeriod,
    PrivilegeForm,
    PrivilegeFormVersion,
    PrivilegeRequest,
    RequestLine,
)

#: Lines that no body answers.
NOT_ASKED = (RequestLineStatus.STRUCK, RequestLineStatus.WITHDRAWN, RequestLineStatus.NOT_ACCEPTED)


def lines_of(application: Application | uuid.UUID, *, asked_only: bool = True) -> QuerySet[RequestLine]:
    """The lines of an application in the order of its forms, with all that a page or a judge reads."""
    uid = application.uid if isinstance(application, Application) else application
    return lines_of_many(Q(request__application__uid=uid), asked_only=asked_only)


def lines_of_many(which: Q, *, asked_only: bool = True) -> QuerySet[RequestLine]:
    """The same of the applications of these lines; those of one application follow each other."""
    lines = (
        RequestLine.objects.filter(which)
        .select_related(
            "form_line__privilege",
            "form_line__version__form",
            "request__application__practitioner",
            "request__application__facility",
        )
        .order_by("request_id", "form_line__kind", "form_line__order")
    )
    return lines.exclude(status__in=NOT_ASKED) if asked_only else lines


@dataclass(frozen=True)
class RequestedForm:
    """One form of an application: the core with its one verdict, special lines with theirs."""

    version: PrivilegeFormVersion
    core: tuple[RequestLine, ...]
    struck: tuple[RequestLine, ...]
    core_verdict: Verdict | None
    special: tuple[tuple[RequestLine, Verdict], ...]

    @property
    def asked(self) -> int:
        """How many privileges are asked for on it."""
        return len(self.core) + len(self.special)


def requested_forms(lines: Sequence[RequestLine], verdicts: Mapping[int, Verdict]) -> list[RequestedForm]:
    """Lines of one application by form; forms on which nothing is asked are left out. Pure."""
    by_form: dict[int, list[RequestLine]] = {}
    for line in lines:
        by_form.setdefault(line.request_id, []).append(line)
    shown = []
    for group in by_form.values():
        asked = [line for line in group if line.status not in NOT_ASKED]
        core = [line for line in asked if line.form_line.kind == FormLineKind.CORE]
        if not asked:
            continue
        shown.append(
            RequestedForm(
                version=group[0].form_line.version,
                core=tuple(core),
                struck=tuple(
                    line
                    for line in group
                    if line.form_line.kind == FormLineKind.CORE
                    and line.status in (RequestLineStatus.STRUCK, RequestLineStatus.WITHDRAWN)
                ),
                core_verdict=verdicts.get(core[0].pk) if core else None,
                special=tuple(
                    (line, verdicts[line.pk]) for line in asked if line.form_line.kind == FormLineKind.SPECIAL
                ),
            )
        )
    return shown


def requests_of(application: Application) -> list[PrivilegeRequest]:
    """The forms of an application with their lines, struck ones too; two queries."""
    lines = RequestLine.objects.select_related("form_line__privilege").order_by(
        "form_line__kind", "form_line__order"
    )
    return list(
        PrivilegeRequest.objects.filter(application=application)
        .select_related("version__form")
        .prefetch_related(Prefetch("lines", queryset=lines))
    )


def versions_offered(facility) -> QuerySet[PrivilegeFormVersion]:
    """Versions of forms that can be asked on at the facility today: one of a form at most."""
    return (
        PrivilegeFormVersion.objects.filter(
            status=VersionStatus.PUBLISHED, offered__contains=clock.today(facility), form__facilities=facility
        )
        .select_related("form")
        .order_by("form__name", "-number")
    )


def known_on(practitioner: Practitioner) -> set[int]:
    """Ids of the forms on which the person was granted or has asked for a privilege, anywhere; one query."""
    people = among([practitioner.pk])
    granted = FormLine.objects.filter(grants__practitioner__in=people)
    asked = FormLine.objects.filter(request_lines__request__application__practitioner__in=people)
    return set(
        granted.values_list("version__form", flat=True).union(asked.values_list("version__form", flat=True))
    )


def usual_department(
    practitioner: Practitioner, facility: Facility, form: PrivilegeForm | None = None
) -> int | None:
    """Id of the department of the facility the person applied to last; of the only one there is; of the one
    to which most holders of privileges on the form belong today; else None. Three queries at most.
    """
    asked = Application.objects.filter(practitioner__in=among([practitioner.pk]), facility=facility)
    last = asked.order_by("-opened_at", "-pk").values_list("department", flat=True).first()
    if last is not None:
        return last
    there = facility.departments.values_list("pk", flat=True)[:2]
    if len(there) == 1:
        return there[0]
    return None if form is None else _department_of(form, facility)


def _department_of(form: PrivilegeForm, facility: Facility) -> int | None:
    """Id of the department to which most holders of privileges on the form belong today; of a tie, None."""
    today = clock.today(facility)
    holders = GrantPeriod.objects.in_force(today).filter(
        facility=facility, identity__form_line__version__form=form
    )
    most = list(
        AppointmentPeriod.objects.in_force(today)
        .filter(facility=facility, practitioner__in=holders.values("practitioner"))
        .order_by()
        .values("department")
        .annotate(number=Count("pk"))
        .order_by("-number")
        .values_list("department", "number")[:2]
    )
    if not most or (len(most) == 2 and most[0][1] == most[1][1]):
        return None
    return most[0][0]


def version_lines(version: PrivilegeFormVersion) -> list[FormLine]:
    """The lines of a version in their order."""
    return list(version.lines.select_related("privilege", "version").order_by("kind", "order"))


def asked_counts(application: Application) -> dict[str, int]:
    """How many privileges are asked for and how many core items are struck; one query."""
    return RequestLine.objects.filter(request__application=application).aggregate(
        asked=Count("pk", filter=~Q(status__in=NOT_ASKED)),
        struck=Count("pk", filter=Q(status=RequestLineStatus.STRUCK, form_line__kind="core")),
    )


def drafts_without_privileges(facility) -> QuerySet[Application]:
    """Drafts at the facility that ask for nothing yet, though their category carries privileges."""
    return (
        Application.objects.filter(
            Q(category__isnull=True) | Q(category__carries_privileges=True),
            facility=facility,
            status=ApplicationStatus.DRAFT,
            kind__in=codes(privileges=True),
        )
        .exclude(privilege_requests__lines__status=RequestLineStatus.REQUESTED)
        .select_related("practitioner")
        .order_by("opened_at", "pk")
    )


def case_volumes(practitioner, groups: Mapping[str, str]) -> list[tuple[str, CaseVolume]]:
    """Case numbers of these groups with the words for each, the newest of a range only; one query."""
    rows = CaseVolume.objects.filter(
        practitioner__in=among([practitioner.pk]), procedure_group__in=list(groups)
    ).order_by("pk")
    newest = {(row.procedure_group, row.performed_from, row.performed_through): row for row in rows}
    return sorted(
        ((groups[row.procedure_group], row) for row in newest.values()),
        key=lambda pair: (pair[0], -pair[1].performed_through.toordinal()),
    )
