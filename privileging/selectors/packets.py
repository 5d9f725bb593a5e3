"""The privileges an applicant's packet offers, and what they hold already (see packet_parts)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch

from config.kernel import clock
from credentialing.models import Application
from credentialing.rules.packet_answers import OfferedForm
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind, RequestLineStatus
from privileging.models import FormLine, GrantPeriod, PrivilegeFormVersion, RequestLine
from privileging.selectors.requests import versions_offered


def offered(application: Application) -> list[OfferedForm]:
    """The forms offered at the application's facility today, the newest version of each; two queries."""
    today = clock.today(application.facility)
    lines = FormLine.objects.select_related("privilege").order_by("kind", "order")
    versions: dict[int, PrivilegeFormVersion] = {}
    for version in versions_offered(application.facility).prefetch_related(Prefetch("lines", queryset=lines)):
        if version.offered.upper is None or today < version.offered.upper:
            versions.setdefault(version.form_id, version)
    return [
        OfferedForm(
            uid=str(version.uid),
            title=version.form.name,
            core=_named(version, FormLineKind.CORE),
            special=_named(version, FormLineKind.SPECIAL),
        )
        for version in versions.values()
    ]


def held(application: Application, forms: Sequence[OfferedForm]) -> dict[str, list[str]]:
    """What is asked for already, else what the applicant holds here today, by the uid of the form that offers
    it; at most two queries. Where more is asked for than is held, what is held is not asked for again.
    """
    codes = set(
        RequestLine.objects.filter(
            request__application=application, status=RequestLineStatus.REQUESTED
        ).values_list("form_line__privilege__code", flat=True)
    )
    if not codes and application.rule.of_member:
        return {}
    codes = codes or set(
        GrantPeriod.objects.in_force(clock.today(application.facility))
        .filter(practitioner__in=among([application.practitioner_id]), facility=application.facility)
        .values_list("privilege__code", flat=True)
    )
    found: dict[str, list[str]] = {}
    # The form that offers most of them first: a privilege that stands on two forms is asked for once.
    for form in sorted(forms, key=lambda each: -len(codes & set(each.codes))):
        here = [code for code in form.codes if code in codes]
        if here:
            found[form.uid] = here
            codes = codes - set(here)
    return found


def _named(version: PrivilegeFormVersion, kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line.privilege.code, line.privilege.name) for line in version.lines.all() if line.kind == kind
    )
