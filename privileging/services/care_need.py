"""Temporary privileges for a patient care need, asked for in one act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from config.kernel.errors import Refused
from config.organization.models import Department, Facility
from config.rulebook.verdicts import Verdict
from credentialing.choices import ApplicationKind, TemporaryGround
from credentialing.models import Application
from credentialing.services import applications
from credentialing.services.opening import Particulars
from practitioners.models import Practitioner
from privileging.choices import FormLineKind
from privileging.models import PrivilegeFormVersion
from privileging.selectors.requests import version_lines
from privileging.services.meanwhile import Signed, carry_on, check_last_day
from privileging.services.requests import request_privileges


@transaction.atomic
def ask_for_need(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    department: Department,
    version: PrivilegeFormVersion,
    codes: Collection[str],
    need: str,
    signed: Signed,
    until: dt.date | None = None,
) -> tuple[Application, Verdict]:
    """Ask for temporary privileges because patients need them: of one form, those of ``codes``. Opened with
    the need, signed, accepted; what other files of the person found out counts where it may, and they are
    screened. Where nothing is left to find out (license, competence, data bank, exclusions) it goes to its
    reviewers at once. ``until`` is an inclusive last day.

    Answers the application and whether everything is found out. Refused as each of the acts is, and where a
    grant of today would not reach ``until``; then none of them is done. Source: MS.06.01.13 (an
    important patient care need).
    """
    on_form = {line.privilege.code: line.kind for line in version_lines(version)}
    asked = set(codes)
    if not asked:
        raise Refused("Choose at least one privilege.", field="codes")
    if strange := sorted(asked - on_form.keys()):
        raise Refused(f"{', '.join(strange)}: not on {version}.", field="codes")
    application = applications.open_application(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=ApplicationKind.TEMPORARY,
        department=department,
        particulars=Particulars(ground=TemporaryGround.NEED, need=need, until=until),
    )
    check_last_day(application, until)
    core = {code for code, kind in on_form.items() if kind == FormLineKind.CORE}
    request_privileges(
        actor=actor, application=application, version=version, struck=core - asked, special=asked - core
    )
    return carry_on(actor=actor, application=application, signed=signed)
