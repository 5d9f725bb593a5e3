"""The admin site: for administrators by role, signed in like everybody else."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from config.accounts.policies import may


class StandingAdminSite(admin.AdminSite):
    """Reference data and users. What has a life of its own can only be looked at here."""

    site_header = "Standing administration"
    site_title = "Standing"
    index_title = "Accounts and reference data"
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whoever manages accounts and reference data by role, or a superuser of the command line."""
        user = request.user
        return user.is_active and (user.is_superuser or may(user, "accounts.manage"))

    def login(self, request: HttpRequest, extra_context=None):
        """There is one door for everybody, with its rate limits and second factors."""
        wanted = request.GET.get("next", "")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted or request.get_full_path())
        if not self.has_permission(request):
            raise PermissionDenied
        inside = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
        return redirect(wanted if inside else reverse("admin:index", current_app=self.name))


site = admin.site
