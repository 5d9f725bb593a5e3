"""The REST API, version 1. Rooms bring their viewsets; permissions are those of the pages."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path, re_path
from django.utils.module_loading import import_string
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from config.api.views import NothingHere, documentation

app_name = "api"

router = SimpleRouter(trailing_slash=True)
for room in ("practitioners", "privileging"):
    if find_spec(f"{room}.api.routes"):
        import_string(f"{room}.api.routes.register")(router)

urlpatterns = [
    path("", documentation, name="documentation"),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("", include(router.urls)),
    # A program that mistypes an address gets a sentence it can read, not a page for people.
    # Only below a closing slash: without one, Django first leads to the address that has it.
    re_path(r"^.+/$", NothingHere.as_view(), name="nothing"),
]
