"""Temporary privileges while a complete application waits for its bodies, asked for in one act."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from config.accounts.policies import may
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import last_day
from config.rulebook.verdicts import Verdict
from credentialing.choices import ApplicationKind, Element, ItemStatus, TemporaryGround
from credentialing.models import Application
from credentialing.selectors.elsewhere import offered_to
from credentialing.selectors.gate import completeness
from credentialing.selectors.requirements import decision_day
from credentialing.selectors.screening import current_snapshots
from credentialing.services import applications, verification
from credentialing.services.opening import Particulars, check_awaited
from credentialing.services.screening import screen
from credentialing.services.sharing import take_over
from practitioners.choices import Method, SourceKind
from practitioners.services.documents import store_document
from privileging.choices import FormLineKind
from privileging.models import PrivilegeForm, RequestLine
from privileging.selectors.for_a_time import limit_of
from privileging.selectors.requests import lines_of, version_lines, versions_offered
from privileging.services.requests import request_privileges

SCREEN = "credentialing.screen"


@dataclass(frozen=True)
class Signed:
    """The applicant's signed request: they answer for it, and release what is asked again for it."""

    on: dt.date
    file_name: str
    content: bytes


@transaction.atomic
def ask_meanwhile(
    *,
    actor,
    awaited: Application,
    lines: Collection[UUID],
    signed: Signed,
    until: dt.date | None = None,
) -> tuple[Application, Verdict]:
    """Ask for temporary privileges beside a complete application, for some of its lines: opened, signed,
    accepted; what is verified for the complete one counts here where it may; the person is screened. Where
    nothing is left to find out it goes to its reviewers at once. ``until`` is an inclusive last day.

    Answers the new application and whether everything is found out. Refused as each of the acts is, and where
    a grant of today would not reach ``until``; then none of them is done. Source: MS.06.01.13 (a complete
    application that awaits the MEC and the board).
    """
    check_awaited(awaited, awaited.practitioner, awaited.facility)
    wanted = [line for line in lines_of(awaited) if line.uid in set(lines)]
    if not wanted:
        raise Refused("Choose at least one privilege.", field="lines")
    application = applications.open_application(
        actor=actor,
        practitioner=awaited.practitioner,
        facility=awaited.facility,
        kind=ApplicationKind.TEMPORARY,
        department=awaited.department,
        particulars=Particulars(ground=TemporaryGround.APPLICANT, awaits=awaited, until=until),
    )
    check_last_day(application, until)
    _ask_for(actor, application, wanted)
    return carry_on(actor=actor, application=application, signed=signed)


@transaction.atomic
def carry_on(*, actor, application: Application, signed: Signed) -> tuple[Application, Verdict]:
    """From the draft to its reviewers, as far as it goes: submitted, accepted, signed; what other files of
    the person found out is taken over where it counts, and the person is screened. Answers the application
    and whether everything is found out; only then it is before its reviewers.
    """
    application = applications.submit(actor=actor, application=application)
    application = applications.accept(actor=actor, application=application)
    _sign(actor, application, signed)
    if offered_to(actor, application):
        take_over(actor=actor, application=application)
    asks_screening = application.items.filter(element=Element.EXCLUSION).exists()
    if asks_screening and may(actor, SCREEN, application.facility) and current_snapshots():
        screen(actor=actor, practitioner=application.practitioner)
    verdict = completeness(application, decision_day(application))
    if verdict.met:
        application = applications.complete(actor=actor, application=application)
        applications.send_to_review(actor=actor, application=application)
        application.refresh_from_db()
    return application, verdict


def check_last_day(application: Application, until: dt.date | None) -> None:
    """Refuse a last day that a grant of today does not reach: left empty, it runs as long as is allowed."""
    limit = limit_of(application, clock.today(application.facility)) if until is not None else None
    if until is None or limit is None or until < limit.end:
        return
    raise Refused(
        f"Granted today they end with {day_text(last_day(limit.end))} at the latest: {limit.bound.value} "
        f"days ({limit.bound.citation}). Enter a day until then, or none for as long as is allowed.",
        field="until",
    )


def _ask_for(actor, application: Application, wanted: Sequence[RequestLine]) -> None:
    """The same privileges on the forms as they are offered now."""
    offered = {version.form_id: version for version in versions_offered(application.facility)}
    codes: Mapping[PrivilegeForm, set[str]] = defaultdict(set)
    for line in wanted:
        codes[line.form_line.version.form].add(line.form_line.privilege.code)
    for form, asked in codes.items():
        version = offered.get(form.pk)
        if version is None:
            raise Refused(
                f"{form} is not offered any more: choose privileges of another form.", field="lines"
            )
        on_form = {line.privilege.code: line.kind for line in version_lines(version)}
        if gone := sorted(asked - on_form.keys()):
            raise Refused(f"{', '.join(gone)}: not on {version}, which is offered now.", field="lines")
        core = {code for code, kind in on_form.items() if kind == FormLineKind.CORE}
        request_privileges(
            actor=actor, application=application, version=version, struck=core - asked, special=asked - core
        )


def _sign(actor, application: Application, signed: Signed) -> None:
    """The signature answers the element that asks for it, where one does."""
    item = application.items.filter(element=Element.ATTESTATION, status=ItemStatus.NOT_STARTED).first()
    document = store_document(
        actor=actor,
        practitioner=application.practitioner,
        title="Request for temporary privileges, signed",
        file_name=signed.file_name,
        content=signed.content,
    )
    if item is None:
        return
    item = verification.receive(
        actor=actor,
        item=item,
        source=str(application.practitioner),
        source_kind=SourceKind.SELF,
        method=Method.LETTER,
        verified_on=signed.on,
        source_date=signed.on,
        result="Signed on paper.",
        document=document,
    )
    verification.verify(actor=actor, item=item)
