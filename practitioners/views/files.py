"""The file of a practitioner: who they are, what is said of them, what was done."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class, require_class
from config.audit.models import AuditEvent
from config.audit.services.events import record_protected_read
from config.kernel.display.words import plural_text
from config.kernel.pages import go_to, render_page, stream_file
from config.kernel.registries import StatusFact
from practitioners import links
from practitioners.choices import ContactKind, NameKind
from practitioners.forms.contact_log import ContactForm
from practitioners.models import Practitioner
from practitioners.selectors.canonical import canonical_of, records_of
from practitioners.selectors.completeness import judge_record
from practitioners.selectors.file import (
    PanelGroup,
    at_a_glance,
    attach_acts,
    credential_rows,
    events_of,
    head_by_place,
    panel_views,
    panels_for,
    papers_of,
    read_person_parts,
    runs_out,
)
from practitioners.selectors.people import get_practitioner
from practitioners.selectors.protected import ssn_ending
from practitioners.selectors.provenance import conflicts_of
from practitioners.selectors.registry import deactivations
from practitioners.selectors.withdrawn import withdrawn_record
from practitioners.services.complete_export import export_file
from practitioners.views.shared import crumbs_of, find_practitioner, head_of, today_at

#: What follows the file, and the name of the address it is fetched from.
MORE = {
    PanelGroup.PRIVILEGES: "practitioners:more_privileges",
    PanelGroup.OFFICE: "practitioners:more_office",
}


@login_required
@require_GET
def practitioner_file(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Everything about one person at a glance, and the ways to change it."""
    practitioner = get_practitioner(viewer=request.user, uid=uid)
    if practitioner is None:
        return _withdrawn(request, uid)
    records = records_of(practitioner)
    if records.into is not None:
        return _to_person(request, practitioner, records.into.canonical, links.practitioner)
    today = today_at(request)
    kinds = credential_rows(records, today)
    attach_acts(request.user, practitioner, kinds)
    read_person_parts(records)
    next_to_run_out, run_out = runs_out(kinds, today)
    page = head_of(request, practitioner, tab="file")
    conflicts = conflicts_of(
        request.user, practitioner, [row.credential for kind in kinds for row in kind.credentials]
    )
    still_open = sum(one.open for one in conflicts)
    if still_open:
        page["badges"] = [StatusFact("", plural_text(still_open, "open conflict"), "bad")]
    page |= {
        "conflicts": conflicts,
        "open_conflicts": still_open,
        "ssn_ending": ssn_ending(request.user, practitioner),
        "places": head_by_place(request.user, practitioner, today),
        "next_to_run_out": next_to_run_out,
        "run_out": run_out,
        "glance": at_a_glance(kinds),
        "kinds": kinds,
        "merged": records.merged,
        "panels": _panels(request, practitioner, today, PanelGroup.FILE),
        "following": [
            {"url": reverse(MORE[group], args=[practitioner.uid]), "id": _place(group), "words": group.words}
            for group in MORE
            if panels_for(request.user, group)
        ],
        "names": sorted(practitioner.names.all(), key=lambda name: (name.kind != NameKind.LEGAL, name.pk)),
        "contacts": list(practitioner.contact_points.all()),
        "deactivation": deactivations([practitioner.pk]).first() if practitioner.deactivated_by else None,
        "missing_contacts": _missing_contacts(practitioner),
        "identifiers": list(practitioner.identifiers.all()),
        "specialties": list(practitioner.taxonomies.all()),
        "log_form": ContactForm(today=today),
        "sees_birth_date": may_see_class(request.user, DataClass.IDENTITY),
    }
    return render_page(request, "practitioners/file.html", page)


def _withdrawn(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What a withdrawn record said, who withdrew it and why; 404 where there is none for the reader."""
    record = withdrawn_record(viewer=request.user, uid=uid)
    if record is None:
        raise Http404
    person = record.practitioner
    page = {
        "title": person.display_name,
        "subtitle": person.get_provider_type_display(),
        "crumbs": crumbs_of(person),
        "badges": [StatusFact("", "Withdrawn", "warn")],
        "practitioner": person,
        "reason": record.reason,
        "names": [name for name in person.names.all() if name.kind != NameKind.LEGAL],
        "claims": record.claims,
    }
    return render_page(request, "practitioners/withdrawn.html", page)


@login_required
@require_GET
def more(request: HttpRequest, uid: uuid.UUID, group: PanelGroup) -> HttpResponse:
    """What the other rooms add beside the file: fetched once the file is there, or a page of its own."""
    practitioner = find_practitioner(request, uid)
    page = head_of(request, practitioner, tab="file")
    page["panels"] = _panels(request, practitioner, today_at(request), group)
    return render_page(
        request,
        "practitioners/more.html",
        page,
        part=_place(group),
        part_template="practitioners/parts/panels.html",
    )


def _place(group: PanelGroup) -> str:
    """Where in the file the group is put."""
    return f"more-{group.name.lower()}"


def _to_person(
    request: HttpRequest, record: Practitioner, person: Practitioner, link: Callable[[Practitioner], str]
) -> HttpResponse:
    """On to the record that stands for the person, with a word about why."""
    number = f" (NPI {record.npi})" if record.npi else ""
    messages.info(request, f"The record of {record}{number} was merged into this one.")
    return go_to(request, link(person))


def _panels(
    request: HttpRequest, practitioner: Practitioner, today: dt.date, group: PanelGroup
) -> list[dict[str, Any]]:
    """What the other rooms add, rendered by their own templates."""
    return [
        {
            "code": view.panel.code,
            "title": view.panel.title,
            "html": render_to_string(
                view.panel.template, {"today": today, "practitioner": practitioner, **view.context}, request
            ),
        }
        for view in panel_views(request.user, practitioner, today, group)
    ]


def _missing_contacts(practitioner) -> list[ContactKind]:
    known = {point.kind for point in practitioner.contact_points.all()}
    return [kind for kind in ContactKind if kind not in known]


COMPLETENESS = "completeness"


@login_required
@require_GET
def completeness(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Whether the record holds what is expected and what it says fits together; the file fetches it."""
    practitioner = find_practitioner(request, uid)
    page = head_of(request, practitioner, tab="file")
    page["verdict"] = judge_record(request.user, practitioner, today_at(request))
    return render_page(
        request,
        "practitioners/completeness.html",
        page,
        part=COMPLETENESS,
        part_template="practitioners/parts/completeness.html",
    )


@login_required
@require_POST
def birth_date(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The birth date, for people whose roles open identity data; that they looked is logged."""
    practitioner = find_practitioner(request, uid)
    require_class(request.user, DataClass.IDENTITY)
    record_protected_read(
        actor=request.user,
        data_class=DataClass.IDENTITY,
        subject_kind="practitioners.practitioner",
        subject_uid=practitioner.uid,
        practitioner=practitioner,
        reason="Birth date shown",
    )
    return render(request, "practitioners/parts/birth_date.html", {"birth_date": practitioner.birth_date})


@login_required
@require_GET
def papers(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Documents, evidence and letters in the classes the reader's roles open."""
    practitioner = find_practitioner(request, uid)
    records = records_of(practitioner)
    if records.into is not None:
        return _to_person(request, practitioner, records.into.canonical, links.papers)
    page = head_of(request, practitioner, tab="papers")
    page["papers"] = papers_of(request.user, records)
    return render_page(request, "practitioners/papers.html", page)


@login_required
@require_POST
def export(request: HttpRequest, uid: uuid.UUID) -> HttpResponseBase:
    """The complete file as a zip, without what is of a protected class; recorded."""
    practitioner = find_practitioner(request, uid)
    file = export_file(actor=request.user, practitioner=canonical_of(practitioner))
    name = f"{slugify(practitioner.display_name)}-{today_at(request):%Y-%m-%d}.zip"
    return stream_file(file, name=name, media_type="application/zip")


def _told(event: AuditEvent, practitioner: Practitioner) -> str:
    """What an entry is about and why: the kind of thing where the subject is only the person again."""
    label = event.subject_label
    if label == practitioner.display_name:
        kinds = [str(event.data.get("kind", "")), *map(str, event.data.get("fields", ()))]
        label = ", ".join(kind.replace("_", " ").capitalize() for kind in kinds if kind)
    return ". ".join(part for part in (label, event.reason) if part)


@login_required
@require_GET
def history(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Who did what in this file and why, newest first."""
    practitioner = find_practitioner(request, uid)
    records = records_of(practitioner)
    if records.into is not None:
        return _to_person(request, practitioner, records.into.canonical, links.history)
    page = head_of(request, practitioner, tab="history")
    if not page["powers"].history:
        raise Http404
    page["events"] = [
        {
            "when": event.at,
            "text": f"{event.verb.replace('.', ': ').replace('_', ' ').capitalize()}",
            "who": event.actor_name,
            "detail": _told(event, practitioner),
        }
        for event in events_of(records)
    ]
    return render_page(request, "practitioners/history.html", page)
