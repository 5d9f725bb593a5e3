"""Asking for the privileges an applicant chose in their packet."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from credentialing.models import Application
from privileging.choices import FormLineKind
from privileging.models import CaseVolume, PrivilegeFormVersion
from privileging.rules.criteria import procedure_groups
from privileging.selectors.requests import requests_of
from privileging.services.requests import drop_form, request_privileges
from privileging.services.volumes import record_case_volume

#: Where a number of cases comes from that the applicant entered in the packet.
STATED = "Stated by the applicant in the packet"


@transaction.atomic
def ask_from_packet(
    *,
    actor,
    application: Application,
    asked: Mapping[str, Sequence[str]],
    cases: Mapping[str, Mapping[str, str]],
) -> None:
    """Ask for the codes by the uid of a version of a form, in place of what was asked for before, and state
    the numbers of cases by their group; what is on file already is not stated twice.

    Raises ``Refused`` as asking by hand does.
    """
    wanted = {uuid.UUID(uid): set(codes) for uid, codes in asked.items() if codes}
    versions = PrivilegeFormVersion.objects.filter(uid__in=wanted).prefetch_related("lines__privilege")
    for before in requests_of(application):
        if before.version.uid not in wanted:
            drop_form(actor=actor, request=before)
    for version in versions.order_by("pk"):
        core = {line.privilege.code for line in version.lines.all() if line.kind == FormLineKind.CORE}
        codes = wanted[version.uid]
        request_privileges(
            actor=actor,
            application=application,
            version=version,
            struck=sorted(core - codes),
            special=sorted(codes - core),
        )
    counted = {
        group
        for version in versions
        for group in procedure_groups(version, version.lines.all(), application.kind)
    }
    person = application.practitioner
    on_file = set(
        CaseVolume.objects.filter(practitioner=person, procedure_group__in=counted).values_list(
            "procedure_group", "performed_from", "performed_through", "cases"
        )
    )
    for group, each in sorted(cases.items()):
        stated = (
            group,
            dt.date.fromisoformat(each["from"]),
            dt.date.fromisoformat(each["through"]),
            int(each["cases"]),
        )
        if group in counted and stated not in on_file:
            record_case_volume(
                actor=actor,
                practitioner=person,
                procedure_group=group,
                performed_from=stated[1],
                performed_through=stated[2],
                cases=stated[3],
                source=STATED,
            )
