"""Every part of the pages in all its states, with invented data: for whoever builds or changes a page.

Shown only where the demo or a developer runs the site.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from config.kernel.choices import StatusChoices
from config.kernel.day_fields import DayField
from config.kernel.pages import (
    Action,
    Column,
    Crumb,
    Empty,
    Tab,
    Table,
    build_listing,
    build_table,
    render_list,
    render_page,
)
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict

TODAY = dt.date(2026, 3, 12)
CALL = "Medical Staff Office, 555-0140"


class SampleStatus(StatusChoices):
    """One status of every colour."""

    DRAFT = "draft", "muted", "Draft"
    SUBMITTED = "submitted", "neutral", "Submitted"
    VERIFYING = "verifying", "info", "In verification"
    COMPLETE = "complete", "good", "Complete"
    INCOMPLETE = "incomplete", "warn", "Incomplete"
    DENIED = "denied", "bad", "Denied"


class SampleRecommendation(StatusChoices):
    """What a reviewer may say of a line."""

    RECOMMEND = "recommend", "good", "Recommend"
    CHANGES = "changes", "warn", "With changes"
    DECLINE = "decline", "bad", "Do not recommend"
    DEFER = "defer", "neutral", "Defer"


class SampleForm(forms.Form):
    """One field of every kind."""

    npi = forms.CharField(label="NPI", help_text="Ten digits, as in the national registry.", max_length=10)
    surname = forms.CharField(label="Surname", help_text="Without suffixes such as Jr. or III.")
    licence_state = forms.ChoiceField(
        label="State of the license", choices=[("", "Choose"), ("CA", "California"), ("OR", "Oregon")]
    )
    issued_on = DayField(label="Issued on", required=False)
    cover = forms.DecimalField(label="Cover per claim", required=False)
    kind = forms.ChoiceField(
        label="Kind of application",
        widget=forms.RadioSelect,
        choices=[
            ("initial", "Initial appointment"),
            ("re", "Reappointment"),
            ("temp", "Temporary privileges"),
        ],
    )
    languages = forms.MultipleChoiceField(
        label="Languages",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("es", "Spanish"), ("vi", "Vietnamese"), ("zh", "Mandarin")],
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    document = forms.FileField(
        label="Scan of the license", required=False, help_text="PDF, JPEG or PNG, at most 25 MB."
    )
    attest = forms.BooleanField(label="I have seen the original document")


class LineForm(forms.Form):
    """A reviewer's word on one requested line."""

    outcome = forms.ChoiceField(widget=forms.RadioSelect, choices=SampleRecommendation.choices)
    condition = forms.CharField(
        label="Condition", required=False, help_text="As it will read on the grant.", widget=forms.TextInput
    )
    reason = forms.CharField(label="Reason", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class FilterForm(forms.Form):
    """Filters of the sample list."""

    q = forms.CharField(label="Name or NPI", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any status"), *SampleStatus.choices]
    )
    department = forms.ChoiceField(
        label="Department",
        required=False,
        choices=[("", "Any department"), ("surgery", "Surgery"), ("medicine", "Medicine")],
    )
    late = forms.BooleanField(label="Late only", required=False)


@dataclass
class SampleFile:
    """A row of the sample list."""

    uid: str
    name: str
    npi: str
    department: str
    status: SampleStatus
    due: dt.date | None
    waiting_for: str
    items: int
    checks: Outcome


@dataclass
class SampleFilter:
    """What ``build_listing`` needs of a filter set."""

    form: forms.Form
    rows: list[SampleFile] = field(default_factory=list)

    @property
    def qs(self) -> list[SampleFile]:
        """The rows that fit."""
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        return [
            row
            for row in self.rows
            if (asked.get("q") or "").lower() in f"{row.name} {row.npi}".lower()
            and asked.get("status") in (None, "", row.status.value)
            and (not asked.get("department") or asked["department"] == row.department.lower())
            and (not asked.get("late") or (row.due is not None and row.due < TODAY))
        ]


NAMES = (
    ("Adaeze Okonkwo", "Surgery"),
    ("Bartholomew Quillfeather", "Medicine"),
    ("Catalina Vásquez-Ibarra", "Surgery"),
    ("Demetrios Papalexandrou", "Anesthesia"),
    ("Esperanza Lindqvist", "Emergency medicine"),
    ("Farrukh Nazarbekov", "Radiology"),
    ("Guinevere Achterberg", "Obstetrics and gynecology"),
    ("Hironobu Takemitsu", "Surgery"),
)

SAMPLE_TABLE = Table(
    caption="Files in progress",
    order="due",
    row_url=lambda row: "../file/",
    row_class=lambda row: "row-muted" if row.status is SampleStatus.DRAFT else "",
    bulk=(
        Action("Assign", url="", icon="user-check", method="post"),
        Action(
            "Send reminder", url="", icon="send", method="post", confirm="Send a reminder to each of them?"
        ),
    ),
    columns=(
        Column("name", "Practitioner", kind="person", sort="name"),
        Column("npi", "NPI", kind="code"),
        Column("department", "Department", sort="department", narrow=False),
        Column("status", "Status", kind="badge", sort="status"),
        Column("checks", "Criteria", kind="verdict", narrow=False),
        Column("items", "Items", kind="number", sort="items", narrow=False),
        Column("due", "Due", kind="day", sort="due"),
        Column("waiting_for", "Waiting for"),
    ),
)


def sample_files() -> list[SampleFile]:
    """Sixty files in every state."""
    statuses, outcomes = list(SampleStatus), list(Outcome)
    rows = []
    for number in range(60):
        name, department = NAMES[number % len(NAMES)]
        rows.append(
            SampleFile(
                uid=f"file-{number}",
                name=f"{name}, {'MD' if number % 3 else 'DO'}",
                npi=f"{1003000126 + number * 7919:010d}"[:10],
                department=department,
                status=statuses[number % 6],
                due=TODAY + dt.timedelta(days=number * 3 - 12) if number % 7 else None,
                waiting_for=("Dr. Ines Calloway, chair", "you", "Credentials committee")[number % 3],
                items=number * 31 % 47,
                checks=outcomes[number % 4],
            )
        )
    return rows


def sample_verdict() -> Verdict:
    """A gate with every outcome, evidence, citations and a nested branch."""
    licence = EvidenceRef("e1", "License look-up of the state board, 4 Mar 2026", "#evidence")
    return Verdict(
        outcome=Outcome.NOT_MET,
        code="gate.complete",
        title="Complete the file",
        sentence="Two required elements are not found out yet.",
        children=(
            Verdict(
                outcome=Outcome.MET,
                code="licence.state",
                title="License in the state of the facility",
                sentence="California A 104 223, active, until 30 Jun 2026.",
                facts={
                    "licence_number": "A 104 223",
                    "state": "CA",
                    "status": "active",
                    "last_day": dt.date(2026, 6, 30),
                    "verified_on": dt.date(2026, 3, 4),
                },
                evidence=(licence,),
                citation="Bylaws 4.2(a); Medical Staff Policy 12",
                confidence="confirmed",
                since=dt.date(2026, 3, 4),
            ),
            Verdict(
                outcome=Outcome.UNKNOWN,
                code="npdb.query",
                title="Data bank query",
                sentence="No query of this entity is on record.",
                facts={"entity": "Harbor Point Medical Center", "last_query": None},
                citation="45 CFR 60.17",
                confidence="secondary",
                cure="Log the query: date, document control number, one-time or continuous.",
                due=TODAY + dt.timedelta(days=4),
            ),
            Verdict(
                outcome=Outcome.NOT_MET,
                code="references",
                title="Peer references",
                sentence="1 of 2 references has been received.",
                cure="Ask Dr. Marguerite Oyelaran again; two reminders went out.",
                bound_by="Medical Staff Policy 12 (2 references; the standard asks for 1)",
                citation="Bylaws 4.3",
                children=(
                    Verdict(
                        outcome=Outcome.MET,
                        code="reference.1",
                        title="Dr. Tobias Wrenfield",
                        sentence="Received 28 Feb 2026, recommends without reservation.",
                        evidence=(EvidenceRef("e2", "Reference form, signed"),),
                    ),
                    Verdict(
                        outcome=Outcome.NOT_MET,
                        code="reference.2",
                        title="Dr. Marguerite Oyelaran",
                        sentence="Asked on 12 Feb 2026, no answer.",
                        facts={"asked": dt.date(2026, 2, 12), "reminders": 2},
                    ),
                ),
            ),
            Verdict(
                outcome=Outcome.NOT_APPLICABLE,
                code="dea",
                title="DEA registration",
                sentence="No requested privilege needs one.",
            ),
            Verdict(
                outcome=Outcome.MET,
                code="exclusion",
                title="Exclusion lists",
                sentence="Checked under 3 names on 9 Mar 2026: nothing found.",
                facts={
                    "names": ["Adaeze Okonkwo", "Adaeze Nwosu", "A. N. Okonkwo"],
                    "list_of": "February 2026",
                },
                evidence=(EvidenceRef("e3", "Screening run 9 Mar 2026", "#evidence"),),
                citation="42 USC 1320a-7",
            ),
        ),
    )


def criteria(outcome: Outcome) -> Verdict:
    """The criteria of one requested line."""
    return Verdict(
        outcome=outcome,
        code="criteria",
        title="Criteria for this privilege",
        sentence="All met." if outcome == Outcome.MET else "Fewer cases than asked for.",
        children=(
            Verdict(Outcome.MET, "degree", "Degree", "MD, verified."),
            Verdict(
                outcome,
                "volume",
                "Case volume",
                "8 of 10 cases in the last 24 months." if outcome != Outcome.MET else "62 of 50 cases.",
                facts={"cases": 8, "needed": 10, "months": 24},
                cure="A condition: the first five cases with a proctor." if outcome != Outcome.MET else "",
            ),
        ),
    )


def review_lines(data: Any = None) -> list[dict[str, Any]]:
    """Three lines to recommend; with ``data`` the forms are bound."""
    earlier = [
        {
            "who": "Department chair",
            "outcome": SampleRecommendation.CHANGES,
            "note": "First five with a proctor.",
        }
    ]
    lines: list[dict[str, Any]] = [
        {
            "title": "General surgery core",
            "code": "GS-CORE",
            "kind": "core",
            "detail": "Struck by the applicant: parathyroidectomy.",
            "verdict": criteria(Outcome.MET),
        },
        {
            "title": "Robotic-assisted surgery",
            "code": "GS-ROBOT",
            "kind": "special",
            "verdict": criteria(Outcome.NOT_MET),
            "earlier": earlier,
        },
        {
            "title": "Moderate sedation",
            "code": "SED-MOD",
            "kind": "special",
            "verdict": criteria(Outcome.UNKNOWN),
        },
    ]
    for number, line in enumerate(lines):
        form = LineForm(data, prefix=f"line-{number}")
        form.fields["outcome"].label = line["title"]  # the error summary names the line by it
        line["form"] = form
    return lines


def components(request: HttpRequest) -> dict[str, Any]:
    """What the page of all components shows."""
    wrong = SampleForm({"npi": "123", "note": "Seen at the front desk."})
    wrong.is_valid()
    if "npi" in wrong.errors:
        del wrong.errors["npi"]
    wrong.add_error("npi", "An NPI has ten digits; this one has three.")
    wrong.add_error(None, "Another file for the same NPI is open; close that one first.")
    verdict = sample_verdict()
    plain = Table(columns=SAMPLE_TABLE.columns[:6], caption="A short table")
    return {
        "page_badge": SampleStatus.VERIFYING,
        "person": "Adaeze Okonkwo",
        "subtitle": "Surgery, initial appointment, NPI 1003000126",
        "crumbs": [Crumb("Applications", "../list/"), Crumb("Adaeze Okonkwo, MD")],
        "actions": [
            Action("Print", url="#", icon="printer"),
            Action("Withdraw", url="", kind="danger", method="post", confirm="Withdraw this application?"),
            Action("Send to the chair", url="", kind="primary", icon="send", method="post"),
        ],
        "tabs": [
            Tab("Overview", "", active=True),
            Tab("Verification", "#", count=14),
            Tab("Privileges", "#", count=3),
            Tab("Documents", "#", count=0),
            Tab("History", "#"),
        ],
        "waiting_for": {
            "actor": "Dr. Ines Calloway",
            "role": "department chair",
            "since": TODAY - dt.timedelta(days=3),
            "url": "#",
        },
        "statuses": list(SampleStatus),
        "outcomes": [Verdict(outcome, "x", "x", "x") for outcome in Outcome],
        "stats": [
            {"label": "Files in progress", "value": 42, "trend": [31, 34, 33, 38, 36, 42], "url": "#"},
            {
                "label": "Expire within 30 days",
                "value": 7,
                "colour": "warn",
                "hint": "3 licenses, 4 certificates",
            },
            {"label": "Late", "value": 2, "colour": "bad", "hint": "oldest 9 days"},
            {"label": "Median days to decision", "value": 61, "hint": "was 74 a year ago"},
        ],
        "queue": {
            "label": "Verification to do",
            "icon": "checklist",
            "count": 3,
            "url": "#",
            "items": [
                {
                    "label": "License of Adaeze Okonkwo",
                    "url": "#",
                    "detail": "California, initial appointment",
                    "due": TODAY - dt.timedelta(days=2),
                },
                {
                    "label": "Peer reference for Farrukh Nazarbekov",
                    "url": "#",
                    "due": TODAY + dt.timedelta(days=5),
                    "blocked_by": "Dr. Marguerite Oyelaran",
                },
                {
                    "label": "Residency of Hironobu Takemitsu",
                    "url": "#",
                    "since": TODAY - dt.timedelta(days=16),
                },
            ],
        },
        "quiet_queue": {"label": "Screening matches", "icon": "user-search", "count": 0, "items": []},
        "facts": [
            ("NPI", "1003000126"),
            ("Date of first license", dt.date(2014, 7, 1)),
            {"label": "Status", "value": "", "badge": SampleStatus.COMPLETE},
            {"label": "Appointment ends", "value": "", "day": TODAY + dt.timedelta(days=200)},
            ("Languages", ["English", "Igbo"]),
            ("Former name", None),
        ],
        "form": SampleForm(),
        "wrong_form": wrong,
        "verdict": verdict,
        "gate_action": Action("Complete the file", url="", kind="primary", method="post"),
        "open_gate": criteria(Outcome.MET),
        "steps": [
            {
                "label": "Department chair",
                "state": "done",
                "who": "Dr. Ines Calloway",
                "when": TODAY - dt.timedelta(days=20),
                "outcome": SampleRecommendation.CHANGES,
                "note": "One condition.",
            },
            {
                "label": "Credentials committee",
                "state": "current",
                "who": "meets",
                "when": TODAY + dt.timedelta(days=6),
            },
            {"label": "Medical executive committee", "state": "waiting"},
            {"label": "Board", "state": "waiting"},
        ],
        "events": [
            {
                "when": dt.datetime(2026, 3, 9, 15, 4, tzinfo=dt.UTC),
                "text": "Exclusion lists screened: nothing found",
                "who": "nightly run",
                "icon": "shield-check",
                "colour": "good",
            },
            {
                "when": dt.datetime(2026, 3, 4, 9, 41, tzinfo=dt.UTC),
                "text": "License verified with the state board",
                "who": "Ruth Abernathy",
                "icon": "license",
                "colour": "info",
                "detail": "Looked up on the board's site; page kept as evidence.",
            },
            {
                "when": dt.datetime(2026, 2, 12, 11, 0, tzinfo=dt.UTC),
                "text": "References asked for",
                "who": "Ruth Abernathy",
            },
        ],
        "tally": SimpleNamespace(
            for_count=6,
            against_count=1,
            abstain_count=0,
            recused=["Dr. Tobias Wrenfield"],
            present_count=8,
            quorum_count=5,
            quorum_met=True,
            carried=True,
            rule="Quorum: half of the 9 voting members. Majority of the votes cast.",
        ),
        "vote_choices": [
            ("for", "For", "good"),
            ("against", "Against", "bad"),
            ("abstain", "Abstain", "neutral"),
            ("recuse", "I recuse myself", "warn"),
        ],
        "expirations": [
            ("Mar", 7, "bad"),
            ("Apr", 12, "warn"),
            ("May", 9),
            ("Jun", 31),
            ("Jul", 14),
            ("Aug", 6),
            ("Sep", 0),
            ("Oct", 11),
        ],
        "weekly": [4, 6, 5, 9, 7, 12, 11, 13],
        "empty": Empty(
            "No applications yet.",
            "An application begins with a practitioner. Find one, then choose “New application”.",
            Action("Find a practitioner", url="#", kind="primary", icon="search"),
            icon="folder",
        ),
        "plain": build_table(plain, sample_files()[:4]),
        "listing": build_listing(request, SAMPLE_TABLE, sample_files()),
        "results": [
            {
                "label": "Practitioners",
                "items": [
                    {
                        "label": "Adaeze Okonkwo, MD",
                        "initials_of": "Adaeze Okonkwo",
                        "url": "#",
                        "detail": "Surgery, NPI 1003000126, formerly Nwosu",
                        "badge": "Active",
                        "colour": "good",
                    },
                ],
            },
            {
                "label": "Applications",
                "items": [
                    {
                        "label": "Okonkwo, initial appointment",
                        "url": "#",
                        "detail": "since 12 Feb 2026",
                        "icon": "folder",
                    }
                ],
            },
        ],
    }


ANSWERS = (
    {
        "outcome": "yes",
        "question": "May Dr. Adaeze Okonkwo perform an open cholecystectomy at Harbor Point on 12 Mar 2026?",
        "conditions": ["The first five cases with a proctor present (2 of 5 done)."],
        "since": dt.date(2025, 11, 20),
        "until": dt.date(2027, 11, 19),
        "authority": "Board of Directors, 19 Nov 2025, item 4",
        "authority_url": "#",
        "checks": criteria(Outcome.MET),
    },
    {
        "outcome": "no",
        "question": "May Dr. Farrukh Nazarbekov place a central line at Harbor Point on 12 Mar 2026?",
        "reasons": ["Not authorized since 1 Mar 2026: the license ran out on 28 Feb 2026."],
        "since": dt.date(2026, 3, 1),
        "contact": CALL,
    },
    {
        "outcome": "unknown",
        "question": "May Dr. Esperanza Lindqvist give moderate sedation at Harbor Point on 12 Mar 2026?",
        "reasons": ["Advanced life support: the card on file could not be verified."],
        "contact": CALL,
    },
)


def gallery(request: HttpRequest, show: str = "components") -> HttpResponseBase:
    """One page of the gallery: components, list, empty, review, wrong (refused), lookup, entrance."""
    common: dict[str, Any] = {
        "today": TODAY,
        "notice": "Gallery of page parts. Every name is invented.",
        "condition_when": "changes",
        "reason_when": "decline defer",
    }
    if show == "components":
        return render_page(
            request, "gallery.html", {**common, "title": "Adaeze Okonkwo, MD", **components(request)}
        )
    if show in ("list", "empty"):
        rows = sample_files() if show == "list" else []
        return render_list(
            request,
            SAMPLE_TABLE,
            rows,
            title="Applications",
            subtitle="Files of this facility, from the first draft to the decision",
            filterset=SampleFilter(FilterForm(request.GET or {}), rows),
            noun="file",
            actions=[Action("New application", url="#", kind="primary", icon="plus")],
            empty=components(request)["empty"],
            context=common,
        )
    if show in ("review", "wrong"):
        data = (
            {"line-0-outcome": "recommend", "line-1-outcome": "changes", "line-2-reason": ""}
            if show == "wrong"
            else None
        )
        lines = review_lines(data)
        if data:
            lines[1]["form"].add_error("condition", "Say which condition you recommend.")
        return render_page(
            request,
            "gallery_review.html",
            {
                **common,
                "title": "Adaeze Okonkwo, MD",
                "subtitle": "Initial appointment, Surgery",
                "person": "Adaeze Okonkwo",
                "page_badge": SampleStatus.COMPLETE,
                "crumbs": [Crumb("To review", "#"), Crumb("Adaeze Okonkwo, MD")],
                "waiting_for": {"actor": "you", "role": "department chair", "since": TODAY},
                "lines": lines,
                "forms": [line["form"] for line in lines] if data else [],
            },
        )
    if show == "lookup":
        return render_page(
            request, "gallery_lookup.html", {**common, "title": "May they do this?", "answers": ANSWERS}
        )
    if show == "entrance":
        return render_page(request, "gallery_entrance.html", {**common, "form": SampleForm()})
    raise Http404
