"""Addresses of a person's own account."""

from django.urls import path

from config.accounts.views import me

app_name = "accounts"

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/tokens/new/", me.token_new, name="token_new"),
    path("me/tokens/<uuid:uid>/revoke/", me.token_revoke, name="token_revoke"),
]
