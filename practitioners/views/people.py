"""Correcting who a person is."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class
from config.audit.services.events import record_protected_read
from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form, go_to, render_invalid, render_page, render_refused
from practitioners import links
from practitioners.choices import ContactKind, NameKind
from practitioners.forms.people import (
    CONTACT_FORMS,
    NameForm,
    PersonForm,
    ReasonForm,
    SpecialtiesForm,
)
from practitioners.models import TaxonomyCode
from practitioners.services import people
from practitioners.views.shared import crumbs_of, find_to_change

EDIT = "practitioners.edit"
FORM = "pages/form.html"


@login_required
@require_http_methods(["GET", "POST"])
def edit_person(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct NPI, type, birth date, sex and languages."""
    practitioner = find_to_change(request, uid, EDIT)
    sees_birth_date = may_see_class(request.user, DataClass.IDENTITY)
    initial = {
        name: getattr(practitioner, name)
        for name in ("npi", "provider_type", "birth_date", "sex", "languages")
    }
    form = PersonForm(request.POST or None, initial=initial, with_birth_date=sees_birth_date)
    page = {
        "title": "Correct the person",
        "crumbs": crumbs_of(practitioner, "Correct"),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        if sees_birth_date and practitioner.birth_date:
            record_protected_read(
                actor=request.user,
                data_class=DataClass.IDENTITY,
                subject_kind="practitioners.practitioner",
                subject_uid=practitioner.uid,
                practitioner=practitioner,
                reason="Birth date shown for correction",
            )
        return render_page(request, FORM, page)
    if not form.is_valid():
        return render_invalid(request, FORM, page)
    try:
        people.correct_practitioner(actor=request.user, practitioner=practitioner, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    messages.success(request, "Saved.")
    return go_to(request, links.practitioner(practitioner))


# --- names ----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def add_name(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Add a former, maiden or other name, or a new legal one."""
    practitioner = find_to_change(request, uid, EDIT)
    form = NameForm(request.POST or None, initial={"kind": NameKind.FORMER})
    page = {
        "title": "Add a name",
        "intro": "Screening and search look at every name on file.",
        "crumbs": crumbs_of(practitioner, "Add a name"),
        "form": form,
        "submit": "Add name",
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        people.add_name(actor=request.user, practitioner=practitioner, **given)
        return Done("The name is on file.", links.practitioner(practitioner))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def edit_name(request: HttpRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """Correct how a name is written."""
    practitioner = find_to_change(request, uid, EDIT)
    name = get_object_or_404(practitioner.names, pk=pk)
    form = NameForm(
        request.POST or None,
        correcting=True,
        initial={
            field: getattr(name, field)
            for field in ("last_name", "first_name", "middle_name", "suffix", "used_from", "used_until")
        },
    )
    page = {
        "title": f"Correct the {name.get_kind_display().lower()}",
        "intro": "For typing errors. If the person took another name, add it instead.",
        "crumbs": crumbs_of(practitioner, "Correct a name"),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        people.correct_name(actor=request.user, name=name, **given)
        return Done("Saved.", links.practitioner(practitioner))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def remove_name(request: HttpRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """Take away a name that was never this person's."""
    practitioner = find_to_change(request, uid, EDIT)
    name = get_object_or_404(practitioner.names, pk=pk)
    form = ReasonForm(request.POST or None)
    page = {
        "title": "Remove a name",
        "crumbs": crumbs_of(practitioner, "Remove a name"),
        "question": f"Was “{name}” never a name of {practitioner}?",
        "consequence": "Screening and search no longer look at it. The history keeps it.",
        "form": form,
        "submit": "Remove the name",
        "danger": True,
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        people.remove_name(actor=request.user, name=name, **given)
        return Done("The name was removed.", links.practitioner(practitioner))

    return answer_form(request, page, act, template="pages/confirm.html")


# --- contact and specialties ----------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def set_contact(request: HttpRequest, uid: uuid.UUID, kind: str) -> HttpResponse:
    """Set an address, a phone number or the e-mail."""
    practitioner = find_to_change(request, uid, EDIT)
    if kind not in CONTACT_FORMS:
        raise Http404
    form_class = CONTACT_FORMS[kind]
    known = practitioner.contact_points.filter(kind=kind).first()
    initial = {name: getattr(known, name) for name in form_class.base_fields} if known else None
    form = form_class(request.POST or None, initial=initial)
    label = ContactKind(kind).label
    page = {
        "title": label,
        "crumbs": crumbs_of(practitioner, label),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        people.set_contact_point(actor=request.user, practitioner=practitioner, kind=kind, **given)
        return Done(f"{label} saved.", links.practitioner(practitioner))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def set_specialties(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Set the main specialty and further ones."""
    practitioner = find_to_change(request, uid, EDIT)
    rows = list(practitioner.taxonomies.select_related("taxonomy"))
    main = next((row for row in rows if row.primary), rows[0] if rows else None)
    initial = {
        "primary": f"{main.taxonomy_id} {main.taxonomy.display_name}" if main else "",
        "others": "\n".join(f"{row.taxonomy_id} {row.taxonomy.display_name}" for row in rows if row != main),
    }
    form = SpecialtiesForm(request.POST or None, initial=initial)
    template = "practitioners/specialties.html"
    page = {
        "title": "Specialties",
        "crumbs": crumbs_of(practitioner, "Specialties"),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practitioner(practitioner),
        "codes": TaxonomyCode.objects.filter(retired=False).exclude(section="Non-Individual"),
    }

    def act(given: dict) -> Done:
        people.set_taxonomies(
            actor=request.user,
            practitioner=practitioner,
            codes=form.codes,
            primary=given["primary"],
        )
        return Done("Saved.", links.practitioner(practitioner))

    return answer_form(request, page, act, template=template)
