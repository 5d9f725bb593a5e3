"""The REST API, version 1. Rooms bring their viewsets; permissions are those of the pages."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path
from django.utils.module_loading import import_string
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from config.api.views import documentation

app_name = "api"

router = SimpleRouter(trailing_slash=True)
for room in ("practitioners", "privileging"):
    if find_spec(f"{room}.api.routes"):
        import_string(f"{room}.api.routes.register")(router)

urlpatterns = [
    path("", documentation, name="documentation"),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("", include(router.urls)),
]
