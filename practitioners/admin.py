"""The admin of this room: kinds of credentials are edited, taxonomy codes looked at; people only by those
who may see their files.
"""

from django.contrib import admin

from config.accounts.administration import FileAdmin
from config.kernel.administration import PERIOD_FIELDS, ReadOnlyAdmin, ReadOnlyInline, ReferenceAdmin
from practitioners import models


@admin.register(models.CredentialType)
class CredentialTypeAdmin(ReferenceAdmin):
    """Kinds of credentials with the schema of what is recorded of them."""

    list_display = ("name", "code", "category", "order", "expires", "active")
    list_filter = ("category", "active")
    search_fields = ("name", "code")

    def get_readonly_fields(self, request, obj=None):
        """The code stays: rules and imports know the kind by it."""
        return ("code",) if obj else ()


@admin.register(models.TaxonomyCode)
class TaxonomyCodeAdmin(ReadOnlyAdmin):
    """Codes of the provider taxonomy, as loaded by import_nucc."""

    list_display = ("code", "display_name", "classification", "specialization", "section", "retired")
    list_filter = ("retired", "section")
    search_fields = ("code", "display_name", "classification", "specialization")


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
