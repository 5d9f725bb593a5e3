"""Delegated credentialing: the agreement, the payer's audits with their corrective actions, and reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock, periods
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Refused
from config.kernel.periods import days, through
from config.kernel.texts import needed, within
from config.rulebook.models import SourceBody
from credentialing.choices import AuditKind, DelegatedFunction, OversightResult, ReportRhythm
from credentialing.models import (
    AuditFinding,
    DelegationAgreement,
    DelegationAgreementPeriod,
    DelegationAudit,
    DelegationReport,
    Payer,
)
from credentialing.rules.delegation import check_span, counts_of, periods_through
from credentialing.selectors.delegation import began_on, delegation_of, report_lines, terms_of
from credentialing.selectors.payers import MANAGE

LONGEST_PLACE, LONGEST_AUDITOR, LONGEST_ADDRESS = 200, 200, 200
LONGEST_TEXT = 4000
LONGEST_REASON = 1000
MOST_REPORT_DAYS = 365


# --- the agreement ----------------------------------------------------------------------------------------


@transaction.atomic
def record_agreement(
    *,
    actor,
    payer: Payer,
    start: dt.date,
    last_day: dt.date | None,
    standard: SourceBody,
    functions: Sequence[str],
    everyone: bool,
    rhythm: str,
    report_days: int,
    signed_on: dt.date,
    filed_at: str,
) -> DelegationAgreement:
    """The written agreement as it holds from ``start`` through ``last_day`` (None: without an end); what was
    agreed before ends with that day too, and what was agreed ahead stays.

    From its first day what it delegates binds the files of people on the payer's roster to ``standard``; with
    ``everyone`` those of everybody at the facility. What held on other days stays as it was.
    """
    payer = _locked(actor, payer)
    if not payer.delegated:
        raise Refused(f"{payer} does not delegate: say so first, where the payer is changed.")
    if standard.kind != "payer":
        raise Refused("Choose the standard of a body that accredits payers.", field="standard")
    chosen = [str(each) for each in DelegatedFunction if each in functions]
    if not chosen or len(chosen) != len(set(functions)):
        raise Refused("Choose what is delegated.", field="functions")
    if rhythm not in ReportRhythm.values:
        raise Refused("Choose how often the payer is told.", field="rhythm")
    if not 0 <= report_days <= MOST_REPORT_DAYS:
        raise Refused(f"From 0 to {MOST_REPORT_DAYS} days.", field="report_days")
    if signed_on > start:
        raise Refused("It was signed only after its first day.", field="signed_on")
    if last_day is not None and last_day < start:
        raise Refused("The last day lies before the first.", field="last_day")
    place = needed(
        filed_at, LONGEST_PLACE, field="filed_at", otherwise="Write where the signed agreement is filed."
    )
    now = clock.now()
    identity, _ = DelegationAgreement.objects.get_or_create(
        payer=payer, defaults={"created_at": now, "created_by": actor}
    )
    periods.rewrite(
        DelegationAgreementPeriod,
        identity,
        valid=days(start, through(last_day)),
        actor=actor,
        reason="Agreement recorded",
        keep_later=False,
        content={
            "standard": standard,
            "functions": chosen,
            "everyone": everyone,
            "rhythm": rhythm,
            "report_days": report_days,
            "signed_on": signed_on,
            "filed_at": place,
        },
    )
    record_event(
        actor=actor,
        verb="delegation.agreed",
        subject=identity,
        facility=payer.facility,
        data={"payer": payer.name, "from": start.isoformat(), "standard": standard.code, "functions": chosen},
    )
    return identity


@transaction.atomic
def end_agreement(*, actor, payer: Payer, last_day: dt.date, reason: str) -> None:
    """Nothing is delegated any more after ``last_day``; reports of the days before are still due."""
    payer = _locked(actor, payer)
    text = needed(reason, LONGEST_REASON, field="reason", otherwise="Write why the agreement ends.")
    identity = DelegationAgreement.objects.filter(payer=payer).first()
    rows = list(DelegationAgreementPeriod.objects.live().filter(identity__payer=payer))
    through(last_day)  # refuses the last day of the calendar
    if identity is None or not any(row.end is None or row.end > last_day for row in rows):
        raise Refused("No agreement holds after that day.", field="last_day")
    if last_day < began_on(rows):
        raise Refused("The last day lies before the first day of the agreement.", field="last_day")
    periods.end_before(DelegationAgreementPeriod, identity, day=last_day + ONE_DAY, actor=actor, reason=text)
    record_event(
        actor=actor,
        verb="delegation.ended",
        subject=identity,
        facility=payer.facility,
        reason=text,
        data={"payer": payer.name, "last_day": last_day.isoformat()},
    )


def _locked(actor, payer: Payer) -> Payer:
    """The payer's row, locked: one writer at a time deals with what it delegated."""
    require(actor, MANAGE, payer.facility)
    return Payer.objects.select_for_update(of=("self",)).select_related("facility").get(pk=payer.pk)


# --- audits -----------------------------------------------------------------------------------------------


@transaction.atomic
def record_audit(
    *, actor, payer: Payer, kind: str, held_on: dt.date, auditor: str, result: str, summary: str = ""
) -> DelegationAudit:
    """The payer assessed or audited this office on the day. What it found short follows as findings."""
    payer = _locked(actor, payer)
    if kind not in AuditKind.values:
        raise Refused("Choose why the payer looked.", field="kind")
    if result not in OversightResult.values:
        raise Refused("Choose what it came to.", field="result")
    if held_on > clock.today(payer.facility):
        raise Refused("The day lies in the future.", field="held_on")
    audit = DelegationAudit.objects.create(
        payer=payer,
        kind=kind,
        held_on=held_on,
        auditor=needed(auditor, LONGEST_AUDITOR, field="auditor", otherwise="Write who looked."),
        result=result,
        summary=within(summary, LONGEST_TEXT, field="summary"),
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb="delegation.audited",
        subject=audit,
        facility=payer.facility,
        data={"kind": kind, "held_on": held_on.isoformat(), "result": result},
    )
    return audit


@transaction.atomic
def add_finding(*, actor, audit: DelegationAudit, what: str, action: str, due_on: dt.date) -> AuditFinding:
    """What an audit found short, the corrective action, and by when it is done."""
    facility = audit.payer.facility
    require(actor, MANAGE, facility)
    if due_on < audit.held_on:
        raise Refused("It cannot be due before the audit.", field="due_on")
    finding = AuditFinding.objects.create(
        audit=audit,
        what=needed(what, LONGEST_TEXT, field="what", otherwise="Write what was found."),
        action=needed(action, LONGEST_TEXT, field="action", otherwise="Write what is done about it."),
        due_on=due_on,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb="delegation.finding_added",
        subject=finding,
        facility=facility,
        data={"due_on": due_on.isoformat()},
    )
    return finding


@transaction.atomic
def close_finding(*, actor, finding: AuditFinding, done_on: dt.date, done_note: str) -> AuditFinding:
    """The corrective action was done on the day. Said once."""
    facility = finding.audit.payer.facility
    require(actor, MANAGE, facility)
    finding = AuditFinding.objects.select_for_update(of=("self",)).select_related("audit").get(pk=finding.pk)
    if finding.done_on is not None:
        raise Refused("It is recorded already that this was done.")
    if done_on > clock.today(facility):
        raise Refused("The day lies in the future.", field="done_on")
    if done_on < finding.audit.held_on:
        raise Refused("The day lies before the audit.", field="done_on")
    finding.done_note = needed(
        done_note, LONGEST_TEXT, field="done_note", otherwise="Write what was done, and how it shows."
    )
    finding.done_on, finding.done_recorded_at, finding.done_recorded_by = done_on, clock.now(), actor
    finding.save(update_fields=["done_on", "done_note", "done_recorded_at", "done_recorded_by"])
    record_event(
        actor=actor,
        verb="delegation.finding_closed",
        subject=finding,
        facility=facility,
        data={"done_on": done_on.isoformat()},
    )
    return finding


# --- reports ----------------------------------------------------------------------------------------------


@transaction.atomic
def make_report(*, actor, payer: Payer, first_day: dt.date, last_day: dt.date) -> DelegationReport:
    """The report of these days as they are known now, kept with its hash; nothing is sent by itself."""
    payer = _locked(actor, payer)
    today = clock.today(payer.facility)
    check_span(first_day, last_day, today)
    held = delegation_of(payer, today)
    if held.agreement is None:
        raise Refused("No agreement is on file: nothing is owed to the payer.")
    terms = terms_of(held.rows)
    owed = next((each for each in periods_through(terms, today) if each.last_day == last_day), None)
    due_on = owed.due_on if owed else last_day + dt.timedelta(days=held.agreement.report_days)
    lines = report_lines(payer, first_day, last_day)
    counts = counts_of(lines)
    report = DelegationReport.objects.create(
        payer=payer,
        first_day=first_day,
        last_day=last_day,
        due_on=due_on,
        lines=lines,
        counts=counts,
        sha256=bytes_digest(canonical_bytes({"lines": lines, "counts": counts})),
        made_at=clock.now(),
        made_by=actor,
    )
    record_event(
        actor=actor,
        verb="delegation.report_made",
        subject=report,
        facility=payer.facility,
        data={"first_day": first_day.isoformat(), "last_day": last_day.isoformat(), "sha256": report.sha256},
    )
    return report


@transaction.atomic
def record_report_sent(
    *, actor, report: DelegationReport, sent_on: dt.date, sent_to: str
) -> DelegationReport:
    """The payer was given this report on the day, at that address or portal. Said once."""
    facility = report.payer.facility
    require(actor, MANAGE, facility)
    report = DelegationReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.sent_on is not None:
        raise Refused("It is recorded already that this report was sent.")
    if sent_on > clock.today(facility):
        raise Refused("The day lies in the future.", field="sent_on")
    if sent_on < clock.date_at(report.made_at, facility):
        raise Refused("The report was made only after that day.", field="sent_on")
    report.sent_to = needed(
        " ".join(sent_to.split()), LONGEST_ADDRESS, field="sent_to", otherwise="Write where it was sent to."
    )
    report.sent_on, report.sent_recorded_at, report.sent_recorded_by = sent_on, clock.now(), actor
    report.save(update_fields=["sent_on", "sent_to", "sent_recorded_at", "sent_recorded_by"])
    record_event(
        actor=actor,
        verb="delegation.report_sent",
        subject=report,
        facility=facility,
        data={"sent_on": sent_on.isoformat(), "sha256": report.sha256},
    )
    return report
