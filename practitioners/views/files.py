"""The file of a practitioner: who they are, what is said of them, what was done."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class, require_class
from config.audit.services.events import record_protected_read
from config.kernel.pages import render_page
from practitioners.choices import ContactKind, NameKind
from practitioners.models import Practitioner
from practitioners.selectors.file import (
    at_a_glance,
    credential_rows,
    events_of,
    panel_views,
    papers_of,
    person_parts,
)
from practitioners.selectors.people import facts_of
from practitioners.views.shared import find_practitioner, head_of, today_at

#: Panels up to this order stand beside what a caller asks first; the others in the column on the right.
MAIN_PANELS = 50


@login_required
@require_GET
def practitioner_file(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Everything about one person at a glance, and the ways to change it."""
    practitioner = find_practitioner(request, uid)
    today = today_at(request)
    kinds = credential_rows(practitioner, today)
    views = _panels(request, practitioner, today)
    person = person_parts(practitioner)
    page = head_of(request, practitioner, tab="file")
    page |= {
        "facts": facts_of(request.user, [practitioner.pk], today).get(practitioner.pk, []),
        "glance": at_a_glance(kinds),
        "kinds": kinds,
        "main_panels": [view for view in views if view["order"] <= MAIN_PANELS],
        "side_panels": [view for view in views if view["order"] > MAIN_PANELS],
        "names": sorted(person.names.all(), key=lambda name: (name.kind != NameKind.LEGAL, name.pk)),
        "contacts": list(person.contact_points.all()),
        "missing_contacts": _missing_contacts(person),
        "identifiers": list(person.identifiers.all()),
        "specialties": list(person.taxonomies.all()),
        "sees_birth_date": may_see_class(request.user, DataClass.IDENTITY),
    }
    return render_page(request, "practitioners/file.html", page)


def _panels(request: HttpRequest, practitioner: Practitioner, today: dt.date) -> list[dict[str, Any]]:
    """What the other rooms add, rendered by their own templates."""
    return [
        {
            "code": view.panel.code,
            "title": view.panel.title,
            "order": view.panel.order,
            "html": render_to_string(
                view.panel.template, {"today": today, "practitioner": practitioner, **view.context}, request
            ),
        }
        for view in panel_views(request.user, practitioner, today)
    ]


def _missing_contacts(person) -> list[ContactKind]:
    known = {point.kind for point in person.contact_points.all()}
    return [kind for kind in ContactKind if kind not in known]


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
    page = head_of(request, practitioner, tab="papers")
    page["papers"] = papers_of(request.user, practitioner)
    return render_page(request, "practitioners/papers.html", page)


@login_required
@require_GET
def history(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Who did what in this file and why, newest first."""
    practitioner = find_practitioner(request, uid)
    page = head_of(request, practitioner, tab="history")
    if not page["powers"].history:
        raise Http404
    page["events"] = [
        {
            "when": event.at,
            "text": f"{event.verb.replace('.', ': ').replace('_', ' ').capitalize()}",
            "who": event.actor_name,
            "detail": " ".join(part for part in (event.subject_label, event.reason) if part),
        }
        for event in events_of(practitioner)
    ]
    return render_page(request, "practitioners/history.html", page)
