"""The admin of this room: categories and committees are edited with history, all else is only looked at."""

from django.contrib import admin

from bylaws import models
from config.accounts.administration import FileAdmin
from config.kernel.administration import PERIOD_FIELDS, ReadOnlyAdmin, ReadOnlyInline, ReferenceAdmin


@admin.register(models.StaffCategory)
class StaffCategoryAdmin(ReferenceAdmin):
    """Categories and their prerogatives."""

    list_display = ("name", "code", "admits", "carries_privileges")
    search_fields = ("name", "code")

    def get_readonly_fields(self, request, obj=None):
        """Whether it carries privileges stays: past answers of the lookup rest on it."""
        return ("carries_privileges",) if obj else ()


@admin.register(models.Committee)
class CommitteeAdmin(ReferenceAdmin):
    """Bodies of the medical staff and the hospital. Members are seated on the Committees page."""

    list_display = ("name", "kind", "facility", "department")
    list_filter = ("facility", "kind")
    search_fields = ("name",)

    def get_readonly_fields(self, request, obj=None):
        """What a body is stays: its meetings and decisions point at it."""
        return ("facility", "kind", "department") if obj else ()


class AppointmentPeriods(ReadOnlyInline):
    """Everything ever recorded of a term."""

    model = models.AppointmentPeriod
    fields = ("category", "department", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.Appointment)
class AppointmentAdmin(FileAdmin):
    """Terms of membership."""

    list_display = ("practitioner", "facility", "decided_on", "authority")
    list_select_related = ("practitioner", "facility")
    list_filter = ("facility",)
    search_fields = ("practitioner__display_name", "practitioner__npi")
    inlines = (AppointmentPeriods,)


class BarPeriods(ReadOnlyInline):
    """Everything ever recorded of a bar, its cause left out: it may be confidential."""

    model = models.BarPeriod
    fields = ("scope", "citation", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.Bar)
class BarAdmin(FileAdmin):
    """Suspensions, leaves, restrictions."""

    list_display = ("practitioner", "facility", "kind", "rule_code", "created_at")
    list_select_related = ("practitioner", "facility")
    list_filter = ("facility", "kind")
    search_fields = ("practitioner__display_name",)
    inlines = (BarPeriods,)


class PositionPeriods(ReadOnlyInline):
    """Everything ever recorded of a seat of a body."""

    model = models.CommitteePositionPeriod
    fields = ("title", "seat_role", "votes", "office", "provider_types", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.CommitteePosition)
class CommitteePositionAdmin(ReadOnlyAdmin):
    """Seats of bodies, whoever holds them."""

    list_display = ("committee", "created_at")
    list_select_related = ("committee",)
    list_filter = ("committee",)
    inlines = (PositionPeriods,)


class SeatPeriods(ReadOnlyInline):
    """Everything ever recorded of a seat."""

    model = models.CommitteeSeatPeriod
    fields = ("seat_role", "votes", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.CommitteeSeat)
class CommitteeSeatAdmin(ReadOnlyAdmin):
    """Who sits where."""

    list_display = ("committee", "user", "created_at")
    list_select_related = ("committee", "user")
    list_filter = ("committee",)
    inlines = (SeatPeriods,)


class OfficerTermPeriods(ReadOnlyInline):
    """Everything ever recorded of a term in an office."""

    model = models.OfficerTermPeriod
    fields = ("ended", "ended_why", *PERIOD_FIELDS)
    fk_name = "identity"


@admin.register(models.OfficerTerm)
class OfficerTermAdmin(FileAdmin):
    """Officers of the medical staff."""

    list_display = ("office", "practitioner", "facility", "chosen", "chosen_on")
    list_select_related = ("practitioner", "facility")
    list_filter = ("facility", "office")
    inlines = (OfficerTermPeriods,)


@admin.register(models.Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    """Meetings."""

    list_display = ("committee", "starts_at", "kind", "status")
    list_select_related = ("committee",)
    list_filter = ("committee", "status")
    date_hierarchy = "starts_at"
