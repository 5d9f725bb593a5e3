from django.contrib import admin

from config.audit.admin import TrailAdmin
from config.custody.models import CustodyExport


@admin.register(CustodyExport)
class CustodyExportAdmin(TrailAdmin):
    """Exports of everything, to look at."""

    list_display = ("asked_at", "asked_by", "purpose", "status", "decided_by", "made_at")
    list_filter = ("status", "purpose")
    date_hierarchy = "asked_at"
