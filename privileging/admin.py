"""The admin of this room: the catalogue's names are edited with history, all else is looked at.

What is granted is never edited; versions of forms are published and withdrawn by services.
"""

from django.contrib import admin

from config.accounts.administration import FileAdmin
from config.kernel.administration import PERIOD_FIELDS, ReadOnlyAdmin, ReadOnlyInline, ReferenceAdmin
from privileging import models


@admin.register(models.Privilege)
class PrivilegeAdmin(ReferenceAdmin):
    """Privileges: their names and descriptions."""

    list_display = ("name", "code")
    search_fields = ("name", "code")

    def get_readonly_fields(self, request, obj=None):
        """The code stays: wards, schedulers and grants point at it."""
        return ("code",) if obj else ()


@admin.register(models.PrivilegeForm)
class PrivilegeFormAdmin(ReferenceAdmin):
    """Forms, and the facilities that offer them."""

    list_display = ("name", "code", "example")
    search_fields = ("name", "code")
    filter_horizontal = ("facilities",)

    def get_readonly_fields(self, request, obj=None):
        """The code stays: catalogue files name the form by it."""
        return ("code",) if obj else ()


@admin.register(models.OPPEIndicator)
class OPPEIndicatorAdmin(ReferenceAdmin):
    """What is looked at in ongoing evaluation, with the limits the hospital sets."""

    list_display = ("name", "code", "kind", "per", "target", "trigger_at", "example", "retired")
    list_filter = ("kind", "retired", "forms")
    search_fields = ("name", "code")
    filter_horizontal = ("forms",)

    def get_readonly_fields(self, request, obj=None):
        """Code and kind stay: values delivered for it mean what they meant."""
        return ("code", "kind") if obj else ()


class FormLines(ReadOnlyInline):
    """What stands on a version of a form."""

    model = models.FormLine
    fields = ("kind", "order", "privilege", "criteria", "fppe", "settings", "resources")


@admin.register(models.PrivilegeFormVersion)
class PrivilegeFormVersionAdmin(ReadOnlyAdmin):
    """Versions of forms with their criteria."""

    list_display = ("form", "number", "status", "offered", "approved_by", "example")
    list_select_related = ("form",)
    list_filter = ("status", "form")
    inlines = (FormLines,)

    @admin.display(boolean=True, description="Example: your staff must approve it")
    def example(self, version):
        """Whether it is an example of ours that nobody has approved."""
        return version.is_example


class GrantPeriods(ReadOnlyInline):
    """Everything ever recorded of a grant."""

    model = models.GrantPeriod
    fields = ("conditions", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.Grant)
class GrantAdmin(FileAdmin):
    """Privileges granted."""

    list_display = ("practitioner", "privilege", "facility", "decided_on", "authority")
    list_select_related = ("practitioner", "privilege", "facility")
    list_filter = ("facility",)
    search_fields = ("practitioner__display_name", "practitioner__npi", "privilege__code")
    inlines = (GrantPeriods,)
