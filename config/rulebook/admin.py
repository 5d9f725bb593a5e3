from __future__ import annotations

import functools
import json
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404
from django.urls import path, reverse
from django.utils.html import format_html

from config.kernel import clock
from config.kernel.administration import PERIOD_FIELDS, ReadOnlyAdmin, ReadOnlyInline, service_page
from config.rulebook.forms import AdoptForm, DropForm, SetParameterForm
from config.rulebook.models import (
    AdoptedStandard,
    AdoptedStandardPeriod,
    Parameter,
    ParameterPeriod,
    SourceBody,
    Waiver,
    WaiverPeriod,
)
from config.rulebook.services.parameters import set_parameter
from config.rulebook.services.sources import adopt_standard, drop_standard


@admin.register(SourceBody)
class SourceBodyAdmin(ReadOnlyAdmin):
    """Who sets numbers. The list ships with the product (``load_parameters``)."""

    list_display = ("name", "code", "kind", "always_binds")


class ParameterPeriodInline(ReadOnlyInline):
    """Every value this source has set, the superseded ones included."""

    model = ParameterPeriod
    fk_name = "identity"
    fields = ("value", "citation", "confidence", *PERIOD_FIELDS)
    readonly_fields = fields


@admin.register(Parameter)
class ParameterAdmin(ReadOnlyAdmin):
    """Numbers with their sources. "Add" records a value over days; nothing is edited in place."""

    list_display = ("code", "subject", "source_body", "facility", "now")
    list_filter = ("source_body", "facility")
    search_fields = ("code", "subject")
    fields = ("code", "subject", "source_body", "facility", "set_link")
    inlines = (ParameterPeriodInline,)

    def get_queryset(self, request):
        """With what the list shows of each, in a fixed number of queries."""
        return (
            super()
            .get_queryset(request)
            .select_related("source_body", "facility")
            .prefetch_related("periods")
        )

    def has_add_permission(self, request, obj=None) -> bool:
        """Yes: the form calls the service."""
        return self.has_view_permission(request)

    @admin.display(description="Value today")
    def now(self, parameter) -> str:
        """What the source says today."""
        today = clock.today(parameter.facility)
        for row in parameter.periods.all():
            if row.superseded_at is None and today in row.valid:
                return json.dumps(row.value)[:120]
        return "none"

    @admin.display(description="Change it")
    def set_link(self, parameter) -> str:
        """Where another value of the same parameter is set."""
        known = {
            "code": parameter.code,
            "subject": parameter.subject,
            "source": parameter.source_body_id,
            "facility": parameter.facility_id or "",
        }
        there = f"{reverse('admin:rulebook_parameter_add')}?{urlencode(known)}"
        return format_html('<a href="{}">Set a value from a day on</a>', there)

    def add_view(self, request, form_url="", extra_context=None):
        """Sets a value through the service. The address may say of which parameter."""
        return service_page(
            self,
            request,
            title="Set a parameter",
            initial={name: request.GET.get(name, "") for name in ("code", "subject", "source", "facility")},
            form_class=SetParameterForm,
            act=functools.partial(set_parameter, actor=request.user),
            done="The value is recorded.",
            back=reverse("admin:rulebook_parameter_changelist"),
            intro="Other days keep what was said of them, and what was known before stays answerable.",
            submit="Set it",
        )


class AdoptionPeriodInline(ReadOnlyInline):
    """When the facility followed it."""

    model = AdoptedStandardPeriod
    fk_name = "identity"
    fields = PERIOD_FIELDS
    readonly_fields = fields


@admin.register(AdoptedStandard)
class AdoptedStandardAdmin(ReadOnlyAdmin):
    """Which accreditors, payers and states bind which facility."""

    list_display = ("source_body", "facility", "held", "drop_link")
    list_filter = ("facility",)
    fields = ("source_body", "facility", "drop_link")
    inlines = (AdoptionPeriodInline,)

    def get_queryset(self, request):
        """With what the list shows of each, in a fixed number of queries."""
        return (
            super()
            .get_queryset(request)
            .select_related("source_body", "facility")
            .prefetch_related("periods")
        )

    def has_add_permission(self, request, obj=None) -> bool:
        """Yes: the form calls the service."""
        return self.has_view_permission(request)

    @admin.display(description="Follows it today", boolean=True)
    def held(self, adoption) -> bool:
        """Whether it binds the facility today."""
        today = clock.today(adoption.facility)
        return any(row.superseded_at is None and today in row.valid for row in adoption.periods.all())

    @admin.display(description="End")
    def drop_link(self, adoption) -> str:
        """Where the adoption is ended."""
        if adoption.pk is None:
            return ""
        return format_html(
            '<a href="{}">No longer follow it</a>',
            reverse("admin:rulebook_adoptedstandard_drop", args=[adoption.pk]),
        )

    def get_urls(self):
        """Dropping a standard asks from when and why."""
        return [
            path(
                "<int:pk>/drop/",
                self.admin_site.admin_view(self.drop_view),
                name="rulebook_adoptedstandard_drop",
            ),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Adopts a standard through the service."""
        return service_page(
            self,
            request,
            title="Adopt a standard",
            form_class=AdoptForm,
            act=functools.partial(adopt_standard, actor=request.user),
            done="The facility follows it.",
            back=reverse("admin:rulebook_adoptedstandard_changelist"),
            submit="Adopt",
        )

    def drop_view(self, request, pk: int):
        """Drops a standard through the service."""
        adoption = AdoptedStandard.objects.filter(pk=pk).select_related("source_body", "facility").first()
        if adoption is None:
            raise Http404
        return service_page(
            self,
            request,
            title=f"{adoption.facility} no longer follows {adoption.source_body}",
            form_class=DropForm,
            act=functools.partial(
                drop_standard, actor=request.user, facility=adoption.facility, source=adoption.source_body
            ),
            done="Recorded.",
            back=reverse("admin:rulebook_adoptedstandard_changelist"),
            initial={"day": clock.today(adoption.facility)},
            submit="Record",
        )


class WaiverPeriodInline(ReadOnlyInline):
    """Who approved it, why, until when."""

    model = WaiverPeriod
    fk_name = "identity"
    fields = ("kind", "approved_by_name", "justification", *PERIOD_FIELDS)
    readonly_fields = fields


@admin.register(Waiver)
class WaiverAdmin(ReadOnlyAdmin):
    """Approved exceptions."""

    list_display = ("rule_code", "facility", "subject_kind", "subject_uid", "created_at", "created_by")
    list_filter = ("rule_code",)
    fields = ("rule_code", "facility", "subject_kind", "subject_uid")
    inlines = (WaiverPeriodInline,)
