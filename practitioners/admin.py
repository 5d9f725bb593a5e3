"""The admin of this room: kinds of credentials are edited, taxonomy codes looked at; people only by those
who may see their files.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from config.accounts.administration import FileAdmin
from config.kernel.administration import PERIOD_FIELDS, ReadOnlyAdmin, ReadOnlyInline, ReferenceAdmin
from config.kernel.errors import Refused
from practitioners import models
from practitioners.forms.claims import ClaimForm
from practitioners.forms.credential_types import (
    KindForm,
    RowFormSet,
    initial_of,
    initial_rows,
    values_of,
)
from practitioners.rules.credential_schema import mistakes_in_rows
from practitioners.services.credential_types import configure_credential_type, mistakes_of


@admin.register(models.CredentialType)
class CredentialTypeAdmin(ReferenceAdmin):
    """Kinds of credentials with the fields that are recorded of them; written by the service."""

    list_display = ("name", "code", "category", "order", "expires", "active")
    list_filter = ("category", "active")
    search_fields = ("name", "code")

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """The form in words people use, with its fields as rows and a preview."""
        kind = self.get_object(request, object_id) if object_id else None
        if object_id and kind is None:
            raise Http404
        allowed = self.has_change_permission(request, kind) if kind else self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied
        return _kind_page(self, request, kind)


def _kind_page(model_admin: CredentialTypeAdmin, request: HttpRequest, kind: models.CredentialType | None):
    """Ask, show how it will look, or save."""
    if request.method == "POST":
        form, rows = KindForm(request.POST), RowFormSet(request.POST, prefix="rows")
        _keep_code(form, kind)
        values = _checked(form, rows, kind)
        if values is not None and "_preview" not in request.POST:
            try:
                saved = configure_credential_type(actor=request.user, kind=kind, **values)
            except Refused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
                values = None
            else:
                messages.success(request, f"Saved: {saved.name}. It can be recorded from now on.")
                return HttpResponseRedirect(reverse("admin:practitioners_credentialtype_changelist"))
    else:
        form = KindForm(initial=initial_of(kind) if kind else None)
        rows = RowFormSet(prefix="rows", initial=initial_rows(kind) if kind else None)
        _keep_code(form, kind)
        values = None
    shown = models.CredentialType(**values) if values else kind if request.method != "POST" else None
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": models.CredentialType._meta,
        "title": kind.name if kind else "Add a kind of credential",
        "kind": kind,
        "form": form,
        "rows": rows,
        "preview": ClaimForm(kind=shown, prefix="preview") if shown else None,
        "back": reverse("admin:practitioners_credentialtype_changelist"),
    }
    wrong = request.method == "POST" and values is None
    return TemplateResponse(request, "admin/credential_kind.html", context, status=422 if wrong else 200)


def _keep_code(form: KindForm, kind: models.CredentialType | None) -> None:
    """The code of a kind stays: rules and imports know it by that."""
    if kind is not None:
        form.fields["code"].disabled = True
        form.initial["code"] = kind.code


def _checked(form: KindForm, rows: Any, kind: models.CredentialType | None) -> dict[str, Any] | None:
    """What to save, or None with every mistake at its field."""
    if not (form.is_valid() & rows.is_valid()):
        return None
    filled = [each for each in rows.forms if each.row is not None]
    wrong = mistakes_in_rows([each.row for each in filled])
    for problem in wrong:
        filled[int(str(problem.field).removeprefix("row-"))].add_error(None, problem.sentence)
    if wrong:
        return None
    values = values_of(form, [each.row for each in filled], kind.fields if kind else {})
    found = mistakes_of(kind, values["code"], {key: each for key, each in values.items() if key != "code"})
    for problem in found:
        form.add_error(problem.field if problem.field in form.fields else None, problem.sentence)
    return None if found else values


@admin.register(models.TaxonomyCode)
class TaxonomyCodeAdmin(ReadOnlyAdmin):
    """Codes of the provider taxonomy, as loaded by import_nucc."""

    list_display = ("code", "display_name", "classification", "specialization", "section", "retired")
    list_filter = ("retired", "section")
    search_fields = ("code", "display_name", "classification", "specialization")


class Locations(ReadOnlyInline):
    """Offices of a group."""

    model = models.PracticeLocation
    fields = ("name", "line_1", "city", "state", "phone", "active")


@admin.register(models.PracticeGroup)
class PracticeGroupAdmin(ReadOnlyAdmin):
    """Practice groups and their offices, to look at; changed on their own pages, with an audit event."""

    list_display = ("name", "npi", "active")
    list_filter = ("active",)
    search_fields = ("name", "npi")
    inlines = (Locations,)


class Names(ReadOnlyInline):
    """Every name used."""

    model = models.PractitionerName
    fields = (
        "kind",
        "last_name",
        "first_name",
        "middle_name",
        "suffix",
        "used_from",
        "used_until",
        "said_by",
    )


class Identifiers(ReadOnlyInline):
    """Numbers other than the NPI."""

    model = models.Identifier
    fields = ("kind", "value", "issuer", "state", "said_by")


class Specialties(ReadOnlyInline):
    """Stated specialties."""

    model = models.PractitionerTaxonomy
    fields = ("taxonomy", "primary", "said_by")


@admin.register(models.Practitioner)
class PractitionerAdmin(FileAdmin):
    """People. Their birth date is left out: it is identity data. Changes are made in the file."""

    list_display = ("display_name", "npi", "provider_type", "created_at")
    list_filter = ("provider_type",)
    search_fields = ("sort_name", "npi", "names__search_key")
    fields = ("uid", "npi", "provider_type", "display_name", "user", "created_at")
    readonly_fields = fields
    inlines = (Names, Identifiers, Specialties)


class CredentialPeriods(ReadOnlyInline):
    """Everything ever said of a credential."""

    model = models.CredentialPeriod
    fields = ("standing", "status", "said_by", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.Credential)
class CredentialAdmin(FileAdmin):
    """Credentials of people."""

    list_display = ("practitioner", "credential_type", "state", "number", "issuer")
    list_select_related = ("practitioner", "credential_type")
    list_filter = ("credential_type", "state")
    search_fields = ("number_key", "number", "practitioner__sort_name")
    inlines = (CredentialPeriods,)


@admin.register(models.Evidence)
class EvidenceAdmin(FileAdmin):
    """Places in the chains. Titles and summaries are shown in the file, to people who may see the class."""

    list_display = ("practitioner", "sequence", "data_class", "obtained_at", "hash")
    list_select_related = ("practitioner",)
    list_filter = ("data_class", "source_kind", "method")
    search_fields = ("hash", "practitioner__sort_name")
    fields = ("uid", "practitioner", "sequence", "data_class", "obtained_at", "previous_hash", "hash")
    date_hierarchy = "obtained_at"
