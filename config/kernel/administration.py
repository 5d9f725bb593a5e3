"""How things look in the admin: what has a life of its own may be looked at there, never changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from simple_history.admin import SimpleHistoryAdmin

from config.kernel.display.dates import span
from config.kernel.errors import Refused

#: What every period row says of itself.
PERIOD_FIELDS = (
    "days",
    "recorded_at",
    "recorded_by",
    "superseded_at",
    "superseded_by",
    "end_kind",
    "end_reason",
)


class DayInput(forms.DateInput):
    """The browser's own calendar: the admin's needs styles written into the page."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and shows; adds, changes and deletes nothing."""

    actions = None

    def has_add_permission(self, request, obj=None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never."""
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows below a thing, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request, obj=None):
        """All that is shown: what is not editable could not be shown otherwise."""
        return self.readonly_fields or self.fields or ()

    @admin.display(description="Days")
    def days(self, row) -> str:
        """Through which last day a period holds, in words; empty for rows without one."""
        return span(row.valid) if hasattr(row, "valid") else ""

    def has_add_permission(self, request, obj=None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        """Never."""
        return False


class ReferenceAdmin(SimpleHistoryAdmin):
    """Reference data: edited with history, never deleted (other rows point at it)."""

    actions = None

    def has_delete_permission(self, request, obj=None) -> bool:
        """Never."""
        return False


def service_page(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    *,
    title: str,
    form_class: type[forms.Form],
    act,
    done: str,
    back: str,
    initial: dict[str, Any] | None = None,
    intro: str = "",
    submit: str = "Save",
):
    """A page of the admin that asks for what a service needs, calls it as ``act(**cleaned_data)`` and goes
    back.

    A refusal stands at its field, or above the form, with what was typed.
    """
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            act(**form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(back)
    return TemplateResponse(
        request,
        "admin/service_page.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.model._meta,
            "title": title,
            "form": form,
            "intro": intro,
            "submit": submit,
            "back": back,
        },
        status=422 if request.method == "POST" else 200,
    )
