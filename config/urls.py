"""All addresses. Knows every room."""

from django.urls import include, path
from django.views.generic import RedirectView

from config.home.administration import site

urlpatterns = [
    path("", include("config.home.urls")),
    path("", include("config.accounts.urls")),
    path("", include("config.audit.urls")),
    path("", include("practitioners.urls")),
    path("", include("credentialing.urls")),
    path("", include("privileging.urls")),
    path("", include("bylaws.urls")),
    path("", include("config.golive.urls")),
    path("", include("config.custody.urls")),
    path("api/v1/", include("config.api.urls")),
    path("admin/", site.urls),
    # The administrator vouches for a person's address: nobody adds another one to be sent a new password at.
    path("accounts/email/", RedirectView.as_view(pattern_name="accounts:me"), name="account_email"),
    path("accounts/", include("allauth.urls")),
]

handler500 = "config.home.views.errors.server_error"
