"""Asking for the privileges an applicant chose in their packet."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from config.kernel import clock
from credentialing.models import Application
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind
from privileging.models import CaseVolume, PrivilegeFormVersion
from privileging.rules.stated import volumes_of
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
    the numbers of cases by their group; what stands on file already is not stated twice.

    What was signed is recorded, also of a group no form that is asked on counts. A number that was begun and
    not finished can stand only beside a form that is offered no more: nothing is read out of it. Raises
    ``Refused`` as asking by hand does.
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
    person = application.practitioner
    on_file = _newest(person, cases)
    for volume in volumes_of(cases):
        if on_file.get((volume.group, volume.performed_from, volume.performed_through)) != volume.cases:
            record_case_volume(
                actor=actor,
                practitioner=person,
                procedure_group=volume.group,
                performed_from=volume.performed_from,
                performed_through=volume.performed_through,
                cases=volume.cases,
                source=STATED,
                today=clock.today(application.facility),
            )


def _newest(person: Practitioner, groups: Iterable[str]) -> dict[tuple[str, dt.date, dt.date], int]:
    """The number of cases that counts by group and range, on whichever record of the person; one query."""
    rows = CaseVolume.objects.filter(practitioner__in=among([person.pk]), procedure_group__in=list(groups))
    return {
        (row.procedure_group, row.performed_from, row.performed_through): row.cases
        for row in rows.order_by("pk")
    }
