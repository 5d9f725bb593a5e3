"""The admin of this room: everything here has a life of its own, so nothing is changed, and what belongs to
somebody's file is shown to those who may see files.
"""

from __future__ import annotations

from django.contrib import admin

from config.accounts.administration import FileAdmin
from config.accounts.choices import DataClass
from config.kernel.administration import ReadOnlyAdmin, ReferenceAdmin
from credentialing.forms.sources import ConnectedSourceForm
from credentialing.models import (
    Application,
    ConnectedSource,
    ExclusionList,
    FiledPart,
    IncomingPaper,
    ListSnapshot,
    NPDBQuery,
    OutboxMessage,
    RedFlag,
    ScreeningMatch,
    ScreeningRun,
    VerificationItem,
)


class Listed(FileAdmin):
    """Only the list: one of these quotes a source or compares identities, which are read in the file."""

    list_display_links = None

    def has_view_permission(self, request, obj=None):
        """The list opens; none of its rows does."""
        return obj is None and super().has_view_permission(request, obj)


@admin.register(Application)
class ApplicationAdmin(FileAdmin):
    """Applications."""

    list_display = ("practitioner", "facility", "kind", "status", "coordinator", "received_on", "decided_on")
    list_filter = ("status", "kind", "facility")
    search_fields = ("practitioner__display_name", "practitioner__npi")
    list_select_related = ("practitioner", "facility", "coordinator")


@admin.register(VerificationItem)
class VerificationItemAdmin(FileAdmin):
    """Verification items; what a protected source said is not shown here."""

    list_display = ("label", "application", "element", "status", "verified_on", "reviewed_by")
    list_filter = ("status", "element")
    exclude = ("result", "findings", "note", "evidence")
    list_select_related = ("application__practitioner", "application__facility", "reviewed_by")


@admin.register(RedFlag)
class RedFlagAdmin(Listed):
    """Red flags, without what they say; matters of health are in no list."""

    def get_queryset(self, request):
        """Without those of the health class."""
        return super().get_queryset(request).exclude(data_class=DataClass.HEALTH)

    list_display = ("code", "application", "severity", "status", "opened_at")
    list_filter = ("status", "severity", "code")
    list_select_related = ("application__practitioner", "application__facility")


@admin.register(ExclusionList)
class ExclusionListAdmin(ReferenceAdmin):
    """Lists in use, and whether anybody is screened against the list at all."""

    list_display = ("name", "code", "state", "active")
    fields = ("name", "title", "citation", "active")

    def has_add_permission(self, request):
        """A list comes into use with its first load."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Loads and screenings stand on it."""
        return False


@admin.register(ConnectedSource)
class ConnectedSourceAdmin(ReferenceAdmin):
    """Sources a machine asks: a licence board is added here. Switching one off is done on its page."""

    form = ConnectedSourceForm
    list_display = ("name", "code", "connector", "state", "active", "per_minute", "rest_minutes")
    list_filter = ("connector", "active")
    search_fields = ("name", "code", "state")

    def get_readonly_fields(self, request, obj=None):
        """Questions and items name a source by its code."""
        return ("code", "connector", "active") if obj else ("active",)


@admin.register(ListSnapshot)
class ListSnapshotAdmin(ReadOnlyAdmin):
    """Exclusion lists as loaded."""

    list_display = ("exclusion_list", "number", "loaded_at", "row_count", "added", "removed", "rejected")


@admin.register(ScreeningRun)
class ScreeningRunAdmin(FileAdmin):
    """Screenings."""

    list_display = ("practitioner", "snapshot", "screened_at", "candidates")
    search_fields = ("practitioner__display_name",)
    list_select_related = ("practitioner", "snapshot")


@admin.register(ScreeningMatch)
class ScreeningMatchAdmin(Listed):
    """Matches, without what was compared."""

    list_display = ("practitioner", "row", "match_class", "status", "reviewed_by")
    list_filter = ("status", "match_class")
    list_select_related = ("practitioner", "row", "reviewed_by")


@admin.register(NPDBQuery)
class NPDBQueryAdmin(FileAdmin):
    """Data bank queries, without the response."""

    list_display = ("practitioner", "npdb_entity", "kind", "queried_on", "dcn", "reviewed_by")
    list_filter = ("kind", "npdb_entity")
    exclude = ("response",)
    list_select_related = ("practitioner", "npdb_entity", "reviewed_by")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(FileAdmin):
    """Reminders."""

    list_display = ("practitioner", "recipient", "threshold_days", "status", "created_at", "sent_at")
    list_filter = ("status",)
    list_select_related = ("practitioner",)


@admin.register(IncomingPaper)
class IncomingPaperAdmin(Listed):
    """Papers that arrived, without what they say."""

    list_display = ("title", "facility", "channel", "arrived_on", "page_count", "status", "received_by")
    list_filter = ("status", "channel", "facility")
    list_select_related = ("facility", "received_by")


@admin.register(FiledPart)
class FiledPartAdmin(Listed):
    """Where the pages of papers went."""

    list_display = ("paper", "first_page", "last_page", "practitioner", "filed_by", "filed_at", "undone_at")
    search_fields = ("practitioner__display_name",)
    list_select_related = ("paper", "practitioner", "filed_by")
