from __future__ import annotations

import functools

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import Http404
from django.urls import path, reverse
from django.utils.html import format_html

from config.accounts.forms.administration import EndRoleForm, GiveRoleForm, NewAccountForm, ReasonForm
from config.accounts.models import ApiToken, RoleAssignment, RoleAssignmentPeriod, User
from config.accounts.policies import require
from config.accounts.selectors.accounts import factor_words, with_second_factors
from config.accounts.services import users as services
from config.accounts.services.tokens import revoke_token
from config.kernel import clock
from config.kernel.administration import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReferenceAdmin,
    service_page,
)
from config.kernel.periods import last_day

admin.site.unregister(Group)  # roles are per facility and over days; Django's groups know neither


class RoleAssignmentInline(ReadOnlyInline):
    """Roles the person holds or held."""

    model = RoleAssignment
    fk_name = "user"
    fields = ("role", "facility", "held")
    readonly_fields = fields
    verbose_name_plural = "Roles (give and end them under Role assignments)"

    @admin.display(description="Held")
    def held(self, assignment) -> str:
        """The days, as known now."""
        return _held(assignment)


def _held(assignment) -> str:
    rows = [row for row in assignment.periods.all() if row.superseded_at is None]
    parts = []
    for row in sorted(rows, key=lambda row: row.valid.lower):
        end = last_day(row.valid.upper)
        parts.append(f"{row.valid.lower:%d %b %Y} " + (f"to {end:%d %b %Y}" if end else "onwards"))
    return "; ".join(parts) or "no longer"


@admin.register(User)
class UserAdmin(ReferenceAdmin):
    """Accounts. Passwords and second factors belong to their owners; nobody sees or sets them here."""

    list_display = ("username", "name", "email", "is_active", "second_factor", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")
    fields = (
        "username",
        "first_name",
        "last_name",
        "email",
        "is_active",
        "second_factor",
        "last_login",
        "links",
    )
    readonly_fields = ("username", "is_active", "second_factor", "last_login", "links")
    inlines = (RoleAssignmentInline,)

    def get_queryset(self, request):
        """Everybody but the system's own account, with the kinds of their second factors."""
        return with_second_factors(super().get_queryset(request).filter(is_system=False))

    @admin.display(description="Name")
    def name(self, user) -> str:
        """First and last name."""
        return user.get_full_name()

    @admin.display(description="Second factor")
    def second_factor(self, user) -> str:
        """What is set up, or none."""
        return ", ".join(factor_words(user.factor_kinds)) or "none"

    @admin.display(description="More")
    def links(self, user) -> str:
        """What else can be done with the account."""
        if user.pk is None:
            return ""
        return format_html(
            '<a href="{}?user={}">Give a role</a> | <a href="{}">{}</a>',
            reverse("admin:accounts_roleassignment_add"),
            user.pk,
            reverse("admin:accounts_user_active", args=[user.pk]),
            "Close the account" if user.is_active else "Open the account again",
        )

    def get_urls(self):
        """Closing and opening an account asks why."""
        return [
            path(
                "<int:pk>/active/", self.admin_site.admin_view(self.active_view), name="accounts_user_active"
            ),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Makes an account through the service."""
        self._demand(request)
        return service_page(
            self,
            request,
            title="New account",
            form_class=NewAccountForm,
            act=functools.partial(services.create_user, actor=request.user),
            done="The account is made. Its owner sets a password by “Forgotten your password?”.",
            back=reverse("admin:accounts_user_changelist"),
            submit="Make the account",
        )

    def active_view(self, request, pk: int):
        """Closes the account, or opens it again."""
        self._demand(request)
        user = User.objects.filter(pk=pk, is_system=False).first()
        if user is None:
            raise Http404
        return service_page(
            self,
            request,
            title=f"Close the account of {user}" if user.is_active else f"Open the account of {user} again",
            form_class=ReasonForm,
            act=functools.partial(
                services.set_active, actor=request.user, user=user, active=not user.is_active
            ),
            done="Done.",
            back=reverse("admin:accounts_user_change", args=[pk]),
            intro="Its roles stay on record." if user.is_active else "Its roles give what they gave before.",
            submit="Close it" if user.is_active else "Open it",
        )

    def _demand(self, request) -> None:
        require(request.user, services.MANAGE)


class PeriodInline(ReadOnlyInline):
    """What was known of the role, row by row."""

    model = RoleAssignmentPeriod
    fk_name = "identity"
    fields = (
        "valid",
        "recorded_at",
        "recorded_by",
        "superseded_at",
        "superseded_by",
        "end_kind",
        "end_reason",
    )
    readonly_fields = fields


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnlyAdmin):
    """Who holds which role where. Given and ended through services, so that days and reasons are kept."""

    list_display = ("user", "role", "facility", "held", "end_link")
    list_filter = ("role", "facility")
    search_fields = ("user__username", "user__last_name", "user__first_name")
    inlines = (PeriodInline,)
    fields = ("user", "role", "facility", "end_link")

    def get_queryset(self, request):
        """With what the list shows of each, in a fixed number of queries."""
        return super().get_queryset(request).select_related("user", "facility").prefetch_related("periods")

    def has_add_permission(self, request, obj=None) -> bool:
        """Yes: the form calls the service."""
        return self.has_view_permission(request)

    @admin.display(description="Held")
    def held(self, assignment) -> str:
        """The days, as known now."""
        return _held(assignment)

    @admin.display(description="End")
    def end_link(self, assignment) -> str:
        """Where the role is ended."""
        if assignment.pk is None or _held(assignment) == "no longer":
            return ""
        return format_html(
            '<a href="{}">End role</a>', reverse("admin:accounts_roleassignment_end", args=[assignment.pk])
        )

    def get_urls(self):
        """Ending a role asks from when and why."""
        return [
            path(
                "<int:pk>/end/", self.admin_site.admin_view(self.end_view), name="accounts_roleassignment_end"
            ),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Gives a role through the service."""
        return service_page(
            self,
            request,
            title="Give a role",
            form_class=GiveRoleForm,
            act=functools.partial(services.give_role, actor=request.user),
            done="The role is given.",
            back=reverse("admin:accounts_roleassignment_changelist"),
            initial={"user": request.GET.get("user")},
            submit="Give the role",
        )

    def end_view(self, request, pk: int):
        """Ends a role through the service."""
        assignment = RoleAssignment.objects.filter(pk=pk).select_related("user", "facility").first()
        if assignment is None:
            raise Http404
        return service_page(
            self,
            request,
            title=f"End role: {assignment}",
            form_class=EndRoleForm,
            act=functools.partial(services.end_role, actor=request.user, assignment=assignment),
            done="The role is ended.",
            back=reverse("admin:accounts_roleassignment_changelist"),
            initial={"day": clock.today(assignment.facility)},
            submit="End the role",
        )


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Keys of programs. Only their hashes are kept; a lost one is revoked here."""

    list_display = (
        "name",
        "hint",
        "user",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "revoke",
    )
    list_filter = ("user",)
    fields = ("name", "hint", "user", "created_at", "expires_at", "last_used_at", "revoked_at", "revoked_by")
    list_select_related = ("user",)

    @admin.display(description="Revoke")
    def revoke(self, token) -> str:
        """Where the token is revoked."""
        if token.revoked_at:
            return ""
        return format_html(
            '<a href="{}">Revoke</a>', reverse("admin:accounts_apitoken_revoke", args=[token.pk])
        )

    def get_urls(self):
        """Revoking asks first."""
        return [
            path(
                "<int:pk>/revoke/",
                self.admin_site.admin_view(self.revoke_view),
                name="accounts_apitoken_revoke",
            ),
            *super().get_urls(),
        ]

    def revoke_view(self, request, pk: int):
        """Revokes through the service."""
        token = ApiToken.objects.filter(pk=pk).select_related("user").first()
        if token is None:
            raise Http404
        back = reverse("admin:accounts_apitoken_changelist")
        return service_page(
            self,
            request,
            title=f"Revoke {token} of {token.user}",
            form_class=forms.Form,
            act=functools.partial(revoke_token, actor=request.user, token=token),
            done="The token no longer works.",
            back=back,
            intro="Programs that use it stop working at once.",
            submit="Revoke",
        )
