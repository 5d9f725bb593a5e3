"""Asking for the privileges an applicant chose in their packet."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from credentialing.models import Application
from privileging.choices import FormLineKind
from privileging.models import PrivilegeFormVersion
from privileging.selectors.requests import requests_of
from privileging.services.requests import drop_form, request_privileges


@transaction.atomic
def ask_from_packet(*, actor, application: Application, asked: Mapping[str, Sequence[str]]) -> None:
    """Ask for the codes by the uid of a version of a form, in place of what was asked for before.

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
