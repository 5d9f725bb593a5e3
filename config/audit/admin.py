from django.contrib import admin

from config.accounts.policies import may
from config.audit.models import AuditEvent, JobRun, ProtectedRead
from config.kernel.administration import ReadOnlyAdmin


class TrailAdmin(ReadOnlyAdmin):
    """The trail is read with ``audit.view``, here as on its own pages."""

    def has_view_permission(self, request, obj=None) -> bool:
        """As on the pages of the audit trail."""
        return super().has_view_permission(request, obj) and may(request.user, "audit.view")


@admin.register(AuditEvent)
class AuditEventAdmin(TrailAdmin):
    """Acts."""

    list_display = ("at", "actor_name", "verb", "subject_label", "facility_code")
    list_filter = ("facility_code",)
    search_fields = ("actor_name", "verb", "subject_label", "request_id")
    date_hierarchy = "at"


@admin.register(ProtectedRead)
class ProtectedReadAdmin(TrailAdmin):
    """Readings of protected data."""

    list_display = ("at", "actor_name", "data_class", "subject_kind", "practitioner_uid")
    list_filter = ("data_class",)
    search_fields = ("actor_name",)
    date_hierarchy = "at"


@admin.register(JobRun)
class JobRunAdmin(TrailAdmin):
    """Scheduled work."""

    list_display = ("job", "key", "status", "started_at", "finished_at")
    list_filter = ("status", "job")
