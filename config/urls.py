"""All addresses. Knows every room."""

from django.urls import include, path

from config.home.administration import site

urlpatterns = [
    path("", include("config.home.urls")),
    path("", include("config.accounts.urls")),
    path("", include("config.audit.urls")),
    path("", include("practitioners.urls")),
    path("", include("credentialing.urls")),
    path("", include("privileging.urls")),
    path("", include("bylaws.urls")),
    path("api/v1/", include("config.api.urls")),
    path("admin/", site.urls),
    path("accounts/", include("allauth.urls")),
]

handler500 = "config.home.views.errors.server_error"
