"""What a payer delegated: the agreement, its audits, and the reports it is given."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.dates import ONE_DAY, month_first
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    address,
    answer_form,
    build_table,
    render_invalid,
    render_page,
)
from config.kernel.pages.exports import stream_csv
from config.kernel.pages.spreadsheets import stream_xlsx
from credentialing import delegation_lists as lists
from credentialing.forms import delegation as forms
from credentialing.forms.payers import SentForm
from credentialing.models import DelegationReport, Payer
from credentialing.rules.delegation import check_span, counts_of, periods_through
from credentialing.selectors import delegation as selectors
from credentialing.selectors import oversight
from credentialing.selectors.payers import MANAGE, READ
from credentialing.services import delegation as services
from credentialing.views.payers import crumbs_of, payer_or_404, tabs_of, url_of

SHOWN = 200  # lines of a report on the page; the files have all
LAST = 12  # reports and samples on the page of an agreement


def steps_of(payer: Payer, *more: str) -> list[Crumb]:
    """The path to what a payer delegated, and on to what is below it."""
    return [*crumbs_of(payer, "-")[:-1], Crumb("Delegation", url_of("delegation", payer)), *map(Crumb, more)]


@login_required
@require_GET
def delegation(request: HttpRequest, uid) -> HttpResponse:
    """The agreement of a payer with its audits, corrective actions, reports and reviews of files."""
    payer = payer_or_404(request.user, uid)
    today = clock.today(payer.facility)
    held = selectors.delegation_of(payer, today)
    hands = may(request.user, MANAGE, payer.facility)
    findings = list(selectors.findings_of([payer]))
    reports = list(selectors.visible_reports(request.user).filter(payer=payer).defer("lines")[:LAST])
    samples = list(oversight.visible_samples(request.user).filter(payer=payer)[:LAST])
    nothing = {
        "audits": Empty("No audit is on file.", "Payers assess before they delegate, then once a year."),
        "findings": Empty("Nothing was found short.", "Corrective actions stand on the page of their audit."),
        "reports": Empty("No report was made yet.", "It is due after each period."),
        "samples": Empty("No files were reviewed yet.", "A sample shows what the payer will find."),
    }  # fmt: skip
    page: dict[str, Any] = {
        "title": payer.name,
        "subtitle": f"{payer.facility.name}: what the payer leaves to this office, and what it is owed.",
        "crumbs": crumbs_of(payer),
        "tabs": tabs_of(request, payer, "delegation"),
        "payer": payer,
        "held": held,
        "hands": hands,
        "lacks": _lacks(held),
        "due": [
            (
                each,
                address(url_of("delegation_make", payer), first_day=each.first_day, last_day=each.last_day),
            )
            for each in held.reports_due
        ],
        "audits": build_table(lists.AUDITS, held.audits, empty=nothing["audits"]),
        "findings": build_table(lists.findings_table(today), findings, empty=nothing["findings"]),
        "reports": build_table(lists.REPORTS, reports, empty=nothing["reports"]),
        "samples": build_table(lists.SAMPLES, samples, empty=nothing["samples"]),
    }
    if hands and payer.delegated:
        page["actions"] = _actions(payer, held)
    return render_page(request, "credentialing/delegation.html", page)


def _lacks(held: selectors.Delegation) -> list[str]:
    """What an auditor would miss, in sentences."""
    found = []
    if held.payer.delegated and not held.in_force:
        found.append("No written agreement is in force: nothing binds the files to the payer's standard.")
    if not held.payer.delegated and held.in_force:
        found.append("An agreement is in force, and the payer is not marked as one that delegates.")
    if held.in_force and held.assessment is None:
        found.append("No assessment before delegation is on file.")
    if held.audit_due is not None and held.audit_due < held.today:
        found.append(f"The payer's audit was due on {day_text(held.audit_due)}.")
    return found


def _actions(payer: Payer, held: selectors.Delegation) -> list[Action]:
    known = held.agreement is not None
    label = "Change the agreement" if known else "Record the agreement"
    kind = "secondary" if known else "primary"
    acts = [Action(label, url=url_of("delegation_agreement", payer), icon="edit", kind=kind)]
    acts.append(Action("Record an audit", url=url_of("delegation_audit_add", payer), icon="clipboard-check"))
    if known:
        acts.append(
            Action("Make a report", url=url_of("delegation_make", payer), icon="report", kind="primary")
        )
        acts.append(Action("Review files", url=url_of("oversight_draw", payer), icon="report-search"))
        acts.append(Action("End the agreement", url=url_of("delegation_end", payer), icon="x"))
    return acts


# --- the agreement ----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def agreement(request: HttpRequest, uid) -> HttpResponse:
    """What the written agreement says, from a day on."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    held = selectors.delegation_of(payer, clock.today(payer.facility)).agreement
    initial: dict[str, Any] = {"standard": "ncqa"}
    if held is not None:
        initial = {
            "start": held.start,
            "last_day": held.end,
            "signed_on": held.signed_on,
            "filed_at": held.filed_at,
            "standard": held.standard.code,
            "functions": held.functions,
            "everyone": held.everyone,
            "rhythm": held.rhythm,
            "report_days": held.report_days,
        }
    here = url_of("delegation", payer)
    page = {
        "title": f"Agreement with {payer}",
        "crumbs": steps_of(payer, "Agreement"),
        "form": forms.AgreementForm(request.POST or None, initial=initial),
        "submit": "Record it",
        "cancel_url": here,
    }

    def record(given: dict[str, Any]) -> Done:
        services.record_agreement(actor=request.user, payer=payer, **given)
        return Done("Recorded. Open files follow when their plan is made again.", here)

    return answer_form(request, page, record)


@login_required
@require_http_methods(["GET", "POST"])
def agreement_end(request: HttpRequest, uid) -> HttpResponse:
    """The payer no longer delegates."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    here = url_of("delegation", payer)
    page = {
        "title": f"End the agreement with {payer}",
        "crumbs": steps_of(payer, "End the agreement"),
        "form": forms.EndAgreementForm(request.POST or None),
        "submit": "End it",
        "cancel_url": here,
    }

    def end(given: dict[str, Any]) -> Done:
        services.end_agreement(actor=request.user, payer=payer, **given)
        return Done("Recorded. Reports of the days before are still due.", here)

    return answer_form(request, page, end)


# --- audits -----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def audit_add(request: HttpRequest, uid) -> HttpResponse:
    """The payer assessed or audited this office."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    page = {
        "title": "Record an audit",
        "crumbs": steps_of(payer, "Record an audit"),
        "form": forms.AuditForm(request.POST or None),
        "submit": "Record it",
        "cancel_url": url_of("delegation", payer),
    }

    def record(given: dict[str, Any]) -> Done:
        audit = services.record_audit(actor=request.user, payer=payer, **given)
        return Done("Recorded. Add what was found short here.", lists.audit_url(audit))

    return answer_form(request, page, record)


@login_required
@require_http_methods(["GET", "POST"])
def audit(request: HttpRequest, uid) -> HttpResponse:
    """One audit, what it found short, and what is done about that."""
    require(request.user, READ)
    one = selectors.visible_audits(request.user).filter(uid=uid).first()
    if one is None:
        raise Http404
    today = clock.today(one.payer.facility)
    empty = Empty("Nothing was found short.", "Add a finding where something was.")
    page = {
        "title": one.get_kind_display(),
        "subtitle": f"{one.payer} on {day_text(one.held_on)}",
        "crumbs": steps_of(one.payer, one.get_kind_display()),
        "audit": one,
        "findings": build_table(lists.findings_table(today), list(one.findings.all()), empty=empty),
        "form": forms.FindingForm(request.POST or None),
        "hands": may(request.user, MANAGE, one.payer.facility),
        "submit": "Add the finding",
    }
    if request.method == "POST":
        require(request.user, MANAGE, one.payer.facility)

    def add(given: dict[str, Any]) -> Done:
        services.add_finding(actor=request.user, audit=one, **given)
        return Done("Added.", lists.audit_url(one))

    return answer_form(request, page, add, template="credentialing/delegation_audit.html")


@login_required
@require_http_methods(["GET", "POST"])
def finding(request: HttpRequest, uid) -> HttpResponse:
    """One finding with its corrective action, and recording that it was done."""
    require(request.user, READ)
    one = selectors.visible_findings(request.user).filter(uid=uid).first()
    if one is None:
        raise Http404
    payer = one.audit.payer
    page = {
        "title": "Corrective action",
        "subtitle": f"{payer}, {one.audit.get_kind_display().lower()} of {day_text(one.audit.held_on)}",
        "crumbs": [
            Crumb(payer.name, url_of("delegation", payer)),
            Crumb("Audit", lists.audit_url(one.audit)),
            Crumb("Finding"),
        ],
        "page_badge": lists.state_of(one, clock.today(payer.facility)),
        "finding": one,
        "form": forms.DoneForm(request.POST or None),
        "may_close": one.done_on is None and may(request.user, MANAGE, payer.facility),
        "submit": "It was done",
    }
    if request.method == "POST":
        require(request.user, MANAGE, payer.facility)

    def done(given: dict[str, Any]) -> Done:
        services.close_finding(actor=request.user, finding=one, **given)
        return Done("Recorded.", lists.audit_url(one.audit))

    return answer_form(request, page, done, template="credentialing/delegation_finding.html")


# --- reports ----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def report_make(request: HttpRequest, uid) -> HttpResponse:
    """What the payer is told of some days: shown, and with POST made into a report that is kept."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    today = clock.today(payer.facility)
    asked = request.POST if request.method == "POST" else request.GET
    form = forms.ReportForm(asked if asked else _usual(payer, today))
    page: dict[str, Any] = {
        "title": f"Report to {payer}",
        "subtitle": "Who joined the roster, who left it, and who was recredentialed.",
        "crumbs": steps_of(payer, "Report"),
        "form": form,
        "payer": payer,
    }
    template = "credentialing/delegation_make.html"
    if request.method == "POST":

        def make(given: dict[str, Any]) -> Done:
            report = services.make_report(actor=request.user, payer=payer, **given)
            return Done("The report is made and kept.", lists.report_url(report))

        return answer_form(request, page, make, template=template)
    if not form.is_valid():
        return render_invalid(request, template, page)
    first, last = form.cleaned_data["first_day"], form.cleaned_data["last_day"]
    try:
        check_span(first, last, today)
    except Refused as refused:
        form.add_error(refused.field, refused.sentence)
        return render_invalid(request, template, page)
    lines = selectors.report_lines(payer, first, last)
    return render_page(request, template, page | _shown(lines) | {"first_day": first, "last_day": last})


def _usual(payer: Payer, today: dt.date) -> dict[str, dt.date]:
    """The oldest report that is due, else the last period that is over, else last month."""
    held = selectors.delegation_of(payer, today)
    over = held.reports_due[:1] or periods_through(selectors.terms_of(held.rows), today)[-1:]
    if over:
        return {"first_day": over[0].first_day, "last_day": over[0].last_day}
    last = month_first(today) - ONE_DAY
    return {"first_day": month_first(last), "last_day": last}


def _shown(lines: list[dict[str, str]], counts: dict[str, Any] | None = None) -> dict[str, Any]:
    told = counts_of(lines) if counts is None else counts
    empty = Empty("Nothing happened in these days.", "A report without lines says so to the payer.")
    return {
        "counts": [(label, told[name], icon) for name, (label, icon) in lists.COUNTS.items()],
        "number": len(lines),
        "listing": build_table(lists.REPORT_LINES, lines[:SHOWN], empty=empty),
        "more": max(0, len(lines) - SHOWN),
    }


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, uid) -> HttpResponseBase:
    """One report: what it tells, to take away as CSV or a workbook, and when it was sent."""
    require(request.user, READ)
    one = selectors.visible_reports(request.user).filter(uid=uid).first()
    if one is None:
        raise Http404
    wanted = request.GET.get("format", "")
    if wanted in ("csv", "xlsx"):
        return (stream_csv if wanted == "csv" else stream_xlsx)(
            lists.REPORT_LINES, one.lines, name=f"{one.payer} report through {one.last_day}"
        )
    here = lists.report_url(one)
    page = _report_page(request, one, here)

    def sent(given: dict[str, Any]) -> Done:
        services.record_report_sent(actor=request.user, report=one, **given)
        return Done("Recorded.", here)

    if request.method == "POST":
        require(request.user, MANAGE, one.payer.facility)
    return answer_form(request, page, sent, template="credentialing/delegation_report.html")


def _report_page(request: HttpRequest, one: DelegationReport, here: str) -> dict[str, Any]:
    return {
        "title": f"Report to {one.payer}",
        "subtitle": f"{day_text(one.first_day)} to {day_text(one.last_day)}",
        "crumbs": steps_of(one.payer, "Report"),
        "report": one,
        "form": SentForm(request.POST or None),
        "may_say_sent": one.sent_on is None and may(request.user, MANAGE, one.payer.facility),
        "submit": "It was sent",
        "actions": [
            Action("CSV", url=address(here, format="csv"), icon="download"),
            Action("Excel", url=address(here, format="xlsx"), icon="download"),
        ],
        **_shown(one.lines, one.counts),
    }
