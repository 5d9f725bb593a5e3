"""The log of data bank queries.

Whether, when and by which entity the data bank was queried is here for every surveyor to see (45 CFR 60.17).
What it answered is evidence of the data bank class, encrypted, and stays out of the log, the audit trail
and mail (42 USC 11137(b)).
"""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.choices import DataClass
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock, periods
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from credentialing import parameters
from credentialing.choices import Element, ItemStatus, NPDBQueryKind, NPDBReason
from credentialing.elements import TOLD_BY_DATA_BANK
from credentialing.models import (
    Application,
    ContinuousQueryEnrolment,
    ContinuousQueryPeriod,
    NPDBQuery,
)
from credentialing.models.applications import workable_q
from credentialing.selectors.enrolments import enrolment_of
from credentialing.services import verification
from credentialing.services.guards import begin_person
from practitioners.choices import Method, SourceKind
from practitioners.models import CredentialPeriod, Document, Practitioner
from practitioners.selectors.canonical import among
from practitioners.services.evidence import add_evidence

SOURCE = "National Practitioner Data Bank"
DCN = re.compile(r"^[0-9A-Za-z-]{4,40}$")
MONTHS_UNLESS_SET = 12
#: An enrolment is renewed so long before its end at the earliest; a new one before that begins anew.
RENEWED_AHEAD = dt.timedelta(days=90)


@transaction.atomic
def log_query(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    kind: str,
    reason: str,
    queried_on: dt.date,
    dcn: str,
    content: bytes | None = None,
    media_type: str = "text/plain",
    document: Document | None = None,
    adverse: bool = False,
    method: str = Method.WEB,
) -> NPDBQuery:
    """Log a query made by the facility's registered entity, with the response as protected evidence.

    ``content`` or ``document`` (of the data bank class) is the response. ``adverse``: it holds at least one
    report, so the item is verified as adverse and raises a red flag. A Continuous Query also starts the
    enrolment. The query answers the data bank item of every application at facilities of the same entity; a
    query for one entity satisfies no other.
    """
    practitioner = begin_person(actor, practitioner, "credentialing.log_npdb", facility)
    number = dcn.strip().upper()
    entity = facility.npdb_entity
    if kind not in NPDBQueryKind.values:
        raise Refused("Say whether it was a one-time query or an enrollment.", field="kind")
    if reason not in NPDBReason.values:
        raise Refused("Say why the data bank was queried.", field="reason")
    if not DCN.match(number):
        raise Refused(
            "Enter the data bank control number (DCN) of the response: letters, digits and dashes.",
            field="dcn",
        )
    if queried_on > clock.today(facility):
        raise Refused("The query cannot be dated in the future.", field="queried_on")
    if NPDBQuery.objects.filter(npdb_entity=entity, dcn=number).exists():
        raise Refused(f"A query with DCN {number} is already logged for {entity}.", field="dcn")
    if document is not None:
        if document.practitioner_id != practitioner.pk:
            raise Refused("This document belongs to another practitioner.", field="response")
    elif not (content or b"").strip():
        raise Refused("Attach the response of the data bank, or enter it.", field="response")
    evidence = add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=f"NPDB response, DCN {number}",
        source=SOURCE,
        source_kind=SourceKind.PRIMARY,
        method=method,
        content=None if document is not None else content,
        document=document,
        media_type="" if document is not None else media_type,
        source_date=queried_on,
        data_class=DataClass.DATA_BANK,
    )
    query = NPDBQuery.objects.create(
        practitioner=practitioner,
        npdb_entity=entity,
        kind=kind,
        reason=reason,
        queried_on=queried_on,
        dcn=number,
        recorded_at=clock.now(),
        reviewed_by=actor,
        response=evidence,
    )
    if kind == NPDBQueryKind.CONTINUOUS:
        _enrol(actor, query, facility)
    record_event(
        actor=actor,
        verb="npdb.query_logged",
        subject=query,
        practitioner=practitioner,
        facility=facility,
        data={"dcn": number, "kind": str(kind), "entity": entity.code, "evidence": evidence.hash},
    )
    _answer_applications(actor, query, adverse)
    return query


@transaction.atomic
def renew_enrolment(
    *, actor, practitioner: Practitioner, facility: Facility, renewed_on: dt.date, **answer
) -> NPDBQuery:
    """The enrolment was renewed with the data bank: it goes on for another term from its end, or from the day
    of the renewal when it had ended.

    ``answer`` is the rest of :func:`log_query`: the DCN, the response, whether it holds a report. Raises
    ``Refused`` for somebody who was never enrolled, and while the enrolment runs for longer yet than
    anybody renews one.
    """
    require(actor, "credentialing.log_npdb", facility)
    enrolment = enrolment_of(practitioner, facility)
    if enrolment is None:
        raise Refused(f"{practitioner} was never enrolled by {facility.npdb_entity}; log the enrollment.")
    if enrolment.valid.upper > renewed_on + RENEWED_AHEAD:
        raise Refused(
            f"The enrollment runs through {day_text(enrolment.end)}; it is renewed in its last "
            f"{RENEWED_AHEAD.days} days.",
            field="renewed_on",
        )
    return log_query(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=NPDBQueryKind.CONTINUOUS,
        reason=NPDBReason.TWO_YEARS,
        queried_on=renewed_on,
        **answer,
    )


def enrol_continuous(**details) -> NPDBQuery:
    """Enrol in Continuous Query: :func:`log_query` of that kind."""
    return log_query(kind=NPDBQueryKind.CONTINUOUS, **details)


@transaction.atomic
def end_continuous(
    *, actor, practitioner: Practitioner, facility: Facility, day: dt.date, reason: str
) -> None:
    """The enrolment no longer runs from ``day`` on."""
    practitioner = begin_person(actor, practitioner, "credentialing.log_npdb", facility)
    if not reason.strip():
        raise Refused("Write why the enrollment ends.", field="reason")
    enrolment = ContinuousQueryEnrolment.objects.filter(
        practitioner=practitioner, npdb_entity=facility.npdb_entity
    ).first()
    if enrolment is None or not enrolment.periods.in_force(day).exists():
        raise Refused(f"{practitioner} is not enrolled on {day:%d %b %Y}.")
    periods.end_before(ContinuousQueryPeriod, enrolment, day=day, actor=actor, reason=reason.strip())
    record_event(
        actor=actor,
        verb="npdb.enrolment_ended",
        subject=enrolment,
        reason=reason.strip(),
        practitioner=practitioner,
        facility=facility,
        data={"from": day.isoformat()},
    )


def _enrol(actor, query: NPDBQuery, facility: Facility) -> None:
    """The enrolment runs for the months the parameter says (one year), from the day of the query; one that is
    about to end goes on from its end.
    """
    enrolment, _ = ContinuousQueryEnrolment.objects.get_or_create(
        practitioner=query.practitioner,
        npdb_entity=query.npdb_entity,
        defaults={"created_at": clock.now(), "created_by": actor},
    )
    bound = resolve(parameters.NPDB_ENROLMENT_MONTHS, facility=facility, on=query.queried_on)
    months = int(bound.value) if bound.is_set else MONTHS_UNLESS_SET
    start = query.queried_on
    running = enrolment.periods.in_force(start).order_by("-valid__endswith").first()
    if running is not None and start < running.valid.upper <= start + RENEWED_AHEAD:
        start = running.valid.upper
    periods.rewrite(
        ContinuousQueryPeriod,
        enrolment,
        valid=DateRange(start, add_months(start, months)),
        actor=actor,
        reason="Enrolled",
        content={"query": query},
    )


def _answer_applications(actor, query: NPDBQuery, adverse: bool) -> None:
    applications = (
        Application.objects.select_for_update(of=("self",))
        .filter(
            workable_q(),
            practitioner=query.practitioner,
            facility__npdb_entity=query.npdb_entity,
        )
        .select_related("practitioner", "facility__npdb_entity", "department", "category", "coordinator")
    )
    for application in applications:
        if query.queried_on < clock.date_at(application.opened_at, application.facility):
            held = application.items.filter(element=Element.NPDB).exclude(status="superseded").first()
            if held is not None and held.verified_on and held.verified_on >= query.queried_on:
                continue  # an older query logged late does not replace a newer answer
        verification.answer_again(
            actor=actor,
            application=application,
            element=Element.NPDB,
            adverse=adverse,
            note="The response of the data bank calls for review." if adverse else "",
            source=SOURCE,
            source_kind=SourceKind.PRIMARY,
            method=query.response.method,
            verified_on=query.queried_on,
            result=f"{query.get_kind_display()}, DCN {query.dcn}.",
            findings={"dcn": query.dcn, "kind": str(query.kind)},
            evidence=query.response,
        )
        for element in TOLD_BY_DATA_BANK:
            _tell(actor, query, application, element, adverse)


def _tell(actor, query: NPDBQuery, application: Application, element: str, adverse: bool) -> None:
    """What the same response says of licences and of claims. Without a report it answers both; with one, a
    person reads it and says of each whether a report is about it. So does one without a report where the
    applicant states what would have been reported.

    What another source answered stays.
    """
    held = application.items.filter(element=element).exclude(status=ItemStatus.SUPERSEDED).first()
    if held is None or held.status in (ItemStatus.WAIVED, ItemStatus.NOT_APPLICABLE):
        return
    newer = held.verified_on is not None and held.verified_on > query.queried_on
    if held.evidence_id is not None and (held.source != SOURCE or newer):
        return
    stated = not adverse and _stated_otherwise(element, application)
    told = "no report."
    if adverse:
        told = "it holds a report; say whether one is about this."
    elif stated:
        told = "no report, although the applicant states what is reported; say how both can be true."
    verification.answer_again(
        actor=actor,
        application=application,
        element=element,
        adverse=False,
        reviewed=not adverse and not stated,
        source=SOURCE,
        source_kind=SourceKind.PRIMARY,
        method=query.response.method,
        verified_on=query.queried_on,
        result=f"DCN {query.dcn}: {told}",
        findings={"dcn": query.dcn},
        evidence=query.response,
    )


def _stated_otherwise(element: str, application: Application) -> bool:
    """Whether a licence is stated that a board acted against, or a claim that was paid; one query."""
    code = "LICENSE" if element == Element.LICENSE_SANCTIONS else "CLAIM"
    rows = CredentialPeriod.objects.live().filter(
        identity__practitioner_id__in=among([application.practitioner_id]),
        identity__credential_type__code=code,
    )
    if code == "LICENSE":
        return rows.filter(status__in=verification.ADVERSE_STATUSES).exists()
    return rows.filter(extra__paid_usd__gt=0).exists()
