from django.contrib import admin

from config.kernel.administration import ReferenceAdmin
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity, Section


class DepartmentInline(admin.TabularInline):
    """Departments of a facility."""

    model = Department
    extra = 0
    can_delete = False


class SectionInline(admin.TabularInline):
    """Sections of a department."""

    model = Section
    extra = 0
    can_delete = False


@admin.register(HealthSystem)
class HealthSystemAdmin(ReferenceAdmin):
    """The organization."""

    list_display = ("name",)


@admin.register(NPDBEntity)
class NPDBEntityAdmin(ReferenceAdmin):
    """Registrations with the data bank."""

    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Facility)
class FacilityAdmin(ReferenceAdmin):
    """Hospitals."""

    list_display = ("name", "code", "city", "state", "time_zone", "npdb_entity")
    list_filter = ("state", "health_system")
    search_fields = ("name", "code", "city")
    inlines = (DepartmentInline,)
    list_select_related = ("npdb_entity",)


@admin.register(Department)
class DepartmentAdmin(ReferenceAdmin):
    """Departments, each led by a chair."""

    list_display = ("name", "code", "facility")
    list_filter = ("facility",)
    search_fields = ("name", "code")
    inlines = (SectionInline,)
    list_select_related = ("facility",)


@admin.register(Section)
class SectionAdmin(ReferenceAdmin):
    """Sections within departments."""

    list_display = ("name", "code", "department")
    list_filter = ("department__facility",)
    search_fields = ("name", "code")
    list_select_related = ("department__facility",)
