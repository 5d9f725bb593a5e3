"""All addresses. Knows every room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("config.home.urls")),
    path("", include("practitioners.urls")),
    path("", include("credentialing.urls")),
    path("", include("privileging.urls")),
    path("", include("bylaws.urls")),
    path("api/v1/", include("config.api.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
]
